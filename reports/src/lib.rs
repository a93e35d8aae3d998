//! What a conformance run found: the record of it, and its renderings.
//!
//! Belongs here: the data and how it is shown. Does not belong here: how anything was judged;
//! this crate knows neither functions nor engines.

mod annotations;
mod junit;
mod record;
mod summary;

pub use annotations::annotations;
pub use junit::junit;
pub use record::{
    CLASSES, CaseRecord, EngineRecord, Outcome, RunRecord, SCHEMA, SkippedFunction, Spread, Tally,
    Usage,
};
pub use summary::{Colour, failure_text, summary};
