//! The suite as tests: one an engine, function and aspect, for every engine of this build.
//!
//! What a function's cases come to on an engine is computed once and shared by its aspects.

#![allow(clippy::print_stderr, reason = "a test run says which engines it leaves out")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use touchstone::golden::{Case, Golden};
use touchstone::judge::{Aspect, aspects};
use touchstone::registry::{self, Device};
use touchstone::runner::Runner;
use touchstone_reference::Function;
use touchstone_reference::engine::Engine;
use touchstone_reports::{CaseRecord, Outcome, failure_text};

/// What a function's cases came to on an engine.
type Records = Arc<Vec<CaseRecord>>;

/// The records of every function on one engine, each computed when it is first asked for.
struct OnEngine {
    engine: Arc<dyn Engine>,
    cases: Arc<BTreeMap<Function, Vec<Arc<Case>>>>,
    aspects: Arc<BTreeMap<Function, BTreeSet<Aspect>>>,
    records: Mutex<BTreeMap<Function, Arc<OnceLock<Records>>>>,
}

impl OnEngine {
    fn records(&self, function: Function) -> Records {
        let cell = {
            let mut all = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(function).or_default().clone()
        };
        cell.get_or_init(|| {
            let runner = Runner::new(vec![self.engine.clone()]);
            let judged = runner.run(&self.cases[&function], || {});
            Arc::new(judged.iter().flat_map(|judged| runner.records(judged)).collect())
        })
        .clone()
    }

    fn check(&self, function: Function, aspect: Aspect) -> Result<(), Failed> {
        let records = self.records(function);
        // What only a decision asks for, a refusal where one was not recorded, has no test of its
        // own: it is told with the values.
        let has_a_test = |name: &str| self.aspects[&function].iter().any(|a| a.name() == name);
        let concerns = |record: &&CaseRecord| {
            record.aspect == aspect.name()
                || (aspect == Aspect::Value && !has_a_test(&record.aspect))
        };
        let failures: Vec<String> = records
            .iter()
            .filter(concerns)
            .filter(|record| record.outcome.is_failure())
            .map(|record| format!("{}: {}: {}", record.case, record.outcome, failure_text(record)))
            .collect();
        if !failures.is_empty() {
            return Err(format!("{} cases fail\n{}", failures.len(), failures.join("\n")).into());
        }
        let looked_at = records.iter().filter(concerns).any(|r| r.outcome != Outcome::Vacuous);
        if looked_at { Ok(()) } else { Err("nothing was compared".into()) }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    for (engine, how) in registry::missing() {
        eprintln!("note: {engine} is not among the engines under test: {how}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let golden = Golden::load(&[folder]).expect("the project's own cases are well-formed");
    let mut cases: BTreeMap<Function, Vec<Arc<Case>>> = BTreeMap::new();
    let mut aspects_of: BTreeMap<Function, BTreeSet<Aspect>> = BTreeMap::new();
    for case in golden.cases {
        let function = case.call.function;
        // Which aspects a disputed line has depends on the decision.
        if case.disputed.is_none() {
            aspects_of.entry(function).or_default().extend(aspects(&case));
        }
        cases.entry(function).or_default().push(case);
    }
    let cases = Arc::new(cases);
    let aspects_of = Arc::new(aspects_of);
    let mut trials = Vec::new();
    for registered in registry::engines() {
        let engine = (registered.start)(&Device::Cpu).expect("an engine of this build starts");
        let on_engine = Arc::new(OnEngine {
            engine,
            cases: cases.clone(),
            aspects: aspects_of.clone(),
            records: Mutex::default(),
        });
        for (&function, aspects) in aspects_of.iter() {
            for &aspect in aspects {
                let on_engine = on_engine.clone();
                let name = format!("{}::{function}::{aspect}", registered.name);
                trials.push(Trial::test(name, move || on_engine.check(function, aspect)));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
