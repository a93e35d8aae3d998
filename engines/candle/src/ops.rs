//! Small compositions of candle's operations that several families share. They compute values;
//! derivatives are the callers' business, except where the doc says that one comes with it.

use candle_core::{D, DType as Storage, Device, Result, Tensor};

use crate::derivative::{with_rule, with_rule2};

/// A tensor filled with one number.
pub(crate) fn filled(dtype: Storage, shape: &[usize], x: f64, device: &Device) -> Result<Tensor> {
    if x.to_bits() == 0 {
        // Memory that is zero already.
        return Tensor::zeros(shape, dtype, device);
    }
    if dtype == Storage::F32 {
        Tensor::full(x as f32, shape, device)
    } else if dtype == Storage::U8 {
        Tensor::full(x as u8, shape, device)
    } else if dtype == Storage::I64 {
        Tensor::full(x as i64, shape, device)
    } else {
        Tensor::full(x, shape, device)?.to_dtype(dtype)
    }
}

/// One number, shown with the shape of `like` and its dtype.
pub(crate) fn constant(like: &Tensor, x: f64) -> Result<Tensor> {
    filled(like.dtype(), &[], x, like.device())?.broadcast_as(like.shape())
}

/// 1 where an element is not zero; NaN is not zero.
pub(crate) fn is_not_zero(x: &Tensor) -> Result<Tensor> {
    x.detach().ne(&constant(x, 0.0)?)
}

/// Where the mask is not zero a number, elsewhere the tensor.
pub(crate) fn put_where(mask: &Tensor, x: f64, elsewhere: &Tensor) -> Result<Tensor> {
    mask.where_cond(&constant(elsewhere, x)?, elsewhere)
}

/// Where the mask is not zero the tensor, elsewhere 0.
pub(crate) fn keep_where(mask: &Tensor, x: &Tensor) -> Result<Tensor> {
    mask.where_cond(x, &constant(x, 0.0)?)
}

/// Whether there is certainly neither NaN nor infinity, told at a fraction of the cost of looking
/// for them one by one. Only on the CPU: elsewhere the answer would have to be waited for.
pub(crate) fn surely_finite(x: &Tensor) -> Result<bool> {
    let cheap = x.device().is_cpu() && x.is_contiguous();
    Ok(cheap && x.detach().sum_all()?.to_dtype(Storage::F64)?.to_scalar::<f64>()?.is_finite())
}

/// Whether certainly no element is further from 0 than a limit. Only on the CPU, as above.
pub(crate) fn surely_within(x: &Tensor, limit: f64) -> Result<bool> {
    let squares = || x.sqr()?.sum_all()?.to_dtype(Storage::F64)?.to_scalar::<f64>();
    Ok(x.device().is_cpu() && squares()? < limit * limit)
}

/// A tensor in another shape. What already has it stays: whatever candle records costs `backward`
/// three passes.
pub(crate) fn reshaped(x: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if x.dims() == shape { Ok(x.clone()) } else { x.reshape(shape) }
}

/// A tensor that broadcasts to a shape, in it.
pub(crate) fn spread(x: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if x.dims() == shape { Ok(x.clone()) } else { x.broadcast_as(shape) }
}

/// Two tensors in the shape to which they broadcast.
pub(crate) fn spread_both(x: &Tensor, y: &Tensor, shape: &[usize]) -> Result<(Tensor, Tensor)> {
    Ok((spread(x, shape)?, spread(y, shape)?))
}

/// x, or `low` where it is less; NaN passes.
pub(crate) fn at_least(x: &Tensor, low: f64) -> Result<Tensor> {
    if x.device().is_cpu() {
        // candle replaces its left operand only where it is less; on CUDA it drops NaN.
        return x.maximum(&constant(x, low)?);
    }
    put_where(&x.lt(&constant(x, low)?)?, low, x)
}

/// x, or `high` where it is greater; NaN passes.
pub(crate) fn at_most(x: &Tensor, high: f64) -> Result<Tensor> {
    if x.device().is_cpu() {
        return x.minimum(&constant(x, high)?);
    }
    put_where(&x.gt(&constant(x, high)?)?, high, x)
}

/// Element by element the nearer of two limits where `x` lies outside them; NaN passes.
pub(crate) fn clamp(x: &Tensor, low: f64, high: f64) -> Result<Tensor> {
    at_most(&at_least(x, low)?, high)
}

/// What is looked for: the least or the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extreme {
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

impl Extreme {
    /// Element by element, whether `x` is further out than `y`; NaN is not.
    pub(crate) fn beats(self, x: &Tensor, y: &Tensor) -> Result<Tensor> {
        match self {
            Extreme::Least => x.lt(y),
            Extreme::Greatest => x.gt(y),
        }
    }

    /// Element by element the one further out; NaN if either is NaN.
    pub(crate) fn of_two(self, x: &Tensor, y: &Tensor) -> Result<Tensor> {
        if x.device().is_cpu() && (!x.dtype().is_float() || surely_finite(y)?) {
            // candle's own passes a NaN on the left, on the CPU.
            return match self {
                Extreme::Least => x.minimum(y),
                Extreme::Greatest => x.maximum(y),
            };
        }
        // No comparison with NaN holds, so that a NaN on the right is taken anyway.
        (self.beats(x, y)? + x.ne(x)?)?.where_cond(x, y)
    }

    /// The one furthest out along an axis, which stays with size 1; NaN if any is NaN.
    pub(crate) fn along(self, x: &Tensor, axis: usize) -> Result<Tensor> {
        let found = match self {
            Extreme::Least => x.min_keepdim(axis)?,
            Extreme::Greatest => x.max_keepdim(axis)?,
        };
        if !x.dtype().is_float() || surely_finite(x)? {
            return Ok(found);
        }
        // candle's comparison passes over every NaN but a first one.
        put_where(&x.ne(x)?.max_keepdim(axis)?, f64::NAN, &found)
    }

    /// The first position along an axis, which goes, of the one furthest out or of NaN.
    pub(crate) fn position(self, x: &Tensor, axis: usize) -> Result<Tensor> {
        let found = match self {
            Extreme::Least => x.argmin(axis)?,
            Extreme::Greatest => x.argmax(axis)?,
        };
        if !x.dtype().is_float() || surely_finite(x)? {
            return Ok(found);
        }
        let nan = x.ne(x)?;
        nan.max(axis)?.where_cond(&nan.argmax(axis)?, &found)
    }
}

/// Added where a numerator and its divisor are zero together, so that their quotient is 1; too
/// little to change what is not zero, which is no less than the distance of 1 to its neighbour.
const TINY: f64 = 1e-30;

/// exp(x)-1, relatively accurate also near 0: x times (e-1)/log(e), in which the error of e =
/// exp(x) cancels (Kahan).
pub(crate) fn expm1(x: &Tensor) -> Result<Tensor> {
    // Below that the result is -1, from an e that has a logarithm still.
    let x = at_least(x, -40.0)?;
    let exponential = x.exp()?;
    // Finite, so that an infinite e has an infinite quotient.
    let log = at_most(&exponential.log()?, 1e3)?.affine(1.0, TINY)?;
    x * exponential.affine(1.0, -1.0)?.affine(1.0, TINY)?.div(&log)?
}

/// log(1+x), relatively accurate also near 0: x times log(w)/(w-1), in which the error of w = 1+x
/// cancels.
pub(crate) fn log1p(x: &Tensor) -> Result<Tensor> {
    let w = x.affine(1.0, 1.0)?;
    let greatest = if x.dtype() == Storage::F64 { f64::MAX } else { f64::from(f32::MAX) };
    // Finite, so that an infinite w has an infinite quotient.
    let distance = at_most(&w.affine(1.0, -1.0)?, greatest)?.affine(1.0, TINY)?;
    x * w.log()?.affine(1.0, TINY)?.div(&distance)?
}

/// log(1+exp(-|x|)).
pub(crate) fn log1p_exp_minus_abs(x: &Tensor) -> Result<Tensor> {
    log1p(&x.abs()?.neg()?.exp()?)
}

/// 1/(1+exp(-x)).
pub(crate) fn sigmoid(x: &Tensor) -> Result<Tensor> {
    x.neg()?.exp()?.affine(1.0, 1.0)?.recip()
}

/// exp(x - greatest) along the last axis, and its sum with size 1.
fn exponentials(x: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let shifted = x.broadcast_sub(&x.max_keepdim(D::Minus1)?)?;
    let exponentials = shifted.exp()?;
    let sum = exponentials.sum_keepdim(D::Minus1)?;
    Ok((shifted, exponentials, sum))
}

/// exp(x) over the sum of exp along the last axis.
pub(crate) fn softmax(x: &Tensor) -> Result<Tensor> {
    let (_, exponentials, sum) = exponentials(x)?;
    exponentials.broadcast_div(&sum)
}

/// log(softmax(x)), without cancellation between huge logits.
pub(crate) fn log_softmax(x: &Tensor) -> Result<Tensor> {
    let (shifted, _, sum) = exponentials(x)?;
    shifted.broadcast_sub(&sum.log()?)
}

/// A gradient times a slope, 0 where the gradient is: what has no weight passes nothing on, so
/// that a slope that is infinite in a branch not taken makes no NaN.
pub(crate) fn weighted(gradient: &Tensor, slope: &Tensor) -> Result<Tensor> {
    without_zero_times_infinity(gradient, (gradient * slope)?)
}

/// A gradient over a divisor, 0 where the gradient is.
pub(crate) fn over(gradient: &Tensor, divisor: &Tensor) -> Result<Tensor> {
    without_zero_times_infinity(gradient, gradient.div(divisor)?)
}

fn without_zero_times_infinity(gradient: &Tensor, weighted: Tensor) -> Result<Tensor> {
    if surely_finite(&weighted)? {
        Ok(weighted)
    } else {
        keep_where(&is_not_zero(gradient)?, &weighted)
    }
}

/// x over y in the shape to which they broadcast, with its derivative: candle's own squares y,
/// which overflows or vanishes long before the derivative does.
pub(crate) fn divide(x: &Tensor, y: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let (x, y) = spread_both(x, y, shape)?;
    let value = x.detach().div(&y.detach())?;
    with_rule2(&x, &y, "divide", value, |operands, quotient, gradient| {
        let by_x = over(gradient, operands.y)?;
        let by_y = weighted(gradient, &quotient.div(operands.y)?)?.neg()?;
        Ok((by_x, by_y))
    })
}

/// x over a tensor without history that broadcasts to it, with its derivative.
pub(crate) fn divide_by(x: &Tensor, divisor: Tensor) -> Result<Tensor> {
    let value = x.detach().broadcast_div(&divisor)?;
    with_rule(x, "divide by a constant", value, move |_, _, gradient| {
        gradient.broadcast_div(&divisor)
    })
}

/// Integer arithmetic in int64, so that it wraps as the dtype does: uint8 goes there and back.
pub(crate) fn in_int64(
    x: &Tensor,
    y: &Tensor,
    f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    if x.dtype() != Storage::U8 {
        return f(x, y);
    }
    f(&x.to_dtype(Storage::I64)?, &y.to_dtype(Storage::I64)?)?.to_dtype(Storage::U8)
}
