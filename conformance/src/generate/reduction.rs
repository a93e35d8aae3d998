//! sum, max, min, prod, mean, std, var, any, all, logsumexp.

use touchstone_reference::{DType, Function};

use super::{Args, Draw, Filling, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Sum, draw: |draw| over(draw, Function::Sum, Draw::number) },
    Generator { function: Function::Max, draw: |draw| over(draw, Function::Max, Draw::number) },
    Generator { function: Function::Min, draw: |draw| over(draw, Function::Min, Draw::number) },
    Generator { function: Function::Prod, draw: |draw| over(draw, Function::Prod, Draw::number) },
    Generator { function: Function::Mean, draw: |draw| over(draw, Function::Mean, Draw::dtype) },
    Generator { function: Function::Std, draw: |draw| over(draw, Function::Std, Draw::dtype) },
    Generator { function: Function::Var, draw: |draw| over(draw, Function::Var, Draw::dtype) },
    Generator { function: Function::Any, draw: |draw| over(draw, Function::Any, Draw::dtype) },
    Generator { function: Function::All, draw: |draw| over(draw, Function::All, Draw::dtype) },
    Generator {
        function: Function::Logsumexp,
        draw: |draw| over(draw, Function::Logsumexp, Draw::float),
    },
];

/// Axes of a tensor: none, one, or several in any order, counted from either end.
pub(super) fn axes(draw: &mut Draw, rank: usize) -> Option<Value> {
    match draw.below(4) {
        0 => None,
        1 => Some(Value::Null),
        2 if rank > 0 => Some(draw.axis(rank).into()),
        _ => {
            let mut left: Vec<i64> = (0..rank as i64).collect();
            let count = draw.below(rank + 1);
            let mut chosen = Vec::new();
            for _ in 0..count {
                let axis = left.remove(draw.below(left.len()));
                chosen.push(if draw.flag() { axis - rank as i64 } else { axis });
            }
            Some(chosen.into())
        }
    }
}

fn over(draw: &mut Draw, function: Function, dtype: fn(&mut Draw) -> DType) -> Args {
    let dtype = dtype(draw);
    if draw.rarely(16) {
        return long(draw, dtype);
    }
    let mut shape = draw.shape(0, 6);
    let axis = axes(draw, shape.len());
    if !dtype.is_float() && matches!(function, Function::Max | Function::Min) {
        // The extremum of no integers is refused; which axes are reduced is not looked at.
        shape.iter_mut().for_each(|n| *n = (*n).max(1));
    }
    let x = draw.tensor(dtype, &shape);
    let keepdims = draw.maybe(Draw::flag);
    Args::new().with("x", x).maybe("axis", axis).maybe("keepdims", keepdims)
}

/// A reduction long enough for sums done in blocks.
fn long(draw: &mut Draw, dtype: DType) -> Args {
    draw.only(&[Filling::Whole, Filling::Normal]);
    let shape = [draw.one_of(&[257, 512, 1000, 1025])];
    Args::new().with("x", draw.tensor(dtype, &shape))
}
