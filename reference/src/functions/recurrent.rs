//! rnn: a step function iterated over time.

use std::sync::Arc;

use super::labels::*;
use super::{dense, known};
use crate::error::{Error, Refusal};
use crate::evaluate::evaluate_step;
use crate::number::Number;
use crate::program::Program;
use crate::shape::{Dim, Spec, show_dims, unify};
use crate::tensor::{Evaluated, Failure, Numbers, Tensor, Value, numbers};

entry! {
    /// Iterates a step function over the time axis.
    ///
    /// Shapes: inputs (samples, time, …). The step gets the input at one time, (samples, …), the
    /// states and the constants; it gives an output (samples, …) and the new states. Results:
    /// last_output (samples, …), outputs (samples, time, …), then the new states. At a masked
    /// step a sample's states keep their value and its output repeats the previous one; before
    /// its first unmasked step the output is zeros, which pass no gradient. go_backwards takes
    /// time in reverse, the mask with it, and leaves outputs in processing order; last_output is
    /// the output of the step processed last.
    Rnn = rnn {
        /// The step, traced: its inputs are the input at one time, the states, the constants; its
        /// outputs the output and the new states.
        plain step_function: Arc<Program>;
        /// (samples, time, …), rank at least 3.
        tensor inputs;
        /// The states before the first step, each (samples, …); their widths may differ.
        tensors initial_states;
        /// Whether time runs in reverse.
        plain go_backwards: bool = false;
        /// (samples, time) or (samples, time, 1); not zero means that the step counts. Any dtype.
        optional mask = None;
        /// Passed to every step after the states.
        tensors constants = [];
        /// Whether to lay the loop out step by step; the result is the same.
        plain unroll: bool = false;
        /// The number of steps, which unroll needs.
        plain input_length: Option<i64> = None;
    }
    constraints [
        "inputs has rank at least 3",
        "mask is (samples, time) or (samples, time, 1) of the inputs",
        "with a mask there is at least one state, and each has the samples of the inputs",
        "unroll needs input_length",
        "input_length, where given, is the time dim",
        "the step takes an input, the states and the constants, and gives an output and as many new states",
        "new states have the dtype and shape of the states, and the output has the samples of the inputs",
    ]
    conventions [
        "no axis of size 1 is squeezed",
        "no time steps at all: outputs are empty, last_output is zeros, the states are unchanged",
    ]
    source "Keras backend page, rnn; decision for leading masked steps",
    example "rnn(step: out = input + state, inputs [[[1.], [2.]]], initial_states [[[0.]]]) = ([[3.]], [[[1.], [3.]]], [[3.]])"
}

/// What the step gets of inputs with this spec: one time of them.
pub(crate) fn step_input(inputs: &Spec) -> Result<Spec, Refusal> {
    dense("inputs", inputs)?;
    C1.require(inputs.rank() >= 3, || format!("inputs has shape {}", show_dims(&inputs.dims)))?;
    let mut dims = inputs.dims.clone();
    dims.remove(1);
    Ok(inputs.with_dims(dims))
}

impl<T> Rnn<T> {
    /// The order in which times are processed.
    pub fn times(&self, steps: usize) -> Vec<usize> {
        if self.go_backwards { (0..steps).rev().collect() } else { (0..steps).collect() }
    }

    /// Splits what the step gives into its output and the new states.
    pub fn split_step<U>(mut outputs: Vec<U>) -> Option<(U, Vec<U>)> {
        if outputs.is_empty() {
            return None;
        }
        let output = outputs.remove(0);
        Some((output, outputs))
    }
}

fn fits(a: &Spec, b: &Spec) -> bool {
    a.dtype == b.dtype
        && a.rank() == b.rank()
        && a.dims.iter().zip(&b.dims).all(|(a, b)| unify(*a, *b).is_ok())
}

impl Rnn<Spec> {
    pub(crate) fn infer(&self) -> Result<Vec<Spec>, Failure> {
        let input = step_input(&self.inputs)?;
        for state in &self.initial_states {
            dense("a state", state)?;
        }
        if let Some(mask) = &self.mask {
            dense("mask", mask)?;
        }
        let (samples, time) = (self.inputs.dims[0], self.inputs.dims[1]);
        if let Some(mask) = &self.mask {
            let wrong = || {
                C2.refuse(format!(
                    "mask has shape {}, inputs {}",
                    show_dims(&mask.dims),
                    show_dims(&self.inputs.dims)
                ))
            };
            let rank_fits =
                mask.rank() == 2 || (mask.rank() == 3 && mask.dims[2].is_none_or(|n| n == 1));
            if !rank_fits
                || unify(mask.dims[0], samples).is_err()
                || unify(mask.dims[1], time).is_err()
            {
                return Err(wrong().into());
            }
            C3.require(!self.initial_states.is_empty(), || "a mask, and no states".into())?;
            for state in &self.initial_states {
                let fits = state.rank() >= 1 && unify(state.dims[0], samples).is_ok();
                C3.require(fits, || format!("a state is {state}, inputs {}", self.inputs))?;
            }
        }
        C4.require(!self.unroll || self.input_length.is_some(), || {
            "unroll without input_length".into()
        })?;
        if let Some(length) = self.input_length {
            C5.require(time.is_none_or(|n| i64::try_from(n) == Ok(length)), || {
                format!(
                    "input_length is {length}, inputs has shape {}",
                    show_dims(&self.inputs.dims)
                )
            })?;
        }
        let program = &self.step_function;
        let states = self.initial_states.len();
        C6.require(program.inputs.len() == 1 + states + self.constants.len(), || {
            format!(
                "the step takes {} tensors, there are {} states and {} constants",
                program.inputs.len(),
                states,
                self.constants.len()
            )
        })?;
        C6.require(program.outputs.len() == 1 + states, || {
            format!(
                "the step gives {} new states, there are {states}",
                program.outputs.len().saturating_sub(1)
            )
        })?;
        let given: Vec<&Spec> =
            [&input].into_iter().chain(&self.initial_states).chain(&self.constants).collect();
        for (expected, found) in program.inputs.iter().zip(&given) {
            C7.require(fits(&expected.spec, found), || {
                format!("the step was traced for {}, it gets {found}", expected.spec)
            })?;
        }
        // Where the step was traced with unknown dims, more is known when it runs.
        let results = program.infer(&given)?;
        let mut new_states = Vec::with_capacity(states);
        for (new, old) in results[1..].iter().zip(&self.initial_states) {
            C7.require(fits(new, old), || format!("a new state is {new}, the state was {old}"))?;
            let dims: Vec<Dim> = new.dims.iter().zip(&old.dims).map(|(a, b)| b.or(*a)).collect();
            new_states.push(old.with_dims(dims));
        }
        let output = &results[0];
        let batch_fits = output.rank() >= 1 && unify(output.dims[0], samples).is_ok();
        C7.require(batch_fits, || format!("the output is {output}, inputs is {}", self.inputs))?;
        let mut last = output.dims.clone();
        last[0] = last[0].or(samples);
        let mut all = last.clone();
        all.insert(1, time);
        let mut found = vec![output.with_dims(last), output.with_dims(all)];
        found.extend(new_states);
        Ok(found)
    }
}

/// Where the sample's step counts, the new value, elsewhere the old one.
fn choose<N: Number>(mask: &Tensor<bool>, time: usize, new: &Value<N>, old: &Value<N>) -> Value<N> {
    let counts = |sample: usize| mask.data()[sample * mask.shape()[1] + time];
    let numbers = numbers!(new, old, a, b => Tensor::from_fn(a.shape().to_vec(), |index| {
        if counts(index[0]) { a.at(index) } else { b.at(index) }
    }));
    Value { dtype: new.dtype, sparse: false, numbers }
}

fn zeros<N: Number>(like: &Value<N>) -> Value<N> {
    let numbers = numbers!(like, t => Tensor::filled(t.shape().to_vec(), Number::zero()));
    Value { dtype: like.dtype, sparse: false, numbers }
}

impl<N: Number> Rnn<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let steps = self.inputs.shape()[1];
        let mask = self.mask.map(Value::truths);
        let mut states: Vec<Value<N>> = self.initial_states.iter().map(|&s| s.clone()).collect();
        let mut outputs: Vec<Value<N>> = Vec::with_capacity(steps);
        for time in self.times(steps) {
            let now = numbers!(self.inputs, t => t.slice(1, time));
            let mut given = vec![Value { dtype: self.inputs.dtype, sparse: false, numbers: now }];
            given.extend(states.iter().cloned());
            given.extend(self.constants.iter().map(|&c| c.clone()));
            let found = evaluate_step(&self.step_function, &given)?;
            let (mut output, mut new_states) =
                Rnn::<()>::split_step(found).ok_or_else(no_output)?;
            if let Some(mask) = &mask {
                let before = outputs.last().cloned().unwrap_or_else(|| zeros(&output));
                output = choose(mask, time, &output, &before);
                new_states = new_states
                    .iter()
                    .zip(&states)
                    .map(|(new, old)| choose(mask, time, new, old))
                    .collect();
            }
            outputs.push(output);
            states = new_states;
        }
        let last = match outputs.last() {
            Some(last) => last.numbers.clone(),
            None => empty(&specs[0]),
        };
        let shape = known(&specs[1]);
        let all = if specs[1].dtype.is_float() {
            let parts: Vec<Tensor<N>> = outputs.iter().map(Value::floats).collect();
            Numbers::Float(Tensor::stacked(&parts, &shape, 1))
        } else {
            let parts: Vec<_> =
                outputs.iter().map(|v| v.wholes().map(crate::number::Integer)).collect();
            Numbers::Whole(Tensor::stacked(&parts, &shape, 1))
        };
        let mut results = vec![last, all];
        results.extend(states.into_iter().map(|state| state.numbers));
        Ok(results)
    }
}

fn empty<N: Number>(spec: &Spec) -> Numbers<N> {
    if spec.dtype.is_float() {
        Numbers::Float(Tensor::filled(known(spec), N::zero()))
    } else {
        Numbers::Whole(Tensor::filled(known(spec), Number::zero()))
    }
}

fn no_output() -> Failure {
    Failure::Nested(Error::Engine {
        engine: "reference".into(),
        function: Some(crate::function::Function::Rnn),
        message: "the step gave no output".into(),
    })
}
