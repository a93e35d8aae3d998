//! gather, one_hot, in_top_k.

use candle_core::{DType as Storage, Tensor};
use touchstone_reference::backend::{Gather, InTopK, OneHot};

use crate::failure::Result;
use crate::ops::{filled, reshaped, surely_finite};
use crate::tensor::{CandleTensor, storage};
use touchstone_reference::Spec;

/// The least and the greatest of a row of indices, where there are any.
pub(crate) fn range(indices: &Tensor) -> candle_core::Result<Option<(i64, i64)>> {
    if indices.elem_count() == 0 {
        return Ok(None);
    }
    Ok(Some((indices.min(0)?.to_scalar()?, indices.max(0)?.to_scalar()?)))
}

pub(crate) fn gather(call: &Gather<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let reference = call.reference.native();
    let indices = call.indices.native().detach().to_dtype(Storage::I64)?.flatten_all()?;
    if let Some((low, high)) = range(&indices)? {
        Gather::<()>::check_range(low, high, reference.dim(0)?)?;
    }
    if shape.contains(&0) {
        return Ok(filled(reference.dtype(), shape, 0.0, reference.device())?);
    }
    let rows = reference.contiguous()?.index_select(&indices.contiguous()?, 0)?;
    Ok(reshaped(&rows, shape)?)
}

pub(crate) fn one_hot(call: &OneHot<&CandleTensor>, spec: &Spec) -> Result<Tensor> {
    let indices = call.indices.native().detach().to_dtype(Storage::I64)?;
    let classes = Tensor::arange(0, call.nb_classes, indices.device())?;
    let hits = indices.unsqueeze(indices.rank())?.broadcast_eq(&classes)?;
    Ok(hits.to_dtype(storage(spec.dtype)?)?)
}

pub(crate) fn in_top_k(call: &InTopK<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let predictions = call.predictions.native().detach();
    let classes = predictions.dim(1)? as i64;
    if classes == 0 {
        return Ok(filled(Storage::U8, shape, 0.0, predictions.device())?);
    }
    let targets = call.targets.native().detach().to_dtype(Storage::I64)?;
    let nearest = targets.clamp(0_i64, classes - 1)?;
    let chosen = predictions.contiguous()?.gather(&nearest.unsqueeze(1)?.contiguous()?, 1)?;
    // In floats, whose sums are the fast ones; they are exact as far as there are classes.
    let greater = predictions.broadcast_gt(&chosen)?.to_dtype(Storage::F32)?.sum(1)?;
    let found = (greater.to_dtype(Storage::I64)?.lt(call.k)? * targets.eq(&nearest)?)?;
    if surely_finite(&predictions)? {
        return Ok(found);
    }
    // Zero times what is not finite is NaN.
    Ok((found * predictions.affine(0.0, 0.0)?.eq(0.0)?.min(1)?)?)
}
