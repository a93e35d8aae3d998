//! Constraints and conventions of functions of the program that no line of a case file can say:
//! they are about placeholders, prepared functions, and what is printed meanwhile.

use std::cell::RefCell;
use std::rc::Rc;

use touchstone_reference::backend::{self as K, DType, Error, HostTensor};
use touchstone_reference::{Function, Label};

use super::Point;
use super::proof::{Proof, Proven, cites, constraint, equal, host, text, variable, vector};

pub(super) const PROOFS: &[Proof] = &[
    (Function::FunctionCall, constraint(1), a_variable_is_no_input),
    (Function::FunctionCall, constraint(2), inputs_fit_their_placeholders),
    (Function::FunctionCall, constraint(3), a_variable_is_updated_once),
    (Function::FunctionCall, constraint(4), every_placeholder_is_fed),
    (Function::Eval, constraint(1), what_is_evaluated_needs_no_feed),
    (Function::Gradients, constraint(3), a_step_asks_for_no_gradient),
    (Function::Rnn, constraint(6), a_step_takes_what_it_is_given),
    (Function::CountParams, constraint(1), what_is_counted_is_known),
    (Function::Cast, Point::Convention(4), no_gradient_passes_whole_numbers_or_truth_values),
    (Function::Identity, Point::Convention(1), a_sparse_matrix_stays_sparse),
    (Function::PrintTensor, Point::Convention(1), what_is_printed_goes_to_the_printer),
];

fn a_variable_is_no_input() -> Proven {
    let (x, v) = (vector(), variable(&[1.0]));
    let sum = (&x + &v).map_err(text)?;
    for input in [v, K::constant(host(&[1.0])), sum.clone()] {
        let found = K::function(&[x.clone(), input], std::slice::from_ref(&sum), &[]);
        cites(Function::FunctionCall, Label::C(1), found)?;
    }
    Ok(())
}

fn inputs_fit_their_placeholders() -> Proven {
    let matrix = K::placeholder(&[None, Some(2)]).name("m").tensor().map_err(text)?;
    let x = vector();
    let outputs = [K::exp(&matrix).map_err(text)?, K::exp(&x).map_err(text)?];
    let f = K::function(&[matrix, x], &outputs, &[]).map_err(text)?;
    let fitting = HostTensor::from_vec(&[1, 2], vec![1.0_f32, 2.0]).map_err(|e| e.to_string())?;
    f.call(&[fitting.clone(), host(&[1.0])]).map_err(text)?;
    let shaped = |dtype: DType, shape: &[usize]| {
        HostTensor::from_f64s(dtype, shape, &vec![0.0; shape.iter().product()]).expect("zeros")
    };
    let refused = |inputs: &[HostTensor]| {
        cites(Function::FunctionCall, Label::C(2), f.call(inputs))
            .map_err(|message| format!("{inputs:?}: {message}"))
    };
    refused(&[])?;
    refused(std::slice::from_ref(&fitting))?;
    refused(&[fitting.clone(), host(&[1.0]), host(&[1.0])])?;
    refused(&[shaped(DType::Float32, &[1, 3]), host(&[1.0])])?;
    refused(&[shaped(DType::Float32, &[2]), host(&[1.0])])?;
    refused(&[shaped(DType::Float64, &[1, 2]), host(&[1.0])])?;
    refused(&[fitting.clone(), shaped(DType::Int32, &[1])])?;
    // The placeholder is named.
    match f.call(&[shaped(DType::Float32, &[1, 3]), host(&[1.0])]) {
        Err(Error::Feed { name, .. }) if name == "m" => Ok(()),
        other => Err(format!("the placeholder m is not named: {other:?}")),
    }
}

fn a_variable_is_updated_once() -> Proven {
    let v = variable(&[1.0]);
    let twice = [K::update(&v, &v).map_err(text)?, K::update_add(&v, &v).map_err(text)?];
    cites(Function::FunctionCall, Label::C(3), K::function(&[], &[], &twice))
}

fn every_placeholder_is_fed() -> Proven {
    let (x, y, v) = (vector(), vector(), variable(&[1.0]));
    let sum = (&x + &y).map_err(text)?;
    let update = K::update(&v, &sum).map_err(text)?;
    cites(Function::FunctionCall, Label::C(4), K::function(std::slice::from_ref(&x), &[sum], &[]))?;
    cites(Function::FunctionCall, Label::C(4), K::function(&[x], &[], &[update]))
}

fn what_is_evaluated_needs_no_feed() -> Proven {
    let x = vector();
    cites(Function::Eval, Label::C(1), K::eval(&x))?;
    cites(Function::Eval, Label::C(1), K::eval(&K::exp(&x).map_err(text)?))
}

fn a_step_asks_for_no_gradient() -> Proven {
    let inputs = K::placeholder(&[Some(1), None, Some(1)]).tensor().map_err(text)?;
    let state = K::placeholder(&[Some(1), Some(1)]).tensor().map_err(text)?;
    let found = K::rnn(
        |input, states| {
            let loss = K::sum(&(input * &states[0])?).tensor()?;
            let slope = K::gradients(&loss, std::slice::from_ref(input))?.swap_remove(0);
            Ok((slope.clone(), vec![slope]))
        },
        &inputs,
        &[state],
        |rnn| rnn,
    );
    cites(Function::Gradients, Label::C(3), found)
}

fn a_step_takes_what_it_is_given() -> Proven {
    let inputs = K::placeholder(&[Some(1), None, Some(1)]).tensor().map_err(text)?;
    let state = K::placeholder(&[Some(1), Some(1)]).tensor().map_err(text)?;
    let step = K::Step::trace(&[inputs.spec().with_dims([Some(1), Some(1)])], |given| {
        Ok(vec![given[0].clone(), given[0].clone()])
    });
    let step = step.map_err(text)?.program;
    cites(
        Function::Rnn,
        Label::C(6),
        K::call(touchstone_reference::functions::recurrent::rnn(step, &inputs, &[state])),
    )
}

fn what_is_counted_is_known() -> Proven {
    for shape in [&[None][..], &[Some(2), None], &[None, Some(0)]] {
        let x = K::placeholder(shape).tensor().map_err(text)?;
        cites(Function::CountParams, Label::C(1), K::count_params(&x))?;
    }
    let x = K::placeholder(&[Some(2), Some(3)]).tensor().map_err(text)?;
    equal(K::count_params(&x).map_err(text)?, 6)
}

/// The gradient of sum(f(x) * x) is f(x) where none passes f.
fn no_gradient_passes_whole_numbers_or_truth_values() -> Proven {
    for (dtype, expected) in [(DType::Int32, [1.0, -2.0, 0.0]), (DType::Bool, [1.0, 1.0, 1.0])] {
        let x = vector();
        let through = K::cast(&x, dtype).and_then(|x| K::cast(&x, DType::Float32)).map_err(text)?;
        let loss = (through * &x).and_then(|product| K::sum(&product).tensor()).map_err(text)?;
        let slopes = K::gradients(&loss, std::slice::from_ref(&x)).map_err(text)?;
        let f = K::function(&[x], &slopes, &[]).map_err(text)?;
        equal(f.call(&[host(&[1.5, -2.5, 0.25])]).map_err(text)?, vec![host(&expected)])?;
    }
    Ok(())
}

fn a_sparse_matrix_stays_sparse() -> Proven {
    let matrix = HostTensor::from_vec(&[2, 2], vec![1.0_f32, 0.0, 0.0, 2.0])
        .map_err(|error| error.to_string())?
        .with_sparse(true);
    let x = K::placeholder(&[None, Some(2)]).sparse(true).tensor().map_err(text)?;
    let same = K::identity(&x).map_err(text)?;
    equal(K::is_sparse(&same), true)?;
    let f = K::function(&[x], &[same], &[]).map_err(text)?;
    equal(f.call(std::slice::from_ref(&matrix)).map_err(text)?, vec![matrix])
}

fn what_is_printed_goes_to_the_printer() -> Proven {
    let x = vector();
    let printed = K::print_tensor(&x).message("x = ").tensor().map_err(text)?;
    let f = K::function(&[x], &[printed], &[]).map_err(text)?;
    let lines = Rc::new(RefCell::new(Vec::new()));
    let kept = lines.clone();
    let print = move |line: &str| kept.borrow_mut().push(line.to_owned());
    let found = K::with_printer(print, || {
        f.call(&[host(&[1.0, -2.0])])?;
        f.call(&[host(&[2.5])])
    });
    equal(found.map_err(text)?, vec![host(&[2.5])])?;
    equal(&lines.borrow()[..], &["x = [1.0, -2.0]".to_owned(), "x = [2.5]".to_owned()][..])
}
