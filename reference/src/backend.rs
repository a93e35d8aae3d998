//! K: the symbolic backend API. Functions and operators build a program; [`function`] prepares
//! it on an engine once, to be called many times.
//!
//! ```
//! use touchstone_reference::backend as K;
//!
//! let x = K::placeholder(&[Some(2), None]).tensor()?;
//! let y = K::sum(&K::exp(&x)?).axis(-1).tensor()?;
//! assert_eq!(y.spec().to_string(), "float32(2,)");
//! let f = K::function(&[x], &[y], &[])?;
//! let fed = K::HostTensor::from_vec(&[2, 1], vec![0.0_f32, 0.0])?;
//! assert_eq!(f.call(&[fed])?[0].to_f64s(), [1.0, 1.0]);
//! # Ok::<(), touchstone_reference::Error>(())
//! ```

mod graph;
mod operators;
mod state;
mod step;

pub use crate::arguments::{Argument, Arguments, Axes, BorderMode, DimOrdering, PoolMode};
pub use crate::dtype::DType;
pub use crate::error::{Error, Result};
pub use crate::function::{Call, Function};
pub use crate::functions::{
    activation::*, control::*, convolution::*, ctc::*, cumulative::*, elementwise::*, indexing::*,
    linear_algebra::*, loss::*, normalization::*, pooling::*, position::*, random::*, recurrent::*,
    reduction::*, shaping::*, spatial::*,
};
pub use crate::host::HostTensor;
pub use crate::shape::Spec;

pub use graph::{Tensor, call, call_by_name, constant, gradients, single};
pub use operators::Operand;
pub use state::{
    Callable, LearningPhase, PlaceholderBuilder, Update, cast_to_floatx, engine, epsilon, eval,
    floatx, function, get_value, image_dim_ordering, in_test_phase, in_train_phase, learning_phase,
    placeholder, set_engine, set_epsilon, set_floatx, set_image_dim_ordering, set_learning_phase,
    set_value, update, update_add, update_sub, variable, with_engine,
};
pub use step::{Step, rnn};
