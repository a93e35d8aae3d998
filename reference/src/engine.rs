//! The system under test: the trait that an engine implements, and the interpreter that makes an
//! engine out of a library of eager kernels.

mod beam;
mod eager;

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

pub use beam::{Path, beam_search};
pub(crate) use eager::check_loss;
pub use eager::{Eager, Kernels, StepRunner};

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::host::HostTensor;
use crate::program::Program;
use crate::shape::Spec;

/// How an engine computes a function for a dtype.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "how", content = "note")]
pub enum Support {
    /// With its library's own kernels on its native tensors.
    Native,
    /// By a detour, which the note names.
    Emulated(String),
    /// Not at all, for the reason in the note.
    Unsupported(String),
}

/// A tensor that an engine keeps between calls.
pub type Stored = Box<dyn Any + Send>;

/// An implementation of the backend API.
pub trait Engine: Send + Sync {
    /// The name by which users choose it.
    fn name(&self) -> &str;
    /// The version of the library under it.
    fn version(&self) -> String;
    /// Where it computes: `cpu`, `cuda:0`.
    fn device(&self) -> String;
    /// How it computes a function for operands of a dtype.
    fn support(&self, function: Function, dtype: DType) -> Support;
    /// Keeps a value, for a variable.
    fn store(&self, value: &HostTensor) -> Result<Stored>;
    /// Brings a kept value back.
    fn load(&self, stored: &Stored) -> Result<HostTensor>;
    /// Makes a program ready to be called many times.
    fn prepare(&self, program: Arc<Program>) -> Result<Box<dyn Prepared>>;
}

impl fmt::Debug for dyn Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.name(), self.device())
    }
}

/// A program made ready on an engine.
pub trait Prepared: Send {
    /// Runs it once: outputs come back and updates take effect, or neither.
    fn run(&self, inputs: &[HostTensor]) -> Result<Vec<HostTensor>>;
}

/// Mutable state held by an engine.
pub struct Variable {
    id: u64,
    name: String,
    spec: Spec,
    engine: Arc<dyn Engine>,
    stored: Mutex<Stored>,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "variable {} {} on {}", self.name, self.spec, self.engine.name())
    }
}

impl Variable {
    /// A variable with an initial value.
    pub fn new(engine: Arc<dyn Engine>, value: &HostTensor, name: Option<String>) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let stored = Mutex::new(engine.store(value)?);
        let name = name.unwrap_or_else(|| format!("variable_{id}"));
        Ok(Variable { id, name, spec: value.spec(), engine, stored })
    }

    /// A number that no other variable of the process has.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its dtype and shape.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The engine that holds it.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The value now.
    pub fn value(&self) -> Result<HostTensor> {
        self.with(|stored| self.engine.load(stored))
    }

    /// Replaces the value; a wrong dtype or shape changes nothing.
    pub fn set_value(&self, value: &HostTensor) -> Result<()> {
        self.check(value)?;
        let stored = self.engine.store(value)?;
        self.replace(stored);
        Ok(())
    }

    /// Refuses a value that does not fit.
    pub fn check(&self, value: &HostTensor) -> Result<()> {
        self.check_spec(value.dtype(), value.shape())
    }

    /// Refuses a dtype or shape that does not fit.
    pub fn check_spec(&self, dtype: DType, shape: &[usize]) -> Result<()> {
        if self.spec.admits(dtype, shape) {
            return Ok(());
        }
        Err(Error::Feed {
            what: "variable",
            name: self.name.clone(),
            expected_dtype: self.spec.dtype,
            expected_dims: self.spec.dims.clone(),
            found_dtype: dtype,
            found_shape: shape.to_vec(),
        })
    }

    /// Refuses a new value that does not fit, by the constraint of `update`.
    pub fn check_update(&self, new: &Spec) -> Result<()> {
        crate::functions::variables::check_update(&self.spec, new)
            .map_err(|refusal| refusal.by(Function::Update))
    }

    /// Looks at what the engine keeps.
    pub fn with<R>(&self, f: impl FnOnce(&Stored) -> R) -> R {
        f(&self.stored.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces what the engine keeps; for engines, after the whole program has succeeded.
    pub fn replace(&self, stored: Stored) {
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = stored;
    }

    /// Refuses an engine other than the one that holds the variable.
    pub fn check_engine(&self, name: &str) -> Result<()> {
        if self.engine.name() == name {
            return Ok(());
        }
        Err(Error::OtherEngine {
            name: self.name.clone(),
            variable_engine: self.engine.name().to_owned(),
            function_engine: name.to_owned(),
        })
    }
}
