//! categorical_crossentropy, binary_crossentropy.

use tch::{Kind, TchError, Tensor};
use touchstone_reference::functions::loss::{BinaryCrossentropy, CategoricalCrossentropy};
use touchstone_reference::{DType, configuration};

use crate::activation::softplus_of;
use crate::failure::Computed;
use crate::tensor::TchTensor;

/// Probabilities between epsilon and 1-epsilon; the difference is taken before it is rounded.
fn clipped(p: &Tensor, dtype: DType) -> Result<Tensor, TchError> {
    let epsilon = configuration::epsilon();
    p.f_clamp(dtype.round(epsilon), dtype.round(1.0 - epsilon))
}

pub(crate) fn categorical_crossentropy(call: &CategoricalCrossentropy<&TchTensor>) -> Computed {
    let (output, target) = (&call.output.tensor, &call.target.tensor);
    let last = [-1_i64].as_slice();
    let logs = if call.from_logits {
        output.f_log_softmax(-1, None)?
    } else {
        let total = output.f_sum_dim_intlist(last, true, None::<Kind>)?;
        clipped(&output.f_div(&total)?, call.output.dtype)?.f_log()?
    };
    Ok(target.f_mul(&logs)?.f_sum_dim_intlist(last, false, None::<Kind>)?.f_neg()?)
}

pub(crate) fn binary_crossentropy(call: &BinaryCrossentropy<&TchTensor>) -> Computed {
    let (output, target) = (&call.output.tensor, &call.target.tensor);
    if call.from_logits {
        return Ok(logistic_loss(output, target)?);
    }
    let p = clipped(output, call.output.dtype)?;
    let hit = target.f_mul(&p.f_log()?)?;
    let miss = one_minus(target)?.f_mul(&one_minus(&p)?.f_log()?)?;
    Ok(hit.f_add(&miss)?.f_neg()?)
}

fn one_minus(x: &Tensor) -> Result<Tensor, TchError> {
    x.f_neg()?.f_add_scalar(1.0)
}

/// max(x,0) - x·t + log(1+exp(-|x|)).
///
/// libtorch's own form, (1-t)·x - log_sigmoid(x), cancels for large negative x. The two parts are
/// split at 0 on the same side, so that their one-sided derivatives there add up to the true one.
fn logistic_loss(x: &Tensor, t: &Tensor) -> Result<Tensor, TchError> {
    let positive = x.f_gt(0.0)?;
    let product = x.f_mul(t)?;
    let line = x.f_sub(&product)?.f_where_self(&positive, &product.f_neg()?)?;
    let tail = softplus_of(&x.f_neg()?.f_where_self(&positive, x)?)?;
    line.f_add(&tail)
}
