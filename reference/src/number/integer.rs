//! `Integer`: the reading for integer and bool tensors, exact up to 64 bits.

use super::{Elementary, Format, Number, Truth};

/// A whole number. Overflow wraps; it lies outside the contract of every function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integer(pub i64);

impl Number for Integer {
    fn constant(x: f64) -> Self {
        Integer(x as i64)
    }
    fn within(chosen: f64, _low: f64, _high: f64) -> Self {
        Self::constant(chosen)
    }
    fn value(self) -> f64 {
        self.0 as f64
    }
    fn whole(self) -> i64 {
        self.0
    }
    fn apply(self, f: Elementary) -> Self {
        match f {
            Elementary::Negate => Integer(self.0.wrapping_neg()),
            Elementary::Abs => Integer(self.0.wrapping_abs()),
            Elementary::Round => self,
            Elementary::Sign => Integer(self.0.signum()),
            Elementary::Pow(a) => Integer(whole_power(self.0, a as i64)),
            // Functions of floats only: their entries admit no integer operand.
            Elementary::Exp
            | Elementary::Expm1
            | Elementary::ExpLessOne
            | Elementary::Log
            | Elementary::Log1p
            | Elementary::Sqrt
            | Elementary::Reciprocal
            | Elementary::Sin
            | Elementary::Cos
            | Elementary::Tanh
            | Elementary::Sigmoid
            | Elementary::Softplus => Self::constant(f.value(self.value())),
        }
    }
    fn plus(self, other: Self) -> Self {
        Integer(self.0.wrapping_add(other.0))
    }
    fn minus(self, other: Self) -> Self {
        Integer(self.0.wrapping_sub(other.0))
    }
    fn times(self, other: Self) -> Self {
        Integer(self.0.wrapping_mul(other.0))
    }
    fn over(self, other: Self) -> Self {
        Integer(self.0.checked_div(other.0).unwrap_or(0))
    }
    fn sum(terms: &[Self]) -> Self {
        terms.iter().fold(Integer(0), |a, b| a.plus(*b))
    }
    fn dot(a: &[Self], b: &[Self]) -> Self {
        a.iter().zip(b).fold(Integer(0), |sum, (x, y)| sum.plus(x.times(*y)))
    }
    fn product(factors: &[Self]) -> Self {
        factors.iter().fold(Integer(1), |a, b| a.times(*b))
    }
    fn log_sum_exp(terms: &[Self]) -> Self {
        <Self as Number>::max(terms)
    }
    fn softmax(logits: &[Self]) -> Vec<Self> {
        logits.to_vec()
    }
    fn variance(terms: &[Self]) -> Self {
        let values: Vec<f64> = terms.iter().map(|x| x.value()).collect();
        Self::constant(f64::variance(&values))
    }
    fn max(terms: &[Self]) -> Self {
        terms.iter().copied().max().unwrap_or(Integer(i64::MIN))
    }
    fn min(terms: &[Self]) -> Self {
        terms.iter().copied().min().unwrap_or(Integer(i64::MAX))
    }
    fn greater(self, other: Self) -> Truth {
        match self.0.cmp(&other.0) {
            std::cmp::Ordering::Greater => Truth::Yes,
            std::cmp::Ordering::Equal => Truth::Tie,
            std::cmp::Ordering::Less => Truth::No,
        }
    }
    fn select(truth: Truth, a: Self, b: Self) -> Self {
        if truth == Truth::Yes { a } else { b }
    }
    fn kink(truth: Truth, a: Self, b: Self) -> Self {
        Self::select(truth, a, b)
    }
    fn widened(self, _factor: f64) -> Self {
        self
    }
    fn stopped(self) -> Self {
        self
    }
    fn stored(self, _format: Format) -> Self {
        self
    }
}

/// Square and multiply, modulo 2^64.
fn whole_power(base: i64, exponent: i64) -> i64 {
    let (mut base, mut exponent, mut result) = (base, exponent.max(0), 1_i64);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}
