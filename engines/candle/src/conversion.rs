//! cast, print_tensor, shape; to_dense and identity need nothing.

use candle_core::Tensor;
use touchstone_reference::backend::{Cast, PrintTensor};
use touchstone_reference::printing;

use crate::failure::Result;
use crate::tensor::{CandleTensor, converted, download};

/// By the dtype of the call, so that float16 is rounded to here.
pub(crate) fn cast(call: &Cast<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let differentiable = x.dtype().is_float() && call.dtype.is_float();
    converted(&if differentiable { x } else { x.detach() }, call.dtype)
}

pub(crate) fn print_tensor(call: &PrintTensor<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    printing::print_part(&call.message, x.dims(), |cuts| {
        let part = cuts.iter().try_fold(x.detach(), |part, cut| {
            let hidden = part.dim(cut.axis)? - cut.last;
            let ends =
                [part.narrow(cut.axis, 0, cut.first)?, part.narrow(cut.axis, hidden, cut.last)?];
            Tensor::cat(&ends, cut.axis)
        })?;
        download(&call.x.with(part).outside()?)
    })?;
    Ok(x)
}

pub(crate) fn shape(x: &CandleTensor) -> Result<Tensor> {
    let dims: Vec<i64> = x.dims().iter().map(|&n| n as i64).collect();
    Ok(Tensor::from_vec(dims, x.dims().len(), x.native().device())?)
}
