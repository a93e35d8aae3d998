//! The first page: what holds for all functions, and the functions by family.

use std::fmt::Write as _;
use std::sync::Arc;

use touchstone_reference::engine::Engine;
use touchstone_reference::error::GENERAL_CONSTRAINTS;
use touchstone_reference::{DType, Function};

use super::{destinations, escaped, families, family};
use crate::cli::words::{paragraphs, word};

/// The dtype of which the index tells how the engines have a function.
const USUAL: DType = DType::Float32;

pub(super) fn index(engines: &[Arc<dyn Engine>]) -> String {
    // Writing to a String cannot fail.
    let mut text = "The functions of the Keras backend API, and what each one means: one page a \
         function, written by `cargo touchstone book` from the table that the reference, the \
         judge and the engines are made of.\n\n## Constraints of all functions\n\n"
        .to_owned();
    for (i, constraint) in GENERAL_CONSTRAINTS.iter().enumerate() {
        let _ = writeln!(text, "- **G{}** {}", i + 1, escaped(constraint));
    }
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    for name in families() {
        let _ = writeln!(text, "\n## {}\n", name.replace('_', " "));
        let _ = writeln!(text, "| function | | {} |", names.join(" | "));
        let _ = writeln!(text, "|---|---|{}", "---|".repeat(names.len()));
        for function in family(name) {
            let support: Vec<&str> =
                engines.iter().map(|engine| word(&engine.support(function, USUAL)).0).collect();
            let _ = writeln!(
                text,
                "| [{function}] | {} | {} |",
                sentence(function),
                support.join(" | ")
            );
        }
    }
    let _ = writeln!(text, "\nHow an engine has a function is told here for {USUAL}.\n");
    text.push_str(&destinations(Function::ALL));
    text
}

/// The first sentence on a function, fit for a cell of a table.
fn sentence(function: Function) -> String {
    let doc = paragraphs(function.entry().doc).replace('\n', " ");
    let end = doc.find(". ").map_or(doc.len(), |at| at + 1);
    doc[..end].replace('|', "\\|")
}
