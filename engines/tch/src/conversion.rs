//! cast, to_dense, identity, print_tensor, shape: the same tensor in another form.

use tch::Tensor;
use touchstone_reference::functions::conversion::{Cast, Identity, PrintTensor, Shape, ToDense};
use touchstone_reference::{DType, Spec, printing};

use crate::failure::Computed;
use crate::tensor::{TchTensor, download, kind_of};

/// By the dtype of the result, which is float32 in here where float16 is asked for.
pub(crate) fn cast(call: &Cast<&TchTensor>, spec: &Spec) -> Computed {
    if spec.dtype == DType::Bool {
        return Ok(call.x.truths()?);
    }
    Ok(call.x.tensor.f_to_kind(kind_of(spec.dtype)?)?)
}

/// The storage of a sparse matrix is dense already.
pub(crate) fn to_dense(call: &ToDense<&TchTensor>) -> Computed {
    Ok(call.tensor.tensor.shallow_clone())
}

pub(crate) fn identity(call: &Identity<&TchTensor>) -> Computed {
    Ok(call.x.tensor.shallow_clone())
}

pub(crate) fn print_tensor(call: &PrintTensor<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    let shape: Vec<usize> = x.size().iter().map(|&n| n as usize).collect();
    printing::print_part(&call.message, &shape, |cuts| {
        let mut part = x.shallow_clone();
        for cut in cuts {
            let [axis, length, first, last] =
                [cut.axis, shape[cut.axis], cut.first, cut.last].map(|n| n as i64);
            let ends = [part.f_narrow(axis, 0, first)?, part.f_narrow(axis, length - last, last)?];
            part = Tensor::f_cat(&ends, axis)?;
        }
        Computed::Ok(download(&call.x.with(part))?)
    })?;
    Ok(x.shallow_clone())
}

pub(crate) fn shape(call: &Shape<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    Ok(Tensor::f_from_slice(&x.size())?.f_to_device(x.device())?)
}
