//! A prepared program: what `function(inputs, outputs, updates)` hands to an engine, flat and in
//! order of computation.

use std::sync::Arc;

use crate::engine::Variable;
use crate::error::Error;
use crate::function::{Call, Function};
use crate::host::HostTensor;
use crate::shape::Spec;

/// One result of one node of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ref {
    /// The node's position.
    pub node: usize,
    /// Which of its results.
    pub output: usize,
}

/// What a node computes.
#[derive(Clone, Debug)]
pub enum Operation {
    /// The input with this position.
    Input(usize),
    /// The value of the variable with this position.
    Variable(usize),
    /// A fixed tensor.
    Constant(HostTensor),
    /// A function of earlier nodes.
    Call(Call<Ref>),
    /// The same tensor, which an update adds to a variable, subtracts or averages: refused by the
    /// update itself unless it broadcasts to the variable.
    Operand {
        /// The tensor.
        value: Ref,
        /// The variable's dtype and shape.
        variable: Spec,
        /// The update.
        update: Function,
    },
    /// The derivatives of a scalar with respect to earlier nodes.
    Gradients {
        /// The scalar.
        loss: Ref,
        /// With respect to what.
        variables: Vec<Ref>,
    },
}

/// One step of a program.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it computes.
    pub operation: Operation,
    /// What is known of its results.
    pub specs: Vec<Spec>,
}

impl Node {
    /// The results it needs.
    pub fn arguments(&self) -> Vec<Ref> {
        match &self.operation {
            Operation::Input(_) | Operation::Variable(_) | Operation::Constant(_) => Vec::new(),
            Operation::Call(call) => call.tensors(),
            Operation::Operand { value, .. } => vec![*value],
            Operation::Gradients { loss, variables } => {
                let mut all = vec![*loss];
                all.extend(variables);
                all
            }
        }
    }
}

/// A placeholder: what a program takes.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// What may be fed.
    pub spec: Spec,
}

impl Input {
    /// What is known of the input when `found` is fed.
    fn unify(&self, found: &Spec) -> Result<Spec, Error> {
        let dims: Option<Vec<_>> = self
            .spec
            .dims
            .iter()
            .zip(&found.dims)
            .map(|(a, b)| crate::shape::unify(*a, *b).ok())
            .collect();
        match dims {
            Some(dims) if found.rank() == self.spec.rank() && found.dtype == self.spec.dtype => {
                Ok(Spec { dims, ..found.clone() })
            }
            _ => Err(Error::Feed {
                what: "placeholder",
                name: self.name.clone(),
                expected_dtype: self.spec.dtype,
                expected_dims: self.spec.dims.clone(),
                found_dtype: found.dtype,
                found_shape: found.dims.iter().map(|dim| dim.unwrap_or(0)).collect(),
            }),
        }
    }

    /// Refuses a value that does not fit.
    pub fn check(&self, host: &HostTensor) -> Result<(), Error> {
        if self.spec.admits(host.dtype(), host.shape()) {
            return Ok(());
        }
        Err(Error::Feed {
            what: "placeholder",
            name: self.name.clone(),
            expected_dtype: self.spec.dtype,
            expected_dims: self.spec.dims.clone(),
            found_dtype: host.dtype(),
            found_shape: host.shape().to_vec(),
        })
    }
}

/// A flat program. Nodes come after everything they need.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// What is fed, in order.
    pub inputs: Vec<Input>,
    /// The variables that are read or updated.
    pub variables: Vec<Arc<Variable>>,
    /// The steps.
    pub nodes: Vec<Node>,
    /// The results.
    pub outputs: Vec<Ref>,
    /// New values of variables, by their position: all are computed from the old ones, then all
    /// are stored.
    pub updates: Vec<(usize, Ref)>,
}

impl Program {
    /// What is known of a result.
    pub fn spec(&self, at: Ref) -> &Spec {
        &self.nodes[at.node].specs[at.output]
    }

    /// What is known of the outputs.
    pub fn output_specs(&self) -> Vec<Spec> {
        self.outputs.iter().map(|at| self.spec(*at).clone()).collect()
    }

    /// Refuses the wrong number of inputs and inputs that do not fit.
    pub fn check_inputs(&self, inputs: &[HostTensor]) -> Result<(), Error> {
        if inputs.len() != self.inputs.len() {
            return Err(Error::InputCount { expected: self.inputs.len(), found: inputs.len() });
        }
        self.inputs.iter().zip(inputs).try_for_each(|(input, host)| input.check(host))
    }

    /// What is known of the outputs when this much is known of the inputs, as many as there are.
    pub fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>, Error> {
        if inputs.len() != self.inputs.len() {
            return Err(Error::InputCount { expected: self.inputs.len(), found: inputs.len() });
        }
        let mut specs: Vec<Vec<Spec>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            specs.push(match &node.operation {
                Operation::Input(i) => {
                    let (expected, found) = (&self.inputs[*i], inputs[*i]);
                    vec![expected.unify(found)?]
                }
                Operation::Call(call) => call
                    .try_map(&mut |at| Ok::<_, Error>(specs[at.node][at.output].clone()))?
                    .infer()?,
                Operation::Operand { value, variable, update } => {
                    let spec = specs[value.node][value.output].clone();
                    vec![checked_operand(spec, variable, *update)?]
                }
                Operation::Variable(_) | Operation::Constant(_) => node.specs.clone(),
                Operation::Gradients { variables, .. } => {
                    variables.iter().map(|at| specs[at.node][at.output].clone()).collect()
                }
            });
        }
        Ok(self.outputs.iter().map(|at| specs[at.node][at.output].clone()).collect())
    }

    /// For every node, the last node that needs it; outputs and updates are needed to the end.
    pub fn last_uses(&self) -> Vec<usize> {
        let end = self.nodes.len();
        let mut last: Vec<usize> = (0..end).collect();
        for (position, node) in self.nodes.iter().enumerate() {
            for argument in node.arguments() {
                last[argument.node] = position;
            }
        }
        for kept in self.outputs.iter().chain(self.updates.iter().map(|(_, new)| new)) {
            last[kept.node] = end;
        }
        last
    }
}

/// What is known of the operand of an update, or the update's refusal.
pub(crate) fn checked_operand(
    operand: Spec,
    variable: &Spec,
    update: Function,
) -> Result<Spec, Error> {
    crate::functions::variables::check_operand(variable, &operand)
        .map_err(|refusal| refusal.by(update))?;
    Ok(operand)
}

impl<T: Clone> Call<T> {
    /// The tensors among the arguments, in order.
    pub fn tensors(&self) -> Vec<T> {
        let mut all = Vec::new();
        let collected: Result<Call<()>, std::convert::Infallible> = self.try_map(&mut |t| {
            all.push(t.clone());
            Ok(())
        });
        match collected {
            Ok(_) => all,
        }
    }
}
