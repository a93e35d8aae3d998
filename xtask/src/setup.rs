//! What the workspace is built with, out of the wheels that pip downloads.
//!
//! Everything is made in a folder beside the final one and renamed into place at the end,
//! under a lock: whoever sees the folder sees it complete.

mod error;
mod python;

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::thread;

pub(crate) use self::error::SetupError;
pub(crate) use self::python::pytorch_lib;

/// What is set up, from which wheels.
pub(crate) struct Recipe {
    /// What it is called, with its release.
    pub(crate) name: &'static str,
    /// The folder it is set up in, beside the workspace's Cargo.toml.
    pub(crate) folder: &'static str,
    /// What it is made of.
    pub(crate) wheels: &'static [Wheel],
    /// Adds what the wheels do not hold.
    pub(crate) finish: fn(&Path) -> Result<(), SetupError>,
    /// Whether a folder holds it, complete.
    pub(crate) is_ready: fn(&Path) -> bool,
}

/// A wheel and what is taken out of it.
pub(crate) struct Wheel {
    /// What pip is asked for.
    pub(crate) requirement: &'static str,
    /// How the file that pip then writes is named.
    pub(crate) prefix: &'static str,
    /// What is taken: a file, or a folder where it ends with `/`; and where it goes.
    pub(crate) take: &'static [(&'static str, &'static str)],
}

/// Which builds of the wheels are wanted, whatever Python asks for them: the part of PyTorch
/// that depends on Python's version is left in the wheel.
const TAGS: [&str; 19] = [
    "--only-binary=:all:",
    "--implementation",
    "cp",
    "--python-version",
    "3.11",
    "--abi",
    "cp311",
    "--platform",
    "manylinux_2_28_x86_64",
    "--platform",
    "manylinux_2_27_x86_64",
    "--platform",
    "manylinux_2_25_x86_64",
    "--platform",
    "manylinux_2_17_x86_64",
    "--platform",
    "manylinux2014_x86_64",
    "--platform",
    "manylinux_2_12_x86_64",
];

/// Unpacks in Python, which is there anyway and reads wheels.
const UNPACK: &str = include_str!("setup/unpack.py");

/// Downloads and unpacks what a recipe makes, unless it is there; gives its folder.
pub(crate) fn into_place(root: &Path, recipe: &Recipe) -> Result<PathBuf, SetupError> {
    let folder = root.join(recipe.folder);
    if (recipe.is_ready)(&folder) {
        return Ok(folder);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Err(SetupError::Platform {
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
        });
    }
    let beside = |what: &str| root.join(format!("{}.{what}", recipe.folder));
    let _lock = lock(&beside("lock"))?;
    if (recipe.is_ready)(&folder) {
        // Another set-up has done it while this one waited.
        return Ok(folder);
    }
    let python = python::with_pip()?;
    eprintln!("setting up {} in {} (once)", recipe.name, folder.display());
    let partial = beside("partial");
    let wheels = partial.join("wheels");
    let made = partial.join("made");
    // What an interrupted set-up left goes, the wheels too: pip may have been copying one. Its
    // cache, where it has one, saves the second download.
    remove(&partial)?;
    create(&wheels)?;
    create(&made.join("lib"))?;
    download(python, recipe.wheels, &wheels)?;
    unpack(python, recipe.wheels, &wheels, &made)?;
    (recipe.finish)(&made)?;
    move_away(&folder, &partial)?;
    fs::rename(&made, &folder).map_err(io_error("rename the finished folder to", &folder))?;
    remove(&partial)?;
    Ok(folder)
}

/// Holds the lock as long as the file lives; the system gives it back if this process dies.
fn lock(path: &Path) -> Result<File, SetupError> {
    let file = File::create(path).map_err(io_error("create", path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {
            eprintln!("waiting for another set-up to end");
        }
        Err(TryLockError::Error(source)) => return Err(io_error("lock", path)(source)),
    }
    file.lock().map_err(io_error("lock", path))?;
    Ok(file)
}

fn download(python: &str, wheels: &[Wheel], folder: &Path) -> Result<(), SetupError> {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--no-deps", "--dest"])
        .arg(folder)
        .args(TAGS)
        .args(wheels.iter().map(|wheel| wheel.requirement))
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .stdin(Stdio::null())
        .stdout(to_stderr(python)?)
        .stderr(Stdio::piped());
    let mut child = pip.spawn().map_err(io_error("run", Path::new(python)))?;
    let complaints = child.stderr.take().map(|stderr| thread::spawn(|| pass_on(stderr)));
    let status = child.wait().map_err(io_error("run", Path::new(python)))?;
    let complaints = complaints.and_then(|reader| reader.join().ok()).unwrap_or_default();
    if status.success() {
        return Ok(());
    }
    Err(pip_failure(&complaints, status.to_string()))
}

/// Shows what pip says, as it says it, and keeps it.
fn pass_on(stderr: ChildStderr) -> Vec<String> {
    let lines = BufReader::new(stderr).lines().map_while(Result::ok);
    lines.inspect(|line| eprintln!("{line}")).collect()
}

/// pip's failure: the network's where pip says so, else given in its last complaint.
fn pip_failure(complaints: &[String], status: String) -> SetupError {
    // As the system says it first, then as pip's own library does.
    const NETWORK: [&str; 9] = [
        "failure in name resolution",
        "Name or service not known",
        "Network is unreachable",
        "Connection refused",
        "ProxyError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ProtocolError",
        "NewConnectionError",
    ];
    let said = |word: &&str| complaints.iter().any(|line| line.contains(word));
    if let Some(reason) = NETWORK.into_iter().find(said) {
        return SetupError::NoNetwork { reason };
    }
    let error = complaints
        .iter()
        .rfind(|line| line.starts_with("ERROR"))
        .or_else(|| complaints.iter().rfind(|line| !line.trim().is_empty()));
    SetupError::Pip {
        status,
        line: error.map_or("pip gave no reason", |line| line.trim()).to_owned(),
    }
}

fn unpack(python: &str, wheels: &[Wheel], folder: &Path, made: &Path) -> Result<(), SetupError> {
    if io::stderr().is_terminal() {
        eprintln!("unpacking");
    }
    let mut command = Command::new(python);
    command.args(["-c", UNPACK]).arg(made).stdin(Stdio::null()).stdout(to_stderr(python)?);
    for wheel in wheels {
        let file = find(folder, wheel.prefix)?;
        for (member, target) in wheel.take {
            command.arg(&file).args([member, target]);
        }
    }
    let status = command.status().map_err(io_error("run", Path::new(python)))?;
    if status.success() { Ok(()) } else { Err(SetupError::Unpack { status: status.to_string() }) }
}

/// Makes room where another release, or something incomplete, is in the way.
fn move_away(folder: &Path, partial: &Path) -> Result<(), SetupError> {
    if fs::symlink_metadata(folder).is_err() {
        return Ok(());
    }
    eprintln!("replacing {}: it is of another release, or not complete", folder.display());
    let old = partial.join("old");
    remove(&old)?;
    // Renamed, not deleted where it is: nobody is to see it half there. It goes with the
    // folder it is moved to; a link goes, what it points at stays.
    fs::rename(folder, &old).map_err(io_error("rename", folder))
}

fn find(folder: &Path, prefix: &'static str) -> Result<PathBuf, SetupError> {
    let entries = fs::read_dir(folder).map_err(io_error("read", folder))?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| is_wheel(path, prefix))
        .max()
        .ok_or_else(|| SetupError::NoWheel { prefix, folder: folder.to_owned() })
}

fn is_wheel(path: &Path, prefix: &str) -> bool {
    path.extension().is_some_and(|extension| extension == "whl")
        && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
}

/// A child's stdout joined to this program's stderr: stdout is touchstone's, whose reports
/// may go to a file.
fn to_stderr(python: &str) -> Result<Stdio, SetupError> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let stderr = io::stderr().as_fd().try_clone_to_owned();
        Ok(stderr.map_err(io_error("run", Path::new(python)))?.into())
    }
    #[cfg(not(unix))]
    {
        let _ = python;
        Ok(Stdio::null())
    }
}

/// Writes a text to a file.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), SetupError> {
    fs::write(path, text).map_err(io_error("write", path))
}

/// Makes a symbolic link.
pub(crate) fn link(target: &str, path: &Path) -> Result<(), SetupError> {
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, path).map_err(io_error("create", path))?;
    #[cfg(not(unix))]
    let _ = (target, path);
    Ok(())
}

/// Creates a folder, and those it is in.
pub(crate) fn create(folder: &Path) -> Result<(), SetupError> {
    fs::create_dir_all(folder).map_err(io_error("create", folder))
}

/// Removes a folder, a file or a link, if it is there.
fn remove(path: &Path) -> Result<(), SetupError> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let removed = if metadata.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(io_error("remove", path))
}

/// An error of the system, told with what was tried on what.
pub(crate) fn io_error(
    what: &'static str,
    path: &Path,
) -> impl Fn(io::Error) -> SetupError + use<> {
    let path = path.to_owned();
    move |source| SetupError::Io { what, path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_are_told_by_name() {
        let check = |name: &str| is_wheel(&Path::new("/w").join(name), "torch-2.11.0");
        assert!(check("torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl"));
        assert!(check("torch-2.11.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"));
        assert!(!check("torch-2.12.0-cp311-cp311-manylinux_2_28_x86_64.whl"));
        assert!(!check("torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl.part"));
    }

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_network_failure_is_told_from_others() {
        let complaints = lines(&[
            "WARNING: Retrying (Retry(total=4)) after connection broken by \
             'NewConnectionError('[Errno -3] Temporary failure in name resolution')': /simple/torch/",
            "ERROR: Could not find a version that satisfies the requirement torch==2.11.0",
        ]);
        let SetupError::NoNetwork { reason } = pip_failure(&complaints, "exit status: 1".into())
        else {
            panic!("not told to be the network's");
        };
        assert_eq!(reason, "failure in name resolution");
    }

    #[test]
    fn another_failure_is_given_in_pips_words() {
        let complaints = lines(&["", "ERROR: no such option: --abi", ""]);
        let SetupError::Pip { line, .. } = pip_failure(&complaints, "exit status: 2".into()) else {
            panic!("told to be the network's");
        };
        assert_eq!(line, "ERROR: no such option: --abi");
    }

    #[test]
    fn a_silent_failure_has_words_too() {
        let SetupError::Pip { line, .. } = pip_failure(&[], "signal: 9".into()) else {
            panic!("told to be the network's");
        };
        assert_eq!(line, "pip gave no reason");
    }
}
