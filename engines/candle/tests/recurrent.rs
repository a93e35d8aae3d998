//! rnn.

mod common;

use std::sync::Arc;

use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::{DType, Result};

use common::{check, host, random};

#[test]
fn candle_rnn_values_and_gradients() -> Result<()> {
    let mask = host(DType::Bool, &[3, 4], &[0., 1., 1., 0., 1., 1., 0., 1., 0., 0., 0., 0.])?;
    for (backwards, masked) in [(false, false), (true, true)] {
        for dtype in [DType::Float32, DType::Float64] {
            let shapes: [&[usize]; 4] = [&[3, 4, 2], &[3, 5], &[2, 5], &[5, 5]];
            let mut inputs =
                shapes.iter().map(|s| random(dtype, s, 0.0)).collect::<Result<Vec<_>>>()?;
            inputs.push(mask.clone());
            check("rnn", &inputs, &|x| {
                let step = |input: &Tensor, states: &[Tensor]| {
                    let sum = K::add(&K::dot(input, &x[2])?, &K::dot(&states[0], &x[3])?)?;
                    let state = K::tanh(&sum)?;
                    Ok((state.clone(), vec![state]))
                };
                K::rnn(step, &x[0], &[x[1].clone()], |rnn| {
                    let rnn = rnn.go_backwards(backwards);
                    if masked { rnn.mask(x[4].clone()) } else { rnn }
                })
            })?;
        }
    }
    Ok(())
}

#[test]
fn candle_rnn_keeps_what_is_masked_out_of_the_gradient() -> Result<()> {
    let inputs = host(DType::Float32, &[1, 3, 2], &[0.5, -1.0, f64::NAN, f64::INFINITY, 2.0, 1.0])?;
    let weights = host(DType::Float32, &[2, 2], &[0.1, 0.2, 0.3, -0.4])?;
    let state = host(DType::Float32, &[1, 2], &[0.25, -0.5])?;
    let mask = host(DType::Bool, &[1, 3], &[1., 0., 1.])?;
    check("rnn", &[inputs, weights, state, mask], &|x| {
        let step = |input: &Tensor, states: &[Tensor]| {
            let state = K::tanh(&(K::dot(input, &x[1])? + &states[0])?)?;
            Ok((state.clone(), vec![state]))
        };
        K::rnn(step, &x[0], &x[2..3], |rnn| rnn.mask(x[3].clone()))
    })
}

#[test]
fn candle_differentiates_long_chains() -> Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        let steps = 5000;
        let inputs = K::placeholder(&[Some(1), Some(steps), Some(1)]).tensor()?;
        let state = K::placeholder(&[Some(1), Some(1)]).tensor()?;
        let step = |input: &Tensor, states: &[Tensor]| {
            let mut sum = K::add(input, &states[0])?;
            for _ in 0..3 {
                sum = K::negative(&K::negative(&sum)?)?;
            }
            Ok((sum.clone(), vec![sum]))
        };
        let found = K::rnn(step, &inputs, std::slice::from_ref(&state), |rnn| rnn)?;
        let loss = K::sum(&found[0]).tensor()?;
        let by = K::gradients(&loss, &[inputs.clone(), state.clone()])?;
        let given = [
            host(DType::Float32, &[1, steps, 1], &vec![1.0; steps])?,
            host(DType::Float32, &[1, 1], &[0.0])?,
        ];
        let results = K::function(&[inputs, state], &[loss, by[0].clone()], &[])?.call(&given)?;
        assert_eq!(results[0].to_f64s(), [steps as f64]);
        assert_eq!(results[1].to_f64s(), vec![1.0; steps]);
        Ok(())
    })
}
