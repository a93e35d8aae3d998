//! Normalisations.

mod common;

use touchstone_reference::Result;
use touchstone_reference::backend::{self as K};

use common::check_both;

#[test]
fn candle_normalization_values_and_gradients() -> Result<()> {
    check_both("given statistics", &[&[4, 3], &[3], &[3], &[3], &[4, 1]], 1.2, &|x| {
        Ok(vec![K::batch_normalization(&x[0], &x[1], &x[2], Some(&x[3]), Some(&x[4])).tensor()?])
    })?;
    check_both("own statistics", &[&[3, 2, 4], &[2], &[2]], 0.5, &|x| {
        K::normalize_batch_in_training(&x[0], Some(&x[1]), Some(&x[2]), vec![0_i64, -1]).tensors()
    })
}
