//! The command line, end to end: exit codes, what is said, and malformed input.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// What a run of the program gave.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }
}

fn touchstone_with(stdin: &str, args: &[&str]) -> Ran {
    touchstone_in(&[], stdin, args)
}

fn touchstone_in(variables: &[(&str, &str)], stdin: &str, args: &[&str]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_touchstone"))
        .args(args)
        .envs(variables.iter().copied())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built with this test");
    // A program that fails early does not read its stdin.
    let _ = child.stdin.take().expect("it is piped").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    let ran = Ran {
        code: output.status.code().expect("no signal ends the program"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert!(!ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    ran
}

fn touchstone(args: &[&str]) -> Ran {
    touchstone_with("", args)
}

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("touchstone-cli-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder can be written to");
        Folder(path)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a file in the temporary folder");
        path.display().to_string()
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("an ordinary path")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over is in the temporary folder, and does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const FINE: &str = r#"{"id":"exp/0000","function":"exp","source":"by hand","args":{"x":{"dtype":"float64","shape":[2],"data":[0,1]}},"expect":{"outputs":[{"dtype":"float64","shape":[2],"data":[1,2.718281828459045]}]}}"#;

#[test]
fn a_conformant_run_is_0_and_a_record_is_written() {
    let folder = Folder::new("fine");
    folder.file("exp.jsonl", FINE);
    let args = ["check", "--engine", "reference", "--golden", folder.path()];
    let human = touchstone(&args);
    assert_eq!(human.code, 0, "{}{}", human.stdout, human.stderr);
    assert!(
        human.stdout.contains("conforms") && human.stdout.contains("seed 0"),
        "{}",
        human.stdout
    );

    let run = touchstone(&[&args[..], &["--format", "json", "--seed", "5"]].concat()).json();
    assert_eq!((&run["schema"], &run["seed"]), (&Json::from(1), &Json::from(5)));
    assert_eq!(run["totals"]["reference"]["pass"], 3);
    let case = &run["cases"][0];
    assert_eq!(
        (&case["engine"], &case["function"]),
        (&Json::from("reference"), &Json::from("exp"))
    );
    let replay = case["replay"].as_str().expect("a command");
    assert!(
        replay.starts_with("cargo touchstone replay ") && replay.contains("--golden"),
        "{replay}"
    );

    let out = folder.0.join("run.xml");
    let out = out.to_str().expect("an ordinary path");
    let written = touchstone(&[&args[..], &["--format", "junit", "--out", out]].concat());
    assert_eq!(written.code, 0);
    assert!(
        fs::read_to_string(out).expect("it was written").contains("<testsuite name=\"reference\"")
    );
    let names: Vec<_> = fs::read_dir(&folder.0).expect("a folder").collect();
    assert_eq!(names.len(), 2, "nothing but the cases and the result: {names:?}");
}

#[test]
fn a_wrong_recording_is_1_and_can_be_replayed() {
    let folder = Folder::new("wrong");
    folder.file("exp.jsonl", FINE.replace("2.718281828459045", "2.719"));
    let args = ["--engine", "reference", "--golden", folder.path()];
    let ran = touchstone(&[&["check"], &args[..]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let set = folder.0.file_name().expect("it has a name").to_string_lossy().into_owned();
    let id = format!("{set}/exp/0000");
    assert!(ran.stdout.contains(&format!("cargo touchstone replay {id} --engine reference")));
    let replayed = touchstone(&[&["replay", &id], &args[..]].concat());
    assert_eq!(replayed.code, 1);
    assert!(replayed.stdout.contains("index [1]") && replayed.stdout.contains("found    2.719"));
    let annotated = touchstone(&[&["check", "--format", "github"], &args[..]].concat());
    assert!(annotated.stdout.starts_with("::error title="), "{}", annotated.stdout);

    let printed = touchstone(&[&["replay", &id, "--print"], &args[..]].concat());
    let file = folder.file("case.json", &printed.stdout);
    assert_eq!(touchstone(&["replay", &file, "--engine", "reference"]).code, 1);
}

#[test]
fn usage_is_2() {
    for args in [
        &["check", "--function", "no_such*"][..],
        &["check", "--function", "map_no"],
        &["check", "--shard", "4/3"],
        &["check", "--device", "abacus"],
        &["check", "--engine", "abacus"],
        &["check", "--golden", "/no/such/folder"],
        &["list", "--function", "no_such*"],
        &["list", "--engine", "abacus"],
        &["check", "--no-such-flag"],
        &["replay", "theano/exp/9999"],
        &["eval", "no_such"],
        &["eval", "map_fn"],
        &["no-such-command"],
    ] {
        let ran = touchstone(args);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{args:?}: {}", ran.stdout);
    }
}

#[test]
fn a_device_that_is_not_there_is_3() {
    for engine in touchstone::registry::engines() {
        let ran = touchstone(&["check", "--engine", engine.name, "--device", "cuda:7"]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("cuda:7"), "{}", ran.stderr);
    }
    assert_eq!(touchstone(&["check", "--device", "cuda:7"]).code, 3);
}

#[test]
#[cfg(feature = "tch")]
fn a_libtorch_that_would_compute_in_tf32_is_refused() {
    let args = ["check", "--engine", "tch", "--device", "cuda:0"];
    let variable = "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE";
    let ran = touchstone_in(&[(variable, "1")], "", &args);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains(variable), "{}", ran.stderr);
    assert!(!touchstone_in(&[(variable, "0")], "", &args).stderr.contains(variable));
}

#[test]
fn nothing_to_run_is_4() {
    let folder = Folder::new("nothing");
    folder.file("exp.jsonl", FINE);
    let none = touchstone(&["check", "--golden", folder.path(), "--function", "tanh"]);
    assert_eq!(none.code, 4, "{}", none.stderr);
    let empty = Folder::new("empty");
    assert_eq!(touchstone(&["check", "--golden", empty.path()]).code, 4);
}

#[test]
fn shards_together_are_the_whole() {
    let whole = cases_of(&[]);
    let mut parts: Vec<String> =
        (1..=3).flat_map(|i| cases_of(&["--shard", &format!("{i}/3")])).collect();
    parts.sort();
    let mut sorted = whole;
    sorted.sort();
    assert_eq!(parts, sorted);
}

fn cases_of(more: &[&str]) -> Vec<String> {
    let args = ["check", "--engine", "reference", "--function", "softmax", "--format", "json"];
    let run = touchstone(&[&args[..], more].concat()).json();
    let cases = run["cases"].as_array().expect("a list");
    cases.iter().map(|case| format!("{}::{}", case["case"], case["aspect"])).collect()
}

#[test]
fn two_runs_give_the_same_record() {
    let args = ["check", "--engine", "reference", "--function", "d*", "--format", "json"];
    assert_eq!(touchstone(&args).stdout, touchstone(&args).stdout);
}

#[test]
fn malformed_cases_are_2_with_file_line_and_field() {
    let x = r#"{"dtype":"float64","shape":[2],"data":[0,1]}"#;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let wide = vec!["1"; 200].join(",");
    for (name, from, to, field) in [
        ("truncated", FINE, &FINE[..FINE.len() / 2], "(line)"),
        ("empty object", FINE, "{}", "id"),
        ("not JSON", FINE, "exp(0) = 1", "(line)"),
        ("deep", x, &deep, "(line)"),
        ("count", x, r#"{"dtype":"float64","shape":[3],"data":[0,1]}"#, "args.x.data"),
        (
            "product",
            x,
            r#"{"dtype":"float64","shape":[4294967296,2147483648],"data":[]}"#,
            "args.x.shape",
        ),
        (
            "2^63",
            x,
            r#"{"dtype":"float64","shape":[9223372036854775808],"data":[]}"#,
            "args.x.shape",
        ),
        ("10^9", x, r#"{"dtype":"float64","shape":[1000000000],"data":[]}"#, "args.x.shape"),
        ("10^30", x, r#"{"dtype":"float64","shape":[1e30],"data":[]}"#, "args.x.shape[0]"),
        (
            "rank",
            x,
            &format!(r#"{{"dtype":"float64","shape":[{wide}],"data":[1]}}"#),
            "args.x.shape",
        ),
        ("words", x, r#"{"dtype":"float64","shape":[2],"data":["nan",1]}"#, "args.x.data[0]"),
        ("a word", x, r#"{"dtype":"float64","shape":[1],"data":"NaN"}"#, "args.x.data"),
        ("dtype", x, r#"{"dtype":"complex64","shape":[1],"data":[1]}"#, "args.x.dtype"),
        ("range", x, r#"{"dtype":"uint8","shape":[1],"data":[256]}"#, "args.x.data[0]"),
        ("object", x, r#"{"values":[1]}"#, "args.x"),
        ("function", r#""function":"exp""#, r#""function":"exq""#, "function"),
        ("no expect", r#""expect""#, r#""expected""#, "expect"),
    ] {
        let folder = Folder::new(&format!("bad-{}", name.replace(' ', "-")));
        let bad = FINE.replacen(from, to, 1);
        assert_ne!(bad, FINE, "{name}");
        let file =
            folder.file("bad.jsonl", format!("{FINE}\n{}\n", bad.replace("exp/0000", "exp/0001")));
        let ran = touchstone(&["check", "--engine", "reference", "--golden", folder.path()]);
        assert_eq!(ran.code, 2, "{name}: {}{}", ran.stdout, ran.stderr);
        let expected = format!("{file}:2: {field}: ");
        assert!(ran.stderr.contains(&expected), "{name}: {expected} is not in {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{name}: {}", ran.stdout);
    }
    let folder = Folder::new("bad-bytes");
    folder.file("bad.jsonl", [0x22, 0xff, 0xfe, 0x0a]);
    let ran = touchstone(&["check", "--golden", folder.path()]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[test]
fn arguments_that_make_no_call_are_malformed_where_an_answer_was_recorded() {
    let x = r#"{"dtype":"float64","shape":[2],"data":[0,1]}"#;
    let (args, many) =
        (format!(r#"{{"x":{x}}}"#), format!(r#"{{"x":{x},"rep":1000000000,"axis":0}}"#));
    let repeat =
        |text: String| text.replace("\"exp\"", "\"repeat_elements\"").replacen(&args, &many, 1);
    for (name, line, field) in [
        ("string", FINE.replacen(x, "\"a tensor\"", 1), "args.x"),
        ("missing", FINE.replacen(&args, "{}", 1), "args.x"),
        ("unknown", FINE.replacen("\"x\"", "\"X\"", 1), "args."),
        ("10^9", repeat(FINE.to_owned()), "args"),
    ] {
        assert_ne!(line, FINE, "{name}");
        let folder = Folder::new(&format!("no-call-{name}").replace('^', ""));
        let file = folder.file("bad.jsonl", line);
        let ran = touchstone(&["check", "--engine", "reference", "--golden", folder.path()]);
        assert_eq!(ran.code, 2, "{name}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(&format!("{file}:1: {field}")), "{name}: {}", ran.stderr);
    }
}

#[test]
fn one_call_is_answered() {
    let ran = touchstone_with(
        r#"{"x": {"dtype": "float32", "shape": [3], "data": ["NaN", -0.0, "-Infinity"]}, "min_value": -1, "max_value": 1}"#,
        &["eval", "clip"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let expected = r#"{"outputs":[{"dtype":"float32","shape":[3],"data":["NaN",-0.0,-1.0]}]}"#;
    assert_eq!(ran.stdout.trim(), expected);
    let value = touchstone_with(r#"{"shape": [null, 2]}"#, &["eval", "placeholder"]);
    assert_eq!(value.json()["value"]["shape"], serde_json::json!([null, 2]));
}

#[test]
fn a_refused_call_is_1_with_the_constraint() {
    let ran = touchstone_with(
        r#"{"x": {"dtype": "float32", "shape": [2, 3], "data": [1,2,3,4,5,6]}, "axis": 0}"#,
        &["eval", "squeeze"],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let error = &ran.json()["error"];
    assert_eq!(
        (&error["kind"], &error["function"]),
        (&Json::from("refused"), &Json::from("squeeze"))
    );
    assert_eq!(error["constraint"], "C2");
}

#[test]
fn a_call_that_is_none_is_2_with_the_error() {
    for (function, stdin, constraint) in [
        ("exp", r#"{"x": 3}"#.to_owned(), "G1"),
        ("one_hot", r#"{"indices": {"dtype": "int32", "shape": [2], "data": [0, 1]}, "nb_classes": 9223372036854775807}"#.to_owned(), "G3"),
    ] {
        let ran = touchstone_with(&stdin, &["eval", function]);
        assert_eq!(ran.code, 2, "{function}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.json()["error"]["constraint"], constraint, "{}", ran.stdout);
    }
}

#[test]
fn arguments_that_are_no_arguments_are_2() {
    for stdin in
        ["", "[1]", "{\"x\": ", r#"{"x": {"dtype": "float32", "shape": [2], "data": [1]}}"#]
    {
        let ran = touchstone_with(stdin, &["eval", "exp"]);
        assert_eq!(ran.code, 2, "{stdin}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("stdin: "), "{}", ran.stderr);
    }
}

#[test]
fn the_list_has_every_function_with_its_constraints_and_support() {
    let list = touchstone(&["list", "--format", "json"]).json();
    let functions = list["functions"].as_array().expect("a list");
    assert_eq!(functions.len(), touchstone_reference::Function::ALL.len());
    let named =
        |name: &str| functions.iter().find(|f| f["name"] == name).expect("it is in the table");
    let sum = named("sum");
    assert_eq!(sum["constraints"][0]["label"], "C1");
    assert_eq!(sum["parameters"][1]["name"], "axis");
    assert_eq!(sum["support"]["reference"]["float32"]["how"], "native");
    let human = touchstone(&["list", "--functions"]);
    assert_eq!(human.code, 0);
    assert!(human.stdout.contains("sum(x, axis=None, keepdims=False)"), "{}", human.stdout);
}

#[test]
fn the_list_is_of_the_functions_and_engines_asked_for() {
    let asked = ["list", "--function", "pool?d", "--engine", "reference"];
    let list = touchstone(&[&asked[..], &["--format", "json"]].concat()).json();
    let names: Vec<&Json> =
        list["functions"].as_array().expect("a list").iter().map(|f| &f["name"]).collect();
    assert_eq!(names, ["pool2d", "pool3d"]);
    let pool = &list["functions"][0];
    assert_eq!(pool["support"].as_object().expect("by engine").len(), 1);
    assert_eq!(pool["support"]["reference"]["float32"]["how"], "native");
    assert!(pool["support"]["reference"].get("int32").is_none(), "it is for floats");
    assert_eq!(list["engines"].as_array().expect("a list").len(), 1);
    let ordering = pool["parameters"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|parameter| parameter["name"] == "dim_ordering")
        .expect("it has one");
    assert_eq!(ordering["default_from"], "image_dim_ordering");

    let human = touchstone(&asked).stdout;
    assert!(human.contains("dim_ordering=image_dim_ordering()"), "{human}");
    assert!(human.contains("    float16, float32, float64: native"), "{human}");
    assert!(human.contains("not defined for int8"), "{human}");
    assert!(!human.contains("conv2d(x"), "{human}");
}

#[test]
fn the_book_is_written_and_checked() {
    let folder = Folder::new("book");
    let command = ["book", "--out", folder.path()];
    let check = [&command[..], &["--check"]].concat();
    let written = touchstone(&command);
    if let Some((name, _)) = touchstone::registry::missing().first() {
        assert_eq!(written.code, 3, "{}", written.stderr);
        assert!(written.stderr.contains(name), "{}", written.stderr);
        return;
    }
    assert_eq!(written.code, 0, "{}", written.stderr);
    assert_eq!(touchstone(&check).code, 0);

    let page = folder.0.join("sum.md");
    let text = fs::read_to_string(&page).expect("a page");
    for part in ["sum(x, axis=None, keepdims=False)", "K::sum(x)", "**C1**", "**K1**", "native"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    fs::remove_file(folder.0.join("exp.md")).expect("a page");
    folder.file("sum.md", text.replace("**C1**", "**C9**"));
    folder.file("no_such.md", "");
    let stale = touchstone(&check);
    assert_eq!(stale.code, 1, "{}", stale.stdout);
    for told in ["sum.md is out of date", "exp.md is missing", "no_such.md", "touchstone book"] {
        assert!(stale.stdout.contains(told), "{told} is not in {}", stale.stdout);
    }
}

#[test]
fn the_doctor_tells_what_is_here() {
    let home = Folder::new("home");
    let ran = Command::new(env!("CARGO_BIN_EXE_touchstone"))
        .arg("doctor")
        .env("HOME", home.path())
        .output()
        .expect("the program was built with this test");
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && text.contains("engine reference "), "{text}");
    assert!(text.contains("keras.json is not there"), "{text}");

    let keras = Path::new(home.path()).join(".keras");
    fs::create_dir_all(&keras).expect("a folder");
    fs::write(keras.join("keras.json"), r#"{"floatx": "float8"}"#).expect("a file");
    let ran = Command::new(env!("CARGO_BIN_EXE_touchstone"))
        .arg("doctor")
        .env("HOME", home.path())
        .output()
        .expect("the program was built with this test");
    let text = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(2), "{text}");
    assert!(text.contains("floatx") && text.contains("float8"), "{text}");
}
