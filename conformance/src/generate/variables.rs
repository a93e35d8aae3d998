//! Functions that make, read and change variables.

use touchstone_reference::{DType, Function, HostTensor};

use super::control::any_tensor;
use super::random::{limits, mean, seed, shape, spread};
use super::{Args, Draw, Generator};
use crate::golden::{EXPRESSION, Value};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Variable, draw: variable },
    Generator { function: Function::Zeros, draw: constant },
    Generator { function: Function::Ones, draw: constant },
    Generator { function: Function::Eye, draw: eye },
    Generator { function: Function::RandomUniformVariable, draw: random_uniform_variable },
    Generator { function: Function::RandomNormalVariable, draw: random_normal_variable },
    Generator { function: Function::GetValue, draw: get_value },
    Generator { function: Function::BatchGetValue, draw: batch_get_value },
    Generator { function: Function::SetValue, draw: set_value },
    Generator { function: Function::BatchSetValue, draw: batch_set_value },
    Generator { function: Function::Update, draw: update },
    Generator { function: Function::UpdateAdd, draw: update_add },
    Generator { function: Function::UpdateSub, draw: update_sub },
    Generator { function: Function::MovingAverageUpdate, draw: moving_average_update },
];

/// A name, None, or nothing.
pub(super) fn name(draw: &mut Draw) -> Option<Value> {
    draw.one_of(&[None, Some(Value::Null), Some("weights".into()), Some("".into())])
}

/// A tensor that can be cast: what is no float type has no word for NaN, nor for what is outside
/// its range.
fn castable(draw: &mut Draw, from: DType, to: DType, shape: &[usize]) -> HostTensor {
    if to.is_float() || from == DType::Bool {
        return draw.tensor(from, shape);
    }
    let negative = [from, to].iter().all(|dtype| dtype.range().is_none_or(|(least, _)| least < 0));
    let least = if negative { -100 } else { 0 };
    if from.is_float() {
        draw.between(from, shape, least as f64, 100.0)
    } else {
        draw.indices(from, shape, least, 101)
    }
}

/// Nested lists of numbers.
fn nested(draw: &mut Draw, shape: &[usize]) -> Value {
    match shape {
        [] => match draw.below(3) {
            0 => Value::Int(draw.within(-4, 4)),
            1 => Value::Float(draw.within(-400, 400) as f64 / 32.0),
            _ => Value::Bool(draw.flag()),
        },
        [n, rest @ ..] => Value::List((0..*n).map(|_| nested(draw, rest)).collect()),
    }
}

fn variable(draw: &mut Draw) -> Args {
    if draw.rarely(4) {
        // Their dtype is a float one: a list may hold any number.
        let mut shape = draw.shape(0, 4);
        Draw::limit(&mut shape, 12);
        let value = nested(draw, &shape);
        let dtype = draw.maybe(Draw::float);
        return Args::new().with("value", value).maybe("dtype", dtype).maybe("name", name(draw));
    }
    let dtype = draw.maybe(Draw::dtype);
    let from = draw.dtype();
    let shape = draw.shape(0, 8);
    let value = castable(draw, from, dtype.unwrap_or(DType::Float16), &shape);
    let value = value.with_sparse(shape.len() == 2 && draw.rarely(3));
    Args::new().with("value", value).maybe("dtype", dtype).maybe("name", name(draw))
}

fn constant(draw: &mut Draw) -> Args {
    let shape = draw.shape(0, 8);
    let dtype = draw.maybe(Draw::dtype);
    Args::new().with("shape", shape).maybe("dtype", dtype).maybe("name", name(draw))
}

fn eye(draw: &mut Draw) -> Args {
    let size = draw.size().min(17);
    let dtype = draw.maybe(Draw::dtype);
    Args::new().with("size", size).maybe("dtype", dtype).maybe("name", name(draw))
}

fn random_uniform_variable(draw: &mut Draw) -> Args {
    let (low, high) = limits(draw);
    let args = Args::new().with("shape", shape(draw)).with("low", low).with("high", high);
    args.maybe("dtype", draw.maybe(Draw::float)).maybe("name", name(draw)).maybe("seed", seed(draw))
}

fn random_normal_variable(draw: &mut Draw) -> Args {
    let args =
        Args::new().with("shape", shape(draw)).with("mean", mean(draw)).with("scale", spread(draw));
    args.maybe("dtype", draw.maybe(Draw::float)).maybe("name", name(draw)).maybe("seed", seed(draw))
}

/// That what is read or written is a variable, which is not said otherwise.
fn expression(draw: &mut Draw) -> Option<bool> {
    draw.rarely(4).then_some(false)
}

fn get_value(draw: &mut Draw) -> Args {
    Args::new().with("x", any_tensor(draw, 8)).maybe(EXPRESSION, expression(draw))
}

fn batch_get_value(draw: &mut Draw) -> Args {
    let count = draw.below(4);
    let xs: Vec<HostTensor> = (0..count).map(|_| any_tensor(draw, 5)).collect();
    Args::new().with("xs", xs).maybe(EXPRESSION, expression(draw))
}

/// What a variable holds and a new value for it, of its shape and of any dtype.
fn exchange(draw: &mut Draw, greatest_rank: usize) -> (HostTensor, HostTensor) {
    let x = any_tensor(draw, greatest_rank);
    let from = if draw.flag() { x.dtype() } else { draw.dtype() };
    let value = castable(draw, from, x.dtype(), x.shape()).with_sparse(x.is_sparse());
    (x, value)
}

fn set_value(draw: &mut Draw) -> Args {
    let (x, value) = exchange(draw, 6);
    Args::new().with("x", x).with("value", value).maybe(EXPRESSION, expression(draw))
}

fn batch_set_value(draw: &mut Draw) -> Args {
    let count = draw.below(4);
    let (xs, values): (Vec<_>, Vec<_>) = (0..count).map(|_| exchange(draw, 4)).unzip();
    Args::new().with("xs", xs).with("values", values).maybe(EXPRESSION, expression(draw))
}

fn update(draw: &mut Draw) -> Args {
    let x = any_tensor(draw, 6);
    let new = draw.tensor(x.dtype(), x.shape()).with_sparse(x.is_sparse());
    Args::new().with("x", x).with("new_x", new)
}

/// The shape of a variable, and one that broadcasts to it.
fn operand_shapes(draw: &mut Draw) -> (Vec<usize>, Vec<usize>) {
    let variable = draw.shape(0, 6);
    let mut operand = variable.clone();
    if draw.rarely(3) {
        let dropped = draw.below(operand.len() + 1);
        operand.drain(..dropped);
    }
    for n in &mut operand {
        if draw.rarely(6) {
            *n = 1;
        }
    }
    (variable, operand)
}

fn update_add(draw: &mut Draw) -> Args {
    let dtype = draw.number();
    let (variable, operand) = operand_shapes(draw);
    Args::new()
        .with("x", draw.tensor(dtype, &variable))
        .with("increment", draw.tensor(dtype, &operand))
}

fn update_sub(draw: &mut Draw) -> Args {
    let dtype = draw.number();
    let (variable, operand) = operand_shapes(draw);
    let x = if dtype.range().is_some_and(|(least, _)| least == 0) {
        // What is left is no negative number.
        draw.indices(dtype, &variable, 100, 120)
    } else {
        draw.tensor(dtype, &variable)
    };
    let decrement = if dtype.is_float() {
        draw.tensor(dtype, &operand)
    } else {
        draw.indices(dtype, &operand, 0, 100)
    };
    Args::new().with("x", x).with("decrement", decrement)
}

fn moving_average_update(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let (variable, operand) = operand_shapes(draw);
    let momentum = draw.one_of(&[0.9, 0.99, 0.5, 0.0, 1.0, 0.1, 1e-3, 2.0, -0.5, 0.9999999]);
    Args::new()
        .with("variable", draw.tensor(dtype, &variable))
        .with("value", draw.tensor(dtype, &operand))
        .with("momentum", momentum)
}
