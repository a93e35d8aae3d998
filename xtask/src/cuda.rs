//! The CUDA toolkit that candle's kernels are compiled with, and what a build with it needs.
//!
//! A GPU is not needed to build for one: NVIDIA's wheels hold the compiler and the libraries,
//! and the one library that comes with the driver alone is replaced (the module `driver`).

mod driver;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::libtorch::in_front;
use crate::setup::{self, Recipe, SetupError, Wheel};

/// The release is the one that PyTorch's wheel is made for, so that candle finds its libraries
/// where libtorch finds them.
const RECIPE: Recipe = Recipe {
    name: "the CUDA toolkit 13.0",
    folder: ".cuda",
    wheels: &[
        Wheel {
            requirement: "nvidia-cuda-nvcc==13.0.88",
            prefix: "nvidia_cuda_nvcc-13.0.88",
            take: WHOLE,
        },
        Wheel {
            requirement: "nvidia-cuda-crt==13.0.88",
            prefix: "nvidia_cuda_crt-13.0.88",
            take: WHOLE,
        },
        Wheel { requirement: "nvidia-nvvm==13.0.88", prefix: "nvidia_nvvm-13.0.88", take: WHOLE },
        Wheel {
            requirement: "nvidia-cuda-cccl==13.0.85",
            prefix: "nvidia_cuda_cccl-13.0.85",
            take: WHOLE,
        },
        Wheel {
            requirement: "nvidia-cuda-runtime==13.0.96",
            prefix: "nvidia_cuda_runtime-13.0.96",
            take: WHOLE,
        },
        Wheel {
            requirement: "nvidia-cuda-nvrtc==13.0.88",
            prefix: "nvidia_cuda_nvrtc-13.0.88",
            take: &[
                ("nvidia/cu13/lib/libnvrtc.so.13", "lib/libnvrtc.so.13"),
                ("nvidia/cu13/lib/libnvrtc-builtins.so.13.0", "lib/libnvrtc-builtins.so.13.0"),
            ],
        },
        Wheel {
            requirement: "nvidia-curand==10.4.0.35",
            prefix: "nvidia_curand-10.4.0.35",
            take: &[("nvidia/cu13/lib/libcurand.so.10", "lib/libcurand.so.10")],
        },
        Wheel {
            requirement: "nvidia-cublas==13.1.0.3",
            prefix: "nvidia_cublas-13.1.0.3",
            take: &[
                ("nvidia/cu13/lib/libcublas.so.13", "lib/libcublas.so.13"),
                ("nvidia/cu13/lib/libcublasLt.so.13", "lib/libcublasLt.so.13"),
            ],
        },
    ],
    finish,
    is_ready,
};

/// The wheels share one folder, laid out as the toolkit is.
const WHOLE: &[(&str, &str)] = &[("nvidia/cu13/", "./")];

/// The libraries that a build links, by the names under which it looks for them.
const LINKED: [(&str, &str); 5] = [
    ("libcublas.so", "libcublas.so.13"),
    ("libcublasLt.so", "libcublasLt.so.13"),
    ("libcudart.so", "libcudart.so.13"),
    ("libcurand.so", "libcurand.so.10"),
    ("libnvrtc.so", "libnvrtc.so.13"),
];

/// The file that says which wheels a folder was made of.
const MADE_OF: &str = "wheels.txt";

/// The oldest GPUs that the kernels are compiled for, unless the user says: the H100 and H200.
const COMPUTE_CAPABILITY: &str = "90";

/// The variable by which the user says.
const COMPUTE_CAPABILITY_VARIABLE: &str = "CUDA_COMPUTE_CAP";

/// A toolkit that is there and can be built with.
#[derive(Debug)]
pub(crate) struct Toolkit {
    folder: PathBuf,
}

/// Sets the toolkit up, unless it is there.
pub(crate) fn prepare(root: &Path) -> Result<Toolkit, SetupError> {
    let folder = setup::into_place(root, &RECIPE)?;
    driver::archive(&folder.join("include/cuda.h"), &folder.join("lib"))?;
    Ok(Toolkit { folder })
}

impl Toolkit {
    /// Gives a build what it needs to find this toolkit and no other.
    pub(crate) fn apply(&self, command: &mut Command) {
        for name in ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"] {
            command.env(name, &self.folder);
        }
        command.env_remove("NVCC");
        command.env("PATH", in_front(&self.folder.join("bin"), env::var_os("PATH").as_deref()));
        command.env(COMPUTE_CAPABILITY_VARIABLE, compute_capability());
    }

    /// What the compiler is given for the linker, so that the program finds the libraries on this machine.
    pub(crate) fn link_argument(&self) -> OsString {
        let mut argument = OsString::from("link-arg=-Wl,-rpath,");
        argument.push(self.folder.join("lib"));
        argument
    }
}

/// The GPUs to compile for: the user's choice, else ours.
fn compute_capability() -> OsString {
    env::var_os(COMPUTE_CAPABILITY_VARIABLE)
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| COMPUTE_CAPABILITY.into())
}

/// What to do with the program that was built.
pub(crate) fn directions(program: &Path) -> String {
    format!(
        "\
{program} has candle and tch for CUDA 13, compute capability {capability}.
On a machine with a GPU, its driver and PyTorch 2.11 for CUDA 13, with the program in the
current folder and conformance/golden beside it:

  torch=$(python3 -c 'import torch; print(torch.__path__[0])')
  export LD_LIBRARY_PATH=$torch/lib$(printf ':%s' \"$torch\"/../nvidia/*/lib)
  LD_PRELOAD=$torch/lib/libtorch_cuda.so ./touchstone check --device cuda:0",
        program = program.display(),
        capability = compute_capability().display(),
    )
}

/// What a user can do where the toolkit cannot be set up.
pub(crate) fn without_set_up() -> Vec<String> {
    vec![
        "build with a CUDA toolkit and a driver of your own, CUDA_HOME set and nvcc on PATH: \
         `cargo build --package touchstone --features cuda`"
            .to_owned(),
    ]
}

/// What the wheels do not hold: the names the linker looks for, and what they are.
fn finish(made: &Path) -> Result<(), SetupError> {
    for (name, library) in LINKED {
        setup::link(library, &made.join("lib").join(name))?;
    }
    setup::write(&made.join(MADE_OF), &made_of())
}

/// Whether a folder was made of these wheels, to the end.
fn is_ready(folder: &Path) -> bool {
    fs::read_to_string(folder.join(MADE_OF)).is_ok_and(|text| text == made_of())
}

fn made_of() -> String {
    RECIPE.wheels.iter().map(|wheel| format!("{}\n", wheel.requirement)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_the_requirement() {
        for wheel in RECIPE.wheels {
            let (package, release) = wheel.requirement.split_once("==").expect("all are pinned");
            assert_eq!(wheel.prefix, format!("{}-{release}", package.replace('-', "_")));
        }
    }

    #[test]
    fn what_is_linked_is_unpacked() {
        let targets: Vec<&str> =
            RECIPE.wheels.iter().flat_map(|wheel| wheel.take).map(|(_, target)| *target).collect();
        // The runtime's wheel, with libcudart in it, is taken whole.
        for (_, library) in LINKED.iter().filter(|(name, _)| *name != "libcudart.so") {
            assert!(targets.contains(&format!("lib/{library}").as_str()), "{library}");
        }
    }

    #[test]
    fn another_folder_is_not_ready() {
        assert!(!is_ready(Path::new(env!("CARGO_MANIFEST_DIR"))));
    }

    #[test]
    fn a_build_gets_this_toolkit() {
        let toolkit = Toolkit { folder: "/w/.cuda".into() };
        let mut command = Command::new("cargo");
        toolkit.apply(&mut command);
        let value = |name: &str| {
            let found = command.get_envs().find(|(key, _)| *key == name).expect("it is set");
            found.1.map(|value| value.to_string_lossy().into_owned())
        };
        assert_eq!(value("CUDA_HOME").as_deref(), Some("/w/.cuda"));
        assert!(value("PATH").expect("it is set").starts_with("/w/.cuda/bin:"));
        assert_eq!(value("NVCC"), None);
        assert_eq!(toolkit.link_argument(), "link-arg=-Wl,-rpath,/w/.cuda/lib");
    }

    #[test]
    fn the_directions_name_the_program() {
        let text = directions(Path::new("/w/target/cuda/debug/touchstone"));
        assert!(text.starts_with("/w/target/cuda/debug/touchstone has candle and tch"), "{text}");
        assert!(text.contains("--device cuda:0"), "{text}");
    }
}
