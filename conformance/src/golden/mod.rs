//! Golden cases: calls with the answers of the original software.
//!
//! Belongs here: the case format, read strictly and written back. Does not belong here: what a
//! call means, or whether an answer is right.
//!
//! A file holds one case a line. Its set is the name of its folder; the id of a case is
//! `set/id of the line`. Reading never allocates what a file only declares, and never panics.

mod case;
mod error;
mod value;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use case::{
    Call, Case, Disputed, Distribution, EXPRESSION, Expect, Gradient, Random, read_args,
    read_floatx, read_function,
};
pub use error::{GoldenError, Malformed};
pub use value::{MAX_RANK, Value, read, read_tensor, write, write_number, write_tensor};

/// The cases of one or more folders.
#[derive(Clone, Debug, Default)]
pub struct Golden {
    /// In order of set, file and line.
    pub cases: Vec<Arc<Case>>,
}

impl Golden {
    /// Reads every `*.jsonl` in the folders and in the folders directly inside them. A path of a
    /// file reads that file.
    pub fn load(paths: &[PathBuf]) -> Result<Self, GoldenError> {
        let mut golden = Golden::default();
        let mut seen = HashMap::new();
        for path in paths {
            for (set, file) in files(path)? {
                golden.read_file(&set, &file, &mut seen)?;
            }
        }
        Ok(golden)
    }

    /// The case of an id.
    pub fn case(&self, id: &str) -> Option<&Arc<Case>> {
        self.cases.iter().find(|case| case.id == id)
    }

    fn read_file(
        &mut self,
        set: &str,
        file: &Path,
        seen: &mut HashMap<String, usize>,
    ) -> Result<(), GoldenError> {
        let open = fs::File::open(file).map_err(|error| unreadable(file, 0, &error))?;
        let mut reader = BufReader::new(open);
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            let read = reader
                .read_until(b'\n', &mut bytes)
                .map_err(|error| unreadable(file, number, &error))?;
            if read == 0 {
                break;
            }
            let text = std::str::from_utf8(&bytes).map_err(|error| {
                Malformed::new("(line)", format!("not UTF-8: {error}")).at(file, number)
            })?;
            if text.trim().is_empty() {
                continue;
            }
            let case = Case::parse(set, file, number, text)?;
            if let Some(before) = seen.insert(case.id.clone(), number) {
                let message = format!("{} is there already, in line {before}", case.id);
                return Err(Malformed::new("id", message).at(file, number));
            }
            self.cases.push(Arc::new(case));
        }
        Ok(())
    }
}

fn unreadable(file: &Path, line: usize, error: &std::io::Error) -> GoldenError {
    Malformed::new("(file)", error.to_string()).at(file, line)
}

/// The case files of a path, with the set that each belongs to.
fn files(path: &Path) -> Result<Vec<(String, PathBuf)>, GoldenError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, 0, &error))?;
    if metadata.is_file() {
        return Ok(vec![(name_of(path.parent().unwrap_or(path)), path.to_owned())]);
    }
    let mut found: Vec<_> =
        case_files(path)?.into_iter().map(|file| (name_of(path), file)).collect();
    for folder in entries(path)?.into_iter().filter(|entry| entry.is_dir()) {
        found.extend(case_files(&folder)?.into_iter().map(|file| (name_of(&folder), file)));
    }
    Ok(found)
}

/// A folder's own name, also for `.` and `..`.
fn name_of(folder: &Path) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    name(folder)
        .or_else(|| fs::canonicalize(folder).ok().as_deref().and_then(name))
        .unwrap_or_else(|| "golden".into())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, GoldenError> {
    let mut paths = fs::read_dir(folder)
        .and_then(|all| {
            all.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        })
        .map_err(|error| unreadable(folder, 0, &error))?;
    paths.sort();
    Ok(paths)
}

fn case_files(folder: &Path) -> Result<Vec<PathBuf>, GoldenError> {
    let is_case_file =
        |path: &PathBuf| path.extension().is_some_and(|e| e == "jsonl") && path.is_file();
    Ok(entries(folder)?.into_iter().filter(is_case_file).collect())
}

#[cfg(test)]
mod tests;
