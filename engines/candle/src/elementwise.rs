//! square, abs, sign, sin, cos, exp, log, log1p, expm1, sqrt, round, clip, pow, comparisons, the
//! greater and the lesser of two, arithmetic, bias_add.

use candle_core::{DType as Storage, Tensor};
use touchstone_reference::backend::{BiasAdd, Clip, Pow, Round, Sqrt};

use crate::derivative::{with_rule, with_rule2};
use crate::failure::Result;
use crate::ops::{
    self, Extreme, at_least, clamp, constant, in_int64, keep_where, over, spread_both,
    surely_finite, surely_within, weighted,
};
use crate::tensor::CandleTensor;

pub(crate) fn sqrt(call: &Sqrt<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let value = at_least(&x.detach(), 0.0)?.sqrt()?;
    Ok(with_rule(&x, "sqrt", value, |_, root, gradient| {
        let slope = gradient.div(root)?.affine(0.5, 0.0)?;
        keep_where(&root.gt(&constant(root, 0.0)?)?, &slope)
    })?)
}

pub(crate) fn sin(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = x.detach().sin()?;
    Ok(with_rule(&x, "sin", value, |x, _, gradient| weighted(gradient, &x.cos()?))?)
}

pub(crate) fn cos(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = x.detach().cos()?;
    Ok(with_rule(&x, "cos", value, |x, _, gradient| weighted(gradient, &x.sin()?.neg()?))?)
}

pub(crate) fn exp(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = x.detach().exp()?;
    Ok(with_rule(&x, "exp", value, |_, y, gradient| weighted(gradient, y))?)
}

pub(crate) fn log(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = x.detach().log()?;
    Ok(with_rule(&x, "log", value, |x, _, gradient| over(gradient, x))?)
}

/// log(1+x); candle has none.
pub(crate) fn log1p(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = ops::log1p(&x.detach())?;
    Ok(with_rule(&x, "log1p", value, |x, _, gradient| over(gradient, &x.affine(1.0, 1.0)?))?)
}

/// exp(x)-1; candle has none.
pub(crate) fn expm1(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let value = ops::expm1(&x.detach())?;
    Ok(with_rule(&x, "expm1", value, |x, _, gradient| weighted(gradient, &x.exp()?))?)
}

pub(crate) fn square(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    if x.dtype().is_float() {
        return Ok(x.sqr()?);
    }
    Ok(in_int64(&x, &x, Tensor::mul)?)
}

/// candle's own derivative at 0 is 1.
pub(crate) fn abs(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    if x.dtype().is_float() {
        return Ok(x.abs()?);
    }
    Ok(in_int64(&x, &x.zeros_like()?, |x, zeros| x.maximum(&(zeros - x)?))?)
}

/// -1, 0 or 1; candle's gives 0 for NaN.
pub(crate) fn sign(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native().detach();
    let sign = x.sign()?;
    if !x.dtype().is_float() || surely_finite(&x)? {
        return Ok(sign);
    }
    Ok(x.eq(&x)?.where_cond(&sign, &x)?)
}

/// Half to even; candle's rounds half away from zero.
pub(crate) fn round(call: &Round<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native().detach();
    if !x.dtype().is_float() {
        return Ok(x);
    }
    // Where numbers are so far from 0, the next one is a whole one away.
    let far = if x.dtype() == Storage::F64 { f64::powi(2.0, 52) } else { f64::powi(2.0, 23) };
    if surely_within(&x, far / 2.0)? {
        return Ok(x.affine(1.0, 1.5 * far)?.affine(1.0, -1.5 * far)?);
    }
    let fraction = (&x - x.floor()?)?;
    let tie = fraction.eq(&constant(&fraction, 0.5)?)?;
    // A number halfway between whole ones halves to one a quarter off: never a tie.
    let even = x.affine(0.5, 0.0)?.round()?.affine(2.0, 0.0)?;
    Ok(tie.where_cond(&even, &x.round()?)?)
}

pub(crate) fn clip(call: &Clip<&CandleTensor>) -> Result<Tensor> {
    let (low, high) = call.limits();
    if low.is_nan() {
        return Ok(constant(&call.x.native(), f64::NAN)?.contiguous()?);
    }
    clip_between(&call.x.native(), call.x.round(low), call.x.round(high))
}

/// x between two limits, with gradient 0 outside them.
pub(crate) fn clip_between(x: &Tensor, low: f64, high: f64) -> Result<Tensor> {
    let value = clamp(&x.detach(), low, high)?;
    Ok(with_rule(x, "clip", value, |x, clipped, gradient| keep_where(&clipped.eq(x)?, gradient))?)
}

pub(crate) fn pow(call: &Pow<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    if !x.dtype().is_float() {
        return whole_power(&x, call.a as u64);
    }
    let a = call.x.round(call.a);
    if a == 0.0 {
        return Ok(x.ones_like()?);
    }
    if a == 1.0 {
        return Ok(x);
    }
    if a == 2.0 {
        return Ok(x.sqr()?);
    }
    let value = x.detach().powf(a)?;
    Ok(with_rule(&x, "pow", value, move |x, _, gradient| {
        let dtype = x.dtype();
        // a-1 is not always a float32; its error counts as often as the logarithm of x is large.
        let exact = dtype == Storage::F64 || f64::from((a - 1.0) as f32) == a - 1.0;
        let wide = if exact { x.clone() } else { x.to_dtype(Storage::F64)? };
        let slope = wide.powf(a - 1.0)?.affine(a, 0.0)?.to_dtype(dtype)?;
        weighted(gradient, &slope)
    })?)
}

/// Repeated squaring: candle has no power of integers, and this one is exact.
fn whole_power(x: &Tensor, exponent: u64) -> Result<Tensor> {
    let dtype = x.dtype();
    let mut base = x.to_dtype(Storage::I64)?;
    let mut power = base.ones_like()?;
    let mut rest = exponent;
    while rest > 0 {
        if rest % 2 == 1 {
            power = (&power * &base)?;
        }
        rest /= 2;
        if rest > 0 {
            base = (&base * &base)?;
        }
    }
    Ok(power.to_dtype(dtype)?)
}

/// A comparison with broadcasting: 0 or 1, without history.
pub(crate) fn compare(
    x: &CandleTensor,
    y: &CandleTensor,
    holds: impl Fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>,
) -> Result<Tensor> {
    Ok(holds(&x.native().detach(), &y.native().detach())?)
}

/// The greater or the lesser of two: NaN if either is NaN; equal elements share the cotangent.
pub(crate) fn extreme(
    wanted: Extreme,
    x: &CandleTensor,
    y: &CandleTensor,
    shape: &[usize],
) -> Result<Tensor> {
    let (x, y) = spread_both(&x.native(), &y.native(), shape)?;
    let value = wanted.of_two(&x.detach(), &y.detach())?;
    Ok(with_rule2(&x, &y, "extreme of two", value, move |operands, _, gradient| {
        let (x, y) = (operands.x, operands.y);
        let halves = keep_where(&x.eq(y)?, &gradient.affine(0.5, 0.0)?)?;
        let by_x = wanted.beats(x, y)?.where_cond(gradient, &halves)?;
        let by_y = wanted.beats(y, x)?.where_cond(gradient, &halves)?;
        Ok((by_x, by_y))
    })?)
}

/// Arithmetic of two operands with broadcasting, by candle's own operation and derivative.
pub(crate) fn arithmetic(
    x: &CandleTensor,
    y: &CandleTensor,
    f: impl Fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>,
) -> Result<Tensor> {
    Ok(in_int64(&x.native(), &y.native(), f)?)
}

/// Sign changed; candle negates no integers.
pub(crate) fn negative(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    if x.dtype().is_float() {
        return Ok(x.neg()?);
    }
    Ok(in_int64(&x.zeros_like()?, &x, Tensor::sub)?)
}

/// One number a channel, added. As three axes, since candle broadcasts over eight at most.
pub(crate) fn bias_add(call: &BiasAdd<&CandleTensor>) -> Result<Tensor> {
    let (x, bias) = (call.x.native(), call.bias.native());
    let axis = call.channels(x.rank());
    if x.rank() == 2 {
        return Ok(in_int64(&x, &bias, Tensor::broadcast_add)?);
    }
    let outer: usize = x.dims()[..axis].iter().product();
    let rows = x.reshape((outer, bias.dim(0)?, ()))?;
    let sum = in_int64(&rows, &bias.reshape((1, (), 1))?, Tensor::broadcast_add)?;
    Ok(sum.reshape(x.shape())?)
}
