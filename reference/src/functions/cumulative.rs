//! cumsum, cumprod.

use super::labels::*;
use super::{axis_at, dense, numeric};
use crate::number::Number;
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Tensor, Value, numbers};

entry! {
    /// Sums of the elements up to each, along one axis.
    Cumsum = cumsum {
        /// Any tensor of numbers, rank at least 1.
        tensor x;
        /// Which axis; negative counts from the end.
        plain axis: i64 = 0;
    }
    constraints ["the axis is within the tensor's rank"]
    conventions ["overflow of integers lies outside the contract"]
    source "later Keras backend, cumsum; NumPy's cumsum",
    example "cumsum([1., 2., 3.]) = [1., 3., 6.]"
}

impl Cumsum<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_running(&self.x, self.axis)
    }
}

impl<N: Number> Cumsum<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let axis = axis_at(C1, self.axis, self.x.shape().len())?;
        Ok(vec![numbers!(self.x, t => running(t, axis, Number::sum))])
    }
}

entry! {
    /// Products of the elements up to each, along one axis.
    Cumprod = cumprod {
        /// Any tensor of numbers, rank at least 1.
        tensor x;
        /// Which axis; negative counts from the end.
        plain axis: i64 = 0;
    }
    constraints ["the axis is within the tensor's rank"]
    conventions [
        "the gradient is exact, zeros included",
        "overflow of integers lies outside the contract",
    ]
    source "later Keras backend, cumprod; NumPy's cumprod",
    example "cumprod([1., 2., 3.]) = [1., 2., 6.]"
}

impl Cumprod<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_running(&self.x, self.axis)
    }
}

impl<N: Number> Cumprod<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let axis = axis_at(C1, self.axis, self.x.shape().len())?;
        Ok(vec![numbers!(self.x, t => running(t, axis, Number::product))])
    }
}

fn infer_running(x: &Spec, axis: i64) -> Inferred {
    numeric("x", x)?;
    dense("x", x)?;
    axis_at(C1, axis, x.rank())?;
    Ok(vec![x.clone()])
}

/// A function of the elements up to each along an axis.
fn running<E: Copy>(t: &Tensor<E>, axis: usize, f: impl Fn(&[E]) -> E) -> Tensor<E> {
    let mut line = Vec::new();
    Tensor::from_fn(t.shape().to_vec(), |index| {
        line.clear();
        let mut at = index.to_vec();
        for i in 0..=index[axis] {
            at[axis] = i;
            line.push(t.at(&at));
        }
        f(&line)
    })
}
