//! categorical_crossentropy, sparse_categorical_crossentropy, binary_crossentropy.

use tch::{Kind, TchError, Tensor};
use touchstone_reference::functions::loss::{
    BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy,
};
use touchstone_reference::{DType, Spec, configuration};

use crate::activation::softplus_of;
use crate::failure::Computed;
use crate::indexing::extremes;
use crate::tensor::{TchTensor, known};

/// Probabilities between epsilon and 1-epsilon; the difference is taken before it is rounded.
fn clipped(p: &Tensor, dtype: DType) -> Result<Tensor, TchError> {
    let epsilon = configuration::epsilon();
    p.f_clamp(dtype.round(epsilon), dtype.round(1.0 - epsilon))
}

/// log p along the last axis, of probabilities or of logits.
fn log_probabilities(output: &TchTensor, from_logits: bool) -> Result<Tensor, TchError> {
    let x = &output.tensor;
    if from_logits {
        return x.f_log_softmax(-1, None);
    }
    let total = x.f_sum_dim_intlist([-1_i64].as_slice(), true, None::<Kind>)?;
    clipped(&x.f_div(&total)?, output.dtype)?.f_log()
}

pub(crate) fn categorical_crossentropy(call: &CategoricalCrossentropy<&TchTensor>) -> Computed {
    let logs = log_probabilities(call.output, call.from_logits)?;
    let terms = call.target.tensor.f_mul(&logs)?;
    Ok(terms.f_sum_dim_intlist([-1_i64].as_slice(), false, None::<Kind>)?.f_neg()?)
}

pub(crate) fn sparse_categorical_crossentropy(
    call: &SparseCategoricalCrossentropy<&TchTensor>,
    spec: &Spec,
) -> Computed {
    let target = call.target.wholes()?.f_reshape(known(spec))?.f_unsqueeze(-1)?;
    if let Some((low, high)) = extremes(&target)? {
        let classes = call.output.tensor.size().last().copied().unwrap_or(0);
        let classes = usize::try_from(classes).unwrap_or(0);
        SparseCategoricalCrossentropy::<()>::check_range(low, high, classes)?;
    }
    let x = &call.output.tensor;
    let log = if call.from_logits {
        x.f_log_softmax(-1, None)?.f_gather(-1, &target, false)?
    } else {
        // Of the one probability that counts.
        let total = x.f_sum_dim_intlist([-1_i64].as_slice(), true, None::<Kind>)?;
        clipped(&x.f_gather(-1, &target, false)?.f_div(&total)?, call.output.dtype)?.f_log()?
    };
    Ok(log.f_squeeze_dim(-1)?.f_neg()?)
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
