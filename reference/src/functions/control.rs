//! switch, stop_gradient.

use super::labels::*;
use super::{agree, dense, known};
use crate::error::Refusal;
use crate::number::Number;
use crate::shape::{Dim, Spec, show_dims, unify};
use crate::tensor::{Evaluated, Inferred, Tensor, Value, numbers};

entry! {
    /// One of two tensors, by a condition.
    ///
    /// Shapes: the branches agree and give the result's shape; the condition is a scalar (0-d, or
    /// all dims 1), or has the branches' shape and chooses element by element.
    Switch = switch {
        /// Not zero is true; any dtype.
        tensor condition;
        /// The result where the condition is true.
        tensor then_expression;
        /// The result where it is false.
        tensor else_expression;
    }
    constraints [
        "the branches have the same shape",
        "the condition is a scalar or has the branches' shape",
    ]
    conventions ["nothing of the branch not taken, NaN neither, reaches value or gradient"]
    source "Keras backend page, switch; element-wise as an extension",
    example "switch(1, [5.], [7.]) = [5.]", moves
}

impl<T> Switch<T> {
    /// Whether a condition of this shape chooses for the whole tensor at once.
    pub fn is_scalar(condition: &[usize]) -> bool {
        condition.iter().all(|&n| n == 1)
    }
}

/// The dims of two tensors that must have the same shape.
pub(super) fn agreed_dims(
    a: &Spec,
    b: &Spec,
    refuse: impl Fn() -> Refusal,
) -> Result<Vec<Dim>, Refusal> {
    if a.rank() != b.rank() {
        return Err(refuse());
    }
    a.dims.iter().zip(&b.dims).map(|(&a, &b)| unify(a, b).map_err(|_| refuse())).collect()
}

impl Switch<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (a, b, condition) = (&self.then_expression, &self.else_expression, &self.condition);
        agree(a, "else_expression", b)?;
        for (name, operand) in
            [("condition", condition), ("then_expression", a), ("else_expression", b)]
        {
            dense(name, operand)?;
        }
        let dims = agreed_dims(a, b, || {
            C1.refuse(format!("shapes {} and {}", show_dims(&a.dims), show_dims(&b.dims)))
        })?;
        let scalar = condition.dims.iter().all(|dim| dim.is_none_or(|n| n == 1));
        if !scalar {
            agreed_dims(condition, a, || {
                C2.refuse(format!(
                    "the condition has shape {}, the branches {}",
                    show_dims(&condition.dims),
                    show_dims(&a.dims)
                ))
            })?;
        }
        Ok(vec![a.with_dims(dims)])
    }
}

impl<N: Number> Switch<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let condition = self.condition.truths();
        let shape = known(&specs[0]);
        let scalar = Switch::<()>::is_scalar(condition.shape());
        Ok(vec![numbers!(self.then_expression, self.else_expression, a, b => {
            Tensor::from_fn(shape.clone(), |index| {
                let taken = if scalar { condition.data()[0] } else { condition.at(index) };
                if taken { a.at(index) } else { b.at(index) }
            })
        })])
    }
}

entry! {
    /// The same tensor, a constant to every gradient.
    StopGradient = stop_gradient {
        /// Any tensor.
        tensor variables;
    }
    constraints []
    conventions []
    source "Keras backend page, stop_gradient",
    example "stop_gradient([1.]) = [1.]", moves
}

impl StopGradient<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        Ok(vec![self.variables.clone()])
    }
}

impl<N: Number> StopGradient<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![numbers!(self.variables, t => t.map(|x| x.stopped()))])
    }
}
