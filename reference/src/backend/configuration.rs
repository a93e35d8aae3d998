//! The engine in use and the configuration, which belong to a thread.

use std::cell::RefCell;
use std::sync::Arc;

use crate::arguments::DimOrdering;
use crate::configuration::{self, Configuration};
use crate::engine::Engine;
use crate::error::{Error, Label, Result};
use crate::function::Function;
use crate::host::HostTensor;
use crate::reference_engine::ReferenceEngine;

thread_local! {
    static ENGINE: RefCell<Option<Arc<dyn Engine>>> = const { RefCell::new(None) };
}

/// The engine in use on this thread; the reference engine until another is set.
pub fn engine() -> Arc<dyn Engine> {
    ENGINE.with_borrow_mut(|engine| engine.get_or_insert_with(|| Arc::new(ReferenceEngine)).clone())
}

/// The name of the engine in use on this thread.
pub fn backend() -> String {
    engine().name().to_owned()
}

/// Puts an engine in use on this thread.
pub fn set_engine(engine: Arc<dyn Engine>) {
    ENGINE.set(Some(engine));
}

/// Runs `f` with an engine in use on this thread, then restores the one before.
pub fn with_engine<R>(engine: Arc<dyn Engine>, f: impl FnOnce() -> R) -> R {
    struct Restored(Option<Arc<dyn Engine>>);
    impl Drop for Restored {
        fn drop(&mut self) {
            ENGINE.set(self.0.take());
        }
    }
    let _restored = Restored(ENGINE.replace(Some(engine)));
    f()
}

fn change(f: impl FnOnce(&mut Configuration)) {
    let mut configuration = configuration::current();
    f(&mut configuration);
    configuration::set_current(configuration);
}

/// C1 of a function that changes the configuration: the value is allowed.
fn allowed<T>(function: Function, parsed: Result<T>) -> Result<T> {
    parsed.map_err(|error| {
        if let Error::Configuration { found, allowed, .. } = error {
            Label::C(1).refuse(format!("found {found}, allowed is {allowed}")).by(function)
        } else {
            error
        }
    })
}

/// The fuzz factor of numeric expressions.
pub fn epsilon() -> f64 {
    configuration::epsilon()
}

/// Changes the fuzz factor; it takes effect at once.
pub fn set_epsilon(e: f64) -> Result<()> {
    let epsilon = allowed(Function::SetEpsilon, configuration::parse_epsilon("", e))?;
    change(|c| c.epsilon = epsilon);
    Ok(())
}

/// The default float type, by name.
pub fn floatx() -> &'static str {
    configuration::floatx().name()
}

/// Changes the default float type: float16, float32 or float64.
pub fn set_floatx(floatx: &str) -> Result<()> {
    let floatx = allowed(Function::SetFloatx, configuration::parse_floatx("", floatx))?;
    change(|c| c.floatx = floatx);
    Ok(())
}

/// The default dim ordering, `th` or `tf`.
pub fn image_dim_ordering() -> &'static str {
    configuration::image_dim_ordering().name()
}

/// Changes the default dim ordering.
pub fn set_image_dim_ordering(dim_ordering: &str) -> Result<()> {
    let parsed = configuration::parse_dim_ordering("", dim_ordering);
    let ordering: DimOrdering = allowed(Function::SetImageDimOrdering, parsed)?;
    change(|c| c.image_dim_ordering = ordering);
    Ok(())
}

/// A host tensor with the default float type.
pub fn cast_to_floatx(x: &HostTensor) -> HostTensor {
    x.cast(configuration::floatx())
}
