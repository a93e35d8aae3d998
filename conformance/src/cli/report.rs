//! `touchstone report`: what runs found, as a page to look at and as text for other programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use touchstone::registry::{self, Device};
use touchstone_reference::Function;
use touchstone_reference::engine::Engine;
use touchstone_reports::{
    Model, MutantMatrix, Page, Parameter, Performance, RunRecord, Sources, Supported, badge, html,
    json_lines, junit, markdown,
};

use super::book::form;
use super::common::{Exit, Failure, print, write};
use super::words::{defaults, paragraphs, signature, support, word};

/// Write a report on runs: a page that works offline, Markdown, JUnit XML, JSON Lines and badges
///
/// Runs are what `touchstone check --format json` writes, oldest first; the last run of an engine
/// on a device is shown in full, the others are its history.
#[derive(Args, Debug)]
pub(super) struct Report {
    /// Run records
    #[arg(required = true, value_name = "RUN.json")]
    runs: Vec<PathBuf>,
    /// The folder in which the report is written
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How fast functions are: what `cargo xtask performance` writes
    #[arg(long, value_name = "FILE")]
    performance: Option<PathBuf>,
    /// Which planted faults were noticed: what `touchstone mutants --format json` writes
    #[arg(long, value_name = "FILE")]
    mutants: Option<PathBuf>,
    /// What was found wrong in libraries, as Markdown
    #[arg(long, value_name = "FILE")]
    findings: Option<PathBuf>,
    /// A command that made one of these, to be shown; may be given several times
    #[arg(long = "made-by", value_name = "COMMAND")]
    commands: Vec<String>,
}

impl Report {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let sources = Sources {
            runs: self.runs.iter().map(|path| run(path)).collect::<Result<_, _>>()?,
            pages: pages()?,
            performance: parsed::<Performance>(self.performance.as_deref())?,
            mutants: parsed::<MutantMatrix>(self.mutants.as_deref())?,
            findings: self.findings.as_deref().map(read).transpose()?,
            commands: self.commands.clone(),
        };
        let failed = |source| Failure::Output { path: self.out.clone(), source };
        fs::create_dir_all(&self.out).map_err(failed)?;
        let model = Model::new(&sources);
        let mut files = vec![
            ("report.html".to_owned(), html(&model, &sources)?),
            ("report.md".to_owned(), markdown(&model)),
            ("cases.jsonl".to_owned(), json_lines(sources.runs.iter().map(|(_, run)| run))?),
        ];
        if let Some((_, last)) = sources.runs.last() {
            files.push(("junit.xml".to_owned(), junit(last)));
        }
        for column in &model.columns {
            let name = format!("{}-{}", column.engine.name, column.engine.device.replace(':', "-"));
            files.push((format!("{}.svg", file_name(&name)), badge(column)));
        }
        let mut said = String::new();
        for (name, text) in files {
            let path = self.out.join(name);
            write(&path, &text)?;
            said.push_str(&format!("{}\n", path.display()));
        }
        print(&said)?;
        Ok(Exit::Fine)
    }
}

/// A name that is safe for a file, whatever an engine calls itself.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    name.chars().map(safe).collect()
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_json::from_str(&read(path)?)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn parsed<T: serde::de::DeserializeOwned>(path: Option<&Path>) -> Result<Option<T>, Failure> {
    path.map(parse).transpose()
}

/// A run record by the name of its file.
pub(super) fn run(path: &Path) -> Result<(String, RunRecord), Failure> {
    let label = path.file_stem().map_or_else(String::new, |stem| stem.display().to_string());
    let run = RunRecord::from_json(&read(path)?)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok((label, run))
}

fn pages() -> Result<Vec<Page>, Failure> {
    let mut engines = Vec::new();
    for registered in registry::engines() {
        engines.push((registered.start)(&Device::Cpu).map_err(Failure::Engine)?);
    }
    Ok(Function::ALL.iter().map(|function| page(*function, &engines)).collect())
}

fn page(function: Function, engines: &[Arc<dyn Engine>]) -> Page {
    let entry = function.entry();
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let paragraphs = paragraphs(entry.doc);
    let parameters = (entry.parameters)();
    Page {
        name: function.name().to_owned(),
        family: function.family().to_owned(),
        signature: signature(function),
        doc: paragraphs.split("\n\n").map(|text| text.replace('\n', " ")).collect(),
        parameters: parameters
            .iter()
            .zip(defaults(function))
            .map(|(parameter, default)| Parameter {
                name: parameter.name.to_owned(),
                expected: parameter.expected.to_owned(),
                default,
                doc: parameter.doc.trim().to_owned(),
            })
            .collect(),
        constraints: owned(entry.constraints),
        conventions: owned(entry.conventions),
        example: entry.example.to_owned(),
        rust: form(function),
        source: entry.source.to_owned(),
        support: engines.iter().map(|engine| supported(function, engine)).collect(),
    }
}

/// How an engine has a function, dtypes that are alike together.
fn supported(function: Function, engine: &Arc<dyn Engine>) -> (String, Vec<Supported>) {
    let alike = support(function, std::slice::from_ref(engine));
    let supported = alike.iter().flat_map(|alike| {
        alike.support.iter().map(|support| {
            let (how, note) = word(support);
            Supported {
                dtypes: alike.dtypes.iter().map(|dtype| dtype.name().to_owned()).collect(),
                how: how.to_owned(),
                note: note.map(ToOwned::to_owned),
            }
        })
    });
    (engine.name().to_owned(), supported.collect())
}
