//! What a recogniser read.

mod common;

use common::{CARRIED, NAN, check, f32s, f64s, ints, numbers, refused};
use touchstone_reference::arguments::{Argument, Arguments};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, HostTensor, Result, Tensor};
use touchstone_reference::{Function, Label};

/// Probabilities of classes at each time of each sample, drawn.
fn probabilities(shape: [usize; 3]) -> Vec<f64> {
    numbers(shape.iter().product()).iter().map(|x| (x * 1.7).exp()).collect()
}

#[test]
fn the_best_class_at_each_time() -> Result<()> {
    let rows = [
        // Repeats, blanks between, ties, and times that do not count.
        [[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]],
        [[0.0, 0.0, 1.0], [0.3, 0.3, 0.3], [0.3, 0.3, 0.2], [0.2, 0.4, 0.4], [0.1, 0.1, 0.8]],
        [[0.1, 0.8, 0.1], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [NAN, 0.1, 0.1], [0.1, 0.1, 0.8]],
        [[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]],
    ];
    for make in [f32s, f64s] {
        let p = make(&[4, 5, 3], rows.as_flattened().as_flattened());
        for (dtype, shape) in [(DType::Int32, vec![4]), (DType::Int64, vec![4, 1])] {
            let given = [p.clone(), ints(dtype, &shape, &[5, 5, 3, 0])];
            let found = check(&given, |x| K::ctc_decode(&x[0], &x[1]).tensors())?;
            assert_eq!(found[0].shape(), [4, 3]);
            assert_eq!(found[0].to_i64s(), [0, 0, 1, 0, 1, -1, 1, 0, -1, -1, -1, -1]);
            assert_eq!(found[1].to_f64s()[3], 0.0);
            // No gradient flows.
            assert_eq!(found[2].to_f64s(), [0.0; 60]);
        }
    }
    Ok(())
}

#[test]
fn the_search_of_beams() -> Result<()> {
    for make in [f32s, f64s] {
        for shape in [[3, 6, 4], [1, 1, 2], [2, 3, 1]] {
            let p = make(&shape, &probabilities(shape));
            let lengths: Vec<i64> = (0..shape[0])
                .map(|i| i64::try_from(shape[1].saturating_sub(i)).unwrap_or(0))
                .collect();
            let given = [p, ints(DType::Int32, &shape[..1], &lengths)];
            for (width, paths) in [(100, 1), (5, 5), (3, 2), (1, 1)] {
                check(&given, |x| {
                    let y = K::ctc_decode(&x[0], &x[1]).greedy(false);
                    y.beam_width(width).top_paths(paths).tensors()
                })?;
            }
        }
    }
    Ok(())
}

#[test]
fn nothing_to_read() -> Result<()> {
    for shape in [[0, 3, 2], [2, 0, 2], [0, 0, 1], [2, 3, 1]] {
        for greedy in [true, false] {
            let p = f32s(&shape, &probabilities(shape));
            let given = [p, ints(DType::Int64, &shape[..1], &vec![0; shape[0]])];
            let found = check(&given, |x| {
                K::ctc_decode(&x[0], &x[1]).greedy(greedy).beam_width(2).top_paths(2).tensors()
            })?;
            assert_eq!(found[0].shape(), [shape[0], 0]);
        }
    }
    Ok(())
}

/// All three results.
fn sparse(labels: &Tensor, lengths: &Tensor) -> Result<Vec<Tensor>> {
    let given = [("labels", labels), ("label_lengths", lengths)]
        .map(|(name, tensor)| (name.to_owned(), Argument::Tensor(tensor.clone())));
    let function = Function::CtcLabelDenseToSparse;
    K::call_by_name(function, Arguments::new(function, given.into()))
}

#[test]
fn labels_as_a_sparse_matrix() -> Result<()> {
    for dtype in CARRIED {
        let labels = HostTensor::from_f64s(dtype, &[3, 2], &[3.0, 4.0, 5.0, 6.0, 1.0, 0.0])?;
        for (lengths, shape) in
            [([2, 1, 0], vec![3]), ([0, 0, 0], vec![3, 1]), ([9, 1, i64::MAX], vec![3])]
        {
            let given = [labels.clone(), ints(DType::Int64, &shape, &lengths)];
            check(&given, |x| sparse(&x[0], &x[1]))?;
        }
    }
    for shape in [[0, 2], [2, 0]] {
        let given = [f64s(&shape, &[]), ints(DType::Int32, &shape[..1], &vec![1; shape[0]])];
        check(&given, |x| sparse(&x[0], &x[1]))?;
    }
    Ok(())
}

#[test]
fn lengths_are_checked() {
    for length in [-1, 3, i64::MIN] {
        for greedy in [true, false] {
            let given = [f32s(&[1, 2, 2], &[0.5; 4]), ints(DType::Int64, &[1], &[length])];
            let label = refused(&given, |x| K::ctc_decode(&x[0], &x[1]).greedy(greedy).tensors());
            assert_eq!(label, Some((Function::CtcDecode, Label::C(5))));
        }
    }
    let given = [f32s(&[1, 2], &[0.5; 2]), ints(DType::Int64, &[1], &[-1])];
    let label = refused(&given, |x| sparse(&x[0], &x[1]));
    assert_eq!(label, Some((Function::CtcLabelDenseToSparse, Label::C(4))));
}
