//! Which libtorch the workspace is built with: the user's own, or one set up here.
//!
//! The rules follow torch-sys' build script, so that what this module says is what gets
//! linked: `LIBTORCH_USE_PYTORCH` first, then `LIBTORCH`. `.cargo/config.toml` gives
//! `LIBTORCH` the value `.libtorch` where the user has set none, and cargo hands that on to
//! what it runs: a `LIBTORCH` naming that folder is therefore not the user's.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::setup::{self, Recipe, SetupError, Wheel};

/// The PyTorch release that the pinned tch speaks to.
const VERSION: &str = "2.11.0";

/// The folder set-up fills, beside the workspace's Cargo.toml.
const FOLDER: &str = ".libtorch";

/// PyTorch's wheel holds a libtorch whose CPU half loads on its own, but for two small CUDA
/// libraries that come in wheels of their own.
const RECIPE: Recipe = Recipe {
    name: "libtorch 2.11.0",
    folder: FOLDER,
    wheels: &[
        Wheel {
            requirement: "torch==2.11.0",
            prefix: "torch-2.11.0",
            take: &[
                ("torch/include/", "include/"),
                ("torch/lib/libtorch_cpu.so", "lib/libtorch_cpu.so"),
                ("torch/lib/libc10.so", "lib/libc10.so"),
                ("torch/lib/libgomp.so.1", "lib/libgomp.so.1"),
            ],
        },
        Wheel {
            requirement: "nvidia-cuda-runtime==13.0.*",
            prefix: "nvidia_cuda_runtime-13.0.",
            take: &[("nvidia/cu13/lib/libcudart.so.13", "lib/libcudart.so.13")],
        },
        Wheel {
            requirement: "nvidia-cuda-cupti==13.0.*",
            prefix: "nvidia_cuda_cupti-13.0.",
            take: &[("nvidia/cu13/lib/libcupti.so.13", "lib/libcupti.so.13")],
        },
    ],
    finish,
    is_ready,
};

/// Where the dynamic loader looks first.
const LOADER_PATH: &str =
    if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// Where libtorch comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// The folder that set-up fills.
    Ours(PathBuf),
    /// The user's `LIBTORCH`.
    Variable(PathBuf),
    /// The PyTorch of the user's Python: `LIBTORCH_USE_PYTORCH`.
    Pytorch,
}

/// A libtorch that is there and can be built with.
#[derive(Debug)]
pub(crate) struct Libtorch {
    source: Source,
    /// The folder with `libtorch_cpu`.
    lib: PathBuf,
}

/// The variables that decide, as this process sees them.
#[derive(Debug, Default)]
struct Variables {
    libtorch: Option<OsString>,
    libtorch_lib: Option<OsString>,
    use_pytorch: Option<OsString>,
}

impl Variables {
    fn from_env() -> Self {
        Self {
            libtorch: env::var_os("LIBTORCH"),
            libtorch_lib: env::var_os("LIBTORCH_LIB"),
            use_pytorch: env::var_os("LIBTORCH_USE_PYTORCH"),
        }
    }

    /// Whose libtorch is meant.
    fn source(&self, root: &Path) -> Source {
        let ours = root.join(FOLDER);
        if self.use_pytorch.is_some() {
            // Whatever its value: torch-sys only asks whether it is set.
            return Source::Pytorch;
        }
        match self.libtorch.as_deref().filter(|value| !value.is_empty()) {
            Some(path) if !same_place(Path::new(path), &ours) => Source::Variable(
                // torch-sys would take a relative path as one inside its own package.
                std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)),
            ),
            Some(_) | None => Source::Ours(ours),
        }
    }
}

/// Finds libtorch, setting it up first if it is ours and not there.
pub(crate) fn prepare(root: &Path) -> Result<Libtorch, SetupError> {
    let variables = Variables::from_env();
    let source = variables.source(root);
    let lib = match &source {
        Source::Ours(_) => setup::into_place(root, &RECIPE)?.join("lib"),
        Source::Variable(folder) => {
            let lib =
                variables.libtorch_lib.map_or_else(|| folder.clone(), PathBuf::from).join("lib");
            if !lib.is_dir() {
                return Err(SetupError::NotLibtorch { path: folder.clone(), lib });
            }
            lib
        }
        Source::Pytorch => setup::pytorch_lib()?,
    };
    Ok(Libtorch { source, lib })
}

impl Libtorch {
    /// Gives a command what it needs to build with this libtorch and to load it.
    pub(crate) fn apply(&self, command: &mut Command) {
        match &self.source {
            Source::Ours(folder) | Source::Variable(folder) => {
                command.env("LIBTORCH", folder);
            }
            Source::Pytorch => {}
        }
        command.env(LOADER_PATH, in_front(&self.lib, env::var_os(LOADER_PATH).as_deref()));
    }
}

impl fmt::Display for Libtorch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Ours(folder) => {
                write!(f, "libtorch {VERSION} is in {}", folder.display())
            }
            Source::Variable(folder) => {
                write!(f, "LIBTORCH is set: {} is used, nothing to set up", folder.display())
            }
            Source::Pytorch => write!(
                f,
                "LIBTORCH_USE_PYTORCH is set: the PyTorch in {} is used, nothing to set up",
                self.lib.display()
            ),
        }
    }
}

/// What the wheels do not hold: the version torch-sys checks, and the library it links by
/// the name of `torch`, which in the wheel only pulls in the CUDA half.
fn finish(made: &Path) -> Result<(), SetupError> {
    setup::write(&made.join("build-version"), &format!("{VERSION}\n"))?;
    setup::link("libtorch_cpu.so", &made.join("lib/libtorch.so"))
}

/// What a user can do where libtorch cannot be set up.
pub(crate) fn without_set_up() -> Vec<String> {
    vec![
        format!(
            "set LIBTORCH to the folder of an unpacked libtorch {VERSION} (the one with lib and include in it)"
        ),
        format!("set LIBTORCH_USE_PYTORCH=1 if your python3 has torch {VERSION} installed"),
        "leave tch out: `cargo test` tests the reference and candle, and needs no libtorch"
            .to_owned(),
    ]
}

/// Whether a folder holds a libtorch of the right release, complete.
fn is_ready(folder: &Path) -> bool {
    let complete = ["lib/libtorch_cpu.so", "lib/libtorch.so", "lib/libc10.so", "include"]
        .iter()
        .all(|name| folder.join(name).exists());
    complete && release(folder).as_deref() == Some(VERSION)
}

/// The release a folder says it holds, without what follows a `+`.
fn release(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("build-version")).ok()?;
    let release = text.split('+').next().unwrap_or_default().trim();
    Some(release.to_owned())
}

/// Whether two paths name the same entry of the same folder, through links to the folder or
/// not. The entry itself need not exist, and may be a link of the user's.
fn same_place(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        Some(folder.join(path.file_name()?))
    };
    a == b || place(a).is_some_and(|a| place(b) == Some(a))
}

/// A search path with `folder` in front of what was there.
pub(crate) fn in_front(folder: &Path, rest: Option<&OsStr>) -> OsString {
    let mut path = folder.as_os_str().to_owned();
    if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
        path.push(":");
        path.push(rest);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(libtorch: Option<&str>, use_pytorch: Option<&str>) -> Variables {
        Variables {
            libtorch: libtorch.map(OsString::from),
            use_pytorch: use_pytorch.map(OsString::from),
            libtorch_lib: None,
        }
    }

    #[track_caller]
    fn check(libtorch: Option<&str>, use_pytorch: Option<&str>, expected: Source) {
        let found = variables(libtorch, use_pytorch).source(Path::new("/w"));
        assert_eq!(found, expected);
    }

    fn ours() -> Source {
        Source::Ours(PathBuf::from("/w/.libtorch"))
    }

    #[test]
    fn without_variables_it_is_ours() {
        check(None, None, ours());
    }

    #[test]
    fn what_the_configuration_sets_is_ours() {
        check(Some("/w/.libtorch"), None, ours());
    }

    #[test]
    fn an_empty_variable_is_none() {
        check(Some(""), None, ours());
    }

    #[test]
    fn a_variable_of_the_users_is_respected() {
        check(Some("/opt/libtorch"), None, Source::Variable("/opt/libtorch".into()));
    }

    #[test]
    fn a_folder_of_the_same_name_elsewhere_is_the_users() {
        check(Some("/elsewhere/.libtorch"), None, Source::Variable("/elsewhere/.libtorch".into()));
    }

    #[test]
    fn a_relative_variable_is_made_absolute() {
        let here = env::current_dir().expect("tests run in a folder");
        check(Some("libtorch"), None, Source::Variable(here.join("libtorch")));
    }

    #[test]
    fn pytorch_goes_first_as_in_torch_sys() {
        check(Some("/opt/libtorch"), Some("1"), Source::Pytorch);
        check(Some("/w/.libtorch"), Some("0"), Source::Pytorch);
        check(None, Some(""), Source::Pytorch);
    }

    #[test]
    fn one_place_by_two_paths_is_the_same() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let roundabout = root.join("src").join("..").join(FOLDER);
        assert!(same_place(&roundabout, &root.join(FOLDER)));
        assert!(!same_place(&root.join("src").join(FOLDER), &root.join(FOLDER)));
    }

    #[test]
    fn every_pin_is_the_release() {
        assert_eq!(RECIPE.wheels[0].requirement, format!("torch=={VERSION}"));
        assert_eq!(RECIPE.name, format!("libtorch {VERSION}"));
        assert_eq!(RECIPE.wheels[0].prefix, format!("torch-{VERSION}"));
    }

    #[test]
    fn what_torch_sys_and_the_loader_need_is_unpacked() {
        let targets: Vec<&str> =
            RECIPE.wheels.iter().flat_map(|wheel| wheel.take).map(|(_, target)| *target).collect();
        assert_eq!(
            targets,
            [
                "include/",
                "lib/libtorch_cpu.so",
                "lib/libc10.so",
                "lib/libgomp.so.1",
                "lib/libcudart.so.13",
                "lib/libcupti.so.13",
            ]
        );
    }

    #[test]
    fn an_empty_folder_is_not_ready() {
        assert!(!is_ready(Path::new(env!("CARGO_MANIFEST_DIR"))));
    }

    #[test]
    fn the_search_path_keeps_what_was_there() {
        let lib = Path::new("/w/lib");
        assert_eq!(in_front(lib, None), "/w/lib");
        assert_eq!(in_front(lib, Some(OsStr::new(""))), "/w/lib");
        assert_eq!(in_front(lib, Some(OsStr::new("/a:/b"))), "/w/lib:/a:/b");
    }

    #[test]
    fn set_up_says_whose_libtorch_is_used() {
        let say = |source| {
            let lib = PathBuf::from("/py/torch/lib");
            Libtorch { source, lib }.to_string()
        };
        assert_eq!(say(ours()), "libtorch 2.11.0 is in /w/.libtorch");
        assert!(say(Source::Variable("/opt".into())).starts_with("LIBTORCH is set: /opt is used"));
        assert!(say(Source::Pytorch).contains("the PyTorch in /py/torch/lib is used"));
    }
}
