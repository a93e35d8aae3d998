//! `Local`: a value with the error that a conforming implementation may have made up to it.
//!
//! Two figures travel with the value: the *running* error, everything that may have gone wrong so
//! far (Higham's running error analysis, independent of summation order), and the *local* one,
//! what the last operation alone may have added. A tape over `Local` adds the local errors up
//! along the derivatives, which is far tighter in recursions; the running error serves where
//! that first-order sum is not valid.

use std::cell::Cell;

use super::{Elementary, Number, Truth, float};
use crate::dtype::DType;

/// The floating-point format that an implementation computes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Format {
    /// Unit roundoff: half the distance from 1 to the next number.
    pub unit: f64,
    /// Significant bits, the hidden one counted.
    pub precision: i32,
    /// The smallest normal number; an implementation may flush what lies below it.
    pub smallest: f64,
    /// The greatest finite number.
    pub greatest: f64,
    dtype: DType,
}

impl Format {
    /// The format in which a function of `dtype` accumulates: float16 computes in float32.
    pub fn of(dtype: DType) -> Self {
        match dtype {
            DType::Float64 => Format {
                unit: f64::EPSILON / 2.0,
                precision: 53,
                smallest: f64::MIN_POSITIVE,
                greatest: dtype.greatest(),
                dtype,
            },
            DType::Float16
            | DType::Float32
            | DType::Int8
            | DType::Int16
            | DType::Int32
            | DType::Int64
            | DType::UInt8
            | DType::UInt16
            | DType::UInt32
            | DType::UInt64
            | DType::Bool => Format {
                unit: f64::from(f32::EPSILON) / 2.0,
                precision: 24,
                smallest: f64::from(f32::MIN_POSITIVE),
                greatest: DType::Float32.greatest(),
                dtype: DType::Float32,
            },
        }
    }

    /// The narrow format of float16, in which results are stored.
    pub fn half() -> Self {
        Format {
            unit: f64::from(half::f16::EPSILON) / 2.0,
            precision: 11,
            smallest: half::f16::MIN_POSITIVE.to_f64(),
            greatest: DType::Float16.greatest(),
            dtype: DType::Float16,
        }
    }

    /// The float type whose numbers these are.
    pub(super) fn dtype(self) -> DType {
        self.dtype
    }

    /// γₙ = nu/(1-nu): the relative error of n roundings; infinite from where it means nothing.
    pub fn gamma(self, n: usize) -> f64 {
        let nu = n as f64 * self.unit;
        if nu < 1.0 { nu / (1.0 - nu) } else { f64::INFINITY }
    }

    /// The number of the format nearest to `x`.
    pub fn round(self, x: f64) -> f64 {
        self.dtype.round(x)
    }

    fn represents(self, x: f64) -> bool {
        self.round(x) == x
    }
}

thread_local! {
    static FORMAT: Cell<Format> = Cell::new(Format::of(DType::Float32));
    static UNDECIDED: Cell<bool> = const { Cell::new(false) };
}

/// The format in force on this thread.
pub fn format() -> Format {
    FORMAT.get()
}

/// Runs `f` with the accumulation format of `dtype` in force.
pub fn with_format<R>(dtype: DType, f: impl FnOnce() -> R) -> R {
    in_format(Format::of(dtype), f)
}

/// Runs `f` with a format in force.
pub(super) fn in_format<R>(format: Format, f: impl FnOnce() -> R) -> R {
    let before = FORMAT.replace(format);
    let result = f();
    FORMAT.set(before);
    result
}

/// Whether a comparison of computed numbers was undecided since the last reset: then a discrete
/// result may have another answer, and the first-order bound does not hold.
pub fn undecided() -> bool {
    UNDECIDED.get()
}

pub(crate) fn reset_undecided() {
    UNDECIDED.set(false);
}

pub(super) fn note_undecided() {
    UNDECIDED.set(true);
}

/// A value, the error accumulated up to it and the error of the last operation alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Local {
    pub(super) value: f64,
    pub(super) running: f64,
    pub(super) local: f64,
}

impl Local {
    /// Everything that may have gone wrong so far.
    pub fn running(self) -> f64 {
        self.running
    }

    fn exact(value: f64) -> Self {
        Local { value, running: 0.0, local: 0.0 }
    }

    fn is_exact(self) -> bool {
        self.running == 0.0
    }

    /// A value that is beyond the greatest number of the format. Where it is the result of a
    /// function it is infinite; within the function an implementation may have carried it in a
    /// wider format, so that nothing is known about what follows from it.
    fn overflowed(sign: f64) -> Self {
        Local { value: f64::INFINITY.copysign(sign), running: f64::INFINITY, local: 0.0 }
    }

    fn has_overflowed(self) -> bool {
        self.running == f64::INFINITY && self.local == 0.0 && self.value.is_infinite()
    }

    /// A value of which nothing is known: on the way to it something may overflow or not.
    fn open(value: f64) -> Self {
        Local { value, running: f64::INFINITY, local: f64::INFINITY }
    }

    /// A computed value: the errors of its arguments as they arrive in it, and its own rounding.
    /// Beyond the greatest number it is infinite; below the smallest it may be flushed.
    fn computed(value: f64, propagated: f64, rounding: f64) -> Self {
        if propagated == f64::INFINITY {
            return Local::open(value);
        }
        if !value.is_finite() {
            return Local::exact(value);
        }
        let format = format();
        let flush =
            if value != 0.0 && value.abs() < format.smallest { format.smallest } else { 0.0 };
        let local = rounding + flush;
        let running = if propagated.is_nan() { f64::INFINITY } else { propagated + local };
        if value.abs() - running > format.greatest * (1.0 + format.unit) {
            return Local::overflowed(value);
        }
        Local { value, running, local }
    }

    /// One correctly rounded operation, with what double precision lost in `value`.
    fn rounded(value: f64, propagated: f64, residual: f64) -> Self {
        let format = format();
        let exact = propagated == 0.0 && residual == 0.0 && format.represents(value);
        Local::computed(value, propagated, if exact { 0.0 } else { format.unit * value.abs() })
    }

    /// Multiplication by this changes the exponent only.
    fn is_power_of_two(self) -> bool {
        self.is_exact() && self.value.is_normal() && self.value.to_bits() & ((1 << 52) - 1) == 0
    }

    fn is_zero(self) -> bool {
        self.value == 0.0 && self.is_exact()
    }
}

/// |factor|·error, where nothing times infinity is nothing.
fn scale(factor: f64, error: f64) -> f64 {
    if factor == 0.0 || error == 0.0 { 0.0 } else { factor.abs() * error }
}

/// What a + b loses in double precision.
fn sum_residual(a: f64, b: f64, sum: f64) -> f64 {
    let b_part = sum - a;
    (a - (sum - b_part)) + (b - b_part)
}

/// The exponent of the lowest set bit of a finite number that is not zero.
fn lowest_bit(x: f64) -> i32 {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    let (mantissa, exponent) =
        if exponent == 0 { (mantissa, -1074) } else { (mantissa | (1 << 52), exponent - 1075) };
    exponent + mantissa.trailing_zeros() as i32
}

/// Whether a sum of terms of both signs may overflow on the way, in one order or another; terms
/// of one sign overflow only with their sum.
fn may_overflow(terms: impl Iterator<Item = f64>) -> bool {
    let (mut above, mut below) = (0.0_f64, 0.0_f64);
    for term in terms.filter(|term| !term.is_infinite()) {
        if term > 0.0 {
            above += term;
        } else {
            below -= term;
        }
    }
    above > 0.0 && below > 0.0 && above.max(below) >= format().greatest
}

/// Whether terms add up without rounding in any order: they are multiples of one power of two,
/// and all together are few enough of them.
fn sums_exactly(terms: impl Iterator<Item = f64> + Clone) -> bool {
    let mut total = 0.0;
    let mut lowest = i32::MAX;
    for term in terms.filter(|term| *term != 0.0) {
        if !term.is_finite() {
            return false;
        }
        lowest = lowest.min(lowest_bit(term));
        total += term.abs();
    }
    // 2^53 of them would already round in double precision.
    lowest == i32::MAX || total <= f64::from(lowest + format().precision.min(52)).exp2()
}

impl Number for Local {
    fn constant(x: f64) -> Self {
        Local::exact(x)
    }

    fn within(chosen: f64, low: f64, high: f64) -> Self {
        let radius = (high - chosen).max(chosen - low);
        Local { value: chosen, running: radius, local: radius }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn apply(self, f: Elementary) -> Self {
        let (x, e) = (self.value, self.running);
        let y = f.value(x);
        let unit = format().unit;
        let rounding = 2.0 * f.budget() * unit * y.abs();
        // How far the value moves while the argument stays within its error.
        let ends = || (f.value(x + e) - y).abs().max((f.value(x - e) - y).abs());
        match f {
            Elementary::Negate | Elementary::Abs => Local { value: y, running: e, local: 0.0 },
            Elementary::Round | Elementary::Sign => {
                let jump = if e == 0.0 { 0.0 } else { ends() };
                if jump > 0.0 {
                    note_undecided();
                }
                Local { value: y, running: jump, local: jump }
            }
            Elementary::Sin | Elementary::Cos => Local::computed(y, e.min(2.0), rounding),
            Elementary::Sqrt => {
                if e == 0.0 && y.mul_add(y, -x) == 0.0 && format().represents(y) {
                    return Local::exact(y);
                }
                let below = (x - e).max(0.0).sqrt();
                let propagated = if e == 0.0 { 0.0 } else { ((x + e).sqrt() - y).max(y - below) };
                Local::computed(y, propagated, rounding)
            }
            Elementary::Reciprocal => Local::exact(1.0).over(self),
            Elementary::Log if e > 0.0 && x - e <= 0.0 => {
                note_undecided();
                Local::computed(y, f64::INFINITY, rounding)
            }
            Elementary::Pow(2.0) => self.times(self),
            Elementary::Pow(a) if e > 0.0 && x.abs() <= e && a < 1.0 => {
                note_undecided();
                Local::computed(y, f64::INFINITY, rounding)
            }
            Elementary::Log1p if e > 0.0 && x - e <= -1.0 => {
                note_undecided();
                Local::computed(y, f64::INFINITY, rounding)
            }
            Elementary::Exp if x == 0.0 && e == 0.0 => Local::exact(1.0),
            Elementary::ExpLessOne => {
                // Room for exp(x) - 1, whose error is that of exp.
                let rounding = 2.0 * f.budget() * unit * (y.abs() + x.exp()) + unit * y.abs();
                let rounding = if x == 0.0 { 0.0 } else { rounding };
                Local::computed(y, if e == 0.0 { 0.0 } else { ends() }, rounding)
            }
            Elementary::Exp
            | Elementary::Expm1
            | Elementary::Log
            | Elementary::Log1p
            | Elementary::Tanh
            | Elementary::Sigmoid
            | Elementary::Softplus
            | Elementary::Pow(_) => {
                Local::computed(y, if e == 0.0 { 0.0 } else { ends() }, rounding)
            }
        }
    }

    fn plus(self, other: Self) -> Self {
        if other.is_zero() {
            return Local { local: 0.0, ..self };
        }
        if self.is_zero() {
            return Local { local: 0.0, ..other };
        }
        let value = self.value + other.value;
        let residual = sum_residual(self.value, other.value, value);
        Local::rounded(value, self.running + other.running, residual)
    }

    fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    fn times(self, other: Self) -> Self {
        let value = self.value * other.value;
        let propagated = scale(self.value, other.running)
            + scale(other.value, self.running)
            + scale(self.running, other.running);
        if self.is_zero() || other.is_zero() {
            return Local::exact(value);
        }
        if self.is_power_of_two() || other.is_power_of_two() {
            return Local::computed(value, propagated, 0.0);
        }
        let residual = self.value.mul_add(other.value, -value);
        Local::rounded(value, propagated, residual)
    }

    fn over(self, other: Self) -> Self {
        let value = self.value / other.value;
        let nearest = other.value.abs() - other.running;
        if other.is_power_of_two() {
            return Local::computed(value, scale(value / self.value, self.running), 0.0);
        }
        if other.value == 0.0 && other.is_exact() {
            return Local::exact(value);
        }
        if nearest <= 0.0 {
            note_undecided();
            return Local::computed(value, f64::INFINITY, 0.0);
        }
        let propagated = (self.running + scale(value, other.running)) / nearest;
        let residual = value.mul_add(other.value, -self.value);
        Local::rounded(value, propagated, residual)
    }

    fn sum(terms: &[Self]) -> Self {
        let value = f64::sum(&terms.iter().map(|t| t.value).collect::<Vec<_>>());
        if may_overflow(terms.iter().map(|t| t.value)) {
            return Local::open(value);
        }
        let propagated: f64 = terms.iter().map(|t| t.running).sum();
        let count = terms.iter().filter(|t| !t.is_zero()).count();
        let exact =
            count <= 1 || (propagated == 0.0 && sums_exactly(terms.iter().map(|t| t.value)));
        let rounding = if exact {
            0.0
        } else {
            format().gamma(count - 1) * terms.iter().map(|t| t.value.abs() + t.running).sum::<f64>()
        };
        Local::computed(value, propagated, rounding)
    }

    fn dot(a: &[Self], b: &[Self]) -> Self {
        let mut propagated = 0.0;
        let mut magnitude = 0.0;
        let mut count = 0_usize;
        let mut whole_products = true;
        let mut rounded_product = false;
        let mut underflow = 0.0;
        let mut value = 0.0;
        let format = format();
        for (x, y) in a.iter().zip(b) {
            let product = x.value * y.value;
            value += product;
            if x.is_zero() || y.is_zero() {
                continue;
            }
            count += 1;
            let error =
                scale(x.value, y.running) + scale(y.value, x.running) + scale(x.running, y.running);
            propagated += error;
            magnitude += product.abs() + error;
            whole_products &= x.value.mul_add(y.value, -product) == 0.0;
            rounded_product |= !(x.is_power_of_two() || y.is_power_of_two());
            if product != 0.0 && product.abs() < format.smallest {
                underflow += format.smallest;
            }
        }
        let products = || a.iter().zip(b).map(|(x, y)| x.value * y.value);
        let beyond = |x: &Local, y: &Local| {
            let product = x.value * y.value;
            let overflows = product.is_infinite() && x.value.is_finite() && y.value.is_finite();
            if overflows { f64::MAX.copysign(product) } else { product }
        };
        if may_overflow(a.iter().zip(b).map(|(x, y)| beyond(x, y))) {
            return Local::open(value);
        }
        let exact = propagated == 0.0 && whole_products && sums_exactly(products());
        let roundings = count.saturating_sub(1) + usize::from(rounded_product);
        let rounding = if exact { 0.0 } else { format.gamma(roundings) * magnitude + underflow };
        Local::computed(value + 0.0, propagated, rounding)
    }

    fn product(factors: &[Self]) -> Self {
        let value: f64 = factors.iter().map(|x| x.value).product();
        let (mut above, mut below) = (1.0_f64, 1.0_f64);
        for factor in factors.iter().map(|x| x.value.abs()).filter(|x| x.is_finite()) {
            above *= factor.max(1.0);
            below *= if factor == 0.0 { 1.0 } else { factor.min(1.0) };
        }
        // In some order the factors overflow, or vanish, before the others come.
        let goes_beyond = above > format().greatest || below < format().smallest;
        if goes_beyond && above > 1.0 && below < 1.0 {
            return Local::open(value);
        }
        let exact = factors.iter().all(|x| x.is_exact());
        let whole = exact && factors.iter().all(|x| x.value.fract() == 0.0);
        let one = |x: &Self| x.value.abs() == 1.0 && x.is_exact();
        let count = factors.iter().filter(|x| !one(x)).count().saturating_sub(1);
        let rounding = if whole && value.abs() <= f64::from(format().precision).exp2() {
            0.0
        } else {
            format().gamma(count) * value.abs()
        };
        // The product moves by at most Π(|x|+e) - Π|x|.
        let outer: f64 = factors.iter().map(|x| x.value.abs() + x.running).product();
        let propagated = if exact { 0.0 } else { outer * (1.0 + 1e-15) - value.abs() };
        Local::computed(value, propagated, rounding)
    }

    fn log_sum_exp(terms: &[Self]) -> Self {
        let values: Vec<f64> = terms.iter().map(|t| t.value).collect();
        let value = f64::log_sum_exp(&values);
        let greatest = float::greatest(&values);
        let finite = terms.iter().filter(|t| t.value != f64::NEG_INFINITY).count();
        let propagated = terms
            .iter()
            .filter(|t| t.value != f64::NEG_INFINITY)
            .map(|t| t.running)
            .fold(0.0, f64::max);
        if finite <= 1 || !value.is_finite() {
            return Local { value, running: propagated, local: 0.0 };
        }
        let unit = format().unit;
        // exp: its argument's rounding and its own budget; the sum; log: its argument's relative
        // error and its own budget; the last addition.
        let budget = 2.0 * unit;
        let spread: f64 = values
            .iter()
            .filter(|x| **x != f64::NEG_INFINITY)
            .map(|x| (x - value).exp() * (x - greatest).abs())
            .sum();
        let log = (value - greatest).abs();
        let rounding = unit * spread
            + Elementary::Exp.budget() * budget
            + format().gamma(finite - 1)
            + Elementary::Log.budget() * budget * log
            + unit * value.abs();
        Local::computed(value, propagated, rounding)
    }

    fn softmax(logits: &[Self]) -> Vec<Self> {
        let values: Vec<f64> = logits.iter().map(|t| t.value).collect();
        let weights = f64::softmax(&values);
        if logits.len() == 1 && values[0].is_finite() {
            return vec![Local::exact(1.0)];
        }
        let greatest = float::greatest(&values);
        let format = format();
        let spread: f64 =
            weights.iter().zip(&values).map(|(w, x)| scale(*w, (x - greatest).abs())).sum();
        let shared: f64 = weights.iter().zip(logits).map(|(w, x)| scale(*w, x.running)).sum();
        // Room for exp of log_softmax beside exp over the sum: twice the budget.
        let common = 2.0
            * (format.unit * (spread + 2.0)
                + 4.0 * Elementary::Exp.budget() * format.unit
                + format.gamma(values.len()));
        weights
            .iter()
            .zip(logits)
            .map(|(&y, x)| {
                let argument = 2.0 * format.unit * (x.value - greatest).abs();
                let moved = x.running * (1.0 - y).abs() + (shared - y * x.running).max(0.0);
                let propagated = if moved == 0.0 { 0.0 } else { scale(y, moved.exp_m1()) };
                Local::computed(y, propagated, scale(y, common + argument))
            })
            .collect()
    }

    fn variance(terms: &[Self]) -> Self {
        let values: Vec<f64> = terms.iter().map(|t| t.value).collect();
        let value = f64::variance(&values);
        let n = terms.len();
        let exact = terms.iter().all(|t| t.is_exact());
        let mean = f64::mean(&values);
        if exact
            && (n == 1
                || values.iter().all(|x| *x == values[0]) && sums_exactly(values.iter().copied()))
        {
            return Local::exact(value);
        }
        let format = format();
        if value.is_finite() && value * n as f64 > format.greatest && value <= format.greatest {
            return Local::open(value);
        }
        let magnitude = values.iter().map(|x| x.abs()).sum::<f64>() / n as f64;
        let shift = format.gamma(n) * magnitude;
        // The mean's error enters squared; each difference, square, addition and the quotient
        // round once.
        let rounding = format.gamma(n + 4) * (value + shift * shift)
            + shift * shift
            + (format.unit * magnitude).powi(2);
        let propagated = if exact {
            0.0
        } else {
            let worst = terms.iter().map(|t| t.running).fold(0.0, f64::max);
            let moved: f64 = terms.iter().map(|t| scale(t.value - mean, t.running)).sum();
            2.0 * moved / n as f64 + worst * worst
        };
        Local::computed(value, propagated, rounding)
    }

    fn max(terms: &[Self]) -> Self {
        let value = float::greatest(&terms.iter().map(|t| t.value).collect::<Vec<_>>());
        let running = terms
            .iter()
            .filter(|t| t.value + t.running >= value || value.is_nan())
            .map(|t| t.running)
            .fold(0.0, f64::max);
        Local { value, running, local: 0.0 }
    }

    fn greater(self, other: Self) -> Truth {
        let overlap = self.running + other.running;
        if overlap == 0.0 {
            return self.value.greater(other.value);
        }
        let difference = self.value - other.value;
        if difference > overlap {
            Truth::Yes
        } else if difference < -overlap || difference.is_nan() {
            Truth::No
        } else {
            Truth::Unknown(difference > 0.0)
        }
    }

    fn select(truth: Truth, a: Self, b: Self) -> Self {
        match truth {
            Truth::Yes => a,
            Truth::No | Truth::Tie => b,
            Truth::Unknown(likely) => {
                note_undecided();
                let chosen = if likely { a } else { b };
                let apart = (a.value - b.value).abs();
                let running = (a.running + if likely { 0.0 } else { apart })
                    .max(b.running + if likely { apart } else { 0.0 });
                Local { value: chosen.value, running, local: chosen.local + apart }
            }
        }
    }

    fn kink(truth: Truth, a: Self, b: Self) -> Self {
        Self::select(truth, a, b)
    }

    fn widened(self, factor: f64) -> Self {
        let extra = scale(factor - 1.0, self.local);
        Local { value: self.value, running: self.running + extra, local: extra }
    }

    fn stopped(self) -> Self {
        self
    }

    fn stored(self, format: Format) -> Self {
        if self.value.abs() > format.greatest * (1.0 + format.unit) {
            return Local::exact(f64::INFINITY.copysign(self.value));
        }
        if self.is_exact() && format.represents(self.value) {
            return Local { local: 0.0, ..self };
        }
        let floor = if self.value != 0.0 && self.value.abs() < format.smallest {
            format.smallest
        } else {
            0.0
        };
        let rounding = format.unit * (self.value.abs() + self.running) + floor;
        Local { value: self.value, running: self.running + rounding, local: rounding }
    }

    fn returned(self) -> Self {
        if self.has_overflowed() { Local::exact(self.value) } else { self }
    }

    fn is_inexact(self) -> bool {
        self.local > 0.0
    }
}
