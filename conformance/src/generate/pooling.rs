//! pool2d, pool3d.

use touchstone_reference::Function;
use touchstone_reference::arguments::PoolMode;

use super::sliding::{Allowed, Sliding, batch, few, given};
use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Pool2d, draw: pool::<2> },
    Generator { function: Function::Pool3d, draw: pool::<3> },
];

fn pool<const D: usize>(draw: &mut Draw) -> Args {
    let allowed = Allowed { strides: true, dilation: false, same: true };
    let over = Sliding::<D>::new(draw, allowed);
    let dtype = draw.float();
    let x = batch(over.ordering, few(draw), few(draw), &over.lengths);
    let mode = draw.one_of(&[PoolMode::Max, PoolMode::Avg]);
    let args = Args::new()
        .with("x", draw.tensor(dtype, &x))
        .with("pool_size", over.sizes())
        .maybe("strides", given(draw, over.strides(), [1; D]));
    let args = over.with_mode(draw, args);
    over.with_ordering(draw, args)
        .maybe("pool_mode", given(draw, mode.name(), PoolMode::Max.name()))
}
