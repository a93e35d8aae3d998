//! The report as Markdown, short enough for the summary of a job.

use std::fmt::Write as _;

use super::model::{Cell, Failure, FunctionModel, Model};
use crate::record::Outcome;

/// How many failures are told in full.
const TOLD: usize = 20;

/// The report as Markdown.
pub fn markdown(model: &Model) -> String {
    let mut text = String::from("# Touchstone\n\n");
    verdicts(&mut text, model);
    failures(&mut text, model);
    families(&mut text, model);
    if !model.commands.is_empty() {
        text.push_str("\nWritten by:\n\n");
        for command in &model.commands {
            let _ = writeln!(text, "- `{command}`");
        }
    }
    text
}

fn count(cell: &Cell, outcome: Outcome) -> usize {
    cell.counts.get(&outcome).copied().unwrap_or(0)
}

fn failed(cell: &Cell) -> usize {
    cell.counts.iter().filter(|(outcome, _)| outcome.is_failure()).map(|(_, n)| n).sum()
}

fn verdicts(text: &mut String, model: &Model) {
    text.push_str("| engine | device | verdict | pass | fail | vacuous | skipped |\n");
    text.push_str("|---|---|---|--:|--:|--:|--:|\n");
    for column in &model.columns {
        let count = |outcome| column.counts.get(&outcome).copied().unwrap_or(0);
        let failed: usize =
            column.counts.iter().filter(|(outcome, _)| outcome.is_failure()).map(|(_, n)| n).sum();
        let verdict = match column.verdict {
            "conforms" => "✅ conforms",
            "vacuous" => "⚠️ proves too little",
            _ => "❌ does not conform",
        };
        let _ = writeln!(
            text,
            "| {} {} | {} | {verdict} | {} | {failed} | {} | {} |",
            column.engine.name,
            column.engine.version,
            column.engine.device,
            count(Outcome::Pass),
            count(Outcome::Vacuous),
            count(Outcome::Skipped),
        );
    }
    let _ = writeln!(text, "\nSeed {}, version {}.", model.seed, model.version);
}

fn failures(text: &mut String, model: &Model) {
    if model.failures.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## {} failures\n", model.failures.len());
    for Failure { case, .. } in model.failures.iter().take(TOLD) {
        let _ = writeln!(
            text,
            "<details><summary><b>{}</b> {}, {}: {} in <code>{}</code></summary>\n\n```text\n{}\n{}\n```\n\n</details>\n",
            case.engine,
            case.function,
            case.aspect,
            case.outcome,
            case.case,
            case.message.as_deref().unwrap_or_default().replace("```", "'''"),
            case.replay,
        );
    }
    if model.failures.len() > TOLD {
        let _ = writeln!(text, "and {} more.", model.failures.len() - TOLD);
    }
}

/// Families rather than functions: a summary that is read, not searched.
fn families(text: &mut String, model: &Model) {
    let mut families: Vec<(&str, Vec<&FunctionModel>)> = Vec::new();
    for function in &model.functions {
        match families.iter_mut().find(|(name, _)| *name == function.page.family) {
            Some((_, functions)) => functions.push(function),
            None => families.push((&function.page.family, vec![function])),
        }
    }
    text.push_str("\n| family | functions |");
    for column in &model.columns {
        let _ = write!(text, " {} on {} |", column.engine.name, column.engine.device);
    }
    text.push_str("\n|---|--:|");
    text.push_str(&"--:|".repeat(model.columns.len()));
    text.push('\n');
    for (name, functions) in families {
        let _ = write!(text, "| {name} | {} |", functions.len());
        for position in 0..model.columns.len() {
            let cells = || functions.iter().map(|function| &function.cells[position]);
            let passed: usize = cells().map(|cell| count(cell, Outcome::Pass)).sum();
            let failed: usize = cells().map(failed).sum();
            let _ = match failed {
                0 => write!(text, " {passed} |"),
                _ => write!(text, " {passed}, **{failed} fail** |"),
            };
        }
        text.push('\n');
    }
}
