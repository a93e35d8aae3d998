//! The function table is in order: names, labels, arguments.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::{BTreeMap, BTreeSet};

use touchstone_reference::Function;
use touchstone_reference::arguments::{Argument, Arguments};
use touchstone_reference::backend as K;

#[test]
fn names_are_unique_and_parse() {
    let names: BTreeSet<_> = Function::ALL.iter().map(|f| f.name()).collect();
    assert_eq!(names.len(), Function::ALL.len());
    for function in Function::ALL {
        assert_eq!(function.name().parse(), Ok(*function));
        assert_eq!(function.entry().function, *function);
    }
}

#[test]
fn a_similar_name_is_suggested() {
    let error = "batch_dott".parse::<Function>().unwrap_err();
    assert!(error.to_string().contains("did you mean batch_dot"), "{error}");
}

#[test]
fn every_entry_is_a_page() {
    for function in Function::ALL {
        let entry = function.entry();
        assert!(entry.doc.trim().len() > 10, "{function} has no description");
        assert!(!entry.source.is_empty(), "{function} has no source");
        assert!(!entry.example.is_empty(), "{function} has no example");
        for parameter in (entry.parameters)() {
            assert!(
                !parameter.doc.trim().is_empty(),
                "{function}: {} has no words",
                parameter.name
            );
        }
    }
}

/// The source of each entry: from its declaration to the next.
fn entry_sources() -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/functions");
    let mut sources = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = ["binary", "elementary", "numeric_unary", "reduction"]
            .iter()
            .fold(text, |text, name| text.replace(&format!("\n{name}! {{"), "\nentry! {"));
        for part in text.split("\nentry! {").skip(1) {
            let head =
                part.lines().find(|line| !line.trim().starts_with("///") && line.contains(" = "));
            let name = head.unwrap().split(" = ").next().unwrap().trim();
            sources.insert(name.to_owned(), part.to_owned());
        }
    }
    sources
}

#[test]
fn no_constraint_is_cited_that_is_not_declared() {
    let sources = entry_sources();
    assert!(sources.len() > 40, "the entries were not found: {}", sources.len());
    for function in Function::ALL {
        let Some(source) = sources.get(&format!("{function:?}")) else { continue };
        let declared = function.entry().constraints.len();
        for n in declared + 1..=9 {
            let cited = [",", ".", ")"].iter().any(|end| source.contains(&format!("C{n}{end}")));
            assert!(!cited, "{function} cites C{n}, it declares {declared} constraints");
        }
    }
}

fn tensor(shape: &[K::HostTensor]) -> K::Tensor {
    K::constant(shape[0].clone())
}

#[test]
fn arguments_are_checked_by_name_and_kind() {
    let x = tensor(&[K::HostTensor::from_vec(&[2], vec![1.0_f32, 2.0]).unwrap()]);
    let call = |items: Vec<(&str, Argument<K::Tensor>)>| {
        let items = items.into_iter().map(|(n, a)| (n.to_owned(), a)).collect();
        K::call_by_name(Function::Sum, Arguments::new(Function::Sum, items)).map(|_| ())
    };
    assert_eq!(call(vec![("x", Argument::Tensor(x.clone()))]), Ok(()));
    let wrong = call(vec![("x", Argument::Int(3))]).unwrap_err();
    assert!(matches!(wrong, K::Error::Kind { .. }), "{wrong}");
    let missing = call(vec![]).unwrap_err();
    assert!(matches!(missing, K::Error::MissingArgument { .. }), "{missing}");
    let unknown = call(vec![("x", Argument::Tensor(x.clone())), ("axes", Argument::Int(0))]);
    assert!(matches!(unknown.unwrap_err(), K::Error::UnknownArgument { .. }));
    let range = call(vec![("x", Argument::Tensor(x)), ("axis", Argument::Int(1))]).unwrap_err();
    assert_eq!(range.label(), Some(touchstone_reference::Label::C(1)));
}

#[test]
fn no_tensor_is_larger_than_the_limit() {
    let x = tensor(&[K::HostTensor::from_vec(&[2], vec![1.0_f32, 2.0]).unwrap()]);
    for rep in [1_000_000_000, i64::MAX] {
        let error = K::repeat_elements(&x, rep, 0).unwrap_err();
        assert_eq!(error.label(), Some(touchstone_reference::Label::G(3)), "{error}");
    }
}
