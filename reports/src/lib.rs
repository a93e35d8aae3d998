//! What a conformance run found: the record of it, and its renderings.
//!
//! Belongs here: the data and how it is shown. Does not belong here: how anything was judged;
//! this crate knows neither functions nor engines.

mod annotations;
mod difference;
mod junit;
mod lines;
mod mutants;
mod performance;
mod record;
mod report;
mod summary;

pub use annotations::annotations;
pub use difference::{Change, Recount, RunDifference};
pub use junit::junit;
pub use lines::json_lines;
pub use mutants::{MutantMatrix, MutantRecord};
pub use performance::{Performance, Ratio, Timed};
pub use record::{
    CLASSES, CaseRecord, EngineRecord, Outcome, RunRecord, SCHEMA, SkippedFunction, Spread, Tally,
    Usage,
};
pub use report::{Column, Model, Page, Parameter, Sources, Supported, badge, html, markdown};
pub use summary::{Colour, failure_text, summary};
