//! dropout, random numbers, and the generator that definitions draw from.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::labels::*;
use super::{dense, floating, known, plain};
use crate::configuration;
use crate::dtype::DType;
use crate::error::{Label, Refusal};
use crate::number::Number;
use crate::shape::{Spec, broadcast, show_dims};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

entry! {
    /// Entries set to zero at random, the others divided by 1-level so that the mean stays.
    ///
    /// Shapes: as x. Entries that noise_shape broadcasts over share one keep-or-drop flag. Same
    /// seed, same mask on one engine; without a seed, a new one at each call.
    Dropout = dropout {
        /// A tensor of floats.
        tensor x;
        /// The fraction that is dropped.
        plain level: f64;
        /// The shape of the flags, which broadcasts to x's; None for x's own.
        plain noise_shape: Option<Vec<Option<i64>>> = None;
        /// For determinism.
        plain seed: Option<i64> = None;
    }
    constraints ["level lies in [0, 1)", "noise_shape broadcasts to x's shape"]
    conventions ["level 0 keeps everything, bit for bit"]
    source "Keras backend page, dropout",
    example "dropout([1., 2.], 0.) = [1., 2.]"
}

impl<T> Dropout<T> {
    /// The shape of the flags for an x of this shape.
    pub fn flags(&self, x: &[usize]) -> Vec<usize> {
        match &self.noise_shape {
            None => x.to_vec(),
            Some(shape) => {
                let skipped = x.len().saturating_sub(shape.len());
                let own = |(i, n): (usize, &Option<i64>)| {
                    n.and_then(|n| usize::try_from(n).ok()).unwrap_or_else(|| x[skipped + i])
                };
                shape.iter().enumerate().map(own).collect()
            }
        }
    }
}

impl Dropout<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("x", &self.x)?;
        dense("x", &self.x)?;
        C1.require((0.0..1.0).contains(&self.level), || format!("level is {}", self.level))?;
        if let Some(shape) = &self.noise_shape {
            let refuse = || {
                C2.refuse(format!("noise_shape {shape:?}, x has shape {}", show_dims(&self.x.dims)))
            };
            if shape.len() > self.x.rank() {
                return Err(refuse());
            }
            let skipped = self.x.rank() - shape.len();
            let dims = shape
                .iter()
                .enumerate()
                .map(|(i, n)| match n {
                    None => Ok(self.x.dims[skipped + i]),
                    Some(n) => usize::try_from(*n).map(Some).map_err(|_| refuse()),
                })
                .collect::<Result<Vec<_>, _>>()?;
            let both = broadcast(&self.x.dims, &dims).ok_or_else(refuse)?;
            let grows = both.iter().zip(&self.x.dims).any(|(b, x)| x.is_some() && b != x);
            if grows {
                return Err(refuse());
            }
        }
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Dropout<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let x = self.x.floats();
        if self.level == 0.0 {
            return Ok(vec![Numbers::Float(x)]);
        }
        let mut generator = Generator::new(self.seed);
        let flags = Tensor::from_fn(self.flags(x.shape()), |_| generator.uniform() >= self.level);
        let kept: N = plain(self.x.dtype, 1.0 - self.level);
        let keep = |x: N, keep: bool| if keep { x.over(kept) } else { N::zero() };
        Ok(vec![Numbers::Float(x.zip(&flags, &known(&specs[0]), keep))])
    }
}

/// Shape and dtype of a draw. C1 the shape; a dtype of floats.
fn drawn(shape: &[i64], dtype: DType) -> Inferred {
    let dims = shape
        .iter()
        .map(|&n| usize::try_from(n).map(Some))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| C1.refuse(format!("shape is {shape:?}")))?;
    Label::G(4).require(dtype.is_float(), || {
        format!("dtype is {dtype}, defined for float16, float32 and float64")
    })?;
    Ok(vec![Spec::new(dtype, dims)])
}

/// Numbers by a rule from a generator, rounded to the dtype.
fn draw<N: Number>(
    spec: &Spec,
    seed: Option<i64>,
    rule: impl Fn(&mut Generator) -> f64,
) -> Numbers<N> {
    let mut generator = Generator::new(seed);
    Numbers::Float(Tensor::from_fn(known(spec), |_| plain(spec.dtype, rule(&mut generator))))
}

/// C2: a mean, and a width that is not negative, both finite in the dtype.
fn spread(dtype: DType, mean: f64, width: f64) -> Result<(), Refusal> {
    let finite = |x: f64| dtype.round(x).is_finite();
    C2.require(finite(mean) && finite(width) && width >= 0.0, || {
        format!("mean {mean}, standard deviation {width}")
    })
}

entry! {
    /// Random numbers with a normal distribution.
    RandomNormal = random_normal {
        /// The shape.
        plain shape: Vec<i64>;
        /// The mean.
        plain mean: f64 = 0.0;
        /// The standard deviation.
        plain std: f64 = 1.0;
        /// The element type.
        plain dtype: DType = configuration::floatx();
        /// For determinism.
        plain seed: Option<i64> = None;
    }
    constraints ["no dim is negative", "mean and std are finite in the dtype, std is not negative"]
    conventions ["same seed, same numbers on one engine and device"]
    source "Keras backend page, random_normal",
    example "random_normal((2,), 5., 0.) = [5., 5.]"
}

impl RandomNormal<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        spread(self.dtype, self.mean, self.std)?;
        drawn(&self.shape, self.dtype)
    }
}

impl<N: Number> RandomNormal<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let rule = |generator: &mut Generator| self.mean + self.std * generator.normal();
        Ok(vec![draw(&specs[0], self.seed, rule)])
    }
}

entry! {
    /// Random numbers with a normal distribution; those further from the mean than two standard
    /// deviations are drawn again.
    TruncatedNormal = truncated_normal {
        /// The shape.
        plain shape: Vec<i64>;
        /// The mean.
        plain mean: f64 = 0.0;
        /// The standard deviation before the tails are cut off.
        plain stddev: f64 = 1.0;
        /// The element type.
        plain dtype: DType = configuration::floatx();
        /// For determinism.
        plain seed: Option<i64> = None;
    }
    constraints ["no dim is negative", "mean and stddev are finite in the dtype, stddev is not negative"]
    conventions ["same seed, same numbers on one engine and device"]
    source "Keras 2 backend, truncated_normal",
    example "truncated_normal((2,), 5., 0.) = [5., 5.]"
}

impl TruncatedNormal<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        spread(self.dtype, self.mean, self.stddev)?;
        drawn(&self.shape, self.dtype)
    }
}

impl<N: Number> TruncatedNormal<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let rule =
            |generator: &mut Generator| self.mean + self.stddev * generator.truncated_normal();
        Ok(vec![draw(&specs[0], self.seed, rule)])
    }
}

entry! {
    /// Random numbers, each equally probable between two limits.
    RandomUniform = random_uniform {
        /// The shape.
        plain shape: Vec<i64>;
        /// The lower limit, which may occur.
        plain low: f64 = 0.0;
        /// The upper limit, which may not.
        plain high: f64 = 1.0;
        /// The element type.
        plain dtype: DType = configuration::floatx();
        /// For determinism.
        plain seed: Option<i64> = None;
    }
    constraints ["no dim is negative", "low is not above high, and their distance is finite in the dtype"]
    conventions [
        "same seed, same numbers on one engine and device",
        "low equal to high gives low everywhere",
    ]
    source "Keras backend page, random_uniform",
    example "random_uniform((2,), 5., 5.) = [5., 5.]"
}

impl<T> RandomUniform<T> {
    /// The limits, as the dtype holds them.
    pub fn limits(&self) -> (f64, f64) {
        (self.dtype.round(self.low), self.dtype.round(self.high))
    }
}

impl RandomUniform<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (low, high) = self.limits();
        let width = self.dtype.round(high - low);
        C2.require(width.is_finite() && self.high >= self.low, || {
            format!("low {}, high {}", self.low, self.high)
        })?;
        drawn(&self.shape, self.dtype)
    }
}

impl<N: Number> RandomUniform<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (low, high) = self.limits();
        let rule = |generator: &mut Generator| {
            let x = self.dtype.round(low + (high - low) * generator.uniform());
            // Rounding may reach the limit that does not belong.
            if x < high { x } else { low }
        };
        Ok(vec![draw(&specs[0], self.seed, rule)])
    }
}

entry! {
    /// Ones with a probability, zeros else.
    RandomBinomial = random_binomial {
        /// The shape.
        plain shape: Vec<i64>;
        /// The probability of a one.
        plain p: f64 = 0.0;
        /// The element type.
        plain dtype: DType = configuration::floatx();
        /// For determinism.
        plain seed: Option<i64> = None;
    }
    constraints ["no dim is negative", "p lies in [0, 1]"]
    conventions ["same seed, same numbers on one engine and device"]
    source "Keras 1.1 backend, random_binomial",
    example "random_binomial((2,), 1.) = [1., 1.]"
}

impl RandomBinomial<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        C2.require((0.0..=1.0).contains(&self.p), || format!("p is {}", self.p))?;
        drawn(&self.shape, self.dtype)
    }
}

impl<N: Number> RandomBinomial<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let rule = |generator: &mut Generator| f64::from(u8::from(generator.uniform() < self.p));
        Ok(vec![draw(&specs[0], self.seed, rule)])
    }
}

/// SplitMix64: a counter, and a hash of it.
#[derive(Clone, Debug)]
pub struct Generator(u64);

impl Generator {
    /// From a seed, or from the system's entropy.
    pub fn new(seed: Option<i64>) -> Self {
        Generator(seed.map_or_else(|| RandomState::new().hash_one(0), |seed| seed as u64))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
    /// The next number of the standard normal distribution: Box and Muller's transformation.
    pub fn normal(&mut self) -> f64 {
        // In (0, 1], so that the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// The next number of the standard normal distribution that lies within two of 0.
    pub fn truncated_normal(&mut self) -> f64 {
        loop {
            let x = self.normal();
            if x.abs() <= 2.0 {
                return x;
            }
        }
    }
}
