//! resize_images, resize_volumes and the paddings.

use touchstone_reference::{Function, HostTensor};

use super::sliding::{batch, few, given, ordering, with_ordering};
use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::ResizeImages, draw: resize_images },
    Generator { function: Function::ResizeVolumes, draw: resize_volumes },
    Generator { function: Function::TemporalPadding, draw: temporal_padding },
    Generator { function: Function::AsymmetricTemporalPadding, draw: asymmetric_temporal_padding },
    Generator { function: Function::Spatial2dPadding, draw: spatial_padding::<2> },
    Generator {
        function: Function::AsymmetricSpatial2dPadding,
        draw: asymmetric_spatial_2d_padding,
    },
    Generator { function: Function::Spatial3dPadding, draw: spatial_padding::<3> },
];

/// A batch of images or volumes, and where its channels stand.
fn images<const D: usize>(
    draw: &mut Draw,
) -> (HostTensor, touchstone_reference::arguments::DimOrdering) {
    let (dtype, ordering) = (draw.dtype(), ordering(draw));
    let mut lengths: [usize; D] = std::array::from_fn(|_| draw.size());
    Draw::limit(&mut lengths, 40);
    let shape = batch(ordering, few(draw), few(draw), &lengths);
    (draw.tensor(dtype, &shape), ordering)
}

/// How many times an element.
fn factor(draw: &mut Draw) -> i64 {
    draw.one_of(&[1, 2, 3, 1, 2, 4])
}

/// How many zeros.
fn padding(draw: &mut Draw) -> i64 {
    draw.one_of(&[1, 0, 2, 3, 1, 0, 2, 9])
}

fn resize_images(draw: &mut Draw) -> Args {
    let (x, ordering) = images::<2>(draw);
    let args = Args::new()
        .with("X", x)
        .with("height_factor", factor(draw))
        .with("width_factor", factor(draw));
    with_ordering(draw, args, ordering)
}

fn resize_volumes(draw: &mut Draw) -> Args {
    let (x, ordering) = images::<3>(draw);
    let args = Args::new()
        .with("X", x)
        .with("depth_factor", factor(draw))
        .with("height_factor", factor(draw))
        .with("width_factor", factor(draw));
    with_ordering(draw, args, ordering)
}

/// A batch of signals.
fn signals(draw: &mut Draw) -> HostTensor {
    let dtype = draw.dtype();
    let shape = draw.shape(3, 3);
    draw.tensor(dtype, &shape)
}

/// A padding, which need not be given where it is the default.
fn side(draw: &mut Draw) -> Option<i64> {
    let n = padding(draw);
    given(draw, n, 1)
}

fn temporal_padding(draw: &mut Draw) -> Args {
    Args::new().with("x", signals(draw)).maybe("padding", side(draw))
}

fn asymmetric_temporal_padding(draw: &mut Draw) -> Args {
    Args::new()
        .with("x", signals(draw))
        .maybe("left_pad", side(draw))
        .maybe("right_pad", side(draw))
}

fn spatial_padding<const D: usize>(draw: &mut Draw) -> Args {
    let (x, ordering) = images::<D>(draw);
    // Volumes grow along three axes: none of them by much.
    let sides: [i64; D] = std::array::from_fn(|_| padding(draw).min(if D > 2 { 2 } else { 9 }));
    let args = Args::new().with("x", x).maybe("padding", given(draw, sides, [1; D]));
    with_ordering(draw, args, ordering)
}

fn asymmetric_spatial_2d_padding(draw: &mut Draw) -> Args {
    let (x, ordering) = images::<2>(draw);
    let args = Args::new()
        .with("x", x)
        .maybe("top_pad", side(draw))
        .maybe("bottom_pad", side(draw))
        .maybe("left_pad", side(draw))
        .maybe("right_pad", side(draw));
    with_ordering(draw, args, ordering)
}
