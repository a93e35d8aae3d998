//! Placeholders, and prepared functions of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::configuration::engine;
use super::graph::{GraphOperation, Tensor, flatten};
use super::variables::Update;
use crate::configuration;
use crate::dtype::DType;
use crate::engine::{Engine, Prepared};
use crate::error::{Error, Result};
use crate::function::Function;
use crate::functions::program;
use crate::host::HostTensor;
use crate::shape::{Dim, Spec};

/// What is fed when the program runs: dims may be unknown.
pub fn placeholder(shape: &[Dim]) -> PlaceholderBuilder {
    PlaceholderBuilder {
        shape: Some(shape.to_vec()),
        ndim: None,
        dtype: None,
        sparse: false,
        name: None,
    }
}

/// A placeholder in the making; [`tensor`](PlaceholderBuilder::tensor) finishes it.
#[derive(Clone, Debug)]
#[must_use = "finish with tensor()"]
pub struct PlaceholderBuilder {
    shape: Option<Vec<Dim>>,
    ndim: Option<usize>,
    dtype: Option<DType>,
    sparse: bool,
    name: Option<String>,
}

impl PlaceholderBuilder {
    /// Neither shape nor rank yet; one of them must follow.
    pub fn new() -> Self {
        PlaceholderBuilder { shape: None, ndim: None, dtype: None, sparse: false, name: None }
    }
    /// The shape; entries may be unknown.
    pub fn shape(mut self, shape: &[Dim]) -> Self {
        self.shape = Some(shape.to_vec());
        self
    }
    /// The rank alone: every dim is unknown.
    pub fn ndim(mut self, ndim: usize) -> Self {
        self.ndim = Some(ndim);
        self
    }
    /// The element type; floatx by default.
    pub fn dtype(mut self, dtype: DType) -> Self {
        self.dtype = Some(dtype);
        self
    }
    /// Whether a sparse matrix is fed.
    pub fn sparse(mut self, sparse: bool) -> Self {
        self.sparse = sparse;
        self
    }
    /// The name, for messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
    /// The placeholder.
    pub fn tensor(self) -> Result<Tensor> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let dims = program::placeholder_dims(self.shape, self.ndim, self.sparse)
            .map_err(|refusal| refusal.by(Function::Placeholder))?;
        let dtype = self.dtype.unwrap_or_else(configuration::floatx);
        let name = self
            .name
            .unwrap_or_else(|| format!("placeholder_{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let spec = Spec { sparse: self.sparse, ..Spec::new(dtype, dims) };
        Ok(Tensor::leaf(GraphOperation::Placeholder { name }, spec))
    }
}

impl Default for PlaceholderBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// A prepared function, to be called many times.
pub struct Callable {
    prepared: Box<dyn Prepared>,
    engine: Arc<dyn Engine>,
    program: Arc<crate::program::Program>,
}

impl std::fmt::Debug for Callable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "function of {} inputs on {:?}", self.program.inputs.len(), self.engine)
    }
}

impl Callable {
    /// Runs the program: outputs come back and updates take effect, or neither.
    pub fn call(&self, inputs: &[HostTensor]) -> Result<Vec<HostTensor>> {
        self.prepared.run(inputs)
    }

    /// The program that was prepared.
    pub fn program(&self) -> &Arc<crate::program::Program> {
        &self.program
    }
}

/// Prepares a program on the engine in use: from inputs to outputs and updates.
pub fn function(inputs: &[Tensor], outputs: &[Tensor], updates: &[Update]) -> Result<Callable> {
    let program = Arc::new(trace(inputs, outputs, updates)?);
    let engine = engine();
    Ok(Callable { prepared: engine.prepare(program.clone())?, engine, program })
}

/// The flat program of [`function`], without preparing it on an engine.
fn trace(
    inputs: &[Tensor],
    outputs: &[Tensor],
    updates: &[Update],
) -> Result<crate::program::Program> {
    program::check_inputs(inputs.iter().map(Tensor::is_placeholder))
        .map_err(|refusal| refusal.by(Function::FunctionCall))?;
    let updates: Vec<_> =
        updates.iter().map(|u| (u.variable.clone(), u.new_value.clone())).collect();
    program::check_distinct(updates.iter().map(|(variable, _)| variable.id()))
        .map_err(|refusal| refusal.by(Function::FunctionCall))?;
    Ok(flatten(inputs, outputs, &updates, false)?.0)
}

/// The value of a tensor that depends on no placeholder.
pub fn eval(x: &Tensor) -> Result<HostTensor> {
    let prepared = function(&[], std::slice::from_ref(x), &[]).map_err(|error| {
        if let Error::NotFed { name } = &error {
            return program::not_fed(name).by(Function::Eval);
        }
        error
    })?;
    let mut outputs = prepared.call(&[])?;
    outputs.pop().ok_or(Error::InputCount { expected: 1, found: 0 })
}
