//! Reductions, cumulative sums and products, positions.

mod common;

use touchstone_reference::backend::{self as K, Axes};
use touchstone_reference::{DType, Result};

use common::{Build, check, check_both, host, noise};

#[test]
fn candle_reductions_values_and_gradients() -> Result<()> {
    for axis in [Axes::All, Axes::One(0), Axes::One(-1), Axes::List(vec![2, 0]), Axes::List(vec![])]
    {
        let build: Build<'_> = &|x| {
            Ok(vec![
                K::sum(&x[0]).axis(axis.clone()).tensor()?,
                K::max(&x[0]).axis(axis.clone()).keepdims(true).tensor()?,
                K::mean(&x[0]).axis(axis.clone()).tensor()?,
                K::std(&x[0]).axis(axis.clone()).tensor()?,
                K::any(&x[0]).axis(axis.clone()).tensor()?,
                K::min(&x[0]).axis(axis.clone()).tensor()?,
                K::prod(&x[0]).axis(axis.clone()).keepdims(true).tensor()?,
                K::var(&x[0]).axis(axis.clone()).tensor()?,
                K::all(&x[0]).axis(axis.clone()).tensor()?,
                K::logsumexp(&x[0]).axis(axis.clone()).keepdims(true).tensor()?,
            ])
        };
        check_both(&format!("over {axis:?}"), &[&[3, 4, 5]], 0.0, build)?;
        check("of ties", &[host(DType::Float32, &[3, 4, 5], &[0.1; 60])?], build)?;
        check("of nothing", &[host(DType::Float32, &[3, 0, 5], &[])?], build)?;
    }
    let ties = [1.0, 5.0, 5.0, 2.0, f64::NAN, f64::NAN, 1.0, 0.0, 0.0];
    check("positions", &[host(DType::Float32, &[3, 3], &ties)?], &|x| {
        let x = K::stop_gradient(&x[0])?;
        Ok(vec![
            K::argmax(&x).tensor()?,
            K::argmin(&x).tensor()?,
            K::argmin(&x).axis(0).tensor()?,
            K::min(&x).axis(1).tensor()?,
        ])
    })
}

#[test]
fn candle_products_with_zeros() -> Result<()> {
    let build: Build<'_> = &|x| {
        Ok(vec![
            K::prod(&x[0]).axis(1).tensor()?,
            K::prod(&x[0]).axis(0).tensor()?,
            K::prod(&K::transpose(&x[0])?).tensor()?,
            K::cumprod(&x[0]).axis(1).tensor()?,
            K::cumprod(&K::transpose(&x[0])?).tensor()?,
            K::cumsum(&x[0]).axis(-1).tensor()?,
            K::cumsum(&x[0]).tensor()?,
        ])
    };
    for dtype in [DType::Float32, DType::Float64] {
        for columns in [1, 2, 3, 7, 8] {
            let mut data = noise(3 * columns, 2.0, 0.1);
            check("no zero", &[host(dtype, &[3, columns], &data)?], build)?;
            data[columns / 2] = 0.0;
            check("one zero", &[host(dtype, &[3, columns], &data)?], build)?;
            data[columns - 1] = 0.0;
            data[3 * columns - 1] = 0.0;
            check("more zeros", &[host(dtype, &[3, columns], &data)?], build)?;
        }
    }
    let infinite = [2.0, f64::INFINITY, 0.5, 3.0, 0.0, f64::NAN, 1.0, 2.0];
    check("infinity", &[host(DType::Float32, &[2, 4], &infinite)?], &|x| {
        build(&[K::stop_gradient(&x[0])?])
    })
}

#[test]
fn candle_running_sums_of_long_axes() -> Result<()> {
    for shape in [&[33][..], &[2, 32], &[40, 3], &[2, 1100], &[2, 65, 3]] {
        check_both("long", &[shape], 0.3, &|x| {
            let axes = (0..shape.len() as i64).map(|axis| K::cumsum(&x[0]).axis(axis).tensor());
            axes.collect()
        })?;
    }
    // Each meets only what is before it, and no block sums to more than its parts.
    let mut data = noise(70, 1.0, 0.0);
    data[40] = f64::INFINITY;
    data[60] = f64::NAN;
    let mut huge = vec![0.0; 70];
    huge[40..44].copy_from_slice(&[3e38, -3e38, 3e38, 3e38]);
    for data in [data, huge] {
        check("infinite", &[host(DType::Float32, &[70], &data)?], &|x| {
            Ok(vec![K::cumsum(&K::stop_gradient(&x[0])?).tensor()?])
        })?;
    }
    Ok(())
}

#[test]
fn candle_sums_of_exponentials_and_norms() -> Result<()> {
    let low = f64::NEG_INFINITY;
    for dtype in [DType::Float32, DType::Float64] {
        let logits = [1e4, 1e4 + 1.0, low, low, low, low, -3e4, -3e4, 5.0, low, 0.5, 0.25];
        check("logsumexp", &[host(dtype, &[4, 3], &logits)?], &|x| {
            Ok(vec![
                K::logsumexp(&x[0]).axis(1).tensor()?,
                K::logsumexp(&x[0]).axis(0).tensor()?,
                K::logsumexp(&x[0]).tensor()?,
            ])
        })?;
        let unbounded = [1.0, f64::INFINITY, low, 2.0, f64::NAN, f64::INFINITY];
        check("of infinities", &[host(dtype, &[2, 3], &unbounded)?], &|x| {
            let x = K::stop_gradient(&x[0])?;
            Ok(vec![K::logsumexp(&x).axis(1).tensor()?, K::logsumexp(&x).axis(0).tensor()?])
        })?;
        let lines = [3.0, 4.0, 0.0, 0.0, 1e-8, -3e-7, 1e-3, 2e-3, -5.0, 1e3];
        check("l2_normalize", &[host(dtype, &[5, 2], &lines)?], &|x| {
            Ok(vec![K::l2_normalize(&x[0], 1)?, K::l2_normalize(&x[0], 0)?])
        })?;
    }
    Ok(())
}
