//! What has state: the engine in use, the configuration, variables, prepared functions.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::graph::{GraphOperation, Tensor, flatten};
use crate::arguments::DimOrdering;
use crate::configuration::{self, Configuration};
use crate::dtype::DType;
use crate::engine::{Engine, Prepared, Variable};
use crate::error::{Error, Label, Result};
use crate::function::Function;
use crate::functions::{control, elementwise, program};
use crate::host::HostTensor;
use crate::reference_engine::ReferenceEngine;
use crate::shape::{Dim, Spec};

thread_local! {
    static ENGINE: RefCell<Option<Arc<dyn Engine>>> = const { RefCell::new(None) };
    static PHASE: Cell<Option<bool>> = const { Cell::new(None) };
    static OPEN_PHASE: RefCell<Option<Tensor>> = const { RefCell::new(None) };
}

/// The engine in use on this thread; the reference engine until another is set.
pub fn engine() -> Arc<dyn Engine> {
    ENGINE.with_borrow_mut(|engine| engine.get_or_insert_with(|| Arc::new(ReferenceEngine)).clone())
}

/// Puts an engine in use on this thread.
pub fn set_engine(engine: Arc<dyn Engine>) {
    ENGINE.set(Some(engine));
}

/// Runs `f` with an engine in use on this thread, then restores the one before.
pub fn with_engine<R>(engine: Arc<dyn Engine>, f: impl FnOnce() -> R) -> R {
    let before = ENGINE.replace(Some(engine));
    let result = f();
    ENGINE.set(before);
    result
}

/// The fuzz factor of numeric expressions.
pub fn epsilon() -> f64 {
    configuration::epsilon()
}

fn change(f: impl FnOnce(&mut Configuration)) {
    let mut configuration = configuration::current();
    f(&mut configuration);
    configuration::set_current(configuration);
}

/// Changes the fuzz factor; it takes effect at once.
pub fn set_epsilon(epsilon: f64) -> Result<()> {
    let epsilon = configuration::parse_epsilon("set_epsilon", epsilon)?;
    change(|c| c.epsilon = epsilon);
    Ok(())
}

/// The default float type, by name.
pub fn floatx() -> &'static str {
    configuration::floatx().name()
}

/// Changes the default float type: float16, float32 or float64.
pub fn set_floatx(floatx: &str) -> Result<()> {
    let floatx = configuration::parse_floatx("set_floatx", floatx)?;
    change(|c| c.floatx = floatx);
    Ok(())
}

/// The default dim ordering, `th` or `tf`.
pub fn image_dim_ordering() -> &'static str {
    configuration::image_dim_ordering().name()
}

/// Changes the default dim ordering.
pub fn set_image_dim_ordering(dim_ordering: &str) -> Result<()> {
    let ordering: DimOrdering =
        configuration::parse_dim_ordering("set_image_dim_ordering", dim_ordering)?;
    change(|c| c.image_dim_ordering = ordering);
    Ok(())
}

/// A host tensor with the default float type.
pub fn cast_to_floatx(x: &HostTensor) -> HostTensor {
    x.cast(configuration::floatx())
}

/// Mutable state held by the engine in use, with an initial value.
pub fn variable(value: &HostTensor) -> Result<Tensor> {
    let variable = Arc::new(Variable::new(engine(), value, None)?);
    let spec = variable.spec().clone();
    Ok(Tensor::leaf(GraphOperation::Variable(variable), spec))
}

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

/// The new value of a variable, which takes effect when the function it is given to runs.
#[derive(Clone, Debug)]
pub struct Update {
    variable: Arc<Variable>,
    new_value: Tensor,
}

fn variable_of(x: &Tensor) -> Result<&Arc<Variable>> {
    x.as_variable()
        .ok_or_else(|| Label::C(1).refuse(format!("{x:?} is no variable")).by(Function::Update))
}

/// An update of a variable to a new value.
pub fn update(x: &Tensor, new_x: &Tensor) -> Result<Update> {
    let variable = variable_of(x)?;
    program::check_update(variable.spec(), new_x.spec())
        .map_err(|refusal| refusal.by(Function::Update))?;
    Ok(Update { variable: variable.clone(), new_value: new_x.clone() })
}

/// An update that adds an increment.
pub fn update_add(x: &Tensor, increment: &Tensor) -> Result<Update> {
    update(x, &elementwise::add(x, increment)?)
}

/// An update that subtracts a decrement.
pub fn update_sub(x: &Tensor, decrement: &Tensor) -> Result<Update> {
    update(x, &elementwise::subtract(x, decrement)?)
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

/// The value of a variable now.
pub fn get_value(x: &Tensor) -> Result<HostTensor> {
    match x.as_variable() {
        Some(variable) => variable.value(),
        None => eval(x),
    }
}

/// Replaces the value of a variable; a wrong dtype or shape changes nothing.
pub fn set_value(x: &Tensor, value: &HostTensor) -> Result<()> {
    variable_of(x)?.set_value(value)
}

/// The learning phase as a graph sees it.
#[derive(Clone, Debug)]
pub enum LearningPhase {
    /// Fixed: false is test, true is train.
    Fixed(bool),
    /// A scalar placeholder, fed at the call: 0 test, 1 train.
    Open(Tensor),
}

/// The learning phase: fixed by [`set_learning_phase`], else a placeholder to be fed.
pub fn learning_phase() -> Result<LearningPhase> {
    if let Some(phase) = PHASE.get() {
        return Ok(LearningPhase::Fixed(phase));
    }
    if let Some(open) = OPEN_PHASE.with_borrow(Clone::clone) {
        return Ok(LearningPhase::Open(open));
    }
    let open =
        PlaceholderBuilder::new().shape(&[]).dtype(DType::UInt8).name("learning_phase").tensor()?;
    OPEN_PHASE.set(Some(open.clone()));
    Ok(LearningPhase::Open(open))
}

/// Fixes the learning phase, 0 test or 1 train, or with `None` leaves it open again.
pub fn set_learning_phase(value: Option<i64>) -> Result<()> {
    PHASE.set(match value {
        None => None,
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(other) => {
            return Err(Error::Configuration {
                source_name: "set_learning_phase".into(),
                field: "value".into(),
                found: other.to_string(),
                allowed: "0 (test), 1 (train)".into(),
            });
        }
    });
    Ok(())
}

/// `x` in the training phase, else `alt`.
pub fn in_train_phase(x: &Tensor, alt: &Tensor) -> Result<Tensor> {
    program::check_branches(x.spec(), alt.spec())
        .map_err(|refusal| refusal.by(Function::InTrainPhase))?;
    match learning_phase()? {
        LearningPhase::Fixed(true) => Ok(x.clone()),
        LearningPhase::Fixed(false) => Ok(alt.clone()),
        LearningPhase::Open(phase) => control::switch(&phase, x, alt),
    }
}

/// `x` in the test phase, else `alt`.
pub fn in_test_phase(x: &Tensor, alt: &Tensor) -> Result<Tensor> {
    in_train_phase(alt, x)
}
