//! gather, one_hot.

use tch::{Kind, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::functions::indexing::{Gather, OneHot};

use crate::failure::Computed;
use crate::tensor::{TchTensor, kind_of, known};

pub(crate) fn gather(call: &Gather<&TchTensor>, spec: &Spec) -> Computed {
    let reference = &call.reference.tensor;
    let indices = call.indices.wholes()?.f_reshape(-1_i64)?;
    if indices.numel() > 0 {
        // The extremes alone come back to the host.
        let low = indices.f_min()?.f_int64_value(&[])?;
        let high = indices.f_max()?.f_int64_value(&[])?;
        let rows = reference.size().first().copied().unwrap_or(0);
        Gather::<()>::check_range(low, high, usize::try_from(rows).unwrap_or(0))?;
    }
    Ok(reference.f_index_select(0, &indices)?.f_reshape(known(spec))?)
}

/// By comparison: libtorch's one_hot refuses what lies out of range.
pub(crate) fn one_hot(call: &OneHot<&TchTensor>, spec: &Spec) -> Computed {
    let indices = call.indices.wholes()?.f_unsqueeze(-1)?;
    let classes = Tensor::f_arange(call.nb_classes, (Kind::Int64, indices.device()))?;
    Ok(indices.f_eq_tensor(&classes)?.f_to_kind(kind_of(spec.dtype)?)?)
}
