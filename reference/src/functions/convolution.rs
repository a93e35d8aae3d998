//! conv2d, pool2d, and the window arithmetic that they share.

use super::labels::*;
use super::{agree, dense, floating, known, ranked, same};
use crate::arguments::{BorderMode, DimOrdering, PoolMode};
use crate::configuration;
use crate::error::{Label, Refusal};
use crate::number::Number;
use crate::shape::{Dim, Spec, show_dims};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

/// One axis of a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Elements of the window.
    pub size: usize,
    /// Distance from one window to the next.
    pub stride: usize,
    /// Distance from one element of the window to the next.
    pub dilation: usize,
}

impl Window {
    /// The span of the window, first to last element.
    pub fn extent(self) -> usize {
        self.size.saturating_sub(1).saturating_mul(self.dilation).saturating_add(1)
    }

    /// How many windows there are over `n` elements; `None` where a whole one must fit and does
    /// not.
    pub fn count(self, n: usize, mode: BorderMode) -> Option<usize> {
        match mode {
            BorderMode::Same => Some(n.div_ceil(self.stride)),
            BorderMode::Valid => n.checked_sub(self.extent()).map(|rest| rest / self.stride + 1),
        }
    }

    /// Zeros before and after: `same` has max((out-1)·stride + extent - n, 0) in all, the smaller
    /// half before.
    pub fn padding(self, n: usize, mode: BorderMode) -> (usize, usize) {
        match mode {
            BorderMode::Valid => (0, 0),
            BorderMode::Same => {
                let out = n.div_ceil(self.stride);
                let reach =
                    out.saturating_sub(1).saturating_mul(self.stride).saturating_add(self.extent());
                let total = reach.saturating_sub(n);
                (total / 2, total - total / 2)
            }
        }
    }

    /// The smallest window that covers the same of `n` elements at every position: one that
    /// reaches far over both borders can be cut without anybody noticing, before its padding is
    /// laid out.
    #[must_use]
    pub fn cut(self, n: usize, mode: BorderMode) -> Self {
        if mode == BorderMode::Valid || self.dilation != 1 {
            return self;
        }
        let travel = n.div_ceil(self.stride).saturating_sub(1).saturating_mul(self.stride);
        let enough = travel.saturating_add(n).saturating_mul(2).saturating_add(2);
        Window { size: self.size.min(enough), ..self }
    }

    /// The position on the axis of element `k` of window `o`, or `None` in the padding.
    fn position(self, o: usize, k: usize, n: usize, before: usize) -> Option<usize> {
        (o * self.stride + k * self.dilation).checked_sub(before).filter(|&at| at < n)
    }
}

/// Where samples, channels, rows and columns stand in an image tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageAxes {
    /// The axis of the channels.
    pub channels: usize,
    /// The axes of rows and columns.
    pub spatial: [usize; 2],
}

/// The axes of images in a dim ordering.
pub fn image_axes(ordering: DimOrdering) -> ImageAxes {
    match ordering {
        DimOrdering::Th => ImageAxes { channels: 1, spatial: [2, 3] },
        DimOrdering::Tf => ImageAxes { channels: 3, spatial: [1, 2] },
    }
}

/// The axes of a kernel in a dim ordering: output channels, input channels, rows and columns.
pub fn kernel_axes(ordering: DimOrdering) -> (usize, usize, [usize; 2]) {
    match ordering {
        DimOrdering::Th => (0, 1, [2, 3]),
        DimOrdering::Tf => (3, 2, [0, 1]),
    }
}

fn positive(label: Label, name: &str, values: &[i64; 2]) -> Result<[usize; 2], Refusal> {
    let convert = |n: i64| usize::try_from(n).ok().filter(|&n| n > 0);
    match (convert(values[0]), convert(values[1])) {
        (Some(a), Some(b)) => Ok([a, b]),
        _ => Err(label.refuse(format!("{name} is {values:?}"))),
    }
}

/// The dims of the windows' positions, or a refusal where none fits.
fn slide(
    label: Label,
    windows: [Window; 2],
    dims: [Dim; 2],
    mode: BorderMode,
) -> Result<[Dim; 2], Refusal> {
    let mut out = [None; 2];
    for i in 0..2 {
        out[i] = match dims[i] {
            None => None,
            Some(n) => Some(windows[i].count(n, mode).ok_or_else(|| {
                label.refuse(format!(
                    "a window that spans {} over {n} elements",
                    windows[i].extent()
                ))
            })?),
        };
    }
    Ok(out)
}

entry! {
    /// Two-dimensional convolution, as cross-correlation: the kernel is not flipped.
    ///
    /// Shapes: th: x (samples, in, rows, columns), kernel (out, in, rows, columns); tf: x
    /// (samples, rows, columns, in), kernel (rows, columns, in, out). The result has the windows'
    /// positions for rows and columns: `same` ceil(n/s), zeros around as needed, the smaller half
    /// before; `valid` only whole windows. float64 is computed in float64.
    Conv2d = conv2d {
        /// The images.
        tensor x;
        /// The kernel.
        tensor kernel;
        /// Rows and columns from one window to the next.
        plain strides: [i64; 2] = [1, 1];
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
        /// What the caller knows of x's shape; taken as a promise, not needed.
        plain image_shape: Option<Vec<Option<i64>>> = None;
        /// What the caller knows of the kernel's shape; taken as a promise, not needed.
        plain filter_shape: Option<Vec<Option<i64>>> = None;
        /// Rows and columns from one element of a window to the next.
        plain filter_dilation: [i64; 2] = [1, 1];
    }
    constraints [
        "x and kernel have rank 4",
        "kernel and x agree in their input channels",
        "strides and filter_dilation are positive",
        "border_mode 'valid': the dilated kernel is no larger than the image",
        "the kernel has at least one row and one column",
    ]
    conventions [
        "no samples or no channels give an empty result or zeros",
        "padding is zeros: under an infinite weight it gives NaN",
    ]
    source "Keras backend page, conv2d; TensorFlow's rule for 'same'",
    example "conv2d of a 1×2×2×1 image [1,2,3,4] with a 2×2×1×1 kernel of ones, tf, is [[[[10.]]]]"
}

impl<T> Conv2d<T> {
    /// The windows over rows and columns, for a kernel of the given spatial size.
    pub fn windows(&self, kernel: [usize; 2]) -> Result<[Window; 2], Refusal> {
        let strides = positive(C3, "strides", &self.strides)?;
        let dilation = positive(C3, "filter_dilation", &self.filter_dilation)?;
        C5.require(kernel[0] > 0 && kernel[1] > 0, || {
            format!("the kernel is {} by {}", kernel[0], kernel[1])
        })?;
        Ok([0, 1].map(|i| Window { size: kernel[i], stride: strides[i], dilation: dilation[i] }))
    }
}

impl Conv2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (x, kernel) = (&self.x, &self.kernel);
        agree(x, "kernel", kernel)?;
        floating("x", x)?;
        dense("x", x)?;
        dense("kernel", kernel)?;
        ranked(C1, "x", x, 4)?;
        ranked(C1, "kernel", kernel, 4)?;
        let image = image_axes(self.dim_ordering);
        let (out, input, spatial) = kernel_axes(self.dim_ordering);
        same(C2, "input channels of x and kernel", x.dims[image.channels], kernel.dims[input])?;
        let mut dims = x.dims.clone();
        dims[image.channels] = kernel.dims[out];
        // An unknown kernel size leaves the result's size unknown, but bad strides are refused.
        let sizes = spatial.map(|axis| kernel.dims[axis]);
        let windows = self.windows(sizes.map(|n| n.unwrap_or(1)))?;
        let over = [0, 1].map(|i| sizes[i].and(x.dims[image.spatial[i]]));
        let found = slide(C4, windows, over, self.border_mode)?;
        for i in 0..2 {
            dims[image.spatial[i]] = found[i];
        }
        Ok(vec![x.with_dims(dims)])
    }
}

impl<N: Number> Conv2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (x, kernel) = (self.x.floats(), self.kernel.floats());
        let image = image_axes(self.dim_ordering);
        let (out_axis, in_axis, spatial) = kernel_axes(self.dim_ordering);
        let size = spatial.map(|axis| kernel.shape()[axis]);
        let windows = self.windows(size)?;
        let extent = image.spatial.map(|axis| x.shape()[axis]);
        let before = [0, 1].map(|i| windows[i].padding(extent[i], self.border_mode).0);
        let channels = x.shape()[image.channels];
        let (mut pixels, mut weights) = (Vec::new(), Vec::new());
        Ok(vec![Numbers::Float(Tensor::from_fn(known(&specs[0]), |index| {
            pixels.clear();
            weights.clear();
            for i in 0..size[0] {
                for j in 0..size[1] {
                    let row = windows[0].position(index[image.spatial[0]], i, extent[0], before[0]);
                    let column =
                        windows[1].position(index[image.spatial[1]], j, extent[1], before[1]);
                    for c in 0..channels {
                        let mut at = [0; 4];
                        at[out_axis] = index[image.channels];
                        at[in_axis] = c;
                        at[spatial[0]] = i;
                        at[spatial[1]] = j;
                        weights.push(kernel.at(&at));
                        // Zeros around, also under an infinite weight.
                        let (Some(row), Some(column)) = (row, column) else {
                            pixels.push(N::zero());
                            continue;
                        };
                        let mut at = [index[0]; 4];
                        at[image.channels] = c;
                        at[image.spatial[0]] = row;
                        at[image.spatial[1]] = column;
                        pixels.push(x.at(&at));
                    }
                }
            }
            N::dot(&pixels, &weights)
        }))])
    }
}

entry! {
    /// Greatest or mean element of each window over rows and columns.
    ///
    /// Shapes: th: (samples, channels, rows, columns), tf: (samples, rows, columns, channels). The
    /// result has the windows' positions for rows and columns, by conv2d's rule for 'same'.
    Pool2d = pool2d {
        /// The images.
        tensor x;
        /// Rows and columns of a window.
        plain pool_size: [i64; 2];
        /// Rows and columns from one window to the next.
        plain strides: [i64; 2] = [1, 1];
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
        /// 'max' or 'avg'.
        plain pool_mode: PoolMode = PoolMode::Max;
    }
    constraints [
        "x has rank 4",
        "pool_size and strides are positive",
        "border_mode 'valid': the window is no larger than the image",
    ]
    conventions [
        "padding never wins a maximum and is not counted in a mean",
        "NaN propagates",
        "tied entries of a window share the cotangent",
    ]
    source "Keras 1.1 backend, pool2d; TensorFlow's rule for 'same'",
    example "pool2d of a 1×2×2×1 image [1,2,3,4], tf, pool_size (2,2) is [[[[4.]]]]"
}

impl<T> Pool2d<T> {
    /// The windows over rows and columns.
    pub fn windows(&self) -> Result<[Window; 2], Refusal> {
        let size = positive(C2, "pool_size", &self.pool_size)?;
        let strides = positive(C2, "strides", &self.strides)?;
        Ok([0, 1].map(|i| Window { size: size[i], stride: strides[i], dilation: 1 }))
    }
}

impl Pool2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let x = &self.x;
        floating("x", x)?;
        dense("x", x)?;
        C1.require(x.rank() == 4, || format!("x has shape {}", show_dims(&x.dims)))?;
        let image = image_axes(self.dim_ordering);
        let over = image.spatial.map(|axis| x.dims[axis]);
        let found = slide(C3, self.windows()?, over, self.border_mode)?;
        let mut dims = x.dims.clone();
        for i in 0..2 {
            dims[image.spatial[i]] = found[i];
        }
        Ok(vec![x.with_dims(dims)])
    }
}

impl<N: Number> Pool2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let x = self.x.floats();
        let image = image_axes(self.dim_ordering);
        let extent = image.spatial.map(|axis| x.shape()[axis]);
        let windows = self.windows()?;
        let windows = [0, 1].map(|i| windows[i].cut(extent[i], self.border_mode));
        let before = [0, 1].map(|i| windows[i].padding(extent[i], self.border_mode).0);
        let mut window = Vec::new();
        Ok(vec![Numbers::Float(Tensor::from_fn(known(&specs[0]), |index| {
            window.clear();
            let positions = |axis: usize| {
                let o = index[image.spatial[axis]];
                (0..windows[axis].size)
                    .filter_map(move |k| windows[axis].position(o, k, extent[axis], before[axis]))
            };
            for row in positions(0) {
                for column in positions(1) {
                    let mut at = [0; 4];
                    at.copy_from_slice(index);
                    at[image.spatial[0]] = row;
                    at[image.spatial[1]] = column;
                    window.push(x.at(&at));
                }
            }
            match self.pool_mode {
                PoolMode::Max => N::max(&window),
                PoolMode::Avg => N::mean(&window),
            }
        }))])
    }
}
