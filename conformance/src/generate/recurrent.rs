//! rnn.

use touchstone_reference::{DType, Function, HostTensor};

use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[Generator { function: Function::Rnn, draw: rnn }];

/// How many times there are: none and one included, and so few that sums of integers stay small.
const TIMES: [usize; 7] = [1, 2, 3, 4, 5, 7, 0];

/// A step, with inputs, states and constants that fit it.
struct Step {
    name: &'static str,
    inputs: HostTensor,
    states: Vec<HostTensor>,
    constants: Vec<HostTensor>,
}

fn rnn(draw: &mut Draw) -> Args {
    let step = match draw.below(5) {
        0 => element_wise(draw, "accumulate"),
        1 => element_wise(draw, "running_max"),
        2 => without_state(draw),
        3 => simple(draw),
        _ => lstm(draw),
    };
    let (samples, times) = (step.inputs.shape()[0], step.inputs.shape()[1]);
    let mask = (!step.states.is_empty() && draw.flag()).then(|| mask(draw, samples, times));
    let go_backwards = draw.maybe(Draw::flag);
    let unroll = draw.maybe(Draw::flag);
    let input_length = if unroll == Some(true) || draw.rarely(3) {
        Some(Value::from(times))
    } else {
        draw.rarely(3).then_some(Value::Null)
    };
    let constants = if step.constants.is_empty() {
        // Nothing, None and an empty list are the same.
        draw.one_of(&[None, Some(Value::Null), Some(Value::List(Vec::new()))])
    } else {
        Some(step.constants.into())
    };
    Args::new()
        .with("step_function", Value::Named(step.name.to_owned()))
        .with("inputs", step.inputs)
        .with("initial_states", step.states)
        .maybe("go_backwards", go_backwards)
        .maybe("mask", mask)
        .maybe("constants", constants)
        .maybe("unroll", unroll)
        .maybe("input_length", input_length)
}

/// Which steps count, by sample: all, none, or any of them; the first too.
fn mask(draw: &mut Draw, samples: usize, times: usize) -> Value {
    let dtype = draw.dtype();
    let mut shape = vec![samples, times];
    if draw.flag() {
        shape.push(1);
    }
    match draw.below(6) {
        0 => draw.indices(dtype, &shape, 1, 2).into(),
        1 => draw.indices(dtype, &shape, 0, 1).into(),
        2 => draw.indices(dtype, &shape, 0, 3).into(),
        _ => draw.indices(dtype, &shape, 0, 2).into(),
    }
}

/// The shape of inputs, small enough for every time to be read off a tape.
fn inputs(draw: &mut Draw, features: Vec<usize>) -> Vec<usize> {
    let times = draw.one_of(&TIMES);
    let mut shape = vec![draw.size()];
    shape.extend(features);
    Draw::limit(&mut shape, 30);
    shape.insert(1, times);
    shape
}

/// A state that is added to the input, or held against it.
fn element_wise(draw: &mut Draw, name: &'static str) -> Step {
    let dtype = draw.number();
    let rank = draw.rank(1, 4);
    let features = (0..rank).map(|_| draw.size()).collect();
    let mut inputs = inputs(draw, features);
    let mut state = inputs.clone();
    state.remove(1);
    // The input may broadcast to the state.
    for n in &mut inputs[2..] {
        if draw.rarely(5) {
            *n = 1;
        }
    }
    let states = vec![draw.tensor(dtype, &state)];
    Step { name, inputs: draw.tensor(dtype, &inputs), states, constants: Vec::new() }
}

fn without_state(draw: &mut Draw) -> Step {
    let dtype = draw.number();
    let rank = draw.rank(1, 4);
    let features = (0..rank).map(|_| draw.size()).collect();
    let inputs = inputs(draw, features);
    let inputs = draw.tensor(dtype, &inputs);
    Step { name: "no_state", inputs, states: Vec::new(), constants: Vec::new() }
}

/// Units and inputs whose products are cheap.
fn width(draw: &mut Draw) -> usize {
    draw.size().min(5)
}

fn simple(draw: &mut Draw) -> Step {
    let dtype = draw.float();
    let (width, units) = (width(draw), width(draw));
    // dot takes the last axis of inputs with more of them.
    let others = draw.rank(0, 2);
    let mut features: Vec<usize> = (0..others).map(|_| draw.size().min(3)).collect();
    features.push(width);
    let inputs = inputs(draw, features);
    let last = inputs.len() - 1;
    let width = inputs[last];
    let mut state = inputs.clone();
    state.remove(1);
    state[last - 1] = units;
    let states = vec![draw.tensor(dtype, &state)];
    let constants = affine(draw, dtype, width, units, units);
    Step { name: "simple_rnn", inputs: draw.tensor(dtype, &inputs), states, constants }
}

fn lstm(draw: &mut Draw) -> Step {
    let dtype = draw.float();
    let width = width(draw);
    // The units are told from the biases, of which there must be some.
    let units = draw.positive().min(3);
    let inputs = inputs(draw, vec![width]);
    let state = [inputs[0], units];
    let states = vec![draw.tensor(dtype, &state), draw.tensor(dtype, &state)];
    let constants = affine(draw, dtype, inputs[2], units, 4 * units);
    Step { name: "lstm", inputs: draw.tensor(dtype, &inputs), states, constants }
}

/// Weights of the input and of the state, and biases.
fn affine(
    draw: &mut Draw,
    dtype: DType,
    width: usize,
    units: usize,
    results: usize,
) -> Vec<HostTensor> {
    vec![
        draw.tensor(dtype, &[width, results]),
        draw.tensor(dtype, &[units, results]),
        draw.tensor(dtype, &[results]),
    ]
}
