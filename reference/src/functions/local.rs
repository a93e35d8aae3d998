//! local_conv1d, local_conv2d: convolutions whose kernel differs from window to window.

use super::labels::*;
use super::window::{BatchAxes, Slider, Window, batch_axes, positive, slide, windows};
use super::{agree, dense, floating, known, ranked, same};
use crate::arguments::{BorderMode, DataFormat};
use crate::configuration;
use crate::error::Refusal;
use crate::number::Number;
use crate::shape::{Dim, Spec};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, each_index};

/// The product of dims, unknown if one is.
fn product<const D: usize>(dims: [Dim; D]) -> Dim {
    dims.into_iter().try_fold(1_usize, |product, dim| dim.map(|n| product.saturating_mul(n)))
}

/// Inference of both. C1 ranks, C2 the kernel's features, C3 sizes and strides, C4 a window larger
/// than the input, C5 the number of windows.
fn infer_local<const D: usize>(
    inputs: &Spec,
    kernel: &Spec,
    axes: BatchAxes<D>,
    windows: [Window; D],
    output_shape: Option<[usize; D]>,
) -> Inferred {
    agree(inputs, "kernel", kernel)?;
    floating("inputs", inputs)?;
    dense("inputs", inputs)?;
    dense("kernel", kernel)?;
    ranked(C1, "inputs", inputs, D + 2)?;
    ranked(C1, "kernel", kernel, 3)?;
    let elements = windows.iter().fold(1_usize, |n, window| n.saturating_mul(window.size));
    let features = inputs.dims[axes.channels].map(|channels| channels.saturating_mul(elements));
    same(C2, "the kernel's features and those of a window", kernel.dims[1], features)?;
    let mut out =
        slide(C4, windows, axes.spatial.map(|axis| inputs.dims[axis]), BorderMode::Valid)?;
    if let Some(shape) = output_shape {
        for (out, shape) in out.iter_mut().zip(shape) {
            *out = same(C5, "windows along an axis and output_shape", *out, Some(shape))?;
        }
    }
    same(C5, "the kernel's windows and those over the inputs", kernel.dims[0], product(out))?;
    let mut dims = inputs.dims.clone();
    dims[axes.channels] = kernel.dims[2];
    for (axis, out) in axes.spatial.into_iter().zip(out) {
        dims[axis] = out;
    }
    Ok(vec![inputs.with_dims(dims)])
}

/// For each window its own sum over elements and channels, in the order in which they lie in the
/// inputs.
fn correlate<N: Number, const D: usize>(
    inputs: &Tensor<N>,
    kernel: &Tensor<N>,
    axes: BatchAxes<D>,
    windows: [Window; D],
    shape: Vec<usize>,
) -> Tensor<N> {
    let slider = Slider::new(inputs.shape(), axes, windows, BorderMode::Valid);
    let channels = inputs.shape()[axes.channels];
    let first = axes.channels == 1;
    let out = axes.spatial.map(|axis| shape[axis]);
    let (mut pixels, mut weights) = (Vec::new(), Vec::new());
    Tensor::from_fn(shape, |index| {
        pixels.clear();
        weights.clear();
        let window = axes.spatial.iter().zip(out).fold(0, |at, (&axis, n)| at * n + index[axis]);
        let mut take = |k: &[usize], channel: usize| {
            weights.push(kernel.at(&[window, pixels.len(), index[axes.channels]]));
            let place = slider.place(index, k, channel);
            pixels.push(place.map_or_else(N::zero, |at| inputs.at(&at)));
        };
        if first {
            for channel in 0..channels {
                each_index(&slider.size(), |k| take(k, channel));
            }
        } else {
            each_index(&slider.size(), |k| (0..channels).for_each(|channel| take(k, channel)));
        }
        N::dot(&pixels, &weights)
    })
}

entry! {
    /// One-dimensional convolution whose kernel differs from window to window.
    ///
    /// Shapes: channels_last: inputs (samples, steps, in), result (samples, windows, filters);
    /// channels_first: (samples, in, steps) and (samples, filters, windows). The kernel is
    /// (windows, features, filters); the features are the elements of a window in the order in
    /// which they lie in the inputs: kernel_size·in, or in·kernel_size for channels_first.
    LocalConv1d = local_conv1d {
        /// The signals.
        tensor inputs;
        /// One matrix a window.
        tensor kernel;
        /// The length of a window.
        plain kernel_size: [i64; 1];
        /// Steps from one window to the next.
        plain strides: [i64; 1];
        /// 'channels_first' or 'channels_last'.
        plain data_format: DataFormat = configuration::image_dim_ordering().into();
    }
    constraints [
        "inputs and kernel have rank 3",
        "the kernel's features are the elements of a window",
        "kernel_size and strides are positive",
        "a window is no longer than the inputs",
        "the kernel has a matrix for each window",
    ]
    conventions ["only whole windows", "no padding"]
    source "Keras 2 backend, local_conv1d",
    example "local_conv1d([[[1.], [2.], [3.]]], [[[1.], [1.]], [[0.], [2.]]], [2], [1], 'channels_last') = [[[3.], [6.]]]"
}

impl<T> LocalConv1d<T> {
    /// The window over the steps.
    pub fn windows(&self) -> Result<[Window; 1], Refusal> {
        windows(C3, positive(C3, "kernel_size", self.kernel_size)?, self.strides, [1])
    }
}

impl LocalConv1d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let axes = batch_axes(self.data_format.dim_ordering());
        infer_local(&self.inputs, &self.kernel, axes, self.windows()?, None)
    }
}

impl<N: Number> LocalConv1d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let axes = batch_axes(self.data_format.dim_ordering());
        let (inputs, kernel) = (self.inputs.floats(), self.kernel.floats());
        let found = correlate(&inputs, &kernel, axes, self.windows()?, known(&specs[0]));
        Ok(vec![Numbers::Float(found)])
    }
}

entry! {
    /// Two-dimensional convolution whose kernel differs from window to window.
    ///
    /// Shapes: channels_last: inputs (samples, rows, columns, in), result (samples, output rows,
    /// output columns, filters); channels_first: (samples, in, rows, columns) and (samples,
    /// filters, output rows, output columns). The kernel is (output rows · output columns,
    /// features, filters); the features are the elements of a window in the order in which they
    /// lie in the inputs.
    LocalConv2d = local_conv2d {
        /// The images.
        tensor inputs;
        /// One matrix a window.
        tensor kernel;
        /// Rows and columns of a window.
        plain kernel_size: [i64; 2];
        /// Rows and columns from one window to the next.
        plain strides: [i64; 2];
        /// How many windows there are along rows and columns.
        plain output_shape: [i64; 2];
        /// 'channels_first' or 'channels_last'.
        plain data_format: DataFormat = configuration::image_dim_ordering().into();
    }
    constraints [
        "inputs have rank 4, the kernel has rank 3",
        "the kernel's features are the elements of a window",
        "kernel_size and strides are positive",
        "a window is no larger than the inputs",
        "output_shape is how many windows there are, and the kernel has a matrix for each",
    ]
    conventions ["only whole windows", "no padding"]
    source "Keras 2 backend, local_conv2d",
    example "local_conv2d of a 1×1×2×1 image [1,2] with a kernel [[[3.]], [[4.]]], size and strides [1,1], output_shape [1,2], channels_last, is [[[[3.], [8.]]]]"
}

impl<T> LocalConv2d<T> {
    /// The windows over rows and columns.
    pub fn windows(&self) -> Result<[Window; 2], Refusal> {
        windows(C3, positive(C3, "kernel_size", self.kernel_size)?, self.strides, [1; 2])
    }
}

impl LocalConv2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let axes = batch_axes(self.data_format.dim_ordering());
        let windows = self.windows()?;
        let shape = self.output_shape.map(|n| usize::try_from(n).ok());
        let [Some(rows), Some(columns)] = shape else {
            return Err(C5.refuse(format!("output_shape is {:?}", self.output_shape)));
        };
        infer_local(&self.inputs, &self.kernel, axes, windows, Some([rows, columns]))
    }
}

impl<N: Number> LocalConv2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let axes = batch_axes(self.data_format.dim_ordering());
        let (inputs, kernel) = (self.inputs.floats(), self.kernel.floats());
        let found = correlate(&inputs, &kernel, axes, self.windows()?, known(&specs[0]));
        Ok(vec![Numbers::Float(found)])
    }
}
