//! Questions about a tensor that are answered when the graph is built.

use super::graph::Tensor;
use crate::error::{Label, Result};
use crate::function::Function;
use crate::shape::{Dim, show_dims};

/// Whether a tensor is a placeholder.
pub fn is_placeholder(x: &Tensor) -> bool {
    x.is_placeholder()
}

/// Whether a tensor is a sparse matrix.
pub fn is_sparse(tensor: &Tensor) -> bool {
    tensor.spec().sparse
}

/// The shape, with `None` where a dim is not known yet.
pub fn int_shape(x: &Tensor) -> Vec<Dim> {
    x.spec().dims.clone()
}

/// The number of axes.
pub fn ndim(x: &Tensor) -> usize {
    x.spec().rank()
}

/// The name of the element type.
pub fn dtype(x: &Tensor) -> &'static str {
    x.spec().dtype.name()
}

/// The number of elements; every dim must be known.
pub fn count_params(x: &Tensor) -> Result<usize> {
    let dims = &x.spec().dims;
    let shape = x.spec().shape().ok_or_else(|| {
        Label::C(1).refuse(format!("shape {}", show_dims(dims))).by(Function::CountParams)
    })?;
    Ok(shape.iter().product())
}
