//! gather, one_hot, in_top_k.

use tch::{Kind, TchError, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::functions::indexing::{Gather, InTopK, OneHot};

use crate::convolution::zeros;
use crate::failure::Computed;
use crate::tensor::{TchTensor, kind_of, known, surely_finite};

/// The least and the greatest of some indices, which alone come back to the host; `None` of none.
pub(crate) fn extremes(indices: &Tensor) -> Result<Option<(i64, i64)>, TchError> {
    if indices.numel() == 0 {
        return Ok(None);
    }
    let (least, greatest) = indices.f_aminmax(None, false)?;
    Ok(Some((least.f_int64_value(&[])?, greatest.f_int64_value(&[])?)))
}

pub(crate) fn gather(call: &Gather<&TchTensor>, spec: &Spec) -> Computed {
    let reference = &call.reference.tensor;
    let indices = call.indices.wholes()?.f_reshape(-1_i64)?;
    let check = || -> Computed<()> {
        if let Some((low, high)) = extremes(&indices)? {
            let rows = reference.size().first().copied().unwrap_or(0);
            Gather::<()>::check_range(low, high, usize::try_from(rows).unwrap_or(0))?;
        }
        Ok(())
    };
    // On the CPU libtorch itself refuses an index out of range; on CUDA none may reach it, and
    // where rows are empty it does not look.
    if indices.device().is_cuda() || reference.numel() == 0 {
        check()?;
    }
    match reference.f_index_select(0, &indices) {
        Ok(rows) => Ok(rows.f_reshape(known(spec))?),
        Err(error) => check().and(Err(error.into())),
    }
}

/// By comparison: libtorch's one_hot refuses what lies out of range.
pub(crate) fn one_hot(call: &OneHot<&TchTensor>, spec: &Spec) -> Computed {
    let indices = call.indices.wholes()?.f_unsqueeze(-1)?;
    let classes = Tensor::f_arange(call.nb_classes, (Kind::Int64, indices.device()))?;
    Ok(indices.f_eq_tensor(&classes)?.f_to_kind(kind_of(spec.dtype)?)?)
}

pub(crate) fn in_top_k(call: &InTopK<&TchTensor>, spec: &Spec) -> Computed {
    let (predictions, targets) = (&call.predictions.tensor, call.targets.wholes()?);
    let classes = predictions.size()[1];
    if classes == 0 {
        return zeros(spec, predictions);
    }
    let nearest = targets.f_clamp(0, classes - 1)?;
    let places = [1_i64].as_slice();
    let own = predictions.f_gather(1, &nearest.f_unsqueeze(1)?, false)?;
    let greater = predictions.f_gt_tensor(&own)?.f_sum_dim_intlist(places, false, Kind::Int64)?;
    let found = greater.f_lt(call.k)?.f_logical_and(&targets.f_eq_tensor(&nearest)?)?;
    if surely_finite(predictions)? {
        return Ok(found);
    }
    Ok(found.f_logical_and(&predictions.f_isfinite()?.f_all_dim(1, false)?)?)
}
