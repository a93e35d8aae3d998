//! dot, batch_dot, transpose.

use super::labels::*;
use super::{agree, dense, known, same};
use crate::arguments::Axes;
use crate::error::Refusal;
use crate::number::Number;
use crate::shape::{self, Spec};
use crate::tensor::{Evaluated, Inferred, Tensor, Value, numbers};

entry! {
    /// Product of two tensors over one axis: the last of x with the last but one of y, its only
    /// one if y is a vector.
    ///
    /// Shapes: x (…, k), y (…, k, n) or (k,); the result has x's axes without the last, then y's
    /// without the contracted one: (2,3,4)·(5,4,6) is (2,3,5,6).
    Dot = dot {
        /// Left operand, rank at least 1; may be a sparse matrix.
        tensor x;
        /// Right operand, rank at least 1, dense; a matrix if x is sparse.
        tensor y;
    }
    constraints [
        "x and y have rank at least 1",
        "the contracted dims are equal",
        "y is dense, and both are matrices if x is sparse",
    ]
    conventions [
        "a contracted dim of 0 gives zeros",
        "integers are multiplied and added exactly; overflow lies outside the contract",
    ]
    source "Keras 1.1 backend, dot; NumPy's dot",
    example "dot([[1., 2.]], [[3.], [4.]]) = [[11.]]"
}

impl Dot<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (x, y) = (&self.x, &self.y);
        agree(x, "y", y)?;
        super::numeric("x", x)?;
        C1.require(x.rank() >= 1 && y.rank() >= 1, || format!("x is {x}, y is {y}"))?;
        C3.require(!y.sparse && (!x.sparse || (x.rank() == 2 && y.rank() == 2)), || {
            format!("x is {x}{}, y is {y}{}", mark(x), mark(y))
        })?;
        let axis = y.rank().saturating_sub(2);
        let contracted = x.rank() - 1;
        same(C2, "the contracted dims", x.dims[contracted], y.dims[axis])?;
        let mut dims = x.dims[..contracted].to_vec();
        dims.extend(y.dims.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, d)| *d));
        Ok(vec![x.with_dims(dims)])
    }
}

fn mark(x: &Spec) -> &'static str {
    if x.sparse { " (sparse)" } else { "" }
}

impl<N: Number> Dot<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, self.y, x, y => {
            let axis = y.rank().saturating_sub(2);
            contract(x, x.rank() - 1, y, axis, 0, &shape)
        })])
    }
}

/// Sums of products over one axis of each; the first `batch` axes run together.
fn contract<N: Number>(
    x: &Tensor<N>,
    x_axis: usize,
    y: &Tensor<N>,
    y_axis: usize,
    batch: usize,
    shape: &[usize],
) -> Tensor<N> {
    let length = x.shape()[x_axis];
    let x_rest = x.rank() - 1;
    let (mut left, mut right) = (Vec::with_capacity(length), Vec::with_capacity(length));
    Tensor::from_fn(shape.to_vec(), |index| {
        left.clear();
        right.clear();
        for k in 0..length {
            let mut at = index[..x_rest].to_vec();
            at.insert(x_axis, k);
            left.push(x.at(&at));
            let mut at = index[..batch].to_vec();
            at.extend_from_slice(&index[x_rest..x_rest + y.rank() - 1 - batch]);
            at.insert(y_axis, k);
            right.push(y.at(&at));
        }
        N::dot(&left, &right)
    })
}

entry! {
    /// Product over one axis of each operand, sample by sample.
    ///
    /// Shapes: x (batch, …), y (batch, …), ranks at least 2 in any mix. The result has x's dims
    /// without `axes[0]`, then y's without the batch and without `axes[1]`; a result of rank 1
    /// becomes (batch, 1). No axis but 0 is a batch axis.
    BatchDot = batch_dot {
        /// Left operand.
        tensor x;
        /// Right operand.
        tensor y;
        /// The contracted axis of each, or one for both; negative counts from the end. None is
        /// [ndim(x)-1, ndim(y)-2], with 1 in place of 0 when y is 2-D.
        plain axes: Axes = Axes::All;
    }
    constraints [
        "x and y have rank at least 2",
        "axes is one axis or two, each within its operand",
        "axis 0 is the batch and cannot be contracted",
        "the batch dims are equal",
        "the contracted dims are equal",
    ]
    conventions ["a contracted dim of 0 gives zeros"]
    source "Keras backend page, batch_dot: its rule and its shape inference example",
    example "batch_dot([[1,2],[3,4]], [[5,6],[7,8]], axes=1) = [[17],[53]]"
}

impl<T> BatchDot<T> {
    /// The contracted axis of each operand, as positions.
    pub fn contracted(&self, x_rank: usize, y_rank: usize) -> Result<[usize; 2], Refusal> {
        let (a, b) = match &self.axes {
            Axes::All => (x_rank as i64 - 1, (y_rank as i64 - 2).max(1)),
            Axes::One(axis) => (*axis, *axis),
            Axes::List(list) => match list[..] {
                [a, b] => (a, b),
                [a] => (a, a),
                _ => return Err(C2.refuse(format!("axes has {} entries", list.len()))),
            },
        };
        let axis = |axis: i64, rank: usize| {
            let at = super::axis_at(C2, axis, rank)?;
            C3.require(at != 0, || format!("axis {axis} of a tensor of rank {rank} is the batch"))?;
            Ok(at)
        };
        Ok([axis(a, x_rank)?, axis(b, y_rank)?])
    }
}

impl BatchDot<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (x, y) = (&self.x, &self.y);
        agree(x, "y", y)?;
        super::numeric("x", x)?;
        dense("x", x)?;
        dense("y", y)?;
        C1.require(x.rank() >= 2 && y.rank() >= 2, || format!("x is {x}, y is {y}"))?;
        let [a, b] = self.contracted(x.rank(), y.rank())?;
        let batch = same(C4, "the batch dims", x.dims[0], y.dims[0])?;
        same(C5, "the contracted dims", x.dims[a], y.dims[b])?;
        let mut dims = vec![batch];
        dims.extend(x.dims.iter().enumerate().filter(|(i, _)| *i != 0 && *i != a).map(|(_, d)| *d));
        dims.extend(y.dims.iter().enumerate().filter(|(i, _)| *i != 0 && *i != b).map(|(_, d)| *d));
        if dims.len() == 1 {
            dims.push(Some(1));
        }
        Ok(vec![x.with_dims(dims)])
    }
}

impl<N: Number> BatchDot<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let [a, b] = self.contracted(self.x.shape().len(), self.y.shape().len())?;
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, self.y, x, y => contract(x, a, y, b, 1, &shape))])
    }
}

entry! {
    /// All axes in reverse order.
    ///
    /// Shapes: (a, b, …, z) gives (z, …, b, a). Elements move bit for bit.
    Transpose = transpose {
        /// Any tensor.
        tensor x;
    }
    constraints []
    conventions []
    source "Keras 1.1 backend, transpose; NumPy's transpose",
    example "transpose([[1., 2.]]) = [[1.], [2.]]", moves
}

impl Transpose<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let dims: Vec<shape::Dim> = self.x.dims.iter().rev().copied().collect();
        Ok(vec![Spec { sparse: self.x.sparse, ..self.x.with_dims(dims) }])
    }
}

impl<N: Number> Transpose<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let order: Vec<usize> = (0..self.x.shape().len()).rev().collect();
        Ok(vec![numbers!(self.x, t => t.permuted(&order))])
    }
}
