//! What the commands share: exit codes, failures, engines, golden folders, output.

use std::env;
use std::fs;
use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use touchstone::golden::{Golden, GoldenError};
use touchstone::registry::{self, Device};
use touchstone_reference::engine::Engine;
use touchstone_reference::{Error, Function};
use touchstone_reports::Colour;

use touchstone::glob::Glob;

/// What a command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// As expected.
    Fine,
    /// An engine does not conform, or a call was refused.
    NotConformant,
    /// The command line or its input is malformed.
    Usage,
    /// An engine is missing or was lost.
    Engine,
    /// There was nothing to run.
    Nothing,
}

impl Exit {
    /// The code of the process.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::NotConformant => 1,
            Exit::Usage => 2,
            Exit::Engine => 3,
            Exit::Nothing => 4,
        }
    }
}

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Golden(#[from] GoldenError),
    #[error("{0}")]
    Engine(Error),
    #[error("every engine is needed, and {engine} is not in this build: {how}")]
    Lacking { engine: String, how: String },
    #[error("nothing to run: {0}")]
    Nothing(String),
    #[error("{}: {source}", path.display())]
    Output { path: PathBuf, source: io::Error },
    #[error("cannot write the result: {0}")]
    Stdout(#[from] io::Error),
    #[error("cannot write the result: {0}")]
    Json(#[from] serde_json::Error),
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Failure::Usage(_)
            | Failure::Golden(_)
            | Failure::Output { .. }
            | Failure::Stdout(_)
            | Failure::Json(_) => Exit::Usage,
            Failure::Engine(_) | Failure::Lacking { .. } => Exit::Engine,
            Failure::Nothing(_) => Exit::Nothing,
        }
    }
}

/// Which engines, and where they compute.
#[derive(Args, Clone, Debug)]
pub(crate) struct Engines {
    /// An engine; may be given several times; all that the device has by default
    #[arg(long = "engine", value_name = "NAME")]
    names: Vec<String>,
    /// Where the engines compute: cpu or cuda:N
    #[arg(long, default_value_t)]
    device: Device,
}

impl Engines {
    /// Starts the engines.
    pub(crate) fn start(&self) -> Result<Vec<Arc<dyn Engine>>, Failure> {
        let names: Vec<&str> = if self.names.is_empty() {
            registry::engines_on(&self.device).iter().map(|engine| engine.name).collect()
        } else {
            self.names.iter().map(String::as_str).collect()
        };
        let mut engines: Vec<Arc<dyn Engine>> = Vec::new();
        for name in names {
            if engines.iter().all(|engine| engine.name() != name) {
                engines.push(start(name, &self.device)?);
            }
        }
        Ok(engines)
    }
}

/// Starts one engine. One that another build has is missing; a name that none has is a mistake.
pub(crate) fn start(name: &str, device: &Device) -> Result<Arc<dyn Engine>, Failure> {
    registry::start(name, device).map_err(|error| {
        let elsewhere = registry::missing().iter().any(|(missing, _)| *missing == name);
        if matches!(error, Error::UnknownEngine { .. }) && !elsewhere {
            Failure::Usage(error.to_string())
        } else {
            Failure::Engine(error)
        }
    })
}

/// Which functions.
#[derive(Args, Clone, Debug)]
pub(crate) struct Functions {
    /// Only functions that match, with * and ?; may be given several times
    #[arg(long = "function", value_name = "GLOB")]
    globs: Vec<Glob>,
}

impl Functions {
    /// Whether all are asked for.
    pub(crate) fn are_all(&self) -> bool {
        self.globs.is_empty()
    }

    /// Whether a name is asked for.
    pub(crate) fn ask_for(&self, name: &str) -> bool {
        self.are_all() || self.globs.iter().any(|glob| glob.matches(name))
    }

    /// The functions of the table that are asked for; a pattern that matches none is a mistake.
    pub(crate) fn matching(&self) -> Result<Vec<Function>, Failure> {
        for glob in &self.globs {
            if !Function::ALL.iter().any(|function| glob.matches(function.name())) {
                return Err(Failure::Usage(format!("no function of the table matches {glob}")));
            }
        }
        Ok(Function::ALL.iter().copied().filter(|f| self.ask_for(f.name())).collect())
    }
}

/// Where cases are read from.
#[derive(Args, Clone, Debug)]
pub(crate) struct GoldenPaths {
    /// A folder of cases, or of folders of cases; may be given several times; the project's own
    /// by default
    #[arg(long = "golden", value_name = "DIR")]
    paths: Vec<PathBuf>,
}

impl GoldenPaths {
    /// Reads the cases.
    pub(crate) fn load(&self) -> Result<Golden, Failure> {
        if self.paths.is_empty() {
            return Ok(Golden::load(&[default_golden()?])?);
        }
        Ok(Golden::load(&self.paths)?)
    }

    /// What a command needs to find the same cases again.
    pub(crate) fn options(&self) -> String {
        self.paths.iter().map(|path| format!(" --golden {}", path.display())).collect()
    }
}

/// The project's own cases: in its source, else beside the executable.
fn default_golden() -> Result<PathBuf, Failure> {
    let in_source = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let beside = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("golden")));
    let places: Vec<PathBuf> = [Some(in_source), beside].into_iter().flatten().collect();
    places.iter().find(|path| path.is_dir()).cloned().ok_or_else(|| {
        let tried: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
        Failure::Usage(format!("there are no cases in {}: give --golden DIR", tried.join(" or ")))
    })
}

/// Colour for a terminal, unless the user wants none.
pub(crate) fn colour() -> Colour {
    if io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none() {
        Colour::Ansi
    } else {
        Colour::Plain
    }
}

/// Writes to stdout; a reader that has seen enough is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Writes a file so that it is either whole or not there.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source| Failure::Output { path: path.to_owned(), source };
    let mut name = path
        .file_name()
        .map(ToOwned::to_owned)
        .ok_or_else(|| failed(io::Error::new(io::ErrorKind::InvalidInput, "names no file")))?;
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, text).and_then(|()| fs::rename(&part, path)).map_err(|error| {
        // What is left of the attempt helps nobody; the first error is the one to report.
        let _ = fs::remove_file(&part);
        failed(error)
    })
}
