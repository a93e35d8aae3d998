//! `touchstone book`: the specification as pages, from the table and the engines.

mod form;
pub(super) use form::form;
mod index;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use touchstone::registry::{self, Device};
use touchstone_reference::Function;

use super::common::{Exit, Failure, print, write};

/// Write the specification: one page a function, from the table and the engines
///
/// A page has the signature, parameters, constraints, conventions, an example and how each engine
/// has the function, so a build with every engine must write it.
#[derive(Args, Debug)]
pub(super) struct Book {
    /// Where the pages are; the project's own by default
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write nothing; exit with 1 unless the pages there are up to date
    #[arg(long)]
    check: bool,
}

/// The index by family, under the name that shows it with the folder.
const INDEX: &str = "README.md";

/// The page of a function.
fn file(function: Function) -> String {
    format!("{function}.md")
}

impl Book {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let pages = pages()?;
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/specification");
        let folder = self.out.as_ref().unwrap_or(&own);
        if self.check {
            return self.compare(folder, &pages);
        }
        let failed = |source| Failure::Output { path: folder.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        for (name, text) in &pages {
            write(&folder.join(name), text)?;
        }
        Ok(Exit::Fine)
    }

    /// Tells which pages in a folder are not what they should be.
    fn compare(&self, folder: &Path, pages: &BTreeMap<String, String>) -> Result<Exit, Failure> {
        let mut wrong = Vec::new();
        for (name, text) in pages {
            match fs::read_to_string(folder.join(name)) {
                Ok(found) if found == *text => {}
                Ok(_) => wrong.push(format!("{name} is out of date")),
                Err(_) => wrong.push(format!("{name} is missing")),
            }
        }
        for name in pages_in(folder) {
            if !pages.contains_key(&name) {
                wrong.push(format!("{name} is no page of the table: remove it"));
            }
        }
        if wrong.is_empty() {
            return Ok(Exit::Fine);
        }
        let out = self.out.as_ref().map(|out| format!(" --out {}", out.display()));
        print(&format!(
            "{}\nwrite the pages again with: cargo touchstone book{}\n",
            wrong.join("\n"),
            out.unwrap_or_default()
        ))?;
        Ok(Exit::NotConformant)
    }
}

/// The names of the pages that are in a folder.
fn pages_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    names
}

/// Every page by the name of its file.
fn pages() -> Result<BTreeMap<String, String>, Failure> {
    if let Some((name, how)) = registry::missing().first() {
        return Err(Failure::Lacking { engine: (*name).to_owned(), how: (*how).to_owned() });
    }
    let mut engines = Vec::new();
    for registered in registry::engines() {
        engines.push((registered.start)(&Device::Cpu).map_err(Failure::Engine)?);
    }
    let mut pages: BTreeMap<String, String> = Function::ALL
        .iter()
        .map(|function| (file(*function), page::page(*function, &engines)))
        .collect();
    pages.insert(INDEX.to_owned(), index::index(&engines));
    Ok(pages)
}

/// The functions of a family, in the order of the table.
fn family(name: &str) -> Vec<Function> {
    Function::ALL.iter().copied().filter(|function| function.family() == name).collect()
}

/// The families, in the order of the table.
fn families() -> Vec<&'static str> {
    let mut families = Vec::new();
    for function in Function::ALL {
        if !families.contains(&function.family()) {
            families.push(function.family());
        }
    }
    families
}

/// What the links of a page lead to. In rustdoc, the same names lead to modules: there they are
/// defined before the page begins, and the first definition counts.
fn destinations(functions: &[Function]) -> String {
    functions.iter().map(|function| format!("[{function}]: {}\n", file(*function))).collect()
}

/// Words that are no Markdown, as Markdown; what stands between backticks stays.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let mut code = false;
    for c in text.chars() {
        code ^= c == '`';
        if !code && "*[]<>|\\".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
