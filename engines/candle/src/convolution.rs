//! Convolutions and poolings: windows by one selection of rows, then a matrix product or a
//! reduction; one path for one, two and three spatial axes.
//!
//! candle's own convolution has one stride and one dilation for both axes and one padding for
//! both sides, and its backward fails off the square; its pooling passes over NaN, has no backward
//! where windows overlap and a wrong one where they do not. A selection of pixels by position does
//! all of it, forwards and backwards: a position of `u32::MAX` selects zeros and, backwards, is
//! passed over. Added up by position, the other way round, it is the transposed convolution.

use candle_core::{Device, Tensor};
use touchstone_reference::backend::{
    AtrousConv2d, BorderMode, Conv1d, Conv2d, Conv3d, Deconv2d, DimOrdering, Pool2d, Pool3d,
    PoolMode, SeparableConv2d, Window, batch_axes, kernel_axes,
};

use crate::failure::Result;
use crate::ops::{Extreme, divide_by, filled, surely_finite};
use crate::reduction::shared_extreme;
use crate::tensor::CandleTensor;

/// What a selection passes over.
const NOWHERE: u32 = u32::MAX;

/// A batch as (samples, pixels, channels).
pub(crate) struct Pixels<const D: usize> {
    flat: Tensor,
    pub(crate) samples: usize,
    pub(crate) extent: [usize; D],
    pub(crate) channels: usize,
}

impl<const D: usize> Pixels<D> {
    pub(crate) fn new(x: &Tensor, ordering: DimOrdering) -> candle_core::Result<Self> {
        let axes = batch_axes::<D>(ordering);
        let samples = x.dim(0)?;
        let extent = axes.spatial.map(|axis| x.dims()[axis]);
        let channels = x.dim(axes.channels)?;
        let x = match ordering {
            DimOrdering::Th => {
                let order = [0].into_iter().chain(axes.spatial).chain([axes.channels]);
                x.permute(order.collect::<Vec<_>>())?
            }
            DimOrdering::Tf => x.clone(),
        };
        let flat = x.reshape((samples, extent.iter().product::<usize>(), channels))?;
        Ok(Pixels { flat, samples, extent, channels })
    }

    /// What the windows show, in the order of their positions.
    pub(crate) fn shown(&self, positions: &Positions<D>) -> candle_core::Result<Tensor> {
        if positions.size == 1 && positions.count == self.extent {
            return Ok(self.flat.clone());
        }
        self.flat.index_select(&positions.selection(self.flat.device())?, 1)
    }
}

/// The elements of one sample after another, the channels last, in the order that was asked for.
pub(crate) fn ordered<const D: usize>(
    flat: &Tensor,
    samples: usize,
    spatial: [usize; D],
    ordering: DimOrdering,
) -> candle_core::Result<Tensor> {
    let mut shape = vec![samples];
    shape.extend(spatial);
    shape.push(flat.elem_count() / shape.iter().product::<usize>());
    let x = flat.reshape(shape)?;
    match ordering {
        DimOrdering::Th => x.permute([0, D + 1].into_iter().chain(1..=D).collect::<Vec<_>>()),
        DimOrdering::Tf => Ok(x),
    }
}

/// The sizes of a kernel's spatial axes.
fn size<const D: usize>(kernel: &CandleTensor, ordering: DimOrdering) -> [usize; D] {
    kernel_axes::<D>(ordering).spatial.map(|axis| kernel.dims()[axis])
}

/// A kernel as (elements of a window, input channels, output channels).
fn weights<const D: usize>(kernel: &Tensor, ordering: DimOrdering) -> candle_core::Result<Tensor> {
    let axes = kernel_axes::<D>(ordering);
    let (input, output) = (kernel.dim(axes.input)?, kernel.dim(axes.output)?);
    let order: Vec<usize> = axes.spatial.into_iter().chain([axes.input, axes.output]).collect();
    kernel.permute(order)?.reshape(((), input, output))
}

/// Along one axis: for each window, the positions that it shows, `None` in the padding.
fn along(window: Window, n: usize, mode: BorderMode) -> Vec<Vec<Option<usize>>> {
    let before = window.padding(n, mode).0;
    let shown = |o: usize, k: usize| {
        (o * window.stride + k * window.dilation).checked_sub(before).filter(|&at| at < n)
    };
    (0..window.count(n, mode).unwrap_or(0))
        .map(|o| (0..window.size).map(|k| shown(o, k)).collect())
        .collect()
}

/// The same windows without padding, but for what brings them to one size.
fn packed(windows: Vec<Vec<Option<usize>>>) -> Vec<Vec<Option<usize>>> {
    let most = windows.iter().map(|window| window.iter().flatten().count()).max().unwrap_or(0);
    let pack = |mut window: Vec<Option<usize>>| {
        window.retain(Option::is_some);
        window.resize(most, None);
        window
    };
    windows.into_iter().map(pack).collect()
}

/// Which pixels the windows show, window by window, `None` where they reach over the border; how
/// many windows there are along each axis, and the elements of one.
pub(crate) struct Positions<const D: usize> {
    pixels: Vec<Option<usize>>,
    pub(crate) count: [usize; D],
    pub(crate) size: usize,
}

impl<const D: usize> Positions<D> {
    /// Every element of every window.
    pub(crate) fn new(windows: [Window; D], extent: [usize; D], mode: BorderMode) -> Self {
        let axes = std::array::from_fn(|i| along(windows[i], extent[i], mode));
        Positions::of_axes(&axes, extent)
    }

    /// The elements in no order, and with little of the padding.
    fn packed(windows: [Window; D], extent: [usize; D], mode: BorderMode) -> Self {
        let axes = std::array::from_fn(|i| packed(along(windows[i], extent[i], mode)));
        Positions::of_axes(&axes, extent)
    }

    fn of_axes(axes: &[Vec<Vec<Option<usize>>>; D], extent: [usize; D]) -> Self {
        let (mut pixels, mut size) = (vec![Some(0)], 1);
        for (axis, n) in axes.iter().zip(extent) {
            let mut finer = Vec::new();
            for outer in pixels.chunks(size) {
                for window in axis {
                    for at in outer {
                        finer.extend(window.iter().map(|k| at.zip(*k).map(|(at, k)| at * n + k)));
                    }
                }
            }
            pixels = finer;
            size *= axis.first().map_or(1, Vec::len);
        }
        Positions { pixels, count: std::array::from_fn(|i| axes[i].len()), size }
    }

    fn windows(&self) -> usize {
        self.count.iter().product()
    }

    /// The pixels as indices, the padding as one more pixel or as none.
    fn indices(&self, padding: u32, device: &Device) -> candle_core::Result<Tensor> {
        let index = |pixel: &Option<usize>| pixel.map_or(padding, |pixel| pixel as u32);
        let indices: Vec<u32> = self.pixels.iter().map(index).collect();
        Tensor::from_vec(indices, self.pixels.len(), device)
    }

    /// The pixels as indices that leave out the padding.
    fn selection(&self, device: &Device) -> candle_core::Result<Tensor> {
        self.indices(NOWHERE, device)
    }
}

/// Every convolution: sums over the windows and the input channels.
fn convolution<const D: usize>(
    x: &CandleTensor,
    kernel: &CandleTensor,
    windows: [Window; D],
    mode: BorderMode,
    ordering: DimOrdering,
    shape: &[usize],
) -> Result<Tensor> {
    let (x, kernel) = (x.native(), kernel.native());
    if x.elem_count() == 0 || kernel.elem_count() == 0 {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    let pixels = Pixels::new(&x, ordering)?;
    let positions = Positions::new(windows, pixels.extent, mode);
    let weights = weights::<D>(&kernel, ordering)?.flatten(0, 1)?;
    let rows = pixels.samples * positions.windows();
    let shown = pixels.shown(&positions)?.reshape((rows, positions.size * pixels.channels))?;
    Ok(ordered(&shown.matmul(&weights)?, pixels.samples, positions.count, ordering)?)
}

pub(crate) fn conv1d(call: &Conv1d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let ordering = DimOrdering::Tf;
    let windows = call.windows(size(call.kernel, ordering))?;
    convolution(call.x, call.kernel, windows, call.border_mode, ordering, shape)
}

pub(crate) fn conv2d(call: &Conv2d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let windows = call.windows(size(call.kernel, call.dim_ordering))?;
    convolution(call.x, call.kernel, windows, call.border_mode, call.dim_ordering, shape)
}

pub(crate) fn atrous_conv2d(call: &AtrousConv2d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let windows = call.windows(size(call.kernel, call.dim_ordering))?;
    convolution(call.x, call.kernel, windows, call.border_mode, call.dim_ordering, shape)
}

pub(crate) fn conv3d(call: &Conv3d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let windows = call.windows(size(call.kernel, call.dim_ordering))?;
    convolution(call.x, call.kernel, windows, call.border_mode, call.dim_ordering, shape)
}

/// For each channel the matrix of its windows times that of its multipliers, then a product over
/// all of them.
pub(crate) fn separable_conv2d(
    call: &SeparableConv2d<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let (x, ordering) = (call.x.native(), call.dim_ordering);
    let (depthwise, pointwise) = (call.depthwise_kernel.native(), call.pointwise_kernel.native());
    if [&x, &depthwise, &pointwise].iter().any(|operand| operand.elem_count() == 0) {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    let windows = call.windows(size(call.depthwise_kernel, ordering))?;
    let pixels = Pixels::new(&x, ordering)?;
    let positions = Positions::new(windows, pixels.extent, call.border_mode);
    let (samples, channels) = (pixels.samples, pixels.channels);
    let (count, size) = (positions.windows(), positions.size);
    let shown =
        pixels.shown(&positions)?.reshape((samples * count, size, channels))?.permute((2, 0, 1))?;
    let depthwise = weights::<2>(&depthwise, ordering)?;
    let multiplier = depthwise.dim(2)?;
    let middle = shown.contiguous()?.matmul(&depthwise.permute((1, 0, 2))?.contiguous()?)?;
    // The reshape there copies the gradient that comes back, so that its rows lie together.
    let middle = middle.reshape((channels, samples, count, multiplier))?.permute((1, 2, 0, 3))?;
    let middle = middle.reshape((samples * count, channels * multiplier))?;
    let mixed = middle.matmul(&weights::<2>(&pointwise, ordering)?.squeeze(0)?)?;
    Ok(ordered(&mixed, samples, positions.count, ordering)?)
}

pub(crate) fn deconv2d(call: &Deconv2d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let (x, kernel, ordering) = (call.x.native(), call.kernel.native(), call.dim_ordering);
    if x.elem_count() == 0 || kernel.elem_count() == 0 {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    let extent = batch_axes::<2>(ordering).spatial.map(|axis| shape[axis]);
    let windows = call.windows(size(call.kernel, ordering))?;
    let positions = Positions::new(windows, extent, call.border_mode);
    let Pixels { flat, samples, channels, .. } = Pixels::<2>::new(&x, ordering)?;
    let weights = weights::<2>(&kernel, ordering)?;
    let output = weights.dim(2)?;
    // Each pixel of x times the kernel is what its window gets of it.
    let weights = weights.transpose(0, 1)?.reshape((channels, positions.size * output))?;
    let given = flat.reshape((samples * positions.windows(), channels))?.matmul(&weights)?;
    let given = given.reshape((samples, positions.windows() * positions.size, output))?;
    let zeros = filled(x.dtype(), &[samples, extent[0] * extent[1], output], 0.0, x.device())?;
    let result = zeros.index_add(&positions.selection(x.device())?, &given, 1)?;
    Ok(ordered(&result, samples, extent, ordering)?)
}

/// Max pooling by candle's own kernel, where neither NaN nor a derivative asks for more.
fn greatest(
    x: &Tensor,
    windows: [Window; 2],
    mode: BorderMode,
    ordering: DimOrdering,
) -> Result<Tensor> {
    let mut x = match ordering {
        DimOrdering::Th => x.clone(),
        DimOrdering::Tf => x.permute((0, 3, 1, 2))?,
    };
    for (axis, window) in [2, 3].into_iter().zip(windows) {
        let (before, after) = window.padding(x.dim(axis)?, mode);
        for (count, first) in [(before, true), (after, false)] {
            if count > 0 {
                let mut shape = x.dims().to_vec();
                shape[axis] = count;
                let lowest = filled(x.dtype(), &shape, f64::NEG_INFINITY, x.device())?;
                x = if first {
                    Tensor::cat(&[&lowest, &x], axis)?
                } else {
                    Tensor::cat(&[&x, &lowest], axis)?
                };
            }
        }
    }
    let pooled = x.max_pool2d_with_stride(
        (windows[0].size, windows[1].size),
        (windows[0].stride, windows[1].stride),
    )?;
    Ok(match ordering {
        DimOrdering::Th => pooled,
        DimOrdering::Tf => pooled.permute((0, 2, 3, 1))?,
    })
}

/// Every pooling: the greatest or the mean of what each window shows.
fn pooling<const D: usize>(
    x: &Tensor,
    windows: [Window; D],
    mode: BorderMode,
    ordering: DimOrdering,
    pool_mode: PoolMode,
) -> Result<Tensor> {
    let Pixels { flat, samples, extent, channels } = Pixels::<D>::new(x, ordering)?;
    let positions = Positions::packed(windows, extent, mode);
    let (count, size, device) = (positions.windows(), positions.size, x.device());
    let padded = positions.pixels.contains(&None);
    let flat = if padded {
        // One more pixel, for the padding, which never wins and adds nothing.
        let neutral = match pool_mode {
            PoolMode::Max => f64::NEG_INFINITY,
            PoolMode::Avg => 0.0,
        };
        let pixel = filled(x.dtype(), &[samples, 1, channels], neutral, device)?;
        Tensor::cat(&[&flat, &pixel], 1)?
    } else {
        flat
    };
    let outside = u32::try_from(extent.iter().product::<usize>()).unwrap_or(NOWHERE);
    let shown = flat.index_select(&positions.indices(outside, device)?, 1)?;
    let shown = shown.reshape((samples, count, size, channels))?;
    let pooled = match pool_mode {
        PoolMode::Max => shared_extreme(Extreme::Greatest, &shown, 2)?,
        PoolMode::Avg => {
            let inside = |window: &[Option<usize>]| window.iter().flatten().count() as f64;
            let counts: Vec<f64> = positions.pixels.chunks(size).map(inside).collect();
            let counts = Tensor::from_vec(counts, (1, count, 1, 1), device)?;
            divide_by(&shown.sum_keepdim(2)?, counts.to_dtype(x.dtype())?)?
        }
    };
    Ok(ordered(&pooled, samples, positions.count, ordering)?)
}

/// The windows, no larger than what they can show of a batch.
fn cut<const D: usize>(
    windows: [Window; D],
    x: &CandleTensor,
    mode: BorderMode,
    ordering: DimOrdering,
) -> [Window; D] {
    let axes = batch_axes::<D>(ordering).spatial;
    std::array::from_fn(|i| windows[i].cut(x.dims()[axes[i]], mode))
}

pub(crate) fn pool2d(call: &Pool2d<&CandleTensor>) -> Result<Tensor> {
    let (x, mode, ordering) = (call.x.native(), call.border_mode, call.dim_ordering);
    let windows = cut(call.windows()?, call.x, mode, ordering);
    if call.pool_mode == PoolMode::Max && !x.track_op() && surely_finite(&x)? {
        return greatest(&x, windows, mode, ordering);
    }
    pooling(&x, windows, mode, ordering, call.pool_mode)
}

pub(crate) fn pool3d(call: &Pool3d<&CandleTensor>) -> Result<Tensor> {
    let windows = cut(call.windows()?, call.x, call.border_mode, call.dim_ordering);
    pooling(&call.x.native(), windows, call.border_mode, call.dim_ordering, call.pool_mode)
}
