//! A masked LSTM that reads a handwritten digit column by column, on every engine of this build.
//!
//! ```sh
//! cargo run -p touchstone --example lstm
//! ```
//!
//! The model is in `model.rs`.

#[path = "../common/mod.rs"]
mod common;
mod model;

fn main() -> std::process::ExitCode {
    common::table::run::<model::Lstm>()
}
