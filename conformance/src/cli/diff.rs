//! `touchstone diff`: what changed between two runs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use touchstone_reports::RunDifference;

use super::common::{Exit, Failure, colour, print};
use super::report::run;

/// In what form the difference is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading
    Human,
    /// For programs
    Json,
}

/// Say what changed between two runs: added, removed, changed, unchanged
///
/// Ends with 1 if something that passed before does not any more.
#[derive(Args, Debug)]
pub(super) struct Diff {
    /// The run before
    #[arg(value_name = "OLD.json")]
    old: PathBuf,
    /// The run after
    #[arg(value_name = "NEW.json")]
    new: PathBuf,
    /// In what form the difference is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

impl Diff {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let ((_, old), (_, new)) = (run(&self.old)?, run(&self.new)?);
        let difference = RunDifference::between(&old, &new);
        match self.format {
            Format::Human => print(&difference.text(colour()))?,
            Format::Json => print(&(serde_json::to_string_pretty(&difference)? + "\n"))?,
        }
        Ok(if difference.is_regression() { Exit::NotConformant } else { Exit::Fine })
    }
}
