//! What moves elements keeps their bits.

mod common;

use common::{CARRIED, NAN, check, f32s, ints, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, HostTensor, Result};

#[test]
fn moved_elements_keep_their_bits() -> Result<()> {
    let x = f32s(&[2, 1, 2], &[-0.0, 1.0, NAN, -0.0]);
    let found = check(&[x], |x| {
        Ok(vec![
            K::concatenate(&[x[0].clone(), x[0].clone()]).axis(1).tensor()?,
            K::repeat_elements(&x[0], 2, -1)?,
            K::temporal_padding(&x[0]).padding(1).tensor()?,
            K::transpose(&x[0])?,
            K::squeeze(&x[0], 1)?,
            K::expand_dims(&x[0]).tensor()?,
            K::reshape(&x[0], vec![-1])?,
            K::permute_dimensions(&x[0], vec![2, 0, 1])?,
        ])
    })?;
    let bits = |host: &HostTensor| -> Vec<bool> {
        host.to_f64s().iter().map(|x| *x == 0.0 && x.is_sign_negative()).collect()
    };
    assert_eq!(bits(&found[6]), [true, false, false, true]);
    let rows = check(&[f32s(&[2, 2], &numbers(4)), ints(DType::Int32, &[3], &[1, 1, 0])], |x| {
        Ok(vec![K::gather(&x[0], &x[1])?, K::one_hot(&x[1], 1)?])
    })?;
    assert_eq!(rows[1].to_f64s(), [0.0, 0.0, 1.0]);
    Ok(())
}

#[test]
fn stacked_along_every_axis() -> Result<()> {
    for dtype in CARRIED {
        for (shape, axes) in
            [(vec![2, 3], vec![0, 1, 2, -1, -3]), (vec![0], vec![0, 1]), (vec![], vec![0])]
        {
            let parts = [0.0, 1.0].map(|x| HostTensor::filled(dtype, &shape, x));
            let parts = parts.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
            for axis in axes {
                check(&parts, |x| single(K::stack(x).axis(axis).tensor()))?;
            }
        }
    }
    Ok(())
}
