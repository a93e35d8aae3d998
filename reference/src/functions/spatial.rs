//! Padding and enlarging: temporal, images, volumes. Elements move bit for bit.

use super::convolution::batch_axes;
use super::labels::*;
use super::{dense, known, ranked};
use crate::arguments::DimOrdering;
use crate::configuration;
use crate::error::{Label, Refusal};
use crate::number::Number;
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Tensor, Value, numbers};

entry! {
    /// Zeros before and after the middle axis of a 3-D tensor.
    ///
    /// Shapes: (samples, steps, dim) gives (samples, steps + 2·padding, dim).
    TemporalPadding = temporal_padding {
        /// A tensor of rank 3.
        tensor x;
        /// How many zeros on each side.
        plain padding: i64 = 1;
    }
    constraints ["x has rank 3", "padding is not negative"]
    conventions []
    source "Keras backend page, temporal_padding",
    example "temporal_padding([[[5.]]], 1) = [[[0.], [5.], [0.]]]", moves
}

impl TemporalPadding<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 3)?;
        let padding = usize::try_from(self.padding)
            .map_err(|_| C2.refuse(format!("padding is {}", self.padding)))?;
        let mut dims = self.x.dims.clone();
        dims[1] = dims[1].map(|n| n.saturating_add(padding.saturating_mul(2)));
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> TemporalPadding<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (shape, padding) = (known(&specs[0]), self.padding as usize);
        Ok(vec![numbers!(self.x, t => padded(t, &shape, &[0, padding, 0]))])
    }
}

/// Zeros around: `before` many on each axis, the rest of `shape` after.
fn padded<E: Number>(t: &Tensor<E>, shape: &[usize], before: &[usize]) -> Tensor<E> {
    Tensor::from_fn(shape.to_vec(), |index| {
        let at: Option<Vec<usize>> = index
            .iter()
            .zip(before)
            .zip(t.shape())
            .map(|((i, before), n)| i.checked_sub(*before).filter(|i| i < n))
            .collect();
        at.map_or_else(E::zero, |at| t.at(&at))
    })
}

/// A padding or a factor: not negative, or refused.
fn count(label: Label, name: &str, n: i64) -> Result<usize, Refusal> {
    usize::try_from(n).map_err(|_| label.refuse(format!("{name} is {n}")))
}

/// x's dims with so many more before and after on the given axes.
fn grown(x: &Spec, axes: &[usize], before: &[usize], after: &[usize]) -> Spec {
    let mut dims = x.dims.clone();
    for ((&axis, before), after) in axes.iter().zip(before).zip(after) {
        dims[axis] = dims[axis].map(|n| n.saturating_add(*before).saturating_add(*after));
    }
    x.with_dims(dims)
}

entry! {
    /// Zeros before and after the middle axis of a 3-D tensor, as many as each side is given.
    AsymmetricTemporalPadding = asymmetric_temporal_padding {
        /// A tensor of rank 3.
        tensor x;
        /// How many zeros before.
        plain left_pad: i64 = 1;
        /// How many zeros after.
        plain right_pad: i64 = 1;
    }
    constraints ["x has rank 3", "paddings are not negative"]
    conventions []
    source "Keras 1.2 backend, asymmetric_temporal_padding",
    example "asymmetric_temporal_padding([[[5.]]], 1, 0) = [[[0.], [5.]]]", moves
}

impl AsymmetricTemporalPadding<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 3)?;
        let left = count(C2, "left_pad", self.left_pad)?;
        let right = count(C2, "right_pad", self.right_pad)?;
        Ok(vec![grown(&self.x, &[1], &[left], &[right])])
    }
}

impl<N: Number> AsymmetricTemporalPadding<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (shape, left) = (known(&specs[0]), self.left_pad as usize);
        Ok(vec![numbers!(self.x, t => padded(t, &shape, &[0, left, 0]))])
    }
}

/// Zeros before each axis of an image or volume, for its spatial axes.
fn border(rank: usize, axes: &[usize], before: &[usize]) -> Vec<usize> {
    let mut all = vec![0; rank];
    for (&axis, &n) in axes.iter().zip(before) {
        all[axis] = n;
    }
    all
}

entry! {
    /// Zeros around rows and columns of images.
    Spatial2dPadding = spatial_2d_padding {
        /// A tensor of rank 4.
        tensor x;
        /// How many zeros on each side of rows and of columns.
        plain padding: [i64; 2] = [1, 1];
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
    }
    constraints ["x has rank 4", "paddings are not negative"]
    conventions []
    source "Keras backend page, spatial_2d_padding",
    example "spatial_2d_padding of a 1×1×1×1 image [5.], padding (1, 0), tf, is [0., 5., 0.]", moves
}

impl Spatial2dPadding<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 4)?;
        let rows = count(C2, "padding", self.padding[0])?;
        let columns = count(C2, "padding", self.padding[1])?;
        let axes = batch_axes::<2>(self.dim_ordering).spatial;
        Ok(vec![grown(&self.x, &axes, &[rows, columns], &[rows, columns])])
    }
}

impl<N: Number> Spatial2dPadding<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let before = border(
            4,
            &batch_axes::<2>(self.dim_ordering).spatial,
            &self.padding.map(|n| n as usize),
        );
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => padded(t, &shape, &before))])
    }
}

entry! {
    /// Zeros around rows and columns of images, as many as each side is given.
    AsymmetricSpatial2dPadding = asymmetric_spatial_2d_padding {
        /// A tensor of rank 4.
        tensor x;
        /// How many rows of zeros before.
        plain top_pad: i64 = 1;
        /// How many rows of zeros after.
        plain bottom_pad: i64 = 1;
        /// How many columns of zeros before.
        plain left_pad: i64 = 1;
        /// How many columns of zeros after.
        plain right_pad: i64 = 1;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
    }
    constraints ["x has rank 4", "paddings are not negative"]
    conventions []
    source "Keras 1.2 backend, asymmetric_spatial_2d_padding",
    example "asymmetric_spatial_2d_padding of a 1×1×1×1 image [5.], (1, 0, 0, 0), tf, is [0., 5.]", moves
}

impl AsymmetricSpatial2dPadding<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 4)?;
        let before = [count(C2, "top_pad", self.top_pad)?, count(C2, "left_pad", self.left_pad)?];
        let after =
            [count(C2, "bottom_pad", self.bottom_pad)?, count(C2, "right_pad", self.right_pad)?];
        Ok(vec![grown(&self.x, &batch_axes::<2>(self.dim_ordering).spatial, &before, &after)])
    }
}

impl<N: Number> AsymmetricSpatial2dPadding<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let sides = [self.top_pad as usize, self.left_pad as usize];
        let before = border(4, &batch_axes::<2>(self.dim_ordering).spatial, &sides);
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => padded(t, &shape, &before))])
    }
}

entry! {
    /// Zeros around the three spatial axes of volumes.
    Spatial3dPadding = spatial_3d_padding {
        /// A tensor of rank 5.
        tensor x;
        /// How many zeros on each side of each spatial axis.
        plain padding: [i64; 3] = [1, 1, 1];
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
    }
    constraints ["x has rank 5", "paddings are not negative"]
    conventions []
    source "Keras backend page, spatial_3d_padding",
    example "spatial_3d_padding of a 1×1×1×1×1 volume [5.], padding (1, 0, 0), tf, is [0., 5., 0.]", moves
}

impl Spatial3dPadding<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 5)?;
        let mut sides = [0; 3];
        for (side, &n) in sides.iter_mut().zip(&self.padding) {
            *side = count(C2, "padding", n)?;
        }
        Ok(vec![grown(&self.x, &batch_axes::<3>(self.dim_ordering).spatial, &sides, &sides)])
    }
}

impl<N: Number> Spatial3dPadding<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let before = border(
            5,
            &batch_axes::<3>(self.dim_ordering).spatial,
            &self.padding.map(|n| n as usize),
        );
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => padded(t, &shape, &before))])
    }
}

/// x's dims with each of the axes so many times as long.
fn enlarged(label: Label, x: &Spec, axes: &[usize], factors: &[i64]) -> Result<Spec, Refusal> {
    let mut dims = x.dims.clone();
    for (&axis, &factor) in axes.iter().zip(factors) {
        let factor = count(label, "a factor", factor)?;
        label.require(factor > 0, || "a factor is 0".into())?;
        dims[axis] = dims[axis].map(|n| n.saturating_mul(factor));
    }
    Ok(x.with_dims(dims))
}

/// Every element repeated along axes.
fn resized<E: Copy>(t: &Tensor<E>, shape: &[usize], axes: &[usize], factors: &[i64]) -> Tensor<E> {
    t.moved(shape, |index, at| {
        at.extend_from_slice(index);
        for (&axis, &factor) in axes.iter().zip(factors) {
            at[axis] /= factor as usize;
        }
    })
}

entry! {
    /// Images enlarged by repeating rows and columns.
    ResizeImages = resize_images {
        /// A tensor of rank 4.
        tensor X;
        /// How many times each row.
        plain height_factor: i64;
        /// How many times each column.
        plain width_factor: i64;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
    }
    constraints ["X has rank 4", "factors are positive"]
    conventions []
    source "Keras backend page, resize_images",
    example "resize_images of a 1×1×2×1 image [1., 2.], factors 1 and 2, tf, is [1., 1., 2., 2.]", moves
}

impl ResizeImages<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("X", &self.X)?;
        ranked(C1, "X", &self.X, 4)?;
        let axes = batch_axes::<2>(self.dim_ordering).spatial;
        Ok(vec![enlarged(C2, &self.X, &axes, &[self.height_factor, self.width_factor])?])
    }
}

impl<N: Number> ResizeImages<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let axes = batch_axes::<2>(self.dim_ordering).spatial;
        let factors = [self.height_factor, self.width_factor];
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.X, t => resized(t, &shape, &axes, &factors))])
    }
}

entry! {
    /// Volumes enlarged by repeating along their three spatial axes.
    ResizeVolumes = resize_volumes {
        /// A tensor of rank 5.
        tensor X;
        /// How many times along the depth.
        plain depth_factor: i64;
        /// How many times each row.
        plain height_factor: i64;
        /// How many times each column.
        plain width_factor: i64;
        /// 'th' or 'tf'.
        plain dim_ordering: DimOrdering = configuration::image_dim_ordering();
    }
    constraints ["X has rank 5", "factors are positive"]
    conventions []
    source "Keras backend page, resize_volumes",
    example "resize_volumes of a 1×1×1×2×1 volume [1., 2.], factors 1, 1 and 2, tf, is [1., 1., 2., 2.]", moves
}

impl ResizeVolumes<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("X", &self.X)?;
        ranked(C1, "X", &self.X, 5)?;
        let factors = [self.depth_factor, self.height_factor, self.width_factor];
        Ok(vec![enlarged(C2, &self.X, &batch_axes::<3>(self.dim_ordering).spatial, &factors)?])
    }
}

impl<N: Number> ResizeVolumes<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let axes = batch_axes::<3>(self.dim_ordering).spatial;
        let factors = [self.depth_factor, self.height_factor, self.width_factor];
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.X, t => resized(t, &shape, &axes, &factors))])
    }
}
