//! dropout, random_normal, truncated_normal, random_uniform, random_binomial.

use touchstone_reference::Function;

use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Dropout, draw: dropout },
    Generator { function: Function::RandomNormal, draw: random_normal },
    Generator { function: Function::TruncatedNormal, draw: truncated_normal },
    Generator { function: Function::RandomUniform, draw: random_uniform },
    Generator { function: Function::RandomBinomial, draw: random_binomial },
];

/// A seed of any size, None, or nothing.
pub(super) fn seed(draw: &mut Draw) -> Option<Value> {
    let seeds = [0, 1, 42, -1, i64::from(u32::MAX) + 1, i64::MAX, i64::MIN];
    match draw.below(4) {
        0 => None,
        1 => Some(Value::Null),
        _ => Some(draw.one_of(&seeds).into()),
    }
}

/// A shape of random numbers.
pub(super) fn shape(draw: &mut Draw) -> Vec<usize> {
    draw.shape(0, 6)
}

/// A mean; also one beside which the deviation is lost in rounding.
pub(super) fn mean(draw: &mut Draw) -> f64 {
    draw.one_of(&[0.0, 1.0, -3.5, 100.0, 1e-3, -1e4])
}

/// A standard deviation.
pub(super) fn spread(draw: &mut Draw) -> f64 {
    draw.one_of(&[1.0, 0.5, 10.0, 1e-3, 0.0, 100.0])
}

/// A lower and an upper limit, which every float type tells apart, or nearly.
pub(super) fn limits(draw: &mut Draw) -> (f64, f64) {
    let low = draw.one_of(&[0.0, -1.0, 1.0, -3.25, 1000.0, -2e4]);
    (low, low + draw.one_of(&[1.0, 2.0, 0.125, 100.0, 1e-3, 0.0, 4e4]))
}

fn dropout(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let shape = if draw.rarely(12) { Vec::new() } else { draw.shape(1, 5) };
    let level = draw.one_of(&[0.5, 0.0, 0.25, 0.1, 0.75, 0.9, 0.999]);
    let noise_shape = draw.maybe(|draw| noise_shape(draw, &shape));
    let x = if level == 0.0 {
        draw.tensor(dtype, &shape)
    } else {
        // Only what is the same everywhere tells by each entry whether it was kept.
        let number = draw.one_of(&[1.0, 0.5, -2.25, 3.0, -0.1]);
        draw.tensor_of(dtype, &shape, |_, _| number)
    };
    Args::new()
        .with("x", x)
        .with("level", level)
        .maybe("noise_shape", noise_shape)
        .maybe("seed", seed(draw))
}

/// None, or a shape that broadcasts to the given one; None in it for the dim itself.
fn noise_shape(draw: &mut Draw, shape: &[usize]) -> Value {
    if draw.rarely(5) {
        return Value::Null;
    }
    let skipped = if draw.rarely(4) { draw.below(shape.len() + 1) } else { 0 };
    let dim = |&n: &usize| draw.one_of(&[Value::Int(1), n.into(), Value::Null]);
    Value::List(shape[skipped..].iter().map(dim).collect())
}

fn random_normal(draw: &mut Draw) -> Args {
    let (mean, std) = (draw.maybe(mean), draw.maybe(spread));
    let args = Args::new().with("shape", shape(draw)).maybe("mean", mean).maybe("std", std);
    args.maybe("dtype", draw.maybe(Draw::float)).maybe("seed", seed(draw))
}

fn truncated_normal(draw: &mut Draw) -> Args {
    let (mean, stddev) = (draw.maybe(mean), draw.maybe(spread));
    let args = Args::new().with("shape", shape(draw)).maybe("mean", mean).maybe("stddev", stddev);
    args.maybe("dtype", draw.maybe(Draw::float)).maybe("seed", seed(draw))
}

fn random_uniform(draw: &mut Draw) -> Args {
    let (low, high) = match draw.below(4) {
        0 => (None, None),
        // The other limit has its default.
        1 => (Some(draw.one_of(&[0.5, -2.0, 1.0, -1e4])), None),
        2 => (None, Some(draw.one_of(&[2.0, 0.25, 0.0, 1e4]))),
        _ => {
            let (low, high) = limits(draw);
            (Some(low), Some(high))
        }
    };
    let args = Args::new().with("shape", shape(draw)).maybe("low", low).maybe("high", high);
    args.maybe("dtype", draw.maybe(Draw::float)).maybe("seed", seed(draw))
}

fn random_binomial(draw: &mut Draw) -> Args {
    let p = draw.maybe(|draw| draw.one_of(&[0.5, 0.1, 1.0, 0.0, 0.75, 0.999, 1e-3]));
    let args = Args::new().with("shape", shape(draw)).maybe("p", p);
    args.maybe("dtype", draw.maybe(Draw::float)).maybe("seed", seed(draw))
}
