//! Python, which brings pip and the means to unpack what pip brings.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::SetupError;

/// The names an interpreter goes by, those of an activated environment first.
fn names(in_environment: bool) -> [&'static str; 2] {
    if in_environment { ["python", "python3"] } else { ["python3", "python"] }
}

/// A Python 3 that has pip.
pub(super) fn with_pip() -> Result<&'static str, SetupError> {
    let names = names(env::var_os("VIRTUAL_ENV").is_some());
    let pythons: Vec<&str> = names.into_iter().filter(|name| is_python_3(name)).collect();
    if let Some(python) = pythons.iter().find(|python| has_pip(python)) {
        return Ok(python);
    }
    Err(match pythons.first() {
        Some(python) => SetupError::NoPip { python: (*python).to_owned() },
        None => SetupError::NoPython { tried: names.join(", ") },
    })
}

/// The folder of the libraries of the PyTorch that torch-sys finds on its own.
pub(crate) fn pytorch_lib() -> Result<PathBuf, SetupError> {
    // The interpreter torch-sys asks: of those names the first, with no second try.
    let [python, _] = names(env::var_os("VIRTUAL_ENV").is_some());
    // Found, not imported: importing takes seconds.
    let script =
        "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";
    let torch = said(python, &["-c", script])
        .map(|path| PathBuf::from(path.trim()).join("lib"))
        .filter(|lib| lib.is_dir());
    torch.ok_or(SetupError::NoPytorch { python })
}

fn is_python_3(python: &str) -> bool {
    said(python, &["-c", "import sys; print(sys.version_info[0])"])
        .is_some_and(|major| major.trim() == "3")
}

fn has_pip(python: &str) -> bool {
    said(python, &["-m", "pip", "--version"]).is_some()
}

/// What a program that ends well prints; its complaints are not the user's business here.
fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activated_environment_goes_first() {
        assert_eq!(names(true)[0], "python");
        assert_eq!(names(false)[0], "python3");
    }

    #[test]
    fn a_missing_program_says_nothing() {
        assert_eq!(said("/nowhere/python3", &["--version"]), None);
        assert!(!is_python_3("/nowhere/python3"));
    }
}
