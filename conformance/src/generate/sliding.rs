//! Windows that slide over signals, images and volumes: what the generators of convolutions,
//! poolings and paddings share.

use touchstone_reference::arguments::{BorderMode, DimOrdering};
use touchstone_reference::functions::window::Window;

use super::{Args, Draw};
use crate::golden::Value;

/// The most elements that the spatial axes have together.
pub(super) const PLACES: usize = 60;

/// The most elements of a window.
const WINDOW: usize = 12;

/// Distances from one window to the next; some lead over elements, some beyond the end.
const STRIDES: [usize; 8] = [1, 1, 2, 3, 2, 1, 5, 40];

/// Windows that slide along spatial axes.
#[derive(Debug)]
pub(super) struct Sliding<const D: usize> {
    /// The elements along each axis.
    pub(super) lengths: [usize; D],
    /// The window along each axis.
    pub(super) windows: [Window; D],
    /// Whether they reach over the borders.
    pub(super) mode: BorderMode,
    /// Where the channels stand.
    pub(super) ordering: DimOrdering,
}

/// What windows may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    /// Distances other than 1 from one window to the next.
    pub(super) strides: bool,
    /// Distances other than 1 from one element of a window to the next.
    pub(super) dilation: bool,
    /// Windows that reach over the borders.
    pub(super) same: bool,
}

impl<const D: usize> Sliding<D> {
    /// Windows that fit: with `valid` at least one along each axis.
    pub(super) fn new(draw: &mut Draw, allowed: Allowed) -> Self {
        let ordering = ordering(draw);
        let same = allowed.same && draw.flag();
        let mode = if same { BorderMode::Same } else { BorderMode::Valid };
        let mut lengths: [usize; D] =
            std::array::from_fn(|_| if same { draw.size() } else { draw.positive() });
        Draw::limit(&mut lengths, PLACES);
        let mut sizes: [usize; D] = std::array::from_fn(|i| {
            // Some windows are larger than the image, most are not.
            let greatest = if same && draw.rarely(3) { 7 } else { lengths[i].clamp(1, 4) };
            draw.within(1, greatest as i64) as usize
        });
        Draw::limit(&mut sizes, WINDOW);
        let windows = std::array::from_fn(|i| {
            let stride = if allowed.strides { draw.one_of(&STRIDES) } else { 1 };
            let greatest = match (mode, sizes[i]) {
                (BorderMode::Same, _) | (BorderMode::Valid, 1) => 3,
                (BorderMode::Valid, size) => ((lengths[i] - 1) / (size - 1)).min(3),
            };
            let wide = allowed.dilation && draw.rarely(3);
            let dilation = if wide { draw.within(1, greatest as i64) as usize } else { 1 };
            Window { size: sizes[i], stride, dilation }
        });
        Sliding { lengths, windows, mode, ordering }
    }

    /// The elements of the window along each axis.
    pub(super) fn sizes(&self) -> [usize; D] {
        self.windows.map(|window| window.size)
    }

    /// The distances from one window to the next.
    pub(super) fn strides(&self) -> [usize; D] {
        self.windows.map(|window| window.stride)
    }

    /// The distances from one element of a window to the next.
    pub(super) fn dilation(&self) -> [usize; D] {
        self.windows.map(|window| window.dilation)
    }

    /// How many windows there are along each axis.
    pub(super) fn counts(&self) -> [usize; D] {
        std::array::from_fn(|i| self.windows[i].count(self.lengths[i], self.mode).unwrap_or(0))
    }

    /// The border mode, or nothing where it is the default.
    pub(super) fn with_mode(&self, draw: &mut Draw, args: Args) -> Args {
        args.maybe("border_mode", given(draw, self.mode.name(), BorderMode::Valid.name()))
    }

    /// The dim ordering, or nothing where it is the default.
    pub(super) fn with_ordering(&self, draw: &mut Draw, args: Args) -> Args {
        with_ordering(draw, args, self.ordering)
    }
}

/// A value, which need not be given where it is the default.
pub(super) fn given<T: PartialEq>(draw: &mut Draw, value: T, default: T) -> Option<T> {
    (value != default || draw.flag()).then_some(value)
}

/// Where the channels of a batch stand.
pub(super) fn ordering(draw: &mut Draw) -> DimOrdering {
    draw.one_of(&[DimOrdering::Th, DimOrdering::Tf])
}

/// The dim ordering, or nothing where it is the default of a case.
pub(super) fn with_ordering(draw: &mut Draw, args: Args, ordering: DimOrdering) -> Args {
    args.maybe("dim_ordering", given(draw, ordering.name(), DimOrdering::Th.name()))
}

/// How many samples or channels there are.
pub(super) fn few(draw: &mut Draw) -> usize {
    draw.size().min(3)
}

/// The shape of a batch.
pub(super) fn batch(
    ordering: DimOrdering,
    samples: usize,
    channels: usize,
    lengths: &[usize],
) -> Vec<usize> {
    match ordering {
        DimOrdering::Th => [&[samples, channels], lengths].concat(),
        DimOrdering::Tf => [&[samples], lengths, &[channels]].concat(),
    }
}

/// The shape of a kernel.
pub(super) fn kernel(
    ordering: DimOrdering,
    input: usize,
    output: usize,
    sizes: &[usize],
) -> Vec<usize> {
    match ordering {
        DimOrdering::Th => [&[output, input], sizes].concat(),
        DimOrdering::Tf => [sizes, &[input, output]].concat(),
    }
}

/// What a caller knows of a shape: nothing, or the sizes of some axes.
pub(super) fn promise(draw: &mut Draw, shape: &[usize]) -> Option<Value> {
    match draw.below(4) {
        0 | 1 => None,
        2 => Some(Value::Null),
        _ => Some(partly(draw, shape)),
    }
}

/// A shape with some of its sizes left open.
fn partly(draw: &mut Draw, shape: &[usize]) -> Value {
    let dims = shape.iter().map(|&n| if draw.rarely(3) { Value::Null } else { n.into() });
    Value::List(dims.collect())
}
