//! The elementary functions of one number: value, error budget and derivative, in one table.

use super::Number;

/// An elementary function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Elementary {
    /// -x, exact.
    Negate,
    /// |x|, exact; the derivative at 0 is anything from -1 to 1, chosen 0.
    Abs,
    /// Half to even, exact on exact arguments.
    Round,
    /// -1, 0 or 1; NaN of NaN.
    Sign,
    /// e^x.
    Exp,
    /// e^x - 1. An implementation must not subtract.
    Expm1,
    /// e^x - 1, where an implementation may take exp and subtract.
    ExpLessOne,
    /// Natural logarithm.
    Log,
    /// log(1 + x). An implementation must not add first.
    Log1p,
    /// Square root of a number ≥ 0.
    Sqrt,
    /// 1/x.
    Reciprocal,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Hyperbolic tangent.
    Tanh,
    /// 1/(1+e^-x).
    Sigmoid,
    /// log(1+e^x).
    Softplus,
    /// x^a for a fixed a.
    Pow(f64),
}

impl Elementary {
    /// The value in double precision.
    pub fn value(self, x: f64) -> f64 {
        match self {
            Elementary::Negate => -x,
            Elementary::Abs => x.abs(),
            Elementary::Round => x.round_ties_even(),
            Elementary::Sign => {
                if x.is_nan() || x == 0.0 {
                    x
                } else {
                    x.signum()
                }
            }
            Elementary::Exp => x.exp(),
            Elementary::Expm1 | Elementary::ExpLessOne => x.exp_m1(),
            Elementary::Log => x.ln(),
            Elementary::Log1p => x.ln_1p(),
            Elementary::Sqrt => x.sqrt(),
            Elementary::Reciprocal => x.recip(),
            Elementary::Sin => x.sin(),
            Elementary::Cos => x.cos(),
            Elementary::Tanh => x.tanh(),
            Elementary::Sigmoid => {
                if x >= 0.0 {
                    1.0 / (1.0 + (-x).exp())
                } else {
                    let e = x.exp();
                    e / (1.0 + e)
                }
            }
            Elementary::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Elementary::Pow(a) => x.powf(a),
        }
    }

    /// The budget of a conforming implementation in units in the last place, after OpenCL's
    /// table; composed ones (sigmoid, softplus) add up their parts.
    pub(super) fn budget(self) -> f64 {
        match self {
            Elementary::Negate | Elementary::Abs | Elementary::Round | Elementary::Sign => 0.0,
            Elementary::Sqrt | Elementary::Reciprocal => 0.5,
            Elementary::Exp
            | Elementary::Expm1
            | Elementary::ExpLessOne
            | Elementary::Log
            | Elementary::Log1p => 3.0,
            Elementary::Sin | Elementary::Cos => 4.0,
            Elementary::Tanh | Elementary::Sigmoid => 5.0,
            Elementary::Softplus => 6.0,
            Elementary::Pow(0.0 | 1.0) => 0.0,
            Elementary::Pow(2.0) => 0.5,
            Elementary::Pow(_) => 16.0,
        }
    }

    /// The derivative at `x`, where the function's value is `y`.
    pub(super) fn derivative<N: Number>(self, x: N, y: N) -> N {
        match self {
            Elementary::Negate => N::constant(-1.0),
            Elementary::Abs => {
                if x.value() == 0.0 {
                    N::within(0.0, -1.0, 1.0)
                } else {
                    x.apply(Elementary::Sign)
                }
            }
            Elementary::Round | Elementary::Sign => N::zero(),
            Elementary::Exp => y,
            Elementary::Expm1 | Elementary::ExpLessOne => x.apply(Elementary::Exp),
            Elementary::Log => x.apply(Elementary::Reciprocal),
            Elementary::Log1p => N::one().plus(x).apply(Elementary::Reciprocal),
            Elementary::Sqrt => {
                if y.value() == 0.0 {
                    N::within(0.0, 0.0, f64::INFINITY)
                } else {
                    N::constant(0.5).over(y)
                }
            }
            Elementary::Reciprocal => y.times(y).negated(),
            Elementary::Sin => x.apply(Elementary::Cos),
            Elementary::Cos => x.apply(Elementary::Sin).negated(),
            // 1 - y², and also g/cosh²x, whose parts round otherwise: room for both.
            Elementary::Tanh => N::one().minus(y.times(y)).widened(4.0),
            Elementary::Sigmoid => y.times(N::one().minus(y)).widened(4.0),
            Elementary::Softplus => x.apply(Elementary::Sigmoid),
            Elementary::Pow(0.0) => N::zero(),
            Elementary::Pow(1.0) => N::one(),
            Elementary::Pow(2.0) => x.scaled(2.0),
            Elementary::Pow(a) => x.apply(Elementary::Pow(a - 1.0)).scaled(a),
        }
    }
}
