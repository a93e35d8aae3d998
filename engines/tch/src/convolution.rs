//! conv1d, conv2d, conv3d and their relatives: axes are brought to libtorch's order and back.

use tch::{TchError, Tensor};
use touchstone_reference::arguments::{BorderMode, DimOrdering};
use touchstone_reference::functions::convolution::{
    AtrousConv2d, Conv1d, Conv2d, Conv3d, Deconv2d, SeparableConv2d, Window, batch_axes,
};
use touchstone_reference::{Refusal, Spec};

use crate::failure::Computed;
use crate::tensor::{TchTensor, kind_of, known};

/// A batch with the channels before the spatial axes, as libtorch has them.
pub(crate) fn channels_first(x: &Tensor, ordering: DimOrdering) -> Result<Tensor, TchError> {
    match ordering {
        DimOrdering::Th => Ok(x.shallow_clone()),
        DimOrdering::Tf => x.f_movedim_int(-1, 1),
    }
}

/// Back to the order that the caller uses.
pub(crate) fn reordered(x: &Tensor, ordering: DimOrdering) -> Result<Tensor, TchError> {
    match ordering {
        DimOrdering::Th => Ok(x.shallow_clone()),
        DimOrdering::Tf => x.f_movedim_int(1, -1),
    }
}

/// A kernel with the output channels first, then the input channels.
fn outputs_first(kernel: &Tensor, ordering: DimOrdering) -> Result<Tensor, TchError> {
    match ordering {
        DimOrdering::Th => Ok(kernel.shallow_clone()),
        DimOrdering::Tf => kernel.f_movedim([-1, -2], [0, 1]),
    }
}

/// The sizes of the spatial axes of what has libtorch's order.
pub(crate) fn spatial<const D: usize>(x: &Tensor) -> [usize; D] {
    let size = x.size();
    std::array::from_fn(|i| usize::try_from(size[i + 2]).unwrap_or(0))
}

/// One number of each window, as libtorch takes it.
pub(crate) fn each<const D: usize>(
    windows: [Window; D],
    number: impl Fn(Window) -> usize,
) -> [i64; D] {
    windows.map(|window| i64::try_from(number(window)).unwrap_or(i64::MAX))
}

/// What stands around a batch: before and after, for each spatial axis.
pub(crate) struct Borders<const D: usize>(pub(crate) [(usize, usize); D]);

impl<const D: usize> Borders<D> {
    /// Around a batch in libtorch's order.
    pub(crate) fn of(windows: [Window; D], x: &Tensor, mode: BorderMode) -> Self {
        let size = spatial::<D>(x);
        Borders(std::array::from_fn(|i| windows[i].padding(size[i], mode)))
    }

    /// The same before and after on every axis, as libtorch's kernels take it; `None` where the
    /// batch has to be padded first.
    pub(crate) fn even(&self) -> Option<[i64; D]> {
        let even = self.0.iter().all(|(before, after)| before == after);
        even.then(|| self.0.map(|(before, _)| before as i64))
    }

    /// The batch with a number around it.
    pub(crate) fn pad(&self, x: &Tensor, number: f64) -> Result<Tensor, TchError> {
        // libtorch counts from the last axis.
        let around: Vec<i64> =
            self.0.iter().rev().flat_map(|(a, b)| [*a as i64, *b as i64]).collect();
        x.f_pad(around, "constant", number)
    }
}

/// Zeros where libtorch refuses batches without samples, channels or elements. They depend on
/// nothing, as do the derivatives.
pub(crate) fn zeros(spec: &Spec, x: &Tensor) -> Computed {
    Ok(Tensor::f_zeros(known(spec), (kind_of(spec.dtype)?, x.device()))?)
}

/// The windows with strides that lead no farther than to the end. A longer one leads nowhere, but
/// libtorch's derivatives go where it leads: they crash or refuse.
fn within<const D: usize>(windows: [Window; D], lengths: [usize; D]) -> [Window; D] {
    std::array::from_fn(|i| Window {
        stride: windows[i].stride.min(lengths[i].max(1)),
        ..windows[i]
    })
}

/// The sums over the windows, everything in libtorch's order.
fn correlated<const D: usize>(
    x: &Tensor,
    kernel: &Tensor,
    windows: [Window; D],
    mode: BorderMode,
    groups: i64,
) -> Result<Tensor, TchError> {
    // libtorch refuses the derivative by a kernel that is not contiguous where the image has its
    // channels last and there is one output channel.
    let kernel = kernel.f_contiguous()?;
    let windows = within(windows, spatial(x));
    let borders = Borders::of(windows, x, mode);
    let (x, padding) = match borders.even() {
        Some(padding) => (x.shallow_clone(), padding),
        None => (borders.pad(x, 0.0)?, [0; D]),
    };
    let (strides, dilation) = (each(windows, |w| w.stride), each(windows, |w| w.dilation));
    let bias = None::<&Tensor>;
    x.f_convolution(&kernel, bias, strides, padding, dilation, false, [0; D], groups)
}

/// Every convolution with one kernel.
fn convolution<const D: usize>(
    (x, kernel): (&TchTensor, &TchTensor),
    windows: impl FnOnce([usize; D]) -> Result<[Window; D], Refusal>,
    mode: BorderMode,
    ordering: DimOrdering,
    spec: &Spec,
) -> Computed {
    let x = channels_first(&x.tensor, ordering)?;
    let kernel = outputs_first(&kernel.tensor, ordering)?;
    if x.numel() == 0 || kernel.numel() == 0 {
        return zeros(spec, &x);
    }
    let found = correlated(&x, &kernel, windows(spatial(&kernel))?, mode, 1)?;
    Ok(reordered(&found, ordering)?)
}

pub(crate) fn conv1d(call: &Conv1d<&TchTensor>, spec: &Spec) -> Computed {
    let windows = |size| call.windows(size);
    convolution((call.x, call.kernel), windows, call.border_mode, DimOrdering::Tf, spec)
}

pub(crate) fn conv2d(call: &Conv2d<&TchTensor>, spec: &Spec) -> Computed {
    let windows = |size| call.windows(size);
    convolution((call.x, call.kernel), windows, call.border_mode, call.dim_ordering, spec)
}

pub(crate) fn atrous_conv2d(call: &AtrousConv2d<&TchTensor>, spec: &Spec) -> Computed {
    let windows = |size| call.windows(size);
    convolution((call.x, call.kernel), windows, call.border_mode, call.dim_ordering, spec)
}

pub(crate) fn conv3d(call: &Conv3d<&TchTensor>, spec: &Spec) -> Computed {
    let windows = |size| call.windows(size);
    convolution((call.x, call.kernel), windows, call.border_mode, call.dim_ordering, spec)
}

pub(crate) fn separable_conv2d(call: &SeparableConv2d<&TchTensor>, spec: &Spec) -> Computed {
    let ordering = call.dim_ordering;
    let x = channels_first(&call.x.tensor, ordering)?;
    let depthwise = outputs_first(&call.depthwise_kernel.tensor, ordering)?;
    let pointwise = outputs_first(&call.pointwise_kernel.tensor, ordering)?;
    if [&x, &depthwise, &pointwise].iter().any(|t| t.numel() == 0) {
        return zeros(spec, &x);
    }
    let windows = call.windows(spatial(&depthwise))?;
    // A group for each channel of x, with the multipliers as its outputs.
    let channels = x.size()[1];
    let depthwise = depthwise.f_transpose(0, 1)?.f_flatten(0, 1)?.f_unsqueeze(1)?;
    let middle = correlated(&x, &depthwise, windows, call.border_mode, channels)?;
    let pixel = [Window { size: 1, stride: 1, dilation: 1 }; 2];
    let found = correlated(&middle, &pointwise, pixel, BorderMode::Valid, 1)?;
    Ok(reordered(&found, ordering)?)
}

pub(crate) fn deconv2d(call: &Deconv2d<&TchTensor>, spec: &Spec) -> Computed {
    let ordering = call.dim_ordering;
    let x = channels_first(&call.x.tensor, ordering)?;
    // libtorch wants the channels of x first here.
    let kernel = outputs_first(&call.kernel.tensor, ordering)?.f_transpose(0, 1)?.f_contiguous()?;
    if x.numel() == 0 || kernel.numel() == 0 {
        return zeros(spec, &x);
    }
    let shape = known(spec);
    let axes = batch_axes::<2>(ordering).spatial;
    let lengths = axes.map(|axis| usize::try_from(shape[axis]).unwrap_or(0));
    let windows = within(call.windows(spatial(&kernel))?, lengths);
    let (strides, bias) = (each(windows, |w| w.stride), None::<&Tensor>);
    let full = x.f_convolution(&kernel, bias, strides, [0; 2], [1; 2], true, [0; 2], 1)?;
    // All that the windows reach, less their padding; behind the last of them there are zeros.
    let reach = spatial::<2>(&full);
    let around = [1, 0].map(|i| {
        let (before, _) = windows[i].padding(lengths[i], call.border_mode);
        [-(before as i64), lengths[i] as i64 + before as i64 - reach[i] as i64]
    });
    Ok(reordered(&full.f_constant_pad_nd(around.as_flattened())?, ordering)?)
}
