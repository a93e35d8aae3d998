//! Crossentropies.

use super::elementwise::clipped;
use super::labels::*;
use super::{agree, dense, floating, known, plain, same};
use crate::configuration;
use crate::dtype::DType;
use crate::error::Refusal;
use crate::number::{Elementary, Number, Truth};
use crate::shape::{Spec, show_dims};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

fn infer_pair(output: &Spec, target: &Spec) -> Result<Vec<crate::shape::Dim>, Refusal> {
    agree(output, "target", target)?;
    floating("output", output)?;
    dense("output", output)?;
    dense("target", target)?;
    C1.require(output.rank() == target.rank(), || {
        format!("output has shape {}, target {}", show_dims(&output.dims), show_dims(&target.dims))
    })?;
    output
        .dims
        .iter()
        .zip(&target.dims)
        .map(|(&a, &b)| same(C1, "dims of output and target", a, b))
        .collect()
}

/// epsilon and 1-epsilon in the tensor's dtype: the difference is taken first, then rounded.
fn limits<N: Number>(dtype: DType) -> (N, N) {
    let epsilon = configuration::epsilon();
    // float16 computes in float32, where the limits are not lost.
    let dtype = dtype.computing();
    (plain(dtype, epsilon), plain(dtype, 1.0 - epsilon))
}

entry! {
    /// Crossentropy of predicted class probabilities with a target distribution, along the last
    /// axis.
    ///
    /// Shapes: output and target alike; the result is without the last axis. Probabilities are
    /// divided by their sum, clipped to [epsilon, 1-epsilon], and give -Σ t·log p. With
    /// from_logits the logarithm is an exact log-softmax, whose gradient is (Σt)·softmax - t.
    /// Gradients flow to the target too.
    CategoricalCrossentropy = categorical_crossentropy {
        /// Predictions: probabilities, or logits.
        tensor output;
        /// The target distribution.
        tensor target;
        /// Whether output holds logits.
        plain from_logits: bool = false;
    }
    constraints ["output and target have the same shape", "they have rank at least 1"]
    conventions [
        "the gradient of the clip is 0 outside it",
        "a row of zeros divides 0 by 0 and is NaN",
        "of no classes the result is 0",
    ]
    source "Keras 1.1 backend, categorical_crossentropy; decision for logits",
    example "categorical_crossentropy([[0.5, 0.5]], [[1., 0.]]) = [0.6931472]"
}

impl CategoricalCrossentropy<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let dims = infer_pair(&self.output, &self.target)?;
        C2.require(!dims.is_empty(), || "output is a scalar".into())?;
        Ok(vec![self.output.with_dims(&dims[..dims.len() - 1])])
    }
}

impl<N: Number> CategoricalCrossentropy<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (output, target) = (self.output.floats(), self.target.floats());
        let (low, high) = limits::<N>(self.output.dtype);
        let shape = known(&specs[0]);
        if output.shape().last() == Some(&0) {
            return Ok(vec![Numbers::Float(Tensor::filled(shape, N::zero()))]);
        }
        let losses = output
            .lines()
            .zip(target.lines())
            .map(|(p, t)| N::dot(t, &log_probabilities(p, self.from_logits, low, high)).negated());
        Ok(vec![Numbers::Float(Tensor::new(shape, losses.collect()))])
    }
}

/// log p of a row of probabilities, normalised and clipped, or of logits.
fn log_probabilities<N: Number>(row: &[N], from_logits: bool, low: N, high: N) -> Vec<N> {
    if from_logits {
        let total = N::log_sum_exp(row);
        return row.iter().map(|x| x.minus(total)).collect();
    }
    let sum = N::sum(row);
    row.iter().map(|x| clipped(x.over(sum), low, high).apply(Elementary::Log)).collect()
}

entry! {
    /// categorical_crossentropy with targets given as class numbers.
    ///
    /// Shapes: target has output's shape without the last axis, or with a last axis of 1; the
    /// result is without it. The value is that of the dense form on one-hot targets.
    SparseCategoricalCrossentropy = sparse_categorical_crossentropy {
        /// Predictions: probabilities, or logits.
        tensor output;
        /// The class of each row, whole numbers of any dtype.
        tensor target;
        /// Whether output holds logits.
        plain from_logits: bool = false;
    }
    constraints [
        "target has output's shape without the last axis, or with a last axis of 1",
        "output has rank at least 1",
        "every class lies in 0..classes",
    ]
    conventions ["the gradient of the clip is 0 outside it"]
    source "Keras 1.1 backend, sparse_categorical_crossentropy; decision for classes out of range",
    example "sparse_categorical_crossentropy([[0.5, 0.5]], [0]) = [0.6931472]"
}

impl<T> SparseCategoricalCrossentropy<T> {
    /// Refuses classes outside 0..classes; `low` and `high` are the extremes of the targets.
    pub fn check_range(low: i64, high: i64, classes: usize) -> Result<(), Refusal> {
        let classes_signed = i64::try_from(classes).unwrap_or(i64::MAX);
        C3.require(low >= 0 && high < classes_signed, || {
            format!("class {} of {classes}", if low < 0 { low } else { high })
        })
    }
}

impl SparseCategoricalCrossentropy<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (output, target) = (&self.output, &self.target);
        floating("output", output)?;
        dense("output", output)?;
        dense("target", target)?;
        C2.require(output.rank() >= 1, || "output is a scalar".into())?;
        let rows = &output.dims[..output.rank() - 1];
        let wrong = || {
            C1.refuse(format!(
                "output has shape {}, target {}",
                show_dims(&output.dims),
                show_dims(&target.dims)
            ))
        };
        let column = target.rank() == output.rank()
            && target.dims.last().is_some_and(|dim| dim.is_none_or(|n| n == 1));
        if target.rank() != rows.len() && !column {
            return Err(wrong());
        }
        let dims = rows
            .iter()
            .zip(&target.dims)
            .map(|(&a, &b)| crate::shape::unify(a, b).map_err(|_| wrong()))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(vec![output.with_dims(dims)])
    }
}

impl<N: Number> SparseCategoricalCrossentropy<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (output, target) = (self.output.floats(), self.target.wholes());
        let classes = output.shape().last().copied().unwrap_or(0);
        if let (Some(&low), Some(&high)) = (target.data().iter().min(), target.data().iter().max())
        {
            SparseCategoricalCrossentropy::<()>::check_range(low, high, classes)?;
        }
        let (low, high) = limits::<N>(self.output.dtype);
        let losses = output.lines().zip(target.data()).map(|(row, &class)| {
            log_probabilities(row, self.from_logits, low, high)[class as usize].negated()
        });
        Ok(vec![Numbers::Float(Tensor::new(known(&specs[0]), losses.collect()))])
    }
}

entry! {
    /// Crossentropy of predicted probabilities with targets, element by element, no mean.
    ///
    /// Shapes: output, target and result alike. Probabilities are clipped to
    /// [epsilon, 1-epsilon] and give -(t·log p + (1-t)·log(1-p)). Logits give
    /// max(x,0) - x·t + log(1+exp(-|x|)).
    BinaryCrossentropy = binary_crossentropy {
        /// Predictions: probabilities, or logits.
        tensor output;
        /// The targets.
        tensor target;
        /// Whether output holds logits.
        plain from_logits: bool = false;
    }
    constraints ["output and target have the same shape"]
    conventions [
        "the gradient of the clip is 0 outside it",
        "the limits are rounded to the dtype: p=1, t=0 costs 15.94 in float32",
    ]
    source "Keras 1.1 backend, binary_crossentropy; decision for logits",
    example "binary_crossentropy([0.5], [1.]) = [0.6931472]"
}

impl BinaryCrossentropy<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let dims = infer_pair(&self.output, &self.target)?;
        Ok(vec![self.output.with_dims(dims)])
    }
}

impl<N: Number> BinaryCrossentropy<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (low, high) = limits::<N>(self.output.dtype);
        let loss = |x: N, t: N| {
            if self.from_logits {
                return logistic_loss(x, t);
            }
            let p = clipped(x, low, high);
            let hit = t.times(p.apply(Elementary::Log));
            let miss = N::one().minus(t).times(N::one().minus(p).apply(Elementary::Log));
            hit.plus(miss).negated()
        };
        let target = self.target.floats();
        Ok(vec![Numbers::Float(self.output.floats().zip(&target, &known(&specs[0]), loss))])
    }
}

/// softplus(x) - x·t, in the form that neither overflows nor cancels for large |x|.
fn logistic_loss<N: Number>(x: N, t: N) -> N {
    // softplus(x) - x·t = max(x,0) - x·t + log(1+exp(-|x|)), smooth at 0 though its parts are not.
    let positive = x.greater(N::zero()) == Truth::Yes;
    let rest = x.apply(Elementary::Softplus);
    if positive {
        // softplus(x) = x + softplus(-x)
        let tail = x.negated().apply(Elementary::Softplus);
        x.minus(x.times(t)).plus(tail)
    } else {
        rest.minus(x.times(t))
    }
}
