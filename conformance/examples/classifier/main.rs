//! A convolutional classifier of handwritten digits, on every engine of this build.
//!
//! ```sh
//! cargo run -p touchstone --example classifier
//! ```
//!
//! The model is in `model.rs`.

#[path = "../common/mod.rs"]
mod common;
mod model;

fn main() -> std::process::ExitCode {
    common::table::run::<model::Classifier>()
}
