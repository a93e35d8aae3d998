//! The command line.
//!
//! Machine-readable output goes to stdout or `--out` and nowhere else; what is said about the run
//! itself goes to stderr.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its user")]

mod book;
mod check;
mod common;
mod diff;
mod doctor;
mod domain;
mod eval;
mod list;
mod replay;
mod report;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Does an engine implement the Keras backend API?
///
/// Exit codes: 0 as expected, 1 not conformant, 2 usage or malformed input, 3 an engine is missing
/// or lost, 4 nothing ran.
#[derive(Debug, Parser)]
#[command(name = "touchstone", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the functions with their specifications, and the engines
    List(list::List),
    /// Hold engines against the specification
    Check(check::Check),
    /// Call one function with arguments from stdin, as JSON
    Eval(eval::Eval),
    /// Run one case again and show what differs
    Replay(replay::Replay),
    /// Write the specification: one page a function, from the table and the engines
    Book(book::Book),
    /// Write a report on runs, to look at and for other programs
    Report(report::Report),
    /// Say what changed between two runs
    Diff(diff::Diff),
    /// Say what is here: engines, libraries, configuration
    Doctor(doctor::Doctor),
}

impl Cli {
    /// Runs the command; gives the exit code.
    pub(crate) fn run(&self) -> ExitCode {
        let done = match &self.command {
            Command::List(list) => list.run(),
            Command::Check(check) => check.run(),
            Command::Eval(eval) => eval.run(),
            Command::Replay(replay) => replay.run(),
            Command::Book(book) => book.run(),
            Command::Report(report) => report.run(),
            Command::Diff(diff) => diff.run(),
            Command::Doctor(doctor) => doctor.run(),
        };
        let exit = done.unwrap_or_else(|failure| {
            eprintln!("error: {failure}");
            failure.exit()
        });
        ExitCode::from(exit.code())
    }
}
