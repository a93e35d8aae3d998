//! Programs: variables, updates, gradients, step functions, phases.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use touchstone_reference::backend as K;

fn host(shape: &[usize], data: &[f32]) -> K::HostTensor {
    K::HostTensor::from_vec(shape, data.to_vec()).unwrap()
}

#[test]
fn updates_see_old_values_and_take_effect_together() {
    let a = K::variable(&host(&[1], &[2.0])).unwrap();
    let b = K::variable(&host(&[1], &[10.0])).unwrap();
    let updates = [K::update(&a, &b).unwrap(), K::update(&b, &a).unwrap()];
    K::function(&[], &[], &updates).unwrap().call(&[]).unwrap();
    assert_eq!(K::get_value(&a).unwrap().to_f64s(), [10.0]);
    assert_eq!(K::get_value(&b).unwrap().to_f64s(), [2.0]);
}

#[test]
fn a_failing_call_changes_no_variable() {
    let table = K::variable(&host(&[2], &[5.0, 6.0])).unwrap();
    let at = K::placeholder(&[Some(2)]).dtype(K::DType::Int32).tensor().unwrap();
    let picked = K::gather(&table, &at).unwrap();
    let other = K::variable(&host(&[1], &[1.0])).unwrap();
    let grown = (&other + 1.0).unwrap();
    let updates = [K::update(&other, &grown).unwrap(), K::update(&table, &picked).unwrap()];
    let f = K::function(&[at], &[], &updates).unwrap();
    let error = f.call(&[K::HostTensor::from_vec(&[2], vec![0_i32, 7]).unwrap()]).unwrap_err();
    assert_eq!(error.label(), Some(touchstone_reference::Label::C(2)));
    assert_eq!(K::get_value(&other).unwrap().to_f64s(), [1.0]);
    assert_eq!(K::get_value(&table).unwrap().to_f64s(), [5.0, 6.0]);
}

#[test]
fn a_placeholder_takes_only_what_fits() {
    let x = K::placeholder(&[None, Some(2)]).name("x").tensor().unwrap();
    let f = K::function(std::slice::from_ref(&x), &[K::exp(&x).unwrap()], &[]).unwrap();
    assert!(f.call(&[host(&[3, 2], &[0.0; 6])]).is_ok());
    let error = f.call(&[host(&[3, 1], &[0.0; 3])]).unwrap_err();
    assert_eq!(error.to_string(), "placeholder x takes float32(None, 2), found float32[3, 1]");
    assert!(matches!(f.call(&[]).unwrap_err(), K::Error::InputCount { expected: 1, found: 0 }));
}

#[test]
fn outputs_may_not_depend_on_what_is_not_fed() {
    let x = K::placeholder(&[Some(1)]).name("x").tensor().unwrap();
    let error = K::function(&[], &[K::exp(&x).unwrap()], &[]).unwrap_err();
    assert!(error.to_string().contains("placeholder x"), "{error}");
}

#[test]
fn gradients_add_up_and_missing_ones_are_zero() {
    let v = K::variable(&host(&[2], &[3.0, -1.0])).unwrap();
    let unused = K::variable(&host(&[1], &[1.0])).unwrap();
    let loss = K::sum(&(&v * &v).unwrap()).tensor().unwrap();
    let found = K::gradients(&loss, &[v.clone(), unused]).unwrap();
    assert_eq!(K::eval(&found[0]).unwrap().to_f64s(), [6.0, -2.0]);
    assert_eq!(K::eval(&found[1]).unwrap().to_f64s(), [0.0]);
    let both = K::function(&[], &found, &[]).unwrap().call(&[]).unwrap();
    assert_eq!(both.len(), 2);
    let error = K::gradients(&v, std::slice::from_ref(&v)).unwrap_err();
    assert_eq!(error.label(), Some(touchstone_reference::Label::C(1)));
}

#[test]
fn two_gradients_in_one_function_do_not_meet() {
    let v = K::variable(&host(&[1], &[3.0])).unwrap();
    let square = K::sum(&(&v * &v).unwrap()).tensor().unwrap();
    let cube = K::sum(&K::pow(&v, 3.0).unwrap()).tensor().unwrap();
    let mut outputs = K::gradients(&square, std::slice::from_ref(&v)).unwrap();
    outputs.extend(K::gradients(&cube, &[v]).unwrap());
    let found = K::function(&[], &outputs, &[]).unwrap().call(&[]).unwrap();
    assert_eq!(found[0].to_f64s(), [6.0]);
    assert_eq!(found[1].to_f64s(), [27.0]);
}

#[test]
fn a_step_function_sees_its_surroundings() {
    let inputs = K::placeholder(&[None, None, Some(1)]).tensor().unwrap();
    let start = K::placeholder(&[None, Some(1)]).tensor().unwrap();
    let weight = K::variable(&host(&[1, 1], &[2.0])).unwrap();
    let results = K::rnn(
        |x, states| {
            let out = (&K::dot(x, &weight)? + &states[0])?;
            Ok((out.clone(), vec![out]))
        },
        &inputs,
        std::slice::from_ref(&start),
        |rnn| rnn,
    )
    .unwrap();
    let loss = K::sum(&results[0]).tensor().unwrap();
    let mut outputs = results.clone();
    outputs.extend(K::gradients(&loss, &[weight]).unwrap());
    let f = K::function(&[inputs, start], &outputs, &[]).unwrap();
    let found = f.call(&[host(&[1, 3, 1], &[1.0, 2.0, 3.0]), host(&[1, 1], &[0.5])]).unwrap();
    assert_eq!(found[0].to_f64s(), [12.5]);
    assert_eq!(found[1].to_f64s(), [2.5, 6.5, 12.5]);
    assert_eq!(found[2].to_f64s(), [12.5]);
    assert_eq!(found[3].to_f64s(), [6.0]);
}

#[test]
fn the_learning_phase_chooses_at_build_or_at_call() {
    let x = K::constant(host(&[1], &[1.0]));
    let alt = K::constant(host(&[1], &[2.0]));
    let open = K::in_train_phase(&x, &alt).unwrap();
    let K::LearningPhase::Open(phase) = K::learning_phase().unwrap() else {
        panic!("the phase is open until it is set")
    };
    let f = K::function(&[phase], &[open], &[]).unwrap();
    for (fed, expected) in [(1_u8, 1.0), (0, 2.0)] {
        assert_eq!(f.call(&[K::HostTensor::scalar(fed)]).unwrap()[0].to_f64s(), [expected]);
    }
    K::set_learning_phase(Some(0)).unwrap();
    assert_eq!(K::eval(&K::in_train_phase(&x, &alt).unwrap()).unwrap().to_f64s(), [2.0]);
    assert!(K::set_learning_phase(Some(2)).is_err());
    K::set_learning_phase(None).unwrap();
}

#[test]
fn a_long_chain_of_nodes_is_dropped_without_recursion() {
    let mut x = K::constant(host(&[1], &[0.0]));
    for _ in 0..200_000 {
        x = (&x + 1.0).unwrap();
    }
    drop(x);
}

#[test]
fn shape_inference_knows_what_can_be_known() {
    let x = K::placeholder(&[None, None, Some(4)]).tensor().unwrap();
    let y = K::placeholder(&[Some(7), Some(4), None]).tensor().unwrap();
    let z = K::batch_dot(&x, &y).tensor().unwrap();
    assert_eq!(z.spec().dims, [Some(7), None, None]);
    let wrong = K::placeholder(&[Some(7), Some(5), None]).tensor().unwrap();
    let error = K::batch_dot(&x, &wrong).tensor().unwrap_err();
    assert_eq!(error.label(), Some(touchstone_reference::Label::C(5)));
}

#[test]
fn gradients_of_gradients_are_refused() {
    let v = K::variable(&host(&[1], &[3.0])).unwrap();
    let loss = K::sum(&K::pow(&v, 3.0).unwrap()).tensor().unwrap();
    let first = K::gradients(&loss, std::slice::from_ref(&v)).unwrap();
    let second = K::gradients(&first[0], &[v]).unwrap();
    let error = K::function(&[], &second, &[]).unwrap_err();
    assert_eq!(error.label(), Some(touchstone_reference::Label::C(3)), "{error}");
}

#[test]
fn bounds_of_float64_gradients_are_those_of_float64() {
    let x = K::placeholder(&[Some(2)]).dtype(K::DType::Float64).tensor().unwrap();
    let y = K::tanh(&K::tanh(&x).unwrap()).unwrap();
    let loss = K::sum(&y).tensor().unwrap();
    let slopes = K::gradients(&loss, std::slice::from_ref(&x)).unwrap();
    let f = K::function(&[x], &slopes, &[]).unwrap();
    let fed = K::HostTensor::from_vec(&[2], vec![0.3_f64, -0.7]).unwrap();
    let judged = touchstone_reference::judging::bounds(f.program(), &[fed]).unwrap();
    assert!(judged[0].bounds.iter().all(|b| *b > 0.0 && *b < 1e-13), "{:?}", judged[0].bounds);
}
