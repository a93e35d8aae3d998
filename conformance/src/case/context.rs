//! The surroundings of a case: engine and configuration, which are in force on a thread.

use std::sync::Arc;

use touchstone_reference::backend::{self as K, DimOrdering};
use touchstone_reference::configuration::{Configuration, with_configuration};
use touchstone_reference::engine::Engine;
use touchstone_reference::{DType, HostTensor};

use crate::golden::{Call, Value};

/// In what precision a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// As it stands in the case.
    AsRecorded,
    /// Everything in float64, the tensors of narrower floats converted first: that is how the
    /// recorded gradients were computed.
    Double,
    /// Plain numbers and the fuzz factor by way of float32, the tensors as they stand: Keras 1
    /// on TensorFlow made a float32 tensor of a plain number first, and cast that to float64.
    SingleNumbers,
}

impl Precision {
    /// The call in this precision.
    pub fn of(self, call: &Call) -> Call {
        match self {
            Precision::AsRecorded => call.clone(),
            Precision::Double => {
                Call { floatx: DType::Float64, args: mapped(call, widened), ..call.clone() }
            }
            Precision::SingleNumbers => Call {
                epsilon: DType::Float32.round(call.epsilon),
                args: mapped(call, narrowed),
                ..call.clone()
            },
        }
    }
}

fn mapped(call: &Call, f: fn(&Value) -> Value) -> Vec<(String, Value)> {
    call.args.iter().map(|(name, value)| (name.clone(), f(value))).collect()
}

/// A plain number by way of float32.
fn narrowed(value: &Value) -> Value {
    if let Value::Float(x) = value { Value::Float(DType::Float32.round(*x)) } else { value.clone() }
}

/// A tensor of floats as float64.
fn widen(tensor: &HostTensor) -> HostTensor {
    if tensor.dtype().is_float() { tensor.cast(DType::Float64) } else { tensor.clone() }
}

fn widened(value: &Value) -> Value {
    match value {
        Value::Tensor(tensor) => Value::Tensor(widen(tensor)),
        Value::List(items) => Value::List(items.iter().map(widened).collect()),
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Named(_)) => other.clone(),
    }
}

/// Runs `f` with an engine, and the configuration of a call, in force on this thread.
pub fn within<R>(engine: &Arc<dyn Engine>, call: &Call, f: impl FnOnce() -> R) -> R {
    let configuration = Configuration {
        floatx: call.floatx,
        epsilon: call.epsilon,
        image_dim_ordering: DimOrdering::Th,
        ..Configuration::default()
    };
    // What print_tensor prints is not for whoever looks at cases.
    with_configuration(configuration, || {
        K::with_engine(engine.clone(), || K::with_printer(|_| {}, f))
    })
}
