//! Joining, reshaping, reordering, repeating.

use touchstone_reference::{Function, HostTensor};

use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Reverse, draw: reverse },
    Generator { function: Function::Concatenate, draw: concatenate },
    Generator { function: Function::Reshape, draw: reshape },
    Generator { function: Function::PermuteDimensions, draw: permute_dimensions },
    Generator { function: Function::ExpandDims, draw: expand_dims },
    Generator { function: Function::Squeeze, draw: squeeze },
    Generator { function: Function::RepeatElements, draw: repeat_elements },
    Generator { function: Function::Repeat, draw: repeat },
    Generator { function: Function::Tile, draw: tile },
    Generator { function: Function::Flatten, draw: |draw| any(draw, 0) },
    Generator { function: Function::BatchFlatten, draw: |draw| any(draw, 1) },
    Generator { function: Function::Pack, draw: pack },
    Generator { function: Function::Stack, draw: stack },
];

/// How often something is repeated.
const TIMES: [i64; 5] = [2, 1, 3, 0, 4];

/// Any tensor of a rank from `least` on.
fn any(draw: &mut Draw, least: usize) -> Args {
    let (dtype, shape) = (draw.dtype(), draw.shape(least, 8));
    Args::new().with("x", draw.tensor(dtype, &shape))
}

/// All axes of a rank in any order, each counted from the front or from the back.
fn order(draw: &mut Draw, rank: usize) -> Vec<i64> {
    let mut left: Vec<i64> = (0..rank as i64).collect();
    let mut order = Vec::with_capacity(rank);
    while !left.is_empty() {
        let axis = left.remove(draw.below(left.len()));
        order.push(if draw.rarely(3) { axis - rank as i64 } else { axis });
    }
    order
}

fn reverse(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.dtype(), draw.shape(0, 8));
    let rank = shape.len();
    let x = draw.tensor(dtype, &shape);
    let axes = if rank > 0 && draw.flag() {
        draw.axis(rank).into()
    } else {
        let mut axes = order(draw, rank);
        axes.truncate(draw.below(rank + 1));
        Value::from(axes)
    };
    Args::new().with("x", x).with("axes", axes)
}

fn concatenate(draw: &mut Draw) -> Args {
    let (dtype, mut shape) = (draw.dtype(), draw.shape(1, 6));
    Draw::limit(&mut shape, 80);
    let rank = shape.len();
    let axis = draw.maybe(|draw| draw.axis(rank));
    let at = axis.unwrap_or(-1).rem_euclid(rank as i64) as usize;
    // None, some or all of the matrices are sparse.
    let sparse = if rank == 2 { draw.one_of(&[0, 0, 0, 1, 2]) } else { 0 };
    let count = 1 + draw.below(4);
    let tensors: Vec<_> = (0..count)
        .map(|_| {
            let mut shape = shape.clone();
            if draw.flag() {
                shape[at] = draw.one_of(&[1, 2, 3, 0]);
            }
            let sparse = sparse == 2 || (sparse == 1 && draw.flag());
            draw.tensor(dtype, &shape).with_sparse(sparse)
        })
        .collect();
    Args::new().with("tensors", tensors).maybe("axis", axis)
}

/// The prime factors of a size.
fn factors(mut n: usize) -> Vec<usize> {
    let mut factors = Vec::new();
    let mut factor = 2;
    while n > 1 {
        while n.is_multiple_of(factor) {
            factors.push(factor);
            n /= factor;
        }
        factor += 1;
    }
    factors
}

fn reshape(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.dtype(), draw.shape(0, 8));
    let x = draw.tensor(dtype, &shape);
    let rank = draw.below(7);
    let mut target = vec![1_i64; rank];
    if shape.contains(&0) {
        target.iter_mut().for_each(|n| *n = draw.one_of(&[1, 2, 3, 0]));
        if !target.contains(&0) {
            target.insert(draw.below(rank + 1), 0);
        }
    } else {
        // Each prime factor of the size goes to one of the new axes.
        for factor in factors(shape.iter().product()) {
            if target.is_empty() {
                target.push(1);
            }
            let at = draw.below(target.len());
            target[at] *= factor as i64;
        }
    }
    if !target.is_empty() && draw.flag() {
        let at = draw.below(target.len());
        let others = target.iter().enumerate().filter(|(i, _)| *i != at).all(|(_, n)| *n > 0);
        // Beside a dim of 0 nothing determines the one that is left out.
        if others {
            target[at] = -1;
        }
    }
    Args::new().with("x", x).with("shape", target)
}

fn permute_dimensions(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.dtype(), draw.shape(0, 8));
    let x = draw.tensor(dtype, &shape);
    Args::new().with("x", x).with("pattern", order(draw, shape.len()))
}

fn expand_dims(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.dtype(), draw.shape(0, 7));
    let x = draw.tensor(dtype, &shape);
    let dim = draw.maybe(|draw| draw.axis(shape.len() + 1));
    Args::new().with("x", x).maybe("dim", dim)
}

fn squeeze(draw: &mut Draw) -> Args {
    let (dtype, mut shape) = (draw.dtype(), draw.shape(0, 7));
    let rank = shape.len() + 1;
    let axis = draw.axis(rank);
    shape.insert(axis.rem_euclid(rank as i64) as usize, 1);
    Args::new().with("x", draw.tensor(dtype, &shape)).with("axis", axis)
}

fn repeat_elements(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.dtype(), draw.shape(1, 8));
    let x = draw.tensor(dtype, &shape);
    let rep = draw.one_of(&TIMES);
    Args::new().with("x", x).with("rep", rep).with("axis", draw.axis(shape.len()))
}

fn repeat(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.dtype(), [draw.size(), draw.size()]);
    let x = draw.tensor(dtype, &shape);
    Args::new().with("x", x).with("n", draw.one_of(&TIMES))
}

fn tile(draw: &mut Draw) -> Args {
    let (dtype, mut shape) = (draw.dtype(), draw.shape(0, 8));
    Draw::limit(&mut shape, 60);
    let x = draw.tensor(dtype, &shape);
    if shape.len() == 1 && draw.flag() {
        return Args::new().with("x", x).with("n", draw.one_of(&TIMES));
    }
    // At most two axes more than once: the result stays small.
    let mut several = 2;
    let times: Vec<i64> = shape
        .iter()
        .map(|_| {
            let times = if several > 0 && draw.flag() { draw.one_of(&TIMES) } else { 1 };
            several -= i32::from(times > 1);
            times
        })
        .collect();
    Args::new().with("x", x).with("n", times)
}

/// Tensors of one shape.
fn alike(draw: &mut Draw) -> (Vec<HostTensor>, usize) {
    let (dtype, mut shape) = (draw.dtype(), draw.shape(0, 7));
    Draw::limit(&mut shape, 80);
    let count = 1 + draw.below(4);
    ((0..count).map(|_| draw.tensor(dtype, &shape)).collect(), shape.len())
}

fn pack(draw: &mut Draw) -> Args {
    Args::new().with("x", alike(draw).0)
}

fn stack(draw: &mut Draw) -> Args {
    let (x, rank) = alike(draw);
    let axis = draw.maybe(|draw| draw.axis(rank + 1));
    Args::new().with("x", x).maybe("axis", axis)
}
