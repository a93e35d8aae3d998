//! The number types that give the one definition of a function its readings.
//!
//! | type | reading |
//! |---|---|
//! | `f64` | the value |
//! | [`Integer`] | the value, for integers and bool |
//! | [`Tape`]`<f64>` | the gradient |
//! | [`Tape`]`<`[`Local`]`>` | how far the value of an honest implementation may lie from it |
//! | [`Tape`]`<Tape<Local>>` | how far a gradient may lie |
//!
//! float16 tensors are narrower than what functions compute in. An engine that keeps them narrow
//! rounds a value where it leaves a function ([`Number::stored`]), and the cotangent of a value
//! where it leaves each function that used the value ([`Number::used`]); of several uses it adds
//! the cotangents up in float16. The bound of a gradient counts these roundings and additions, and
//! no others: an engine may do without them.
//!
//! What belongs here: arithmetic and its error analysis. What does not: tensors and functions.

mod elementary;
mod float;
mod integer;
mod local;
mod tape;

pub use elementary::Elementary;
pub use integer::Integer;
use local::in_format;
pub(crate) use local::reset_undecided;
pub use local::{Format, Local, format, undecided, with_format};
pub use tape::{Tape, Taped};

use std::fmt::Debug;

use crate::dtype::DType;

/// The answer to a comparison of two computed numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does not hold.
    No,
    /// It holds.
    Yes,
    /// The numbers are equal, exactly.
    Tie,
    /// The intervals in which the numbers lie overlap; double precision gives this answer.
    Unknown(bool),
}

impl Truth {
    /// One answer where there must be one. That it was unknown is noted, so that the judge does
    /// not hold an engine to one of two possible answers.
    pub fn decided(self) -> bool {
        if let Truth::Unknown(likely) = self {
            local::note_undecided();
            return likely;
        }
        self == Truth::Yes
    }
}

/// A number of some reading. The semantics of every function is written in these operations.
pub trait Number: Copy + Debug + Send + Sync + 'static {
    /// Whether the reading is that of the values alone, which are what a user sees.
    const IS_VALUE: bool = false;

    /// A number that is known exactly.
    fn constant(x: f64) -> Self;
    /// A number known to lie between `low` and `high`, of which the definition names `chosen`.
    fn within(chosen: f64, low: f64, high: f64) -> Self;
    /// The value.
    fn value(self) -> f64;
    /// The value as a whole number, for indices, labels and lengths.
    fn whole(self) -> i64 {
        self.value() as i64
    }

    /// An elementary function of one number.
    fn apply(self, f: Elementary) -> Self;
    /// Sum of two.
    fn plus(self, other: Self) -> Self;
    /// Difference of two.
    fn minus(self, other: Self) -> Self;
    /// Product of two.
    fn times(self, other: Self) -> Self;
    /// Quotient of two.
    fn over(self, other: Self) -> Self;

    /// Sum of any number of terms, in any order; 0 of none.
    fn sum(terms: &[Self]) -> Self;
    /// Sum of products, in any order.
    fn dot(a: &[Self], b: &[Self]) -> Self;
    /// Product of any number of factors, in any order; 1 of none.
    fn product(factors: &[Self]) -> Self;
    /// log Σ exp, -inf of none.
    fn log_sum_exp(terms: &[Self]) -> Self;
    /// exp(xᵢ) / Σ exp(xⱼ).
    fn softmax(logits: &[Self]) -> Vec<Self>;
    /// Mean of squared distances from the mean, computed in two passes; NaN of none.
    fn variance(terms: &[Self]) -> Self;
    /// The greatest; NaN if any is NaN; -inf of none. Ties share the cotangent.
    fn max(terms: &[Self]) -> Self;
    /// The least; NaN if any is NaN; +inf of none. Ties share the cotangent.
    fn min(terms: &[Self]) -> Self {
        let negated: Vec<Self> = terms.iter().map(|x| x.negated()).collect();
        Self::max(&negated).negated()
    }

    /// Whether `self` is greater than `other`; `No` where either is NaN.
    fn greater(self, other: Self) -> Truth;
    /// One of two alternatives; their hull where the truth is unknown, `b` on a tie.
    fn select(truth: Truth, a: Self, b: Self) -> Self;
    /// As [`Number::select`], at a point where the derivative jumps: on a tie any derivative
    /// between those of `a` and `b` conforms, and `b`'s is the one chosen.
    fn kink(truth: Truth, a: Self, b: Self) -> Self;
    /// The same number with its last rounding error multiplied by `factor`: room for other
    /// algebraic forms in common use.
    fn widened(self, factor: f64) -> Self;
    /// The same value without a derivative.
    fn stopped(self) -> Self;
    /// The same number as an independent variable of the tape, if there is one; `dtype` is the
    /// tensor's whose element it is.
    fn marked(self, _dtype: DType) -> Self {
        self
    }
    /// The same number, an element of a float16 tensor, as the operand of one function: the
    /// cotangent that comes back through it is rounded to float16 once.
    fn used(self) -> Self {
        self
    }
    /// Rounded once to a narrow format in which it is stored.
    fn stored(self, format: Format) -> Self;
    /// The same number as the result of a function: what overflowed is infinite from here on.
    fn returned(self) -> Self {
        self
    }
    /// Whether the number carries an error of its own, so that a tape must not forget it.
    fn is_inexact(self) -> bool {
        false
    }

    /// Sign changed, exactly.
    fn negated(self) -> Self {
        self.apply(Elementary::Negate)
    }
    /// Zero.
    fn zero() -> Self {
        Self::constant(0.0)
    }
    /// One.
    fn one() -> Self {
        Self::constant(1.0)
    }
    /// The product with a number known exactly.
    fn scaled(self, factor: f64) -> Self {
        self.times(Self::constant(factor))
    }
    /// Arithmetic mean; NaN of none.
    fn mean(terms: &[Self]) -> Self {
        Self::sum(terms).over(Self::constant(terms.len() as f64))
    }
}
