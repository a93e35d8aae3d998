//! `touchstone check`: cases on engines, and a verdict.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use touchstone::case::check_call;
use touchstone::golden::{Case, FUTURE, Golden};
use touchstone::runner::{Runner, Shard};
use touchstone_reference::Function;
use touchstone_reports::{
    Colour, Outcome, RunRecord, SkippedFunction, annotations, junit, summary,
};

use super::common::{Engines, Exit, Failure, GoldenPaths, colour, print, write};
use touchstone::glob::Glob;

/// In what form results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, and every failure
    Human,
    /// The whole run record
    Json,
    /// JUnit XML
    Junit,
    /// Annotations for GitHub's log
    Github,
}

/// Hold engines against the specification
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    engines: Engines,
    #[command(flatten)]
    golden: GoldenPaths,
    /// Only functions that match, with * and ?; may be given several times
    #[arg(long = "function", value_name = "GLOB")]
    functions: Vec<Glob>,
    /// What random draws are made from
    #[arg(long, default_value_t = 0, value_name = "S")]
    seed: u64,
    /// Only one part of the cases, the same part in every run
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// In what form the result is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Where the result is written, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let functions = self.matching()?;
        let engines = self.engines.start()?;
        let golden = self.golden.load()?;
        let mut runner = Runner::new(engines);
        runner.seed = self.seed;
        runner.replay_options = self.golden.options();
        let cases: Vec<Arc<Case>> = golden
            .cases
            .iter()
            .filter(|case| functions.contains(&case.call.function))
            .filter(|case| self.shard.is_none_or(|shard| shard.holds(&case.id)))
            .cloned()
            .collect();
        if cases.is_empty() {
            return Err(Failure::Nothing("no case is of these functions, in this shard".into()));
        }
        for case in &cases {
            check_call(case)?;
        }
        let progress = Progress::new(cases.len());
        let judged = runner.run(&cases, || progress.step());
        progress.finish();
        let records = judged.iter().flat_map(|judged| runner.records(judged)).collect();
        let run = RunRecord::new(
            env!("CARGO_PKG_VERSION"),
            self.seed,
            runner.engine_records(),
            self.skipped(&golden, &functions),
            records,
        );
        self.report(&run)?;
        Ok(verdict(&run))
    }

    /// The functions of the table that are asked for.
    fn matching(&self) -> Result<BTreeSet<Function>, Failure> {
        if self.functions.is_empty() {
            return Ok(Function::ALL.iter().copied().collect());
        }
        let mut all = BTreeSet::new();
        for glob in &self.functions {
            let matching: Vec<Function> =
                Function::ALL.iter().copied().filter(|f| glob.matches(f.name())).collect();
            if matching.is_empty() {
                let future = FUTURE.iter().any(|name| glob.matches(name));
                let hint = if future { "; what matches is not in the table yet" } else { "" };
                return Err(Failure::Usage(format!(
                    "no function of the table matches {glob}{hint}"
                )));
            }
            all.extend(matching);
        }
        Ok(all)
    }

    /// What was left out, and why.
    fn skipped(&self, golden: &Golden, functions: &BTreeSet<Function>) -> Vec<SkippedFunction> {
        let asked_for = |name: &str| {
            self.functions.is_empty() || self.functions.iter().any(|glob| glob.matches(name))
        };
        let future =
            golden.future.iter().filter(|(name, _)| asked_for(name)).map(|(name, cases)| {
                SkippedFunction {
                    function: (*name).to_owned(),
                    cases: *cases,
                    reason: "not in the table yet".into(),
                }
            });
        let present: BTreeSet<Function> =
            golden.cases.iter().map(|case| case.call.function).collect();
        let absent = functions.difference(&present).map(|function| SkippedFunction {
            function: function.name().to_owned(),
            cases: 0,
            reason: "in the table, but without golden lines of their own".into(),
        });
        future.chain(absent).collect()
    }

    fn report(&self, run: &RunRecord) -> Result<(), Failure> {
        let colour = if self.out.is_some() { Colour::Plain } else { colour() };
        let text = match self.format {
            Format::Human => summary(run, colour),
            Format::Json => run.to_json()?,
            Format::Junit => junit(run),
            Format::Github => annotations(run),
        };
        let Some(path) = &self.out else { return print(&text) };
        write(path, &text)?;
        eprintln!("written to {}", path.display());
        if self.format == Format::Human {
            return Ok(());
        }
        print(&summary(run, self::colour()))
    }
}

fn verdict(run: &RunRecord) -> Exit {
    let compared = run.cases.iter().any(|case| case.outcome != Outcome::Skipped);
    if run.cases.iter().any(|case| case.outcome == Outcome::Lost) {
        Exit::Engine
    } else if run.failures().next().is_some()
        || run.engines.iter().any(|engine| run.too_vacuous(&engine.name))
    {
        Exit::NotConformant
    } else if compared {
        Exit::Fine
    } else {
        Exit::Nothing
    }
}

/// A bar on a terminal, a line now and then elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    done: AtomicUsize,
    total: usize,
}

impl Progress {
    fn new(total: usize) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64);
            if let Ok(style) =
                ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {eta} left")
            {
                bar.set_style(style);
            }
            bar
        });
        Progress { bar, done: AtomicUsize::new(0), total }
    }

    fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None if done.is_multiple_of((self.total / 4).max(500)) => {
                eprintln!("{done} of {} cases", self.total);
            }
            None => {}
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
