//! argmax, argmin.

use super::labels::*;
use super::reduction::reduced_dims;
use super::{axis_at, dense};
use crate::dtype::DType;
use crate::error::Label;
use crate::number::{Integer, Number, Truth};
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Value};

entry! {
    /// Position of the greatest element along one axis.
    ///
    /// Shapes: the axis goes. The result is int64.
    Argmax = argmax {
        /// Any tensor of numbers, rank at least 1.
        tensor x;
        /// Which axis; negative counts from the end.
        plain axis: i64 = -1;
    }
    constraints ["the axis is within the tensor's rank", "the axis is not empty"]
    conventions ["the first position on ties", "the position of the first NaN, if there is one"]
    source "Keras 1.1 backend, argmax; NumPy's argmax",
    example "argmax([[1., 5., 5.]]) = [1]"
}

impl Argmax<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_position(&self.x, self.axis, C1, C2)
    }
}

fn infer_position(x: &Spec, axis: i64, range: Label, empty: Label) -> Inferred {
    dense("x", x)?;
    let axis = axis_at(range, axis, x.rank())?;
    empty.require(x.dims[axis] != Some(0), || format!("axis {axis} of {x} is empty"))?;
    Ok(vec![Spec::new(DType::Int64, reduced_dims(x, &[axis], false))])
}

/// The first position of which no other is better; NaN is better than any number.
fn best<E: Number>(line: &[E], mut better: impl FnMut(E, E) -> Truth) -> Integer {
    let mut found = 0;
    for (i, &x) in line.iter().enumerate().skip(1) {
        let current = line[found];
        if current.value().is_nan() {
            break;
        }
        if x.value().is_nan() || better(x, current).decided() {
            found = i;
        }
    }
    Integer(found as i64)
}

/// argmax of one line.
pub(super) fn first_greatest<E: Number>(line: &[E]) -> usize {
    usize::try_from(best(line, Number::greater).0).unwrap_or(0)
}

impl<N: Number> Argmax<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let axis = axis_at(C1, self.axis, self.x.shape().len())?;
        let positions = match &self.x.numbers {
            Numbers::Float(t) => t.reduced(&[axis], |line| best(line, Number::greater)),
            Numbers::Whole(t) => t.reduced(&[axis], |line| best(line, Number::greater)),
        };
        Ok(vec![Numbers::Whole(positions)])
    }
}

entry! {
    /// Position of the least element along one axis.
    ///
    /// Shapes: the axis goes. The result is int64.
    Argmin = argmin {
        /// Any tensor of numbers, rank at least 1.
        tensor x;
        /// Which axis; negative counts from the end.
        plain axis: i64 = -1;
    }
    constraints ["the axis is within the tensor's rank", "the axis is not empty"]
    conventions ["the first position on ties", "the position of the first NaN, if there is one"]
    source "Keras 1.1 backend, argmin; NumPy's argmin",
    example "argmin([[5., 1., 1.]]) = [1]"
}

impl Argmin<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_position(&self.x, self.axis, C1, C2)
    }
}

impl<N: Number> Argmin<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let axis = axis_at(C1, self.axis, self.x.shape().len())?;
        let positions = match &self.x.numbers {
            Numbers::Float(t) => t.reduced(&[axis], |line| best(line, |x, y| y.greater(x))),
            Numbers::Whole(t) => t.reduced(&[axis], |line| best(line, |x, y| y.greater(x))),
        };
        Ok(vec![Numbers::Whole(positions)])
    }
}
