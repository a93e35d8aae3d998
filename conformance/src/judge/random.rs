//! Random results: what they may be exactly, how often by a test that a sound engine fails less
//! than once in a million runs.

use std::sync::Arc;

use touchstone_reference::engine::Engine;
use touchstone_reference::{DType, HostTensor, Result};
use touchstone_reports::Outcome;

use super::engine::run;
use super::finding::{Aspect, Finding};
use crate::case::Variant;
use crate::golden::{Call, Case, Distribution, Random, Value};

/// How seldom a test of frequencies may fail a sound engine: a run makes some thousands of them.
const FALSE_ALARM: f64 = 1e-10;

/// How many keep-or-drop flags the test of frequencies looks at.
const FLAGS: usize = 1000;

/// How many numbers the test of a distribution looks at.
const DRAWS: usize = 20_000;

/// How many units of roundoff a kept entry may lie from x / (1 - level): one for rounding x, one
/// for rounding 1 - level, and two where an engine multiplies by the reciprocal.
const ROUNDINGS: f64 = 4.0;

/// Judges a call of which only the distribution of the results is known.
pub(super) fn judge(
    case: &Case,
    random: &Random,
    engine: &Arc<dyn Engine>,
    seed: u64,
) -> Result<Vec<Finding>> {
    let results = run(engine, &case.call, Variant::Only)?;
    let [result] = &results[..] else {
        let message = format!("{} results, expected 1", results.len());
        return Ok(vec![Finding::with(Aspect::Shape, Outcome::Mismatch, message)]);
    };
    let mut findings = Vec::with_capacity(3);
    if result.shape() == random.shape {
        findings.push(Finding::new(Aspect::Shape, Outcome::Pass));
        let again = run(engine, &case.call, Variant::Only)?;
        findings.push(value(case, random, result, again.first(), engine, seed)?);
    } else {
        let message = format!("shape {:?}, expected {:?}", result.shape(), random.shape);
        findings.push(Finding::with(Aspect::Shape, Outcome::Mismatch, message));
    }
    findings.push(if result.dtype() == random.dtype {
        Finding::new(Aspect::Dtype, Outcome::Pass)
    } else {
        let message = format!("dtype {}, expected {}", result.dtype(), random.dtype);
        Finding::with(Aspect::Dtype, Outcome::Mismatch, message)
    });
    Ok(findings)
}

fn value(
    case: &Case,
    random: &Random,
    result: &HostTensor,
    again: Option<&HostTensor>,
    engine: &Arc<dyn Engine>,
    seed: u64,
) -> Result<Finding> {
    let mismatch = |message: String| Ok(Finding::with(Aspect::Value, Outcome::Mismatch, message));
    if case.call.argument("seed").is_some() && again != Some(result) {
        let message = "the same seed gave different numbers";
        return Ok(Finding::with(Aspect::Value, Outcome::NonDeterministic, message));
    }
    let Distribution::TwoValued(values, probability) = random.distribution else {
        let many = run(engine, &enlarged(&case.call, DRAWS), Variant::Only)?;
        let problem = [result].into_iter().chain(&many).find_map(|draw| distributed(draw, random));
        return Ok(match problem {
            None => Finding::new(Aspect::Value, Outcome::Pass),
            Some(message) => Finding::with(Aspect::Value, Outcome::Mismatch, message),
        });
    };
    let groups = groups(&case.call, result.shape());
    let (mut kept, mut flags) = (0, 0);
    let mut draw = result.clone();
    while flags < FLAGS {
        match self::flags(&draw, values, &groups) {
            Ok(drawn) => {
                kept += drawn.iter().filter(|kept| **kept).count();
                flags += drawn.len();
            }
            Err(message) => return mismatch(message),
        }
        if result.is_empty() {
            return Ok(Finding::new(Aspect::Value, Outcome::Pass));
        }
        let next = run(engine, &seeded(&case.call, seed ^ flags as u64), Variant::Only)?;
        match next.into_iter().next() {
            Some(next) if next.shape() == result.shape() => draw = next,
            _ => return mismatch("another seed gave another shape".into()),
        }
    }
    let frequency = kept as f64 / flags as f64;
    if (frequency - probability).abs() > allowance(flags) {
        return mismatch(format!(
            "{kept} of {flags} entries are kept, {frequency:.4}; expected {probability:.4} give or take {:.4}",
            allowance(flags)
        ));
    }
    Ok(Finding::new(Aspect::Value, Outcome::Pass))
}

/// What is wrong with random numbers: one outside the support, or too many up to some number.
fn distributed(draw: &HostTensor, random: &Random) -> Option<String> {
    let [low, high] = random.support.map(|limit| random.dtype.round(limit));
    let mut numbers = draw.to_f64s();
    // The upper limit of a range does not belong to it, unless the range is a point.
    let belongs = |x: f64| match random.distribution {
        Distribution::Bernoulli(_) | Distribution::TwoValued(..) => x == low || x == high,
        Distribution::Uniform => x >= low && (x < high || x == low),
        Distribution::Normal { .. } => x.is_finite(),
        Distribution::TruncatedNormal { .. } => x >= low && x <= high,
    };
    if let Some(x) = numbers.iter().find(|x| !belongs(**x)) {
        return Some(format!("{x:?} lies outside the support {:?}", random.support));
    }
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len() as f64;
    let allowance = allowance(numbers.len());
    numbers.iter().enumerate().find_map(|(i, &x)| {
        let (least, most) = cumulative(x, random);
        let (before, until) = (i as f64 / n, (i + 1) as f64 / n);
        let wrong = before > most + allowance || until < least - allowance;
        wrong.then(|| {
            format!(
                "of {} numbers, {until:.4} of them lie at or below {x:?}; expected {most:.4} give or take {allowance:.4}",
                numbers.len()
            )
        })
    })
}

/// The probability of a number below `x`, and of one at or below it. Rounding to the dtype moves
/// numbers by less than the neighbours of `x` lie away.
fn cumulative(x: f64, random: &Random) -> (f64, f64) {
    let step = x.abs().max(f64::MIN_POSITIVE) * roundoff(random.dtype);
    let normal = |x: f64, mean: f64, std: f64| {
        if std == 0.0 {
            return f64::from(u8::from(x >= mean));
        }
        libm::erfc((mean - x) / (std * std::f64::consts::SQRT_2)) / 2.0
    };
    let at = |x: f64| match random.distribution {
        Distribution::Bernoulli(p) | Distribution::TwoValued(_, p) => {
            if x < 0.0 {
                0.0
            } else if x < 1.0 {
                1.0 - p
            } else {
                1.0
            }
        }
        Distribution::Uniform => {
            let [low, high] = random.support;
            if high > low {
                ((x - low) / (high - low)).clamp(0.0, 1.0)
            } else {
                f64::from(u8::from(x >= low))
            }
        }
        Distribution::Normal { mean, std } => normal(x, mean, std),
        Distribution::TruncatedNormal { mean, std } => {
            let tail = normal(-2.0, 0.0, 1.0);
            ((normal(x, mean, std) - tail) / (1.0 - 2.0 * tail)).clamp(0.0, 1.0)
        }
    };
    (at(x - step), at(x + step))
}

/// The distance from 1 to the next number.
fn roundoff(dtype: DType) -> f64 {
    match dtype {
        DType::Float64 => f64::EPSILON,
        DType::Float16 => 2.0_f64.powi(-10),
        DType::Float32
        | DType::Int8
        | DType::Int16
        | DType::Int32
        | DType::Int64
        | DType::UInt8
        | DType::UInt16
        | DType::UInt32
        | DType::UInt64
        | DType::Bool => f64::from(f32::EPSILON),
    }
}

/// The call of a random function for many numbers.
fn enlarged(call: &Call, count: usize) -> Call {
    let mut call = call.clone();
    for (name, value) in &mut call.args {
        if name == "shape" {
            *value = Value::List(vec![Value::Int(count as i64)]);
        }
    }
    call
}

/// Hoeffding: the frequency of n independent events lies farther than t from its probability with
/// a probability of at most 2·exp(-2·n·t²). By Dvoretzky, Kiefer and Wolfowitz the same holds for
/// the frequency of numbers up to some number, wherever that lies.
fn allowance(n: usize) -> f64 {
    ((2.0 / FALSE_ALARM).ln() / (2.0 * n as f64)).sqrt()
}

/// For every element, which flag it shares: noise_shape broadcasts over the axes where it is 1.
fn groups(call: &Call, shape: &[usize]) -> Vec<usize> {
    let Some(Value::List(noise)) = call.argument("noise_shape") else {
        return (0..shape.iter().product()).collect();
    };
    let skipped = shape.len().saturating_sub(noise.len());
    let flag_of = |position: usize| {
        let index = super::bound::unravel(position, shape);
        index.iter().zip(shape).enumerate().fold(0, |flag, (axis, (&i, &n))| {
            let shared = axis < skipped || noise[axis - skipped] == Value::Int(1);
            if shared { flag } else { flag * n + i }
        })
    };
    (0..shape.iter().product()).map(flag_of).collect()
}

/// The flags behind the elements, or which element is none of the possible values or differs from
/// another that shares its flag.
fn flags(result: &HostTensor, values: [f64; 2], groups: &[usize]) -> Result<Vec<bool>, String> {
    let roundoff = roundoff(result.dtype());
    let near = |x: f64, value: f64| (x - value).abs() <= ROUNDINGS * roundoff / 2.0 * value.abs();
    let mut flags = vec![None; groups.iter().max().map_or(0, |last| last + 1)];
    for (position, (x, &group)) in result.to_f64s().into_iter().zip(groups).enumerate() {
        let kept = near(x, values[1]);
        if !kept && !near(x, values[0]) {
            return Err(format!("element {position} is {x:?}, possible are {values:?}"));
        }
        match flags[group] {
            None => flags[group] = Some(kept),
            Some(before) if before == kept => {}
            Some(_) => {
                return Err(format!("element {position} differs from one with the same flag"));
            }
        }
    }
    Ok(flags.into_iter().flatten().collect())
}

/// The call with another seed.
fn seeded(call: &Call, seed: u64) -> Call {
    let mut call = call.clone();
    call.args.retain(|(name, _)| name != "seed");
    // Engines may take only 32 bits.
    let seed = (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i64;
    call.args.push(("seed".into(), Value::Int(seed)));
    call
}

#[cfg(test)]
mod tests {
    use super::*;
    use touchstone_reference::backend::Generator;

    fn drawn(rule: impl Fn(&mut Generator) -> f64) -> HostTensor {
        let mut generator = Generator::new(Some(1));
        let numbers: Vec<f64> = (0..DRAWS).map(|_| rule(&mut generator)).collect();
        HostTensor::from_f64s(DType::Float64, &[DRAWS], &numbers).expect("a vector")
    }

    fn random(distribution: Distribution, support: [f64; 2]) -> Random {
        Random { shape: vec![DRAWS], dtype: DType::Float64, support, distribution }
    }

    #[test]
    fn a_wrong_distribution_is_told_from_the_right_one() {
        let normal = random(Distribution::Normal { mean: 0.0, std: 1.0 }, [f64::MIN, f64::MAX]);
        assert_eq!(distributed(&drawn(Generator::normal), &normal), None);
        assert!(distributed(&drawn(|g| 1.2 * g.normal()), &normal).is_some());
        assert!(distributed(&drawn(|g| 0.1 + g.normal()), &normal).is_some());
        let cut = Distribution::TruncatedNormal { mean: 0.0, std: 1.0 };
        assert_eq!(
            distributed(&drawn(Generator::truncated_normal), &random(cut, [-2.0, 2.0])),
            None
        );
        let clipped = drawn(|g| g.normal().clamp(-2.0, 2.0));
        assert!(distributed(&clipped, &random(cut, [-2.0, 2.0])).is_some());
        let uniform = random(Distribution::Uniform, [0.0, 1.0]);
        assert_eq!(distributed(&drawn(Generator::uniform), &uniform), None);
        assert!(distributed(&drawn(|g| g.uniform().powf(1.2)), &uniform).is_some());
        assert!(distributed(&drawn(|_| 1.0), &uniform).is_some());
        let coin = random(Distribution::Bernoulli(0.3), [0.0, 1.0]);
        let toss = |p: f64| drawn(move |g| f64::from(u8::from(g.uniform() < p)));
        assert_eq!(distributed(&toss(0.3), &coin), None);
        assert!(distributed(&toss(0.35), &coin).is_some());
    }
}
