//! What the reference says about a case: computed once, shared by every engine.

use std::sync::Arc;

use serde_json::Value as Json;
use touchstone_reference::engine::Engine;
use touchstone_reference::judging::{self, Judged};
use touchstone_reference::{Error, HostTensor, ReferenceEngine, Result};

use crate::case::{Built, Graph, NoDerivatives, Precision, Variant, build, derivatives, within};
use crate::golden::{Case, Gradient};

/// What a call comes to by the reference.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Tensors, with the bound of every element.
    Tensors(Vec<Judged>),
    /// A plain result.
    Plain(Json),
}

/// Gradients by the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Slopes {
    /// The gradients, with the bound of every element.
    pub judged: Vec<Judged>,
    /// What each of them is: the argument, and what was recorded for it, if anything.
    pub wrt: Vec<(String, Option<HostTensor>)>,
}

/// Why there are no gradients to hold an engine against.
#[derive(Clone, Debug, PartialEq)]
pub enum NoSlopes {
    /// The recorded cotangents do not fit the outputs.
    Unfit,
    /// Nothing differentiable depends on anything differentiable.
    Nothing,
    /// The reference refuses.
    Refused(Error),
}

/// What the reference says about one way of making a call.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The way.
    pub variant: Variant,
    /// The result, or the refusal.
    pub answer: Result<Answer>,
    /// The gradients, where some were recorded.
    pub slopes: Option<Result<Slopes, NoSlopes>>,
}

fn reference() -> Arc<dyn Engine> {
    Arc::new(ReferenceEngine)
}

/// Which reading of a program is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Values in double precision.
    Values,
    /// Values and bounds.
    Bounds,
}

fn judged(graph: &Graph, wanted: Wanted) -> Result<Vec<Judged>> {
    let prepared = graph.prepare()?;
    match wanted {
        Wanted::Values => judging::values(prepared.program(), &graph.inputs()),
        Wanted::Bounds => judging::bounds(prepared.program(), &graph.inputs()),
    }
}

/// Whether something can be said about one of the elements, or there are none.
fn is_telling(judged: &[Judged], says: fn(&Judged, usize) -> bool) -> bool {
    judged.iter().all(|j| j.values.is_empty())
        || judged.iter().any(|j| (0..j.values.len()).any(|i| says(j, i)))
}

fn value_says(judged: &Judged, i: usize) -> bool {
    let range = judged.spec.dtype.range();
    match (&judged.wholes, range) {
        (Some(wholes), Some((least, most))) => (least..=most).contains(&wholes[i].into()),
        (Some(_), None) => true,
        (None, _) => judged.bounds[i] == 0.0 || judged.bounds[i] <= judged.values[i].abs(),
    }
}

fn slope_says(judged: &Judged, i: usize) -> bool {
    judged.values[i].is_finite() && value_says(judged, i)
}

impl Reading {
    /// Whether anything would be proved by holding an engine against it.
    pub fn is_telling(&self) -> bool {
        let answer = match &self.answer {
            Ok(Answer::Tensors(judged)) => is_telling(judged, value_says),
            Ok(Answer::Plain(_)) | Err(_) => true,
        };
        let slopes = match &self.slopes {
            Some(Ok(slopes)) => is_telling(&slopes.judged, slope_says),
            Some(Err(_)) | None => true,
        };
        answer && slopes
    }

    /// Reads every way of making the call of a case.
    pub fn all(case: &Case) -> Vec<Reading> {
        Variant::all(case)
            .into_iter()
            .map(|variant| Reading {
                variant,
                answer: answer(case, variant, Precision::AsRecorded, Wanted::Bounds),
                slopes: case
                    .gradient
                    .as_ref()
                    .map(|g| slopes(case, g, variant, Precision::AsRecorded, Wanted::Bounds)),
            })
            .collect()
    }
}

fn answer(case: &Case, variant: Variant, precision: Precision, wanted: Wanted) -> Result<Answer> {
    let call = precision.of(&case.call);
    within(&reference(), &call, || match build(&call, variant)? {
        Built::Plain(json) => Ok(Answer::Plain(json)),
        Built::Values(values) => Ok(Answer::Tensors(values.iter().map(Judged::exact).collect())),
        Built::Graph(graph) => judged(&graph, wanted).map(Answer::Tensors),
    })
}

/// The values in double precision, without bounds.
pub(super) fn values(case: &Case, variant: Variant, precision: Precision) -> Result<Answer> {
    answer(case, variant, precision, Wanted::Values)
}

fn slopes(
    case: &Case,
    gradient: &Gradient,
    variant: Variant,
    precision: Precision,
    wanted: Wanted,
) -> Result<Slopes, NoSlopes> {
    let call = precision.of(&case.call);
    within(&reference(), &call, || {
        let Built::Graph(graph) = build(&call, variant).map_err(NoSlopes::Refused)? else {
            return Err(NoSlopes::Nothing);
        };
        let derived = derivatives(graph, gradient).map_err(|why| match why {
            NoDerivatives::Unfit => NoSlopes::Unfit,
            NoDerivatives::Nothing => NoSlopes::Nothing,
            NoDerivatives::Refused(error) => NoSlopes::Refused(error),
        })?;
        let judged = judged(&derived.graph, wanted).map_err(NoSlopes::Refused)?;
        Ok(Slopes { judged, wrt: derived.wrt })
    })
}

/// The gradients as they were recorded: with everything in float64. Without bounds.
pub(super) fn recorded_slopes(
    case: &Case,
    gradient: &Gradient,
    variant: Variant,
) -> Result<Slopes, NoSlopes> {
    slopes(case, gradient, variant, Precision::Double, Wanted::Values)
}

/// As [`recorded_slopes`], with bounds, which hold the hull of the derivatives at ties and kinks.
pub(super) fn recorded_hulls(
    case: &Case,
    gradient: &Gradient,
    variant: Variant,
) -> Result<Slopes, NoSlopes> {
    slopes(case, gradient, variant, Precision::Double, Wanted::Bounds)
}
