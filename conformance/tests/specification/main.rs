//! Nothing is specified without being shown: each numbered constraint of each function is cited
//! by a refusal, and each convention has a case.

mod configuration;
mod iteration;
mod program;
mod proof;
mod random;
mod variables;

use std::collections::BTreeSet;
use std::path::Path;

use touchstone::golden::{Case, Expect, Golden};
use touchstone::judge::Reading;
use touchstone::registry::{self, Device};
use touchstone_reference::backend as K;
use touchstone_reference::{Function, Label};

use proof::Proof;

/// A constraint or a convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    Constraint(Label),
    Convention(usize),
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Point::Constraint(label) => label.fmt(f),
            Point::Convention(number) => write!(f, "K{number}"),
        }
    }
}

/// What no line of a case file can say, shown here.
fn proofs() -> impl Iterator<Item = &'static Proof> {
    [configuration::PROOFS, iteration::PROOFS, program::PROOFS, random::PROOFS, variables::PROOFS]
        .into_iter()
        .flatten()
}

fn golden() -> Golden {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    Golden::load(&[folder]).expect("the project's own cases are well-formed")
}

/// The points of a function that its page numbers.
fn numbered(function: Function) -> impl Iterator<Item = (Point, &'static str)> {
    let entry = function.entry();
    let constraints = (1..).zip(entry.constraints);
    let conventions = (1..).zip(entry.conventions);
    constraints
        .map(|(n, words)| (Point::Constraint(Label::C(n)), *words))
        .chain(conventions.map(|(n, words)| (Point::Convention(n), *words)))
}

/// The constraint that the reference cites where it refuses a case that must be refused.
fn cited(case: &Case) -> Option<Label> {
    if case.disputed.is_some() || !matches!(case.expect, Expect::Error(_)) {
        return None;
    }
    Reading::all(case).first()?.answer.as_ref().err()?.label()
}

#[test]
fn every_constraint_and_convention_is_shown() {
    let mut shown: BTreeSet<(Function, Point)> =
        proofs().map(|(function, point, _)| (*function, *point)).collect();
    for case in &golden().cases {
        let points = cited(case)
            .map(Point::Constraint)
            .into_iter()
            .chain(case.convention.map(Point::Convention));
        shown.extend(points.map(|point| (case.call.function, point)));
    }
    let missing: Vec<String> = Function::ALL
        .iter()
        .flat_map(|&function| {
            numbered(function).map(move |(point, words)| (function, point, words))
        })
        .filter(|(function, point, _)| !shown.contains(&(*function, *point)))
        .map(|(function, point, words)| format!("{function} {point}: {words}"))
        .collect();
    let count = missing.len();
    assert!(missing.is_empty(), "{count} without a case\n{}", missing.join("\n"));
}

#[test]
fn a_written_case_is_named_after_what_it_shows() {
    for case in golden().cases.iter().filter(|case| case.is_written()) {
        let convention = case.convention.map(Point::Convention);
        let point = convention.or(case.constraint.map(Point::Constraint)).expect("it is written");
        let name = format!("written/{}/{point}-", case.call.function);
        let number = case.id.strip_prefix(&name).and_then(|number| number.parse::<u32>().ok());
        assert!(number.is_some(), "{} shows {point}", case.id);
        assert_eq!(case.source, "decision", "{}", case.id);
        let file = format!("{}.jsonl", case.call.function);
        assert!(case.file.ends_with(&file), "{} stands in {}", case.id, case.file.display());
    }
}

#[test]
fn what_cases_cannot_say_holds_on_every_engine() {
    for registered in registry::engines() {
        let engine = (registered.start)(&Device::Cpu).expect("an engine of this build starts");
        for (function, point, proof) in proofs() {
            let proven = K::with_engine(engine.clone(), proof);
            if let Err(message) = proven {
                panic!("{}, {function} {point}: {message}", registered.name);
            }
        }
    }
}
