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
    printing::print(&call.message, &download(&call.x.outside()?)?);
    Ok(call.x.native())
}

pub(crate) fn shape(x: &CandleTensor) -> Result<Tensor> {
    let dims: Vec<i64> = x.dims().iter().map(|&n| n as i64).collect();
    Ok(Tensor::from_vec(dims, x.dims().len(), x.native().device())?)
}
