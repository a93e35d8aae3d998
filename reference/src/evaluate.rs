//! Evaluation of programs by reading: what the reference engine, the judge and the gradient share.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Call, Function};
use crate::number::{Format, Local, Number, Tape, Taped, with_format};
use crate::program::{Operation, Program, Ref, checked_operand};
use crate::shape::Spec;
use crate::tensor::{Numbers, Tensor, Value};

/// A number type in which whole programs are evaluated.
pub(crate) trait Reading: Number {
    /// Computes the derivatives that a program asks for, in the reading one tape above this one.
    fn gradients(
        program: &Program,
        inputs: &[Value<Self>],
        variables: &[Value<Self>],
        loss: Ref,
        by: &[Ref],
    ) -> Result<Vec<Value<Self>>>;
}

fn taped_gradients<T: Taped>(
    program: &Program,
    inputs: &[Value<T>],
    variables: &[Value<T>],
    loss: Ref,
    by: &[Ref],
) -> Result<Vec<Value<T>>>
where
    Tape<T>: Reading,
{
    Tape::<T>::reset();
    let lift = |values: &[Value<T>]| -> Vec<Value<Tape<T>>> {
        values.iter().map(|v| v.map_floats(Tape::lift)).collect()
    };
    let (inputs, variables) = (lift(inputs), lift(variables));
    let mut evaluation = Evaluation::new(program, &inputs, &variables);
    evaluation.marked = by.to_vec();
    evaluation.run_to(by.iter().copied().chain([loss]))?;
    let loss_value = evaluation.result(loss)?.clone();
    crate::engine::check_loss(loss_value.spec())?;
    let output = loss_value.floats().data()[0];
    // One pass back for all, in the coarsest format on the way from the loss.
    let format = coarsest_between(program, by, loss);
    let inputs = by.iter().map(|&at| evaluation.result(at)).collect::<Result<Vec<_>>>()?;
    let numbers: Vec<Tensor<Tape<T>>> = inputs.iter().map(|value| value.floats()).collect();
    let flat: Vec<Tape<T>> = numbers.iter().flat_map(|t| t.data().iter().copied()).collect();
    let found = with_format(format, || Tape::gradients(output, &flat));
    let mut found = found.into_iter().map(|gradient| gradient.unwrap_or_else(T::zero));
    let gradients = inputs.iter().map(|value| {
        let count = value.shape().iter().product();
        let narrows = value.dtype == DType::Float32 && loss_value.dtype == DType::Float64;
        let stored = |x: T| if narrows { x.stored(Format::of(DType::Float32)) } else { x };
        let gradient = found.by_ref().take(count).map(stored).collect();
        // A cotangent of float16 is narrow already: each use of the tensor handed back a narrow one.
        let numbers = Numbers::Float(Tensor::new(value.shape().to_vec(), gradient));
        Value { dtype: value.dtype, sparse: false, numbers }
    });
    Ok(gradients.collect())
}

/// The coarsest float type among the results that depend on one of `by` and lead to `loss`.
fn coarsest_between(program: &Program, by: &[Ref], loss: Ref) -> DType {
    let mut depends = vec![false; program.nodes.len()];
    for at in by {
        depends[at.node] = true;
    }
    for (position, node) in program.nodes.iter().enumerate() {
        depends[position] |= node.arguments().iter().any(|at| depends[at.node]);
    }
    let mut leads = vec![false; program.nodes.len()];
    leads[loss.node] = true;
    for (position, node) in program.nodes.iter().enumerate().rev() {
        if leads[position] {
            for argument in node.arguments() {
                leads[argument.node] = true;
            }
        }
    }
    let between = program.nodes.iter().zip(depends.iter().zip(leads));
    let mut specs = between.filter(|(_, (a, b))| **a && *b).flat_map(|(node, _)| &node.specs);
    let coarse = specs.any(|spec| spec.dtype.is_float() && spec.dtype != DType::Float64);
    if coarse { DType::Float32 } else { program.spec(loss).dtype }
}

macro_rules! differentiable {
    ($type:ty) => {
        impl Reading for $type {
            fn gradients(
                program: &Program,
                inputs: &[Value<Self>],
                variables: &[Value<Self>],
                loss: Ref,
                by: &[Ref],
            ) -> Result<Vec<Value<Self>>> {
                taped_gradients(program, inputs, variables, loss, by)
            }
        }
    };
}

macro_rules! not_differentiable {
    ($type:ty) => {
        impl Reading for $type {
            fn gradients(
                _program: &Program,
                _inputs: &[Value<Self>],
                _variables: &[Value<Self>],
                _loss: Ref,
                _by: &[Ref],
            ) -> Result<Vec<Value<Self>>> {
                Err(Error::Unsupported {
                    engine: "reference".into(),
                    function: Function::Gradients,
                    reason: "gradients of gradients are not part of the API".into(),
                })
            }
        }
    };
}

differentiable!(f64);
differentiable!(Tape<Local>);
not_differentiable!(Tape<f64>);
not_differentiable!(Tape<Tape<Local>>);

/// One run of a program in a reading.
#[derive(Debug)]
struct Evaluation<'a, N> {
    program: &'a Program,
    inputs: &'a [Value<N>],
    variables: &'a [Value<N>],
    results: HashMap<usize, Vec<Value<N>>>,
    /// Results by which a derivative is wanted: each gets a place on the tape.
    marked: Vec<Ref>,
}

impl<'a, N: Reading> Evaluation<'a, N> {
    fn new(program: &'a Program, inputs: &'a [Value<N>], variables: &'a [Value<N>]) -> Self {
        Evaluation { program, inputs, variables, results: HashMap::new(), marked: Vec::new() }
    }

    fn result(&self, at: Ref) -> Result<&Value<N>> {
        self.results.get(&at.node).and_then(|results| results.get(at.output)).ok_or_else(|| {
            Error::Engine {
                engine: "reference".into(),
                function: None,
                message: format!("node {} of the program was not computed", at.node),
            }
        })
    }

    /// Computes what `wanted` depends on, and nothing else: another gradient in the program must
    /// not be differentiated.
    fn run_to(&mut self, wanted: impl IntoIterator<Item = Ref>) -> Result<()> {
        let program = self.program;
        let mut needed = vec![false; program.nodes.len()];
        for at in wanted {
            needed[at.node] = true;
        }
        for (position, node) in program.nodes.iter().enumerate().rev() {
            if needed[position] {
                for argument in node.arguments() {
                    needed[argument.node] = true;
                }
            }
        }
        for (position, node) in program.nodes.iter().enumerate().filter(|(i, _)| needed[*i]) {
            let mut computed = match &node.operation {
                Operation::Input(i) => vec![self.inputs[*i].clone()],
                Operation::Variable(i) => vec![self.variables[*i].clone()],
                Operation::Constant(host) => vec![Value::from_host(host)],
                Operation::Call(call) => {
                    let call = call.try_map(&mut |at| self.result(*at))?;
                    evaluate_call(&call)?
                }
                Operation::Operand { value, variable, update } => {
                    let value = self.result(*value)?;
                    checked_operand(value.spec(), variable, *update)?;
                    vec![value.clone()]
                }
                Operation::Gradients { loss, variables } => {
                    N::gradients(program, self.inputs, self.variables, *loss, variables)?
                }
            };
            for at in self.marked.iter().filter(|at| at.node == position) {
                let value = &mut computed[at.output];
                let dtype = value.dtype;
                *value = value.map_floats(|x| x.marked(dtype));
            }
            self.results.insert(position, computed);
        }
        Ok(())
    }
}

/// The most elements that one function's results may have here. The definitions are index loops
/// over numbers that may carry a tape: beyond this, laws and other precisions have to serve.
const WORK_LIMIT: usize = 1 << 22;

fn check_work(function: Function, specs: &[Spec]) -> Result<()> {
    let elements: usize = specs.iter().filter_map(|s| crate::shape::elements(&s.shape()?)).sum();
    if elements <= WORK_LIMIT {
        return Ok(());
    }
    Err(Error::Unsupported {
        engine: "reference".into(),
        function,
        reason: format!("{elements} elements are beyond its work limit of {WORK_LIMIT}"),
    })
}

/// Evaluates one function: inference first, which refuses bad arguments, then the definition.
pub(crate) fn evaluate_call<N: Number>(call: &Call<&Value<N>>) -> Result<Vec<Value<N>>> {
    let specs = call.try_map(&mut |v| Ok::<_, Error>(v.spec()))?.infer()?;
    check_work(call.function(), &specs)?;
    let format = accumulator(call, &specs);
    let widens = |dtype| dtype == DType::Float16 && !call.function().iterates();
    let operands = call.try_map(&mut |&v| {
        let used = || Cow::Owned(v.map_floats(N::used));
        Ok::<_, Error>(if widens(v.dtype) { used() } else { Cow::Borrowed(v) })
    })?;
    let operands = operands.try_map(&mut |v| Ok::<_, Error>(&**v))?;
    let found = with_format(format, || operands.evaluate_numbers(&specs));
    let numbers = found.map_err(|failure| failure.by(call.function()))?;
    Ok(numbers.into_iter().zip(&specs).map(|(n, spec)| Value::typed(n, spec)).collect())
}

/// The floating-point type that a call computes in: that of its results, else of its operands.
/// Operands may hold labels or lengths, of another float type than what is computed.
fn accumulator<N: Number>(call: &Call<&Value<N>>, specs: &[Spec]) -> DType {
    specs
        .iter()
        .map(|spec| spec.dtype)
        .chain(call.tensors().iter().map(|value| value.dtype))
        .find(|dtype| dtype.is_float())
        .unwrap_or(DType::Float32)
}

/// Evaluates a program whose inputs and variables are given in the reading: its outputs, then the
/// new values of its updates.
pub(crate) fn evaluate<N: Reading>(
    program: &Program,
    inputs: &[Value<N>],
    variables: &[Value<N>],
) -> Result<Vec<Value<N>>> {
    let mut evaluation = Evaluation::new(program, inputs, variables);
    let wanted = || program.outputs.iter().chain(program.updates.iter().map(|(_, new)| new));
    evaluation.run_to(wanted().copied())?;
    wanted().map(|at| evaluation.result(*at).cloned()).collect()
}

/// Runs a step program, inside the evaluation of `rnn` and its like.
pub(crate) fn evaluate_step<N: Number>(
    program: &Program,
    inputs: &[Value<N>],
) -> Result<Vec<Value<N>>> {
    let mut results: Vec<Vec<Value<N>>> = Vec::with_capacity(program.nodes.len());
    for node in &program.nodes {
        results.push(match &node.operation {
            Operation::Input(i) => vec![inputs[*i].clone()],
            Operation::Constant(host) => vec![Value::from_host(host)],
            Operation::Call(call) => evaluate_call(
                &call.try_map(&mut |at| Ok::<_, Error>(&results[at.node][at.output]))?,
            )?,
            Operation::Operand { value, variable, update } => {
                let value = results[value.node][value.output].clone();
                checked_operand(value.spec(), variable, *update)?;
                vec![value]
            }
            Operation::Variable(_) | Operation::Gradients { .. } => {
                return Err(Error::Unsupported {
                    engine: "reference".into(),
                    function: Function::Gradients,
                    reason: "a step program may not ask for gradients".into(),
                });
            }
        });
    }
    Ok(program.outputs.iter().map(|at| results[at.node][at.output].clone()).collect())
}
