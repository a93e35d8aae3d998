//! cumsum, cumprod.

use tch::Tensor;
use touchstone_reference::functions::cumulative::{Cumprod, Cumsum};

use crate::failure::Computed;
use crate::position::axis_at;
use crate::tensor::TchTensor;

pub(crate) fn cumsum(call: &Cumsum<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    // libtorch would widen integers.
    Ok(x.f_cumsum(axis_at(call.axis, x)?, x.f_kind()?)?)
}

pub(crate) fn cumprod(call: &Cumprod<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    let axis = axis_at(call.axis, x)?;
    if !x.requires_grad() || x.numel() == 0 {
        // libtorch would widen integers.
        return Ok(x.f_cumprod(axis, x.f_kind()?)?);
    }
    // libtorch's derivative divides products by elements, and is 0 where a product underflows.
    // Elements that are multiplied by each other's lie in one piece.
    let mut products = x.f_movedim_int(axis, 0)?.f_contiguous()?.f_unbind(0)?;
    for i in 1..products.len() {
        products[i] = products[i - 1].f_mul(&products[i])?;
    }
    Ok(Tensor::f_stack(&products, axis)?)
}
