//! Reductions over axes.

use super::labels::*;
use super::{dense, numeric};
use crate::arguments::Axes;
use crate::configuration;
use crate::dtype::DType;
use crate::error::Refusal;
use crate::number::{Elementary, Number, Truth};
use crate::shape::{Dim, Spec};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, numbers};

/// The dims that stay when `axes` go, or become 1.
pub(super) fn reduced_dims(x: &Spec, axes: &[usize], keepdims: bool) -> Vec<Dim> {
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

/// An entry that reduces a tensor over axes. C1 is the same in all of them.
macro_rules! reduction {
    (
        $(#[doc = $doc:expr])+
        $Name:ident = $name:ident ;
        constraints [$($constraint:expr),* $(,)?]
        conventions [$($convention:expr),* $(,)?]
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            $Name = $name {
                /// What is reduced.
                tensor x;
                /// Which axes: None for all, one, or a list; negative counts from the end.
                plain axis: Axes = Axes::All;
                /// Whether reduced axes stay, with size 1.
                plain keepdims: bool = false;
            }
            constraints ["each axis is within the tensor's rank, and given once" $(, $constraint)*]
            conventions [$($convention),*]
            source $source,
            example $example
        }
    };
}

reduction! {
    /// Sum of the elements along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. Integers keep their dtype.
    Sum = sum;
    constraints []
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

reduction! {
    /// Greatest element along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims.
    Max = max;
    constraints ["the maximum of no integers is refused"]
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
        infer_extreme(&self.x, &self.axis, self.keepdims)
    }
}

/// max and min: nothing to choose from is refused for integers.
fn infer_extreme(x: &Spec, axis: &Axes, keepdims: bool) -> Inferred {
    numeric("x", x)?;
    let found = infer_reduction(x, axis, keepdims, x.dtype)?;
    let axes = axis.resolve(x.rank(), C1)?;
    let empty = axes.iter().any(|&axis| x.dims[axis] == Some(0));
    C2.require(!empty || x.dtype.is_float(), || format!("x is {x}, reduced over {axes:?}"))?;
    Ok(found)
}

impl<N: Number> Max<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![numbers!(self.x, t => reduce(t, &self.axis, specs, Number::max)?)])
    }
}

reduction! {
    /// Least element along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims.
    Min = min;
    constraints ["the minimum of no integers is refused"]
    conventions [
        "axis=[] reduces nothing",
        "NaN if any is NaN",
        "of no floats it is +inf",
        "tied entries share the cotangent in any non-negative split",
    ]
    source "Keras 1.1 backend, min; NumPy's min",
    example "min([[1., 2.], [4., 3.]], axis=1) = [1., 3.]"
}

impl Min<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_extreme(&self.x, &self.axis, self.keepdims)
    }
}

impl<N: Number> Min<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![numbers!(self.x, t => reduce(t, &self.axis, specs, Number::min)?)])
    }
}

reduction! {
    /// Product of the elements along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. Integers keep their dtype.
    Prod = prod;
    constraints []
    conventions [
        "axis=[] reduces nothing",
        "the product of nothing is 1",
        "the gradient is exact, zeros included",
        "overflow of integers lies outside the contract",
    ]
    source "Keras backend page, prod; NumPy's prod",
    example "prod([[1., 2.], [3., 4.]], axis=1) = [2., 12.]"
}

impl Prod<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        numeric("x", &self.x)?;
        infer_reduction(&self.x, &self.axis, self.keepdims, self.x.dtype)
    }
}

impl<N: Number> Prod<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![numbers!(self.x, t => reduce(t, &self.axis, specs, Number::product)?)])
    }
}

reduction! {
    /// Variance along axes: the mean squared distance from the mean, divided by N, computed in
    /// two passes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. Of integers or bool it is floatx.
    Var = var;
    constraints []
    conventions ["axis=[] gives zeros", "of nothing it is NaN"]
    source "Keras 1.1 backend, var; NumPy's var",
    example "var([1., 3.]) = 1."
}

impl Var<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_reduction(&self.x, &self.axis, self.keepdims, mean_dtype(&self.x))
    }
}

impl<N: Number> Var<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![Numbers::Float(reduce(&self.x.floats(), &self.axis, specs, Number::variance)?)])
    }
}

reduction! {
    /// Whether all elements along axes are not zero.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. The result is bool.
    All = all;
    constraints []
    conventions ["axis=[] reduces nothing", "of nothing it is true", "NaN is not zero"]
    source "Keras backend page, all",
    example "all([[1., 2.], [0., 3.]], axis=1) = [true, false]"
}

impl All<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        infer_reduction(&self.x, &self.axis, self.keepdims, DType::Bool)
    }
}

impl<N: Number> All<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let all = |line: &[bool]| !line.contains(&false);
        Ok(vec![Numbers::truths(&reduce(&self.x.truths(), &self.axis, specs, all)?)])
    }
}

reduction! {
    /// log Σ exp along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims.
    Logsumexp = logsumexp;
    constraints []
    conventions [
        "axis=[] reduces nothing",
        "huge elements are exact: the greatest is subtracted first",
        "all -inf, and nothing at all, give -inf",
    ]
    source "later Keras backend, logsumexp",
    example "logsumexp([0., 0.]) = 0.6931472"
}

impl Logsumexp<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        super::floating("x", &self.x)?;
        infer_reduction(&self.x, &self.axis, self.keepdims, self.x.dtype)
    }
}

impl<N: Number> Logsumexp<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![Numbers::Float(reduce(&self.x.floats(), &self.axis, specs, Number::log_sum_exp)?)])
    }
}

reduction! {
    /// Arithmetic mean along axes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. The mean of integers or bool is
    /// floatx.
    Mean = mean;
    constraints []
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

reduction! {
    /// Standard deviation along axes: the square root of the mean squared distance from the mean,
    /// divided by N, computed in two passes.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. Of integers or bool it is floatx.
    Std = std;
    constraints []
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
            let is_zero = constant && variance.value() == 0.0;
            let variance = if is_zero { variance.stopped() } else { variance };
            variance.apply(Elementary::Sqrt)
        };
        Ok(vec![Numbers::Float(reduce(&self.x.floats(), &self.axis, specs, deviation)?)])
    }
}

reduction! {
    /// Whether any element along axes is not zero.
    ///
    /// Shapes: the reduced axes go, or become 1 with keepdims. The result is bool.
    Any = any;
    constraints []
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
