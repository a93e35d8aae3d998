//! conv1d, conv2d, deconv2d, atrous_conv2d, separable_conv2d, conv3d.

use touchstone_reference::Function;
use touchstone_reference::arguments::DimOrdering;

use super::sliding::{Allowed, Sliding, batch, few, given, kernel, promise};
use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Conv1d, draw: conv1d },
    Generator { function: Function::Conv2d, draw: conv2d },
    Generator { function: Function::Deconv2d, draw: deconv2d },
    Generator { function: Function::AtrousConv2d, draw: atrous_conv2d },
    Generator { function: Function::SeparableConv2d, draw: separable_conv2d },
    Generator { function: Function::Conv3d, draw: conv3d },
];

/// Windows any distance apart.
const STRIDES: Allowed = Allowed { strides: true, dilation: false, same: true };

/// A batch, a kernel that fits it, and the shapes of both.
fn operands<const D: usize>(draw: &mut Draw, over: &Sliding<D>) -> (Args, [Vec<usize>; 2]) {
    let dtype = draw.float();
    let (samples, input, output) = (few(draw), few(draw), few(draw));
    let image = batch(over.ordering, samples, input, &over.lengths);
    let filter = kernel(over.ordering, input, output, &over.sizes());
    let args = Args::new()
        .with("x", draw.tensor(dtype, &image))
        .with("kernel", draw.tensor(dtype, &filter));
    (args, [image, filter])
}

fn conv1d(draw: &mut Draw) -> Args {
    let mut over = Sliding::<1>::new(draw, STRIDES);
    over.ordering = DimOrdering::Tf;
    let (args, _) = operands(draw, &over);
    let args = args.maybe("stride", given(draw, over.windows[0].stride, 1));
    over.with_mode(draw, args)
}

fn conv2d(draw: &mut Draw) -> Args {
    let over = Sliding::<2>::new(draw, Allowed { dilation: true, ..STRIDES });
    let (args, [image, filter]) = operands(draw, &over);
    let args = args.maybe("strides", given(draw, over.strides(), [1; 2]));
    let args = over.with_mode(draw, args);
    over.with_ordering(draw, args)
        .maybe("image_shape", promise(draw, &image))
        .maybe("filter_shape", promise(draw, &filter))
        .maybe("filter_dilation", given(draw, over.dilation(), [1; 2]))
}

fn atrous_conv2d(draw: &mut Draw) -> Args {
    let allowed = Allowed { strides: false, dilation: true, same: true };
    let mut over = Sliding::<2>::new(draw, allowed);
    // One rate for both axes: the smaller one fits both.
    let rate = over.windows[0].dilation.min(over.windows[1].dilation);
    over.windows.iter_mut().for_each(|window| window.dilation = rate);
    let (args, [image, filter]) = operands(draw, &over);
    let args = args.maybe("rate", given(draw, rate, 1));
    let args = over.with_mode(draw, args);
    over.with_ordering(draw, args)
        .maybe("image_shape", promise(draw, &image))
        .maybe("filter_shape", promise(draw, &filter))
}

fn conv3d(draw: &mut Draw) -> Args {
    let over = Sliding::<3>::new(draw, STRIDES);
    let (args, [volume, filter]) = operands(draw, &over);
    let args = args.maybe("strides", given(draw, over.strides(), [1; 3]));
    let args = over.with_mode(draw, args);
    over.with_ordering(draw, args)
        .maybe("volume_shape", promise(draw, &volume))
        .maybe("filter_shape", promise(draw, &filter))
}

fn separable_conv2d(draw: &mut Draw) -> Args {
    let over = Sliding::<2>::new(draw, STRIDES);
    let dtype = draw.float();
    let (samples, input, multiplier, output) = (few(draw), few(draw), few(draw), few(draw));
    let image = batch(over.ordering, samples, input, &over.lengths);
    let depthwise = kernel(over.ordering, input, multiplier, &over.sizes());
    let pointwise = kernel(over.ordering, input * multiplier, output, &[1, 1]);
    let args = Args::new()
        .with("x", draw.tensor(dtype, &image))
        .with("depthwise_kernel", draw.tensor(dtype, &depthwise))
        .with("pointwise_kernel", draw.tensor(dtype, &pointwise))
        .maybe("strides", given(draw, over.strides(), [1; 2]));
    let args = over.with_mode(draw, args);
    over.with_ordering(draw, args)
}

fn deconv2d(draw: &mut Draw) -> Args {
    // The windows slide over the result.
    let over = Sliding::<2>::new(draw, STRIDES);
    let dtype = draw.float();
    let (samples, channels, output) = (few(draw), few(draw), few(draw));
    let image = batch(over.ordering, samples, channels, &over.counts());
    let filter = kernel(over.ordering, channels, output, &over.sizes());
    let mut shape: Vec<Value> =
        batch(over.ordering, samples, output, &over.lengths).into_iter().map(Value::from).collect();
    if draw.rarely(3) {
        shape[0] = Value::Null;
    }
    let args = Args::new()
        .with("x", draw.tensor(dtype, &image))
        .with("kernel", draw.tensor(dtype, &filter))
        .with("output_shape", shape)
        .maybe("strides", given(draw, over.strides(), [1; 2]));
    let args = over.with_mode(draw, args);
    over.with_ordering(draw, args)
        .maybe("image_shape", promise(draw, &image))
        .maybe("filter_shape", promise(draw, &filter))
}
