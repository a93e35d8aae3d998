//! How the results of a call are distributed, where they are random: as its entry says, with
//! plain numbers rounded to the dtype.

use touchstone_reference::functions::{random, variables};
use touchstone_reference::{DType, Function, HostTensor, Result};

use crate::case::arguments_of;
use crate::golden::{Call, Distribution, Random, Value};

/// What must hold for the results of a call; `None` where nothing is known that a judge can see.
type Law = fn(&Call) -> Result<Option<Random>>;

/// The functions with random results.
const LAWS: &[(Function, Law)] = &[
    (Function::Dropout, dropout),
    (Function::RandomNormal, |call| {
        let asked = random::RandomNormal::<HostTensor>::from_arguments(arguments_of(call)?)?;
        Ok(normal(asked.dtype, &asked.shape, asked.mean, asked.std))
    }),
    (Function::TruncatedNormal, |call| {
        let asked = random::TruncatedNormal::<HostTensor>::from_arguments(arguments_of(call)?)?;
        Ok(truncated_normal(asked.dtype, &asked.shape, asked.mean, asked.stddev))
    }),
    (Function::RandomUniform, |call| {
        let asked = random::RandomUniform::<HostTensor>::from_arguments(arguments_of(call)?)?;
        Ok(uniform(asked.dtype, &asked.shape, asked.low, asked.high))
    }),
    (Function::RandomBinomial, |call| {
        let asked = random::RandomBinomial::<HostTensor>::from_arguments(arguments_of(call)?)?;
        let law = Distribution::Bernoulli(asked.p);
        Ok(drawn(asked.dtype, &asked.shape, law, [0.0, 1.0]))
    }),
    (Function::RandomUniformVariable, |call| {
        let asked =
            variables::RandomUniformVariable::<HostTensor>::from_arguments(arguments_of(call)?)?;
        Ok(uniform(asked.dtype, &asked.shape, asked.low, asked.high))
    }),
    (Function::RandomNormalVariable, |call| {
        let asked =
            variables::RandomNormalVariable::<HostTensor>::from_arguments(arguments_of(call)?)?;
        Ok(normal(asked.dtype, &asked.shape, asked.mean, asked.scale))
    }),
];

/// The law of a call with random results; `None` where they follow from the arguments.
pub(super) fn law(call: &Call) -> Option<Law> {
    let keeps_all = matches!(call.argument("level"), Some(Value::Float(0.0) | Value::Int(0)));
    let (_, law) = LAWS.iter().find(|(function, _)| *function == call.function)?;
    (!keeps_all).then_some(*law)
}

fn drawn(
    dtype: DType,
    shape: &[i64],
    distribution: Distribution,
    support: [f64; 2],
) -> Option<Random> {
    let shape = shape.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<_>>()?;
    Some(Random { shape, dtype, support, distribution })
}

fn normal(dtype: DType, shape: &[i64], mean: f64, std: f64) -> Option<Random> {
    let law = Distribution::Normal { mean: dtype.round(mean), std: dtype.round(std) };
    drawn(dtype, shape, law, [f64::NEG_INFINITY, f64::INFINITY])
}

fn truncated_normal(dtype: DType, shape: &[i64], mean: f64, std: f64) -> Option<Random> {
    let (mean, std) = (dtype.round(mean), dtype.round(std));
    let law = Distribution::TruncatedNormal { mean, std };
    drawn(dtype, shape, law, [mean - 2.0 * std, mean + 2.0 * std])
}

fn uniform(dtype: DType, shape: &[i64], low: f64, high: f64) -> Option<Random> {
    drawn(dtype, shape, Distribution::Uniform, [dtype.round(low), dtype.round(high)])
}

/// What is dropped or kept can be seen where all entries are the same number, which is not 0.
fn dropout(call: &Call) -> Result<Option<Random>> {
    let asked = random::Dropout::<HostTensor>::from_arguments(arguments_of(call)?)?;
    let (dtype, shape) = (asked.x.dtype(), asked.x.shape().to_vec());
    let numbers = asked.x.to_f64s();
    let number = numbers.first().copied().unwrap_or(1.0);
    let kept = 1.0 - asked.level;
    let scaled = number / dtype.round(kept);
    let told = dtype.round(scaled).is_finite() && scaled != 0.0;
    if !told || numbers.iter().any(|x| *x != number) {
        return Ok(None);
    }
    let support = [scaled.min(0.0), scaled.max(0.0)];
    let distribution = Distribution::TwoValued([0.0, scaled], kept);
    Ok(Some(Random { shape, dtype, support, distribution }))
}
