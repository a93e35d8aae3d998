//! K: the backend API, on the engine that the user has chosen.
//!
//! The engine is chosen on first use: by [`set_backend`], else by `KERAS_BACKEND`, else by
//! `~/.keras/keras.json`, else by default. That file's other fields take effect at the same time.
//!
//! ```
//! use touchstone::backend as K;
//!
//! K::set_backend("reference")?;
//!
//! // Placeholders and variables are where a graph begins.
//! let x = K::placeholder(&[None, Some(2)]).tensor()?;
//! let w = K::variable(&K::HostTensor::from_vec(&[2, 1], vec![2.0_f32, -1.0])?)?;
//! let y = K::relu(&K::dot(&x, &w)?).alpha(0.5).tensor()?;
//! assert_eq!(y.spec().to_string(), "float32(None, 1)");
//!
//! // One step of gradient descent: the update takes effect when the function runs.
//! let loss = K::mean(&(&y * &y)?).tensor()?;
//! let slope = K::gradients(&loss, &[w.clone()])?.remove(0);
//! let step = K::update_sub(&w, &(slope * 0.5)?)?;
//! let train = K::function(&[x], &[loss], &[step])?;
//!
//! let fed = K::HostTensor::from_vec(&[1, 2], vec![1.0_f32, 1.0])?;
//! assert_eq!(train.call(&[fed.clone()])?[0].to_f64s(), [1.0]);
//! assert_eq!(K::get_value(&w)?.to_f64s(), [1.0, -2.0]);
//!
//! // What does not fit is refused when the graph is built, with the constraint that it breaks.
//! let refused = K::dot(&w, &w).expect_err("(2, 1) · (2, 1)");
//! assert!(refused.label().is_some());
//! # Ok::<(), touchstone_reference::Error>(())
//! ```

use std::cell::RefCell;
use std::env;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use touchstone_reference::backend as inner;
use touchstone_reference::configuration::{self, Configuration};
use touchstone_reference::engine::Engine;

pub use touchstone_reference::backend::*;

use crate::registry::{self, Device};

/// The variable of the environment that chooses the engine.
const VARIABLE: &str = "KERAS_BACKEND";

thread_local! {
    /// What came of the choice on this thread, once it was made.
    static CHOSEN: RefCell<Option<Result<()>>> = const { RefCell::new(None) };
}

/// The engine of threads that have not used the API yet, once [`set_backend`] was called.
static COMMON: Mutex<Option<Arc<dyn Engine>>> = Mutex::new(None);

/// Chooses the engine by name, for this thread and for those that have not used the API yet.
pub fn set_backend(name: &str) -> Result<()> {
    let engine = registry::start(name, &Device::Cpu)?;
    *COMMON.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine.clone());
    // The engine is settled, but the other fields of the file count as well.
    if !CHOSEN.with_borrow(|chosen| matches!(chosen, Some(Ok(())))) {
        CHOSEN.set(None);
        choose()?;
    }
    set_engine(engine);
    Ok(())
}

/// The name of the engine in use.
pub fn backend() -> Result<String> {
    Ok(engine()?.name().to_owned())
}

/// The engine in use.
pub fn engine() -> Result<Arc<dyn Engine>> {
    choose()?;
    Ok(inner::engine())
}

/// Puts an engine in use on this thread.
pub fn set_engine(engine: Arc<dyn Engine>) {
    CHOSEN.set(Some(Ok(())));
    inner::set_engine(engine);
}

/// Runs `f` with an engine in use on this thread, then restores the one before.
pub fn with_engine<R>(engine: Arc<dyn Engine>, f: impl FnOnce() -> R) -> R {
    let before = CHOSEN.replace(Some(Ok(())));
    let result = inner::with_engine(engine, f);
    CHOSEN.set(before);
    result
}

/// Chooses the engine, unless that was done on this thread already.
fn choose() -> Result<()> {
    if let Some(chosen) = CHOSEN.with_borrow(Clone::clone) {
        return chosen;
    }
    let common = COMMON.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let wanted = env::var(VARIABLE).ok();
    let path = Configuration::default_path();
    let chosen =
        settle(common, wanted.as_deref(), path.as_deref()).map(|(engine, configuration)| {
            configuration::set_current(configuration);
            inner::set_engine(engine);
        });
    CHOSEN.set(Some(chosen.clone()));
    chosen
}

/// The engine and the configuration that an explicit choice, the environment and the file make.
fn settle(
    explicit: Option<Arc<dyn Engine>>,
    wanted: Option<&str>,
    path: Option<&Path>,
) -> Result<(Arc<dyn Engine>, Configuration)> {
    let configuration = path.map_or_else(|| Ok(Configuration::default()), Configuration::read)?;
    let engine = match (explicit, wanted) {
        (Some(engine), _) => engine,
        (None, Some(name)) => registry::start(name, &Device::Cpu)?,
        (None, None) => from_file(&configuration, path)?,
    };
    Ok((engine, configuration))
}

/// The engine that the file names: an unknown one is the file's fault, and said so.
fn from_file(configuration: &Configuration, path: Option<&Path>) -> Result<Arc<dyn Engine>> {
    let name = &configuration.backend;
    registry::start(name, &Device::Cpu).map_err(|error| match (error, path) {
        (Error::UnknownEngine { known, .. }, Some(path)) => Error::Configuration {
            source_name: path.display().to_string(),
            field: "backend".into(),
            found: format!("{name:?}"),
            allowed: known.join(", "),
        },
        (error, _) => error,
    })
}

/// As [`touchstone_reference::backend::variable`], on the engine chosen.
pub fn variable(value: &HostTensor) -> Result<Tensor> {
    choose()?;
    inner::variable(value)
}

/// As [`touchstone_reference::backend::zeros`]; an engine that cannot be chosen is reported when
/// the graph is prepared.
pub fn zeros(shape: &[i64]) -> VariableBuilder {
    let _ = choose();
    inner::zeros(shape)
}

/// As [`touchstone_reference::backend::ones`]; an engine that cannot be chosen is reported when
/// the graph is prepared.
pub fn ones(shape: &[i64]) -> VariableBuilder {
    let _ = choose();
    inner::ones(shape)
}

/// As [`touchstone_reference::backend::eye`]; an engine that cannot be chosen is reported when
/// the graph is prepared.
pub fn eye(size: i64) -> VariableBuilder {
    let _ = choose();
    inner::eye(size)
}

/// As [`touchstone_reference::backend::random_uniform_variable`]; an engine that cannot be chosen
/// is reported when the graph is prepared.
pub fn random_uniform_variable(shape: &[i64], low: f64, high: f64) -> VariableBuilder {
    let _ = choose();
    inner::random_uniform_variable(shape, low, high)
}

/// As [`touchstone_reference::backend::random_normal_variable`]; an engine that cannot be chosen
/// is reported when the graph is prepared.
pub fn random_normal_variable(shape: &[i64], mean: f64, scale: f64) -> VariableBuilder {
    let _ = choose();
    inner::random_normal_variable(shape, mean, scale)
}

/// As [`touchstone_reference::backend::placeholder`]; an engine that cannot be chosen is reported
/// when the graph is prepared.
pub fn placeholder(shape: &[touchstone_reference::Dim]) -> PlaceholderBuilder {
    let _ = choose();
    inner::placeholder(shape)
}

/// As [`touchstone_reference::backend::constant`]; an engine that cannot be chosen is reported
/// when the graph is prepared.
pub fn constant(value: impl Into<HostTensor>) -> Tensor {
    let _ = choose();
    inner::constant(value)
}

/// As [`touchstone_reference::backend::function`], on the engine chosen.
pub fn function(inputs: &[Tensor], outputs: &[Tensor], updates: &[Update]) -> Result<Callable> {
    choose()?;
    inner::function(inputs, outputs, updates)
}

/// As [`touchstone_reference::backend::eval`], on the engine chosen.
pub fn eval(x: &Tensor) -> Result<HostTensor> {
    choose()?;
    inner::eval(x)
}

/// As [`touchstone_reference::backend::get_value`], on the engine chosen.
pub fn get_value(x: &Tensor) -> Result<HostTensor> {
    choose()?;
    inner::get_value(x)
}

/// The default float type, by name.
pub fn floatx() -> &'static str {
    let _ = choose();
    inner::floatx()
}

/// Changes the default float type: float16, float32 or float64.
pub fn set_floatx(floatx: &str) -> Result<()> {
    choose()?;
    inner::set_floatx(floatx)
}

/// The fuzz factor of numeric expressions.
pub fn epsilon() -> f64 {
    let _ = choose();
    inner::epsilon()
}

/// Changes the fuzz factor; it takes effect at once.
pub fn set_epsilon(epsilon: f64) -> Result<()> {
    choose()?;
    inner::set_epsilon(epsilon)
}

/// The default dim ordering, `th` or `tf`.
pub fn image_dim_ordering() -> &'static str {
    let _ = choose();
    inner::image_dim_ordering()
}

/// Changes the default dim ordering.
pub fn set_image_dim_ordering(dim_ordering: &str) -> Result<()> {
    choose()?;
    inner::set_image_dim_ordering(dim_ordering)
}

/// A host tensor with the default float type.
pub fn cast_to_floatx(x: &HostTensor) -> HostTensor {
    let _ = choose();
    inner::cast_to_floatx(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = env::temp_dir().join(format!("touchstone-{}-{name}.json", std::process::id()));
        fs::write(&path, text).expect("the temporary folder can be written to");
        path
    }

    fn name(chosen: Result<(Arc<dyn Engine>, Configuration)>) -> Result<String> {
        chosen.map(|(engine, _)| engine.name().to_owned())
    }

    #[test]
    fn an_unknown_backend_in_the_file_matters_only_when_the_file_decides() {
        let path = file("unknown", r#"{"backend": "tensorflow", "floatx": "float64", "later": 1}"#);
        let (engine, configuration) =
            settle(None, Some("reference"), Some(&path)).expect("the environment decides");
        assert_eq!((engine.name(), configuration.floatx), ("reference", DType::Float64));
        assert_eq!(name(settle(Some(engine), None, Some(&path))), Ok("reference".into()));
        let error = settle(None, None, Some(&path)).map(|_| ()).expect_err("the file decides");
        let expected = path.display().to_string();
        assert!(
            matches!(&error, Error::Configuration { source_name, field, .. }
                if *source_name == expected && field == "backend"),
            "{error}"
        );
        fs::remove_file(path).expect("it was just written");
    }

    #[test]
    fn an_unknown_backend_in_the_environment_is_an_error() {
        let error = name(settle(None, Some("abacus"), None)).expect_err("there is none");
        assert!(matches!(error, Error::UnknownEngine { .. }));
    }

    #[test]
    fn without_a_file_there_are_defaults() {
        let path = env::temp_dir().join("touchstone-no-such-file.json");
        let (_, configuration) = settle(None, None, Some(&path)).expect("defaults");
        assert_eq!(configuration, Configuration::default());
    }

    #[test]
    fn a_malformed_file_is_an_error_whoever_decides() {
        let path = file("malformed", "{\"floatx\": ");
        assert!(matches!(
            settle(None, Some("reference"), Some(&path)).map(|_| ()),
            Err(Error::Configuration { .. })
        ));
        fs::remove_file(path).expect("it was just written");
    }
}
