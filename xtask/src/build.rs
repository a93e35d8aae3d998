//! Building and running the workspace with libtorch, through cargo.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::cuda::Toolkit;
use crate::libtorch::Libtorch;

/// How long a build may be silent before the user is told that it goes on.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// cargo could not be started; what it says once started is its own.
#[derive(Debug, thiserror::Error)]
#[error("{program} could not be run: {source}", program = .program.display())]
pub(crate) struct BuildError {
    program: PathBuf,
    source: io::Error,
}

/// Builds touchstone with every engine and runs it; gives its exit code.
pub(crate) fn touchstone(
    root: &Path,
    libtorch: &Libtorch,
    args: Vec<OsString>,
) -> Result<u8, BuildError> {
    // Two steps, because only a build of its own can be told from the program's silence.
    let mut build = cargo(root, libtorch, &["build", "--quiet"]);
    build.args(TOUCHSTONE).stdin(Stdio::null());
    let built = with_heartbeat(&mut build, "libtorch")?;
    if built != 0 {
        tell_of_compiler();
        return Ok(built);
    }
    let mut run = cargo(root, libtorch, &["run", "--quiet"]);
    run.args(TOUCHSTONE).arg("--").args(args);
    status(&mut run)
}

/// Runs all tests of the workspace, those that need libtorch included; gives cargo's exit code.
pub(crate) fn test(
    root: &Path,
    libtorch: &Libtorch,
    args: Vec<OsString>,
) -> Result<u8, BuildError> {
    let mut test = cargo(root, libtorch, &["test"]);
    test.args(["--workspace", "--features", "touchstone/tch,touchstone-benches/tch"]);
    status(test.args(args))
}

/// Times every function on every engine with criterion; gives cargo's exit code.
pub(crate) fn bench(
    root: &Path,
    libtorch: &Libtorch,
    args: Vec<OsString>,
) -> Result<u8, BuildError> {
    // The one profile of the workspace: another would compile libtorch's glue again.
    let mut bench = cargo(root, libtorch, &["bench", "--profile", "dev"]);
    bench.args(["--package", "touchstone-benches", "--features", "tch"]);
    status(bench.args(args))
}

/// Writes the table of how fast every function is beside the bare libraries.
pub(crate) fn performance(
    root: &Path,
    libtorch: &Libtorch,
    args: Vec<OsString>,
) -> Result<u8, BuildError> {
    let mut run = cargo(root, libtorch, &["run", "--quiet", "--package", "touchstone-benches"]);
    run.args(["--features", "tch", "--bin", "performance", "--"]);
    status(run.args(args))
}

/// Builds touchstone with every engine, for GPUs too; gives the program and cargo's exit code.
pub(crate) fn cuda(
    root: &Path,
    libtorch: &Libtorch,
    toolkit: &Toolkit,
) -> Result<(PathBuf, u8), BuildError> {
    // A folder of its own: the usual one keeps what was built without CUDA.
    let target = root.join("target").join("cuda");
    let mut build = cargo(root, libtorch, &["rustc", "--quiet"]);
    toolkit.apply(&mut build);
    build
        .args(["--package", "touchstone", "--features", "tch,cuda", "--bin", "touchstone"])
        .arg("--target-dir")
        .arg(&target)
        // What names and lines take would be most of what has to be carried to the GPU.
        .args(["--", "-C", "strip=symbols", "-C"])
        .arg(toolkit.link_argument())
        .stdin(Stdio::null());
    let built = with_heartbeat(&mut build, "libtorch and CUDA")?;
    if built != 0 {
        tell_of_compiler();
    }
    Ok((target.join("debug").join("touchstone"), built))
}

/// After a failed build, what may be the reason.
fn tell_of_compiler() {
    if !on_path("c++") && env::var_os("CXX").is_none() {
        eprintln!(
            "help: the tch engine needs a C++ compiler, and there is no `c++` on PATH and \
             no CXX is set (Debian, Ubuntu: apt-get install g++)"
        );
    }
}

const TOUCHSTONE: [&str; 6] =
    ["--package", "touchstone", "--features", "tch", "--bin", "touchstone"];

/// cargo on this workspace, from whatever folder the user is in.
fn cargo(root: &Path, libtorch: &Libtorch, words: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).arg("--manifest-path").arg(root.join("Cargo.toml"));
    libtorch.apply(&mut command);
    command
}

fn status(command: &mut Command) -> Result<u8, BuildError> {
    let program = PathBuf::from(command.get_program());
    command.status().map(exit_code).map_err(|source| BuildError { program, source })
}

/// Runs a quiet build and says now and then that it is still going on.
fn with_heartbeat(command: &mut Command, with: &'static str) -> Result<u8, BuildError> {
    let (done, wait) = mpsc::channel::<()>();
    let heart = thread::spawn(move || {
        let start = Instant::now();
        while wait.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
            eprintln!(
                "building touchstone with {with}, {} s so far (the first build takes minutes)",
                start.elapsed().as_secs()
            );
        }
    });
    let result = status(command);
    drop(done);
    // The thread only prints; were it to have panicked, the build would stand all the same.
    let _ = heart.join();
    result
}

/// The code to exit with so that a caller sees what the child said.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        // As shells say it.
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(OsStr::new(program)).is_file())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn exit_codes_pass_through() {
        for code in 0..=4 {
            assert_eq!(
                i32::from(exit_code(ExitStatus::from_raw(code << 8))),
                code,
                "an exit with {code}"
            );
        }
    }

    #[test]
    fn a_signal_is_told_from_an_exit() {
        assert_eq!(exit_code(ExitStatus::from_raw(6)), 134);
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = status(&mut Command::new("/nowhere/cargo")).expect_err("there is none");
        assert!(error.to_string().starts_with("/nowhere/cargo could not be run"));
    }
}
