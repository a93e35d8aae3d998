//! Padding and enlarging: temporal, images, volumes. Copies, bit for bit.

use candle_core::Tensor;
use touchstone_reference::backend::{
    AsymmetricSpatial2dPadding, DimOrdering, ResizeImages, ResizeVolumes, Spatial2dPadding,
    Spatial3dPadding, batch_axes,
};

use crate::failure::Result;
use crate::ops::filled;
use crate::shaping::{Unit, count, repeated, repeated_as};
use crate::tensor::CandleTensor;

/// Zeros, so many before and after on each of the axes.
pub(crate) fn padded(
    x: &CandleTensor,
    axes: &[usize],
    sides: &[[i64; 2]],
    shape: &[usize],
) -> Result<Tensor> {
    let mut x = x.native();
    if x.elem_count() == 0 {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    for (&axis, &[before, after]) in axes.iter().zip(sides) {
        x = x.pad_with_zeros(axis, count(before), count(after))?;
    }
    Ok(x)
}

pub(crate) fn spatial_2d_padding(
    call: &Spatial2dPadding<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let axes = batch_axes::<2>(call.dim_ordering).spatial;
    padded(call.x, &axes, &call.padding.map(|n| [n, n]), shape)
}

pub(crate) fn asymmetric_spatial_2d_padding(
    call: &AsymmetricSpatial2dPadding<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let axes = batch_axes::<2>(call.dim_ordering).spatial;
    let sides = [[call.top_pad, call.bottom_pad], [call.left_pad, call.right_pad]];
    padded(call.x, &axes, &sides, shape)
}

pub(crate) fn spatial_3d_padding(
    call: &Spatial3dPadding<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let axes = batch_axes::<3>(call.dim_ordering).spatial;
    padded(call.x, &axes, &call.padding.map(|n| [n, n]), shape)
}

fn resized(x: &CandleTensor, axes: &[usize], factors: &[i64]) -> Result<Tensor> {
    let x = x.native();
    let mut times = vec![1; x.rank()];
    for (&axis, &factor) in axes.iter().zip(factors) {
        times[axis] = count(factor);
    }
    repeated(&x, Unit::Element, &times)
}

pub(crate) fn resize_images(call: &ResizeImages<&CandleTensor>) -> Result<Tensor> {
    let axes = batch_axes::<2>(call.dim_ordering).spatial;
    let times = [count(call.height_factor), count(call.width_factor)];
    // candle's own divides to find each pixel's source, which is exact for these factors alone.
    let exact = times.iter().all(|times| times.is_power_of_two());
    let x = call.X.native();
    if exact && call.dim_ordering == DimOrdering::Th && x.dtype().is_float() {
        let (rows, columns) = (x.dim(2)? * times[0], x.dim(3)? * times[1]);
        let value = x.detach().contiguous()?.upsample_nearest2d(rows, columns)?;
        return repeated_as(&x, Unit::Element, &[1, 1, times[0], times[1]], value);
    }
    resized(call.X, &axes, &[call.height_factor, call.width_factor])
}

pub(crate) fn resize_volumes(call: &ResizeVolumes<&CandleTensor>) -> Result<Tensor> {
    let factors = [call.depth_factor, call.height_factor, call.width_factor];
    resized(call.X, &batch_axes::<3>(call.dim_ordering).spatial, &factors)
}
