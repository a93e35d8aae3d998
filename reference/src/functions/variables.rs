//! Mutable state held by an engine: how it is made, read and changed.

use super::labels::*;
use crate::configuration;
use crate::dtype::DType;
use crate::error::Refusal;
use crate::shape::{Spec, unify};

entry! {
    /// Mutable state held by the engine, with an initial value.
    Variable = program {
        /// The initial value, a host tensor; sparse for a sparse variable.
        tensor value;
        /// Its dtype.
        plain dtype: DType = configuration::floatx();
        /// Its name, for messages.
        plain name: Option<String> = None;
    }
    constraints []
    conventions ["the value is cast to dtype"]
    source "Keras backend page, variable",
    example "eval(variable([1., 2.])) = [1., 2.]", moves
}

macro_rules! constant_variable {
    (
        $(#[doc = $doc:expr])+
        $Name:ident ;
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            $Name = program {
                /// The shape.
                plain shape: Vec<i64>;
                /// The element type.
                plain dtype: DType = configuration::floatx();
                /// Its name, for messages.
                plain name: Option<String> = None;
            }
            constraints ["no dim is negative"]
            conventions []
            source $source,
            example $example, moves
        }
    };
}

constant_variable! {
    /// A variable of zeros.
    Zeros;
    source "Keras backend page, zeros",
    example "zeros((2,)) = [0., 0.]"
}

constant_variable! {
    /// A variable of ones.
    Ones;
    source "Keras backend page, ones",
    example "ones((2,)) = [1., 1.]"
}

entry! {
    /// A variable that holds the identity matrix.
    Eye = program {
        /// The number of rows and of columns.
        plain size: i64;
        /// The element type.
        plain dtype: DType = configuration::floatx();
        /// Its name, for messages.
        plain name: Option<String> = None;
    }
    constraints ["size is not negative"]
    conventions []
    source "Keras backend page, eye",
    example "eye(2) = [[1., 0.], [0., 1.]]", moves
}

entry! {
    /// A variable of random numbers, each equally probable between two limits.
    RandomUniformVariable = program {
        /// The shape.
        plain shape: Vec<i64>;
        /// The lower limit, which may occur.
        plain low: f64;
        /// The upper limit, which may not.
        plain high: f64;
        /// The element type.
        plain dtype: DType = configuration::floatx();
        /// Its name, for messages.
        plain name: Option<String> = None;
        /// For determinism.
        plain seed: Option<i64> = None;
    }
    constraints ["no dim is negative", "low is not above high, and their distance is finite in the dtype"]
    conventions ["same seed, same numbers on one engine and device"]
    source "Keras backend page, random_uniform_variable",
    example "random_uniform_variable((2,), 5., 5.) = [5., 5.]"
}

entry! {
    /// A variable of random numbers with a normal distribution.
    RandomNormalVariable = program {
        /// The shape.
        plain shape: Vec<i64>;
        /// The mean.
        plain mean: f64;
        /// The standard deviation.
        plain scale: f64;
        /// The element type.
        plain dtype: DType = configuration::floatx();
        /// Its name, for messages.
        plain name: Option<String> = None;
        /// For determinism.
        plain seed: Option<i64> = None;
    }
    constraints ["no dim is negative", "mean and scale are finite in the dtype, scale is not negative"]
    conventions ["same seed, same numbers on one engine and device"]
    source "Keras backend page, random_normal_variable",
    example "random_normal_variable((2,), 5., 0.) = [5., 5.]"
}

entry! {
    /// The value that a variable holds now.
    GetValue = program {
        /// The variable.
        tensor x;
    }
    constraints ["x is a variable"]
    conventions []
    source "Keras backend page, get_value",
    example "get_value(variable([1.])) = [1.]", moves
}

entry! {
    /// The values that variables hold now.
    BatchGetValue = program {
        /// The variables.
        tensors xs;
    }
    constraints ["each of them is a variable"]
    conventions []
    source "Keras 1.1 backend, batch_get_value",
    example "batch_get_value([variable([1.]), variable([2.])]) = ([1.], [2.])", moves
}

entry! {
    /// Replaces the value of a variable.
    SetValue = program {
        /// The variable.
        tensor x;
        /// Its new value, a host tensor.
        tensor value;
    }
    constraints ["x is a variable", "the value has the variable's shape"]
    conventions ["the value is cast to the variable's dtype", "a value that is refused changes nothing"]
    source "Keras backend page, set_value",
    example "after set_value(x, [2.]), x is [2.]", moves
}

entry! {
    /// Replaces the values of variables, of all or of none.
    BatchSetValue = program {
        /// The variables.
        tensors xs;
        /// Their new values, host tensors, in the same order.
        tensors values;
    }
    constraints [
        "each of xs is a variable",
        "each value has its variable's shape",
        "there are as many values as variables",
    ]
    conventions [
        "the values are cast to their variables' dtypes",
        "a value that is refused changes nothing, also of the others",
        "of several values for one variable the last stays",
    ]
    source "Keras 1.1 backend, batch_set_value; all or nothing by decision",
    example "after batch_set_value([(x, [2.]), (y, [3.])]), x is [2.] and y is [3.]", moves
}

entry! {
    /// A new value for a variable, when the function it is given to runs.
    Update = program {
        /// The variable.
        tensor x;
        /// Its new value.
        tensor new_x;
    }
    constraints [
        "x is a variable",
        "the new value has the variable's dtype and shape, and is sparse if it is",
    ]
    conventions ["new values are computed from the old ones of all variables"]
    source "Keras 1.1 backend, update",
    example "after update(x, x * 2.) of x = [1.], x is [2.]", moves
}

pub(crate) fn check_update(variable: &Spec, new: &Spec) -> Result<(), Refusal> {
    let fits = variable.rank() == new.rank()
        && variable.dims.iter().zip(&new.dims).all(|(a, b)| unify(*a, *b).is_ok());
    check_fits(fits, variable, "new value", new)
}

/// Refuses what an update cannot add to a variable, subtract from it or average it with.
pub(crate) fn check_operand(variable: &Spec, operand: &Spec) -> Result<(), Refusal> {
    let trailing = variable.dims.iter().rev().zip(operand.dims.iter().rev());
    let fits = operand.rank() <= variable.rank()
        && trailing.into_iter().all(|(a, b)| *b == Some(1) || unify(*a, *b).is_ok());
    check_fits(fits, variable, "operand", operand)
}

/// C2 of every update.
fn check_fits(fits: bool, variable: &Spec, what: &str, found: &Spec) -> Result<(), Refusal> {
    let alike = variable.dtype == found.dtype && variable.sparse == found.sparse;
    let mark = |spec: &Spec| if spec.sparse { " (sparse)" } else { "" };
    C2.require(fits && alike, || {
        format!("the variable is {variable}{}, the {what} {found}{}", mark(variable), mark(found))
    })
}

entry! {
    /// An update that adds to a variable.
    UpdateAdd = program {
        /// The variable.
        tensor x;
        /// What is added; it broadcasts to the variable's shape.
        tensor increment;
    }
    constraints ["x is a variable", "the increment has the variable's dtype, and broadcasts to its shape"]
    conventions ["new values are computed from the old ones of all variables"]
    source "Keras 1.1 backend, update_add",
    example "after update_add(x, [1.]) of x = [1.], x is [2.]"
}

entry! {
    /// An update that subtracts from a variable.
    UpdateSub = program {
        /// The variable.
        tensor x;
        /// What is subtracted; it broadcasts to the variable's shape.
        tensor decrement;
    }
    constraints ["x is a variable", "the decrement has the variable's dtype, and broadcasts to its shape"]
    conventions ["new values are computed from the old ones of all variables"]
    source "Keras 1.1 backend, update_sub",
    example "after update_sub(x, [1.]) of x = [1.], x is [0.]"
}

entry! {
    /// An update to a weighted mean of a variable's value and another:
    /// variable·momentum + value·(1 - momentum).
    MovingAverageUpdate = program {
        /// The variable.
        tensor variable;
        /// The other value; it broadcasts to the variable's shape.
        tensor value;
        /// The weight of the old value.
        plain momentum: f64;
    }
    constraints [
        "variable is a variable of floats",
        "the value has the variable's dtype, and broadcasts to its shape",
    ]
    conventions ["1 - momentum is computed first and then rounded to the dtype"]
    source "Keras 1.1 backend, moving_average_update",
    example "after moving_average_update(x, [2.], 0.9) of x = [1.], x is [1.1]"
}
