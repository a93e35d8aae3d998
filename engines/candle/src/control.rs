//! switch, dropout: what is chosen, by a condition or at random.

use candle_core::Tensor;
use touchstone_reference::backend::{Dropout, Generator, Switch};

use crate::failure::Result;
use crate::ops::{constant, divide_by, filled, spread};
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

pub(crate) fn dropout(call: &Dropout<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    if call.level == 0.0 {
        return Ok(x);
    }
    // The mask is drawn on the host: candle's CPU generator cannot be seeded.
    let mut generator = Generator::new(call.seed);
    let shape = call.flags(x.dims());
    let flags: Vec<u8> =
        (0..shape.iter().product()).map(|_| u8::from(generator.uniform() >= call.level)).collect();
    let kept = spread(&Tensor::from_vec(flags, shape, x.device())?, x.dims())?;
    let scaled =
        divide_by(&x, filled(x.dtype(), &[], call.x.round(1.0 - call.level), x.device())?)?;
    Ok(kept.where_cond(&scaled, &constant(&x, 0.0)?)?)
}
