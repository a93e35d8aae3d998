//! switch, stop_gradient.

use touchstone_reference::{Function, HostTensor};

use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Switch, draw: switch },
    Generator { function: Function::StopGradient, draw: stop_gradient },
];

/// A tensor of any type, sometimes a sparse matrix.
pub(super) fn any_tensor(draw: &mut Draw, greatest_rank: usize) -> HostTensor {
    let dtype = draw.dtype();
    let shape = draw.shape(0, greatest_rank);
    let sparse = shape.len() == 2 && draw.rarely(4);
    draw.tensor(dtype, &shape).with_sparse(sparse)
}

fn switch(draw: &mut Draw) -> Args {
    let dtype = draw.dtype();
    let shape = draw.shape(0, 6);
    let condition = match draw.below(3) {
        0 => Vec::new(),
        // As many axes as the branches, fewer or more: what has one element is a scalar.
        1 => vec![1; draw.below(5)],
        _ => shape.clone(),
    };
    let condition_dtype = draw.dtype();
    let condition = draw.indices(condition_dtype, &condition, 0, 3);
    Args::new()
        .with("condition", condition)
        .with("then_expression", draw.tensor(dtype, &shape))
        .with("else_expression", draw.tensor(dtype, &shape))
}

fn stop_gradient(draw: &mut Draw) -> Args {
    Args::new().with("variables", any_tensor(draw, 6))
}
