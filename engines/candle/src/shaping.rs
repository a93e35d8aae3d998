//! concatenate, reshape, permute_dimensions, expand_dims, squeeze, repeat_elements,
//! temporal_padding: views and copies, bit for bit.

use candle_core::Tensor;
use touchstone_reference::axis_of;
use touchstone_reference::backend::{
    Concatenate, PermuteDimensions, RepeatElements, TemporalPadding,
};

use crate::failure::{Failure, Result};
use crate::ops::filled;
use crate::tensor::CandleTensor;

fn position(axis: i64, rank: usize) -> Result<usize> {
    axis_of(axis, rank).ok_or_else(|| Failure::engine("the axis is out of range"))
}

pub(crate) fn concatenate(call: &Concatenate<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let axis = position(call.axis, shape.len())?;
    let parts: Vec<Tensor> =
        call.tensors.iter().map(|t| t.native()).filter(|t| t.elem_count() > 0).collect();
    Ok(Tensor::cat(&parts, axis)?)
}

pub(crate) fn reshape(x: &CandleTensor, shape: &[usize]) -> Result<Tensor> {
    Ok(x.native().reshape(shape)?)
}

pub(crate) fn permute_dimensions(call: &PermuteDimensions<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let order = call.order(x.rank())?;
    Ok(if x.rank() < 2 { x } else { x.permute(order)? })
}

pub(crate) fn repeat_elements(
    call: &RepeatElements<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let x = call.x.native();
    let axis = position(call.axis, x.rank())?;
    let mut spread = x.dims().to_vec();
    spread.insert(axis + 1, usize::try_from(call.rep).unwrap_or(0));
    Ok(x.unsqueeze(axis + 1)?.broadcast_as(spread)?.reshape(shape)?)
}

pub(crate) fn temporal_padding(
    call: &TemporalPadding<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let x = call.x.native();
    if x.elem_count() == 0 {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    let padding = usize::try_from(call.padding).unwrap_or(0);
    Ok(x.pad_with_zeros(1, padding, padding)?)
}
