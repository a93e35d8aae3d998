//! dropout, and the generator that definitions draw from.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::labels::*;
use super::{dense, floating, known, plain};
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
}
