//! Activations far from zero.

mod common;

use common::{INF, check, f32s, f64s, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, HostTensor, Result};

#[test]
fn elu_and_softsign_far_from_zero() -> Result<()> {
    let x = [0.3, -0.7, 1e5, 90.0, -15.0, -100.0, -1e-9, 0.0, -INF, INF];
    for make in [f32s, f64s] {
        for alpha in [1.0, 0.1, 0.0, -2.0] {
            check(&[make(&[10], &x)], |x| single(K::elu(&x[0]).alpha(alpha).tensor()))?;
        }
        check(&[make(&[10], &x)], |x| single(K::softsign(&x[0])))?;
        check(&[make(&[8], &x[..8])], |x| {
            Ok(vec![K::square(&x[0])?, K::abs(&x[0])?, K::sin(&x[0])?, K::cos(&x[0])?])
        })?;
        check(&[make(&[10], &x)], |x| Ok(vec![K::sign(&x[0])?, K::abs(&x[0])?]))?;
    }
    Ok(())
}

#[test]
fn arguments_beside_float16_are_rounded_to_it() -> Result<()> {
    let x = [HostTensor::from_f64s(DType::Float16, &[64], &numbers(64))?];
    for alpha in [0.1, 0.3, 0.7] {
        check(&x, |x| single(K::relu(&x[0]).alpha(alpha).tensor()))?;
        check(&x, |x| single(K::elu(&x[0]).alpha(alpha).tensor()))?;
        check(&x, |x| single(K::relu(&x[0]).max_value(alpha).tensor()))?;
        check(&x, |x| single(K::clip(&x[0], -alpha, alpha)))?;
    }
    Ok(())
}

#[test]
fn an_infinite_alpha_leaves_the_positive_part_alone() -> Result<()> {
    for make in [f32s, f64s] {
        for alpha in [INF, -INF] {
            let x = [make(&[3], &[2.0, 0.5, -1.0])];
            check(&x, |x| single(K::relu(&x[0]).alpha(alpha).tensor()))?;
            check(&x, |x| single(K::elu(&x[0]).alpha(alpha).tensor()))?;
        }
    }
    Ok(())
}
