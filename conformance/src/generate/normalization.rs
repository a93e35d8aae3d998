//! l2_normalize, batch_normalization, normalize_batch_in_training.

use touchstone_reference::{DType, Function};

use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::L2Normalize, draw: l2_normalize },
    Generator { function: Function::BatchNormalization, draw: batch_normalization },
    Generator { function: Function::NormalizeBatchInTraining, draw: normalize_batch_in_training },
];

/// Added to variances; 0 leaves one of 0 as it is.
const EPSILONS: [f64; 5] = [1e-3, 0.0, 1e-5, 1.0, 1e-12];

fn l2_normalize(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let shape = draw.shape(1, 5);
    let axis = draw.axis(shape.len());
    Args::new().with("x", draw.tensor(dtype, &shape)).with("axis", axis)
}

/// A shape that broadcasts to another: some axes of size 1, the first ones perhaps missing.
fn smaller(draw: &mut Draw, shape: &[usize]) -> Vec<usize> {
    let dropped = draw.below(shape.len() + 1);
    shape[dropped..].iter().map(|&n| if draw.rarely(3) { 1 } else { n }).collect()
}

/// A tensor of a shape, None, or nothing.
fn optional(draw: &mut Draw, dtype: DType, shape: &[usize]) -> Option<Value> {
    match draw.below(6) {
        0 => None,
        1 => Some(Value::Null),
        _ => Some(draw.tensor(dtype, shape).into()),
    }
}

/// Epsilon, or nothing for the default.
fn epsilon(draw: &mut Draw) -> Option<f64> {
    draw.maybe(|draw| draw.one_of(&EPSILONS))
}

fn batch_normalization(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let shape = draw.shape(0, 5);
    let x = draw.tensor(dtype, &shape);
    let mean = smaller(draw, &shape);
    let mean = draw.tensor(dtype, &mean);
    let var = smaller(draw, &shape);
    // Few variances are negative or not finite.
    let var = if draw.rarely(4) {
        draw.tensor(dtype, &var)
    } else {
        let greatest = draw.one_of(&[4.0, 1e-3, 1e3, 0.0]);
        draw.between(dtype, &var, 0.0, greatest)
    };
    let (beta, gamma) = (smaller(draw, &shape), smaller(draw, &shape));
    Args::new()
        .with("x", x)
        .with("mean", mean)
        .with("var", var)
        .maybe("beta", optional(draw, dtype, &beta))
        .maybe("gamma", optional(draw, dtype, &gamma))
        .maybe("epsilon", epsilon(draw))
}

fn normalize_batch_in_training(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let shape = draw.shape(0, 5);
    let mut axes: Vec<usize> = (0..shape.len()).filter(|_| draw.flag()).collect();
    if draw.flag() {
        axes.reverse();
    }
    let operand = |draw: &mut Draw| -> Vec<usize> {
        let kept = shape.iter().enumerate().filter(|(i, _)| !axes.contains(i));
        match draw.below(3) {
            0 => kept.map(|(_, n)| *n).collect(),
            1 => (0..shape.len()).map(|i| if axes.contains(&i) { 1 } else { shape[i] }).collect(),
            _ => smaller(draw, &shape),
        }
    };
    let (gamma, beta) = (operand(draw), operand(draw));
    let signed = |axis: &usize| *axis as i64 - if draw.flag() { shape.len() as i64 } else { 0 };
    let reduction_axes: Vec<i64> = axes.iter().map(signed).collect();
    Args::new()
        .with("x", draw.tensor(dtype, &shape))
        .maybe("gamma", optional(draw, dtype, &gamma))
        .maybe("beta", optional(draw, dtype, &beta))
        .with("reduction_axes", reduction_axes)
        .maybe("epsilon", epsilon(draw))
}
