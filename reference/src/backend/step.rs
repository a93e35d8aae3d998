//! Step functions: traced once into a nested program.

use std::sync::Arc;

use super::graph::{Tensor, call, flatten};
use super::state::PlaceholderBuilder;
use crate::error::Result;
use crate::function::Function;
use crate::functions::recurrent::Rnn;
use crate::program::Program;
use crate::shape::Spec;

/// A step function traced into a program, with the tensors of its surroundings that it uses.
#[derive(Clone, Debug)]
pub struct Step {
    /// Inputs: the step's tensors, then what it captured. Outputs: as the closure returned them.
    pub program: Arc<Program>,
    /// Tensors of the surrounding graph that the closure used.
    pub captured: Vec<Tensor>,
}

impl Step {
    /// Traces a closure on placeholders for the given tensors.
    pub fn trace(
        inputs: &[Spec],
        closure: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
    ) -> Result<Self> {
        let placeholders = inputs
            .iter()
            .enumerate()
            .map(|(i, spec)| {
                PlaceholderBuilder::new()
                    .shape(&spec.dims)
                    .dtype(spec.dtype)
                    .sparse(spec.sparse)
                    .name(format!("step input {i}"))
                    .tensor()
            })
            .collect::<Result<Vec<_>>>()?;
        let outputs = closure(&placeholders)?;
        let (program, captured) = flatten(&placeholders, &outputs, &[], true)?;
        Ok(Step { program: Arc::new(program), captured })
    }
}

/// Iterates a step function over the time axis of `inputs`, as Keras' `rnn`.
///
/// `step_function` gets the input at one time, shape (samples, …), and the states followed by the
/// constants; it returns the output and the new states. `settings` fills in the other arguments:
/// go_backwards, mask, constants, unroll, input_length. Results: last_output, outputs, then the
/// new states.
pub fn rnn(
    step_function: impl FnOnce(&Tensor, &[Tensor]) -> Result<(Tensor, Vec<Tensor>)>,
    inputs: &Tensor,
    initial_states: &[Tensor],
    settings: impl FnOnce(Rnn<Tensor>) -> Rnn<Tensor>,
) -> Result<Vec<Tensor>> {
    let empty = Arc::new(Program::default());
    let mut rnn = settings(crate::functions::recurrent::rnn(empty, inputs, initial_states));
    let step_input = crate::functions::recurrent::step_input(inputs.spec())
        .map_err(|refusal| refusal.by(Function::Rnn))?;
    let mut specs = vec![step_input];
    specs.extend(rnn.initial_states.iter().chain(&rnn.constants).map(|t| t.spec().clone()));
    let step = Step::trace(&specs, |tensors| {
        let (output, states) = step_function(&tensors[0], &tensors[1..])?;
        let mut all = vec![output];
        all.extend(states);
        Ok(all)
    })?;
    rnn.step_function = step.program;
    rnn.constants.extend(step.captured);
    call(rnn)
}
