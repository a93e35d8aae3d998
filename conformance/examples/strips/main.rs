//! A recogniser for strips of handwritten digits, trained with CTC, on every engine of this build.
//!
//! ```sh
//! cargo run -p touchstone --example strips
//! ```
//!
//! The model is in `model.rs`.

#[path = "../common/mod.rs"]
mod common;
mod model;

fn main() -> std::process::ExitCode {
    common::table::run::<model::Strips>()
}
