//! gather, one_hot.

use candle_core::{DType as Storage, Tensor};
use touchstone_reference::backend::{Gather, OneHot};

use crate::failure::Result;
use crate::ops::filled;
use crate::tensor::{CandleTensor, storage};
use touchstone_reference::Spec;

pub(crate) fn gather(call: &Gather<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let reference = call.reference.native();
    let indices = call.indices.native().detach().to_dtype(Storage::I64)?.flatten_all()?;
    if indices.elem_count() > 0 {
        let (low, high) =
            (indices.min(0)?.to_scalar::<i64>()?, indices.max(0)?.to_scalar::<i64>()?);
        Gather::<()>::check_range(low, high, reference.dim(0)?)?;
    }
    if shape.contains(&0) {
        return Ok(filled(reference.dtype(), shape, 0.0, reference.device())?);
    }
    let rows = reference.contiguous()?.index_select(&indices.contiguous()?, 0)?;
    Ok(rows.reshape(shape)?)
}

pub(crate) fn one_hot(call: &OneHot<&CandleTensor>, spec: &Spec) -> Result<Tensor> {
    let indices = call.indices.native().detach().to_dtype(Storage::I64)?;
    let classes = Tensor::arange(0, call.nb_classes, indices.device())?;
    let hits = indices.unsqueeze(indices.rank())?.broadcast_eq(&classes)?;
    Ok(hits.to_dtype(storage(spec.dtype)?)?)
}
