//! Functions that answer when the graph is built: about tensors, and about the configuration.

use serde_json::{Value as Json, json};
use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::functions::{configuration, inspection};
use touchstone_reference::{HostTensor, Result};

use super::{Built, arguments_of};
use crate::golden::Call;

/// The tensor asked about: a variable that holds the value given.
fn asked_about(value: &HostTensor) -> Result<Tensor> {
    K::variable(value)
}

macro_rules! questions {
    ($($Entry:ident.$field:ident: $name:ident = |$x:ident| $answer:expr;)*) => {
        $(pub(super) fn $name(call: &Call) -> Result<Json> {
            let $x = asked_about(&inspection::$Entry::from_arguments(arguments_of(call)?)?.$field)?;
            Ok(json!($answer))
        })*
    };
}

questions! {
    IsPlaceholder.x: is_placeholder = |x| K::is_placeholder(&x);
    IsSparse.tensor: is_sparse = |x| K::is_sparse(&x);
    IntShape.x: int_shape = |x| K::int_shape(&x);
    Ndim.x: ndim = |x| K::ndim(&x);
    Dtype.x: dtype = |x| K::dtype(&x);
    GetVariableShape.x: get_variable_shape = |x| K::get_variable_shape(&x)?;
    CountParams.x: count_params = |x| K::count_params(&x)?;
}

pub(super) fn cast_to_floatx(call: &Call) -> Result<Built> {
    let asked = configuration::CastToFloatx::from_arguments(arguments_of(call)?)?;
    Ok(Built::Values(vec![K::cast_to_floatx(&asked.x)]))
}

macro_rules! settings {
    ($($Entry:ident: $name:ident = |$asked:ident| $answer:expr;)*) => {
        $(pub(super) fn $name(call: &Call) -> Result<Json> {
            let $asked = configuration::$Entry::<HostTensor>::from_arguments(arguments_of(call)?)?;
            Ok(json!($answer))
        })*
    };
}

// A function that changes a setting gives what the setting is afterwards.
settings! {
    Backend: backend = |_asked| K::backend();
    Epsilon: epsilon = |_asked| K::epsilon();
    SetEpsilon: set_epsilon = |asked| { K::set_epsilon(asked.e)?; K::epsilon() };
    Floatx: floatx = |_asked| K::floatx();
    SetFloatx: set_floatx = |asked| { K::set_floatx(&asked.floatx)?; K::floatx() };
    ImageDimOrdering: image_dim_ordering = |_asked| K::image_dim_ordering();
    SetImageDimOrdering: set_image_dim_ordering = |asked| {
        K::set_image_dim_ordering(&asked.dim_ordering)?;
        K::image_dim_ordering()
    };
    SetLearningPhase: set_learning_phase = |asked| {
        K::set_learning_phase(Some(asked.value))?;
        K::set_learning_phase(None)?;
        asked.value
    };
}
