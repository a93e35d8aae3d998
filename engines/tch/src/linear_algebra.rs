//! dot, batch_dot, transpose: products are brought to matrices and back.

use tch::{TchError, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::functions::linear_algebra::{BatchDot, Dot, Transpose};

use crate::failure::Computed;
use crate::tensor::{TchTensor, known};

/// The product of dims; shape inference has checked that it is in range.
fn count(dims: &[i64]) -> i64 {
    dims.iter().product()
}

/// Batches of matrices: (b, m, k) times (b, k, n).
fn product(x: &Tensor, y: &Tensor, is_float: bool) -> Result<Tensor, TchError> {
    if is_float || !x.device().is_cuda() {
        return x.f_bmm(y);
    }
    // libtorch has no integer product on CUDA.
    let terms = x.f_unsqueeze(3)?.f_mul(&y.f_unsqueeze(1)?)?;
    terms.f_sum_dim_intlist(2_i64, false, x.f_kind()?)
}

pub(crate) fn dot(call: &Dot<&TchTensor>, spec: &Spec) -> Computed {
    let (x, y) = (&call.x.tensor, &call.y.tensor);
    let is_float = call.x.dtype.is_float();
    let on_cpu = !x.device().is_cuda();
    if x.dim() == 2 && y.dim() == 2 && (is_float || on_cpu) {
        return Ok(x.f_mm(y)?);
    }
    let (left, right) = (x.size(), y.size());
    let length = left.last().copied().unwrap_or(1);
    let axis = right.len().saturating_sub(2);
    let y = if axis == 0 { y.shallow_clone() } else { y.f_movedim(axis as i64, 0)? };
    let rows = count(&left[..left.len().saturating_sub(1)]);
    let columns = count(&y.size()[1..]);
    let x = x.f_reshape([rows, length])?;
    let y = y.f_reshape([length, columns])?;
    let found = if is_float || on_cpu {
        x.f_mm(&y)?
    } else {
        product(&x.f_unsqueeze(0)?, &y.f_unsqueeze(0)?, is_float)?
    };
    Ok(found.f_reshape(known(spec))?)
}

pub(crate) fn batch_dot(call: &BatchDot<&TchTensor>, spec: &Spec) -> Computed {
    let (x, y) = (&call.x.tensor, &call.y.tensor);
    let [a, b] = call.contracted(x.dim(), y.dim())?;
    let (a, b) = (a as i64, b as i64);
    // x with the contracted axis last, y with it just after the batch.
    let (x, y) = (x.f_movedim(a, -1)?, y.f_movedim(b, 1)?);
    let (left, right) = (x.size(), y.size());
    let (batch, length) = (right[0], right[1]);
    let x = x.f_reshape([batch, count(&left[1..left.len() - 1]), length])?;
    let y = y.f_reshape([batch, length, count(&right[2..])])?;
    Ok(product(&x, &y, call.x.dtype.is_float())?.f_reshape(known(spec))?)
}

pub(crate) fn transpose(call: &Transpose<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    let order: Vec<i64> = (0..x.dim() as i64).rev().collect();
    Ok(x.f_permute(order)?)
}
