//! relu, softmax, sigmoid, hard_sigmoid, tanh, softplus.

use super::elementwise::{clipped, elementary, passing};
use super::labels::*;
use super::{dense, floating, numeric, plain};
use crate::number::{Elementary, Number, Truth, format};
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Value, numbers};

entry! {
    /// Rectified linear unit: x where it is positive, alpha·x where it is not, capped at
    /// max_value.
    Relu = relu {
        /// A tensor of numbers.
        tensor x;
        /// Slope of the negative part.
        plain alpha: f64 = 0.0;
        /// Cap of the positive part; None for no cap.
        plain max_value: Option<f64> = None;
    }
    constraints ["max_value is not negative"]
    conventions [
        "NaN passes",
        "the gradient at 0 is 0; any value between the one-sided derivatives conforms",
        "at max_value any gradient from 0 to 1 conforms",
    ]
    source "Keras 1.1 backend, relu",
    example "relu([-1., 3., 7.], max_value=6.) = [0., 3., 6.]"
}

impl Relu<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        numeric("x", &self.x)?;
        dense("x", &self.x)?;
        if let Some(max) = self.max_value {
            C1.require(max >= 0.0, || format!("max_value is {max}"))?;
        }
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Relu<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let dtype = self.x.dtype;
        let (alpha, cap) = (self.alpha, self.max_value);
        fn relu<E: Number>(x: E, alpha: E, cap: Option<E>) -> E {
            if x.value().is_nan() {
                return passing(x);
            }
            // An exact zero slope gives an exact zero, also of -inf.
            let negative = if alpha.value() == 0.0 { E::zero() } else { x.times(alpha) };
            let y = E::kink(x.greater(E::zero()), x, negative);
            match cap {
                Some(cap) => E::kink(y.greater(cap), cap, y),
                None => y,
            }
        }
        Ok(vec![numbers!(self.x, t => {
            t.map(|x| relu(x, plain(dtype, alpha), cap.map(|cap| plain(dtype, cap))))
        })])
    }
}

entry! {
    /// exp(x) over the sum of exp along the last axis.
    ///
    /// Shapes: any rank from 1; the result has the same shape, and lines along the last axis sum
    /// to 1.
    Softmax = softmax {
        /// A tensor of floats.
        tensor x;
    }
    constraints ["x has rank at least 1"]
    conventions [
        "huge and equal logits are exact: the greatest is subtracted first",
        "a line with NaN or inf is NaN",
    ]
    source "Keras 1.1 backend, softmax, for any rank",
    example "softmax([[1000., 1000.]]) = [[0.5, 0.5]]"
}

impl Softmax<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("x", &self.x)?;
        dense("x", &self.x)?;
        C1.require(self.x.rank() >= 1, || "x is a scalar".into())?;
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Softmax<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![Numbers::Float(self.x.floats().map_lines(Number::softmax))])
    }
}

elementary! {
    /// 1/(1+exp(-x)), element by element.
    Sigmoid = sigmoid is |x| x.apply(Elementary::Sigmoid);
    conventions ["sigmoid(±inf) is 0 or 1, NaN passes"]
    source "Keras 1.1 backend, sigmoid",
    example "sigmoid([0.]) = [0.5]"
}

elementary! {
    /// 0.2·x + 0.5 between 0 and 1, element by element.
    HardSigmoid = hard_sigmoid is hard_sigmoid_of;
    conventions ["NaN passes", "at the two kinks any gradient from 0 to 0.2 conforms"]
    source "Keras 1.1 backend, hard_sigmoid",
    example "hard_sigmoid([-3., 0., 1.]) = [0., 0.5, 0.7]"
}

fn hard_sigmoid_of<N: Number>(x: N) -> N {
    let slope = N::constant(format().round(0.2));
    let line = x.times(slope).plus(N::constant(0.5));
    clipped(line, N::zero(), N::one())
}

elementary! {
    /// Hyperbolic tangent, element by element.
    Tanh = tanh is |x| x.apply(Elementary::Tanh);
    conventions ["tanh(±inf) is ±1, NaN passes"]
    source "Keras 1.1 backend, tanh",
    example "tanh([0.]) = [0.]"
}

elementary! {
    /// x/(1+|x|), element by element.
    Softsign = softsign is |x| x.over(x.apply(Elementary::Abs).plus(N::one()));
    conventions ["softsign(±inf) is NaN: inf over inf", "NaN passes"]
    source "Keras 1.1 backend, softsign",
    example "softsign([1., -3.]) = [0.5, -0.75]"
}

entry! {
    /// Exponential linear unit: x where it is positive, alpha·(exp(x)-1) where it is not.
    Elu = elu {
        /// A tensor of floats.
        tensor x;
        /// Scale of the negative part.
        plain alpha: f64 = 1.0;
    }
    constraints []
    conventions ["NaN passes", "the gradient at 0 is anything between the one-sided derivatives"]
    source "Keras 1.2 backend, elu",
    example "elu([-1., 2.]) = [-0.6321206, 2.]"
}

impl Elu<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("x", &self.x)?;
        dense("x", &self.x)?;
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Elu<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let alpha: N = plain(self.x.dtype, self.alpha);
        Ok(vec![Numbers::Float(self.x.floats().map(|x| match x.greater(N::zero()) {
            // exp of a large positive number would overflow, and is not wanted.
            Truth::Yes => x,
            truth @ (Truth::No | Truth::Tie | Truth::Unknown(_)) => {
                N::kink(truth, x, x.apply(Elementary::ExpLessOne).times(alpha))
            }
        }))])
    }
}

elementary! {
    /// log(1+exp(x)), element by element, exact for large absolute values.
    Softplus = softplus is |x| x.apply(Elementary::Softplus);
    conventions ["softplus(-inf) = 0, softplus(inf) = inf, NaN passes"]
    source "Keras 1.1 backend, softplus",
    example "softplus([0.]) = [0.6931472]"
}
