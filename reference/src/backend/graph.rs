//! The symbolic graph and its flattening into a program.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::arguments::Arguments;
use crate::engine::Variable;
use crate::error::{Error, Label, Result};
use crate::function::{Call, Function};
use crate::host::HostTensor;
use crate::program::{Input, Node, Operation, Program, Ref, checked_operand};
use crate::shape::Spec;

/// A symbolic tensor: one result of one node of the graph. A clone names the same tensor.
#[derive(Clone)]
pub struct Tensor {
    node: Arc<GraphNode>,
    output: usize,
}

pub(super) struct GraphNode {
    id: u64,
    operation: GraphOperation,
    specs: Vec<Spec>,
}

impl GraphNode {
    fn new(operation: GraphOperation, specs: Vec<Spec>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Arc::new(GraphNode { id: NEXT.fetch_add(1, Ordering::Relaxed), operation, specs })
    }
}

pub(super) enum GraphOperation {
    Placeholder { name: String },
    Variable(Arc<Variable>),
    Constant(HostTensor),
    Call(Call<Tensor>),
    Operand { value: Tensor, variable: Spec, update: Function },
    Gradients { loss: Tensor, variables: Vec<Tensor> },
}

impl GraphOperation {
    fn arguments(&self) -> Vec<Tensor> {
        match self {
            GraphOperation::Placeholder { .. }
            | GraphOperation::Variable(_)
            | GraphOperation::Constant(_) => Vec::new(),
            GraphOperation::Call(call) => call.tensors(),
            GraphOperation::Operand { value, .. } => vec![value.clone()],
            GraphOperation::Gradients { loss, variables } => {
                let mut all = vec![loss.clone()];
                all.extend(variables.iter().cloned());
                all
            }
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} {}>", self.describe(), self.spec())
    }
}

impl Drop for GraphNode {
    /// Long chains of nodes are taken apart in a loop: dropping them one inside the other would
    /// exhaust the stack.
    fn drop(&mut self) {
        let mut orphans = take_arguments(&mut self.operation);
        while let Some(tensor) = orphans.pop() {
            if let Ok(mut node) = Arc::try_unwrap(tensor.node) {
                orphans.extend(take_arguments(&mut node.operation));
            }
        }
    }
}

fn take_arguments(operation: &mut GraphOperation) -> Vec<Tensor> {
    let all = operation.arguments();
    *operation = GraphOperation::Placeholder { name: String::new() };
    all
}

impl Tensor {
    pub(super) fn new(operation: GraphOperation, specs: Vec<Spec>) -> Vec<Tensor> {
        let count = specs.len();
        let node = GraphNode::new(operation, specs);
        (0..count).map(|output| Tensor { node: node.clone(), output }).collect()
    }

    pub(super) fn leaf(operation: GraphOperation, spec: Spec) -> Tensor {
        Tensor { node: GraphNode::new(operation, vec![spec]), output: 0 }
    }

    /// dtype and partly known shape.
    pub fn spec(&self) -> &Spec {
        &self.node.specs[self.output]
    }

    /// The variable behind the tensor, if it is one.
    pub fn as_variable(&self) -> Option<&Arc<Variable>> {
        if let GraphOperation::Variable(variable) = &self.node.operation {
            Some(variable)
        } else {
            None
        }
    }

    /// Whether the tensor is a placeholder.
    pub fn is_placeholder(&self) -> bool {
        matches!(self.node.operation, GraphOperation::Placeholder { .. })
    }

    fn describe(&self) -> String {
        match &self.node.operation {
            GraphOperation::Placeholder { name } => format!("placeholder {name}"),
            GraphOperation::Variable(variable) => format!("variable {}", variable.name()),
            GraphOperation::Constant(_) => "constant".into(),
            GraphOperation::Call(call) => call.function().name().into(),
            GraphOperation::Operand { value, .. } => value.describe(),
            GraphOperation::Gradients { .. } => "gradients".into(),
        }
    }

    fn key(&self) -> (u64, usize) {
        (self.node.id, self.output)
    }
}

/// Adds a call to the graph: its results, or the constraint that the arguments break.
pub fn call(call: impl Into<Call<Tensor>>) -> Result<Vec<Tensor>> {
    let call = call.into();
    let specs = call.try_map(&mut |t| Ok::<_, Error>(t.spec().clone()))?.infer()?;
    Ok(Tensor::new(GraphOperation::Call(call), specs))
}

/// Adds a call that has one result; one with several is refused.
pub fn single(call_: impl Into<Call<Tensor>>) -> Result<Tensor> {
    let call_ = call_.into();
    let function = call_.function();
    let results = call(call_)?;
    let count = results.len();
    <[Tensor; 1]>::try_from(results).map(|[only]| only).map_err(|_| {
        let message = format!("the call has {count} results: ask for tensors(), not tensor()");
        Label::G(1).refuse(message).by(function)
    })
}

/// Adds a call whose arguments are given by Keras' names. Functions of the program itself
/// (placeholder, update, …) have no such form and are refused as unsupported.
pub fn call_by_name(function: Function, arguments: Arguments<Tensor>) -> Result<Vec<Tensor>> {
    match Call::from_arguments(function, arguments) {
        Some(parsed) => call(parsed?),
        None => Err(Error::Unsupported {
            engine: "the graph".into(),
            function,
            reason: "it is part of the program, not a call within it".into(),
        }),
    }
}

/// A fixed tensor.
pub fn constant(value: impl Into<HostTensor>) -> Tensor {
    let host = value.into();
    let spec = host.spec();
    Tensor::leaf(GraphOperation::Constant(host), spec)
}

/// What an update adds to a variable, subtracts from it or averages it with: refused by the update
/// where it does not broadcast to the variable, at once or, where dims are unknown, at the call.
pub(super) fn operand(value: &Tensor, variable: &Spec, update: Function) -> Result<Tensor> {
    let spec = checked_operand(value.spec().clone(), variable, update)?;
    if spec.shape().is_some() {
        return Ok(value.clone());
    }
    let operation =
        GraphOperation::Operand { value: value.clone(), variable: variable.clone(), update };
    Ok(Tensor::leaf(operation, spec))
}

/// The derivatives of a scalar with respect to tensors of the graph; zeros by what it does not
/// depend on.
pub fn gradients(loss: &Tensor, variables: &[Tensor]) -> Result<Vec<Tensor>> {
    crate::functions::program::check_loss(loss.spec())
        .and_then(|()| {
            crate::functions::program::check_variables(variables.iter().map(Tensor::spec))
        })
        .map_err(|refusal| refusal.by(Function::Gradients))?;
    let specs = variables.iter().map(|t| t.spec().clone()).collect();
    let operation = GraphOperation::Gradients { loss: loss.clone(), variables: variables.to_vec() };
    Ok(Tensor::new(operation, specs))
}

/// The flat program that computes `outputs` and the new values of variables from `inputs`.
///
/// With `capturing`, tensors that do not depend on the inputs are not computed inside but become
/// further inputs, which are returned: that is how a step function sees its surroundings.
pub(super) fn flatten(
    inputs: &[Tensor],
    outputs: &[Tensor],
    updates: &[(Arc<Variable>, Tensor)],
    capturing: bool,
) -> Result<(Program, Vec<Tensor>)> {
    let roots: Vec<Tensor> =
        outputs.iter().chain(updates.iter().map(|(_, new)| new)).cloned().collect();
    let order = in_order(&roots, inputs);
    let inner = if capturing { Some(depending(&order, inputs)) } else { None };
    let mut flat = Flat {
        program: Program::default(),
        places: HashMap::new(),
        inner,
        captured: Vec::new(),
        derived: Vec::new(),
    };
    for input in inputs {
        flat.input(input);
    }
    for tensor in &order {
        flat.node(tensor)?;
    }
    let mut program_outputs = Vec::with_capacity(outputs.len());
    for output in outputs {
        program_outputs.push(flat.place(output)?);
    }
    for (variable, new) in updates {
        let at = flat.place(new)?;
        let position = flat.variable(variable);
        flat.program.updates.push((position, at));
    }
    flat.program.outputs = program_outputs;
    Ok((flat.program, flat.captured))
}

/// Every node that the roots need, each after what it needs itself; stops at the inputs.
fn in_order(roots: &[Tensor], inputs: &[Tensor]) -> Vec<Tensor> {
    let mut seen: HashSet<u64> = inputs.iter().map(|t| t.node.id).collect();
    let mut order = Vec::new();
    let mut stack: Vec<(Tensor, bool)> = roots.iter().rev().map(|t| (t.clone(), false)).collect();
    while let Some((tensor, expanded)) = stack.pop() {
        if expanded {
            order.push(tensor);
        } else if seen.insert(tensor.node.id) {
            let arguments = tensor.node.operation.arguments();
            stack.push((tensor, true));
            stack.extend(arguments.into_iter().rev().map(|t| (t, false)));
        }
    }
    order
}

/// The nodes that depend on the inputs.
fn depending(order: &[Tensor], inputs: &[Tensor]) -> HashSet<u64> {
    let mut inner: HashSet<u64> = inputs.iter().map(|t| t.node.id).collect();
    for tensor in order {
        if tensor.node.operation.arguments().iter().any(|t| inner.contains(&t.node.id)) {
            inner.insert(tensor.node.id);
        }
    }
    inner
}

struct Flat {
    program: Program,
    places: HashMap<(u64, usize), Ref>,
    inner: Option<HashSet<u64>>,
    captured: Vec<Tensor>,
    /// For each node, whether it depends on a gradient.
    derived: Vec<bool>,
}

impl Flat {
    fn push(&mut self, node: Node) {
        let derived = matches!(node.operation, Operation::Gradients { .. })
            || node.arguments().iter().any(|at| self.derived[at.node]);
        self.derived.push(derived);
        self.program.nodes.push(node);
    }

    fn input(&mut self, tensor: &Tensor) {
        let name = match &tensor.node.operation {
            GraphOperation::Placeholder { name } => name.clone(),
            GraphOperation::Variable(_)
            | GraphOperation::Constant(_)
            | GraphOperation::Call(_)
            | GraphOperation::Operand { .. }
            | GraphOperation::Gradients { .. } => tensor.describe(),
        };
        let position = self.program.inputs.len();
        let spec = tensor.spec().clone();
        self.program.inputs.push(Input { name, spec: spec.clone() });
        self.push(Node { operation: Operation::Input(position), specs: vec![spec] });
        self.places.insert(tensor.key(), Ref { node: self.program.nodes.len() - 1, output: 0 });
    }

    fn variable(&mut self, variable: &Arc<Variable>) -> usize {
        let known = self.program.variables.iter().position(|v| v.id() == variable.id());
        known.unwrap_or_else(|| {
            self.program.variables.push(variable.clone());
            self.program.variables.len() - 1
        })
    }

    /// Where a tensor stands in the program; one from outside a step becomes an input of it.
    fn place(&mut self, tensor: &Tensor) -> Result<Ref> {
        if let Some(at) = self.places.get(&tensor.key()) {
            return Ok(*at);
        }
        if self.inner.is_some() {
            self.captured.push(tensor.clone());
            self.input(tensor);
            if let Some(at) = self.places.get(&tensor.key()) {
                return Ok(*at);
            }
        }
        Err(Error::NotFed { name: tensor.describe() })
    }

    fn node(&mut self, tensor: &Tensor) -> Result<()> {
        let is_constant = matches!(tensor.node.operation, GraphOperation::Constant(_));
        let outside = self.inner.as_ref().is_some_and(|inner| !inner.contains(&tensor.node.id));
        if outside && !is_constant {
            return Ok(());
        }
        let operation = match &tensor.node.operation {
            GraphOperation::Placeholder { name } => {
                return Err(Error::NotFed { name: name.clone() });
            }
            GraphOperation::Variable(variable) => Operation::Variable(self.variable(variable)),
            GraphOperation::Constant(host) => Operation::Constant(host.clone()),
            GraphOperation::Call(call) => Operation::Call(call.try_map(&mut |t| self.place(t))?),
            GraphOperation::Operand { value, variable, update } => Operation::Operand {
                value: self.place(value)?,
                variable: variable.clone(),
                update: *update,
            },
            GraphOperation::Gradients { loss, variables } => {
                let loss = self.place(loss)?;
                crate::functions::program::check_first_order(
                    self.derived[loss.node],
                    self.inner.is_some(),
                )
                .map_err(|refusal| refusal.by(Function::Gradients))?;
                Operation::Gradients {
                    loss,
                    variables: variables.iter().map(|t| self.place(t)).collect::<Result<_>>()?,
                }
            }
        };
        let node = self.program.nodes.len();
        for output in 0..tensor.node.specs.len() {
            self.places.insert((tensor.node.id, output), Ref { node, output });
        }
        self.push(Node { operation, specs: tensor.node.specs.clone() });
        Ok(())
    }
}
