//! Crossentropies.

use touchstone_reference::{DType, Function, HostTensor};

use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::CategoricalCrossentropy, draw: |draw| dense(draw, 1) },
    Generator {
        function: Function::SparseCategoricalCrossentropy,
        draw: sparse_categorical_crossentropy,
    },
    Generator { function: Function::BinaryCrossentropy, draw: |draw| dense(draw, 0) },
];

/// Probabilities: proper ones, certain ones, ones about the limits of the clip, or anything.
fn probabilities(draw: &mut Draw, dtype: DType, shape: &[usize]) -> HostTensor {
    match draw.below(6) {
        0..3 => draw.between(dtype, shape, 0.0, 1.0),
        3 => draw.tensor_of(dtype, shape, |_, stream| {
            stream.one_of(&[0.0, 1.0, 0.5, 1e-7, 1.0 - 1e-7, 5e-8, 0.25])
        }),
        4 => draw.between(dtype, shape, -0.5, 1.5),
        _ => draw.tensor(dtype, shape),
    }
}

/// Predictions, and whether they are logits; nothing for the default.
fn predictions(draw: &mut Draw, dtype: DType, shape: &[usize]) -> (HostTensor, Option<bool>) {
    match draw.below(3) {
        0 => (probabilities(draw, dtype, shape), None),
        1 => (probabilities(draw, dtype, shape), Some(false)),
        _ => (draw.tensor(dtype, shape), Some(true)),
    }
}

fn dense(draw: &mut Draw, least: usize) -> Args {
    let dtype = draw.float();
    let shape = draw.shape(least, 5);
    let (output, from_logits) = predictions(draw, dtype, &shape);
    let target = match draw.below(3) {
        0 => draw.between(dtype, &shape, 0.0, 1.0),
        1 => draw.indices(dtype, &shape, 0, 2),
        _ => draw.tensor(dtype, &shape),
    };
    Args::new().with("output", output).with("target", target).maybe("from_logits", from_logits)
}

fn sparse_categorical_crossentropy(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let rows = draw.shape(0, 4);
    // Without a class no target lies in range.
    let classes = draw.positive().min(17);
    let mut shape = rows.clone();
    Draw::limit(&mut shape, 60);
    let mut targets = shape.clone();
    shape.push(classes);
    if draw.rarely(3) {
        targets.push(1);
    }
    let (output, from_logits) = predictions(draw, dtype, &shape);
    let of = draw.dtype();
    let end = if of == DType::Bool { classes.min(2) } else { classes };
    Args::new()
        .with("output", output)
        .with("target", draw.indices(of, &targets, 0, end as i64))
        .maybe("from_logits", from_logits)
}
