//! rnn: the step program, iterated on native tensors.

use tch::{TchError, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::engine::StepRunner;
use touchstone_reference::functions::recurrent::Rnn;

use crate::failure::{Computed, failed};
use crate::tensor::{TchTensor, kind_of, known};

pub(crate) fn rnn(
    call: &Rnn<&TchTensor>,
    specs: &[Spec],
    run_step: &StepRunner<'_, TchTensor>,
) -> Computed<Vec<Tensor>> {
    let inputs = call.inputs;
    // Taken apart once: the derivative of a slice per step would be a whole tensor of zeros each.
    let slices = inputs.tensor.f_unbind(1)?;
    let mask = match call.mask {
        None => None,
        Some(mask) => Some(Mask::new(mask, slices.len(), is_recorded(call))?),
    };
    let mut states: Vec<TchTensor> = call.initial_states.iter().map(|&s| s.clone()).collect();
    let mut outputs: Vec<Tensor> = Vec::with_capacity(slices.len());
    for time in call.times(slices.len()) {
        let now = inputs.with(slices[time].shallow_clone());
        let mut given = Vec::with_capacity(1 + states.len() + call.constants.len());
        for tensor in [&now].into_iter().chain(&states) {
            given.push(match &mask {
                Some(mask) => mask.guarded(tensor, time)?,
                None => tensor.clone(),
            });
        }
        given.extend(call.constants.iter().map(|&c| c.clone()));
        let found = run_step(&call.step_function, given)?;
        let (output, new_states) =
            Rnn::<()>::split_step(found).ok_or_else(|| failed("the step gave no output"))?;
        let mut output = output.tensor;
        match &mask {
            None => states = new_states,
            Some(mask) => {
                let before = match outputs.last() {
                    Some(before) => before.shallow_clone(),
                    None => output.f_detach()?.f_zeros_like()?,
                };
                output = mask.choose(&output, &before, time)?;
                states = new_states
                    .iter()
                    .zip(&states)
                    .map(|(new, old)| Ok(old.with(mask.choose(&new.tensor, &old.tensor, time)?)))
                    .collect::<Computed<_>>()?;
            }
        }
        outputs.push(output);
    }
    let mut results = match outputs.last() {
        Some(last) => vec![last.shallow_clone(), Tensor::f_stack(&outputs, 1)?],
        None => {
            let zeros = |spec: &Spec| -> Computed {
                Ok(Tensor::f_zeros(known(spec), (kind_of(spec.dtype)?, inputs.tensor.device()))?)
            };
            specs.iter().take(2).map(zeros).collect::<Computed<_>>()?
        }
    };
    results.extend(states.into_iter().map(|state| state.tensor));
    Ok(results)
}

/// Whether a derivative can be asked for through the loop.
fn is_recorded(call: &Rnn<&TchTensor>) -> bool {
    let states = call.initial_states.iter().chain(&call.constants).copied();
    [call.inputs].into_iter().chain(states).any(|t| t.tensor.requires_grad())
}

/// Which samples count at which time.
struct Mask {
    /// One vector of truths, (samples,), a time.
    times: Vec<Tensor>,
    samples: i64,
    recorded: bool,
}

impl Mask {
    fn new(mask: &TchTensor, steps: usize, recorded: bool) -> Computed<Self> {
        let samples = mask.tensor.size().first().copied().unwrap_or(0);
        let truths = mask.truths()?.f_reshape([samples, steps as i64])?;
        Ok(Mask { times: truths.f_unbind(1)?, samples, recorded })
    }

    /// The truths at one time, in a shape that broadcasts over a tensor of samples.
    fn at(&self, time: usize, like: &Tensor) -> Computed {
        let size = like.size();
        if size.first() != Some(&self.samples) {
            let message = format!("a mask for {} samples over a tensor of {size:?}", self.samples);
            return Err(failed(message).into());
        }
        let mut shape = vec![1; size.len()];
        shape[0] = self.samples;
        Ok(self.times[time].f_reshape(shape)?)
    }

    /// Where the sample's step counts the new value, elsewhere the old one.
    fn choose(&self, new: &Tensor, old: &Tensor, time: usize) -> Computed {
        Ok(new.f_where_self(&self.at(time, new)?, old)?)
    }

    /// What the step is given. Its results at masked samples are not used, but libtorch
    /// differentiates it there all the same, with cotangents of zero; so that zero times infinity
    /// does not become NaN, masked samples enter as constants, and as finite ones.
    fn guarded(&self, tensor: &TchTensor, time: usize) -> Computed<TchTensor> {
        if !self.recorded || !tensor.dtype.is_float() {
            return Ok(tensor.clone());
        }
        let constant = finite(&tensor.tensor.f_detach()?)?;
        Ok(tensor.with(self.choose(&tensor.tensor, &constant, time)?))
    }
}

/// The same numbers, zero where they are NaN or infinite.
fn finite(x: &Tensor) -> Result<Tensor, TchError> {
    x.f_nan_to_num(0.0, 0.0, 0.0)
}
