//! ctc_batch_cost, and what all connectionist temporal classification is drawn from.

use touchstone_reference::{DType, Function, HostTensor};

use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] =
    &[Generator { function: Function::CtcBatchCost, draw: ctc_batch_cost }];

/// Class probabilities over time: proper ones, certain ones, some that tie, or anything.
pub(super) fn probabilities(draw: &mut Draw, shape: &[usize]) -> HostTensor {
    let dtype = draw.float();
    match draw.below(8) {
        0..4 => draw.between(dtype, shape, 0.0, 1.0),
        4 => draw.indices(dtype, shape, 0, 2),
        5 => draw
            .tensor_of(dtype, shape, |_, stream| stream.one_of(&[0.25, 0.5, 0.25, 0.0, 1e-8, 1.0])),
        6 => draw.between(dtype, shape, 0.0, 1e-6),
        _ => draw.tensor(dtype, shape),
    }
}

/// Whole numbers as a tensor of any dtype that holds them, a row or a column.
pub(super) fn lengths(draw: &mut Draw, numbers: &[i64]) -> HostTensor {
    let samples = numbers.len();
    let shape = if draw.flag() { vec![samples, 1] } else { vec![samples] };
    let dtype = whole(draw, numbers);
    draw.tensor_of(dtype, &shape, |i, _| numbers[i] as f64)
}

/// A dtype that holds small whole numbers.
fn whole(draw: &mut Draw, numbers: &[i64]) -> DType {
    let dtype = draw.dtype();
    let (least, greatest) = if dtype == DType::Bool { (0, 1) } else { (0, 127) };
    let fits = dtype.is_float() || numbers.iter().all(|n| (least..=greatest).contains(n));
    if fits { dtype } else { DType::Int32 }
}

/// A length up to `greatest`: that, most of the time.
pub(super) fn length(draw: &mut Draw, greatest: usize) -> usize {
    if draw.flag() { greatest } else { draw.below(greatest + 1) }
}

fn ctc_batch_cost(draw: &mut Draw) -> Args {
    let (samples, classes) = (draw.size().min(4), draw.positive().min(6));
    let (time, width) = (draw.size().min(9), draw.size().min(5));
    let input_length: Vec<i64> = (0..samples).map(|_| length(draw, time) as i64).collect();
    let label_length: Vec<i64> = input_length
        .iter()
        .map(|&n| {
            // Without a class beside the blank there is no label.
            let width = if classes == 1 { 0 } else { width };
            // Some labels do not fit in their time, most do.
            let greatest = if draw.rarely(6) { width } else { width.min(n as usize) };
            length(draw, greatest) as i64
        })
        .collect();
    let mut labels = Vec::with_capacity(samples * width);
    for &count in &label_length {
        for i in 0..width {
            let read = (i as i64) < count;
            // What is past the length is never read.
            labels.push(if read { draw.below(classes - 1) as i64 } else { draw.one_of(&[0, 99]) });
        }
    }
    let dtype = whole(draw, &labels);
    let y_true = draw.tensor_of(dtype, &[samples, width], |i, _| labels[i] as f64);
    let y_pred = probabilities(draw, &[samples, time, classes]);
    Args::new()
        .with("y_true", y_true)
        .with("y_pred", y_pred)
        .with("input_length", lengths(draw, &input_length))
        .with("label_length", lengths(draw, &label_length))
}
