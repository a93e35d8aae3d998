//! Which crate of the workspace may know which.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

const REFERENCE: &str = "touchstone-reference";
const REPORTS: &str = "touchstone-reports";
const CONFORMANCE: &str = "touchstone";
const BENCHES: &str = "touchstone-benches";

/// The packages of the workspace, with what each depends on in any way, tests included.
fn packages() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs, or this test would not");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let name = |json: &Json| json["name"].as_str().expect("a name").to_owned();
    let list = |json: &Json| json.as_array().expect("a list").clone();
    list(&metadata["packages"])
        .iter()
        .map(|package| (name(package), list(&package["dependencies"]).iter().map(name).collect()))
        .collect()
}

fn ours<'a>(packages: &BTreeMap<String, Vec<String>>, dependencies: &'a [String]) -> Vec<&'a str> {
    dependencies.iter().map(String::as_str).filter(|name| packages.contains_key(*name)).collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let packages = packages();
    for (name, dependencies) in &packages {
        let ours = ours(&packages, dependencies);
        let allowed: &[&str] = match name.as_str() {
            REFERENCE | REPORTS | "xtask" => &[],
            // May know everything but what measures it.
            CONFORMANCE => {
                assert!(!ours.contains(&BENCHES), "{name} depends on {BENCHES}");
                continue;
            }
            BENCHES => continue,
            // An engine.
            _ => &[REFERENCE],
        };
        for dependency in &ours {
            assert!(allowed.contains(dependency), "{name} depends on {dependency}");
        }
    }
    assert!(packages.contains_key(REFERENCE) && packages.contains_key(CONFORMANCE));
}

#[test]
fn reports_know_data_and_text_alone() {
    let packages = packages();
    for dependency in &packages[REPORTS] {
        let allowed = ["serde", "serde_json", "pulldown-cmark"].contains(&dependency.as_str());
        assert!(allowed, "{REPORTS} depends on {dependency}");
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_the_registry_names_engines() {
    let packages = packages();
    let engines: Vec<&str> = packages
        .keys()
        .filter_map(|name| name.strip_prefix("touchstone-"))
        .filter(|name| !["reference", "reports", "benches"].contains(name))
        .collect();
    assert!(engines.len() >= 2, "{engines:?}");
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files.iter().filter(|file| !file.ends_with("registry.rs")) {
        let text = fs::read_to_string(file).expect("a source");
        for engine in &engines {
            for name in [format!("touchstone_{engine}"), format!("\"{engine}\"")] {
                assert!(!text.contains(&name), "{} names {name}", file.display());
            }
        }
    }
}

#[test]
fn no_source_is_longer_than_600_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "../reports/src"] {
        sources(&root.join(folder), &mut files);
    }
    for file in files {
        let lines = fs::read_to_string(&file).expect("a source").lines().count();
        assert!(lines <= 600, "{} has {lines} lines: split it by family", file.display());
    }
}
