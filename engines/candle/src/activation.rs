//! relu, elu, softmax, sigmoid, hard_sigmoid, softsign, softplus.

use candle_core::{D, DType as Storage, Tensor};
use touchstone_reference::backend::{Elu, Relu};

use crate::derivative::with_rule;
use crate::failure::Result;
use crate::ops::{self, at_least, at_most, clamp, constant, keep_where, put_where};
use crate::tensor::CandleTensor;

pub(crate) fn relu(call: &Relu<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let alpha = call.x.round(call.alpha);
    let cap = call.max_value.map(|cap| call.x.round(cap));
    if !x.dtype().is_float() {
        let wide = x.to_dtype(Storage::I64)?;
        return Ok(leaky(&wide, alpha, cap)?.to_dtype(x.dtype())?);
    }
    let value = leaky(&x.detach(), alpha, cap)?;
    Ok(with_rule(&x, "relu", value, move |x, value, gradient| {
        let positive = x.gt(&constant(x, 0.0)?)?;
        let slope = if alpha == 0.0 {
            keep_where(&positive, gradient)?
        } else {
            positive.where_cond(gradient, &gradient.affine(alpha, 0.0)?)?
        };
        match cap {
            Some(cap) => put_where(&value.ge(&constant(value, cap)?)?, 0.0, &slope),
            None => Ok(slope),
        }
    })?)
}

/// x or alpha·x, capped. A slope of exactly 0 gives an exact 0, also of -inf; NaN passes.
fn leaky(x: &Tensor, alpha: f64, cap: Option<f64>) -> candle_core::Result<Tensor> {
    let y = if alpha == 0.0 {
        at_least(x, 0.0)?
    } else {
        x.gt(&constant(x, 0.0)?)?.where_cond(x, &x.affine(alpha, 0.0)?)?
    };
    match cap {
        Some(cap) => at_most(&y, cap),
        None => Ok(y),
    }
}

/// x, or alpha·(exp(x)-1) where it is not positive; candle's own cancels near 0.
pub(crate) fn elu(call: &Elu<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let alpha = call.x.round(call.alpha);
    let plain = x.detach();
    // Not of the lesser of x and 0: the logarithm of 1 is slow.
    let negative = at_most(&ops::expm1(&plain)?, 0.0)?.affine(alpha, 0.0)?;
    let value = if alpha.is_finite() {
        // One of them is 0.
        (at_least(&plain, 0.0)? + negative)?
    } else {
        plain.gt(&constant(&plain, 0.0)?)?.where_cond(&plain, &negative)?
    };
    Ok(with_rule(&x, "elu", value, move |x, _, gradient| {
        let slope = at_most(x, 0.0)?.exp()?.affine(alpha, 0.0)?;
        x.gt(&constant(x, 0.0)?)?.where_cond(gradient, &(gradient * slope)?)
    })?)
}

/// x/(1+|x|).
pub(crate) fn softsign(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let plain = x.detach();
    let divisor = plain.abs()?.affine(1.0, 1.0)?;
    let value = plain.div(&divisor)?;
    Ok(with_rule(&x, "softsign", value, move |_, _, gradient| {
        // Not by the square, which overflows.
        gradient.div(&divisor)?.div(&divisor)
    })?)
}

pub(crate) fn softmax(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = ops::softmax(&x.detach())?;
    Ok(with_rule(&x, "softmax", value, |_, y, gradient| {
        let along = (gradient * y)?.sum_keepdim(D::Minus1)?;
        gradient.broadcast_sub(&along)? * y
    })?)
}

pub(crate) fn sigmoid(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = ops::sigmoid(&x.detach())?;
    Ok(with_rule(&x, "sigmoid", value, |_, y, gradient| gradient * (y * y.affine(-1.0, 1.0)?)?)?)
}

pub(crate) fn hard_sigmoid(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = clamp(&x.detach().affine(0.2, 0.5)?, 0.0, 1.0)?;
    Ok(with_rule(&x, "hard_sigmoid", value, |_, y, gradient| {
        let rising = (y.gt(&constant(y, 0.0)?)? * y.lt(&constant(y, 1.0)?)?)?;
        keep_where(&rising, &gradient.affine(0.2, 0.0)?)
    })?)
}

/// max(x, 0) + log(1+exp(-|x|)).
pub(crate) fn softplus(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let plain = x.detach();
    let positive = at_least(&plain, 0.0)?;
    let value = (positive + ops::log1p_exp_minus_abs(&plain)?)?;
    Ok(with_rule(&x, "softplus", value, |x, _, gradient| gradient * ops::sigmoid(x)?)?)
}
