//! An engine out of eager kernels: the interpreter runs a prepared program on native tensors.
//! Data goes to the device once and comes back once, never between functions.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{Engine, Prepared, Stored, Support};
use crate::arguments::Argument;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Call, Function};
use crate::host::{HostTensor, Layout};
use crate::program::{Operation, Program, checked_operand};
use crate::shape::Spec;

/// Runs a step program on native tensors: its inputs in order, its outputs in order.
pub type StepRunner<'a, T> = dyn Fn(&Arc<Program>, Vec<T>) -> Result<Vec<T>> + 'a;

/// A library of eager tensor operations.
pub trait Kernels: Send + Sync + 'static {
    /// The native tensor; a clone shares the data.
    type Tensor: Clone + Send + 'static;

    /// The engine's name.
    fn name(&self) -> &str;
    /// The library's version.
    fn version(&self) -> String;
    /// Where it computes.
    fn device(&self) -> String;
    /// How it computes a function for operands of a dtype.
    fn support(&self, function: Function, dtype: DType) -> Support;

    /// To the device.
    fn upload(&self, host: &HostTensor) -> Result<Self::Tensor>;
    /// The same tensor held in another way, with the same elements in the same places; for
    /// [`Layout::Broadcast`] the rows along the first axis are equal. An engine whose tensors are
    /// all held in one way has nothing to do.
    fn arrange(&self, tensor: Self::Tensor, layout: Layout) -> Result<Self::Tensor> {
        let _ = layout;
        Ok(tensor)
    }
    /// From the device.
    fn download(&self, tensor: &Self::Tensor) -> Result<HostTensor>;
    /// dtype, shape and sparseness.
    fn spec(&self, tensor: &Self::Tensor) -> Spec;
    /// The same numbers with another dtype, differentiably.
    fn cast(&self, tensor: &Self::Tensor, dtype: DType) -> Result<Self::Tensor>;
    /// Computes one function. The arguments have passed shape inference, which gave `specs`; what
    /// is float16 outside is float32 here, operands and results. A dim is unknown only where it
    /// depends on values (ctc_decode). `run_step` runs the call's step program, if it has one.
    fn call(
        &self,
        call: &Call<&Self::Tensor>,
        specs: &[Spec],
        run_step: &StepRunner<'_, Self::Tensor>,
    ) -> Result<Vec<Self::Tensor>>;

    /// Runs a program, recording for differentiation unless `recorded` is 0. That is the most
    /// calls that follow from one another in it: `usize::MAX` where a call runs a step program, as
    /// often as its operands say.
    fn scope<R>(&self, recorded: usize, run: impl FnOnce() -> R) -> R {
        let _ = recorded;
        run()
    }
    /// The same tensor, from here on recorded, so that derivatives by it can be asked for.
    fn watch(&self, tensor: &Self::Tensor) -> Result<Self::Tensor>;
    /// The same tensor without the record of how it was computed, to be kept between calls.
    fn settle(&self, tensor: &Self::Tensor) -> Result<Self::Tensor> {
        Ok(tensor.clone())
    }
    /// The derivatives of a one-element tensor by watched ones; `None` where it does not depend
    /// on one.
    fn gradients(
        &self,
        loss: &Self::Tensor,
        variables: &[Self::Tensor],
    ) -> Result<Vec<Option<Self::Tensor>>>;
}

/// The engine that a library of kernels makes.
#[derive(Debug)]
pub struct Eager<K>(Arc<K>);

impl<K: Kernels> Eager<K> {
    /// The engine on these kernels.
    pub fn new(kernels: K) -> Self {
        Eager(Arc::new(kernels))
    }
}

impl<K: Kernels> Engine for Eager<K> {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn version(&self) -> String {
        self.0.version()
    }
    fn device(&self) -> String {
        self.0.device()
    }
    fn support(&self, function: Function, dtype: DType) -> Support {
        self.0.support(function, dtype)
    }
    fn store(&self, value: &HostTensor) -> Result<Stored> {
        Ok(Box::new(upload(&*self.0, value)?))
    }
    fn load(&self, stored: &Stored) -> Result<HostTensor> {
        self.0.download(native::<K>(&*self.0, stored)?)
    }
    fn prepare(&self, program: Arc<Program>) -> Result<Box<dyn Prepared>> {
        for variable in &program.variables {
            variable.check_engine(self.name())?;
        }
        let compiled = Compiled::new(&*self.0, program)?;
        Ok(Box::new(EagerProgram { kernels: self.0.clone(), compiled }))
    }
}

/// To the device, held in the way that is asked for.
fn upload<K: Kernels>(kernels: &K, host: &HostTensor) -> Result<K::Tensor> {
    let tensor = kernels.upload(host)?;
    let held = match host.layout() {
        Layout::Contiguous => return Ok(tensor),
        Layout::Broadcast if !host.has_equal_rows() => return Ok(tensor),
        layout @ (Layout::Offset | Layout::Transposed | Layout::Gapped | Layout::Broadcast) => {
            layout
        }
    };
    kernels.arrange(tensor, held)
}

fn native<'a, K: Kernels>(kernels: &K, stored: &'a Stored) -> Result<&'a K::Tensor> {
    stored.downcast_ref().ok_or_else(|| Error::Engine {
        engine: kernels.name().to_owned(),
        function: None,
        message: "the variable holds a tensor of another engine".into(),
    })
}

/// A program with what can be computed before it runs.
struct Compiled<T> {
    program: Arc<Program>,
    constants: Vec<Option<T>>,
    /// For each node the nodes whose results are needed there last, so that memory is given back
    /// at once.
    release: Vec<Vec<usize>>,
    /// Nodes by which a derivative is asked for, with the results that are.
    watched: Vec<bool>,
    /// The most calls that are recorded one after the other.
    recorded: usize,
    /// The step programs of its calls, by address.
    steps: HashMap<usize, Compiled<T>>,
}

/// What tells step programs apart while they are alive.
fn address(program: &Arc<Program>) -> usize {
    Arc::as_ptr(program).addr()
}

impl<T: Clone> Compiled<T> {
    fn new<K: Kernels<Tensor = T>>(kernels: &K, program: Arc<Program>) -> Result<Self> {
        let mut constants = Vec::with_capacity(program.nodes.len());
        let mut watched = vec![false; program.nodes.len()];
        let mut recording = false;
        let mut steps = HashMap::new();
        for node in &program.nodes {
            constants.push(match &node.operation {
                Operation::Constant(host) => Some(kernels.upload(host)?),
                Operation::Input(_)
                | Operation::Variable(_)
                | Operation::Call(_)
                | Operation::Operand { .. }
                | Operation::Gradients { .. } => None,
            });
            if let Operation::Gradients { variables, .. } = &node.operation {
                recording = true;
                for variable in variables {
                    watched[variable.node] = true;
                }
            }
            if let Operation::Call(call) = &node.operation {
                for (_, argument) in call.plain_arguments() {
                    if let Argument::Program(step) = argument {
                        steps.insert(address(&step), Compiled::new(kernels, step)?);
                    }
                }
            }
        }
        let mut release = vec![Vec::new(); program.nodes.len() + 1];
        for (node, last) in program.last_uses().into_iter().enumerate() {
            release[last].push(node);
        }
        let recorded = match (recording, steps.is_empty()) {
            (false, _) => 0,
            (true, true) => program.nodes.len(),
            (true, false) => usize::MAX,
        };
        Ok(Compiled { program, constants, release, watched, recorded, steps })
    }

    fn execute<K: Kernels<Tensor = T>>(
        &self,
        kernels: &K,
        inputs: Vec<T>,
        variables: &[T],
    ) -> Result<Vec<Vec<T>>> {
        let program = &*self.program;
        let mut results: Vec<Vec<T>> = Vec::with_capacity(program.nodes.len());
        for (position, node) in program.nodes.iter().enumerate() {
            let mut computed = match &node.operation {
                Operation::Input(i) => vec![inputs[*i].clone()],
                Operation::Variable(i) => vec![variables[*i].clone()],
                Operation::Constant(_) => self.constants[position].iter().cloned().collect(),
                Operation::Call(call) => self.call(kernels, call, &results)?,
                Operation::Operand { value, variable, update } => {
                    let value = &results[value.node][value.output];
                    checked_operand(kernels.spec(value), variable, *update)?;
                    vec![value.clone()]
                }
                Operation::Gradients { loss, variables } => {
                    let loss = &results[loss.node][loss.output];
                    check_loss(kernels.spec(loss))?;
                    let by: Vec<T> =
                        variables.iter().map(|at| results[at.node][at.output].clone()).collect();
                    let found = kernels
                        .gradients(loss, &by)
                        .map_err(|error| error.within(Function::Gradients))?;
                    let zeros = |like: &T| {
                        let spec = kernels.spec(like);
                        let shape = spec.shape().unwrap_or_default();
                        let count = shape.iter().product();
                        kernels.upload(&HostTensor::from_f64s(
                            spec.dtype,
                            &shape,
                            &vec![0.0; count],
                        )?)
                    };
                    found
                        .into_iter()
                        .zip(&by)
                        .map(|(gradient, like)| gradient.map_or_else(|| zeros(like), Ok))
                        .collect::<Result<_>>()?
                }
            };
            if self.watched[position] {
                for result in &mut computed {
                    if kernels.spec(result).dtype.is_float() {
                        *result = kernels.watch(result)?;
                    }
                }
            }
            results.push(computed);
            for &unneeded in &self.release[position] {
                results[unneeded].clear();
            }
        }
        Ok(results)
    }

    fn call<K: Kernels<Tensor = T>>(
        &self,
        kernels: &K,
        call: &Call<crate::program::Ref>,
        results: &[Vec<T>],
    ) -> Result<Vec<T>> {
        let function = call.function();
        let run_step = |step: &Arc<Program>, inputs: Vec<T>| {
            let compiled = self.steps.get(&address(step)).ok_or_else(|| Error::Engine {
                engine: kernels.name().to_owned(),
                function: Some(function),
                message: "the step program was not prepared".into(),
            })?;
            let mut results = compiled.execute(kernels, inputs, &[])?;
            Ok(take_outputs(&compiled.program, &mut results))
        };
        let native = call.try_map(&mut |at| Ok::<_, Error>(&results[at.node][at.output]))?;
        let is_half = |spec: &Spec| spec.dtype == DType::Float16;
        let mut half = false;
        let operands = native.try_map(&mut |t| {
            let spec = kernels.spec(t);
            half |= is_half(&spec);
            Ok::<_, Error>(spec)
        })?;
        let specs = operands.infer()?;
        let half = !function.iterates() && (half || specs.iter().any(is_half));
        if !half {
            return kernels
                .call(&native, &specs, &run_step)
                .map_err(|error| error.within(function));
        }
        // float16 is computed as float32 throughout a function and rounded once at its end.
        let wide = native.try_map(&mut |t| {
            let wide = kernels.spec(t).dtype == DType::Float16;
            if wide { kernels.cast(t, DType::Float32) } else { Ok((*t).clone()) }
        })?;
        let wide_specs: Vec<Spec> = specs
            .iter()
            .map(|spec| {
                if spec.dtype == DType::Float16 {
                    spec.with_dtype(DType::Float32)
                } else {
                    spec.clone()
                }
            })
            .collect();
        let wide = wide.try_map(&mut |t| Ok::<_, Error>(t))?;
        let found = kernels.call(&wide, &wide_specs, &run_step).map_err(|e| e.within(function))?;
        found
            .into_iter()
            .zip(&specs)
            .map(
                |(t, spec)| {
                    if spec.dtype == DType::Float16 { kernels.cast(&t, spec.dtype) } else { Ok(t) }
                },
            )
            .collect()
    }
}

/// Refuses a loss that is no scalar; the shape may be known only now.
pub(crate) fn check_loss(loss: Spec) -> Result<()> {
    crate::functions::program::check_loss(&loss).map_err(|refusal| refusal.by(Function::Gradients))
}

fn take_outputs<T: Clone>(program: &Program, results: &mut [Vec<T>]) -> Vec<T> {
    program.outputs.iter().map(|at| results[at.node][at.output].clone()).collect()
}

struct EagerProgram<K: Kernels> {
    kernels: Arc<K>,
    compiled: Compiled<K::Tensor>,
}

impl<K: Kernels> EagerProgram<K> {
    fn run_recorded(&self, inputs: &[HostTensor]) -> Result<Vec<HostTensor>> {
        let kernels = &*self.kernels;
        let program = &*self.compiled.program;
        program.check_inputs(inputs)?;
        let native_inputs =
            inputs.iter().map(|host| upload(kernels, host)).collect::<Result<Vec<_>>>()?;
        let variables = program
            .variables
            .iter()
            .map(|variable| variable.with(|stored| native::<K>(kernels, stored).cloned()))
            .collect::<Result<Vec<_>>>()?;
        let mut results = self.compiled.execute(kernels, native_inputs, &variables)?;
        let outputs = take_outputs(program, &mut results)
            .iter()
            .map(|tensor| kernels.download(tensor))
            .collect::<Result<Vec<_>>>()?;
        let mut updates = Vec::with_capacity(program.updates.len());
        for (variable, new) in &program.updates {
            let new = results[new.node][new.output].clone();
            let variable = &program.variables[*variable];
            variable.check_update(&kernels.spec(&new))?;
            updates.push((variable, kernels.settle(&new)?));
        }
        for (variable, new) in updates {
            variable.replace(Box::new(new));
        }
        Ok(outputs)
    }
}

impl<K: Kernels> Prepared for EagerProgram<K> {
    fn run(&self, inputs: &[HostTensor]) -> Result<Vec<HostTensor>> {
        let run = || self.kernels.scope(self.compiled.recorded, || self.run_recorded(inputs));
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                .unwrap_or_else(|| "no message".into());
            Err(Error::Engine {
                engine: self.kernels.name().to_owned(),
                function: None,
                message: format!("the library panicked: {message}"),
            })
        })
    }
}
