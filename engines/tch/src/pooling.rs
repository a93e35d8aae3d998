//! pool2d, pool3d.

use tch::{TchError, Tensor};
use touchstone_reference::Spec;
use touchstone_reference::arguments::{BorderMode, DimOrdering, PoolMode};
use touchstone_reference::functions::convolution::Window;
use touchstone_reference::functions::pooling::{Pool2d, Pool3d};

use crate::convolution::{Borders, channels_first, each, reordered, spatial, zeros};
use crate::failure::Computed;
use crate::tensor::TchTensor;

pub(crate) fn pool2d(call: &Pool2d<&TchTensor>, spec: &Spec) -> Computed {
    let modes = (call.pool_mode, call.border_mode);
    pool(call.x, call.windows()?, modes, call.dim_ordering, spec)
}

pub(crate) fn pool3d(call: &Pool3d<&TchTensor>, spec: &Spec) -> Computed {
    let modes = (call.pool_mode, call.border_mode);
    pool(call.x, call.windows()?, modes, call.dim_ordering, spec)
}

fn pool<const D: usize>(
    x: &TchTensor,
    windows: [Window; D],
    (pool_mode, border_mode): (PoolMode, BorderMode),
    ordering: DimOrdering,
    spec: &Spec,
) -> Computed {
    let x = channels_first(&x.tensor, ordering)?;
    if x.numel() == 0 {
        return zeros(spec, &x);
    }
    let extent = spatial::<D>(&x);
    let windows: [_; D] = std::array::from_fn(|i| windows[i].cut(extent[i], border_mode));
    let borders = Borders::of(windows, &x, border_mode);
    let found = match pool_mode {
        PoolMode::Max => max_pool(&x, windows, &borders)?,
        PoolMode::Avg => mean_pool(&x, windows, &borders, border_mode)?,
    };
    Ok(reordered(&found, ordering)?)
}

fn max_pool<const D: usize>(
    x: &Tensor,
    windows: [Window; D],
    borders: &Borders<D>,
) -> Result<Tensor, TchError> {
    let (x, padding) = match borders.even() {
        Some(padding) => (x.shallow_clone(), padding),
        None => (borders.pad(x, f64::NEG_INFINITY)?, [0; D]),
    };
    let (size, strides) = (each(windows, |w| w.size), each(windows, |w| w.stride));
    match D {
        2 => x.f_max_pool2d(size, strides, padding, [1; D], false),
        _ => x.f_max_pool3d(size, strides, padding, [1; D], false),
    }
}

/// libtorch's means over evenly padded windows, without the padding; sums with a divisor of 1.
fn means<const D: usize>(
    x: &Tensor,
    windows: [Window; D],
    padding: [i64; D],
    divisor: Option<i64>,
) -> Result<Tensor, TchError> {
    let (size, strides) = (each(windows, |w| w.size), each(windows, |w| w.stride));
    match D {
        2 => x.f_avg_pool2d(size, strides, padding, false, false, divisor),
        _ => x.f_avg_pool3d(size, strides, padding, false, false, divisor),
    }
}

fn mean_pool<const D: usize>(
    x: &Tensor,
    windows: [Window; D],
    borders: &Borders<D>,
    mode: BorderMode,
) -> Result<Tensor, TchError> {
    let extent = spatial::<D>(x);
    // libtorch refuses a window larger than the volume, padded or not; than the image, it does not.
    let fits = D == 2 || windows.iter().zip(extent).all(|(window, n)| window.size <= n);
    if let Some(padding) = borders.even().filter(|_| fits) {
        return means(x, windows, padding, None);
    }
    // libtorch pads evenly: sums over a batch padded by hand, divided by how many elements of
    // each window lie in the batch.
    let sums = means(&borders.pad(x, 0.0)?, windows, [0; D], Some(1))?;
    let counts = |i: usize| -> Result<Tensor, TchError> {
        let (window, n, (before, _)) = (windows[i], extent[i], borders.0[i]);
        let inside = |o: usize| {
            let start = o * window.stride;
            let end = (start + window.size).saturating_sub(before).min(n);
            end.saturating_sub(start.saturating_sub(before)) as f64
        };
        let counts: Vec<f64> = (0..window.count(n, mode).unwrap_or(0)).map(inside).collect();
        Tensor::f_from_slice(&counts)?.f_to_kind(x.f_kind()?)?.f_to_device(x.device())
    };
    let mut total = counts(0)?;
    for i in 1..D {
        total = total.f_unsqueeze(-1)?.f_mul(&counts(i)?)?;
    }
    sums.f_div(&total)
}
