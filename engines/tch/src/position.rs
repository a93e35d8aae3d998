//! argmax, argmin. libtorch's own keep to the first position on ties and to the first NaN.

use tch::{Kind, Tensor};
use touchstone_reference::functions::position::{Argmax, Argmin};
use touchstone_reference::{DType, Label, axis_of};

use crate::failure::Computed;
use crate::tensor::TchTensor;

/// An axis as a position.
pub(crate) fn axis_at(axis: i64, x: &Tensor) -> Computed<i64> {
    let at = axis_of(axis, x.dim()).ok_or_else(|| {
        Label::C(1).refuse(format!("axis {axis} of a tensor of rank {}", x.dim()))
    })?;
    Ok(at as i64)
}

/// The elements as libtorch can order them.
fn ordered(x: &TchTensor) -> Computed {
    let bool = x.dtype == DType::Bool;
    Ok(if bool { x.tensor.f_to_kind(Kind::Uint8)? } else { x.tensor.shallow_clone() })
}

pub(crate) fn argmax(call: &Argmax<&TchTensor>) -> Computed {
    let axis = axis_at(call.axis, &call.x.tensor)?;
    Ok(ordered(call.x)?.f_argmax(axis, false)?)
}

pub(crate) fn argmin(call: &Argmin<&TchTensor>) -> Computed {
    let axis = axis_at(call.axis, &call.x.tensor)?;
    Ok(ordered(call.x)?.f_argmin(axis, false)?)
}
