use std::fs;

use proptest::prelude::*;
use touchstone_reference::{DType, HostTensor, Label};

use super::*;

const VALID: &str = r#"{"id":"clip/0001","function":"clip","source":"keras-1.1.0 theano-1.0.5","args":{"x":{"dtype":"float32","shape":[2,1],"data":[1.5,"NaN"]},"min_value":-0.5,"max_value":"Infinity"},"floatx":"float64","expect":{"outputs":[{"dtype":"float32","shape":[2,1],"data":[1.5,"NaN"]}]},"grad":{"cotangent":[{"dtype":"float64","shape":[2,1],"data":[1,-0.0]}],"wrt":{"x":{"dtype":"float64","shape":[2,1],"data":[1.0,0.0]}}},"disputed":"gradient at a kink","note":"a note","tags":["nan"],"agrees":[]}"#;

fn parse(text: &str) -> Result<Case, GoldenError> {
    Case::parse("set", Path::new("file.jsonl"), 7, text)
}

fn case(text: &str) -> Case {
    parse(text).expect("well-formed")
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

#[test]
fn a_line_is_read_whole() {
    let case = case(VALID);
    assert_eq!((case.id.as_str(), case.line), ("set/clip/0001", 7));
    assert_eq!(case.call.floatx, DType::Float64);
    assert_eq!(case.call.argument("max_value"), Some(&Value::Float(f64::INFINITY)));
    let disputed = case.disputed.as_ref().expect("it is disputed");
    assert!(disputed.gradient_only);
    let gradient = case.gradient.as_ref().expect("it has one");
    assert!(gradient.cotangent[0].to_f64s()[1].is_sign_negative());
}

#[test]
fn every_line_of_the_project_is_read() {
    let golden = Golden::load(&[project()]).expect("the project's own cases are well-formed");
    // As many as the READMEs count.
    let recorded = golden.cases.iter().filter(|case| !case.is_written()).count();
    assert_eq!(recorded, 2763 + 2253);
    assert!(golden.case("theano/dot/0003").is_some());
    assert!(golden.case("tensorflow/dot/0003").is_some());
}

#[test]
fn a_written_case_names_what_it_shows() {
    let line = |shows: &str, expect: &str| {
        format!(
            r#"{{"id":"dot/C2-1","function":"dot","source":"decision",{shows},"args":{{}},"expect":{expect}}}"#
        )
    };
    let (refusal, result) = (r#"{"error":"2 and 3 differ"}"#, r#"{"outputs":[]}"#);
    let constraint = case(&line(r#""constraint":"C2""#, refusal));
    assert_eq!((constraint.constraint, constraint.convention), (Some(Label::C(2)), None));
    assert!(constraint.is_written());
    assert_eq!(case(&line(r#""constraint":"G4""#, refusal)).constraint, Some(Label::G(4)));
    assert_eq!(case(&line(r#""convention":"K2""#, result)).convention, Some(2));
    let refused = [
        (r#""constraint":"C4""#, refusal, "constraint"),
        (r#""constraint":"G5""#, refusal, "constraint"),
        (r#""constraint":"C0""#, refusal, "constraint"),
        (r#""constraint":"K1""#, refusal, "constraint"),
        (r#""constraint":"²C""#, refusal, "constraint"),
        (r#""constraint":2"#, refusal, "constraint"),
        (r#""constraint":"C2""#, result, "expect"),
        (r#""convention":"K3""#, result, "convention"),
        (r#""convention":"K0""#, result, "convention"),
        (r#""convention":"C1""#, result, "convention"),
        (r#""convention":"K1""#, refusal, "constraint"),
    ];
    for (shows, expect, field) in refused {
        let error = parse(&line(shows, expect)).expect_err(shows);
        assert_eq!(error.field, field, "{shows}: {error}");
    }
}

#[test]
fn what_is_written_reads_back_the_same() {
    let golden = Golden::load(&[project()]).expect("the project's own cases are well-formed");
    for case in &golden.cases {
        let written = case.to_json();
        let set = case.id.split('/').next().expect("ids begin with the set");
        let read = Case::parse(set, &case.file, case.line, &written.to_string())
            .unwrap_or_else(|error| panic!("{}: {error}", case.id));
        // As text, because NaN differs from itself.
        assert_eq!(format!("{read:?}"), format!("{case:?}"));
    }
}

#[test]
fn tensors_keep_their_bits() {
    fn check(tensor: &HostTensor) {
        let json = write_tensor(tensor).to_string();
        let back =
            read_tensor("x", &serde_json::from_str(&json).expect("valid JSON")).expect(&json);
        assert_eq!((back.dtype(), back.shape()), (tensor.dtype(), tensor.shape()), "{json}");
        assert_eq!(back.is_sparse(), tensor.is_sparse());
        let bits = |t: &HostTensor| t.to_f64s().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(tensor), "{json}");
        assert_eq!(back.to_i64s(), tensor.to_i64s(), "{json}");
    }
    let special =
        [0.0, -0.0, 0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-310, -1.5e300, 5e-324];
    check(&HostTensor::from_f64s(DType::Float64, &[3, 3], &special).expect("nine"));
    let single = [0.1, 3.4028234663852886e38, 1e-45, -0.0, 16777217.0, f64::NAN];
    check(&HostTensor::from_f64s(DType::Float32, &[6], &single).expect("six"));
    check(&HostTensor::from_f64s(DType::Float16, &[2], &[0.1, 65504.0]).expect("two"));
    check(&HostTensor::from_vec(&[2], vec![u64::MAX, 1]).expect("two"));
    check(&HostTensor::from_vec(&[2], vec![i64::MIN, i64::MAX]).expect("two"));
    check(&HostTensor::from_vec(&[2], vec![true, false]).expect("two"));
    check(&HostTensor::from_f64s(DType::Float32, &[0, 3], &[]).expect("none"));
    check(
        &HostTensor::from_f64s(DType::Float32, &[1, 2], &[0.0, 1.0])
            .expect("two")
            .with_sparse(true),
    );
}

#[test]
fn what_is_malformed_is_said_with_file_line_and_field() {
    fn check(change: (&str, &str), field: &str) {
        let text = VALID.replacen(change.0, change.1, 1);
        assert_ne!(text, VALID, "{} is not in the line", change.0);
        let error = parse(&text).expect_err(&text);
        assert_eq!((error.line, error.field.as_str()), (7, field), "{error}");
        assert!(error.to_string().starts_with("file.jsonl:7: "), "{error}");
    }
    let x = r#""dtype":"float32","shape":[2,1],"data":[1.5,"NaN"]"#;
    check((r#","agrees":[]}"#, ""), "(line)");
    check((r#""id":"clip/0001","#, ""), "id");
    check((r#""id":"clip/0001""#, r#""id":3"#), "id");
    check((r#""function":"clip","#, ""), "function");
    check((r#""function":"clip""#, r#""function":"clap""#), "function");
    check((r#""source":"keras-1.1.0 theano-1.0.5","#, ""), "source");
    check((r#""floatx":"float64""#, r#""floatx":"int32""#), "floatx");
    check((r#""note":"a note""#, r#""note":[]"#), "note");
    check((r#""outputs":"#, r#""results":"#), "expect");
    check((r#""expect":{"outputs""#, r#""expect":{"error":"E","outputs""#), "expect");
    check((x, r#""shape":[2,1],"data":[1,2]"#), "args.x.dtype");
    check((x, r#""dtype":"float32","data":[1,2]"#), "args.x.shape");
    check((x, r#""dtype":"float32","shape":[2,1]"#), "args.x.data");
    check((x, r#""dtype":"float33","shape":[2,1],"data":[1,2]"#), "args.x.dtype");
    check((x, r#""dtype":"float32","shape":[3],"data":[1,2]"#), "args.x.data");
    check((x, r#""dtype":"float32","shape":[-2],"data":[1,2]"#), "args.x.shape[0]");
    check((x, r#""dtype":"float32","shape":[2.5],"data":[1,2]"#), "args.x.shape[0]");
    check((x, r#""dtype":"float32","shape":2,"data":[1,2]"#), "args.x.shape");
    check((x, r#""dtype":"float32","shape":[2],"data":"1, 2""#), "args.x.data");
    check((x, r#""dtype":"float32","shape":[2],"data":[1,"2"]"#), "args.x.data[1]");
    check((x, r#""dtype":"float32","shape":[2],"data":[1,null]"#), "args.x.data[1]");
    check((x, r#""dtype":"float32","shape":[2],"data":[1,1e39]"#), "args.x.data[1]");
    check((x, r#""dtype":"int8","shape":[2],"data":[1,128]"#), "args.x.data[1]");
    check((x, r#""dtype":"uint8","shape":[2],"data":[-1,1]"#), "args.x.data[0]");
    check((x, r#""dtype":"bool","shape":[2],"data":[1,2]"#), "args.x.data[1]");
    check((x, r#""dtype":"int64","shape":[2],"data":[1,0.5]"#), "args.x.data[1]");
    check((x, r#""dtype":"int64","shape":[2],"data":[1,9223372036854775808]"#), "args.x.data[1]");
    check((x, r#""dtype":"float32","shape":[4294967296,4294967296],"data":[]"#), "args.x.shape");
    check((x, r#""dtype":"float32","shape":[1000000000],"data":[]"#), "args.x.shape");
    check((x, r#""dtype":"float32","shape":[18446744073709551615,0],"data":[]"#), "args.x.shape");
    check((x, r#""dtype":"float32","shape":[2],"data":[1,2],"sparse":1"#), "args.x.sparse");
    check((x, r#""dtype":"float32","shape":[2],"data":[1,2],"sparse":true"#), "args.x.shape");
    check((r#""x":{"dtype""#, r#""z":{"dtype""#), "grad.wrt.x");
    check((r#""max_value":"Infinity""#, r#""max_value":{"value":1}"#), "args.max_value");
    check(
        (
            r#""cotangent":[{"dtype":"float64","shape":[2,1]"#,
            r#""cotangent":[{"dtype":"float64","shape":[2]"#,
        ),
        "grad.cotangent",
    );
}

#[test]
fn a_tensor_has_at_most_so_many_axes() {
    let tensor = |rank: usize| {
        let shape = vec![1; rank];
        serde_json::json!({"dtype": "float32", "shape": shape, "data": [1.0]})
    };
    assert!(read_tensor("x", &tensor(MAX_RANK)).is_ok());
    let error = read_tensor("x", &tensor(MAX_RANK + 1)).expect_err("one too many");
    assert_eq!(error.field, "x.shape");
}

#[test]
fn files_and_folders_make_sets() {
    let folder = std::env::temp_dir().join(format!("touchstone-sets-{}", std::process::id()));
    let inner = folder.join("inner");
    fs::create_dir_all(&inner).expect("the temporary folder can be written to");
    fs::write(folder.join("a.jsonl"), format!("{VALID}\n\n")).expect("a file");
    fs::write(inner.join("b.jsonl"), VALID).expect("a file");
    fs::write(inner.join("README.md"), "not a case").expect("a file");
    let golden = Golden::load(std::slice::from_ref(&folder)).expect("well-formed");
    let ids: Vec<&str> = golden.cases.iter().map(|case| case.id.as_str()).collect();
    let own = folder.file_name().expect("it has a name").to_string_lossy();
    assert_eq!(ids, [format!("{own}/clip/0001"), "inner/clip/0001".into()]);
    let twice = Golden::load(&[inner.clone(), inner]).expect_err("the same id twice");
    assert_eq!((twice.field.as_str(), twice.line), ("id", 1));
    let absent = Golden::load(&[folder.join("absent")]).expect_err("no such folder");
    assert_eq!((absent.field.as_str(), absent.line), ("(file)", 0));
    fs::remove_dir_all(folder).expect("it was just written");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_line_that_was_damaged_never_panics(
        at in 0..VALID.len(),
        length in 0_usize..40,
        put in "[-0-9.eE\"\\[\\]{},:a-z ]{0,24}",
    ) {
        let end = (at + length).min(VALID.len());
        let _ = parse(&format!("{}{put}{}", &VALID[..at], &VALID[end..]));
    }

    #[test]
    fn no_shape_and_data_panic(
        shape in prop::collection::vec(prop_oneof![0..4_u64, any::<u64>()], 0..6),
        count in 0_usize..30,
        dtype in prop::sample::select(DType::ALL.to_vec()),
    ) {
        let data = vec![1; count];
        let json = serde_json::json!({"dtype": dtype.name(), "shape": shape, "data": data});
        if let Ok(tensor) = read_tensor("x", &json) {
            prop_assert_eq!(tensor.len(), count);
        }
    }
}
