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

mod configuration;
mod graph;
mod inspection;
mod operators;
mod phase;
mod program;
mod step;
mod variables;

pub use crate::arguments::{
    Argument, Arguments, Axes, BorderMode, DataFormat, DimOrdering, PoolMode, Scalar,
};
pub use crate::dtype::DType;
pub use crate::error::{Error, Result};
pub use crate::function::{Call, Function};
pub use crate::functions::{
    activation::*, control::*, conversion::*, convolution::*, creation::*, ctc::*, cumulative::*,
    decoding::*, elementwise::*, indexing::*, linear_algebra::*, local::*, loss::*,
    normalization::*, pooling::*, position::*, random::*, recurrent::*, reduction::*, shaping::*,
    spatial::*,
};
pub use crate::host::HostTensor;
pub use crate::printing::with_printer;
pub use crate::shape::Spec;

pub use configuration::{
    backend, cast_to_floatx, engine, epsilon, floatx, image_dim_ordering, set_engine, set_epsilon,
    set_floatx, set_image_dim_ordering, with_engine,
};
pub use graph::{Tensor, call, call_by_name, constant, gradients, single};
pub use inspection::{count_params, dtype, int_shape, is_placeholder, is_sparse, ndim};
pub use operators::Operand;
pub use phase::{
    LearningPhase, clear_session, in_test_phase, in_train_phase, learning_phase, set_learning_phase,
};
pub use program::{Callable, PlaceholderBuilder, eval, function, placeholder};
pub use step::{Step, foldl, foldr, map_fn, rnn};
pub use variables::{
    Update, VariableBuilder, batch_get_value, batch_set_value, eye, get_value, get_variable_shape,
    moving_average_update, ones, random_normal_variable, random_uniform_variable, set_value,
    update, update_add, update_sub, variable, zeros,
};
