//! zeros_like, ones_like, arange.

mod common;

use touchstone_reference::backend::{self as K, Scalar};
use touchstone_reference::{DType, Result};

use common::{check, on_candle, random};

#[test]
fn candle_fills_shapes() -> Result<()> {
    for shape in [&[][..], &[2, 3], &[2, 0]] {
        for dtype in [DType::Float16, DType::Float64, DType::Int8, DType::UInt8, DType::Bool] {
            check(&format!("{dtype}{shape:?}"), &[random(dtype, shape, 0.0)?], &|x| {
                Ok(vec![
                    K::zeros_like(&x[0]).tensor()?,
                    K::ones_like(&x[0]).tensor()?,
                    K::ones_like(&x[0]).dtype(DType::UInt32).tensor()?,
                    K::zeros_like(&x[0]).dtype(DType::Bool).tensor()?,
                ])
            })?;
        }
    }
    Ok(())
}

#[test]
fn candle_counts() -> Result<()> {
    let reals = [(0.1, 0.7, 0.1), (1.0, -1.0, -0.3), (0.0, 1e-3, 1e-5), (2.0, 1.0, 1.0)];
    for dtype in [DType::Float16, DType::Float32, DType::Float64] {
        check(&format!("arange in {dtype}"), &[], &|_| {
            let of = |(start, stop, step): (f64, f64, f64)| {
                K::arange(start).stop(Some(Scalar::Real(stop))).step(step).dtype(dtype).tensor()
            };
            reals.into_iter().map(of).collect()
        })?;
    }
    for dtype in [DType::Int8, DType::UInt8, DType::Int32, DType::Int64, DType::Float32] {
        check(&format!("arange in {dtype}"), &[], &|_| {
            Ok(vec![
                K::arange(5).dtype(dtype).tensor()?,
                K::arange(7).stop(Some(Scalar::Whole(1))).step(-2).dtype(dtype).tensor()?,
                K::arange(-3).dtype(dtype).tensor()?,
            ])
        })?;
    }
    let ends = on_candle(|| {
        let ends = K::arange(i64::MIN).stop(Some(Scalar::Whole(i64::MAX))).step(i64::MAX);
        K::eval(&ends.dtype(DType::Int64).tensor()?)
    })?;
    assert_eq!(ends.to_i64s(), [i64::MIN, -1, i64::MAX - 1]);
    Ok(())
}
