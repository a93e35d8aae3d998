//! Which planted faults a suite noticed.

use serde::{Deserialize, Serialize};

/// One planted fault, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutantRecord {
    /// Its name.
    pub name: String,
    /// The function that it spoils.
    pub function: String,
    /// `semantic`, `numerical`, `contract` or `gradient`.
    pub kind: String,
    /// Whether a case noticed it.
    pub killed: bool,
    /// Cases that did.
    pub by: Vec<String>,
    /// Whether the first of them is a case of the function.
    pub named_right: bool,
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutantMatrix {
    /// The faults.
    pub mutants: Vec<MutantRecord>,
    /// What cases were drawn from.
    pub seed: u64,
}
