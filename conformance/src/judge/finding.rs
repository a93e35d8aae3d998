//! What was found about one aspect of a case.

use std::fmt;

use touchstone_reports::Outcome;

use super::bound::{Comparison, Difference};

/// What of a call is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aspect {
    /// The elements of the results.
    Value,
    /// Their shapes.
    Shape,
    /// Their dtypes.
    Dtype,
    /// Their derivatives.
    Gradient,
    /// That a call is refused, and why.
    Rejection,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: [Aspect; 5] =
        [Aspect::Value, Aspect::Shape, Aspect::Dtype, Aspect::Gradient, Aspect::Rejection];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Value => "value",
            Aspect::Shape => "shape",
            Aspect::Dtype => "dtype",
            Aspect::Gradient => "gradient",
            Aspect::Rejection => "rejection",
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was found about one aspect of a case on one engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The aspect.
    pub aspect: Aspect,
    /// What became of it.
    pub outcome: Outcome,
    /// The largest error as a fraction of its bound.
    pub used: Option<f64>,
    /// The constraint that a refusal cited.
    pub constraint: Option<String>,
    /// What there is to say.
    pub message: Option<String>,
    /// The first element that differs.
    pub difference: Option<Difference>,
}

impl Finding {
    pub(super) fn new(aspect: Aspect, outcome: Outcome) -> Self {
        Finding { aspect, outcome, used: None, constraint: None, message: None, difference: None }
    }

    pub(super) fn with(aspect: Aspect, outcome: Outcome, message: impl Into<String>) -> Self {
        Finding { message: Some(message.into()), ..Finding::new(aspect, outcome) }
    }

    /// What a comparison of elements comes to.
    pub(super) fn of(aspect: Aspect, comparison: Comparison) -> Self {
        let Comparison { elements, telling, used, differing, first, .. } = comparison;
        let mut finding = Finding { used, ..Finding::new(aspect, Outcome::Pass) };
        if let Some(first) = first {
            finding.message = Some(if differing == 1 {
                first.to_string()
            } else {
                format!("{differing} of {elements} elements differ, the first: {first}")
            });
            finding.difference = Some(first);
            finding.outcome = Outcome::Mismatch;
        } else if elements > 0 && telling == 0 {
            finding.outcome = Outcome::Vacuous;
            finding.message = Some("no element has a bound that says anything".into());
        }
        finding
    }

    /// The worse of two findings about the same aspect, with the most of a bound that either used.
    #[must_use]
    pub(super) fn worse(self, other: Finding) -> Finding {
        let used = match (self.used, other.used) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let worst = if severity(other.outcome) > severity(self.outcome) { other } else { self };
        Finding { used, ..worst }
    }
}

/// Which of two outcomes stands for both.
fn severity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Skipped => 1,
        Outcome::Vacuous => 2,
        Outcome::Unsupported => 3,
        Outcome::NonDeterministic => 4,
        Outcome::Mismatch => 5,
        Outcome::WrongAcceptance => 6,
        Outcome::WrongRejection => 7,
        Outcome::Lost => 8,
    }
}
