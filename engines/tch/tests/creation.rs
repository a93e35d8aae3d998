//! Tensors that are made rather than computed.

mod common;

use common::{CARRIED, INF, NAN, check, f32s, found, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Error, HostTensor, Result};

#[test]
fn constants_in_the_shape_of_others() -> Result<()> {
    for dtype in CARRIED {
        for shape in [vec![2], vec![3, 0], vec![]] {
            let x = HostTensor::filled(dtype, &shape, 1.0)?;
            check(&[x], |x| {
                let mut made = vec![K::zeros_like(&x[0]).tensor()?, K::ones_like(&x[0]).tensor()?];
                for other in CARRIED {
                    made.push(K::ones_like(&x[0]).dtype(Some(other)).tensor()?);
                }
                Ok(made)
            })?;
        }
    }
    let found = check(&[f32s(&[2], &[NAN, INF])], |x| single(K::zeros_like(&x[0]).tensor()))?;
    assert_eq!(found[0].to_f64s(), [0.0, 0.0]);
    Ok(())
}

#[test]
fn steps_of_every_kind() -> Result<()> {
    for dtype in CARRIED.into_iter().filter(|&dtype| dtype != DType::Bool) {
        for (start, stop, step) in [(0, 5, 1), (1, 100, 7), (9, 0, -2), (5, 5, 1), (5, 1, 3)] {
            let found = check(&[], |_| {
                let line = K::arange(start).stop(Some(stop.into()));
                single(line.step(step).dtype(dtype).tensor())
            })?;
            assert_eq!(found[0].dtype(), dtype);
        }
        check(&[], |_| single(K::arange(3).dtype(dtype).tensor()))?;
    }
    for dtype in [DType::Float16, DType::Float32, DType::Float64] {
        for (start, stop, step) in [(0.0, 1.0, 0.1), (1.0, -1.0, -0.3), (-2.5, 7.0, 2.375)] {
            check(&[], |_| {
                let line = K::arange(start).stop(Some(stop.into()));
                single(line.step(step).dtype(dtype).tensor())
            })?;
        }
    }
    let found = check(&[], |_| {
        let line = K::arange(i64::MIN).stop(Some(i64::MAX.into()));
        single(line.step(i64::MAX).dtype(DType::Int64).tensor())
    })?;
    assert_eq!(found[0].to_i64s(), [i64::MIN, -1, i64::MAX - 1]);
    Ok(())
}

#[test]
fn dtypes_that_are_not_carried_are_not_made() {
    let found = found(&[], |_| single(K::arange(3).dtype(DType::UInt64).tensor()));
    assert!(matches!(found, Err(Error::Unsupported { .. })), "{found:?}");
}
