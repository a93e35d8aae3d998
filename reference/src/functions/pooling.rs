//! pool2d, pool3d.

use super::labels::*;
use super::window::{BatchAxes, Slider, Window, batch_axes, positive, slide, windows};
use super::{dense, floating, known, ranked};
use crate::arguments::{BorderMode, DimOrdering, PoolMode};
use crate::configuration;
use crate::error::Refusal;
use crate::number::Number;
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, each_index};

/// Inference of every pooling: C1 rank, C2 sizes and strides, C3 a window larger than the image.
fn infer_pooling<const D: usize>(
    x: &Spec,
    axes: BatchAxes<D>,
    windows: [Window; D],
    mode: BorderMode,
) -> Inferred {
    let mut dims = x.dims.clone();
    let over = axes.spatial.map(|axis| x.dims[axis]);
    for (axis, dim) in axes.spatial.into_iter().zip(slide(C3, windows, over, mode)?) {
        dims[axis] = dim;
    }
    Ok(vec![x.with_dims(dims)])
}

/// Every pooling: the greatest or the mean of what each window shows.
fn pool<N: Number, const D: usize>(
    x: &Tensor<N>,
    axes: BatchAxes<D>,
    windows: [Window; D],
    border_mode: BorderMode,
    pool_mode: PoolMode,
    shape: Vec<usize>,
) -> Tensor<N> {
    let extent = axes.spatial.map(|axis| x.shape()[axis]);
    let windows = std::array::from_fn(|i| windows[i].cut(extent[i], border_mode));
    let slider = Slider::new(x.shape(), axes, windows, border_mode);
    let mut shown = Vec::new();
    Tensor::from_fn(shape, |index| {
        shown.clear();
        each_index(&slider.size(), |k| {
            shown.extend(slider.place(index, k, index[axes.channels]).map(|at| x.at(&at)));
        });
        match pool_mode {
            PoolMode::Max => N::max(&shown),
            PoolMode::Avg => N::mean(&shown),
        }
    })
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
    /// The windows over the spatial axes.
    pub fn windows(&self) -> Result<[Window; 2], Refusal> {
        let size = positive(C2, "pool_size", self.pool_size)?;
        windows(C2, size, self.strides, [1; 2])
    }
}

impl Pool2d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("x", &self.x)?;
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 2 + 2)?;
        infer_pooling(&self.x, batch_axes(self.dim_ordering), self.windows()?, self.border_mode)
    }
}

impl<N: Number> Pool2d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let axes = batch_axes(self.dim_ordering);
        let (x, shape) = (self.x.floats(), known(&specs[0]));
        let pooled = pool(&x, axes, self.windows()?, self.border_mode, self.pool_mode, shape);
        Ok(vec![Numbers::Float(pooled)])
    }
}

entry! {
    /// Greatest or mean element of each window over three spatial axes.
    ///
    /// Shapes: th: (samples, channels, d1, d2, d3), tf: (samples, d1, d2, d3, channels). The
    /// result has the windows' positions, by conv2d's rule for 'same'.
    Pool3d = pool3d {
        /// The volumes.
        tensor x;
        /// Elements of a window along each spatial axis.
        plain pool_size: [i64; 3];
        /// From one window to the next, along each spatial axis.
        plain strides: [i64; 3] = [1, 1, 1];
        /// 'same' or 'valid'.
        plain border_mode: BorderMode = BorderMode::Valid;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
        /// 'max' or 'avg'.
        plain pool_mode: PoolMode = PoolMode::Max;
    }
    constraints [
        "x has rank 5",
        "pool_size and strides are positive",
        "border_mode 'valid': the window is no larger than the volume",
    ]
    conventions [
        "padding never wins a maximum and is not counted in a mean",
        "NaN propagates",
        "tied entries of a window share the cotangent",
    ]
    source "Keras 1.1 backend, pool3d; TensorFlow's rule for 'same'",
    example "pool3d of a 1×2×1×1×1 volume [1,4], tf, pool_size (2,1,1) is [[[[[4.]]]]]"
}

impl<T> Pool3d<T> {
    /// The windows over the spatial axes.
    pub fn windows(&self) -> Result<[Window; 3], Refusal> {
        let size = positive(C2, "pool_size", self.pool_size)?;
        windows(C2, size, self.strides, [1; 3])
    }
}

impl Pool3d<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("x", &self.x)?;
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 3 + 2)?;
        infer_pooling(&self.x, batch_axes(self.dim_ordering), self.windows()?, self.border_mode)
    }
}

impl<N: Number> Pool3d<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let axes = batch_axes(self.dim_ordering);
        let (x, shape) = (self.x.floats(), known(&specs[0]));
        let pooled = pool(&x, axes, self.windows()?, self.border_mode, self.pool_mode, shape);
        Ok(vec![Numbers::Float(pooled)])
    }
}
