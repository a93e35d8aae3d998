//! Losses and classes.

mod common;

use touchstone_reference::backend::{self as K};
use touchstone_reference::{DType, Result};

use common::{check, check_both, host, random};

#[test]
fn candle_losses_values_and_gradients() -> Result<()> {
    for logits in [false, true] {
        check_both(&format!("logits {logits}"), &[&[4, 5], &[4, 5]], 1.1, &|x| {
            Ok(vec![
                K::categorical_crossentropy(&x[0], &x[1]).from_logits(logits).tensor()?,
                K::binary_crossentropy(&x[0], &x[1]).from_logits(logits).tensor()?,
            ])
        })?;
    }
    let hard = [
        host(DType::Float32, &[4], &[0.0, 1.0, 1.0, 0.5])?,
        host(DType::Float32, &[4], &[1.0, 0.0, 1.0, 0.5])?,
    ];
    check("saturated", &hard, &|x| Ok(vec![K::binary_crossentropy(&x[0], &x[1]).tensor()?]))
}

#[test]
fn candle_classes() -> Result<()> {
    for dtype in [DType::Float32, DType::Float64] {
        let flat = host(DType::Int32, &[2, 2], &[1.0, 0.0, 4.0, 3.0])?;
        let column = host(dtype, &[2, 2, 1], &[4.0, 0.0, 2.0, 3.0])?;
        let one = host(DType::UInt8, &[], &[2.0])?;
        let inputs = [random(dtype, &[2, 2, 5], 1.1)?, random(dtype, &[3], 1.1)?];
        for logits in [false, true] {
            let inputs = [&inputs[..], &[flat.clone(), column.clone(), one.clone()]].concat();
            check(&format!("sparse, logits {logits}"), &inputs, &|x| {
                let loss = |output, target| {
                    let loss = K::sparse_categorical_crossentropy(output, target);
                    loss.from_logits(logits).tensor()
                };
                let column = K::stop_gradient(&x[3])?;
                Ok(vec![loss(&x[0], &x[2])?, loss(&x[0], &column)?, loss(&x[1], &x[4])?])
            })?;
        }
        let saturated = host(dtype, &[2, 2], &[0.0, 1.0, 1.0, 0.0])?;
        let classes = host(DType::Int64, &[2], &[0.0, 0.0])?;
        check("clipped", &[saturated, classes], &|x| {
            Ok(vec![K::sparse_categorical_crossentropy(&x[0], &x[1]).tensor()?])
        })?;
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let rows = [0.1, 0.7, 0.2, 0.5, 0.5, 0.5, 1.0, -inf, 0.0, 3.0, nan, 0.0, 1.0, 2.0, inf];
        let rows = host(dtype, &[5, 3], &rows)?;
        for targets in [[2.0, 0.0, 0.0, 0.0, 2.0], [0.0, 3.0, -1.0, 1.0, 1.0]] {
            let targets = host(DType::Int64, &[5], &targets)?;
            check("in_top_k", &[rows.clone(), targets], &|x| {
                let x = [K::stop_gradient(&x[0])?, x[1].clone()];
                (0..4).map(|k| K::in_top_k(&x[0], &x[1], k)).collect()
            })?;
        }
    }
    Ok(())
}
