//! Set-up and the project's own commands.
//!
//! Belongs here: what has to happen before cargo can build the workspace with libtorch or for
//! GPUs, and the commands that then call cargo. Does not belong here: anything about functions,
//! cases or engines; that is the `touchstone` command line's.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its user")]

mod build;
mod cuda;
mod libtorch;
mod setup;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::build::BuildError;
use crate::libtorch::Libtorch;
use crate::setup::SetupError;

/// Touchstone's own commands: set-up, the conformance check, the tests.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, PartialEq, Eq, Subcommand)]
enum Task {
    /// Put libtorch into .libtorch, unless it is there or LIBTORCH or LIBTORCH_USE_PYTORCH is set
    Setup,
    /// Set up, then run the touchstone command line with every engine in it
    Touchstone {
        /// Arguments for touchstone
        args: Vec<OsString>,
    },
    /// Set up, then check every engine: `touchstone check`
    Check {
        /// Arguments for touchstone check
        args: Vec<OsString>,
    },
    /// Set up, then run all tests of the workspace, tch included
    Test {
        /// Arguments for cargo test
        args: Vec<OsString>,
    },
    /// Set up, then time every function on every engine beside the bare library, with criterion
    Bench {
        /// Arguments for cargo bench
        args: Vec<OsString>,
    },
    /// Set up, the CUDA toolkit into .cuda too, then build touchstone for machines with a GPU
    Cuda,
    /// Set up, then write the table of how fast every function is beside the bare library
    Performance {
        /// Arguments: --engine, --function, --seconds, --out
        args: Vec<OsString>,
    },
}

/// The commands that hand what follows to another program.
const PASSING_ON: [&str; 5] = ["touchstone", "check", "test", "bench", "performance"];

/// What a usage or set-up error exits with: the same as touchstone's own.
const EXIT_USAGE: u8 = 2;

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("libtorch is not set up: {0}")]
    Libtorch(SetupError),
    #[error("the CUDA toolkit is not set up: {0}")]
    Cuda(SetupError),
    #[error(transparent)]
    Build(#[from] BuildError),
}

fn main() -> ExitCode {
    let cli = Cli::parse_from(verbatim(env::args_os().collect()));
    match run(cli.command, &workspace_root()) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("error: {failure}{}", failure.advice());
            ExitCode::from(EXIT_USAGE)
        }
    }
}

impl Failure {
    /// What the user can do now, below the message.
    fn advice(&self) -> String {
        match self {
            Self::Libtorch(error) => format!("\n\n{}", error.advice(libtorch::without_set_up())),
            Self::Cuda(error) => format!("\n\n{}", error.advice(cuda::without_set_up())),
            Self::Build(_) => String::new(),
        }
    }
}

fn run(task: Task, root: &Path) -> Result<u8, Failure> {
    let libtorch = libtorch::prepare(root).map_err(Failure::Libtorch)?;
    match task {
        Task::Setup => {
            println!("{libtorch}");
            Ok(0)
        }
        Task::Touchstone { args } => touchstone(root, &libtorch, args),
        Task::Check { mut args } => {
            args.insert(0, "check".into());
            touchstone(root, &libtorch, args)
        }
        Task::Test { args } => Ok(build::test(root, &libtorch, args)?),
        Task::Bench { args } => Ok(build::bench(root, &libtorch, args)?),
        Task::Cuda => {
            let toolkit = cuda::prepare(root).map_err(Failure::Cuda)?;
            let (program, code) = build::cuda(root, &libtorch, &toolkit)?;
            if code == 0 {
                println!("{}", cuda::directions(&program));
            }
            Ok(code)
        }
        Task::Performance { args } => Ok(build::performance(root, &libtorch, args)?),
    }
}

fn touchstone(root: &Path, libtorch: &Libtorch, args: Vec<OsString>) -> Result<u8, Failure> {
    Ok(build::touchstone(root, libtorch, args)?)
}

/// Puts `--` after a command that passes its arguments on, so that clap leaves every one of
/// them as it is: `--help` and `--` as well, which are the other program's.
fn verbatim(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|task| PASSING_ON.iter().any(|name| task == name)) {
        args.insert(2, "--".into());
    }
    args
}

/// The folder of the workspace's Cargo.toml.
fn workspace_root() -> PathBuf {
    // cargo sets the variable for what it runs; the one of build time serves a program that
    // was started by hand.
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or(package.clone(), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Task {
        let args = args.iter().map(OsString::from).collect();
        Cli::try_parse_from(verbatim(args)).expect("these arguments are valid").command
    }

    fn words(args: &[&str]) -> Vec<OsString> {
        args.iter().map(OsString::from).collect()
    }

    #[test]
    fn arguments_reach_touchstone_as_they_are() {
        let args = ["list", "--help", "--", "--cases", "3"];
        let line: Vec<&str> = ["xtask", "touchstone"].into_iter().chain(args).collect();
        assert_eq!(parse(&line), Task::Touchstone { args: words(&args) });
    }

    #[test]
    fn arguments_reach_the_tests_as_they_are() {
        assert_eq!(
            parse(&["xtask", "test", "--", "--nocapture"]),
            Task::Test { args: words(&["--", "--nocapture"]) }
        );
    }

    #[test]
    fn check_needs_no_arguments() {
        assert_eq!(parse(&["xtask", "check"]), Task::Check { args: vec![] });
    }

    #[test]
    fn setup_takes_no_arguments() {
        assert_eq!(parse(&["xtask", "setup"]), Task::Setup);
        assert!(Cli::try_parse_from(["xtask", "setup", "more"]).is_err());
    }

    #[test]
    fn the_build_for_a_gpu_takes_no_arguments() {
        assert_eq!(parse(&["xtask", "cuda"]), Task::Cuda);
        assert!(Cli::try_parse_from(["xtask", "cuda", "more"]).is_err());
    }

    #[test]
    fn the_workspace_root_holds_the_manifest() {
        assert!(workspace_root().join("Cargo.toml").is_file());
        assert!(workspace_root().join("xtask").is_dir());
    }
}
