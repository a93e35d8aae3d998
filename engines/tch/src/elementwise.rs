//! Functions of one element, and of two with broadcasting.

use tch::Kind;
use touchstone_reference::DType;
use touchstone_reference::functions::elementwise::{
    Abs, Add, BiasAdd, Clip, Cos, Divide, Equal, Exp, Expm1, Greater, GreaterEqual, Lesser,
    LesserEqual, Log, Log1p, Maximum, Minimum, Multiply, Negative, NotEqual, Pow, Round, Sign, Sin,
    Sqrt, Square, Subtract,
};

use crate::failure::Computed;
use crate::tensor::{TchTensor, surely_finite};

pub(crate) fn square(call: &Square<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_square()?)
}

pub(crate) fn abs(call: &Abs<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_abs()?)
}

/// libtorch's sign of NaN is 0.
pub(crate) fn sign(call: &Sign<&TchTensor>) -> Computed {
    let (x, sign) = (&call.x.tensor, call.x.tensor.f_sign()?);
    if !call.x.dtype.is_float() || surely_finite(x)? {
        return Ok(sign);
    }
    Ok(sign.f_masked_fill(&x.f_isnan()?, f64::NAN)?)
}

pub(crate) fn sin(call: &Sin<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_sin()?)
}

pub(crate) fn cos(call: &Cos<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_cos()?)
}

pub(crate) fn exp(call: &Exp<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_exp()?)
}

pub(crate) fn log(call: &Log<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_log()?)
}

pub(crate) fn log1p(call: &Log1p<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_log1p()?)
}

/// The derivative of libtorch's expm1 is its rounded result + 1, which loses e^x far below 0; that
/// of its exp is e^x.
pub(crate) fn expm1(call: &Expm1<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    let value = x.f_detach()?.f_expm1()?;
    if !x.requires_grad() {
        return Ok(value);
    }
    let mut recorded = x.f_exp()?;
    recorded.f_set_data(&value)?;
    Ok(recorded)
}

/// The root of numbers above 0 only: libtorch's derivative at 0 is infinite, and 0 times that is
/// NaN.
pub(crate) fn sqrt(call: &Sqrt<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    if !x.requires_grad() {
        return Ok(x.f_clamp_min(0.0)?.f_sqrt()?);
    }
    if x.numel() > 0 && !x.device().is_cuda() && x.f_min()?.f_double_value(&[])? > 0.0 {
        return Ok(x.f_sqrt()?);
    }
    // NaN is not below 0 and passes.
    let flat = x.f_le(0.0)?;
    Ok(x.f_masked_fill(&flat, 1.0)?.f_sqrt()?.f_masked_fill(&flat, 0.0)?)
}

/// The least and the greatest number of an integer type, as far as libtorch's scalars reach.
fn extremes(dtype: DType) -> (i64, i64) {
    match dtype {
        DType::Int8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
        DType::Int16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        DType::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        DType::UInt8 => (0, i64::from(u8::MAX)),
        DType::UInt16 => (0, i64::from(u16::MAX)),
        DType::UInt32 => (0, i64::from(u32::MAX)),
        DType::UInt64 => (0, i64::MAX),
        DType::Bool => (0, 1),
        DType::Int64 | DType::Float16 | DType::Float32 | DType::Float64 => (i64::MIN, i64::MAX),
    }
}

/// A plain number as an integer tensor holds it. A fractional scalar would make libtorch compute
/// in floats, one out of range would wrap or fail.
pub(crate) fn whole(dtype: DType, x: f64) -> i64 {
    let (least, greatest) = extremes(dtype);
    (dtype.round(x) as i64).clamp(least, greatest)
}

pub(crate) fn clip(call: &Clip<&TchTensor>) -> Computed {
    let (x, dtype) = (&call.x.tensor, call.x.dtype);
    // libtorch's clamp takes the upper limit where the two are in the wrong order.
    let (low, high) = call.limits();
    Ok(if dtype.is_float() {
        x.f_clamp(dtype.round(low), dtype.round(high))?
    } else {
        x.f_clamp(whole(dtype, low), whole(dtype, high))?
    })
}

pub(crate) fn pow(call: &Pow<&TchTensor>) -> Computed {
    let (x, dtype) = (&call.x.tensor, call.x.dtype);
    if !dtype.is_float() {
        // In 64 bits, where libtorch accepts every exponent; modulo the type's size it is the same.
        let power = x.f_to_kind(Kind::Int64)?.f_pow_tensor_scalar(call.a as i64)?;
        return Ok(power.f_to_kind(x.f_kind()?)?);
    }
    let a = dtype.round(call.a);
    if a.abs() == 0.5 {
        // libtorch replaces these exponents by roots, which are NaN at -inf.
        let exponent = tch::Tensor::f_full([0_i64; 0], a, (x.f_kind()?, x.device()))?;
        return Ok(x.f_pow(&exponent)?);
    }
    Ok(x.f_pow_tensor_scalar(a)?)
}

pub(crate) fn round(call: &Round<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    Ok(if call.x.dtype.is_float() { x.f_round()? } else { x.shallow_clone() })
}

pub(crate) fn equal(call: &Equal<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_eq_tensor(&call.y.tensor)?)
}

pub(crate) fn not_equal(call: &NotEqual<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_ne_tensor(&call.y.tensor)?)
}

pub(crate) fn greater(call: &Greater<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_gt_tensor(&call.y.tensor)?)
}

pub(crate) fn greater_equal(call: &GreaterEqual<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_ge_tensor(&call.y.tensor)?)
}

pub(crate) fn lesser(call: &Lesser<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_lt_tensor(&call.y.tensor)?)
}

pub(crate) fn lesser_equal(call: &LesserEqual<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_le_tensor(&call.y.tensor)?)
}

pub(crate) fn maximum(call: &Maximum<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_maximum(&call.y.tensor)?)
}

pub(crate) fn minimum(call: &Minimum<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_minimum(&call.y.tensor)?)
}

pub(crate) fn add(call: &Add<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_add(&call.y.tensor)?)
}

pub(crate) fn subtract(call: &Subtract<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_sub(&call.y.tensor)?)
}

pub(crate) fn multiply(call: &Multiply<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_mul(&call.y.tensor)?)
}

pub(crate) fn divide(call: &Divide<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_div(&call.y.tensor)?)
}

pub(crate) fn negative(call: &Negative<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_neg()?)
}

pub(crate) fn bias_add(call: &BiasAdd<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    let mut shape = vec![1; x.dim()];
    shape[call.channels(x.dim())] = -1;
    Ok(x.f_add(&call.bias.tensor.f_reshape(shape)?)?)
}
