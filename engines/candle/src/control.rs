//! switch: what a condition chooses.

use candle_core::Tensor;
use touchstone_reference::backend::Switch;

use crate::failure::Result;
use crate::tensor::CandleTensor;

pub(crate) fn switch(call: &Switch<&CandleTensor>) -> Result<Tensor> {
    let condition = call.condition.truths()?;
    if Switch::<()>::is_scalar(condition.dims()) {
        // The branch not taken stays out of the graph.
        let taken = condition.flatten_all()?.to_vec1::<u8>()?.contains(&1);
        return Ok(if taken {
            call.then_expression.native()
        } else {
            call.else_expression.native()
        });
    }
    Ok(condition.where_cond(&call.then_expression.native(), &call.else_expression.native())?)
}
