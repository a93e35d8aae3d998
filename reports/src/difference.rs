//! What changed between two runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::record::{Outcome, RunRecord};
use crate::summary::{Colour, Tone};

/// One aspect of one case on one engine, in two runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// The engine.
    pub engine: String,
    /// The function.
    pub function: String,
    /// The case.
    pub case: String,
    /// The aspect.
    pub aspect: String,
    /// What became of it before; null where it was not there. A drawn case that passed is counted
    /// only, and not there.
    pub old: Option<Outcome>,
    /// What became of it after.
    pub new: Option<Outcome>,
}

/// How many drawn cases of an engine, function and aspect passed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Recount {
    /// The engine.
    pub engine: String,
    /// The function.
    pub function: String,
    /// The aspect.
    pub aspect: String,
    /// How many passed before.
    pub old: usize,
    /// How many pass after.
    pub new: usize,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunDifference {
    /// What only the new run has.
    pub added: Vec<Change>,
    /// What only the old run has.
    pub removed: Vec<Change>,
    /// What both have, with another outcome.
    pub changed: Vec<Change>,
    /// How much both have with the same outcome.
    pub unchanged: usize,
    /// Counts of drawn cases that differ.
    pub recounted: Vec<Recount>,
}

type Place = (String, String, String, String);

fn places(run: &RunRecord) -> BTreeMap<Place, Outcome> {
    run.cases
        .iter()
        .map(|case| {
            let place = (&case.engine, &case.function, &case.case, &case.aspect);
            ((place.0.clone(), place.1.clone(), place.2.clone(), place.3.clone()), case.outcome)
        })
        .collect()
}

fn counts(run: &RunRecord) -> BTreeMap<(&str, &str, &str), usize> {
    let mut counts = BTreeMap::new();
    for tally in &run.tallies {
        let place = (tally.engine.as_str(), tally.function.as_str(), tally.aspect.as_str());
        *counts.entry(place).or_default() += tally.spread.passed;
    }
    counts
}

impl RunDifference {
    /// What changed from one run to another.
    pub fn between(old: &RunRecord, new: &RunRecord) -> RunDifference {
        let mut difference = RunDifference::default();
        let (before, mut after) = (places(old), places(new));
        for (place, old) in before {
            let new = after.remove(&place);
            if new == Some(old) {
                difference.unchanged += 1;
                continue;
            }
            let list =
                if new.is_some() { &mut difference.changed } else { &mut difference.removed };
            list.push(change(place, Some(old), new));
        }
        difference.added = after.into_iter().map(|(at, new)| change(at, None, Some(new))).collect();
        let (before, after) = (counts(old), counts(new));
        let mut all: Vec<_> = before.keys().chain(after.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        for place in all {
            let count = |counts: &BTreeMap<_, usize>| counts.get(&place).copied().unwrap_or(0);
            let (old, new) = (count(&before), count(&after));
            if old == new {
                difference.unchanged += old;
                continue;
            }
            let (engine, function, aspect) = place;
            difference.recounted.push(Recount {
                engine: engine.to_owned(),
                function: function.to_owned(),
                aspect: aspect.to_owned(),
                old,
                new,
            });
        }
        difference
    }

    /// Whether something fails that did not before.
    pub fn is_regression(&self) -> bool {
        let fails = |change: &&Change| change.new.is_some_and(Outcome::is_failure);
        let worse = |change: &&Change| !change.old.is_some_and(Outcome::is_failure);
        self.added.iter().chain(&self.changed).filter(fails).any(|change| worse(&change))
    }

    /// The difference for reading.
    pub fn text(&self, colour: Colour) -> String {
        // Writing to a String cannot fail.
        let mut text = String::new();
        for (sign, tone, changes) in [
            ("+", Tone::Good, &self.added),
            ("-", Tone::Faint, &self.removed),
            ("~", Tone::Strong, &self.changed),
        ] {
            for change in changes {
                let bad = change.new.is_some_and(Outcome::is_failure);
                let place = format!(
                    "{sign} {}::{}::{} in {}",
                    change.engine, change.function, change.aspect, change.case
                );
                let what = match (change.old, change.new) {
                    (Some(old), Some(new)) => format!("{old} before, {new} now"),
                    (Some(old), None) => format!("{old} before"),
                    (None, Some(new)) => new.name().to_owned(),
                    (None, None) => String::new(),
                };
                let tone = if bad { Tone::Bad } else { tone };
                let _ = writeln!(text, "{}: {what}", colour.paint(tone, &place));
            }
        }
        for Recount { engine, function, aspect, old, new } in &self.recounted {
            let _ =
                writeln!(text, "# {engine}::{function}::{aspect}: {old} drawn passed, {new} now");
        }
        let _ = writeln!(
            text,
            "{} added, {} removed, {} changed, {} unchanged",
            self.added.len(),
            self.removed.len(),
            self.changed.len(),
            self.unchanged
        );
        text
    }
}

fn change(place: Place, old: Option<Outcome>, new: Option<Outcome>) -> Change {
    let (engine, function, case, aspect) = place;
    Change { engine, function, case, aspect, old, new }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{CaseRecord, EngineRecord, Spread, Tally};

    fn run(cases: &[(&str, Outcome)], drawn: usize) -> RunRecord {
        let engine = EngineRecord { name: "e".into(), version: "1".into(), device: "cpu".into() };
        let record = |(case, outcome): &(&str, Outcome)| CaseRecord {
            engine: "e".into(),
            function: "f".into(),
            case: (*case).into(),
            aspect: "value".into(),
            outcome: *outcome,
            used: None,
            constraint: None,
            message: None,
            replay: String::new(),
        };
        let spread = Spread { passed: drawn, ..Spread::default() };
        let (engine_name, function, aspect) = ("e".into(), "f".into(), "value".into());
        let tally = Tally { engine: engine_name, function, aspect, spread };
        let records = cases.iter().map(record).collect();
        RunRecord::new("0", 0, vec![engine], vec![], records).with_tallies(vec![tally])
    }

    #[test]
    fn what_changed_is_told_apart() {
        let old = run(&[("a", Outcome::Pass), ("b", Outcome::Pass), ("c", Outcome::Mismatch)], 5);
        let new =
            run(&[("b", Outcome::Mismatch), ("c", Outcome::Mismatch), ("d", Outcome::Pass)], 4);
        let difference = RunDifference::between(&old, &new);
        let names = |changes: &[Change]| changes.iter().map(|c| c.case.clone()).collect::<String>();
        assert_eq!(names(&difference.added), "d");
        assert_eq!(names(&difference.removed), "a");
        assert_eq!(names(&difference.changed), "b");
        assert_eq!(difference.unchanged, 1);
        assert_eq!((difference.recounted[0].old, difference.recounted[0].new), (5, 4));
        assert!(difference.is_regression());
        let text = difference.text(Colour::Plain);
        assert!(text.contains("~ e::f::value in b: pass before, mismatch now"), "{text}");
        assert!(text.ends_with("1 added, 1 removed, 1 changed, 1 unchanged\n"), "{text}");
    }

    #[test]
    fn what_failed_before_is_no_regression() {
        let old = run(&[("a", Outcome::Mismatch), ("b", Outcome::Pass)], 5);
        let same = RunDifference::between(&old, &old);
        assert_eq!(same, RunDifference { unchanged: 7, ..RunDifference::default() });
        let other = run(&[("a", Outcome::Lost), ("b", Outcome::Pass)], 5);
        assert!(!RunDifference::between(&old, &other).is_regression());
        let mended = run(&[("a", Outcome::Pass), ("b", Outcome::Pass)], 5);
        assert!(!RunDifference::between(&old, &mended).is_regression());
        assert!(RunDifference::between(&mended, &old).is_regression());
    }
}
