//! conv2d, pool2d: axes are brought to libtorch's order and back.

use tch::{TchError, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::arguments::{BorderMode, DimOrdering, PoolMode};
use touchstone_reference::functions::convolution::{Conv2d, Pool2d, Window};

use crate::failure::Computed;
use crate::tensor::{TchTensor, kind_of, known};

/// Images with the channels before rows and columns, as libtorch has them.
fn channels_first(x: &Tensor, ordering: DimOrdering) -> Result<Tensor, TchError> {
    match ordering {
        DimOrdering::Th => Ok(x.shallow_clone()),
        DimOrdering::Tf => x.f_permute([0, 3, 1, 2]),
    }
}

/// Back to the order that the caller uses.
fn reordered(x: &Tensor, ordering: DimOrdering) -> Result<Tensor, TchError> {
    match ordering {
        DimOrdering::Th => Ok(x.shallow_clone()),
        DimOrdering::Tf => x.f_permute([0, 2, 3, 1]),
    }
}

/// What stands around the image: rows before and after, columns before and after.
struct Borders {
    rows: (usize, usize),
    columns: (usize, usize),
}

impl Borders {
    /// Around an image with the channels before rows and columns.
    fn of(windows: [Window; 2], x: &Tensor, mode: BorderMode) -> Self {
        let size = x.size();
        let around = |window: Window, n: i64| window.padding(usize::try_from(n).unwrap_or(0), mode);
        Borders { rows: around(windows[0], size[2]), columns: around(windows[1], size[3]) }
    }

    /// The same before and after on both axes, as libtorch's kernels take it; `None` where the
    /// image has to be padded first.
    fn even(&self) -> Option<[i64; 2]> {
        let even = |(before, after): (usize, usize)| (before == after).then_some(before as i64);
        Some([even(self.rows)?, even(self.columns)?])
    }

    /// The image with a number around it.
    fn pad(&self, x: &Tensor, number: f64) -> Result<Tensor, TchError> {
        let (rows, columns) = (self.rows, self.columns);
        let around = [columns.0, columns.1, rows.0, rows.1].map(|n| n as i64);
        x.f_pad(around, "constant", number)
    }
}

/// Zeros where libtorch refuses images without samples, channels or pixels. They depend on
/// nothing, as do the derivatives.
fn zeros(spec: &Spec, x: &Tensor) -> Computed {
    Ok(Tensor::f_zeros(known(spec), (kind_of(spec.dtype)?, x.device()))?)
}

pub(crate) fn conv2d(call: &Conv2d<&TchTensor>, spec: &Spec) -> Computed {
    let ordering = call.dim_ordering;
    let x = channels_first(&call.x.tensor, ordering)?;
    let kernel = match ordering {
        DimOrdering::Th => call.kernel.tensor.shallow_clone(),
        DimOrdering::Tf => call.kernel.tensor.f_permute([3, 2, 0, 1])?,
    };
    // libtorch refuses the derivative by a kernel that is not contiguous where the image has its
    // channels last and there is one output channel.
    let kernel = kernel.f_contiguous()?;
    if x.numel() == 0 || kernel.numel() == 0 {
        return zeros(spec, &x);
    }
    let size = kernel.size();
    let windows = call.windows([size[2], size[3]].map(|n| usize::try_from(n).unwrap_or(0)))?;
    let borders = Borders::of(windows, &x, call.border_mode);
    let (x, padding) = match borders.even() {
        Some(padding) => (x, padding),
        None => (borders.pad(&x, 0.0)?, [0, 0]),
    };
    let bias = None::<&Tensor>;
    let found = x.f_conv2d(&kernel, bias, call.strides, padding, call.filter_dilation, 1)?;
    Ok(reordered(&found, ordering)?)
}

pub(crate) fn pool2d(call: &Pool2d<&TchTensor>, spec: &Spec) -> Computed {
    let ordering = call.dim_ordering;
    let x = channels_first(&call.x.tensor, ordering)?;
    if x.numel() == 0 {
        return zeros(spec, &x);
    }
    let extent = [x.size()[2], x.size()[3]].map(|n| usize::try_from(n).unwrap_or(0));
    let windows = call.windows()?;
    let windows = [0, 1].map(|i| windows[i].cut(extent[i], call.border_mode));
    let borders = Borders::of(windows, &x, call.border_mode);
    let found = match call.pool_mode {
        PoolMode::Max => max_pool(call, &x, windows, &borders)?,
        PoolMode::Avg => mean_pool(call, &x, windows, &borders)?,
    };
    Ok(reordered(&found, ordering)?)
}

/// Rows and columns of a window, as libtorch takes them.
fn sizes(windows: [Window; 2]) -> [i64; 2] {
    windows.map(|window| i64::try_from(window.size).unwrap_or(i64::MAX))
}

fn max_pool(
    call: &Pool2d<&TchTensor>,
    x: &Tensor,
    windows: [Window; 2],
    borders: &Borders,
) -> Result<Tensor, TchError> {
    let (x, padding) = match borders.even() {
        Some(padding) => (x.shallow_clone(), padding),
        None => (borders.pad(x, f64::NEG_INFINITY)?, [0, 0]),
    };
    x.f_max_pool2d(sizes(windows), call.strides, padding, [1, 1], false)
}

fn mean_pool(
    call: &Pool2d<&TchTensor>,
    x: &Tensor,
    windows: [Window; 2],
    borders: &Borders,
) -> Result<Tensor, TchError> {
    if let Some(padding) = borders.even() {
        return x.f_avg_pool2d(sizes(windows), call.strides, padding, false, false, None);
    }
    // libtorch pads evenly: sums over an image padded by hand, divided by how many elements of
    // each window lie in the image.
    let padded = borders.pad(x, 0.0)?;
    let sums = padded.f_avg_pool2d(sizes(windows), call.strides, [0, 0], false, true, 1)?;
    let size = x.size();
    let counts = |window: Window, n: i64, before: usize| -> Vec<f64> {
        let n = usize::try_from(n).unwrap_or(0);
        let out = window.count(n, call.border_mode).unwrap_or(0);
        let inside = |o: usize| {
            let start = o * window.stride;
            let end = (start + window.size).saturating_sub(before).min(n);
            end.saturating_sub(start.saturating_sub(before))
        };
        (0..out).map(|o| inside(o) as f64).collect()
    };
    let options = (x.f_kind()?, x.device());
    let native = |counts: Vec<f64>| {
        Tensor::f_from_slice(&counts)?.f_to_kind(options.0)?.f_to_device(options.1)
    };
    let rows = native(counts(windows[0], size[2], borders.rows.0))?;
    let columns = native(counts(windows[1], size[3], borders.columns.0))?;
    sums.f_div(&rows.f_unsqueeze(1)?.f_mul(&columns)?)
}
