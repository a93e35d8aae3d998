//! Branches and constants: what is taken, and what has a gradient.

mod common;

use common::{NAN, check, f32s, ints, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Result};

#[test]
fn what_is_not_taken_has_no_gradient() -> Result<()> {
    let inputs = [ints(DType::UInt8, &[], &[0]), f32s(&[2], &[0.0, 1.0])];
    let found = check(&inputs, |x| {
        let log = K::log(&K::negative(&x[1])?)?;
        single(K::switch(&x[0], &log, &x[1]))
    })?;
    assert!(found[1].to_f64s().iter().all(|x| x.is_finite()));
    let inputs =
        [ints(DType::Bool, &[2], &[1, 0]), f32s(&[2], &[1.0, NAN]), f32s(&[2], &[NAN, 2.0])];
    check(&inputs, |x| single(K::switch(&x[0], &x[1], &x[2])))?;
    let found = check(&[f32s(&[4], &numbers(4))], |x| {
        Ok(vec![
            K::dropout(&x[0], 0.5).seed(Some(7)).tensor()?,
            K::dropout(&x[0], 0.0).tensor()?,
            K::multiply(&K::stop_gradient(&x[0])?, &x[0])?,
        ])
    })?;
    assert_eq!(found[1].to_f64s(), f32s(&[4], &numbers(4)).to_f64s());
    Ok(())
}
