//! zeros_like, ones_like, arange.

use candle_core::{Device, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::backend::{Arange, Steps};

use crate::failure::Result;
use crate::ops::filled;
use crate::tensor::{converted, storage};

/// The same number everywhere.
pub(crate) fn constant(spec: &Spec, shape: &[usize], x: f64, device: &Device) -> Result<Tensor> {
    Ok(filled(storage(spec.dtype)?, shape, x, device)?)
}

/// candle's own adds up the steps, with an error at each, and past the end. It counts on the host
/// as well.
pub(crate) fn arange<T>(call: &Arange<T>, device: &Device) -> Result<Tensor> {
    let (steps, count) = call.steps()?;
    let (start, step) = match steps {
        Steps::Whole { start, step } if !call.dtype.is_float() => {
            let at = |i: usize| start.wrapping_add(step.wrapping_mul(i as i64));
            let numbers: Vec<i64> = (0..count).map(at).collect();
            return converted(&Tensor::from_vec(numbers, count, device)?, call.dtype);
        }
        Steps::Whole { start, step } => (start as f64, step as f64),
        Steps::Real { start, step } => (start, step),
    };
    let indices = Tensor::arange(0.0, count as f64, device)?;
    converted(&indices.affine(call.dtype.round(step), call.dtype.round(start))?, call.dtype)
}
