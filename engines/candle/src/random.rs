//! dropout, random_normal, truncated_normal, random_uniform, random_binomial.
//!
//! Without a seed candle's generator draws on the device. With one the numbers are drawn on the
//! host: candle's generator on the CPU cannot be seeded, and on CUDA it belongs to the device, that
//! is to all threads.

use candle_core::{Device, Result as Native, Tensor};
use touchstone_reference::DType;
use touchstone_reference::backend::{
    Dropout, Generator, RandomBinomial, RandomNormal, RandomUniform, TruncatedNormal,
};

use crate::failure::Result;
use crate::ops::{at_most, clamp, constant, divide_by, filled, put_where, spread};
use crate::tensor::{CandleTensor, converted};

/// Numbers by a rule from a seed, in float64 like all draws.
fn seeded(
    seed: i64,
    shape: &[usize],
    device: &Device,
    rule: fn(&mut Generator) -> f64,
) -> Native<Tensor> {
    let mut generator = Generator::new(Some(seed));
    let numbers: Vec<f64> = (0..shape.iter().product()).map(|_| rule(&mut generator)).collect();
    Tensor::from_vec(numbers, shape, device)
}

/// In [0, 1), without a seed as wide as the floats of a dtype: of float32 the multiples of 2^-23.
fn uniform(seed: Option<i64>, dtype: DType, shape: &[usize], device: &Device) -> Native<Tensor> {
    let drawn = match seed {
        Some(seed) => return seeded(seed, shape, device, Generator::uniform),
        None if dtype == DType::Float64 => Tensor::rand(0.0, 1.0, shape, device)?,
        None => Tensor::rand(0_f32, 1.0, shape, device)?,
    };
    if device.is_cpu() {
        return Ok(drawn);
    }
    // CUDA draws from (0, 1].
    put_where(&drawn.ge(&constant(&drawn, 1.0)?)?, 0.0, &drawn)
}

/// Of a normal distribution.
fn normal(
    seed: Option<i64>,
    [mean, deviation]: [f64; 2],
    dtype: DType,
    shape: &[usize],
    device: &Device,
) -> Native<Tensor> {
    match seed {
        Some(seed) => seeded(seed, shape, device, Generator::normal)?.affine(deviation, mean),
        None if dtype == DType::Float64 => Tensor::randn(mean, deviation, shape, device),
        None => Tensor::randn(mean as f32, deviation as f32, shape, device),
    }
}

/// Of the standard normal distribution within two of 0; what lies outside is drawn again.
fn truncated(seed: Option<i64>, dtype: DType, shape: &[usize], device: &Device) -> Native<Tensor> {
    if let Some(seed) = seed {
        return seeded(seed, shape, device, Generator::truncated_normal);
    }
    let draw = || normal(None, [0.0, 1.0], dtype, shape, device);
    let mut drawn = draw()?;
    loop {
        let outside = drawn.abs()?.gt(&constant(&drawn, 2.0)?)?;
        if outside.flatten_all()?.max(0)?.to_scalar::<u8>()? == 0 {
            return Ok(drawn);
        }
        drawn = outside.where_cond(&draw()?, &drawn)?;
    }
}

pub(crate) fn random_normal<T>(
    call: &RandomNormal<T>,
    shape: &[usize],
    device: &Device,
) -> Result<Tensor> {
    let drawn = normal(call.seed, [call.mean, call.std], call.dtype, shape, device)?;
    converted(&drawn, call.dtype)
}

pub(crate) fn truncated_normal<T>(
    call: &TruncatedNormal<T>,
    shape: &[usize],
    device: &Device,
) -> Result<Tensor> {
    let drawn = truncated(call.seed, call.dtype, shape, device)?;
    let drawn = converted(&drawn.affine(call.stddev, call.mean)?, call.dtype)?;
    // Rounding may leave the limits.
    let limit = |side: f64| call.dtype.round(call.mean + side * call.stddev);
    Ok(clamp(&drawn, limit(-2.0), limit(2.0))?)
}

pub(crate) fn random_uniform<T>(
    call: &RandomUniform<T>,
    shape: &[usize],
    device: &Device,
) -> Result<Tensor> {
    let (low, high) = call.limits();
    if call.seed.is_none() && device.is_cpu() && low < high {
        // Rounding may reach the limit that does not belong, but not from 0 to 1.
        let standard = low == 0.0 && high == 1.0;
        if call.dtype == DType::Float32 {
            let drawn = Tensor::rand(low as f32, high as f32, shape, device)?;
            let below = f64::from((high as f32).next_down());
            return Ok(if standard { drawn } else { at_most(&drawn, below)? });
        }
        if call.dtype == DType::Float64 {
            let drawn = Tensor::rand(low, high, shape, device)?;
            return Ok(if standard { drawn } else { at_most(&drawn, high.next_down())? });
        }
    }
    let drawn = uniform(call.seed, call.dtype, shape, device)?.affine(high - low, low)?;
    let drawn = converted(&drawn, call.dtype)?;
    // As above.
    Ok(put_where(&drawn.ge(&constant(&drawn, high)?)?, low, &drawn)?)
}

pub(crate) fn random_binomial<T>(
    call: &RandomBinomial<T>,
    shape: &[usize],
    device: &Device,
) -> Result<Tensor> {
    let drawn = uniform(call.seed, call.dtype, shape, device)?;
    converted(&drawn.lt(&constant(&drawn, call.p)?)?, call.dtype)
}

pub(crate) fn dropout(call: &Dropout<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    if call.level == 0.0 {
        return Ok(x);
    }
    let drawn = uniform(call.seed, call.x.dtype(), &call.flags(x.dims()), x.device())?;
    let kept = spread(&drawn.ge(&constant(&drawn, call.level)?)?, x.dims())?;
    let scaled =
        divide_by(&x, filled(x.dtype(), &[], call.x.round(1.0 - call.level), x.device())?)?;
    Ok(kept.where_cond(&scaled, &constant(&x, 0.0)?)?)
}
