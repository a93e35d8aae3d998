//! dropout and random numbers: the same with a seed, distributed without one.

mod common;

use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::{DType, Result};

use common::{check, check_both, on_candle};

const FLOATS: [DType; 3] = [DType::Float16, DType::Float32, DType::Float64];

/// Each kind of draw.
fn draws(shape: &[i64], dtype: DType, seed: Option<i64>) -> Result<Vec<Tensor>> {
    let shape = || shape.to_vec();
    Ok(vec![
        K::random_normal(shape()).mean(3.0).std(0.5).dtype(dtype).seed(seed).tensor()?,
        K::truncated_normal(shape()).mean(3.0).stddev(0.5).dtype(dtype).seed(seed).tensor()?,
        K::random_uniform(shape()).low(-1.0).high(3.0).dtype(dtype).seed(seed).tensor()?,
        K::random_binomial(shape()).p(0.25).dtype(dtype).seed(seed).tensor()?,
    ])
}

#[test]
fn candle_draws_the_same_with_a_seed() -> Result<()> {
    for dtype in FLOATS {
        for shape in [&[][..], &[3, 5], &[0, 2]] {
            check(&format!("{dtype}{shape:?}"), &[], &|_| draws(shape, dtype, Some(-7)))?;
        }
    }
    Ok(())
}

#[test]
fn candle_draws_distributed_numbers() -> Result<()> {
    let expected = [(3.0, 0.25), (3.0, 0.25 * 0.7737), (1.0, 16.0 / 12.0), (0.25, 0.1875)];
    let within = [(0.0, 6.0), (2.0, 4.0), (-1.0, 3.0), (0.0, 1.0)];
    for dtype in FLOATS {
        for seed in [None, Some(5)] {
            let outputs = draws(&[40_000], dtype, seed)?;
            let found = on_candle(|| K::function(&[], &outputs, &[])?.call(&[]))?;
            for (i, result) in found.iter().enumerate() {
                let data = result.to_f64s();
                let mean = data.iter().sum::<f64>() / data.len() as f64;
                let square = |x: &f64| (x - mean) * (x - mean);
                let variance = data.iter().map(square).sum::<f64>() / data.len() as f64;
                let aspect = format!("draw {i} in {dtype} with {seed:?}: {mean}, {variance}");
                assert!((mean - expected[i].0).abs() < 0.04, "{aspect}");
                assert!((variance / expected[i].1 - 1.0).abs() < 0.05, "{aspect}");
                assert!(data.iter().all(|x| (within[i].0..=within[i].1).contains(x)), "{aspect}");
            }
        }
    }
    let fresh = draws(&[8], DType::Float32, None)?;
    let program = on_candle(|| K::function(&[], &fresh, &[]))?;
    let (once, again) = (program.call(&[])?, program.call(&[])?);
    assert!(once[..3].iter().zip(&again).all(|(a, b)| a != b), "without a seed, other numbers");
    Ok(())
}

#[test]
fn candle_draws_stay_within_their_limits() -> Result<()> {
    for dtype in FLOATS {
        for seed in [None, Some(1)] {
            let found = on_candle(|| {
                let uniform = |low: f64, high: f64| {
                    let drawn = K::random_uniform(vec![3000]).low(low).high(high);
                    drawn.dtype(dtype).seed(seed).tensor()
                };
                let sure =
                    |p: f64| K::random_binomial(vec![3000]).p(p).dtype(dtype).seed(seed).tensor();
                let flat = K::random_normal(vec![3000]).mean(5.0).std(0.0).dtype(dtype).seed(seed);
                let outputs = [
                    uniform(1.0, 1.0 + f64::powi(2.0, -9))?,
                    uniform(5.0, 5.0)?,
                    sure(0.0)?,
                    sure(1.0)?,
                    flat.tensor()?,
                ];
                K::function(&[], &outputs, &[])?.call(&[])
            })?;
            let all = |i: usize, holds: fn(f64) -> bool| found[i].to_f64s().into_iter().all(holds);
            assert!(all(0, |x| (1.0..1.0 + f64::powi(2.0, -9)).contains(&x)), "{dtype} {seed:?}");
            for (i, constant) in [(1, 5.0), (2, 0.0), (3, 1.0), (4, 5.0)] {
                assert_eq!(found[i].to_f64s(), vec![constant; 3000], "{dtype} {seed:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn candle_draws_of_huge_limits_do_not_panic() -> Result<()> {
    let found = on_candle(|| {
        let wide = K::random_uniform(vec![2]).low(-8e307).high(8e307).dtype(DType::Float64);
        let steep = K::random_normal(vec![2]).mean(6e4).std(6e4).dtype(DType::Float16);
        K::function(&[], &[wide.tensor()?, steep.tensor()?], &[])?.call(&[])
    })?;
    assert_eq!(found.len(), 2);
    Ok(())
}

#[test]
fn candle_dropout() -> Result<()> {
    check_both("dropout", &[&[4, 4], &[0, 4]], 0.0, &|x| {
        let rows = K::dropout(&x[0], 0.5).noise_shape(Some(vec![None, Some(1)])).seed(Some(4));
        Ok(vec![
            K::dropout(&x[0], 0.4).seed(Some(3)).tensor()?,
            rows.tensor()?,
            K::dropout(&x[0], 0.0).tensor()?,
            K::dropout(&x[1], 0.5).tensor()?,
        ])
    })?;
    let found = on_candle(|| {
        let ones = K::ones_like(&K::random_normal(vec![100, 100]).tensor()?).tensor()?;
        let rows = K::dropout(&ones, 0.25).noise_shape(Some(vec![None, Some(1)]));
        K::function(&[], &[K::dropout(&ones, 0.25).tensor()?, rows.tensor()?], &[])?.call(&[])
    })?;
    let kept = |data: &[f64]| data.iter().filter(|x| **x != 0.0).count();
    let single = found[0].to_f64s();
    assert!((7200..7800).contains(&kept(&single)), "{}", kept(&single));
    assert!(found[1].to_f64s().chunks(100).all(|row| [0, 100].contains(&kept(row))));
    Ok(())
}

#[test]
fn candle_never_draws_the_upper_limit() -> Result<()> {
    // Between the limits lie so few numbers that rounding often reaches the upper one.
    let drawn = K::random_uniform(vec![4000]).low(1000.0).high(1000.125).tensor()?;
    let found = on_candle(|| K::function(&[], &[drawn], &[])?.call(&[]))?;
    assert!(found[0].to_f64s().iter().all(|x| (1000.0..1000.125).contains(x)));
    Ok(())
}
