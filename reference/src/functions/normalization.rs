//! batch_normalization, normalize_batch_in_training.

use super::labels::*;
use super::{agree, axis_at, dense, floating, known, plain};
use crate::error::Refusal;
use crate::number::{Elementary, Number, format};
use crate::shape::{Dim, Spec, broadcast, show_dims};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

/// (x-mean)·gamma/sqrt(var+epsilon)+beta for one element.
fn normalize<N: Number>(x: N, mean: N, var: N, beta: Option<N>, gamma: Option<N>, epsilon: N) -> N {
    let deviation = var.plus(epsilon).apply(Elementary::Sqrt);
    let centred = x.minus(mean);
    let scaled = match gamma {
        Some(gamma) => centred.times(gamma).over(deviation),
        None => centred.over(deviation),
    };
    // No room for the fused form x·s + (beta - mean·s): it cancels.
    match beta {
        Some(beta) => scaled.plus(beta),
        None => scaled,
    }
}

entry! {
    /// Each line along an axis divided by its Euclidean norm.
    ///
    /// The squared norm is floored at 1e-12, and where it is, the floor is a constant for the
    /// gradient.
    L2Normalize = l2_normalize {
        /// A tensor of floats, rank at least 1.
        tensor x;
        /// Which axis; negative counts from the end.
        plain axis: i64;
    }
    constraints ["the axis is within the tensor's rank"]
    conventions ["a line of zeros stays zeros"]
    source "Keras 1.1 backend, l2_normalize; decision for the floor",
    example "l2_normalize([3., 4.], 0) = [0.6, 0.8]"
}

impl L2Normalize<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("x", &self.x)?;
        dense("x", &self.x)?;
        axis_at(C1, self.axis, self.x.rank())?;
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> L2Normalize<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let x = self.x.floats();
        let axis = axis_at(C1, self.axis, x.rank())?;
        let floor = N::constant(format().round(1e-12));
        let norms = x.reduced(&[axis], |line| {
            let squared = N::dot(line, line);
            N::kink(floor.greater(squared), floor, squared).apply(Elementary::Sqrt)
        });
        let mut at = Vec::new();
        Ok(vec![Numbers::Float(Tensor::from_fn(x.shape().to_vec(), |index| {
            at.clear();
            at.extend_from_slice(index);
            at.remove(axis);
            x.at(index).over(norms.at(&at))
        }))])
    }
}

entry! {
    /// (x-mean)·gamma/sqrt(var+epsilon)+beta.
    ///
    /// Shapes: mean, var, beta and gamma broadcast against x; the result has x's shape. Mind the
    /// order: beta before gamma.
    BatchNormalization = batch_normalization {
        /// What is normalised.
        tensor x;
        /// The means.
        tensor mean;
        /// The variances.
        tensor var;
        /// Added at the end; None for nothing.
        optional beta;
        /// Multiplied in; None for 1.
        optional gamma;
        /// Added to the variance.
        plain epsilon: f64 = 0.0001;
    }
    constraints ["mean, var, beta and gamma broadcast to x's shape"]
    conventions ["a negative variance below -epsilon gives NaN"]
    source "Keras backend page, batch_normalization",
    example "batch_normalization([[3.]], [1.], [4.], [10.], [1.], epsilon=0) = [[11.]]"
}

impl BatchNormalization<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("x", &self.x)?;
        dense("x", &self.x)?;
        let mut dims = self.x.dims.clone();
        let operands = [
            ("mean", Some(&self.mean)),
            ("var", Some(&self.var)),
            ("beta", self.beta.as_ref()),
            ("gamma", self.gamma.as_ref()),
        ];
        for (name, operand) in operands {
            let Some(operand) = operand else { continue };
            agree(&self.x, name, operand)?;
            dense(name, operand)?;
            let fits = broadcast(&dims, &operand.dims).filter(|both| {
                // Broadcasting may not make x larger.
                both.len() == self.x.rank()
                    && both.iter().zip(&self.x.dims).all(|(b, x)| x.is_none() || b == x)
            });
            dims = fits.ok_or_else(|| {
                C1.refuse(format!(
                    "x has shape {}, {name} {}",
                    show_dims(&self.x.dims),
                    show_dims(&operand.dims)
                ))
            })?;
        }
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> BatchNormalization<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let epsilon = plain(self.x.dtype, self.epsilon);
        let (x, mean, var) = (self.x.floats(), self.mean.floats(), self.var.floats());
        let beta = self.beta.map(Value::floats);
        let gamma = self.gamma.map(Value::floats);
        Ok(vec![Numbers::Float(Tensor::from_fn(known(&specs[0]), |index| {
            let at = |t: &Option<Tensor<N>>| t.as_ref().map(|t| t.broadcast_at(index));
            normalize(
                x.at(index),
                mean.broadcast_at(index),
                var.broadcast_at(index),
                at(&beta),
                at(&gamma),
                epsilon,
            )
        }))])
    }
}

entry! {
    /// Mean and variance of a batch, and the batch normalised with them.
    ///
    /// Results: normalised (x's shape), mean and variance (x's shape without the reduced axes).
    /// The variance is two-pass and divided by N. gamma and beta stand for the axes that are not
    /// reduced, in any form that broadcasts against x once the reduced axes are put back with
    /// size 1, or against x itself.
    NormalizeBatchInTraining = normalize_batch_in_training {
        /// What is normalised.
        tensor x;
        /// Multiplied in; None for 1.
        optional gamma;
        /// Added at the end; None for nothing.
        optional beta;
        /// The axes over which mean and variance are taken.
        plain reduction_axes: Vec<i64>;
        /// Added to the variance.
        plain epsilon: f64 = 0.0001;
    }
    constraints [
        "each reduction axis is within x's rank, and given once",
        "gamma and beta have the shape of the axes that stay, or broadcast against x",
    ]
    conventions ["over an empty axis mean and variance are NaN"]
    source "Keras backend page, normalize_batch_in_training",
    example "normalize_batch_in_training([[1.], [3.]], [1.], [0.], [0], epsilon=0) = ([[-1.], [1.]], [2.], [1.])"
}

impl<T> NormalizeBatchInTraining<T> {
    /// The reduced axes as sorted positions.
    pub fn axes(&self, rank: usize) -> Result<Vec<usize>, Refusal> {
        let mut axes = Vec::with_capacity(self.reduction_axes.len());
        for &axis in &self.reduction_axes {
            let at = axis_at(C1, axis, rank)?;
            C1.require(!axes.contains(&at), || format!("axis {axis} is given twice"))?;
            axes.push(at);
        }
        axes.sort_unstable();
        Ok(axes)
    }

    /// The shape in which gamma or beta broadcasts against x: its own, or with the reduced axes
    /// put back where it has just the axes that stay.
    pub fn broadcast_shape(operand: &[Dim], x: &[Dim], axes: &[usize]) -> Option<Vec<Dim>> {
        let kept: Vec<Dim> =
            x.iter().enumerate().filter(|(i, _)| !axes.contains(i)).map(|(_, d)| *d).collect();
        let fits = |a: &Dim, b: &Dim| crate::shape::unify(*a, *b).is_ok();
        if operand.len() == kept.len() && operand.iter().zip(&kept).all(|(a, b)| fits(a, b)) {
            let mut operand = operand.iter();
            return Some(
                (0..x.len())
                    .map(|i| {
                        if axes.contains(&i) { Some(1) } else { operand.next().copied().flatten() }
                    })
                    .collect(),
            );
        }
        let both = broadcast(x, operand)?;
        let grows = both.len() != x.len() || both.iter().zip(x).any(|(b, x)| x.is_some() && b != x);
        (!grows).then(|| operand.to_vec())
    }
}

impl NormalizeBatchInTraining<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let x = &self.x;
        floating("x", x)?;
        dense("x", x)?;
        let axes = self.axes(x.rank())?;
        for (name, operand) in [("gamma", &self.gamma), ("beta", &self.beta)] {
            let Some(operand) = operand else { continue };
            agree(x, name, operand)?;
            dense(name, operand)?;
            Self::broadcast_shape(&operand.dims, &x.dims, &axes).ok_or_else(|| {
                C2.refuse(format!(
                    "{name} has shape {}, x {} is reduced over {axes:?}",
                    show_dims(&operand.dims),
                    show_dims(&x.dims)
                ))
            })?;
        }
        let kept: Vec<Dim> =
            x.dims.iter().enumerate().filter(|(i, _)| !axes.contains(i)).map(|(_, d)| *d).collect();
        let statistics = x.with_dims(kept);
        Ok(vec![x.clone(), statistics.clone(), statistics])
    }
}

impl<N: Number> NormalizeBatchInTraining<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let x = self.x.floats();
        let axes = self.axes(x.rank())?;
        let epsilon = plain(self.x.dtype, self.epsilon);
        let mean = x.reduced(&axes, Number::mean);
        let variance = x.reduced(&axes, Number::variance);
        let kept = |index: &[usize]| -> Vec<usize> {
            index.iter().enumerate().filter(|(i, _)| !axes.contains(i)).map(|(_, n)| *n).collect()
        };
        let operand = |value: Option<&Value<N>>| {
            let value = value?;
            let x_dims: Vec<Dim> = x.shape().iter().map(|n| Some(*n)).collect();
            let dims: Vec<Dim> = value.shape().iter().map(|n| Some(*n)).collect();
            let shape = NormalizeBatchInTraining::<()>::broadcast_shape(&dims, &x_dims, &axes)?;
            Some(value.floats().reshaped(&shape.into_iter().flatten().collect::<Vec<_>>()))
        };
        let (gamma, beta) = (operand(self.gamma), operand(self.beta));
        let normalised = Tensor::from_fn(known(&specs[0]), |index| {
            let at = |t: &Option<Tensor<N>>| t.as_ref().map(|t| t.broadcast_at(index));
            let statistics = kept(index);
            normalize(
                x.at(index),
                mean.at(&statistics),
                variance.at(&statistics),
                at(&beta),
                at(&gamma),
                epsilon,
            )
        });
        Ok(vec![Numbers::Float(normalised), Numbers::Float(mean), Numbers::Float(variance)])
    }
}
