//! `touchstone doctor`: what is here.

use std::env;
use std::fmt::Write as _;
use std::fs;

use clap::Args;
use touchstone::registry::{self, Device};
use touchstone_reference::configuration::Configuration;

use super::common::{Exit, Failure, print};

/// Say what is here: engines, libraries, configuration
#[derive(Args, Debug)]
pub(super) struct Doctor {}

impl Doctor {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        // Writing to a String cannot fail.
        let mut text = format!("touchstone {}\n", env!("CARGO_PKG_VERSION"));
        let mut exit = Exit::Fine;
        for registered in registry::engines() {
            match (registered.start)(&Device::Cpu) {
                Ok(engine) => {
                    let (name, version) = (engine.name().to_owned(), engine.version());
                    let _ = writeln!(text, "engine {name} {version} on {}", engine.device());
                }
                Err(error) => {
                    let _ = writeln!(text, "engine {} does not start: {error}", registered.name);
                    exit = Exit::Engine;
                }
            }
        }
        for (name, how) in registry::missing() {
            let _ = writeln!(text, "engine {name} is not in this build: {how}");
        }
        libtorch(&mut text);
        configuration(&mut text, &mut exit);
        print(&text)?;
        Ok(exit)
    }
}

/// Which libtorch is loaded, and what would choose another.
fn libtorch(text: &mut String) {
    for library in loaded("libtorch_cpu") {
        let _ = writeln!(text, "libtorch is loaded from {library}");
    }
    for name in ["LIBTORCH", "LIBTORCH_USE_PYTORCH"] {
        if let Ok(value) = env::var(name) {
            let _ = writeln!(text, "{name} is {value}");
        }
    }
}

/// The files of this name that are mapped into the process, where the system tells.
fn loaded(name: &str) -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut files: Vec<String> = maps
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .filter(|path| path.rsplit('/').next().is_some_and(|file| file.starts_with(name)))
        .map(str::to_owned)
        .collect();
    files.dedup();
    files
}

fn configuration(text: &mut String, exit: &mut Exit) {
    if let Ok(name) = env::var("KERAS_BACKEND") {
        let _ = writeln!(text, "KERAS_BACKEND is {name}");
    }
    let Some(path) = Configuration::default_path() else {
        text.push_str("there is no home folder, so no configuration file\n");
        return;
    };
    let shown = path.display();
    let _ = match Configuration::read(&path) {
        Ok(_) if !path.exists() => writeln!(text, "{shown} is not there: defaults are in force"),
        Ok(configuration) => writeln!(
            text,
            "{shown}: backend {}, floatx {}, epsilon {:e}, image_dim_ordering {}",
            configuration.backend,
            configuration.floatx,
            configuration.epsilon,
            configuration.image_dim_ordering.name(),
        ),
        Err(error) => {
            *exit = Exit::Usage;
            writeln!(text, "{error}")
        }
    };
}
