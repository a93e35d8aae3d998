//! switch, stop_gradient: which elements go on, and which derivatives.

use touchstone_reference::functions::control::{StopGradient, Switch};

use crate::failure::Computed;
use crate::tensor::TchTensor;

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
