//! Random numbers: seeds, limits, distributions.

mod common;

use common::{f64s, found, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, HostTensor, Result};

/// Every random function, with a seed or without.
fn drawn(shape: &[i64], dtype: DType, seed: Option<i64>) -> Result<Vec<HostTensor>> {
    let shape = || shape.to_vec();
    found(&[], |_| {
        Ok(vec![
            K::random_normal(shape()).mean(3.0).std(0.5).dtype(dtype).seed(seed).tensor()?,
            K::truncated_normal(shape()).mean(3.0).stddev(0.5).dtype(dtype).seed(seed).tensor()?,
            K::random_uniform(shape()).low(2.0).high(4.0).dtype(dtype).seed(seed).tensor()?,
            K::random_binomial(shape()).p(0.25).dtype(dtype).seed(seed).tensor()?,
            K::dropout(&K::constant(HostTensor::filled(dtype, &[4000], 1.0)?), 0.25)
                .seed(seed)
                .tensor()?,
        ])
    })
}

const FLOATS: [DType; 3] = [DType::Float16, DType::Float32, DType::Float64];

#[test]
fn seeds_give_the_same_numbers_whatever_else_is_drawn() -> Result<()> {
    for dtype in FLOATS {
        let before = drawn(&[4000], dtype, Some(7))?;
        // Nothing of libtorch's own generator comes into it.
        let others = [drawn(&[4000], dtype, None)?, drawn(&[4000], dtype, Some(8))?];
        assert_eq!(drawn(&[4000], dtype, Some(7))?, before);
        for other in &others {
            assert!(before.iter().zip(other).all(|(a, b)| a != b));
        }
        let again = drawn(&[4000], dtype, None)?;
        assert!(again.iter().zip(&others[0]).all(|(a, b)| a != b), "a new draw at each call");
    }
    Ok(())
}

#[test]
fn distributions_have_their_mean_and_width() -> Result<()> {
    let expected = [
        // Mean, standard deviation; that of the truncated one is 0.5 · 0.8796.
        (3.0, 0.5),
        (3.0, 0.4398),
        (3.0, 2.0 / 12.0_f64.sqrt()),
        (0.25, 0.1875_f64.sqrt()),
        (1.0, (1.0_f64 / 3.0).sqrt()),
    ];
    for dtype in FLOATS {
        for seed in [None, Some(3)] {
            for (draw, (mean, std)) in drawn(&[50, 80], dtype, seed)?.iter().zip(expected) {
                let x = draw.to_f64s();
                let count = x.len() as f64;
                let found = x.iter().sum::<f64>() / count;
                let spread = (x.iter().map(|x| (x - found).powi(2)).sum::<f64>() / count).sqrt();
                // Seven standard deviations of the mean of 4000.
                assert!((found - mean).abs() < 0.11 * std, "{dtype} {seed:?}: {found}, {mean}");
                assert!((spread - std).abs() < 0.11 * std, "{dtype} {seed:?}: {spread}, {std}");
            }
        }
    }
    Ok(())
}

#[test]
fn limits_are_kept() -> Result<()> {
    for dtype in FLOATS {
        for seed in [None, Some(1)] {
            // Few numbers lie between these limits, and rounding reaches the upper one.
            let wide = dtype.greatest() / 2.0;
            for (low, high) in [(2047.0, 2048.0), (0.1, 0.1), (-wide, wide), (1.0, 1.003)] {
                let made = found(&[], |_| {
                    let draw = K::random_uniform(vec![20_000]).low(low).high(high);
                    single(draw.dtype(dtype).seed(seed).tensor())
                })?;
                let limits = (dtype.round(low), dtype.round(high));
                for x in made[0].to_f64s() {
                    let belongs = x >= limits.0 && (x < limits.1 || limits.0 == limits.1);
                    assert!(belongs, "{dtype}: {x:e} between {low} and {high}");
                }
            }
            for (mean, std) in [(0.1, 0.3), (5.0, 0.0), (-1e4, 1e-3)] {
                let made = found(&[], |_| {
                    let draw = K::truncated_normal(vec![20_000]).mean(mean).stddev(std);
                    single(draw.dtype(dtype).seed(seed).tensor())
                })?;
                let [low, high] = [-2.0, 2.0].map(|n| dtype.round(mean + n * std));
                assert!(made[0].to_f64s().iter().all(|&x| x >= low && x <= high));
            }
            for p in [0.0, 1.0] {
                let made = found(&[], |_| {
                    single(K::random_binomial(vec![999]).p(p).dtype(dtype).seed(seed).tensor())
                })?;
                assert!(made[0].to_f64s().iter().all(|&x| x == p));
            }
        }
    }
    Ok(())
}

#[test]
fn draws_of_nothing_and_of_one() -> Result<()> {
    for seed in [None, Some(5)] {
        for shape in [vec![], vec![0], vec![3, 0, 2], vec![1, 1]] {
            for draw in &drawn(&shape, DType::Float32, seed)?[..4] {
                let found: Vec<i64> =
                    draw.shape().iter().map(|&n| i64::try_from(n).unwrap_or(-1)).collect();
                assert_eq!(found, shape);
            }
        }
    }
    Ok(())
}

#[test]
fn flags_are_shared_and_kept_entries_have_the_gradient() -> Result<()> {
    for seed in [None, Some(11)] {
        let ones = f64s(&[200, 3, 4], &[1.0; 2400]);
        let found = found(&[ones], |x| {
            let y = K::dropout(&x[0], 0.5).noise_shape(Some(vec![Some(200), Some(1), None]));
            let y = y.seed(seed).tensor()?;
            Ok(vec![y.clone(), K::gradients(&K::sum(&y).tensor()?, x)?.remove(0)])
        })?;
        let y = found[0].to_f64s();
        for sample in y.chunks(12) {
            assert_eq!([&sample[..4], &sample[4..8]], [&sample[4..8], &sample[8..]]);
        }
        assert!(y.contains(&0.0) && y.contains(&2.0) && y.iter().all(|&x| x == 0.0 || x == 2.0));
        assert_eq!(found[1].to_f64s(), y);
    }
    Ok(())
}
