//! The reference against what the original recorded, for every aspect of a case.

use touchstone_reference::judging::Judged;
use touchstone_reference::{Function, HostTensor};
use touchstone_reports::Outcome;

use super::finding::{Aspect, Finding};
use super::reading::{self, Answer, NoSlopes};
use super::recording::{
    first_difference, first_gradient_difference, gradient_precision, numbers_agree, recorded_dtype,
    value_precision,
};
use crate::case::{Precision, Variant};
use crate::golden::{Case, Expect, Gradient};

/// Holds the reference against the recorded answer. Aspects of which nothing was recorded are not
/// among the findings.
///
/// Theano's ctc_batch_cost is not held against the reference: its smoothing replaces every
/// probability p by (1 - a) p + a / (2 label_length + 1), which no longer adds up to one, and the
/// decision's log(p + 1e-8) followed by a log-softmax changes the cost again, so that the
/// conversion is only approximate.
pub(super) fn findings(case: &Case, variant: Variant) -> Vec<Finding> {
    let mut findings = match &case.expect {
        Expect::Outputs(outputs) => values(case, outputs, variant),
        Expect::Value(expected) => {
            vec![match reading::values(case, variant, Precision::AsRecorded) {
                Ok(Answer::Plain(found)) if found == *expected => {
                    Finding::new(Aspect::Value, Outcome::Pass)
                }
                Ok(Answer::Plain(found)) => {
                    Finding::with(Aspect::Value, Outcome::Mismatch, recorded_as(expected, found))
                }
                Ok(Answer::Tensors(_)) => {
                    let message = format!(
                        "recorded is the plain value {expected}, the reference gives tensors"
                    );
                    Finding::with(Aspect::Value, Outcome::Mismatch, message)
                }
                Err(error) => refused(error.to_string()),
            }]
        }
        Expect::Error(_) | Expect::Random(_) | Expect::Decided => Vec::new(),
    };
    if let Some(gradient) = &case.gradient {
        findings.extend(slopes(case, gradient, variant));
    }
    findings
}

fn recorded_as(recorded: impl std::fmt::Display, found: impl std::fmt::Display) -> String {
    format!("recorded is {recorded}, the reference gives {found}")
}

fn refused(error: String) -> Finding {
    let message = format!("a result was recorded, the reference refuses: {error}");
    Finding::with(Aspect::Value, Outcome::WrongRejection, message)
}

fn values(case: &Case, outputs: &[HostTensor], variant: Variant) -> Vec<Finding> {
    let judged = match reading::values(case, variant, Precision::AsRecorded) {
        Ok(Answer::Tensors(judged)) => judged,
        Ok(Answer::Plain(found)) => {
            let message = format!("recorded are tensors, the reference gives {found}");
            return vec![Finding::with(Aspect::Value, Outcome::Mismatch, message)];
        }
        Err(error) => return vec![refused(error.to_string())],
    };
    if judged.len() != outputs.len() {
        let message = recorded_as(
            format_args!("{} results", outputs.len()),
            format_args!("{}", judged.len()),
        );
        return vec![Finding::with(Aspect::Shape, Outcome::Mismatch, message)];
    }
    let pairs = || outputs.iter().zip(&judged).enumerate();
    let function = case.call.function;
    let shape = first(Aspect::Shape, pairs(), |output, recorded, judged| {
        let found = judged.spec.shape().unwrap_or_default();
        (found != recorded.shape()).then(|| {
            recorded_as(
                format_args!("output {output} of shape {:?}", recorded.shape()),
                format_args!("{found:?}"),
            )
        })
    });
    let dtype = first(Aspect::Dtype, pairs(), |output, recorded, judged| {
        let recorded = recorded_dtype(function, recorded.dtype());
        (judged.spec.dtype != recorded).then(|| {
            recorded_as(format_args!("output {output} of dtype {recorded}"), judged.spec.dtype)
        })
    });
    if shape.outcome != Outcome::Pass {
        let value = Finding::with(Aspect::Value, Outcome::Mismatch, "shapes differ");
        return vec![shape, dtype, value];
    }
    let mut found = value(function, pairs());
    // The numbers that the original really computed with, where it lost digits of them.
    if found.outcome == Outcome::Mismatch
        && narrows_numbers(case)
        && let Ok(Answer::Tensors(narrowed)) =
            reading::values(case, variant, Precision::SingleNumbers)
        && value(function, outputs.iter().zip(&narrowed).enumerate()).outcome == Outcome::Pass
    {
        found = Finding::new(Aspect::Value, Outcome::Pass);
    }
    vec![shape, dtype, found]
}

/// Whether the original made float32 of plain numbers before it computed in float64.
fn narrows_numbers(case: &Case) -> bool {
    case.source.starts_with("keras-1") && case.source.contains("tensorflow")
}

/// Whether an engine's results are what was recorded, to the precision of the recording.
pub(super) fn alike(function: Function, recorded: &[HostTensor], found: &[HostTensor]) -> bool {
    recorded.len() == found.len()
        && recorded.iter().zip(found).all(|(recorded, found)| {
            recorded.shape() == found.shape()
                && numbers_agree(recorded, found, value_precision(function, found.dtype()))
        })
}

type Pairs<'a> = (usize, (&'a HostTensor, &'a Judged));

fn first<'a>(
    aspect: Aspect,
    mut pairs: impl Iterator<Item = Pairs<'a>>,
    difference: impl Fn(usize, &HostTensor, &Judged) -> Option<String>,
) -> Finding {
    match pairs.find_map(|(output, (recorded, judged))| difference(output, recorded, judged)) {
        None => Finding::new(aspect, Outcome::Pass),
        Some(message) => Finding::with(aspect, Outcome::Mismatch, message),
    }
}

fn value<'a>(function: Function, mut pairs: impl Iterator<Item = Pairs<'a>>) -> Finding {
    let difference = pairs.find_map(|(output, (recorded, judged))| {
        first_difference(output, recorded, judged, value_precision(function, judged.spec.dtype))
    });
    match difference {
        None => Finding::new(Aspect::Value, Outcome::Pass),
        Some(difference) => {
            let message = format!("the recorded answer is not the reference's: {difference}");
            let finding = Finding::with(Aspect::Value, Outcome::Mismatch, message);
            Finding { difference: Some(difference), ..finding }
        }
    }
}

fn slopes(case: &Case, gradient: &Gradient, variant: Variant) -> Option<Finding> {
    let precision = gradient_precision(case.call.function);
    let plain = match reading::recorded_slopes(case, gradient, variant) {
        Ok(slopes) => slopes,
        Err(NoSlopes::Nothing) => return None,
        Err(NoSlopes::Unfit) => {
            let message = "the recorded cotangents do not fit the outputs of the reference";
            return Some(Finding::with(Aspect::Gradient, Outcome::Mismatch, message));
        }
        Err(NoSlopes::Refused(error)) => {
            let message = format!("a gradient was recorded, the reference refuses: {error}");
            return Some(Finding::with(Aspect::Gradient, Outcome::WrongRejection, message));
        }
    };
    let difference = |slopes: &reading::Slopes| {
        slopes.wrt.iter().zip(&slopes.judged).enumerate().find_map(
            |(output, ((name, recorded), judged))| {
                first_gradient_difference(output, recorded.as_ref()?, judged, precision)
                    .map(|difference| (name.clone(), difference))
            },
        )
    };
    let mut found = difference(&plain);
    if found.is_some()
        && let Ok(hulls) = reading::recorded_hulls(case, gradient, variant)
    {
        found = difference(&hulls);
    }
    Some(match found {
        None => Finding::new(Aspect::Gradient, Outcome::Pass),
        Some((name, difference)) => {
            let message =
                format!("the recorded gradient by {name} is not the reference's: {difference}");
            let finding = Finding::with(Aspect::Gradient, Outcome::Mismatch, message);
            Finding { difference: Some(difference), ..finding }
        }
    })
}
