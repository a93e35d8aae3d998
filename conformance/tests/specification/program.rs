//! Constraints and conventions of functions of the program that no line of a case file can say:
//! they are about placeholders, variables and prepared functions.

use touchstone_reference::backend::{self as K, DType, Error, HostTensor, Result, Tensor};
use touchstone_reference::{Function, Label};

use super::Point;

/// Nothing, or what was found instead.
type Proven = std::result::Result<(), String>;

/// Shows a point on the engine in use.
type Proof = fn() -> Proven;

const fn constraint(number: u8) -> Point {
    Point::Constraint(Label::C(number))
}

/// What is shown here, by function and point.
pub(super) const PROOFS: &[(Function, Point, Proof)] = &[
    (Function::FunctionCall, constraint(1), a_variable_is_no_input),
    (Function::FunctionCall, constraint(2), inputs_fit_their_placeholders),
    (Function::FunctionCall, constraint(3), a_variable_is_updated_once),
    (Function::FunctionCall, constraint(4), every_placeholder_is_fed),
    (Function::Eval, constraint(1), what_is_evaluated_needs_no_feed),
    (Function::Update, constraint(1), only_variables_are_updated),
    (Function::Update, Point::Convention(1), two_variables_exchange_their_values),
    (Function::Gradients, constraint(3), a_step_asks_for_no_gradient),
    (Function::Rnn, constraint(6), a_step_takes_what_it_is_given),
];

fn cites<T>(function: Function, label: Label, found: Result<T>) -> Proven {
    let Err(error) = found else { return Err("accepted, and must be refused".into()) };
    if error.label() != Some(label) {
        return Err(format!("{label} is broken: {error}"));
    }
    if let Error::Refused { function: by, .. } = &error
        && *by != function
    {
        return Err(format!("{by} refuses: {error}"));
    }
    Ok(())
}

fn host(data: &[f32]) -> HostTensor {
    HostTensor::from_vec(&[data.len()], data.to_vec()).expect("a vector")
}

fn vector() -> Tensor {
    K::placeholder(&[None]).tensor().expect("a placeholder")
}

fn variable(data: &[f32]) -> Tensor {
    K::variable(&host(data)).expect("a variable")
}

fn text(error: Error) -> String {
    error.to_string()
}

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

fn only_variables_are_updated() -> Proven {
    let v = variable(&[1.0]);
    for x in [vector(), K::constant(host(&[1.0])), K::exp(&v).map_err(text)?] {
        cites(Function::Update, Label::C(1), K::update(&x, &v))?;
        cites(Function::Update, Label::C(1), K::update_add(&x, &v))?;
    }
    Ok(())
}

fn two_variables_exchange_their_values() -> Proven {
    let (a, b) = (variable(&[1.0, 2.0]), variable(&[3.0, 4.0]));
    let exchange = [K::update(&a, &b).map_err(text)?, K::update(&b, &a).map_err(text)?];
    K::function(&[], &[], &exchange).and_then(|f| f.call(&[])).map_err(text)?;
    let found = [K::get_value(&a).map_err(text)?, K::get_value(&b).map_err(text)?];
    if found == [host(&[3.0, 4.0]), host(&[1.0, 2.0])] { Ok(()) } else { Err(format!("{found:?}")) }
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
