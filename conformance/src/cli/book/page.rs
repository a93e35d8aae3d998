//! The page of one function.

use std::fmt::Write as _;
use std::sync::Arc;

use touchstone_reference::Function;
use touchstone_reference::engine::Engine;

use super::{INDEX, destinations, escaped, family, form};
use crate::cli::words::{defaults, names, paragraphs, signature, support, undefined, word};

pub(super) fn page(function: Function, engines: &[Arc<dyn Engine>]) -> String {
    let entry = function.entry();
    let doc = paragraphs(entry.doc);
    let (first, rest) = doc.split_once("\n\n").unwrap_or((&doc, ""));
    // The first paragraph stands first: rustdoc shows it in the list of pages. Writing to a String
    // cannot fail.
    let mut text = format!("{first}\n\n```python\n{}\n```\n", signature(function));
    if !rest.is_empty() {
        let _ = writeln!(text, "\n{rest}");
    }
    parameters(&mut text, function);
    labelled(&mut text, "Constraints", "C", entry.constraints);
    labelled(&mut text, "Conventions", "K", entry.conventions);
    let _ = writeln!(text, "\n## Example\n\n```text\n{}\n```", entry.example);
    let _ = writeln!(text, "\n## In Rust\n\n```rust,no_run\n{}```", form::form(function));
    state(&mut text, function, engines);
    let _ = writeln!(text, "\n## Source\n\n{}.", escaped(entry.source.trim_end_matches('.')));
    neighbours(&mut text, function);
    text
}

fn parameters(text: &mut String, function: Function) {
    let parameters = (function.entry().parameters)();
    if parameters.is_empty() {
        return;
    }
    text.push_str("\n## Parameters\n\n");
    for (parameter, default) in parameters.iter().zip(defaults(function)) {
        let default = default.map(|default| format!(", `{default}` by default"));
        let _ = writeln!(
            text,
            "- `{}`: {}{}. {}",
            parameter.name,
            escaped(parameter.expected),
            default.unwrap_or_default(),
            parameter.doc.trim(),
        );
    }
}

fn labelled(text: &mut String, heading: &str, letter: &str, lines: &[&str]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## {heading}\n");
    for (i, line) in lines.iter().enumerate() {
        let _ = writeln!(text, "- **{letter}{}** {}", i + 1, escaped(line));
    }
}

/// How each engine has the function, with the notes below the table.
fn state(text: &mut String, function: Function, engines: &[Arc<dyn Engine>]) {
    let columns: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    text.push_str("\n## Engines\n");
    let _ = writeln!(text, "\n| dtype | {} |", columns.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(columns.len()));
    let mut notes: Vec<String> = Vec::new();
    for alike in support(function, engines) {
        let _ = write!(text, "| {} |", names(&alike.dtypes));
        for support in &alike.support {
            let _ = match word(support) {
                (how, Some(note)) => {
                    let known = notes.iter().position(|known| known == note);
                    let at = known.unwrap_or_else(|| {
                        notes.push(note.to_owned());
                        notes.len() - 1
                    });
                    write!(text, " {how}[^{}] |", at + 1)
                }
                (how, None) => write!(text, " {how} |"),
            };
        }
        text.push('\n');
    }
    if let Some(dtypes) = undefined(function) {
        let _ = writeln!(text, "\nNot defined for {dtypes} (G4).");
    }
    text.push('\n');
    for (i, note) in notes.iter().enumerate() {
        let _ = writeln!(text, "[^{}]: {}", i + 1, escaped(note));
    }
}

/// Links to the rest of the family and to the index.
fn neighbours(text: &mut String, function: Function) {
    let family = family(function.family());
    let others: Vec<String> = family
        .iter()
        .filter(|other| **other != function)
        .map(|other| format!("[{other}]"))
        .collect();
    let _ = write!(text, "\nFamily {}", function.family().replace('_', " "));
    if !others.is_empty() {
        let _ = write!(text, ", with {}", others.join(", "));
    }
    let _ = writeln!(text, "; [all functions].\n\n[all functions]: {INDEX}");
    text.push_str(&destinations(&family));
}
