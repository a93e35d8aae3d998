//! ctc_decode, ctc_label_dense_to_sparse.

mod common;

use touchstone_reference::backend::{self as K, Argument, Arguments, HostTensor, Tensor};
use touchstone_reference::{DType, Function, Label, Result};

use common::{check, host, on_candle, random};

fn greedy(x: &[Tensor]) -> Result<Vec<Tensor>> {
    K::ctc_decode(&x[0], &x[1]).tensors()
}

/// By name, since it has several results.
fn sparse(labels: &Tensor, lengths: &Tensor) -> Result<Vec<Tensor>> {
    let given = [("labels", labels), ("label_lengths", lengths)]
        .map(|(name, tensor)| (name.to_owned(), Argument::Tensor(tensor.clone())));
    let function = Function::CtcLabelDenseToSparse;
    K::call_by_name(function, Arguments::new(function, given.into()))
}

fn beam(x: &[Tensor], width: i64, paths: i64) -> Result<Vec<Tensor>> {
    K::ctc_decode(&x[0], &x[1]).greedy(false).beam_width(width).top_paths(paths).tensors()
}

#[test]
fn candle_decodes() -> Result<()> {
    let lengths = host(DType::Int32, &[5, 1], &[6.0, 5.0, 2.0, 0.0, 6.0])?;
    for dtype in [DType::Float16, DType::Float32, DType::Float64] {
        let lines = random(dtype, &[5, 6, 4], 1.1)?;
        check(&format!("{dtype}"), &[lines, lengths.clone()], &|x| {
            let x = [K::stop_gradient(&x[0])?, x[1].clone()];
            Ok([greedy(&x)?, beam(&x, 100, 3)?, beam(&x, 1, 1)?].concat())
        })?;
    }
    // Repeats, a blank between equal labels, blanks alone, ties.
    let classes = [0, 0, 2, 0, 1, 1, 2, 2, 2, 2, 2, 2];
    let one_hot: Vec<f64> = classes
        .iter()
        .flat_map(|&class| (0..3).map(move |i| if i == class { 0.8 } else { 0.1 }))
        .collect();
    let inputs =
        [host(DType::Float64, &[2, 6, 3], &one_hot)?, host(DType::Int64, &[2], &[6.0; 2])?];
    check("repeats", &inputs, &|x| greedy(&[K::stop_gradient(&x[0])?, x[1].clone()]))?;
    let found = on_candle(|| {
        let x = [K::constant(inputs[0].clone()), K::constant(inputs[1].clone())];
        K::eval(&greedy(&x)?[0])
    })?;
    assert_eq!((found.shape(), found.to_i64s()), (&[2, 3][..], vec![0, 0, 1, -1, -1, -1]));
    Ok(())
}

#[test]
fn candle_decodes_nothing() -> Result<()> {
    for shape in [[0, 3, 2], [2, 0, 2], [2, 3, 1]] {
        let lengths = host(DType::Int32, &[shape[0]], &vec![shape[1] as f64; shape[0]])?;
        check(&format!("{shape:?}"), &[random(DType::Float32, &shape, 1.1)?, lengths], &|x| {
            let x = [K::stop_gradient(&x[0])?, x[1].clone()];
            Ok([greedy(&x)?, beam(&x, 2, 2)?].concat())
        })?;
    }
    Ok(())
}

#[test]
fn candle_decodes_without_gradients() -> Result<()> {
    let lengths = host(DType::Int32, &[1], &[2.0])?;
    check("gradient", &[random(DType::Float32, &[1, 2, 3], 1.1)?, lengths], &|x| {
        Ok(vec![greedy(x)?[1].clone(), beam(x, 2, 1)?[1].clone()])
    })
}

#[test]
fn candle_decoding_refuses_lengths() -> Result<()> {
    let lines = K::constant(random(DType::Float32, &[1, 2, 3], 1.1)?);
    let labels = K::constant(host(DType::Int32, &[1, 2], &[1.0, 2.0])?);
    let at = |length: f64| host(DType::Int32, &[1], &[length]).map(K::constant);
    for length in [-1.0, 3.0] {
        let refused = on_candle(|| K::eval(&K::ctc_decode(&lines, &at(length)?).tensors()?[1]));
        assert_eq!(refused.err().and_then(|error| error.label()), Some(Label::C(5)), "{length}");
    }
    let refused = on_candle(|| K::eval(&sparse(&labels, &at(-1.0)?)?[0]));
    assert_eq!(refused.err().and_then(|error| error.label()), Some(Label::C(4)));
    Ok(())
}

#[test]
fn candle_decodes_what_is_no_probability() -> Result<()> {
    let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0, f64::NEG_INFINITY, 1e300];
    let inputs = [host(DType::Float64, &[1, 2, 3], &odd)?, host(DType::Int32, &[1], &[2.0])?];
    let found: Vec<HostTensor> = on_candle(|| {
        let x = inputs.clone().map(K::constant);
        K::function(&[], &[greedy(&x)?, beam(&x, i64::MAX, 4)?].concat(), &[])?.call(&[])
    })?;
    assert_eq!(found.len(), 7);
    Ok(())
}

#[test]
fn candle_makes_labels_sparse() -> Result<()> {
    let labels: Vec<f64> = (0..8).map(f64::from).collect();
    for dtype in [DType::Float16, DType::Float32, DType::Int8, DType::UInt8, DType::Int64] {
        for lengths in [[2.0, 0.0], [9.0, 3.0], [0.0, 0.0]] {
            let inputs = [host(dtype, &[2, 4], &labels)?, host(DType::Int32, &[2, 1], &lengths)?];
            check(&format!("{dtype} {lengths:?}"), &inputs, &|x| {
                let x0 =
                    if dtype == DType::Float16 { K::stop_gradient(&x[0])? } else { x[0].clone() };
                sparse(&x0, &x[1])
            })?;
        }
    }
    for shape in [[0, 3], [2, 0]] {
        let lengths = host(DType::Int32, &[shape[0]], &vec![1.0; shape[0]])?;
        check(&format!("{shape:?}"), &[random(DType::Float32, &shape, 0.0)?, lengths], &|x| {
            sparse(&x[0], &x[1])
        })?;
    }
    Ok(())
}
