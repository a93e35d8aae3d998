//! local_conv1d, local_conv2d.

use touchstone_reference::Function;
use touchstone_reference::arguments::{DataFormat, DimOrdering};

use super::sliding::{Allowed, Sliding, batch, few, given};
use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::LocalConv1d, draw: local_conv1d },
    Generator { function: Function::LocalConv2d, draw: local_conv2d },
];

/// Whole windows, and no holes in them.
const WHOLE: Allowed = Allowed { strides: true, dilation: false, same: false };

/// Inputs and a kernel with a matrix for each window.
fn operands<const D: usize>(draw: &mut Draw, over: &Sliding<D>) -> Args {
    let dtype = draw.float();
    let (samples, channels, filters) = (few(draw), few(draw), few(draw));
    let inputs = batch(over.ordering, samples, channels, &over.lengths);
    let windows: usize = over.counts().iter().product();
    let features = over.sizes().iter().product::<usize>() * channels;
    Args::new()
        .with("inputs", draw.tensor(dtype, &inputs))
        .with("kernel", draw.tensor(dtype, &[windows, features, filters]))
        .with("kernel_size", over.sizes())
        .with("strides", over.strides())
}

/// The data format, or nothing where it is the default of a case.
fn with_format(draw: &mut Draw, args: Args, ordering: DimOrdering) -> Args {
    let format = match ordering {
        DimOrdering::Th => DataFormat::ChannelsFirst,
        DimOrdering::Tf => DataFormat::ChannelsLast,
    };
    args.maybe("data_format", given(draw, format.name(), DataFormat::ChannelsFirst.name()))
}

fn local_conv1d(draw: &mut Draw) -> Args {
    let over = Sliding::<1>::new(draw, WHOLE);
    let args = operands(draw, &over);
    with_format(draw, args, over.ordering)
}

fn local_conv2d(draw: &mut Draw) -> Args {
    let over = Sliding::<2>::new(draw, WHOLE);
    let args = operands(draw, &over).with("output_shape", over.counts());
    with_format(draw, args, over.ordering)
}
