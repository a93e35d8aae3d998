//! zeros_like, ones_like, arange: tensors that are made rather than computed.

use tch::{Device, Kind, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::functions::creation::{Arange, OnesLike, Steps, ZerosLike};

use crate::failure::Computed;
use crate::tensor::{TchTensor, kind_of, known};

pub(crate) fn zeros_like(call: &ZerosLike<&TchTensor>, spec: &Spec) -> Computed {
    let x = &call.x.tensor;
    Ok(Tensor::f_zeros(x.size(), (kind_of(spec.dtype)?, x.device()))?)
}

pub(crate) fn ones_like(call: &OnesLike<&TchTensor>, spec: &Spec) -> Computed {
    let x = &call.x.tensor;
    Ok(Tensor::f_ones(x.size(), (kind_of(spec.dtype)?, x.device()))?)
}

/// By multiplication: libtorch's own steps count their numbers another way. In float64, whose
/// places are exact; the result is rounded once.
pub(crate) fn arange(call: &Arange<&TchTensor>, spec: &Spec, device: Device) -> Computed {
    let places = |kind| Tensor::f_arange(known(spec)[0], (kind, device));
    let real = |start: f64, step: f64| -> Computed {
        let (start, step) = (call.dtype.round(start), call.dtype.round(step));
        Ok(places(Kind::Double)?.f_mul_scalar_(step)?.f_add_scalar_(start)?)
    };
    let (steps, _) = call.steps()?;
    match steps {
        Steps::Whole { start, step } if call.dtype.is_float() => real(start as f64, step as f64),
        // Every place fits the kind.
        Steps::Whole { start: 0, step: 1 } => places(kind_of(spec.dtype)?).map_err(Into::into),
        Steps::Whole { start, step } => {
            let mut numbers = places(Kind::Int64)?;
            if step != 1 {
                numbers = numbers.f_mul_scalar_(step)?;
            }
            Ok(numbers.f_add_scalar_(start)?)
        }
        Steps::Real { start, step } => real(start, step),
    }
}
