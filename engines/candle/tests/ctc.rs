//! ctc_batch_cost.

mod common;

use touchstone_reference::backend::{self as K};
use touchstone_reference::{DType, Result};

use common::{check, host, random};

#[test]
fn candle_ctc_values_and_gradients() -> Result<()> {
    // Repeated labels; lengths of their own; an impossible alignment; nothing at all.
    let labels = host(DType::Int32, &[4, 3], &[0., 0., 2., 1., 1., 99., 0., 1., 2., 7., 7., 7.])?;
    let times = host(DType::Int32, &[4, 1], &[6.0, 5.0, 2.0, 0.0])?;
    let lengths = host(DType::Int32, &[4, 1], &[3.0, 2.0, 3.0, 0.0])?;
    for dtype in [DType::Float32, DType::Float64] {
        let probabilities = random(dtype, &[4, 6, 4], 1.1)?;
        check("ctc", &[labels.clone(), probabilities, times.clone(), lengths.clone()], &|x| {
            Ok(vec![K::ctc_batch_cost(&x[0], &x[1], &x[2], &x[3])?])
        })?;
    }
    Ok(())
}
