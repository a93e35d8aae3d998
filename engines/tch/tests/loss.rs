//! Crossentropies.

mod common;

use common::{check, f32s, f64s, ints, numbers, refused, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Result};
use touchstone_reference::{Function, Label};

#[test]
fn losses_at_their_edges() -> Result<()> {
    for make in [f32s, f64s] {
        let edges = [make(&[4], &[0.0, 1.0, 0.5, 0.9]), make(&[4], &[0.0, 0.0, 1.0, 0.3])];
        check(&edges, |x| single(K::binary_crossentropy(&x[0], &x[1]).tensor()))?;
        let logits = [make(&[4], &[0.0, -40.0, 40.0, 1.5]), make(&[4], &[0.3, 0.0, 1.0, 0.5])];
        check(&logits, |x| {
            single(K::binary_crossentropy(&x[0], &x[1]).from_logits(true).tensor())
        })?;
        let rows = [make(&[2, 3], &[0.2, 0.3, 0.9, 0.0, 0.5, 0.5]), make(&[2, 3], &numbers(6))];
        for from_logits in [false, true] {
            check(&rows, |x| {
                let loss = K::categorical_crossentropy(&x[0], &x[1]);
                single(loss.from_logits(from_logits).tensor())
            })?;
            for shape in [vec![2], vec![2, 1]] {
                let classes = ints(DType::Int32, &shape, &[0, 2]);
                check(&[rows[0].clone(), classes], |x| {
                    let loss = K::sparse_categorical_crossentropy(&x[0], &x[1]);
                    single(loss.from_logits(from_logits).tensor())
                })?;
            }
            check(&[make(&[0, 3], &[]), ints(DType::Int32, &[0], &[])], |x| {
                let loss = K::sparse_categorical_crossentropy(&x[0], &x[1]);
                single(loss.from_logits(from_logits).tensor())
            })?;
        }
    }
    Ok(())
}

#[test]
fn classes_out_of_range_are_refused() {
    for class in [-1, 2] {
        let given = [f32s(&[2, 1], &[1.0, 2.0]), ints(DType::Int64, &[2], &[0, class])];
        let label =
            refused(&given, |x| single(K::sparse_categorical_crossentropy(&x[0], &x[1]).tensor()));
        assert_eq!(label, Some((Function::SparseCategoricalCrossentropy, Label::C(3))));
    }
}
