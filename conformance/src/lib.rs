//! Touchstone: does an engine implement the Keras backend API?
//!
//! [`backend`] is the API itself, on the engine the user chooses; [`guide`] shows it by the examples
//! of the Keras page, [`specification`] has a page on each function. The rest is the suite:
//! [`golden`] reads cases, [`case`] builds them as graphs, [`judge`] holds what comes out against
//! the reference and the recordings, [`runner`] does so for many, [`registry`] knows the engines.

pub mod backend;
#[cfg(doc)]
mod book;
pub mod case;
pub mod generate;
pub mod glob;
pub mod golden;
pub mod guide;
pub mod judge;
pub mod registry;
pub mod runner;

#[cfg(doc)]
pub use book::specification;
