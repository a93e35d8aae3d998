//! Random numbers: the same twice with one seed.

use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::{Function, Result};

use super::Point;
use super::proof::{Proof, Proven, equal, text};

/// So many that they do not agree by chance, not even where they are 0 or 1.
const NUMBERS: i64 = 256;

const SAME_NUMBERS: Point = Point::Convention(1);

pub(super) const PROOFS: &[Proof] = &[
    (Function::RandomNormal, SAME_NUMBERS, || {
        a_seed_repeats(|seed| K::random_normal([NUMBERS]).seed(seed).tensor())
    }),
    (Function::TruncatedNormal, SAME_NUMBERS, || {
        a_seed_repeats(|seed| K::truncated_normal([NUMBERS]).seed(seed).tensor())
    }),
    (Function::RandomUniform, SAME_NUMBERS, || {
        a_seed_repeats(|seed| K::random_uniform([NUMBERS]).seed(seed).tensor())
    }),
    (Function::RandomBinomial, SAME_NUMBERS, || {
        a_seed_repeats(|seed| K::random_binomial([NUMBERS]).p(0.5).seed(seed).tensor())
    }),
    (Function::RandomUniformVariable, SAME_NUMBERS, || {
        a_seed_repeats(|seed| K::random_uniform_variable(&[NUMBERS], 0.0, 1.0).seed(seed).tensor())
    }),
    (Function::RandomNormalVariable, SAME_NUMBERS, || {
        a_seed_repeats(|seed| K::random_normal_variable(&[NUMBERS], 0.0, 1.0).seed(seed).tensor())
    }),
];

/// The same seed gives the same numbers, in another tensor and in another run; another seed gives
/// others.
fn a_seed_repeats(draw: fn(i64) -> Result<Tensor>) -> Proven {
    let first = draw(3).map_err(text)?;
    let numbers = K::eval(&first).map_err(text)?;
    equal(&K::eval(&first).map_err(text)?, &numbers)?;
    equal(&draw(3).and_then(|x| K::eval(&x)).map_err(text)?, &numbers)?;
    if draw(4).and_then(|x| K::eval(&x)).map_err(text)? == numbers {
        return Err("the seeds 3 and 4 give the same numbers".into());
    }
    Ok(())
}
