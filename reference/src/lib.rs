//! The Keras backend API: the specification that runs.
//!
//! Each function is defined once, in `functions/`, as plain index loops generic over the number
//! type; the number types in [`number`] give that definition its readings: value, error bound,
//! gradient, bound of the gradient. [`backend`] is the API that user code is written against,
//! [`engine`] what an implementation of it provides.

pub mod arguments;
pub mod backend;
pub mod configuration;
mod dtype;
pub mod engine;
#[macro_use]
pub mod entry;
pub mod error;
mod evaluate;
pub mod function;
pub mod functions;
mod host;
pub mod judging;
pub mod number;
pub mod printing;
pub mod program;
mod reference_engine;
mod shape;
pub mod tensor;

pub use dtype::{DType, Element};
pub use error::{Error, Label, Refusal, Result};
pub use function::{Call, Function};
pub use host::{ArrayError, Elements, HostTensor, Layout, Stored};
pub use reference_engine::ReferenceEngine;
pub use shape::{Dim, MAX_ELEMENTS, Spec, axis_of, broadcast, elements, show_dims, unify};
