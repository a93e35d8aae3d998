//! The report in a real browser: filters, a function's page and a failure work, and nothing is
//! said on the console. Without a Chromium there is nothing to open it with, which is said.

#![allow(clippy::print_stdout, reason = "what a test could not look at has to be said")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

const TOUCHSTONE: &str = env!("CARGO_BIN_EXE_touchstone");

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What a run before left would hide what this one does not write.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn touchstone(arguments: &[&str]) -> std::process::Output {
    let output = Command::new(TOUCHSTONE).args(arguments).output().expect("touchstone runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {said}");
    output
}

/// A report on two runs, of which the second has one failure planted in its record.
fn written(name: &str) -> PathBuf {
    let folder = folder(name);
    let path = |name: &str| folder.join(name).display().to_string();
    let common = ["check", "--engine", "reference", "--cases", "3", "--format", "json"];
    let functions = ["--function", "softmax", "--function", "tanh", "--function", "dot"];
    let (before, after) = (path("before.json"), path("after.json"));
    touchstone(&[&common[..], &functions, &["--out", &before]].concat());
    let record = fs::read_to_string(&before).expect("a record");
    let mut record: Json = serde_json::from_str(&record).expect("JSON");
    let case = &mut record["cases"][0];
    case["outcome"] = "mismatch".into();
    case["message"] = "found <b>1</b>, expected 2".into();
    fs::write(&after, record.to_string()).expect("a record");
    let findings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/findings.md");
    let findings = findings.display().to_string();
    touchstone(&["report", &before, &after, "--out", &path("out"), "--findings", &findings]);
    folder.join("out")
}

#[test]
fn a_report_is_written_in_every_form() {
    let out = written("report-forms");
    let read = |name: &str| fs::read_to_string(out.join(name)).expect(name);
    let page = read("report.html");
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(read("report.md").contains("does not conform"));
    assert!(read("junit.xml").contains("<failure type=\"mismatch\">"));
    assert!(read("reference-cpu.svg").starts_with("<svg"));
    for line in read("cases.jsonl").lines() {
        let record: Json = serde_json::from_str(line).expect("one record a line");
        assert!(record["case"].is_string());
    }
}

#[test]
fn a_difference_is_told() {
    let out = written("report-difference");
    let file = |name: &str| out.with_file_name(name).display().to_string();
    let (before, after) = (file("before.json"), file("after.json"));
    let worse = touchstone(&["diff", &before, &after]);
    assert_eq!(worse.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&worse.stdout).contains("pass before, mismatch now"));
    let better = touchstone(&["diff", &after, &before, "--format", "json"]);
    assert_eq!(better.status.code(), Some(0));
    let json: Json = serde_json::from_slice(&better.stdout).expect("JSON");
    assert_eq!(json["changed"].as_array().map(Vec::len), Some(1));
}

/// Does to the page what a user would, and writes what came of it into the page.
const USER: &str = r##"
<script>
"use strict";
{
  const wrong = [];
  addEventListener("error", (e) => wrong.push(e.message));
  for (const word of ["error", "warn"]) console[word] = (...said) => wrong.push(said.join(" "));
  const wait = () => new Promise((done) => setTimeout(done, 50));
  const rows = () => [...document.querySelectorAll("tr[data-function]")].map((r) => r.dataset.function);
  const result = {};
  (async () => {
    result.all = rows().length;
    const search = document.getElementById("search");
    search.value = "softm";
    search.dispatchEvent(new Event("input"));
    result.found = rows();
    search.value = "";
    search.dispatchEvent(new Event("input"));
    document.querySelector("button[data-show=failing]").click();
    result.failing = rows();
    document.querySelector("button[data-show=all]").click();
    document.querySelector("a[href='#/f/softmax']").click();
    await wait();
    result.title = document.title;
    result.heading = document.querySelector("h1").textContent;
    result.constraints = document.querySelectorAll("ol.labels li").length;
    result.plots = document.querySelectorAll("svg.plot rect").length;
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "]" }));
    await wait();
    result.next = document.querySelector("h1").textContent;
    location.hash = "#/failures";
    await wait();
    result.failures = document.querySelectorAll(".failure").length;
    result.replay = document.querySelector(".replay code").textContent;
    result.shown = document.querySelector(".failure pre").textContent;
    for (const part of ["speed", "findings", "mutants", "history", "nothing", "f/none"]) {
      location.hash = `#/${part}`;
      await wait();
      result[part] = document.querySelector("main h1").textContent;
    }
    const before = document.documentElement.dataset.theme;
    document.getElementById("theme").click();
    result.turned = before !== document.documentElement.dataset.theme;
    result.wide = document.documentElement.scrollWidth - innerWidth;
  })().catch((e) => wrong.push(String(e))).finally(() => {
    const said = document.createElement("pre");
    said.id = "said";
    said.textContent = JSON.stringify({ ...result, wrong });
    document.body.append(said);
  });
}
</script>
</body>"##;

fn browser() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        let mut command = Command::new(name);
        let run = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    })
}

/// What the page says after the user of [`USER`] has been there, in a window so wide.
fn used(browser: &str, page: &Path, width: u32) -> Json {
    let profile = page.with_file_name(format!("profile-{width}"));
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--virtual-time-budget=10000",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},900"))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output()
        .expect("the browser runs");
    let page = String::from_utf8_lossy(&output.stdout);
    let said = page.split_once("<pre id=\"said\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let said = said.unwrap_or_else(|| panic!("the page says nothing: {page}")).0;
    let said = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&said).expect("JSON")
}

#[test]
fn a_user_finds_what_failed() {
    let Some(browser) = browser() else {
        println!("there is no Chromium here, so the report was not opened: install chromium");
        return;
    };
    let out = written("report-browser");
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    let (before, _) = page.rsplit_once("</body>").expect("a page has a body");
    let tried = out.join("tried.html");
    fs::write(&tried, format!("{before}{USER}</html>")).expect("a page");
    for width in [1280, 500] {
        let said = used(browser, &tried, width);
        assert_eq!(said["wrong"], serde_json::json!([]), "at {width}: {said:#}");
        assert!(said["all"].as_u64() > Some(100), "{said:#}");
        assert_eq!(said["found"][0], "softmax", "{said:#}");
        assert_eq!(said["failing"].as_array().map(Vec::len), Some(1), "{said:#}");
        assert_eq!(said["title"], "softmax · Touchstone report");
        assert_eq!(said["heading"], "softmax");
        assert_eq!(said["constraints"], 3, "one constraint, two conventions");
        assert!(said["plots"].as_u64() > Some(0), "{said:#}");
        assert_ne!(said["next"], "softmax");
        assert_eq!(said["failures"], 1);
        assert_eq!(said["shown"], "found <b>1</b>, expected 2", "text, not tags");
        let replay = said["replay"].as_str().expect("a command");
        assert!(replay.starts_with("cargo touchstone replay "), "{replay}");
        assert_eq!(said["findings"], "Findings");
        assert_eq!(said["turned"], true);
        assert!(said["wide"].as_i64() <= Some(0), "wider than its window of {width}: {said:#}");
    }
}
