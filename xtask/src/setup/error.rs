//! What can go wrong before cargo is called, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why something is not set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// No interpreter could be started.
    #[error("setting it up needs Python 3 with pip: none of {tried} could be run")]
    NoPython {
        /// The names tried.
        tried: String,
    },
    /// There is an interpreter, but it has no pip.
    #[error("setting it up needs pip: `{python} -m pip` does not work")]
    NoPip {
        /// The interpreter.
        python: String,
    },
    /// pip reached no index.
    #[error("pip could not reach a package index: {reason}")]
    NoNetwork {
        /// The part of what pip said that tells why.
        reason: &'static str,
    },
    /// pip failed for another reason.
    #[error("pip could not download it ({status}):\n  {line}")]
    Pip {
        /// How pip ended.
        status: String,
        /// What pip said last.
        line: String,
    },
    /// pip ended well, but a wheel is not where it should be.
    #[error("pip downloaded no file named {prefix}*.whl into {folder}", folder = .folder.display())]
    NoWheel {
        /// How the file name should start.
        prefix: &'static str,
        /// Where it should be.
        folder: PathBuf,
    },
    /// The wheels could not be unpacked.
    #[error("the downloaded wheels could not be unpacked ({status}); what failed is said above")]
    Unpack {
        /// How Python ended.
        status: String,
    },
    /// A compiler or archiver did not do its work.
    #[error("`{program}` failed ({status}); what failed is said above")]
    Compiler {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
    },
    /// There is no recipe for this kind of machine.
    #[error("it can be set up on Linux on x86_64 with glibc only; this is {os} on {arch}")]
    Platform {
        /// The operating system.
        os: &'static str,
        /// The processor.
        arch: &'static str,
    },
    /// `LIBTORCH` names something else.
    #[error("LIBTORCH is set to {path}, but there is no folder {lib}", path = .path.display(), lib = .lib.display())]
    NotLibtorch {
        /// The variable's value.
        path: PathBuf,
        /// The folder that should be there.
        lib: PathBuf,
    },
    /// `LIBTORCH_USE_PYTORCH` is set, but there is no PyTorch.
    #[error("LIBTORCH_USE_PYTORCH is set, but `{python}` has no torch package with a lib folder")]
    NoPytorch {
        /// The interpreter that torch-sys asks too.
        python: &'static str,
    },
    /// A program or a file of ours failed.
    #[error("could not {what} {path}: {source}", path = .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SetupError {
    /// What the user can do now, one way a line, the likeliest first: what puts this right, then
    /// the ways to do without the set-up.
    pub(crate) fn advice(&self, without: Vec<String>) -> String {
        let remedies: &[&str] = match self {
            Self::NoPython { .. } => {
                &["install Python 3 and pip (Debian, Ubuntu: apt-get install python3 python3-pip)"]
            }
            Self::NoPip { .. } => &["install pip (Debian, Ubuntu: apt-get install python3-pip)"],
            Self::NoNetwork { .. } => &[
                "connect to the network, or tell pip which index or proxy to use (`pip config`), and run this again",
            ],
            Self::Pip { .. } | Self::NoWheel { .. } | Self::Unpack { .. } => &[
                "see what is said above, put it right (disk space, pip's configuration, an old pip), and run this again",
            ],
            Self::Compiler { .. } => {
                &["install a C compiler (Debian, Ubuntu: apt-get install gcc)"]
            }
            Self::Platform { .. } => &[],
            Self::NotLibtorch { .. } => &["unset LIBTORCH, and libtorch is set up here"],
            Self::NoPytorch { .. } => &[
                "install torch for that Python, or activate the environment that has it",
                "unset LIBTORCH_USE_PYTORCH, and libtorch is set up here",
            ],
            Self::Io { .. } => &["put it right (permissions, disk space), and run this again"],
        };
        let mut text = "What to do, one of:".to_owned();
        for way in remedies.iter().map(|remedy| (*remedy).to_owned()).chain(without) {
            text.push_str("\n  - ");
            text.push_str(&way);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message and the advice of a variant hold all of `words`.
    #[track_caller]
    fn check(error: SetupError, words: &[&str]) {
        let text = format!("{error}\n{}", error.advice(vec!["do without".to_owned()]));
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
        assert!(text.ends_with("\n  - do without"), "no way without it in:\n{text}");
    }

    #[test]
    fn no_python() {
        let tried = "python3, python".to_owned();
        check(
            SetupError::NoPython { tried },
            &["none of python3, python", "apt-get install python3 python3-pip"],
        );
    }

    #[test]
    fn no_pip() {
        let python = "python3".to_owned();
        check(SetupError::NoPip { python }, &["`python3 -m pip`", "apt-get install python3-pip"]);
    }

    #[test]
    fn no_network() {
        let reason = "Name or service not known";
        check(
            SetupError::NoNetwork { reason },
            &["Name or service not known", "connect to the network"],
        );
    }

    #[test]
    fn pip_failed() {
        check(
            SetupError::Pip {
                status: "exit status: 1".to_owned(),
                line: "no such option: --abi".to_owned(),
            },
            &["exit status: 1", "--abi", "an old pip"],
        );
    }

    #[test]
    fn wheels() {
        check(
            SetupError::NoWheel { prefix: "torch-", folder: "/w/wheels".into() },
            &["torch-*.whl", "/w/wheels"],
        );
        let status = "exit status: 1".to_owned();
        check(SetupError::Unpack { status }, &["unpacked", "disk space"]);
    }

    #[test]
    fn other_platform() {
        check(SetupError::Platform { os: "macos", arch: "aarch64" }, &["macos on aarch64"]);
    }

    #[test]
    fn the_users_own() {
        check(
            SetupError::NotLibtorch { path: "/opt/none".into(), lib: "/opt/none/lib".into() },
            &["LIBTORCH is set to /opt/none", "no folder /opt/none/lib", "unset LIBTORCH,"],
        );
        check(
            SetupError::NoPytorch { python: "python3" },
            &["`python3` has no torch", "install torch", "unset LIBTORCH_USE_PYTORCH"],
        );
    }

    #[test]
    fn files() {
        check(
            SetupError::Io {
                what: "create",
                path: "/w/.libtorch.lock".into(),
                source: io::Error::from(io::ErrorKind::PermissionDenied),
            },
            &["could not create /w/.libtorch.lock", "permission"],
        );
    }
}
