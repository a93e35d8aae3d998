//! categorical_crossentropy, sparse_categorical_crossentropy, binary_crossentropy.

use candle_core::{D, DType as Storage, Tensor};
use touchstone_reference::DType;
use touchstone_reference::backend::{
    BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy,
};
use touchstone_reference::configuration::epsilon;

use crate::derivative::{with_rule, with_rule2};
use crate::elementwise::clip_between;
use crate::failure::Result;
use crate::indexing::range;
use crate::ops::{at_least, divide, filled, log_softmax, log1p_exp_minus_abs, reshaped, sigmoid};
use crate::tensor::CandleTensor;

/// x between epsilon and 1-epsilon: the difference is taken first, then rounded.
fn clip_probabilities(x: &Tensor, dtype: DType) -> Result<Tensor> {
    clip_between(x, dtype.round(epsilon()), dtype.round(1.0 - epsilon()))
}

pub(crate) fn categorical_crossentropy(
    call: &CategoricalCrossentropy<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let (output, target) = (call.output.native(), call.target.native());
    if output.elem_count() == 0 {
        return Ok(filled(output.dtype(), shape, 0.0, output.device())?);
    }
    if call.from_logits {
        return Ok(of_logits(&output, &target)?);
    }
    let sum = output.sum_keepdim(D::Minus1)?;
    let probabilities = divide(&output, &sum, output.dims())?;
    let logs = clip_probabilities(&probabilities, call.output.dtype())?.log()?;
    Ok((target * logs)?.sum(D::Minus1)?.neg()?)
}

/// -Σ t·log_softmax(x), whose gradient is (Σt)·softmax - t by the logits.
fn of_logits(output: &Tensor, target: &Tensor) -> candle_core::Result<Tensor> {
    let logs = log_softmax(&output.detach())?;
    let value = (target.detach() * &logs)?.sum(D::Minus1)?.neg()?;
    with_rule2(output, target, "categorical_crossentropy", value, move |operands, _, gradient| {
        let gradient = gradient.unsqueeze(D::Minus1)?;
        let total = operands.y.sum_keepdim(D::Minus1)?;
        let slope = (logs.exp()?.broadcast_mul(&total)? - operands.y)?;
        Ok((slope.broadcast_mul(&gradient)?, logs.broadcast_mul(&gradient)?.neg()?))
    })
}

pub(crate) fn sparse_categorical_crossentropy(
    call: &SparseCategoricalCrossentropy<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let output = call.output.native();
    let classes = output.dim(D::Minus1)?;
    let target = call.target.native().detach().to_dtype(Storage::I64)?.flatten_all()?;
    if let Some((low, high)) = range(&target)? {
        SparseCategoricalCrossentropy::<()>::check_range(low, high, classes)?;
    }
    let target = target.unsqueeze(1)?.contiguous()?;
    let output = reshaped(&output, &[target.dim(0)?, classes])?;
    if call.from_logits {
        return Ok(of_classes(&output, target)?.reshape(shape)?);
    }
    let sum = output.sum_keepdim(1)?;
    let probabilities = divide(&output.contiguous()?.gather(&target, 1)?, &sum, sum.dims())?;
    let logs = clip_probabilities(&probabilities, call.output.dtype())?.log()?;
    Ok(logs.neg()?.reshape(shape)?)
}

/// -log_softmax(x) at one class a row, whose gradient is softmax, less 1 at that class.
fn of_classes(output: &Tensor, target: Tensor) -> candle_core::Result<Tensor> {
    let logs = log_softmax(&output.detach())?;
    let value = logs.gather(&target, 1)?.neg()?;
    with_rule(output, "sparse_categorical_crossentropy", value, move |_, _, gradient| {
        let spread = logs.exp()?.broadcast_mul(gradient)?;
        spread.scatter_add(&target, &gradient.neg()?, 1)
    })
}

pub(crate) fn binary_crossentropy(call: &BinaryCrossentropy<&CandleTensor>) -> Result<Tensor> {
    let (output, target) = (call.output.native(), call.target.native());
    if call.from_logits {
        return Ok(of_logit(&output, &target)?);
    }
    let p = clip_probabilities(&output, call.output.dtype())?;
    let hit = (&target * p.log()?)?;
    let miss = (target.affine(-1.0, 1.0)? * p.affine(-1.0, 1.0)?.log()?)?;
    Ok((hit + miss)?.neg()?)
}

/// max(x,0) - x·t + log(1+exp(-|x|)), whose gradient is sigmoid(x) - t by the logit.
fn of_logit(output: &Tensor, target: &Tensor) -> candle_core::Result<Tensor> {
    let (x, t) = (output.detach(), target.detach());
    let positive = at_least(&x, 0.0)?;
    let value = ((positive - (&x * &t)?)? + log1p_exp_minus_abs(&x)?)?;
    with_rule2(output, target, "binary_crossentropy", value, |operands, _, gradient| {
        let by_logit = ((sigmoid(operands.x)? - operands.y)? * gradient)?;
        Ok((by_logit, (operands.x * gradient)?.neg()?))
    })
}
