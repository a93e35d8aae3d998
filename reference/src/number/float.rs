//! `f64`: the reading that gives values.

use super::{Elementary, Format, Number, Truth};

impl Number for f64 {
    const IS_VALUE: bool = true;

    fn constant(x: f64) -> Self {
        x
    }
    fn within(chosen: f64, _low: f64, _high: f64) -> Self {
        chosen
    }
    fn value(self) -> f64 {
        self
    }
    fn apply(self, f: Elementary) -> Self {
        f.value(self)
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn minus(self, other: Self) -> Self {
        self - other
    }
    fn times(self, other: Self) -> Self {
        self * other
    }
    fn over(self, other: Self) -> Self {
        self / other
    }
    fn sum(terms: &[Self]) -> Self {
        terms.iter().sum::<f64>() + 0.0
    }
    fn dot(a: &[Self], b: &[Self]) -> Self {
        a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() + 0.0
    }
    fn product(factors: &[Self]) -> Self {
        factors.iter().product()
    }
    fn log_sum_exp(terms: &[Self]) -> Self {
        let m = greatest(terms);
        if !m.is_finite() {
            return m;
        }
        m + terms.iter().map(|x| (x - m).exp()).sum::<f64>().ln()
    }
    fn softmax(logits: &[Self]) -> Vec<Self> {
        let m = greatest(logits);
        let exps: Vec<f64> = logits.iter().map(|x| (x - m).exp()).collect();
        let sum: f64 = exps.iter().sum();
        exps.into_iter().map(|e| e / sum).collect()
    }
    fn variance(terms: &[Self]) -> Self {
        let mean = f64::mean(terms);
        terms.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / terms.len() as f64
    }
    fn max(terms: &[Self]) -> Self {
        greatest(terms)
    }
    fn greater(self, other: Self) -> Truth {
        if self > other {
            Truth::Yes
        } else if self == other {
            Truth::Tie
        } else {
            Truth::No
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

/// The greatest, NaN if any is NaN, -inf of none.
pub(super) fn greatest(terms: &[f64]) -> f64 {
    let nan_wins = |a: f64, b: f64| if a.is_nan() || a > b { a } else { b };
    terms
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, |a, b| if b.is_nan() { b } else { nan_wins(a, b) })
}
