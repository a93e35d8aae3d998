//! Convolutions. One definition serves one, two and three spatial axes.

use super::labels::*;
pub use super::window::{BatchAxes, KernelAxes, Window, batch_axes, kernel_axes};
use super::window::{Slider, slide, windows};
use super::{agree, dense, floating, known, ranked, same};
use crate::arguments::{BorderMode, DimOrdering};
use crate::configuration;
use crate::error::Refusal;
use crate::number::Number;
use crate::shape::{Dim, Spec};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, each_index};

/// Inference of every convolution. Constraints are numbered alike in all of them: C1 ranks, C2
/// channels, C3 strides and dilation, C4 a kernel larger than the image, C5 an empty kernel.
fn infer_convolution<const D: usize>(
    x: &Spec,
    kernel: &Spec,
    axes: BatchAxes<D>,
    kernel_axes: KernelAxes<D>,
    windows: impl Fn([usize; D]) -> Result<[Window; D], Refusal>,
    mode: BorderMode,
) -> Inferred {
    agree(x, "kernel", kernel)?;
    floating("x", x)?;
    dense("x", x)?;
    dense("kernel", kernel)?;
    ranked(C1, "x", x, D + 2)?;
    ranked(C1, "kernel", kernel, D + 2)?;
    same(
        C2,
        "input channels of x and kernel",
        x.dims[axes.channels],
        kernel.dims[kernel_axes.input],
    )?;
    let mut dims = x.dims.clone();
    dims[axes.channels] = kernel.dims[kernel_axes.output];
    // An unknown kernel size leaves the result's size unknown, but bad strides are refused.
    let sizes = kernel_axes.spatial.map(|axis| kernel.dims[axis]);
    let windows = windows(sizes.map(|n| n.unwrap_or(1)))?;
    let over = std::array::from_fn(|i| sizes[i].and(x.dims[axes.spatial[i]]));
    for (axis, dim) in axes.spatial.into_iter().zip(slide(C4, windows, over, mode)?) {
        dims[axis] = dim;
    }
    Ok(vec![x.with_dims(dims)])
}

/// C5: a kernel has elements.
fn not_empty<const D: usize>(size: [usize; D]) -> Result<(), Refusal> {
    C5.require(size.iter().all(|&n| n > 0), || format!("the kernel has size {size:?}"))
}

/// Every convolution: sums over the window and the input channels.
fn correlate<N: Number, const D: usize>(
    x: &Tensor<N>,
    kernel: &Tensor<N>,
    slider: &Slider<D>,
    kernel_axes: KernelAxes<D>,
    shape: Vec<usize>,
) -> Tensor<N> {
    let channels = x.shape()[slider.axes.channels];
    let (mut pixels, mut weights) = (Vec::new(), Vec::new());
    let mut weight_at = vec![0; D + 2];
    Tensor::from_fn(shape, |index| {
        pixels.clear();
        weights.clear();
        weight_at[kernel_axes.output] = index[slider.axes.channels];
        each_index(&slider.size(), |k| {
            for (axis, k) in kernel_axes.spatial.into_iter().zip(k) {
                weight_at[axis] = *k;
            }
            for channel in 0..channels {
                weight_at[kernel_axes.input] = channel;
                weights.push(kernel.at(&weight_at));
                // Zeros around, also under an infinite weight.
                let place = slider.place(index, k, channel);
                pixels.push(place.map_or_else(N::zero, |at| x.at(&at)));
            }
        });
        N::dot(&pixels, &weights)
    })
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
        not_empty(kernel)?;
        windows(C3, kernel, self.strides, self.filter_dilation)
    }
}

impl Conv2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_convolution(
            &self.x,
            &self.kernel,
            batch_axes(self.dim_ordering),
            kernel_axes(self.dim_ordering),
            |size| self.windows(size),
            self.border_mode,
        )
    }
}

impl<N: Number> Conv2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (x, kernel) = (self.x.floats(), self.kernel.floats());
        let axes = kernel_axes::<2>(self.dim_ordering);
        let windows = self.windows(axes.spatial.map(|axis| kernel.shape()[axis]))?;
        let slider =
            Slider::new(x.shape(), batch_axes(self.dim_ordering), windows, self.border_mode);
        Ok(vec![Numbers::Float(correlate(&x, &kernel, &slider, axes, known(&specs[0])))])
    }
}

entry! {
    /// One-dimensional convolution over time, as cross-correlation.
    ///
    /// Shapes: x (samples, steps, in), kernel (length, in, out); the result is (samples, windows,
    /// out), by conv2d's rule for 'same'.
    Conv1d = conv1d {
        /// The signals.
        tensor x;
        /// The kernel.
        tensor kernel;
        /// Steps from one window to the next.
        plain stride: i64 = 1;
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
    }
    constraints [
        "x and kernel have rank 3",
        "kernel and x agree in their input channels",
        "stride is positive",
        "border_mode 'valid': the kernel is no longer than the signal",
        "the kernel has at least one step",
    ]
    conventions ["no samples or no channels give an empty result or zeros"]
    source "Keras 1.2 backend, conv1d",
    example "conv1d([[[1.], [2.], [3.]]], [[[1.]], [[1.]]]) = [[[3.], [5.]]]"
}

impl<T> Conv1d<T> {
    /// The window over the steps, for a kernel of the given length.
    pub fn windows(&self, kernel: [usize; 1]) -> Result<[Window; 1], Refusal> {
        not_empty(kernel)?;
        windows(C3, kernel, [self.stride], [1])
    }
}

impl Conv1d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_convolution(
            &self.x,
            &self.kernel,
            batch_axes(DimOrdering::Tf),
            kernel_axes(DimOrdering::Tf),
            |size| self.windows(size),
            self.border_mode,
        )
    }
}

impl<N: Number> Conv1d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (x, kernel) = (self.x.floats(), self.kernel.floats());
        let axes = kernel_axes::<1>(DimOrdering::Tf);
        let windows = self.windows(axes.spatial.map(|axis| kernel.shape()[axis]))?;
        let slider = Slider::new(x.shape(), batch_axes(DimOrdering::Tf), windows, self.border_mode);
        Ok(vec![Numbers::Float(correlate(&x, &kernel, &slider, axes, known(&specs[0])))])
    }
}

entry! {
    /// Two-dimensional convolution with holes: elements of a window are `rate` apart.
    ///
    /// Shapes: as conv2d with strides 1.
    AtrousConv2d = atrous_conv2d {
        /// The images.
        tensor x;
        /// The kernel, laid out as for conv2d.
        tensor kernel;
        /// Rows and columns from one element of a window to the next.
        plain rate: i64 = 1;
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
        /// What the caller knows of x's shape; taken as a promise, not needed.
        plain image_shape: Option<Vec<Option<i64>>> = None;
        /// What the caller knows of the kernel's shape; taken as a promise, not needed.
        plain filter_shape: Option<Vec<Option<i64>>> = None;
    }
    constraints [
        "x and kernel have rank 4",
        "kernel and x agree in their input channels",
        "rate is positive",
        "border_mode 'valid': the dilated kernel is no larger than the image",
        "the kernel has at least one row and one column",
    ]
    conventions ["rate 1 is conv2d"]
    source "Keras 1.1 backend on TensorFlow, atrous_conv2d",
    example "atrous_conv2d of a 1×3×3×1 image of ones with a 2×2×1×1 kernel of ones, rate 2, tf, is [[[[4.]]]]"
}

impl<T> AtrousConv2d<T> {
    /// The windows over rows and columns, for a kernel of the given spatial size.
    pub fn windows(&self, kernel: [usize; 2]) -> Result<[Window; 2], Refusal> {
        not_empty(kernel)?;
        windows(C3, kernel, [1; 2], [self.rate; 2])
    }
}

impl AtrousConv2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_convolution(
            &self.x,
            &self.kernel,
            batch_axes(self.dim_ordering),
            kernel_axes(self.dim_ordering),
            |size| self.windows(size),
            self.border_mode,
        )
    }
}

impl<N: Number> AtrousConv2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (x, kernel) = (self.x.floats(), self.kernel.floats());
        let axes = kernel_axes::<2>(self.dim_ordering);
        let windows = self.windows(axes.spatial.map(|axis| kernel.shape()[axis]))?;
        let slider =
            Slider::new(x.shape(), batch_axes(self.dim_ordering), windows, self.border_mode);
        Ok(vec![Numbers::Float(correlate(&x, &kernel, &slider, axes, known(&specs[0])))])
    }
}

entry! {
    /// Three-dimensional convolution, as cross-correlation.
    ///
    /// Shapes: th: x (samples, in, d1, d2, d3), kernel (out, in, k1, k2, k3); tf: x (samples, d1,
    /// d2, d3, in), kernel (k1, k2, k3, in, out). The result has the windows' positions, by
    /// conv2d's rule for 'same'.
    Conv3d = conv3d {
        /// The volumes.
        tensor x;
        /// The kernel.
        tensor kernel;
        /// From one window to the next, along each spatial axis.
        plain strides: [i64; 3] = [1, 1, 1];
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
        /// What the caller knows of x's shape; taken as a promise, not needed.
        plain volume_shape: Option<Vec<Option<i64>>> = None;
        /// What the caller knows of the kernel's shape; taken as a promise, not needed.
        plain filter_shape: Option<Vec<Option<i64>>> = None;
    }
    constraints [
        "x and kernel have rank 5",
        "kernel and x agree in their input channels",
        "strides are positive",
        "border_mode 'valid': the kernel is no larger than the volume",
        "the kernel has at least one element along each spatial axis",
    ]
    conventions ["no samples or no channels give an empty result or zeros"]
    source "Keras backend page, conv3d",
    example "conv3d of a 1×2×1×1×1 volume [1,2] with a 2×1×1×1×1 kernel of ones, tf, is [[[[[3.]]]]]"
}

impl<T> Conv3d<T> {
    /// The windows over the spatial axes, for a kernel of the given spatial size.
    pub fn windows(&self, kernel: [usize; 3]) -> Result<[Window; 3], Refusal> {
        not_empty(kernel)?;
        windows(C3, kernel, self.strides, [1; 3])
    }
}

impl Conv3d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_convolution(
            &self.x,
            &self.kernel,
            batch_axes(self.dim_ordering),
            kernel_axes(self.dim_ordering),
            |size| self.windows(size),
            self.border_mode,
        )
    }
}

impl<N: Number> Conv3d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (x, kernel) = (self.x.floats(), self.kernel.floats());
        let axes = kernel_axes::<3>(self.dim_ordering);
        let windows = self.windows(axes.spatial.map(|axis| kernel.shape()[axis]))?;
        let slider =
            Slider::new(x.shape(), batch_axes(self.dim_ordering), windows, self.border_mode);
        Ok(vec![Numbers::Float(correlate(&x, &kernel, &slider, axes, known(&specs[0])))])
    }
}

entry! {
    /// Two-dimensional convolution of each channel on its own, then of all channels pixel by
    /// pixel.
    ///
    /// Shapes: th: depthwise (multiplier, in, rows, columns), pointwise (out, in·multiplier, 1,
    /// 1); tf: depthwise (rows, columns, in, multiplier), pointwise (1, 1, in·multiplier, out).
    /// Middle channel c·multiplier + m belongs to input channel c. The result is that of a conv2d
    /// with the depthwise kernel's windows and the pointwise kernel's output channels.
    SeparableConv2d = separable_conv2d {
        /// The images.
        tensor x;
        /// The kernel of each channel.
        tensor depthwise_kernel;
        /// The kernel over channels.
        tensor pointwise_kernel;
        /// Rows and columns from one window to the next.
        plain strides: [i64; 2] = [1, 1];
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
    }
    constraints [
        "x and both kernels have rank 4",
        "x and the depthwise kernel agree in channels, the pointwise kernel has in·multiplier",
        "strides are positive",
        "border_mode 'valid': the depthwise kernel is no larger than the image",
        "the depthwise kernel has at least one row and one column",
        "the pointwise kernel has one row and one column",
    ]
    conventions ["unequal strides work"]
    source "Keras 1.1 backend on TensorFlow, separable_conv2d",
    example "separable_conv2d of a 1×1×1×1 image [2] with kernels [3] and [5], tf, is [[[[30.]]]]"
}

/// The axes of a depthwise kernel: its multipliers stand where a kernel has output channels in
/// th, and input channels where it has those; in tf the input channels come first.
pub fn depthwise_axes(ordering: DimOrdering) -> KernelAxes<2> {
    kernel_axes(ordering)
}

impl<T> SeparableConv2d<T> {
    /// The windows over rows and columns, for a depthwise kernel of the given spatial size.
    pub fn windows(&self, kernel: [usize; 2]) -> Result<[Window; 2], Refusal> {
        not_empty(kernel)?;
        windows(C3, kernel, self.strides, [1; 2])
    }
}

impl SeparableConv2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (depthwise, pointwise) = (&self.depthwise_kernel, &self.pointwise_kernel);
        let axes = depthwise_axes(self.dim_ordering);
        let ordering = self.dim_ordering;
        // What no dim decides comes first, so that unknown dims change no label.
        agree(&self.x, "pointwise_kernel", pointwise)?;
        dense("pointwise_kernel", pointwise)?;
        ranked(C1, "pointwise_kernel", pointwise, 4)?;
        let found = infer_convolution(
            &self.x,
            depthwise,
            batch_axes(ordering),
            axes,
            |size| self.windows(size),
            self.border_mode,
        )?;
        for axis in axes.spatial {
            same(C6, "size of the pointwise kernel and 1", pointwise.dims[axis], Some(1))?;
        }
        let (input, multiplier) = (depthwise.dims[axes.input], depthwise.dims[axes.output]);
        let middle = input.zip(multiplier).map(|(a, b)| a.saturating_mul(b));
        same(
            C2,
            "in·multiplier and the pointwise kernel's channels",
            middle,
            pointwise.dims[axes.input],
        )?;
        let mut dims = found[0].dims.clone();
        dims[batch_axes::<2>(ordering).channels] = pointwise.dims[axes.output];
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> SeparableConv2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let x = self.x.floats();
        let (depthwise, pointwise) =
            (self.depthwise_kernel.floats(), self.pointwise_kernel.floats());
        let axes = depthwise_axes(self.dim_ordering);
        let image = batch_axes::<2>(self.dim_ordering);
        let windows = self.windows(axes.spatial.map(|axis| depthwise.shape()[axis]))?;
        let slider = Slider::new(x.shape(), image, windows, self.border_mode);
        let (input, multiplier) = (depthwise.shape()[axes.input], depthwise.shape()[axes.output]);
        let shape = known(&specs[0]);
        let mut middle_shape = shape.clone();
        middle_shape[image.channels] = input * multiplier;
        let (mut pixels, mut weights) = (Vec::new(), Vec::new());
        let mut weight_at = vec![0; 4];
        let middle = Tensor::from_fn(middle_shape, |index| {
            pixels.clear();
            weights.clear();
            let (channel, m) =
                (index[image.channels] / multiplier, index[image.channels] % multiplier);
            weight_at[axes.input] = channel;
            weight_at[axes.output] = m;
            each_index(&slider.size(), |k| {
                for (axis, k) in axes.spatial.into_iter().zip(k) {
                    weight_at[axis] = *k;
                }
                weights.push(depthwise.at(&weight_at));
                pixels.push(slider.place(index, k, channel).map_or_else(N::zero, |at| x.at(&at)));
            });
            N::dot(&pixels, &weights)
        });
        let pointwise_windows = [Window { size: 1, stride: 1, dilation: 1 }; 2];
        let over = Slider::new(middle.shape(), image, pointwise_windows, BorderMode::Valid);
        Ok(vec![Numbers::Float(correlate(&middle, &pointwise, &over, axes, shape))])
    }
}

entry! {
    /// Transposed two-dimensional convolution: the gradient, with respect to its input, of the
    /// conv2d that has this kernel with the two channel axes exchanged.
    ///
    /// Shapes: th: kernel (result channels, x channels, rows, columns); tf: (rows, columns, x
    /// channels, result channels), as for a conv2d from x to the result. output_shape is the
    /// complete shape of the result, in the order of dim_ordering.
    Deconv2d = deconv2d {
        /// The images.
        tensor x;
        /// The kernel.
        tensor kernel;
        /// The shape of the result; its samples may be None.
        plain output_shape: Vec<Option<i64>>;
        /// Rows and columns from one window to the next, in the result.
        plain strides: [i64; 2] = [1, 1];
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
        /// What the caller knows of x's shape; taken as a promise, not needed.
        plain image_shape: Option<Vec<Option<i64>>> = None;
        /// What the caller knows of the kernel's shape; taken as a promise, not needed.
        plain filter_shape: Option<Vec<Option<i64>>> = None;
    }
    constraints [
        "x and kernel have rank 4",
        "kernel and x agree in x's channels",
        "strides are positive",
        "output_shape has four entries, none negative, with x's samples and the kernel's result channels",
        "the kernel has at least one row and one column",
        "a conv2d of output_shape has x's rows and columns",
    ]
    conventions ["elements of the result that no window reaches are 0"]
    source "Keras backend page, deconv2d",
    example "deconv2d of a 1×1×1×1 image [2] with a 1×2×1×1 kernel of ones to (1,1,2,1), tf, is [2., 2.]"
}

impl<T> Deconv2d<T> {
    /// The windows over rows and columns of the result.
    pub fn windows(&self, kernel: [usize; 2]) -> Result<[Window; 2], Refusal> {
        not_empty(kernel)?;
        windows(C3, kernel, self.strides, [1; 2])
    }
}

impl Deconv2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (x, kernel) = (&self.x, &self.kernel);
        agree(x, "kernel", kernel)?;
        floating("x", x)?;
        dense("x", x)?;
        dense("kernel", kernel)?;
        ranked(C1, "x", x, 4)?;
        ranked(C1, "kernel", kernel, 4)?;
        let image = batch_axes::<2>(self.dim_ordering);
        let axes = kernel_axes::<2>(self.dim_ordering);
        // What no dim decides comes first, so that unknown dims change no label.
        let wrong = || C4.refuse(format!("output_shape is {:?}", self.output_shape));
        let mut dims = self
            .output_shape
            .iter()
            .map(|n| n.map(|n| usize::try_from(n).map_err(|_| wrong())).transpose())
            .collect::<Result<Vec<Dim>, _>>()?;
        if dims.len() != 4 || image.spatial.iter().any(|&axis| dims[axis].is_none()) {
            return Err(wrong());
        }
        same(C2, "channels of x and kernel", x.dims[image.channels], kernel.dims[axes.input])?;
        dims[0] = same(C4, "samples of x and output_shape", x.dims[0], dims[0])?;
        let output = kernel.dims[axes.output];
        dims[image.channels] = same(C4, "result channels", output, dims[image.channels])?;
        let sizes = axes.spatial.map(|axis| kernel.dims[axis]);
        let windows = self.windows(sizes.map(|n| n.unwrap_or(1)))?;
        for i in 0..2 {
            let axis = image.spatial[i];
            let (Some(n), Some(_)) = (dims[axis], sizes[i]) else { continue };
            let count = windows[i].count(n, self.border_mode);
            let fits = count.is_some() && same(C6, "positions", count, x.dims[axis]).is_ok();
            C6.require(fits, || {
                format!("{n} elements have {count:?} windows, x has {:?} there", x.dims[axis])
            })?;
        }
        Ok(vec![x.with_dims(dims)])
    }
}

impl<N: Number> Deconv2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (x, kernel) = (self.x.floats(), self.kernel.floats());
        let image = batch_axes::<2>(self.dim_ordering);
        let axes = kernel_axes::<2>(self.dim_ordering);
        let windows = self.windows(axes.spatial.map(|axis| kernel.shape()[axis]))?;
        let shape = known(&specs[0]);
        let slider = Slider::new(&shape, image, windows, self.border_mode);
        let channels = x.shape()[image.channels];
        let (mut pixels, mut weights) = (Vec::new(), Vec::new());
        let mut weight_at = vec![0; 4];
        Ok(vec![Numbers::Float(Tensor::from_fn(shape, |index| {
            pixels.clear();
            weights.clear();
            weight_at[axes.output] = index[image.channels];
            each_index(&slider.size(), |k| {
                for (axis, k) in axes.spatial.into_iter().zip(k) {
                    weight_at[axis] = *k;
                }
                let Some(mut at) = slider.window_of(index, k, x.shape()) else { return };
                for channel in 0..channels {
                    at[image.channels] = channel;
                    weight_at[axes.input] = channel;
                    pixels.push(x.at(&at));
                    weights.push(kernel.at(&weight_at));
                }
            });
            N::dot(&pixels, &weights)
        }))])
    }
}
