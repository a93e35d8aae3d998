//! relu, softmax, sigmoid, hard_sigmoid, tanh, softplus, softsign, elu.

use tch::{Kind, TchError, Tensor};
use touchstone_reference::functions::activation::{
    Elu, HardSigmoid, Relu, Sigmoid, Softmax, Softplus, Softsign, Tanh,
};

use crate::elementwise::whole;
use crate::failure::Computed;
use crate::tensor::TchTensor;

pub(crate) fn relu(call: &Relu<&TchTensor>) -> Computed {
    let (x, dtype) = (&call.x.tensor, call.x.dtype);
    let (alpha, cap) = (call.x.round(call.alpha), call.max_value);
    let y = if alpha == 0.0 {
        x.f_relu()?
    } else if dtype.is_float() {
        // Chosen, not added up: an infinite part would meet a zero.
        x.f_where_self(&x.f_gt(0.0)?, &turned(x, alpha)?.f_mul_scalar(alpha)?)?
    } else {
        x.f_where_self(&x.f_gt(0)?, &x.f_mul_scalar(whole(dtype, alpha))?)?
    };
    Ok(match cap {
        None => y,
        Some(cap) if dtype.is_float() => y.f_clamp_max(call.x.round(cap))?,
        Some(cap) => y.f_clamp_max(whole(dtype, cap))?,
    })
}

pub(crate) fn softmax(call: &Softmax<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_softmax(-1, None)?)
}

pub(crate) fn sigmoid(call: &Sigmoid<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_sigmoid()?)
}

/// Not libtorch's hardsigmoid, whose slope is 1/6.
pub(crate) fn hard_sigmoid(call: &HardSigmoid<&TchTensor>) -> Computed {
    let slope = call.x.dtype.round(0.2);
    Ok(call.x.tensor.f_mul_scalar(slope)?.f_add_scalar(0.5)?.f_clamp(0.0, 1.0)?)
}

pub(crate) fn tanh(call: &Tanh<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_tanh()?)
}

pub(crate) fn softplus(call: &Softplus<&TchTensor>) -> Computed {
    Ok(softplus_of(&call.x.tensor)?)
}

/// log(1+exp(x)). libtorch's own is x beyond 20, which float64 can tell apart: there it is
/// -log_sigmoid(-x).
pub(crate) fn softplus_of(x: &Tensor) -> Result<Tensor, TchError> {
    if x.f_kind()? == Kind::Float {
        return x.f_softplus();
    }
    x.f_neg()?.f_log_sigmoid()?.f_neg()
}

pub(crate) fn softsign(call: &Softsign<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    Ok(x.f_div(&x.f_abs()?.f_add_scalar(1.0)?)?)
}

/// libtorch's elu, whose alpha tch leaves at 1. Not expm1, whose derivative is taken as the
/// rounded result + 1.
pub(crate) fn elu(call: &Elu<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    if call.alpha == 1.0 {
        return Ok(x.f_elu()?);
    }
    let alpha = call.x.round(call.alpha);
    let negative = turned(x, alpha)?.f_elu()?.f_mul_scalar(alpha)?;
    Ok(x.f_where_self(&x.f_gt(0.0)?, &negative)?)
}

/// What the negative part is made of. An infinite alpha makes NaN of the zeros that come back to
/// the positive part, which is therefore cut off.
fn turned(x: &Tensor, alpha: f64) -> Result<Tensor, TchError> {
    if alpha.is_finite() { Ok(x.shallow_clone()) } else { x.f_clamp_max(0.0) }
}
