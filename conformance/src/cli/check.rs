//! `touchstone check`: cases on engines, and a verdict.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use touchstone::case::check_call;
use touchstone::generate::{Origin, origins};
use touchstone::golden::{Case, Golden};
use touchstone::runner::{Runner, Shard};
use touchstone_reference::Function;
use touchstone_reports::{
    Colour, Outcome, RunRecord, SkippedFunction, annotations, junit, summary,
};

use super::common::{Engines, Exit, Failure, Functions, GoldenPaths, colour, print, write};

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
    #[command(flatten)]
    functions: Functions,
    /// How many cases are drawn for each function, besides those that were recorded or written
    #[arg(long, default_value_t = 0, value_name = "N")]
    cases: u64,
    /// What cases are drawn from
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
        let functions = self.functions.matching()?;
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
        let drawn: Vec<Origin> = origins(&functions, self.cases)
            .into_iter()
            .filter(|origin| self.shard.is_none_or(|shard| shard.holds(&origin.to_string())))
            .collect();
        if cases.is_empty() && drawn.is_empty() {
            return Err(Failure::Nothing("no case is of these functions, in this shard".into()));
        }
        for case in &cases {
            check_call(case)?;
        }
        let progress = Progress::new(cases.len() + drawn.len());
        let judged = runner.run(&cases, || progress.step());
        let drawn = runner.run_drawn(&drawn, || progress.step());
        progress.finish();
        let mut records: Vec<_> = judged.iter().flat_map(|judged| runner.records(judged)).collect();
        records.extend(drawn.records.iter().cloned());
        let run = RunRecord::new(
            env!("CARGO_PKG_VERSION"),
            self.seed,
            runner.engine_records(),
            self.skipped(&golden, &functions),
            records,
        )
        .with_tallies(drawn.tallies());
        self.report(&run)?;
        Ok(verdict(&run))
    }

    /// What was left out, and why.
    fn skipped(&self, golden: &Golden, functions: &[Function]) -> Vec<SkippedFunction> {
        let present: BTreeSet<Function> =
            golden.cases.iter().map(|case| case.call.function).collect();
        let absent = functions.iter().filter(|function| !present.contains(function));
        absent
            .map(|function| SkippedFunction {
                function: function.name().to_owned(),
                cases: 0,
                reason: "no golden lines of their own".into(),
            })
            .collect()
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
    let compared =
        !run.tallies.is_empty() || run.cases.iter().any(|case| case.outcome != Outcome::Skipped);
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
