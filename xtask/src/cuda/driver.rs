//! The driver's library for builds on a machine without a driver: see `driver.c`.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::setup::{self, SetupError};

/// What the archive is made of.
const SOURCE: &str = include_str!("driver.c");

/// Functions that `driver.c` itself names: they do something else without a driver.
const NAMED: [&str; 2] = ["cuGetErrorName", "cuGetErrorString"];

/// Makes `libcuda.a` in a folder, with the functions of the driver's header. The linker takes it
/// for want of a `libcuda.so`.
pub(super) fn archive(header: &Path, folder: &Path) -> Result<(), SetupError> {
    let text = fs::read_to_string(header).map_err(setup::io_error("read", header))?;
    let listing: String =
        functions(&text).into_iter().map(|name| format!("FUNCTION({name})\n")).collect();
    let (source, names) = (folder.join("driver.c"), folder.join("driver-functions.h"));
    let (object, archive) = (folder.join("driver.o"), folder.join("libcuda.a"));
    setup::write(&source, SOURCE)?;
    setup::write(&names, &listing)?;
    run(Command::new(program("CC", "cc"))
        .args(["-O2", "-fPIC", "-Wall", "-DDRIVER_FUNCTIONS=\"driver-functions.h\"", "-c", "-o"])
        .arg(&object)
        .arg(&source))?;
    run(Command::new(program("AR", "ar")).arg("crs").arg(&archive).arg(&object))
}

/// Whatever in the header is named like a function. Macros and other versions of a function are
/// among them: nobody calls those, and they cost a few bytes each.
fn functions(header: &str) -> BTreeSet<&str> {
    header
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| {
            let name = word.strip_prefix("cu").unwrap_or_default();
            name.starts_with(|c: char| c.is_ascii_uppercase()) && !NAMED.contains(word)
        })
        .collect()
}

/// The user's program for a task, else the usual one.
fn program(variable: &str, usual: &str) -> OsString {
    env::var_os(variable).filter(|value| !value.is_empty()).unwrap_or_else(|| usual.into())
}

fn run(command: &mut Command) -> Result<(), SetupError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(setup::io_error("run", Path::new(&program)))?;
    if status.success() {
        return Ok(());
    }
    Err(SetupError::Compiler { program, status: status.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_told_by_their_names() {
        let header = "\
            #define cuMemAlloc cuMemAlloc_v2\n\
            CUresult CUDAAPI cuInit(unsigned int Flags); // cuda, CUresult, curand\n\
            CUresult CUDAAPI cuGetErrorName(CUresult error, const char **pStr);";
        let found: Vec<&str> = functions(header).into_iter().collect();
        assert_eq!(found, ["cuInit", "cuMemAlloc", "cuMemAlloc_v2"]);
    }
}

/// The archive in a program of its own, without a driver and with one that says what it was given.
#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
mod linked {
    use std::path::PathBuf;

    use super::*;

    const HEADER: &str =
        "int cuInit(int); int cuTexRefSetMipmapLevelClamp(); int cuLaunchKernel(); int cuLost();";

    const PROGRAM: &str = r#"
#include <stdio.h>
int cuInit(unsigned), cuLost(void), cuGetErrorString(int, const char **);
int cuTexRefSetMipmapLevelClamp(void *, float, float);
int cuLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned);
int main(void) {
    const char *words = "";
    int error = cuInit(5);
    cuGetErrorString(error, &words);
    printf("%d %s\n", error, words);
    printf("%d\n", cuTexRefSetMipmapLevelClamp(0, 1.5f, 2.5f));
    for (int call = 0; call < 2; call++) printf("%d\n", cuLaunchKernel(0, 1, 2, 3, 4, 5, 6, 7));
    printf("%d\n", cuLost());
}
"#;

    const DRIVER: &str = r#"
int cuInit(unsigned flags) { return flags; }
int cuGetErrorString(int error, const char **words) { *words = "the driver's words"; return 0; }
int cuTexRefSetMipmapLevelClamp(void *r, float low, float high) { return 10 * low + 100 * high; }
int cuLaunchKernel(void *f, unsigned a, unsigned b, unsigned c, unsigned d, unsigned e, unsigned g,
                   unsigned h) {
    return ((((((a * 10 + b) * 10 + c) * 10 + d) * 10 + e) * 10) + g) * 10 + h;
}
"#;

    /// What the program says, with this folder among those of libraries.
    fn says(program: &Path, libraries: &str) -> Vec<String> {
        let output = Command::new(program).env("LD_LIBRARY_PATH", libraries).output();
        let output = output.expect("the program was built");
        assert!(output.status.success(), "{:?}", output.status);
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// A folder that goes with the test.
    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_program_starts_without_a_driver_and_finds_one() {
        let folder = Folder(env::temp_dir().join(format!("driver-{}", std::process::id())));
        let path = |name: &str| folder.0.join(name);
        fs::create_dir_all(path("driver")).expect("there is room");
        for (name, text) in [("cuda.h", HEADER), ("main.c", PROGRAM), ("libcuda.c", DRIVER)] {
            setup::write(&path(name), text).expect("there is room");
        }
        archive(&path("cuda.h"), &folder.0).expect("the archive is made");
        let compile = |arguments: &[&str]| {
            run(Command::new(program("CC", "cc")).current_dir(&folder.0).args(arguments))
                .expect("it compiles");
        };
        compile(&["main.c", "-L.", "-lcuda", "-o", "main"]);
        compile(&["-shared", "-fPIC", "libcuda.c", "-o", "driver/libcuda.so.1"]);

        let without = says(&path("main"), "");
        assert_eq!(
            without,
            ["34 there is no NVIDIA driver: libcuda.so.1 cannot be loaded", "34", "34", "34", "34"]
        );
        let with = says(&path("main"), &path("driver").to_string_lossy());
        assert_eq!(with, ["5 the driver's words", "265", "1234567", "1234567", "801"]);
    }
}
