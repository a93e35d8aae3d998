//! Products and sums, along an axis and as a whole.

mod common;

use common::{check, f32s, f64s, ints, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{Axes, DType, Result};

#[test]
fn products_with_zeros_have_exact_gradients() -> Result<()> {
    // No zero, one, two, and a product that underflows though what others leave does not.
    let lines = [2.0, -1.5, 0.7, 0.0, 3.0, 0.3, 0.0, -2.0, 0.0, 1e-30, 1e-20, 1e-10];
    for make in [f32s, f64s] {
        for axis in [0, 1] {
            check(&[make(&[4, 3], &lines)], |x| {
                Ok(vec![
                    K::prod(&x[0]).axis(axis).tensor()?,
                    K::cumprod(&x[0]).axis(axis).tensor()?,
                    K::cumsum(&x[0]).axis(axis).tensor()?,
                ])
            })?;
            check(&[make(&[4, 3], &lines)], |x| single(K::cumprod(&x[0]).axis(axis).tensor()))?;
            check(&[make(&[4, 3], &lines)], |x| single(K::prod(&x[0]).axis(axis).tensor()))?;
        }
        for (zeros, axes) in [(0, vec![0, 2]), (1, vec![-1, 0]), (2, vec![0, 1, 2]), (3, vec![1])] {
            let mut x: Vec<f64> = numbers(24).iter().map(|x| x + 0.01).collect();
            x[..zeros].fill(0.0);
            check(&[make(&[2, 3, 4], &x)], |x| {
                let axes = Axes::List(axes.clone());
                single(K::prod(&x[0]).axis(axes).keepdims(zeros == 1).tensor())
            })?;
        }
        for shape in [[2, 0], [0, 2]] {
            check(&[make(&shape, &[])], |x| {
                Ok(vec![
                    K::prod(&x[0]).axis(1).tensor()?,
                    K::cumprod(&x[0]).axis(1).tensor()?,
                    K::cumsum(&x[0]).axis(1).tensor()?,
                    K::prod(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
                ])
            })?;
        }
    }
    for dtype in [DType::Int8, DType::Int32, DType::UInt8] {
        check(&[ints(dtype, &[2, 2], &[2, 3, 4, 1])], |x| {
            Ok(vec![
                K::prod(&x[0]).tensor()?,
                K::cumprod(&x[0]).tensor()?,
                K::cumsum(&x[0]).axis(-1).tensor()?,
                K::square(&x[0])?,
                K::sign(&x[0])?,
            ])
        })?;
    }
    Ok(())
}
