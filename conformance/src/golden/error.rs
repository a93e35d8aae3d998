//! What can be wrong with a case file.

use std::path::PathBuf;

/// A malformed case: where it stands and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {field}: {message}", file.display())]
pub struct GoldenError {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// The field: `args.x.data[3]`.
    pub field: String,
    /// What was found and what is allowed.
    pub message: String,
}

/// What is wrong with one value, before it is known where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The field: `args.x.data[3]`.
    pub field: String,
    /// What was found and what is allowed.
    pub message: String,
}

impl Malformed {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Malformed { field: field.into(), message: message.into() }
    }

    /// The error at a place in a file.
    pub(crate) fn at(self, file: impl Into<PathBuf>, line: usize) -> GoldenError {
        GoldenError { file: file.into(), line, field: self.field, message: self.message }
    }
}
