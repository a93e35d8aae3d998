//! The run record: one JSON object, the contract with everything that reads runs.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The version of the record's form. A change that a reader of the old form would misread adds
/// one.
pub const SCHEMA: u32 = 1;

/// What became of one aspect of one case on one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was compared agrees.
    Pass,
    /// It does not.
    Mismatch,
    /// A call that must be refused was accepted.
    WrongAcceptance,
    /// A call that must be accepted was refused, or failed.
    WrongRejection,
    /// The engine says that it cannot do this.
    Unsupported,
    /// The engine crashed.
    Lost,
    /// The same call gave different answers, of which not all conform.
    NonDeterministic,
    /// Nothing was really compared.
    Vacuous,
    /// Nothing was held against the engine, for the reason in the message.
    Skipped,
}

impl Outcome {
    /// Every outcome, in the order in which they are shown.
    pub const ALL: [Outcome; 9] = [
        Outcome::Pass,
        Outcome::Mismatch,
        Outcome::WrongAcceptance,
        Outcome::WrongRejection,
        Outcome::Unsupported,
        Outcome::Lost,
        Outcome::NonDeterministic,
        Outcome::Vacuous,
        Outcome::Skipped,
    ];

    /// The word for it, as it stands in a record.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Mismatch => "mismatch",
            Outcome::WrongAcceptance => "wrong_acceptance",
            Outcome::WrongRejection => "wrong_rejection",
            Outcome::Unsupported => "unsupported",
            Outcome::Lost => "lost",
            Outcome::NonDeterministic => "non_deterministic",
            Outcome::Vacuous => "vacuous",
            Outcome::Skipped => "skipped",
        }
    }

    /// Whether one of these makes an engine non-conformant. Vacuous ones do only in number.
    pub fn is_failure(self) -> bool {
        match self {
            Outcome::Mismatch
            | Outcome::WrongAcceptance
            | Outcome::WrongRejection
            | Outcome::Unsupported
            | Outcome::Lost
            | Outcome::NonDeterministic => true,
            Outcome::Pass | Outcome::Vacuous | Outcome::Skipped => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An engine that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineRecord {
    /// The name by which it is chosen.
    pub name: String,
    /// The version of the library under it.
    pub version: String,
    /// Where it computed.
    pub device: String,
}

/// One aspect of one case on one engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// The engine.
    pub engine: String,
    /// The function.
    pub function: String,
    /// The case, as `replay` takes it.
    pub case: String,
    /// `value`, `shape`, `dtype`, `gradient` or `rejection`.
    pub aspect: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The largest error as a fraction of what is allowed; null where everything was exact, and
    /// where the fraction is not finite, which the message then says.
    pub used: Option<f64>,
    /// The constraint that a refusal cited.
    pub constraint: Option<String>,
    /// What there is to say about it.
    pub message: Option<String>,
    /// The command that runs this case again.
    pub replay: String,
}

impl CaseRecord {
    /// Keeps `used`, or says in the message why it cannot be kept: JSON has no infinity.
    pub fn set_used(&mut self, used: Option<f64>) {
        self.used = used.filter(|used| used.is_finite());
        if let Some(unfit) = used.filter(|used| !used.is_finite()) {
            let note = format!("error / bound is {unfit}");
            self.message = Some(match self.message.take() {
                Some(message) => format!("{message}; {note}"),
                None => note,
            });
        }
    }
}

/// The limits of the classes in which [`Spread`] counts fractions of bounds.
pub const CLASSES: [f64; 7] = [1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0];

/// What passed and is not worth a record of its own: how much, and how it lies within the bounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many passed.
    pub passed: usize,
    /// How many of them were exact.
    pub exact: usize,
    /// How many used at most as much of their bound as each of [`CLASSES`], and more than the one
    /// before.
    pub classes: [usize; CLASSES.len()],
    /// The largest fraction of a bound.
    pub max: Option<f64>,
}

impl Spread {
    /// Counts one that passed.
    pub fn add(&mut self, used: Option<f64>) {
        self.passed += 1;
        let Some(used) = used.filter(|used| *used > 0.0) else {
            self.exact += 1;
            return;
        };
        let class = CLASSES.iter().position(|limit| used <= *limit);
        self.classes[class.unwrap_or(CLASSES.len() - 1)] += 1;
        self.max = Some(self.max.unwrap_or(0.0).max(used));
    }

    /// Both together.
    pub fn merge(&mut self, other: &Spread) {
        self.passed += other.passed;
        self.exact += other.exact;
        for (own, other) in self.classes.iter_mut().zip(other.classes) {
            *own += other;
        }
        self.max = match (self.max, other.max) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }

    /// The limit of the class in which the middle one lies; `None` where most were exact.
    pub fn median(&self) -> Option<f64> {
        let mut below = self.exact;
        for (limit, count) in CLASSES.iter().zip(self.classes) {
            if 2 * below >= self.passed {
                break;
            }
            below += count;
            if 2 * below >= self.passed {
                return Some(*limit);
            }
        }
        None
    }
}

/// What passed of the drawn cases of a function, on one engine and in one aspect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// The engine.
    pub engine: String,
    /// The function.
    pub function: String,
    /// The aspect.
    pub aspect: String,
    /// How much, and how.
    pub spread: Spread,
}

/// Lines that no engine was asked about because the function is not there to ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFunction {
    /// The function.
    pub function: String,
    /// How many of its lines were left out.
    pub cases: usize,
    /// Why.
    pub reason: String,
}

/// How much of what is allowed an engine used.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// The largest fraction.
    pub max: f64,
    /// The middle one.
    pub median: f64,
    /// The functions that used most, with their largest fraction; greatest first.
    pub functions: Vec<(String, f64)>,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of the suite.
    pub version: String,
    /// What random draws were made from.
    pub seed: u64,
    /// The engines that took part.
    pub engines: Vec<EngineRecord>,
    /// How many records an engine has of each outcome.
    pub totals: BTreeMap<String, BTreeMap<Outcome, usize>>,
    /// Functions that were left out altogether.
    pub skipped: Vec<SkippedFunction>,
    /// What passed of the drawn cases, which are too many to be listed.
    #[serde(default)]
    pub tallies: Vec<Tally>,
    /// What was found, in the order of cases, then engines, then aspects; of the drawn cases what
    /// did not pass.
    pub cases: Vec<CaseRecord>,
}

impl RunRecord {
    /// The record of a run; the totals are counted.
    pub fn new(
        version: impl Into<String>,
        seed: u64,
        engines: Vec<EngineRecord>,
        skipped: Vec<SkippedFunction>,
        cases: Vec<CaseRecord>,
    ) -> Self {
        let mut totals: BTreeMap<String, BTreeMap<Outcome, usize>> =
            engines.iter().map(|engine| (engine.name.clone(), BTreeMap::new())).collect();
        for case in &cases {
            let of_engine = totals.entry(case.engine.clone()).or_default();
            *of_engine.entry(case.outcome).or_default() += 1;
        }
        let tallies = Vec::new();
        let version = version.into();
        RunRecord { schema: SCHEMA, version, seed, engines, totals, skipped, tallies, cases }
    }

    /// The record with what passed of the drawn cases counted in.
    #[must_use]
    pub fn with_tallies(mut self, tallies: Vec<Tally>) -> Self {
        for tally in &tallies {
            let of_engine = self.totals.entry(tally.engine.clone()).or_default();
            *of_engine.entry(Outcome::Pass).or_default() += tally.spread.passed;
        }
        self.tallies.extend(tallies);
        self
    }

    /// How many records of an engine have an outcome.
    pub fn count(&self, engine: &str, outcome: Outcome) -> usize {
        self.totals.get(engine).and_then(|of| of.get(&outcome)).copied().unwrap_or(0)
    }

    /// The records that make their engine non-conformant.
    pub fn failures(&self) -> impl Iterator<Item = &CaseRecord> {
        self.cases.iter().filter(|case| case.outcome.is_failure())
    }

    /// Whether more than one in a thousand of the engine's comparisons compared nothing.
    pub fn too_vacuous(&self, engine: &str) -> bool {
        let vacuous = self.count(engine, Outcome::Vacuous);
        let compared = self.count(engine, Outcome::Pass) + vacuous;
        vacuous * 1000 > compared
    }

    /// How much of what is allowed an engine used; `None` where everything was exact.
    pub fn usage(&self, engine: &str) -> Option<Usage> {
        let mut all = Vec::new();
        let mut functions: BTreeMap<&str, f64> = BTreeMap::new();
        for case in self.cases.iter().filter(|case| case.engine == engine) {
            if let Some(used) = case.used {
                all.push(used);
                let most = functions.entry(&case.function).or_insert(0.0);
                *most = most.max(used);
            }
        }
        let mut spread = Spread::default();
        for tally in self.tallies.iter().filter(|tally| tally.engine == engine) {
            spread.merge(&tally.spread);
            if let Some(used) = tally.spread.max {
                let most = functions.entry(&tally.function).or_insert(0.0);
                *most = most.max(used);
            }
        }
        all.sort_by(f64::total_cmp);
        let max = all.last().copied().into_iter().chain(spread.max).reduce(f64::max)?;
        let median = match (all.get(all.len() / 2), spread.max) {
            (Some(median), _) => *median,
            (None, max) => spread.median().or(max)?,
        };
        let mut functions: Vec<_> =
            functions.into_iter().map(|(name, used)| (name.to_owned(), used)).collect();
        functions.sort_by(|a, b| b.1.total_cmp(&a.1));
        Some(Usage { max, median, functions })
    }

    /// The record as JSON text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// A record out of JSON text.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(outcome: Outcome, used: Option<f64>) -> CaseRecord {
        CaseRecord {
            engine: "e".into(),
            function: "f".into(),
            case: "s/f/0000".into(),
            aspect: "value".into(),
            outcome,
            used,
            constraint: None,
            message: None,
            replay: "touchstone replay s/f/0000 --engine e".into(),
        }
    }

    fn run(cases: Vec<CaseRecord>) -> RunRecord {
        let engine = EngineRecord { name: "e".into(), version: "1".into(), device: "cpu".into() };
        RunRecord::new("0", 7, vec![engine], vec![], cases)
    }

    #[test]
    fn a_record_survives_json() {
        let run =
            run(vec![record(Outcome::Pass, Some(0.25)), record(Outcome::NonDeterministic, None)]);
        let text = run.to_json().expect("a record is valid JSON");
        assert_eq!(RunRecord::from_json(&text).expect("and reads back"), run);
        assert!(text.contains("\"non_deterministic\": 1"), "{text}");
    }

    #[test]
    fn what_json_cannot_hold_goes_into_the_message() {
        let mut case = record(Outcome::Mismatch, None);
        case.message = Some("far off".into());
        case.set_used(Some(f64::INFINITY));
        assert_eq!(case.used, None);
        assert_eq!(case.message.as_deref(), Some("far off; error / bound is inf"));
    }

    #[test]
    fn one_in_a_thousand_may_be_vacuous() {
        let mut cases = vec![record(Outcome::Pass, None); 999];
        cases.push(record(Outcome::Vacuous, None));
        assert!(!run(cases.clone()).too_vacuous("e"));
        cases.push(record(Outcome::Vacuous, None));
        assert!(run(cases).too_vacuous("e"));
    }

    #[test]
    fn usage_is_of_what_was_not_exact() {
        let run = run(vec![
            record(Outcome::Pass, None),
            record(Outcome::Pass, Some(0.1)),
            record(Outcome::Pass, Some(0.5)),
            record(Outcome::Pass, Some(0.2)),
        ]);
        let usage = run.usage("e").expect("something was not exact");
        assert_eq!((usage.max, usage.median), (0.5, 0.2));
        assert_eq!(run.usage("other"), None);
    }
}
