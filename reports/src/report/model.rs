//! What a report shows, counted out of records: the data that the page carries.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Page, Sources};
use crate::mutants::MutantMatrix;
use crate::performance::{Performance, Timed};
use crate::record::{CLASSES, CaseRecord, EngineRecord, Outcome, RunRecord, Spread};

/// Everything that a report shows.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    /// The version of the suite.
    pub version: String,
    /// What random draws of the last run were made from.
    pub seed: u64,
    /// The commands that made the report's parts.
    pub commands: Vec<String>,
    /// The limits of the classes in which fractions of bounds are counted.
    pub classes: [f64; CLASSES.len()],
    /// The engines, each on a device.
    pub columns: Vec<Column>,
    /// The functions, in the order of the table.
    pub functions: Vec<FunctionModel>,
    /// Everything that does not conform.
    pub failures: Vec<Failure>,
    /// The machine on which functions were timed, and with what command.
    pub timed: Option<(String, String)>,
    /// Which planted faults were noticed.
    pub mutants: Option<MutantMatrix>,
    /// Every run, oldest first.
    pub history: Vec<Past>,
}

/// An engine on a device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// The engine.
    #[serde(flatten)]
    pub engine: EngineRecord,
    /// The run that is shown.
    pub run: String,
    /// `conforms`, `fails` or `vacuous`.
    pub verdict: &'static str,
    /// How many records have each outcome.
    pub counts: BTreeMap<Outcome, usize>,
}

/// A function: what it means, and what each engine made of it.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionModel {
    /// What it means.
    #[serde(flatten)]
    pub page: Page,
    /// By column.
    pub cells: Vec<Cell>,
    /// How fast it is.
    pub speed: Vec<Timed>,
}

/// What one engine made of one function.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cell {
    /// How many aspects of cases have each outcome.
    pub counts: BTreeMap<Outcome, usize>,
    /// The largest fraction of a bound that was used.
    pub used: Option<f64>,
    /// What passed and how, by aspect.
    pub aspects: BTreeMap<String, AspectModel>,
    /// How many refusals that passed cite each constraint.
    pub refusals: BTreeMap<String, usize>,
}

/// One aspect of a function on an engine.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AspectModel {
    /// What did not pass.
    pub failed: usize,
    /// What passed.
    pub spread: Spread,
}

/// Something that does not conform.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Which column.
    pub column: usize,
    /// The record.
    #[serde(flatten)]
    pub case: CaseRecord,
}

/// A run, as history remembers it.
#[derive(Clone, Debug, Serialize)]
pub struct Past {
    /// Its label.
    pub label: String,
    /// By engine and device.
    pub engines: Vec<Column>,
}

impl Cell {
    fn add(&mut self, case: &CaseRecord) {
        *self.counts.entry(case.outcome).or_default() += 1;
        let aspect = self.aspects.entry(case.aspect.clone()).or_default();
        if case.outcome == Outcome::Pass {
            aspect.spread.add(case.used);
            if let Some(constraint) = &case.constraint {
                *self.refusals.entry(constraint.clone()).or_default() += 1;
            }
        } else if case.outcome.is_failure() {
            aspect.failed += 1;
        }
        self.use_up(case.used);
    }

    fn add_tally(&mut self, aspect: &str, spread: &Spread) {
        *self.counts.entry(Outcome::Pass).or_default() += spread.passed;
        self.aspects.entry(aspect.to_owned()).or_default().spread.merge(spread);
        self.use_up(spread.max);
    }

    fn use_up(&mut self, used: Option<f64>) {
        self.used = self.used.into_iter().chain(used).reduce(f64::max);
    }
}

fn column(label: &str, run: &RunRecord, engine: &EngineRecord) -> Column {
    let failed = run.failures().any(|case| case.engine == engine.name);
    let verdict = if failed {
        "fails"
    } else if run.too_vacuous(&engine.name) {
        "vacuous"
    } else {
        "conforms"
    };
    Column {
        engine: engine.clone(),
        run: label.to_owned(),
        verdict,
        counts: run.totals.get(&engine.name).cloned().unwrap_or_default(),
    }
}

/// The last run of each engine on each device, in the order in which engines appear first.
fn latest(runs: &[(String, RunRecord)]) -> Vec<(Column, &RunRecord)> {
    let mut columns: Vec<(Column, &RunRecord)> = Vec::new();
    for (label, run) in runs {
        for engine in &run.engines {
            let new = (column(label, run, engine), run);
            let same = |(old, _): &&mut (Column, &RunRecord)| {
                old.engine.name == engine.name && old.engine.device == engine.device
            };
            match columns.iter_mut().find(same) {
                Some(old) => *old = new,
                None => columns.push(new),
            }
        }
    }
    columns
}

/// The function of a row of times, which may name one of its ways after a comma.
fn timed_function(row: &Timed) -> &str {
    row.function.split(',').next().unwrap_or(&row.function).trim()
}

impl Model {
    /// Counts what is to be shown.
    pub fn new(sources: &Sources) -> Model {
        let latest = latest(&sources.runs);
        let mut cells: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
        let mut failures = Vec::new();
        let blank = || vec![Cell::default(); latest.len()];
        for (position, (shown, run)) in latest.iter().enumerate() {
            let own = |name: &str| name == shown.engine.name;
            for case in run.cases.iter().filter(|case| own(&case.engine)) {
                cells.entry(&case.function).or_insert_with(blank)[position].add(case);
                if case.outcome.is_failure() {
                    failures.push(Failure { column: position, case: case.clone() });
                }
            }
            for tally in run.tallies.iter().filter(|tally| own(&tally.engine)) {
                let row = cells.entry(&tally.function).or_insert_with(blank);
                row[position].add_tally(&tally.aspect, &tally.spread);
            }
        }
        let rows = sources.performance.iter().flat_map(|performance| &performance.rows);
        let rows: Vec<&Timed> = rows.collect();
        let unknown = cells.keys().filter(|name| sources.pages.iter().all(|p| p.name != **name));
        let unknown = unknown.map(|name| Page { name: (*name).to_owned(), ..Page::default() });
        let pages: Vec<Page> = sources.pages.iter().cloned().chain(unknown).collect();
        let mut functions: Vec<FunctionModel> = pages
            .into_iter()
            .map(|page| FunctionModel {
                cells: cells.get(page.name.as_str()).cloned().unwrap_or_else(blank),
                speed: rows
                    .iter()
                    .filter(|row| timed_function(row) == page.name)
                    .map(|row| (*row).clone())
                    .collect(),
                page,
            })
            .collect();
        // A family together, where its first function stands in the table.
        let families: Vec<String> = functions.iter().map(|f| f.page.family.clone()).collect();
        functions.sort_by_key(|f| families.iter().position(|family| *family == f.page.family));
        let last = sources.runs.last().map(|(_, run)| run);
        Model {
            version: last.map_or_else(String::new, |run| run.version.clone()),
            seed: last.map_or(0, |run| run.seed),
            commands: sources.commands.clone(),
            classes: CLASSES,
            functions,
            failures,
            timed: sources.performance.as_ref().map(about),
            mutants: sources.mutants.clone(),
            history: history(&sources.runs),
            columns: latest.into_iter().map(|(column, _)| column).collect(),
        }
    }
}

fn about(performance: &Performance) -> (String, String) {
    (performance.machine.clone(), performance.command.clone())
}

fn history(runs: &[(String, RunRecord)]) -> Vec<Past> {
    let past = |(label, run): &(String, RunRecord)| Past {
        label: label.clone(),
        engines: run.engines.iter().map(|engine| column(label, run, engine)).collect(),
    };
    runs.iter().map(past).collect()
}
