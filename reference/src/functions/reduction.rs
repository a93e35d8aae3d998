//! sum, max, mean, std, any, argmax.

use super::labels::*;
use super::{axis_at, dense, numeric};
use crate::arguments::Axes;
use crate::configuration;
use crate::dtype::DType;
use crate::error::{Label, Refusal};
use crate::number::{Elementary, Integer, Number, Truth};
use crate::shape::{Dim, Spec};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, numbers};

/// C1 of every reduction over axes.
const AXES: &str = "each axis is within the tensor's rank, and given once";

/// The dims that stay when `axes` go, or become 1.
fn reduced_dims(x: &Spec, axes: &[usize], keepdims: bool) -> Vec<Dim> {
    x.dims
        .iter()
        .enumerate()
        .filter_map(|(i, dim)| match (axes.contains(&i), keepdims) {
            (false, _) => Some(*dim),
            (true, true) => Some(Some(1)),
            (true, false) => None,
        })
        .collect()
}

fn infer_reduction(x: &Spec, axis: &Axes, keepdims: bool, dtype: DType) -> Inferred {
    dense("x", x)?;
    let axes = axis.resolve(x.rank(), C1)?;
    Ok(vec![Spec::new(dtype, reduced_dims(x, &axes, keepdims))])
}

/// float of a float, floatx of integers and bool.
fn mean_dtype(x: &Spec) -> DType {
    if x.dtype.is_float() { x.dtype } else { configuration::floatx() }
}

/// The reduction of `t`, in the shape that inference found.
fn reduce<E: Copy, F: Copy>(
    t: &Tensor<E>,
    axis: &Axes,
    specs: &[Spec],
    f: impl FnMut(&[E]) -> F,
) -> Result<Tensor<F>, Refusal> {
    let axes = axis.resolve(t.rank(), C1)?;
    Ok(t.reduced(&axes, f).reshaped(&super::known(&specs[0])))
}

entry! {
    /// Sum of the elements along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. Integers keep their dtype.
    Sum = sum {
        /// Any tensor of numbers.
        tensor x;
        /// Which axes: None for all, one, or a list; negative counts from the end.
        plain axis: Axes = Axes::All;
        /// Whether reduced axes stay, with size 1.
        plain keepdims: bool = false;
    }
    constraints [AXES]
    conventions [
        "axis=[] reduces nothing",
        "the sum of nothing is 0",
        "overflow of integers lies outside the contract",
    ]
    source "Keras backend page, sum; NumPy's sum",
    example "sum([[1., 2.], [3., 4.]], axis=1) = [3., 7.]"
}

impl Sum<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        numeric("x", &self.x)?;
        infer_reduction(&self.x, &self.axis, self.keepdims, self.x.dtype)
    }
}

impl<N: Number> Sum<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![numbers!(self.x, t => reduce(t, &self.axis, specs, Number::sum)?)])
    }
}

entry! {
    /// Greatest element along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims.
    Max = max {
        /// Any tensor of numbers.
        tensor x;
        /// Which axes: None for all, one, or a list; negative counts from the end.
        plain axis: Axes = Axes::All;
        /// Whether reduced axes stay, with size 1.
        plain keepdims: bool = false;
    }
    constraints [AXES, "the maximum of no integers is refused"]
    conventions [
        "axis=[] reduces nothing",
        "NaN if any is NaN",
        "of no floats it is -inf",
        "tied entries share the cotangent in any non-negative split",
    ]
    source "Keras 1.1 backend, max; NumPy's max",
    example "max([[1., 2.], [4., 3.]], axis=1) = [2., 4.]"
}

impl Max<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        numeric("x", &self.x)?;
        let found = infer_reduction(&self.x, &self.axis, self.keepdims, self.x.dtype)?;
        let axes = self.axis.resolve(self.x.rank(), C1)?;
        let empty = axes.iter().any(|&axis| self.x.dims[axis] == Some(0));
        C2.require(!empty || self.x.dtype.is_float(), || {
            format!("x is {}, reduced over {axes:?}", self.x)
        })?;
        Ok(found)
    }
}

impl<N: Number> Max<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![numbers!(self.x, t => reduce(t, &self.axis, specs, Number::max)?)])
    }
}

entry! {
    /// Arithmetic mean along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. The mean of integers or bool is
    /// floatx.
    Mean = mean {
        /// Any tensor.
        tensor x;
        /// Which axes: None for all, one, or a list; negative counts from the end.
        plain axis: Axes = Axes::All;
        /// Whether reduced axes stay, with size 1.
        plain keepdims: bool = false;
    }
    constraints [AXES]
    conventions ["axis=[] reduces nothing", "the mean of nothing is NaN"]
    source "Keras 1.1 backend, mean; NumPy's mean",
    example "mean([[1., 2.], [3., 5.]], axis=1) = [1.5, 4.]"
}

impl Mean<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_reduction(&self.x, &self.axis, self.keepdims, mean_dtype(&self.x))
    }
}

impl<N: Number> Mean<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![Numbers::Float(reduce(&self.x.floats(), &self.axis, specs, Number::mean)?)])
    }
}

entry! {
    /// Standard deviation along axes: the square root of the mean squared distance from the mean,
    /// divided by N, computed in two passes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. Of integers or bool it is floatx.
    Std = std {
        /// Any tensor.
        tensor x;
        /// Which axes: None for all, one, or a list; negative counts from the end.
        plain axis: Axes = Axes::All;
        /// Whether reduced axes stay, with size 1.
        plain keepdims: bool = false;
    }
    constraints [AXES]
    conventions [
        "axis=[] gives zeros",
        "of nothing it is NaN",
        "where it is 0 its gradient is 0",
    ]
    source "Keras 1.1 backend, std; NumPy's std",
    example "std([1., 3.]) = 1."
}

impl Std<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_reduction(&self.x, &self.axis, self.keepdims, mean_dtype(&self.x))
    }
}

impl<N: Number> Std<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let deviation = |line: &[N]| {
            let constant = line.iter().all(|x| x.greater(line[0]) == Truth::Tie);
            let variance = N::variance(line);
            let variance = if constant && !line.is_empty() { variance.stopped() } else { variance };
            variance.apply(Elementary::Sqrt)
        };
        Ok(vec![Numbers::Float(reduce(&self.x.floats(), &self.axis, specs, deviation)?)])
    }
}

entry! {
    /// Whether any element along axes is not zero.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. The result is bool.
    Any = any {
        /// Any tensor.
        tensor x;
        /// Which axes: None for all, one, or a list; negative counts from the end.
        plain axis: Axes = Axes::All;
        /// Whether reduced axes stay, with size 1.
        plain keepdims: bool = false;
    }
    constraints [AXES]
    conventions ["axis=[] reduces nothing", "of nothing it is false", "NaN is not zero"]
    source "Keras backend page, any",
    example "any([[0., 2.], [0., 0.]], axis=1) = [true, false]"
}

impl Any<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_reduction(&self.x, &self.axis, self.keepdims, DType::Bool)
    }
}

impl<N: Number> Any<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let any = |line: &[bool]| line.contains(&true);
        Ok(vec![Numbers::truths(&reduce(&self.x.truths(), &self.axis, specs, any)?)])
    }
}

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
