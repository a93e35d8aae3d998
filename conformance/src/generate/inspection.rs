//! is_placeholder, is_sparse, int_shape, ndim, dtype, get_variable_shape, count_params.

use touchstone_reference::Function;

use super::control::any_tensor;
use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::IsPlaceholder, draw: of_x },
    Generator { function: Function::IsSparse, draw: is_sparse },
    Generator { function: Function::IntShape, draw: of_x },
    Generator { function: Function::Ndim, draw: of_x },
    Generator { function: Function::Dtype, draw: of_x },
    Generator { function: Function::GetVariableShape, draw: of_x },
    Generator { function: Function::CountParams, draw: of_x },
];

fn of_x(draw: &mut Draw) -> Args {
    Args::new().with("x", any_tensor(draw, 8))
}

fn is_sparse(draw: &mut Draw) -> Args {
    Args::new().with("tensor", any_tensor(draw, 8))
}
