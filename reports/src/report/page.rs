//! What a function means, as far as a report shows it.

use serde::Serialize;

/// A function of the API.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Page {
    /// Keras' name.
    pub name: String,
    /// Its family.
    pub family: String,
    /// The call, as Keras writes it.
    pub signature: String,
    /// Paragraphs: a sentence, shapes, semantics.
    pub doc: Vec<String>,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// C1 and so on.
    pub constraints: Vec<String>,
    /// K1 and so on.
    pub conventions: Vec<String>,
    /// One call and what it gives.
    pub example: String,
    /// The same function in Rust.
    pub rust: String,
    /// Where the meaning is from.
    pub source: String,
    /// How engines have it, by the engine's name.
    pub support: Vec<(String, Vec<Supported>)>,
}

/// One parameter.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Parameter {
    /// Keras' name.
    pub name: String,
    /// What it may be.
    pub expected: String,
    /// What it is if left out.
    pub default: Option<String>,
    /// What it does.
    pub doc: String,
}

/// How an engine has a function for some dtypes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Supported {
    /// The dtypes.
    pub dtypes: Vec<String>,
    /// `native`, `emulated` or `unsupported`.
    pub how: String,
    /// How it is emulated, or why it is not there.
    pub note: Option<String>,
}
