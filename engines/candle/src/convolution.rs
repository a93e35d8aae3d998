//! conv2d, pool2d: windows by one selection of rows, then a matrix product or a reduction.
//!
//! candle's own convolution has one stride and one dilation for both axes and one padding for
//! both sides, and its backward fails off the square; its pooling passes over NaN, has no backward
//! where windows overlap and a wrong one where they do not. A selection of pixels by position does
//! all of it, forwards and backwards: a position of `u32::MAX` selects zeros and, backwards, is
//! passed over.

use candle_core::Tensor;
use touchstone_reference::backend::{
    BorderMode, Conv2d, DimOrdering, Pool2d, PoolMode, Window, kernel_axes,
};

use crate::failure::Result;
use crate::ops::{Extreme, divide_by, filled, surely_finite};
use crate::reduction::shared_extreme;
use crate::tensor::CandleTensor;

/// Images as (samples, pixels, channels).
struct Pixels {
    flat: Tensor,
    samples: usize,
    extent: [usize; 2],
    channels: usize,
}

impl Pixels {
    fn new(x: &Tensor, ordering: DimOrdering) -> candle_core::Result<Self> {
        let x = match ordering {
            DimOrdering::Th => x.permute((0, 2, 3, 1))?.contiguous()?,
            DimOrdering::Tf => x.contiguous()?,
        };
        let (samples, rows, columns, channels) = x.dims4()?;
        let flat = x.reshape((samples, rows * columns, channels))?;
        Ok(Pixels { flat, samples, extent: [rows, columns], channels })
    }
}

/// (samples, rows, columns, channels) in the order that was asked for.
fn ordered(x: Tensor, ordering: DimOrdering) -> candle_core::Result<Tensor> {
    match ordering {
        DimOrdering::Th => x.permute((0, 3, 1, 2)),
        DimOrdering::Tf => Ok(x),
    }
}

/// Which pixels the windows show, window by window, `padding` where they reach over the border;
/// and the positions of the windows along rows and columns, and the elements of one.
struct Positions {
    pixels: Vec<u32>,
    count: [usize; 2],
    size: usize,
}

/// Along one axis: for each window, the positions that it shows, `None` in the padding.
fn along(window: Window, n: usize, mode: BorderMode) -> Vec<Vec<Option<usize>>> {
    let before = window.padding(n, mode).0;
    let count = window.count(n, mode).unwrap_or(0);
    // Elements of a window further on lie in the padding of every one.
    let size = window.size.min(n + before);
    (0..count)
        .map(|o| {
            (0..size)
                .map(|k| {
                    (o * window.stride + k * window.dilation)
                        .checked_sub(before)
                        .filter(|&at| at < n)
                })
                .collect()
        })
        .collect()
}

impl Positions {
    fn new(windows: [Window; 2], extent: [usize; 2], mode: BorderMode, padding: u32) -> Self {
        let rows = along(windows[0], extent[0], mode);
        let columns = along(windows[1], extent[1], mode);
        let mut pixels = Vec::new();
        for row in &rows {
            for column in &columns {
                for i in row {
                    for j in column {
                        pixels.push(i.zip(*j).map_or(padding, |(i, j)| (i * extent[1] + j) as u32));
                    }
                }
            }
        }
        let length = |axis: &[Vec<Option<usize>>]| axis.first().map_or(0, Vec::len);
        Positions {
            pixels,
            count: [rows.len(), columns.len()],
            size: length(&rows) * length(&columns),
        }
    }

    fn windows(&self) -> usize {
        self.count[0] * self.count[1]
    }
}

pub(crate) fn conv2d(call: &Conv2d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let (x, kernel) = (call.x.native(), call.kernel.native());
    if x.elem_count() == 0 || kernel.elem_count() == 0 {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    let (_, _, spatial) = kernel_axes(call.dim_ordering);
    let size = spatial.map(|axis| kernel.dims()[axis]);
    let kernel = match call.dim_ordering {
        DimOrdering::Th => kernel.permute((2, 3, 1, 0))?,
        DimOrdering::Tf => kernel,
    };
    let (_, _, input, output) = kernel.dims4()?;
    let pixels = Pixels::new(&x, call.dim_ordering)?;
    let windows = call.windows(size)?;
    let positions = Positions::new(windows, pixels.extent, call.border_mode, u32::MAX);
    // Elements of the kernel that only ever meet padding take no part.
    let reach = [0, 1].map(|i| {
        size[i].min(pixels.extent[i] + windows[i].padding(pixels.extent[i], call.border_mode).0)
    });
    let kernel = kernel.narrow(0, 0, reach[0])?.narrow(1, 0, reach[1])?;
    let weights = kernel.contiguous()?.reshape((positions.size * input, output))?;
    let [rows, columns] = positions.count;
    let pointwise = positions.size == 1 && [rows, columns] == pixels.extent;
    let shown = if pointwise {
        pixels.flat
    } else {
        let selected =
            Tensor::from_vec(positions.pixels, rows * columns * positions.size, x.device())?;
        pixels.flat.index_select(&selected, 1)?
    };
    let shown = shown.reshape((pixels.samples * rows * columns, positions.size * input))?;
    let result = shown.matmul(&weights)?.reshape((pixels.samples, rows, columns, output))?;
    Ok(ordered(result, call.dim_ordering)?)
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

pub(crate) fn pool2d(call: &Pool2d<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    if call.pool_mode == PoolMode::Max && !x.track_op() && surely_finite(&x)? {
        return greatest(&x, call.windows()?, call.border_mode, call.dim_ordering);
    }
    let pixels = Pixels::new(&x, call.dim_ordering)?;
    let outside = u32::try_from(pixels.extent[0] * pixels.extent[1]).unwrap_or(u32::MAX);
    let positions = Positions::new(call.windows()?, pixels.extent, call.border_mode, outside);
    let device = x.device();
    let padded = positions.pixels.contains(&outside);
    let flat = if padded {
        // One more pixel, for the padding, which never wins and adds nothing.
        let neutral = match call.pool_mode {
            PoolMode::Max => f64::NEG_INFINITY,
            PoolMode::Avg => 0.0,
        };
        let pixel = filled(x.dtype(), &[pixels.samples, 1, pixels.channels], neutral, device)?;
        Tensor::cat(&[&pixels.flat, &pixel], 1)?
    } else {
        pixels.flat
    };
    let counts: Vec<f64> = positions
        .pixels
        .chunks(positions.size.max(1))
        .map(|window| window.iter().filter(|&&pixel| pixel != outside).count() as f64)
        .collect();
    let (windows, size, [rows, columns]) = (positions.windows(), positions.size, positions.count);
    let selected = Tensor::from_vec(positions.pixels, windows * size, device)?;
    let shown = flat.index_select(&selected, 1)?.reshape((
        pixels.samples,
        windows,
        size,
        pixels.channels,
    ))?;
    let pooled = match call.pool_mode {
        PoolMode::Max => shared_extreme(Extreme::Greatest, &shown, 2)?,
        PoolMode::Avg => {
            let counts =
                Tensor::from_vec(counts, (1, windows, 1, 1), device)?.to_dtype(x.dtype())?;
            divide_by(&shown.sum_keepdim(2)?, counts)?
        }
    };
    let result = pooled.reshape((pixels.samples, rows, columns, pixels.channels))?;
    Ok(ordered(result, call.dim_ordering)?)
}
