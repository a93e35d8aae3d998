//! switch, stop_gradient, dropout: which elements go on, and which derivatives.

use tch::Tensor;
use touchstone_reference::functions::control::{StopGradient, Switch};
use touchstone_reference::functions::random::{Dropout, Generator};

use crate::failure::Computed;
use crate::tensor::{TchTensor, signed};

pub(crate) fn switch(call: &Switch<&TchTensor>) -> Computed {
    let (then, otherwise) = (&call.then_expression.tensor, &call.else_expression.tensor);
    let truths = call.condition.truths()?;
    if truths.size().iter().all(|&n| n == 1) {
        // One element comes back to the host: the branch that is not taken is then no part of
        // the record, and nothing of it can reach the gradient.
        let taken = truths.f_reshape([0_i64; 0])?.f_int64_value(&[])? != 0;
        return Ok(if taken { then.shallow_clone() } else { otherwise.shallow_clone() });
    }
    Ok(then.f_where_self(&truths, otherwise)?)
}

pub(crate) fn stop_gradient(call: &StopGradient<&TchTensor>) -> Computed {
    Ok(call.variables.tensor.f_detach()?)
}

/// With flags drawn on the host: libtorch's generator is global, and a seed given to it would
/// change what other threads draw.
pub(crate) fn dropout(call: &Dropout<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    if call.level == 0.0 {
        return Ok(x.shallow_clone());
    }
    let shape: Vec<usize> = x.size().iter().map(|&n| n as usize).collect();
    let flags = call.flags(&shape);
    let count = flags.iter().product();
    let mut generator = Generator::new(call.seed);
    let keep: Vec<bool> = (0..count).map(|_| generator.uniform() >= call.level).collect();
    let keep = Tensor::f_from_slice(&keep)?.f_reshape(signed(&flags))?.f_to_device(x.device())?;
    let kept = x.f_div_scalar(call.x.dtype.round(1.0 - call.level))?;
    Ok(kept.f_where_scalarother(&keep, 0.0)?)
}
