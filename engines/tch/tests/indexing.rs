//! Elements by their places.

mod common;

use common::{INF, NAN, check, f32s, ints, refused, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Result};
use touchstone_reference::{Function, Label};

#[test]
fn places_of_targets_among_predictions() -> Result<()> {
    let rows =
        [[0.1, 0.7, 0.2], [0.3, 0.3, 0.4], [0.1, 0.2, 0.7], [0.1, INF, 0.2], [NAN, 0.9, 0.1]];
    for targets in [[2, 0, 3, 1, 1], [0, 1, -1, 0, 2]] {
        for k in [0, 1, 2, 5] {
            let given = [f32s(&[5, 3], rows.as_flattened()), ints(DType::Int32, &[5], &targets)];
            check(&given, |x| single(K::in_top_k(&x[0], &x[1], k)))?;
        }
    }
    check(&[f32s(&[2, 0], &[]), ints(DType::Int64, &[2], &[0, 1])], |x| {
        single(K::in_top_k(&x[0], &x[1], 1))
    })?;
    Ok(())
}

#[test]
fn indices_out_of_range_are_refused() {
    for index in [-1, 2] {
        let given = [f32s(&[2, 1], &[1.0, 2.0]), ints(DType::Int64, &[1], &[index])];
        let label = refused(&given, |x| single(K::gather(&x[0], &x[1])));
        assert_eq!(label, Some((Function::Gather, Label::C(2))));
    }
}
