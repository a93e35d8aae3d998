//! rnn, map_fn, foldl, foldr, and the functions that cases name.

use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::{Error, Function, HostTensor, Result};

use super::{Graph, Variant, name_of, only, tensor_of, tensors_of, wrong};
use crate::golden::{Call, Value};

/// What a step returns: the output and the new states.
type Stepped = Result<(Tensor, Vec<Tensor>)>;

pub(super) fn rnn(call: &Call, variant: Variant) -> Result<Graph> {
    only(
        call,
        &[
            "step_function",
            "inputs",
            "initial_states",
            "go_backwards",
            "mask",
            "constants",
            "unroll",
            "input_length",
        ],
    )?;
    let name = name_of(call, "step_function")?;
    let mut graph = Graph::new(variant);
    let inputs = graph.operand("inputs", &[tensor_of(call, "inputs")?])?.swap_remove(0);
    let initial_states = graph.operand("initial_states", &tensors_of(call, "initial_states")?)?;
    let mask = match call.argument("mask") {
        None | Some(Value::Null) => None,
        Some(_) => Some(graph.operand("mask", &[tensor_of(call, "mask")?])?.swap_remove(0)),
    };
    let constants = match call.argument("constants") {
        None | Some(Value::Null) => Vec::new(),
        Some(_) => graph.operand("constants", &tensors_of(call, "constants")?)?,
    };
    let go_backwards = flag(call, "go_backwards")?;
    let unroll = flag(call, "unroll")?;
    let input_length = match call.argument("input_length") {
        None | Some(Value::Null) => None,
        Some(Value::Int(length)) => Some(*length),
        Some(other) => return Err(wrong(call, "input_length", other, "a whole number")),
    };
    let states = initial_states.len();
    graph.outputs = K::rnn(
        |input, rest| step(call, name, input, &rest[..states], &rest[states..]),
        &inputs,
        &initial_states,
        |mut rnn| {
            rnn.go_backwards = go_backwards;
            rnn.mask = mask;
            rnn.constants = constants;
            rnn.unroll = unroll;
            rnn.input_length = input_length;
            rnn
        },
    )?;
    Ok(graph)
}

fn flag(call: &Call, argument: &str) -> Result<bool> {
    match call.argument(argument) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => Err(wrong(call, argument, other, "true or false")),
    }
}

fn step(
    call: &Call,
    name: &str,
    input: &Tensor,
    states: &[Tensor],
    constants: &[Tensor],
) -> Stepped {
    let lacking = |argument: &str, found: usize, expected: usize| Error::Kind {
        function: call.function,
        argument: argument.to_owned(),
        found: format!("a list of {found}"),
        expected: format!("the {expected} that the step {name} takes"),
    };
    let needs = |states_needed: usize, constants_needed: usize| {
        if states.len() != states_needed {
            Err(lacking("initial_states", states.len(), states_needed))
        } else if constants.len() != constants_needed {
            Err(lacking("constants", constants.len(), constants_needed))
        } else {
            Ok(())
        }
    };
    match name {
        "accumulate" => {
            needs(1, 0)?;
            let output = (input + &states[0])?;
            Ok((output.clone(), vec![output]))
        }
        "running_max" => {
            needs(1, 0)?;
            let output = K::maximum(input, &states[0])?;
            Ok((output.clone(), vec![output]))
        }
        "simple_rnn" => {
            needs(1, 3)?;
            let output = K::tanh(&affine(input, &states[0], constants)?)?;
            Ok((output.clone(), vec![output]))
        }
        "lstm" => {
            needs(2, 3)?;
            let units = units(call)?;
            lstm(&affine(input, &states[0], constants)?, &states[1], units)
        }
        "no_state" => {
            needs(0, 0)?;
            Ok(((input * 2.0)?, Vec::new()))
        }
        // Steps that break a constraint.
        "no_new_state" => {
            needs(1, 0)?;
            Ok(((input + &states[0])?, Vec::new()))
        }
        "wider_state" => {
            needs(1, 0)?;
            let wider = K::concatenate(&[states[0].clone(), states[0].clone()]).tensor()?;
            Ok((input.clone(), vec![wider]))
        }
        _ => Err(Error::Kind {
            function: call.function,
            argument: "step_function".into(),
            found: format!("the name {name:?}"),
            expected: "accumulate, running_max, simple_rnn, lstm, no_state, no_new_state or \
                       wider_state"
                .into(),
        }),
    }
}

/// input·W + state·U + b
fn affine(input: &Tensor, state: &Tensor, constants: &[Tensor]) -> Result<Tensor> {
    K::dot(input, &constants[0])? + (K::dot(state, &constants[1])? + &constants[2])?
}

fn lstm(z: &Tensor, c: &Tensor, units: i64) -> Stepped {
    let [i, f, candidate, o] = quarters(z, units)?;
    let kept = (K::hard_sigmoid(&f)? * c)?;
    let new_c = (kept + (K::hard_sigmoid(&i)? * K::tanh(&candidate)?)?)?;
    let h = (K::hard_sigmoid(&o)? * K::tanh(&new_c)?)?;
    Ok((h.clone(), vec![h, new_c]))
}

/// The units of an lstm: a quarter of its biases, also where the graph knows no dims.
fn units(call: &Call) -> Result<i64> {
    let biases = tensors_of(call, "constants")?.get(2).map_or(0, |biases| biases.len());
    let quarter = if biases > 0 && biases % 4 == 0 { i64::try_from(biases / 4).ok() } else { None };
    quarter.ok_or_else(|| Error::Kind {
        function: call.function,
        argument: "constants".into(),
        found: format!("{biases} biases"),
        expected: "biases for 4 · units".into(),
    })
}

/// A matrix cut in four along its last axis. There is no slicing function in the table, but
/// moving the quarters to axis 0 and gathering one of them moves the same data, exactly.
fn quarters(z: &Tensor, units: i64) -> Result<[Tensor; 4]> {
    let apart = K::reshape(z, vec![-1, 4, units])?;
    let first = K::permute_dimensions(&apart, vec![1_i64, 0, 2])?;
    let quarter = |i: i32| {
        let index = K::constant(HostTensor::from_vec(&[1], vec![i])?);
        K::squeeze(&K::gather(&first, &index)?, 0)
    };
    Ok([quarter(0)?, quarter(1)?, quarter(2)?, quarter(3)?])
}

fn unknown(call: &Call, name: &str, expected: &str) -> Error {
    Error::Kind {
        function: call.function,
        argument: "fn".into(),
        found: format!("the name {name:?}"),
        expected: expected.into(),
    }
}

pub(super) fn map_fn(call: &Call, variant: Variant) -> Result<Graph> {
    only(call, &["fn", "elems"])?;
    let name = name_of(call, "fn")?;
    let mut graph = Graph::new(variant);
    let elems = graph.operand("elems", &[tensor_of(call, "elems")?])?.swap_remove(0);
    let mapped = K::map_fn(
        |x| match name {
            "square" => K::square(x),
            "double_plus_one" => (x * 2.0)? + 1.0,
            "sum" => K::sum(x).tensor(),
            "softmax" => K::softmax(x),
            "cumulative" => K::cumsum(x).tensor(),
            _ => Err(unknown(call, name, "square, double_plus_one, sum, softmax or cumulative")),
        },
        &elems,
    )?;
    graph.outputs = vec![mapped];
    Ok(graph)
}

/// The functions of an accumulator and an element that cases name.
fn folded(call: &Call, name: &str, acc: &Tensor, x: &Tensor) -> Result<Tensor> {
    match name {
        "add" => acc + x,
        "subtract" => acc - x,
        "reverse_subtract" => x - acc,
        "halve_and_add" => (acc / 2.0)? + x,
        "maximum" => K::maximum(acc, x),
        "multiply" => acc * x,
        _ => Err(unknown(
            call,
            name,
            "add, subtract, reverse_subtract, halve_and_add, maximum or multiply",
        )),
    }
}

/// `foldl` or `foldr`: where the fold starts is all that tells them apart.
pub(super) fn fold(call: &Call, variant: Variant) -> Result<Graph> {
    only(call, &["fn", "elems", "initializer"])?;
    let name = name_of(call, "fn")?;
    let mut graph = Graph::new(variant);
    let elems = graph.operand("elems", &[tensor_of(call, "elems")?])?.swap_remove(0);
    let initializer = match call.argument("initializer") {
        None | Some(Value::Null) => None,
        Some(_) => {
            Some(graph.operand("initializer", &[tensor_of(call, "initializer")?])?.swap_remove(0))
        }
    };
    let f = |acc: &Tensor, x: &Tensor| folded(call, name, acc, x);
    graph.outputs = vec![if call.function == Function::Foldr {
        K::foldr(f, &elems, initializer.as_ref())?
    } else {
        K::foldl(f, &elems, initializer.as_ref())?
    }];
    Ok(graph)
}
