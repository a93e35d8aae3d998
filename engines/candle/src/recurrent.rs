//! rnn: the step program, run once a time on native tensors.

use candle_core::Tensor;
use touchstone_reference::Spec;
use touchstone_reference::backend::Rnn;
use touchstone_reference::engine::StepRunner;

use crate::derivative::slices;
use crate::failure::{Failure, Result};
use crate::ops::{constant, filled, keep_where};
use crate::tensor::{CandleTensor, storage};

/// Last output, all outputs, new states.
pub(crate) fn rnn(
    call: &Rnn<&CandleTensor>,
    specs: &[Spec],
    shapes: &[Vec<usize>],
    run_step: &StepRunner<'_, CandleTensor>,
) -> Result<Vec<Tensor>> {
    let inputs = call.inputs.native();
    let times = call.times(inputs.dim(1)?);
    let mask = call.mask.map(CandleTensor::truths).transpose()?;
    let mut states: Vec<CandleTensor> =
        call.initial_states.iter().map(|&state| state.clone()).collect();
    if times.is_empty() {
        let empty = |i: usize| {
            Ok::<_, Failure>(filled(storage(specs[i].dtype)?, &shapes[i], 0.0, inputs.device())?)
        };
        let mut results = vec![empty(0)?, empty(1)?];
        results.extend(states.iter().map(CandleTensor::native));
        return Ok(results);
    }
    let now = slices(&inputs, 1)?;
    let mut outputs: Vec<Tensor> = Vec::with_capacity(times.len());
    for time in times {
        let counts = mask.as_ref().map(|mask| mask.narrow(1, time, 1)).transpose()?;
        let mut given = vec![CandleTensor::new(now[time].clone(), call.inputs.dtype())];
        given.extend(states.iter().cloned());
        if let Some(counts) = &counts {
            given = given.iter().map(|tensor| guarded(counts, tensor)).collect::<Result<_>>()?;
        }
        given.extend(call.constants.iter().map(|&constant| constant.clone()));
        let found = run_step(&call.step_function, given)?;
        let (output, new_states) = Rnn::<()>::split_step(found)
            .ok_or_else(|| Failure::engine("the step gave no output"))?;
        let mut output = output.native();
        match &counts {
            None => states = new_states,
            Some(counts) => {
                let before = outputs
                    .last()
                    .map_or_else(|| constant(&output, 0.0), |last| Ok(last.clone()))?;
                output = choose(counts, &output, &before)?;
                states = new_states
                    .iter()
                    .zip(&states)
                    .map(|(new, old)| {
                        let kept = choose(counts, &new.native(), &old.native())?;
                        Ok(CandleTensor::new(kept, new.dtype()))
                    })
                    .collect::<Result<_>>()?;
            }
        }
        outputs.push(output);
    }
    let all = Tensor::stack(&outputs, 1)?;
    let mut results: Vec<Tensor> = outputs.pop().into_iter().collect();
    results.push(all);
    results.extend(states.iter().map(CandleTensor::native));
    Ok(results)
}

/// Where the sample's step counts the new value, elsewhere the old one.
fn choose(counts: &Tensor, new: &Tensor, old: &Tensor) -> Result<Tensor> {
    let mut shape = vec![1; new.rank()];
    shape[0] = new.dim(0)?;
    let counts = counts.reshape(shape)?.broadcast_as(new.shape())?;
    Ok(counts.where_cond(new, old)?)
}

/// What the step is given. Its results at masked samples are not used, but candle differentiates
/// it there all the same, with cotangents of zero; so that zero times infinity does not become
/// NaN, masked samples enter as constants, and as finite ones.
fn guarded(counts: &Tensor, tensor: &CandleTensor) -> Result<CandleTensor> {
    let native = tensor.native();
    if !native.track_op() || !tensor.dtype().is_float() {
        return Ok(tensor.clone());
    }
    let given = native.detach();
    let finite = given.sub(&given)?.eq(&constant(&given, 0.0)?)?;
    let known = keep_where(&finite, &given)?;
    Ok(CandleTensor::new(choose(counts, &native, &known)?, tensor.dtype()))
}
