//! The judge: what an engine, or the reference itself, makes of a case.
//!
//! An engine is held against the reference, element by element, within bounds that come from the
//! definition and the data. The reference is held against what the original recorded as well.
//! Where a recorded answer is disputed, the reference speaks for the decision: an engine must
//! agree with it, and agreeing does not count as a pass.

mod bound;
mod engine;
mod finding;
mod random;
mod reading;
mod recorded;
mod recording;

use std::collections::BTreeMap;
use std::sync::Arc;

use touchstone_reference::engine::Engine;
use touchstone_reference::judging::Judged;
use touchstone_reference::{Error, HostTensor};
use touchstone_reports::Outcome;

use crate::case::NoDerivatives;
use crate::golden::{Case, Disputed, Expect};

pub use bound::{Comparison, Difference, Manner, compare};
pub use finding::{Aspect, Finding};
pub use reading::{Answer, NoSlopes, Reading, Slopes};

use engine::{Given, caught, differentiate, give};

/// The engine that is held against the recorded answers, too.
const REFERENCE: &str = "reference";

/// What is asked of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Results,
    Refusal,
    Random,
}

/// A reason that disputes the whole line, not its gradients alone.
fn wholly_disputed(case: &Case) -> Option<&Disputed> {
    case.disputed.as_ref().filter(|disputed| !disputed.gradient_only)
}

fn asked(case: &Case, reading: &Reading) -> Asked {
    let decided = wholly_disputed(case).is_some();
    match &case.expect {
        Expect::Random(_) => Asked::Random,
        Expect::Error(_) if !decided => Asked::Refusal,
        Expect::Outputs(_) | Expect::Value(_) if !decided => Asked::Results,
        Expect::Decided if case.constraint.is_some() => Asked::Refusal,
        Expect::Decided => Asked::Results,
        Expect::Error(_) | Expect::Outputs(_) | Expect::Value(_) => match reading.answer {
            Ok(_) => Asked::Results,
            Err(_) => Asked::Refusal,
        },
    }
}

/// The aspects of which a case can say something, before it is run: what it is expected to give
/// unless a decision overrules it.
pub fn aspects(case: &Case) -> Vec<Aspect> {
    let mut aspects = match &case.expect {
        Expect::Decided if case.constraint.is_some() => vec![Aspect::Rejection],
        Expect::Decided => vec![Aspect::Value, Aspect::Shape, Aspect::Dtype],
        Expect::Outputs(_) | Expect::Random(_) => vec![Aspect::Value, Aspect::Shape, Aspect::Dtype],
        Expect::Value(_) => vec![Aspect::Value],
        Expect::Error(_) => vec![Aspect::Rejection],
    };
    if case.gradient.is_some() {
        aspects.push(Aspect::Gradient);
    }
    aspects
}

/// What an engine makes of a case: a finding for every aspect that was looked at.
pub fn judge(
    case: &Case,
    readings: &[Reading],
    engine: &Arc<dyn Engine>,
    seed: u64,
) -> Vec<Finding> {
    let mut findings: BTreeMap<Aspect, Finding> = BTreeMap::new();
    let mut add = |reading: &Reading, finding: Finding| {
        let note = reading.variant.note();
        let message = finding.message.map(|message| format!("{note}{message}"));
        let finding = Finding { message, ..finding };
        let worst = match findings.remove(&finding.aspect) {
            Some(before) => before.worse(finding),
            None => finding,
        };
        findings.insert(worst.aspect, worst);
    };
    for reading in readings {
        for finding in guarded(Aspect::Value, || results(case, reading, engine, seed)) {
            add(reading, finding);
        }
        for finding in guarded(Aspect::Gradient, || gradient(case, reading, engine)) {
            add(reading, finding);
        }
    }
    let recorded = if engine.name() == REFERENCE && case.expect != Expect::Decided {
        recorded_by(case, readings)
    } else {
        BTreeMap::new()
    };
    findings.into_values().map(|finding| settle(case, finding, &recorded)).collect()
}

/// The findings, or that the engine was lost on the way to them.
fn guarded(aspect: Aspect, f: impl FnOnce() -> Vec<Finding>) -> Vec<Finding> {
    caught(f).unwrap_or_else(|panic| {
        vec![Finding::with(aspect, Outcome::Lost, format!("the engine panicked: {panic}"))]
    })
}

/// The reference against the recording, by aspect.
fn recorded_by(case: &Case, readings: &[Reading]) -> BTreeMap<Aspect, Finding> {
    let mut all: BTreeMap<Aspect, Finding> = BTreeMap::new();
    for reading in readings {
        for finding in recorded::findings(case, reading.variant) {
            let worst = match all.remove(&finding.aspect) {
                Some(before) => before.worse(finding),
                None => finding,
            };
            all.insert(worst.aspect, worst);
        }
    }
    all
}

/// What is left of a finding once the recording and its disputes are looked at.
fn settle(case: &Case, finding: Finding, recorded: &BTreeMap<Aspect, Finding>) -> Finding {
    let disputed = case
        .disputed
        .as_ref()
        .filter(|disputed| !disputed.gradient_only || finding.aspect == Aspect::Gradient);
    let recording = recorded.get(&finding.aspect);
    match (disputed, finding.outcome) {
        // Agreeing where the recording itself is in doubt is no pass.
        (Some(disputed), Outcome::Pass | Outcome::Vacuous) => Finding {
            outcome: Outcome::Skipped,
            message: Some(format!("disputed: {}; agrees with the decision", disputed.reason)),
            ..finding
        },
        (Some(_), _) => finding,
        (None, _) => match recording {
            Some(recording) => finding.worse(recording.clone()),
            None => finding,
        },
    }
}

fn results(case: &Case, reading: &Reading, engine: &Arc<dyn Engine>, seed: u64) -> Vec<Finding> {
    match (asked(case, reading), &case.expect) {
        (Asked::Random, Expect::Random(random)) => random::judge(case, random, engine, seed)
            .unwrap_or_else(|error| vec![failed(Aspect::Value, &error)]),
        (Asked::Refusal, _) => vec![rejection(case, reading, engine)],
        (Asked::Random | Asked::Results, _) => compared(case, reading, engine),
    }
}

fn constraint(error: &Error) -> Option<String> {
    error.label().map(|label| label.to_string())
}

/// A call that must be accepted failed.
fn failed(aspect: Aspect, error: &Error) -> Finding {
    let unsupported = matches!(error, Error::Unsupported { .. });
    let outcome = if unsupported { Outcome::Unsupported } else { Outcome::WrongRejection };
    Finding { constraint: constraint(error), ..Finding::with(aspect, outcome, error.to_string()) }
}

fn rejection(case: &Case, reading: &Reading, engine: &Arc<dyn Engine>) -> Finding {
    let expected = reading.answer.as_ref().err();
    let error = match give(engine, &case.call, reading.variant) {
        Ok(_) => {
            let why = match (&case.expect, expected) {
                (_, Some(error)) => error.to_string(),
                (Expect::Error(error), None) => format!("the original says: {error}"),
                (
                    Expect::Outputs(_) | Expect::Value(_) | Expect::Random(_) | Expect::Decided,
                    None,
                ) => String::new(),
            };
            let message = format!("accepted, and must be refused: {why}");
            return Finding::with(Aspect::Rejection, Outcome::WrongAcceptance, message);
        }
        Err(error @ Error::Unsupported { .. }) => {
            return Finding::with(Aspect::Rejection, Outcome::Unsupported, error.to_string());
        }
        Err(error) => error,
    };
    let cited = constraint(&error);
    let broken = case.constraint.map(|label| label.to_string());
    let (outcome, message) = match (&cited, broken.or_else(|| expected.and_then(constraint))) {
        (None, _) => (Outcome::Mismatch, format!("refused without citing a constraint: {error}")),
        (Some(cited), Some(expected)) if *cited != expected => {
            (Outcome::Mismatch, format!("{cited} is cited, and {expected} is broken: {error}"))
        }
        (Some(_), _) => (Outcome::Pass, error.to_string()),
    };
    Finding { constraint: cited, ..Finding::with(Aspect::Rejection, outcome, message) }
}

fn compared(case: &Case, reading: &Reading, engine: &Arc<dyn Engine>) -> Vec<Finding> {
    let given = match give(engine, &case.call, reading.variant) {
        Ok(given) => given,
        Err(error) => return vec![failed(Aspect::Value, &error)],
    };
    match (&reading.answer, given) {
        (Err(error), _) => {
            let message =
                format!("there is nothing to compare with, the reference refuses: {error}");
            vec![Finding::with(Aspect::Value, Outcome::Vacuous, message)]
        }
        (Ok(Answer::Plain(expected)), Given::Plain(found)) => {
            vec![if *expected == found {
                Finding::new(Aspect::Value, Outcome::Pass)
            } else {
                let message = format!("found {found}, expected {expected}");
                Finding::with(Aspect::Value, Outcome::Mismatch, message)
            }]
        }
        (Ok(Answer::Tensors(judged)), Given::Tensors(found)) => {
            let again = || match give(engine, &case.call, reading.variant) {
                Ok(Given::Tensors(found)) => Some(found),
                Ok(Given::Plain(_)) | Err(_) => None,
            };
            let manner =
                if case.call.function.entry().moves_data { Manner::Exact } else { Manner::Value };
            let mut findings = tensors(&found, judged, manner, again);
            if let Expect::Outputs(recorded) = &case.expect {
                for finding in findings.iter_mut().filter(|f| f.aspect == Aspect::Value) {
                    recorded_instead(case, finding, recorded, &found);
                }
            }
            findings
        }
        (Ok(Answer::Tensors(_)), Given::Plain(_)) | (Ok(Answer::Plain(_)), Given::Tensors(_)) => {
            let message = "tensors on one side, a plain value on the other";
            vec![Finding::with(Aspect::Value, Outcome::Mismatch, message)]
        }
    }
}

/// A bound that exceeds every value proves nothing; the answer that was recorded does.
fn recorded_instead(
    case: &Case,
    finding: &mut Finding,
    recorded: &[HostTensor],
    found: &[HostTensor],
) {
    if finding.outcome == Outcome::Vacuous
        && case.disputed.is_none()
        && recorded::alike(case.call.function, recorded, found)
    {
        finding.outcome = Outcome::Pass;
        finding.message = Some("the bound exceeds the values; they are the recorded ones".into());
    }
}

fn tensors(
    found: &[HostTensor],
    judged: &[Judged],
    manner: Manner,
    again: impl FnOnce() -> Option<Vec<HostTensor>>,
) -> Vec<Finding> {
    let shape = shapes(found, judged);
    let dtype = dtypes(found, judged);
    let fits = shape.is_none();
    let value = if fits {
        deterministic(elements(Aspect::Value, found, judged, manner), || {
            let found = again()?;
            let fits = shapes(&found, judged).is_none();
            fits.then(|| elements(Aspect::Value, &found, judged, manner))
        })
    } else {
        Finding::with(Aspect::Value, Outcome::Mismatch, "shapes differ")
    };
    let finding = |aspect, problem: Option<String>| match problem {
        None => Finding::new(aspect, Outcome::Pass),
        Some(message) => Finding::with(aspect, Outcome::Mismatch, message),
    };
    vec![value, finding(Aspect::Shape, shape), finding(Aspect::Dtype, dtype)]
}

/// A mismatch that does not come back is no mismatch, and worse.
fn deterministic(finding: Finding, again: impl FnOnce() -> Option<Finding>) -> Finding {
    if finding.outcome == Outcome::Mismatch && again().is_some_and(|f| f.outcome == Outcome::Pass) {
        let message = finding.message.unwrap_or_default();
        let message = Some(format!("conforms when called again; the first time: {message}"));
        return Finding { outcome: Outcome::NonDeterministic, message, ..finding };
    }
    finding
}

fn shapes(found: &[HostTensor], judged: &[Judged]) -> Option<String> {
    if found.len() != judged.len() {
        return Some(format!("{} results, expected {}", found.len(), judged.len()));
    }
    found.iter().zip(judged).enumerate().find_map(|(output, (found, judged))| {
        let expected = judged.spec.shape().unwrap_or_default();
        (found.shape() != expected).then(|| {
            format!("output {output} has shape {:?}, expected {expected:?}", found.shape())
        })
    })
}

fn dtypes(found: &[HostTensor], judged: &[Judged]) -> Option<String> {
    found.iter().zip(judged).enumerate().find_map(|(output, (found, judged))| {
        let expected = judged.spec.dtype;
        (found.dtype() != expected)
            .then(|| format!("output {output} is {}, expected {expected}", found.dtype()))
    })
}

fn elements(aspect: Aspect, found: &[HostTensor], judged: &[Judged], manner: Manner) -> Finding {
    let mut total = Comparison::default();
    let mut undecided = false;
    for (output, (found, judged)) in found.iter().zip(judged).enumerate() {
        let comparison = compare(output, found, judged, manner);
        if comparison.differing > 0 && judged.undecided && judged.wholes.is_some() {
            // One of several possible answers was compared with another.
            undecided = true;
        } else {
            total = total.and(comparison);
        }
    }
    let finding = Finding::of(aspect, total);
    if undecided && finding.outcome == Outcome::Pass {
        let message = "a discrete result differs, and rounding could decide it either way";
        return Finding::with(aspect, Outcome::Vacuous, message);
    }
    finding
}

fn gradient(case: &Case, reading: &Reading, engine: &Arc<dyn Engine>) -> Vec<Finding> {
    let (Some(gradient), Some(slopes)) = (&case.gradient, &reading.slopes) else {
        return Vec::new();
    };
    if asked(case, reading) != Asked::Results {
        return Vec::new();
    }
    let slopes = match slopes {
        Ok(slopes) => slopes,
        Err(NoSlopes::Nothing) => return Vec::new(),
        Err(NoSlopes::Unfit) if wholly_disputed(case).is_some() => {
            let message = "the recorded cotangents do not fit the outputs that the decision gives";
            return vec![Finding::with(Aspect::Gradient, Outcome::Skipped, message)];
        }
        Err(NoSlopes::Unfit) => {
            let message = "the recorded cotangents do not fit the outputs";
            return vec![Finding::with(Aspect::Gradient, Outcome::Vacuous, message)];
        }
        Err(NoSlopes::Refused(error)) => {
            let message =
                format!("there is nothing to compare with, the reference refuses: {error}");
            return vec![Finding::with(Aspect::Gradient, Outcome::Vacuous, message)];
        }
    };
    let attempt = || differentiate(engine, &case.call, gradient, reading.variant);
    let found = match attempt() {
        Ok(found) => found,
        Err(NoDerivatives::Refused(error)) => return vec![failed(Aspect::Gradient, &error)],
        Err(NoDerivatives::Unfit | NoDerivatives::Nothing) => {
            let message = "the engine has no gradient here";
            return vec![Finding::with(Aspect::Gradient, Outcome::WrongRejection, message)];
        }
    };
    let problem = |found: &[HostTensor]| {
        shapes(found, &slopes.judged).or_else(|| dtypes(found, &slopes.judged))
    };
    if let Some(message) = problem(&found) {
        return vec![Finding::with(Aspect::Gradient, Outcome::Mismatch, message)];
    }
    let finding = elements(Aspect::Gradient, &found, &slopes.judged, Manner::Gradient);
    let finding = deterministic(finding, || {
        let found = attempt().ok().filter(|found| problem(found).is_none())?;
        Some(elements(Aspect::Gradient, &found, &slopes.judged, Manner::Gradient))
    });
    let mut finding = finding;
    let recorded: Option<Vec<HostTensor>> =
        slopes.wrt.iter().map(|(_, recorded)| recorded.clone()).collect();
    if let Some(recorded) = recorded {
        recorded_instead(case, &mut finding, &recorded, &found);
    }
    vec![named(finding, slopes)]
}

/// The finding, told with the name of the argument rather than the number of the output.
fn named(mut finding: Finding, slopes: &Slopes) -> Finding {
    if let (Some(message), Some(difference)) = (&finding.message, &finding.difference)
        && let Some((name, _)) = slopes.wrt.get(difference.output)
    {
        finding.message = Some(format!("by {name}: {message}"));
    }
    finding
}
