//! Normalisations.

mod common;

use common::{NAN, check, f32s, f64s, fed, numbers, single, tch};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{HostTensor, Result};

#[test]
fn l2_normalize_beside_its_floor() -> Result<()> {
    for make in [f32s, f64s] {
        let lines = [3.0, 4.0, 0.0, 0.0, 1e-7, -2e-7, 1e-5, 2e-6, 1e10, -2e9];
        for axis in [-1, 0] {
            check(&[make(&[5, 2], &lines)], |x| single(K::l2_normalize(&x[0], axis)))?;
        }
        check(&[make(&[2, 2], &[NAN, 1.0, 0.0, 2.0])], |x| single(K::l2_normalize(&x[0], 1)))?;
        check(&[make(&[2, 0], &[])], |x| single(K::l2_normalize(&x[0], 1)))?;
    }
    Ok(())
}

#[test]
fn normalisation_beside_a_large_mean() -> Result<()> {
    for make in [f32s, f64s] {
        let near: Vec<f64> = numbers(12).iter().map(|x| 1000.0 + x).collect();
        let operands = [
            make(&[4, 3], &near),
            make(&[3], &[1000.0, 999.0, 1000.5]),
            make(&[3], &[1.0, 2.0, 0.5]),
            make(&[3], &[0.5, -0.5, 0.0]),
            make(&[3], &[1.5, 1.0, 2.0]),
        ];
        check(&operands, |x| {
            let given = (Some(&x[3]), Some(&x[4]));
            single(K::batch_normalization(&x[0], &x[1], &x[2], given.0, given.1).tensor())
        })?;
        check(&[make(&[4, 3], &near), make(&[3], &[1.5, 1.0, 2.0])], |x| {
            K::normalize_batch_in_training(&x[0], Some(&x[1]), None, vec![0]).tensors()
        })?;
    }
    // libtorch's own derivative serves channels along the last axes; others are composed.
    let far = |make: fn(&[usize], &[f64]) -> HostTensor, shape: &[usize]| {
        let count = shape.iter().product();
        make(shape, &numbers(count).iter().map(|x| 300.0 + x).collect::<Vec<_>>())
    };
    for make in [f32s, f64s] {
        let var = K::constant(make(&[3], &[1.0, 2.0, 0.5]));
        let operands = [
            far(make, &[4, 3]),
            make(&[3], &[300.0, 299.0, 300.5]),
            make(&[1, 3], &[0.5, -0.5, 0.0]),
        ];
        check(&operands, |x| {
            single(K::batch_normalization(&x[0], &x[1], &var, None, Some(&x[2])).tensor())
        })?;
        for gamma in [&[3][..], &[1, 1, 1, 3], &[2, 1, 1, 1], &[]] {
            let count: usize = gamma.iter().product();
            let operands = [far(make, &[2, 2, 3, 3]), make(gamma, &[0.5, 2.0, -1.0][..count])];
            for axes in [vec![0, 1, 2], vec![0, 2, 3], vec![1, 0, 2, 3]] {
                check(&operands, |x| {
                    K::normalize_batch_in_training(&x[0], Some(&x[1]), None, axes.clone()).tensors()
                })?;
            }
        }
    }
    // Equal elements and no epsilon: 0/0, not a rounding error over itself.
    let x = fed(&[f32s(&[3], &[0.1; 3])])?;
    let y = K::normalize_batch_in_training(&x[0], None, None, vec![0]).epsilon(0.0).tensors()?;
    let function = K::with_engine(tch(), || K::function(&x, &y[..1], &[]))?;
    let found = function.call(&[f32s(&[3], &[0.1; 3])])?[0].to_f64s();
    assert!(found.iter().all(|x| x.is_nan()), "{found:?}");
    Ok(())
}
