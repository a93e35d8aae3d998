//! dot, batch_dot, transpose.

use touchstone_reference::Function;

use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Dot, draw: dot },
    Generator { function: Function::BatchDot, draw: batch_dot },
    Generator { function: Function::Transpose, draw: transpose },
];

fn dot(draw: &mut Draw) -> Args {
    let dtype = draw.number();
    let mut x = draw.shape(1, 4);
    let contracted = x.last().copied().unwrap_or(1);
    let mut y = draw.shape(0, 3);
    Draw::limit(&mut y, 40);
    if x.len() > 1 {
        Draw::limit(&mut x[..], 120);
    }
    let contracted = contracted.min(x.last().copied().unwrap_or(contracted)).min(40);
    if let Some(last) = x.last_mut() {
        *last = contracted;
    }
    y.insert(y.len().saturating_sub(1), contracted);
    let sparse = x.len() == 2 && y.len() == 2 && draw.rarely(6);
    let x = draw.tensor(dtype, &x).with_sparse(sparse);
    Args::new().with("x", x).with("y", draw.tensor(dtype, &y))
}

fn batch_dot(draw: &mut Draw) -> Args {
    let dtype = draw.number();
    let (batch, contracted) = (draw.size(), draw.size());
    let others = |draw: &mut Draw| {
        let mut others = draw.shape(0, 2);
        Draw::limit(&mut others, 12);
        others
    };
    let (x_others, y_others) = (others(draw), others(draw));
    if draw.flag() {
        // By default the last axis of x against the last but one of y, or its only one.
        let mut x = vec![batch];
        x.extend(&x_others);
        x.push(contracted);
        let mut y = vec![batch];
        y.extend(&y_others);
        y.insert(y.len().max(2) - 1, contracted);
        return Args::new().with("x", draw.tensor(dtype, &x)).with("y", draw.tensor(dtype, &y));
    }
    let place = |draw: &mut Draw, others: Vec<usize>| {
        let axis = 1 + draw.below(others.len() + 1);
        let mut shape = vec![batch];
        shape.extend(others);
        shape.insert(axis, contracted);
        (shape, axis as i64)
    };
    let (x, x_axis) = place(draw, x_others);
    let (y, y_axis) = place(draw, y_others);
    let args = Args::new().with("x", draw.tensor(dtype, &x)).with("y", draw.tensor(dtype, &y));
    if x_axis == y_axis && draw.flag() {
        return args.with("axes", x_axis);
    }
    args.with("axes", [x_axis, y_axis])
}

fn transpose(draw: &mut Draw) -> Args {
    let dtype = draw.dtype();
    let shape = draw.shape(0, 6);
    Args::new().with("x", draw.tensor(dtype, &shape))
}
