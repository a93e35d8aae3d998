//! A recorded answer against the reference.
//!
//! The constants here say how good the recordings are. They judge the reference's double
//! precision against what another program wrote down, and nothing else; no engine is ever held
//! against them.

use approx::abs_diff_eq;
use touchstone_reference::judging::Judged;
use touchstone_reference::number::Format;
use touchstone_reference::{DType, Function, HostTensor};

use super::bound::{Difference, unravel};

/// How far a recorded number may lie from the number that it stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Precision {
    /// In absolute terms: what a result of cancelled terms keeps of them.
    pub(super) absolute: f64,
    /// In relation to the number.
    pub(super) relative: f64,
}

impl Precision {
    /// Of numbers of this precision, each rounded once to the nearest of a format: the rounding is
    /// `unit` of what is rounded, or half the distance between numbers too small for that.
    fn rounded(self, format: Format) -> Self {
        Precision {
            absolute: (1.0 + format.unit) * self.absolute + format.unit * format.smallest,
            relative: (1.0 + format.unit) * self.relative + format.unit,
        }
    }
}

/// Lines in float32: computed in that precision, in the original's own order.
const SINGLE: Precision = Precision { absolute: 2e-5, relative: 1e-4 };

/// Lines in float64.
const DOUBLE: Precision = Precision { absolute: 1e-9, relative: 1e-12 };

/// CTC in float64: TensorFlow's kernels add up logarithms of probabilities in float32.
const CTC: Precision = Precision { absolute: 1e-6, relative: 1e-6 };

/// Gradients, which were recorded in float64 for every line. The absolute part is for elements
/// that are sums of terms around 1 that cancel.
const GRADIENT: Precision = Precision { absolute: 1e-9, relative: 1e-6 };

/// Gradients of functions that go through a sequence, where errors add up step by step, and of
/// CTC's partly single kernel.
const SEQUENCE_GRADIENT: Precision = Precision { absolute: 2e-6, relative: 1e-4 };

/// How good a recorded value is. float16 is computed as float32 and rounded once.
pub(super) fn value_precision(function: Function, dtype: DType) -> Precision {
    if dtype == DType::Float16 {
        SINGLE.rounded(Format::half())
    } else if dtype != DType::Float64 {
        SINGLE
    } else if matches!(function, Function::CtcBatchCost | Function::CtcDecode) {
        CTC
    } else {
        DOUBLE
    }
}

/// How good a recorded gradient is.
pub(super) fn gradient_precision(function: Function) -> Precision {
    if matches!(function, Function::Rnn | Function::CtcBatchCost) {
        SEQUENCE_GRADIENT
    } else {
        GRADIENT
    }
}

/// The dtype of the API for a recorded one: TensorFlow's any and all were recorded as uint8.
pub(super) fn recorded_dtype(function: Function, dtype: DType) -> DType {
    let truth = matches!(function, Function::Any | Function::All);
    if truth && dtype == DType::UInt8 { DType::Bool } else { dtype }
}

fn agrees(recorded: f64, value: f64, dtype: DType, precision: Precision) -> bool {
    if recorded.is_nan() || value.is_nan() {
        return recorded.is_nan() && value.is_nan();
    }
    // The original overflowed where its format does.
    let rounded = dtype.round(value);
    if recorded.is_infinite() || rounded.is_infinite() {
        return recorded == rounded;
    }
    abs_diff_eq!(recorded, value, epsilon = precision.absolute + precision.relative * value.abs())
}

/// Whether two tensors of one shape hold the same numbers, to a precision.
pub(super) fn numbers_agree(
    recorded: &HostTensor,
    found: &HostTensor,
    precision: Precision,
) -> bool {
    let (recorded, dtype) = (recorded.to_f64s(), found.dtype());
    let mut pairs = recorded.into_iter().zip(found.to_f64s());
    pairs.all(|(recorded, found)| agrees(recorded, found, dtype, precision))
}

/// The first recorded value that is not the reference's; both have the same shape.
pub(super) fn first_difference(
    output: usize,
    recorded: &HostTensor,
    judged: &Judged,
    precision: Precision,
) -> Option<Difference> {
    let index = |position| unravel(position, &judged.spec.shape().unwrap_or_default());
    if let (Some(wholes), false) = (&judged.wholes, recorded.dtype().is_float()) {
        let recorded = recorded.to_i64s();
        let position =
            recorded.iter().zip(wholes).position(|(recorded, value)| recorded != value)?;
        return Some(Difference {
            output,
            index: index(position),
            expected: wholes[position] as f64,
            found: recorded[position] as f64,
            bound: 0.0,
        });
    }
    let recorded = recorded.to_f64s();
    let position = recorded
        .iter()
        .zip(&judged.values)
        .position(|(recorded, value)| !agrees(*recorded, *value, judged.spec.dtype, precision))?;
    let value = judged.values[position];
    Some(Difference {
        output,
        index: index(position),
        expected: value,
        found: recorded[position],
        bound: precision.absolute + precision.relative * value.abs(),
    })
}

/// The first recorded derivative that is not the reference's, nor one of those that conform where
/// there is none, at ties and kinks: `judged` has the hull of these in its bounds.
pub(super) fn first_gradient_difference(
    output: usize,
    recorded: &HostTensor,
    judged: &Judged,
    precision: Precision,
) -> Option<Difference> {
    let shape = judged.spec.shape().unwrap_or_default();
    for (position, recorded) in recorded.to_f64s().into_iter().enumerate() {
        let (value, hull) = (judged.values[position], judged.bounds[position]);
        // Without a number there is no contract for the gradient.
        let conforms = !value.is_finite()
            || agrees(recorded, value, DType::Float64, precision)
            || (recorded - value).abs() <= hull;
        if !conforms {
            let bound = hull.max(precision.absolute + precision.relative * value.abs());
            let index = unravel(position, &shape);
            return Some(Difference { output, index, expected: value, found: recorded, bound });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(number: f64, of: f64) -> bool {
        let precision = value_precision(Function::Exp, DType::Float16);
        agrees(DType::Float16.round(number), of, DType::Float16, precision)
    }

    #[test]
    fn the_nearest_float16_number_is_a_good_recording() {
        // The middle between two neighbours is the furthest that rounding goes.
        for middle in [1.0 + 0.5_f64.powi(11), 2.0 - 0.5_f64.powi(11), 1e3 + 0.25, 0.5_f64.powi(25)]
        {
            for x in [middle, middle * (1.0 + 1e-9), middle * (1.0 - 1e-9)] {
                assert!(recorded(x, x), "{x}");
                assert!(recorded(-x, -x), "{x}");
            }
        }
        // Neither its neighbour nor anything else is.
        let (one, spacing) = (1.0, 0.5_f64.powi(10));
        assert!(recorded(one, one));
        assert!(!recorded(one + spacing, one));
        assert!(!recorded(one - spacing, one));
    }
}
