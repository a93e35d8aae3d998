//! ctc_batch_cost.

mod common;

use common::{INF, NAN, check, f32s, f64s, ints, numbers, refused, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Result};
use touchstone_reference::{Function, Label};

#[test]
fn ctc_with_lengths_of_every_kind() -> Result<()> {
    for make in [f32s, f64s] {
        // Repeated labels, no label, an impossible alignment, unused times with NaN, no time.
        let mut p: Vec<f64> = numbers(5 * 4 * 3).iter().map(|x| x.abs() + 0.01).collect();
        p[3 * 12 + 9..4 * 12].fill(NAN);
        let inputs = [
            ints(DType::Int32, &[5, 2], &[0, 0, 7, 9, 1, 1, 0, 1, -1, -1]),
            make(&[5, 4, 3], &p),
            ints(DType::Int64, &[5, 1], &[4, 4, 2, 3, 0]),
            ints(DType::Int64, &[5], &[2, 0, 2, 2, 0]),
        ];
        let found = check(&inputs, |x| single(K::ctc_batch_cost(&x[0], &x[1], &x[2], &x[3])))?;
        let costs = found[0].to_f64s();
        assert!(costs[2] == INF && costs[4] == 0.0, "{costs:?}");
        assert!(found[1].to_f64s().iter().all(|x| x.is_finite()));
    }
    Ok(())
}

#[test]
fn bad_lengths_and_labels_are_refused() {
    for (labels, inputs, lengths, label) in
        [([2, 0], 2, 1, 7), ([-1, 0], 2, 1, 7), ([0, 0], 3, 1, 5), ([0, 0], 2, 3, 6)]
    {
        let given = [
            ints(DType::Int64, &[1, 2], &labels),
            f32s(&[1, 2, 3], &[0.2; 6]),
            ints(DType::Int64, &[1], &[inputs]),
            ints(DType::Int64, &[1], &[lengths]),
        ];
        let found = refused(&given, |x| single(K::ctc_batch_cost(&x[0], &x[1], &x[2], &x[3])));
        assert_eq!(found, Some((Function::CtcBatchCost, Label::C(label))));
    }
}
