//! rnn.

mod common;

use common::{NAN, check, f32s, f64s, ints, numbers, step};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Result};

#[test]
fn rnn_masks_and_directions() -> Result<()> {
    for make in [f32s, f64s] {
        let inputs = [
            make(&[2, 4, 3], &numbers(24)),
            make(&[3, 2], &numbers(6)),
            make(&[2, 2], &numbers(4)),
            make(&[2, 1], &[0.5, -0.5]),
            ints(DType::UInt8, &[2, 4], &[0, 1, 0, 1, 1, 1, 0, 0]),
        ];
        for go_backwards in [false, true] {
            for masked in [false, true] {
                check(&inputs, |x| {
                    K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| {
                        let rnn = rnn.go_backwards(go_backwards);
                        if masked { rnn.mask(x[4].clone()) } else { rnn }
                    })
                })?;
            }
        }
    }
    Ok(())
}

#[test]
fn rnn_keeps_what_is_masked_out_of_the_gradient() -> Result<()> {
    let mut padded = numbers(12);
    padded[9..].fill(NAN);
    let inputs = [
        f32s(&[1, 4, 3], &padded),
        f32s(&[3, 2], &numbers(6)),
        f32s(&[1, 2], &[0.1, 0.2]),
        f32s(&[1, 1], &[0.5]),
        ints(DType::Bool, &[1, 4, 1], &[1, 1, 1, 0]),
    ];
    let found =
        check(&inputs, |x| K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| rnn.mask(x[4].clone())))?;
    assert!(found.iter().all(|t| t.to_f64s().iter().all(|x| x.is_finite())));
    Ok(())
}

#[test]
fn rnn_over_no_time_and_no_samples() -> Result<()> {
    for (samples, time) in [(2, 0), (0, 3)] {
        let zeros = |shape: &[usize]| f32s(shape, &vec![0.0; shape.iter().product()]);
        let inputs = [
            zeros(&[samples, time, 3]),
            f32s(&[3, 2], &numbers(6)),
            zeros(&[samples, 2]),
            zeros(&[samples, 1]),
            zeros(&[samples, time]),
        ];
        check(&inputs, |x| K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| rnn.mask(x[4].clone())))?;
    }
    Ok(())
}
