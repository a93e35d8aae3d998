//! dropout and random numbers: on the device by libtorch's generator, and with a seed on the host.
//!
//! libtorch's generator is global, and tch makes no other: a seed given to it would change what
//! other threads draw, and what they draw would change the numbers of the seed.

use std::f64::consts::SQRT_2;

use tch::{Device, Kind, Tensor};
use touchstone_reference::functions::random::{
    Dropout, Generator, RandomBinomial, RandomNormal, RandomUniform, TruncatedNormal,
};
use touchstone_reference::{DType, Error, HostTensor, Spec};

use crate::failure::Computed;
use crate::tensor::{TchTensor, kind_of, known, signed, upload};

/// Numbers of the host's generator by a rule, each rounded to the dtype.
fn seeded(
    shape: &[usize],
    dtype: DType,
    seed: i64,
    device: Device,
    rule: impl Fn(&mut Generator) -> f64,
) -> Computed {
    let mut generator = Generator::new(Some(seed));
    let numbers: Vec<f64> = (0..shape.iter().product()).map(|_| rule(&mut generator)).collect();
    let host = HostTensor::from_f64s(dtype, shape, &numbers).map_err(Error::from)?;
    Ok(upload(&host, device)?.tensor)
}

/// One where an event of this probability happens, zero elsewhere.
fn events(shape: Vec<i64>, kind: Kind, device: Device, probability: f64) -> Computed {
    Ok(Tensor::f_zeros(shape, (kind, device))?.f_bernoulli_p(probability)?)
}

fn flag(happens: bool) -> f64 {
    f64::from(u8::from(happens))
}

pub(crate) fn dropout(call: &Dropout<&TchTensor>) -> Computed {
    let (x, level) = (&call.x.tensor, call.level);
    if level == 0.0 {
        return Ok(x.shallow_clone());
    }
    let shape: Vec<usize> = x.size().iter().map(|&n| n as usize).collect();
    let flags = call.flags(&shape);
    let keep = match call.seed {
        Some(seed) => {
            let rule = |generator: &mut Generator| flag(generator.uniform() >= level);
            seeded(&flags, DType::Bool, seed, x.device(), rule)?
        }
        None => events(signed(&flags), Kind::Bool, x.device(), 1.0 - level)?,
    };
    let kept = x.f_div_scalar(call.x.round(1.0 - level))?;
    Ok(kept.f_where_scalarother(&keep, 0.0)?)
}

/// A sample of the standard distribution, stretched and moved.
fn stretched(sample: &Tensor, spec: &Spec, mean: f64, width: f64) -> Computed {
    let (mean, width) = (spec.dtype.round(mean), spec.dtype.round(width));
    Ok(sample.f_mul_scalar(width)?.f_add_scalar(mean)?)
}

pub(crate) fn random_normal(
    call: &RandomNormal<&TchTensor>,
    spec: &Spec,
    device: Device,
) -> Computed {
    let (mean, std) = (call.mean, call.std);
    if let Some(seed) = call.seed {
        let rule = |generator: &mut Generator| mean + std * generator.normal();
        return seeded(&shape_of(spec), call.dtype, seed, device, rule);
    }
    let sample = Tensor::f_randn(known(spec), (kind_of(spec.dtype)?, device))?;
    stretched(&sample, spec, mean, std)
}

/// The probability that a normal number lies within two standard deviations of its mean.
const WITHIN_TWO: f64 = 0.954_499_736_103_641_6;

/// Nothing is drawn again: the inverse of the distribution function of a uniform number.
pub(crate) fn truncated_normal(
    call: &TruncatedNormal<&TchTensor>,
    spec: &Spec,
    device: Device,
) -> Computed {
    let (mean, std) = (call.mean, call.stddev);
    if let Some(seed) = call.seed {
        let rule = |generator: &mut Generator| mean + std * generator.truncated_normal();
        return seeded(&shape_of(spec), call.dtype, seed, device, rule);
    }
    let uniform = Tensor::f_rand(known(spec), (kind_of(spec.dtype)?, device))?;
    let between = uniform.f_mul_scalar(2.0 * WITHIN_TWO)?.f_sub_scalar(WITHIN_TWO)?;
    let sample = between.f_erfinv()?.f_mul_scalar(SQRT_2)?;
    // Rounding may reach beyond the limits.
    let [low, high] = [-2.0, 2.0].map(|limit| call.dtype.round(mean + limit * std));
    Ok(stretched(&sample, spec, mean, std)?.f_clamp(low, high)?)
}

pub(crate) fn random_uniform(
    call: &RandomUniform<&TchTensor>,
    spec: &Spec,
    device: Device,
) -> Computed {
    let (low, high) = call.limits();
    if let Some(seed) = call.seed {
        let rule = |generator: &mut Generator| {
            let x = call.dtype.round(low + (high - low) * generator.uniform());
            if x < high { x } else { low }
        };
        return seeded(&shape_of(spec), call.dtype, seed, device, rule);
    }
    // float32 may hold the limits and not the distance between them.
    let is_wide = spec.dtype.round(high - low).is_infinite();
    let kind = if is_wide { Kind::Double } else { kind_of(spec.dtype)? };
    let uniform = Tensor::f_rand(known(spec), (kind, device))?;
    let x = uniform.f_mul_scalar(high - low)?.f_add_scalar(low)?.f_to_kind(kind_of(call.dtype)?)?;
    // Rounding may reach the limit that does not belong.
    Ok(x.f_masked_fill(&x.f_lt(high)?.f_logical_not()?, low)?)
}

pub(crate) fn random_binomial(
    call: &RandomBinomial<&TchTensor>,
    spec: &Spec,
    device: Device,
) -> Computed {
    match call.seed {
        Some(seed) => {
            let rule = |generator: &mut Generator| flag(generator.uniform() < call.p);
            seeded(&shape_of(spec), call.dtype, seed, device, rule)
        }
        None => events(known(spec), kind_of(spec.dtype)?, device, call.p),
    }
}

fn shape_of(spec: &Spec) -> Vec<usize> {
    spec.shape().unwrap_or_default()
}
