//! Step functions: traced once into a nested program.

use std::sync::Arc;

use super::graph::{Tensor, call, flatten, single};
use super::program::PlaceholderBuilder;
use crate::error::Result;
use crate::function::Function;
use crate::functions::iteration;
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

/// A function of each element along the first axis of `elems`, as Keras' `map_fn`: the results
/// along a new first axis.
///
/// ```
/// use touchstone_reference::backend as K;
///
/// let x = K::constant(K::HostTensor::from_vec(&[3], vec![1.0, 2.0, 3.0])?);
/// let squares = K::map_fn(|x| K::square(x), &x)?;
/// assert_eq!(K::eval(&squares)?.to_f64s(), [1.0, 4.0, 9.0]);
/// # Ok::<(), touchstone_reference::Error>(())
/// ```
pub fn map_fn(f: impl FnOnce(&Tensor) -> Result<Tensor>, elems: &Tensor) -> Result<Tensor> {
    let element = iteration::element(elems.spec()).map_err(|e| e.by(Function::MapFn))?;
    let step = Step::trace(&[element], |tensors| Ok(vec![f(&tensors[0])?]))?;
    single(iteration::map_fn(step.program, elems).captured(step.captured))
}

/// What a fold traces: its function on an accumulator and an element.
fn folded(
    function: Function,
    f: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>,
    elems: &Tensor,
    initializer: Option<&Tensor>,
) -> Result<Step> {
    let element = iteration::element(elems.spec()).map_err(|e| e.by(function))?;
    let accumulator = initializer.map_or_else(|| element.clone(), |t| t.spec().clone());
    Step::trace(&[accumulator, element], |tensors| Ok(vec![f(&tensors[0], &tensors[1])?]))
}

/// A function of an accumulator and each element along the first axis of `elems`, first to last,
/// as Keras' `foldl`. Without an initializer the first element is the accumulator.
pub fn foldl(
    f: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>,
    elems: &Tensor,
    initializer: Option<&Tensor>,
) -> Result<Tensor> {
    let step = folded(Function::Foldl, f, elems, initializer)?;
    let mut fold = iteration::foldl(step.program, elems).captured(step.captured);
    fold.initializer = initializer.cloned();
    single(fold)
}

/// A function of an accumulator and each element along the first axis of `elems`, last to first,
/// as Keras' `foldr`. Without an initializer the last element is the accumulator.
pub fn foldr(
    f: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>,
    elems: &Tensor,
    initializer: Option<&Tensor>,
) -> Result<Tensor> {
    let step = folded(Function::Foldr, f, elems, initializer)?;
    let mut fold = iteration::foldr(step.program, elems).captured(step.captured);
    fold.initializer = initializer.cloned();
    single(fold)
}
