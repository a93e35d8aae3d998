//! argmax, argmin.

use touchstone_reference::Function;

use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Argmax, draw: extreme },
    Generator { function: Function::Argmin, draw: extreme },
];

fn extreme(draw: &mut Draw) -> Args {
    let (dtype, mut shape) = (draw.dtype(), draw.shape(1, 8));
    let rank = shape.len();
    let axis = draw.maybe(|draw| draw.axis(rank));
    // Only the axis itself may not be empty.
    let at = axis.unwrap_or(-1).rem_euclid(rank as i64) as usize;
    shape[at] = shape[at].max(1);
    Args::new().with("x", draw.tensor(dtype, &shape)).maybe("axis", axis)
}
