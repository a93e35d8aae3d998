//! Elementwise functions and activations.

mod common;

use std::sync::Arc;

use touchstone_reference::backend::{self as K, DataFormat, HostTensor, Tensor};
use touchstone_reference::{DType, Result};

use common::{check, check_both, host, random};

#[test]
fn candle_elementwise_values_and_gradients() -> Result<()> {
    check_both("unary", &[&[3, 5]], 0.1, &|x| {
        Ok(vec![
            K::exp(&x[0])?,
            K::expm1(&x[0])?,
            K::log1p(&x[0])?,
            K::sqrt(&x[0])?,
            K::clip(&x[0], -0.5, 0.4)?,
            K::pow(&x[0], 3.0)?,
            K::negative(&K::tanh(&x[0])?)?,
            K::sigmoid(&x[0])?,
            K::softplus(&x[0])?,
            K::softmax(&x[0])?,
            K::hard_sigmoid(&x[0])?,
            K::relu(&x[0]).alpha(0.3).max_value(0.5).tensor()?,
            K::elu(&x[0]).alpha(0.3).tensor()?,
            K::softsign(&x[0])?,
            K::abs(&x[0])?,
            K::square(&x[0])?,
            K::sign(&x[0])?,
            K::sin(&x[0])?,
            K::cos(&x[0])?,
        ])
    })?;
    check_both("powers and logarithms", &[&[20]], 1.5, &|x| {
        Ok(vec![K::log(&x[0])?, K::pow(&x[0], 0.3)?, K::pow(&x[0], -2.0)?, K::pow(&x[0], 0.0)?])
    })?;
    check_both("broadcasting", &[&[2, 1, 3], &[4, 1]], 2.0, &|x| {
        let both = [K::add(&x[0], &x[1])?, K::subtract(&x[0], &x[1])?, K::multiply(&x[0], &x[1])?];
        let chosen = [K::maximum(&x[0], &x[1])?, K::minimum(&x[0], &x[1])?];
        Ok([&both[..], &chosen[..], &[K::divide(&x[0], &x[1])?]].concat())
    })
}

#[test]
fn candle_elementwise_special_points() -> Result<()> {
    let points =
        [0.5, 1.5, 2.5, -0.5, -1.5, 8388609.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0];
    let huge = [1e4, -1e4, 60.0, -60.0, 1e-6, -1e-6, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let inputs = [host(DType::Float32, &[10], &points)?, host(DType::Float32, &[9], &huge)?];
    // Without gradients, which NaN has none of.
    check("special points", &inputs, &|x| {
        let (x, huge) = (K::stop_gradient(&x[0])?, K::stop_gradient(&x[1])?);
        Ok(vec![
            K::round(&x)?,
            K::maximum(&x, &K::pow(&x, 0.5)?)?,
            K::relu(&x).tensor()?,
            K::clip(&x, 1.0, -1.0)?,
            K::softplus(&huge)?,
            K::sigmoid(&huge)?,
            K::elu(&huge).tensor()?,
            K::softsign(&huge)?,
            K::sin(&huge)?,
            K::expm1(&huge)?,
            K::log1p(&huge)?,
            K::cos(&x)?,
            K::sign(&x)?,
            K::abs(&x)?,
            K::minimum(&x, &K::pow(&x, 0.5)?)?,
            K::not_equal(&x, &x)?,
            K::greater_equal(&x, &x)?,
            K::lesser(&x, &K::square(&x)?)?,
            K::lesser_equal(&x, &x)?,
            K::argmax(&x).tensor()?,
            K::argmin(&x).tensor()?,
            K::max(&x).tensor()?,
            K::min(&x).tensor()?,
            K::any(&x).tensor()?,
            K::all(&x).tensor()?,
            K::cumsum(&x).tensor()?,
            K::cumprod(&x).tensor()?,
            K::logsumexp(&x).tensor()?,
            K::l2_normalize(&x, 0)?,
        ])
    })
}

#[test]
fn candle_steep_and_flat_places() -> Result<()> {
    let places = [1000.0, 90.0, 1e-6, -1e-6, -1e-3, -1.0, -20.0, -1000.0];
    for dtype in [DType::Float32, DType::Float64] {
        check("elu and softsign", &[host(dtype, &[8], &places)?], &|x| {
            Ok(vec![K::elu(&x[0]).alpha(1.7).tensor()?, K::softsign(&x[0])?])
        })?;
        check("angles", &[host(dtype, &[4], &[1e4, -3e7, 1e20, 355.0 / 113.0])?], &|x| {
            Ok(vec![K::sin(&x[0])?, K::cos(&x[0])?])
        })?;
    }
    let ends = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, -1.0, 1e-40, -1e-9, 6e-8];
    let steep = [3.4e38, -3.4e38, 88.7, 88.8, -17.0, -50.0, -104.0, 0.7, -0.7, 1e30, 2.0];
    for dtype in [DType::Float32, DType::Float64] {
        for data in [&ends[..], &steep] {
            check("near 0 and far", &[host(dtype, &[data.len()], data)?], &|x| {
                let x = K::stop_gradient(&x[0])?;
                Ok(vec![K::expm1(&x)?, K::log1p(&x)?, K::elu(&x).tensor()?, K::softplus(&x)?])
            })?;
        }
    }
    let small = K::constant(host(DType::Float32, &[1], &[-1e-6])?);
    let found = K::with_engine(Arc::new(touchstone_candle::engine()), || {
        Ok::<_, touchstone_reference::Error>(K::eval(&K::elu(&small).tensor()?)?.to_f64s()[0])
    })?;
    assert!((found + 9.999995e-7).abs() < 1e-13, "elu does not cancel: {found}");
    Ok(())
}

#[test]
fn candle_gradients_not_taken_bring_no_nan() -> Result<()> {
    let inputs = [host(DType::Float32, &[3], &[1000.0, -1.0, 0.0])?];
    check("elu by switch", &inputs, &|x| {
        let zeros = K::multiply(&x[0], &K::constant(HostTensor::scalar(0.0_f32)))?;
        let positive = K::greater(&x[0], &zeros)?;
        Ok(vec![
            K::switch(&positive, &x[0], &K::exp(&x[0])?)?,
            K::switch(&positive, &K::log(&x[0])?, &x[0])?,
        ])
    })
}

#[test]
fn candle_small_differences_from_one() -> Result<()> {
    let near: Vec<f64> = (0..400)
        .map(|i| f64::powf(10.0, f64::from(i) / 20.0 - 18.0))
        .flat_map(|x| [x, -x])
        .collect();
    let above = near.iter().map(|x| x.max(-0.999_9)).collect::<Vec<_>>();
    for dtype in [DType::Float16, DType::Float32, DType::Float64] {
        let inputs = [host(dtype, &[800], &near)?, host(dtype, &[800], &above)?];
        check(&format!("expm1 and log1p in {dtype}"), &inputs, &|x| {
            let x = if dtype == DType::Float16 {
                [K::stop_gradient(&x[0])?, K::stop_gradient(&x[1])?]
            } else {
                [x[0].clone(), x[1].clone()]
            };
            Ok(vec![K::expm1(&x[0])?, K::log1p(&x[1])?])
        })?;
    }
    Ok(())
}

#[test]
fn candle_adds_a_bias() -> Result<()> {
    for (format, shapes) in [
        (DataFormat::ChannelsLast, [&[2, 4, 3][..], &[3]]),
        (DataFormat::ChannelsFirst, [&[2, 3, 4, 2], &[3]]),
        (DataFormat::ChannelsFirst, [&[0, 3, 2], &[3]]),
        (DataFormat::ChannelsLast, [&[2, 0], &[0]]),
    ] {
        let build =
            |x: &[Tensor]| Ok(vec![K::bias_add(&x[0], &x[1]).data_format(format).tensor()?]);
        check_both("bias_add", &shapes, 0.0, &build)?;
        for dtype in [DType::UInt8, DType::Int32] {
            let inputs =
                shapes.iter().map(|s| random(dtype, s, 1.0)).collect::<Result<Vec<_>>>()?;
            check(dtype.name(), &inputs, &build)?;
        }
    }
    Ok(())
}

#[test]
fn candle_an_infinite_alpha_leaves_the_positive_part_alone() -> Result<()> {
    for dtype in [DType::Float32, DType::Float64] {
        for alpha in [f64::INFINITY, f64::NEG_INFINITY] {
            let x = [host(dtype, &[3], &[2.0, 0.5, -1.0])?];
            check("elu", &x, &|x| Ok(vec![K::elu(&x[0]).alpha(alpha).tensor()?]))?;
            check("relu", &x, &|x| Ok(vec![K::relu(&x[0]).alpha(alpha).tensor()?]))?;
        }
    }
    Ok(())
}
