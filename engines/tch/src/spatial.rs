//! Padding and enlarging: temporal, images, volumes. Elements move bit for bit.

use tch::Tensor;
use touchstone_reference::Spec;
use touchstone_reference::functions::convolution::batch_axes;
use touchstone_reference::functions::spatial::{
    AsymmetricSpatial2dPadding, AsymmetricTemporalPadding, ResizeImages, ResizeVolumes,
    Spatial2dPadding, Spatial3dPadding, TemporalPadding,
};

use crate::convolution::{channels_first, reordered};
use crate::failure::Computed;
use crate::shaping::repeated;
use crate::tensor::{TchTensor, known};

/// Zeros before and after on each of the axes.
fn padded(x: &Tensor, axes: &[usize], before: &[i64], after: &[i64]) -> Computed {
    // libtorch counts from the last axis.
    let mut around = vec![0; 2 * x.dim()];
    for ((axis, before), after) in axes.iter().zip(before).zip(after) {
        let at = 2 * (x.dim() - 1 - axis);
        (around[at], around[at + 1]) = (*before, *after);
    }
    Ok(x.f_constant_pad_nd(around)?)
}

pub(crate) fn temporal_padding(call: &TemporalPadding<&TchTensor>) -> Computed {
    padded(&call.x.tensor, &[1], &[call.padding], &[call.padding])
}

pub(crate) fn asymmetric_temporal_padding(
    call: &AsymmetricTemporalPadding<&TchTensor>,
) -> Computed {
    padded(&call.x.tensor, &[1], &[call.left_pad], &[call.right_pad])
}

pub(crate) fn spatial_2d_padding(call: &Spatial2dPadding<&TchTensor>) -> Computed {
    let axes = batch_axes::<2>(call.dim_ordering).spatial;
    padded(&call.x.tensor, &axes, &call.padding, &call.padding)
}

pub(crate) fn asymmetric_spatial_2d_padding(
    call: &AsymmetricSpatial2dPadding<&TchTensor>,
) -> Computed {
    let axes = batch_axes::<2>(call.dim_ordering).spatial;
    let (before, after) = ([call.top_pad, call.left_pad], [call.bottom_pad, call.right_pad]);
    padded(&call.x.tensor, &axes, &before, &after)
}

pub(crate) fn spatial_3d_padding(call: &Spatial3dPadding<&TchTensor>) -> Computed {
    padded(
        &call.x.tensor,
        &batch_axes::<3>(call.dim_ordering).spatial,
        &call.padding,
        &call.padding,
    )
}

/// Whether libtorch's own enlarging is meant: it divides in float32 to find each element's source,
/// which is exact for these factors alone.
fn is_exact(x: &TchTensor, factors: &[i64]) -> bool {
    let exact = factors.iter().all(|factor| factor.count_ones() == 1);
    exact && x.dtype.is_float() && x.tensor.numel() > 0
}

pub(crate) fn resize_images(call: &ResizeImages<&TchTensor>, spec: &Spec) -> Computed {
    let (x, ordering) = (&call.X.tensor, call.dim_ordering);
    let axes = batch_axes::<2>(ordering).spatial;
    let factors = [call.height_factor, call.width_factor];
    if is_exact(call.X, &factors) {
        let size = axes.map(|axis| known(spec)[axis]);
        let enlarged = channels_first(x, ordering)?.f_upsample_nearest2d(size, None, None)?;
        return Ok(reordered(&enlarged, ordering)?);
    }
    repeated(x, &axes, &factors, spec)
}

pub(crate) fn resize_volumes(call: &ResizeVolumes<&TchTensor>, spec: &Spec) -> Computed {
    let (x, ordering) = (&call.X.tensor, call.dim_ordering);
    let axes = batch_axes::<3>(ordering).spatial;
    let factors = [call.depth_factor, call.height_factor, call.width_factor];
    if is_exact(call.X, &factors) {
        let size = axes.map(|axis| known(spec)[axis]);
        let enlarged = channels_first(x, ordering)?.f_upsample_nearest3d(size, None, None, None)?;
        return Ok(reordered(&enlarged, ordering)?);
    }
    repeated(x, &axes, &factors, spec)
}
