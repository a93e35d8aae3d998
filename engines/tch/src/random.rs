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

/// One where an event of this probability happens, zero elsewhere. Uniform numbers with all the
/// digits of float64 are drawn faster than libtorch's own events.
fn events(shape: Vec<i64>, kind: Kind, device: Device, probability: f64) -> Computed {
    Ok(Tensor::f_rand(shape, (Kind::Double, device))?.f_lt(probability)?.f_to_kind(kind)?)
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
            seeded(&flags, call.x.dtype, seed, x.device(), rule)?
        }
        None => events(signed(&flags), x.f_kind()?, x.device(), 1.0 - level)?,
    };
    let kept = x.f_div_scalar(call.x.dtype.round(1.0 - level))?;
    // x where keep is above 0, and 0 elsewhere, for every x, as is the derivative. Unlike
    // libtorch's where it does not branch, which at random is slow.
    Ok(keep.f_threshold_backward(&kept, 0.0)?)
}

/// Memory for what is drawn.
fn blank(spec: &Spec, device: Device) -> Computed {
    Ok(Tensor::f_empty(known(spec), (kind_of(spec.dtype)?, device))?)
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
    Ok(blank(spec, device)?.f_normal_(spec.dtype.round(mean), spec.dtype.round(std))?)
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
    let mut sample = blank(spec, device)?.f_uniform_(-WITHIN_TWO, WITHIN_TWO)?.f_erfinv_()?;
    sample = sample.f_mul_scalar_(SQRT_2)?.f_mul_scalar_(spec.dtype.round(std))?;
    // Rounding may reach beyond the limits.
    let [low, high] = [-2.0, 2.0].map(|limit| call.dtype.round(mean + limit * std));
    Ok(sample.f_add_scalar_(spec.dtype.round(mean))?.f_clamp_(low, high)?)
}

/// The greatest number of a dtype below another one of them.
fn below(dtype: DType, x: f64) -> f64 {
    // The first step down, each twice as long, that rounding does not undo.
    let mut step = (x.abs() * f64::EPSILON / 4.0).max(f64::MIN_POSITIVE);
    while dtype.round(x - step) >= x {
        step *= 2.0;
    }
    dtype.round(x - step)
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
    let mut x = blank(spec, device)?.f_uniform_(low, high)?;
    // Rounding may reach the limit that does not belong.
    Ok(if low < high { x.f_clamp_max_(below(call.dtype, high))? } else { x })
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
