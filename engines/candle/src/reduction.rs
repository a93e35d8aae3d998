//! Reductions over axes, and the positions of the greatest and the least.

use candle_core::{DType as Storage, Tensor};
use touchstone_reference::backend::Axes;
use touchstone_reference::{Label, Spec};

use crate::derivative::with_rule;
use crate::failure::Result;
use crate::ops::{Extreme, constant, filled, is_not_zero, keep_where, reshaped, weighted};
use crate::shaping::position;
use crate::tensor::{CandleTensor, storage};

/// A tensor with the axes that go as one, the middle one of three.
pub(crate) fn merged(x: &Tensor, axes: &[usize]) -> candle_core::Result<Tensor> {
    let length: usize = axes.iter().map(|&axis| x.dims()[axis]).product();
    let (Some(&first), Some(&last)) = (axes.first(), axes.last()) else {
        return x.reshape((x.elem_count(), 1, 1));
    };
    if last - first + 1 == axes.len() {
        let before: usize = x.dims()[..first].iter().product();
        let after = x.dims()[last + 1..].iter().product();
        return reshaped(x, &[before, length, after]);
    }
    let kept = (0..x.rank()).filter(|axis| !axes.contains(axis));
    let order: Vec<usize> = kept.chain(axes.iter().copied()).collect();
    x.permute(order)?.reshape(((), length, 1))
}

/// Inference has found the axes in order already.
fn resolve(axis: &Axes, rank: usize) -> Result<Vec<usize>> {
    Ok(axis.resolve(rank, Label::C(1))?)
}

fn empty(x: &Tensor, spec: &Spec, shape: &[usize], value: f64) -> Result<Option<Tensor>> {
    Ok(if x.elem_count() == 0 {
        Some(filled(storage(spec.dtype)?, shape, value, x.device())?)
    } else {
        None
    })
}

pub(crate) fn sum(x: &CandleTensor, axis: &Axes, spec: &Spec, shape: &[usize]) -> Result<Tensor> {
    let x = x.native();
    if let Some(zeros) = empty(&x, spec, shape, 0.0)? {
        return Ok(zeros);
    }
    let axes = resolve(axis, x.rank())?;
    if axes.is_empty() {
        return Ok(x);
    }
    let dtype = x.dtype();
    if !dtype.is_float() {
        let whole = x.to_dtype(Storage::I64)?.sum_keepdim(axes)?;
        return Ok(whole.reshape(shape)?.to_dtype(dtype)?);
    }
    let value = sum_of_merged(&merged(&x.detach(), &axes)?)?.reshape(shape)?;
    let kept = kept(&x, &axes);
    Ok(with_rule(&x, "sum", value, move |x, _, gradient| {
        gradient.reshape(&*kept)?.broadcast_as(x.shape())
    })?)
}

/// The shape with size 1 on axes.
fn kept(x: &Tensor, axes: &[usize]) -> Vec<usize> {
    x.dims().iter().enumerate().map(|(i, &n)| if axes.contains(&i) { 1 } else { n }).collect()
}

/// Below this many terms a product with ones is the faster sum, and one factor after another the
/// faster product.
const SHORT: usize = 16;

/// The sums over the middle axis of three, which stays with size 1.
pub(crate) fn sum_of_merged(x: &Tensor) -> candle_core::Result<Tensor> {
    let (before, length, after) = x.dims3()?;
    if after == 1 {
        let lines = x.reshape((before, length))?;
        let sums = if length < SHORT {
            // Starting a sum costs candle more than a few of its terms.
            lines.contiguous()?.matmul(&Tensor::ones((length, 1), x.dtype(), x.device())?)?
        } else {
            lines.sum_keepdim(1)?
        };
        return sums.reshape((before, 1, 1));
    }
    if length == 2 {
        return x.narrow(1, 0, 1)? + x.narrow(1, 1, 1)?;
    }
    if before == 1 || length * after >= 1024 {
        // Over an axis that is not the last candle divides twice an element to find where it
        // belongs; a product with ones is several times faster.
        let ones = Tensor::ones((1, 1, length), x.dtype(), x.device())?;
        return ones.broadcast_as((before, 1, length))?.matmul(&x.contiguous()?);
    }
    x.sum_keepdim(1)
}

/// The greatest or the least along axes.
pub(crate) fn extreme(
    wanted: Extreme,
    x: &CandleTensor,
    axis: &Axes,
    spec: &Spec,
    shape: &[usize],
) -> Result<Tensor> {
    let x = x.native();
    let of_nothing = match wanted {
        Extreme::Least => f64::INFINITY,
        Extreme::Greatest => f64::NEG_INFINITY,
    };
    if let Some(nothing) = empty(&x, spec, shape, of_nothing)? {
        return Ok(nothing);
    }
    let axes = resolve(axis, x.rank())?;
    if axes.is_empty() {
        return Ok(x);
    }
    let (kept, shape) = (kept(&x, &axes), shape.to_vec());
    let value = wanted.along(&merged(&x.detach(), &axes)?, 1)?.reshape(&*shape)?;
    Ok(with_rule(&x, "extreme along axes", value, move |x, found, gradient| {
        let tied = x.broadcast_eq(&found.reshape(&*kept)?)?;
        let count = sum_of_merged(&merged(&tied.to_dtype(x.dtype())?, &axes)?)?;
        let share = gradient.div(&count.reshape(&*shape)?)?.reshape(&*kept)?;
        keep_where(&tied, &share.broadcast_as(x.shape())?)
    })?)
}

/// The greatest or the least along an axis, which stays with size 1. Tied entries share the
/// cotangent; candle gives each the whole of it.
pub(crate) fn shared_extreme(
    wanted: Extreme,
    x: &Tensor,
    axis: usize,
) -> candle_core::Result<Tensor> {
    let value = wanted.along(&x.detach(), axis)?;
    with_rule(x, "extreme", value, move |x, found, gradient| {
        let tied = x.broadcast_eq(found)?;
        let count = tied.to_dtype(x.dtype())?.sum_keepdim(axis)?;
        let share = gradient.div(&count)?.broadcast_as(x.shape())?;
        keep_where(&tied, &share)
    })
}

pub(crate) fn prod(x: &CandleTensor, axis: &Axes, spec: &Spec, shape: &[usize]) -> Result<Tensor> {
    let x = x.native();
    if let Some(ones) = empty(&x, spec, shape, 1.0)? {
        return Ok(ones);
    }
    let axes = resolve(axis, x.rank())?;
    if axes.is_empty() {
        return Ok(x);
    }
    let dtype = x.dtype();
    let wide = if dtype.is_float() { x } else { x.to_dtype(Storage::I64)? };
    let merged = merged(&wide, &axes)?;
    if merged.dim(1)? < SHORT && !merged.track_op() {
        let factor = |i: usize| merged.narrow(1, i, 1);
        let product = (1..merged.dim(1)?).try_fold(factor(0)?, |all, i| all * factor(i)?)?;
        return Ok(product.reshape(shape)?.to_dtype(dtype)?);
    }
    let factors = merged.transpose(0, 1)?;
    let factors = factors.reshape((factors.dim(0)?, ()))?;
    let mut levels = halvings(factors.detach())?;
    let value = levels.pop().unwrap_or_else(|| factors.detach());
    let product = with_rule(&factors, "prod", value, move |_, _, gradient| {
        levels.iter().rev().try_fold(gradient.clone(), |gradient, rows| {
            let half = rows.dim(0)? / 2;
            let paired = gradient.narrow(0, 0, half)?;
            let mut parts = vec![
                weighted(&paired, &rows.narrow(0, half, half)?)?,
                weighted(&paired, &rows.narrow(0, 0, half)?)?,
            ];
            if rows.dim(0)? % 2 == 1 {
                parts.push(gradient.narrow(0, half, 1)?);
            }
            Tensor::cat(&parts, 0)
        })
    })?;
    Ok(product.reshape(shape)?.to_dtype(dtype)?)
}

/// Rows, their products in pairs, the products of those, down to one row. candle has no product of
/// all; this one multiplies as often, and passes gradients back without a division.
fn halvings(rows: Tensor) -> candle_core::Result<Vec<Tensor>> {
    let mut levels = vec![rows.clone()];
    let mut rows = rows;
    while rows.dim(0)? > 1 {
        let half = rows.dim(0)? / 2;
        let mut parts = vec![(rows.narrow(0, 0, half)? * rows.narrow(0, half, half)?)?];
        if rows.dim(0)? % 2 == 1 {
            parts.push(rows.narrow(0, 2 * half, 1)?);
        }
        rows = Tensor::cat(&parts, 0)?;
        levels.push(rows.clone());
    }
    Ok(levels)
}

/// The greatest and log Σ exp of the distances from it. candle's own is NaN where all are -inf.
pub(crate) fn logsumexp(
    x: &CandleTensor,
    axis: &Axes,
    spec: &Spec,
    shape: &[usize],
) -> Result<Tensor> {
    let x = x.native();
    if let Some(lowest) = empty(&x, spec, shape, f64::NEG_INFINITY)? {
        return Ok(lowest);
    }
    let axes = resolve(axis, x.rank())?;
    if axes.is_empty() {
        return Ok(x);
    }
    let merged = merged(&x, &axes)?;
    let plain = merged.detach();
    let greatest = Extreme::Greatest.along(&plain, 1)?;
    // No distance from an infinity or NaN: the sum is that, or 0, without.
    let greatest = keep_where(&is_finite(&greatest)?, &greatest)?;
    let exponentials = plain.broadcast_sub(&greatest)?.exp()?;
    let sum = sum_of_merged(&exponentials)?;
    let value = (sum.log()? + greatest)?;
    let found = with_rule(&merged, "logsumexp", value, move |x, value, gradient| {
        let share = keep_where(&is_finite(value)?, &gradient.div(&sum)?)?;
        weighted(&share.broadcast_as(x.shape())?, &exponentials)
    })?;
    Ok(found.reshape(shape)?)
}

/// 1 where an element is neither NaN nor infinite.
fn is_finite(x: &Tensor) -> candle_core::Result<Tensor> {
    x.abs()?.lt(&constant(x, f64::INFINITY)?)
}

/// float of floats; the others in float64, so that whole numbers stay exact.
fn floats(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    Ok(if x.dtype().is_float() { x } else { x.to_dtype(Storage::F64)? })
}

pub(crate) fn mean(x: &CandleTensor, axis: &Axes, spec: &Spec, shape: &[usize]) -> Result<Tensor> {
    let x = floats(x)?;
    if let Some(nan) = empty(&x, spec, shape, f64::NAN)? {
        return Ok(nan);
    }
    let axes = resolve(axis, x.rank())?;
    let (merged, kept) = (merged(&x.detach(), &axes)?, kept(&x, &axes));
    let length = merged.dim(1)? as f64;
    let value = mean_of_merged(&merged)?.reshape(shape)?;
    let mean = with_rule(&x, "mean", value, move |x, _, gradient| {
        let share = gradient.div(&constant(gradient, length)?)?;
        share.reshape(&*kept)?.broadcast_as(x.shape())
    })?;
    Ok(mean.to_dtype(storage(spec.dtype)?)?)
}

/// The means over the middle axis of three, which stays with size 1, with their derivative.
/// candle's own multiplies with the rounded 1/n.
pub(crate) fn mean_of_merged(x: &Tensor) -> candle_core::Result<Tensor> {
    let length = x.dim(1)?;
    if length == 1 {
        return Ok(x.clone());
    }
    let sum = sum_of_merged(&x.detach())?;
    let value = sum.div(&constant(&sum, length as f64)?)?;
    with_rule(x, "mean", value, move |x, _, gradient| {
        gradient.div(&constant(gradient, length as f64)?)?.broadcast_as(x.shape())
    })
}

/// The distances of the entries from the mean over the middle axis of three, and the mean of their
/// squares. Where all entries are equal, the mean is taken to be the first, so that the distances
/// are exact zeros.
fn distances(x: &Tensor) -> candle_core::Result<(Tensor, Tensor)> {
    let mean = mean_of_merged(x)?;
    let distances = x.broadcast_sub(&mean)?;
    let variance = mean_of_merged(&distances.sqr()?)?;
    // Of equal entries the mean is at most so far off, one rounding for each of them.
    let epsilon = if x.dtype() == Storage::F64 { f64::EPSILON } else { f64::from(f32::EPSILON) };
    let rounding = mean.affine(epsilon * (x.dim(1)? + 1) as f64, 0.0)?;
    if x.device().is_cpu() && variance.gt(&rounding.sqr()?)?.min_all()?.to_scalar::<u8>()? == 1 {
        return Ok((distances, variance));
    }
    let first = x.narrow(1, 0, 1)?.contiguous()?;
    let constant = x.broadcast_eq(&first)?.min_keepdim(1)?;
    let distances = x.broadcast_sub(&constant.where_cond(&first, &mean)?)?;
    let variance = mean_of_merged(&distances.sqr()?)?;
    Ok((distances, variance))
}

/// The variances over the middle axis of three, in two passes, divided by N, with their
/// derivative.
pub(crate) fn variance_of_merged(x: &Tensor) -> candle_core::Result<Tensor> {
    let length = x.dim(1)? as f64;
    let (distances, value) = distances(&x.detach())?;
    with_rule(x, "variance", value, move |_, _, gradient| {
        let share = gradient.affine(2.0, 0.0)?.div(&constant(gradient, length)?)?;
        distances.broadcast_mul(&share)
    })
}

pub(crate) fn var(x: &CandleTensor, axis: &Axes, spec: &Spec, shape: &[usize]) -> Result<Tensor> {
    let x = floats(x)?;
    if let Some(nan) = empty(&x, spec, shape, f64::NAN)? {
        return Ok(nan);
    }
    let merged = merged(&x, &resolve(axis, x.rank())?)?;
    Ok(variance_of_merged(&merged)?.reshape(shape)?.to_dtype(storage(spec.dtype)?)?)
}

pub(crate) fn std(x: &CandleTensor, axis: &Axes, spec: &Spec, shape: &[usize]) -> Result<Tensor> {
    let x = floats(x)?;
    if let Some(nan) = empty(&x, spec, shape, f64::NAN)? {
        return Ok(nan);
    }
    let merged = merged(&x, &resolve(axis, x.rank())?)?;
    let length = merged.dim(1)? as f64;
    let (distances, variance) = distances(&merged.detach())?;
    let value = variance.sqrt()?;
    let deviations = with_rule(&merged, "std", value, move |_, deviation, gradient| {
        let slope = gradient.div(&deviation.affine(length, 0.0)?)?;
        // Where nothing deviates the gradient is 0.
        let slope = keep_where(&is_not_zero(deviation)?, &slope)?;
        distances.broadcast_mul(&slope)
    })?;
    Ok(deviations.reshape(shape)?.to_dtype(storage(spec.dtype)?)?)
}

pub(crate) fn any(x: &CandleTensor, axis: &Axes, spec: &Spec, shape: &[usize]) -> Result<Tensor> {
    let truths = x.truths()?;
    if let Some(nothing) = empty(&truths, spec, shape, 0.0)? {
        return Ok(nothing);
    }
    let axes = resolve(axis, truths.rank())?;
    Ok(merged(&truths, &axes)?.max_keepdim(1)?.reshape(shape)?)
}

/// 1 where none is zero.
pub(crate) fn all(x: &CandleTensor, axis: &Axes, spec: &Spec, shape: &[usize]) -> Result<Tensor> {
    let truths = x.truths()?;
    if let Some(nothing) = empty(&truths, spec, shape, 1.0)? {
        return Ok(nothing);
    }
    let axes = resolve(axis, truths.rank())?;
    Ok(merged(&truths, &axes)?.min_keepdim(1)?.reshape(shape)?)
}

/// The first of the greatest or of the least, or of the NaNs.
pub(crate) fn position_of(wanted: Extreme, x: &CandleTensor, axis: i64) -> Result<Tensor> {
    let x = x.native().detach();
    let axis = position(axis, x.rank())?;
    Ok(wanted.position(&x, axis)?.to_dtype(Storage::I64)?)
}
