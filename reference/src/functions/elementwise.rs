//! Functions of one element, and of two with NumPy's broadcasting.

use super::labels::*;
use super::{agree, broadcast, dense, floating, known, numeric, plain, ranked, same};
use crate::arguments::DataFormat;
use crate::configuration;
use crate::dtype::DType;
use crate::number::{Elementary, Number, Truth};
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, numbers};

/// An entry whose definition is one elementary function.
macro_rules! elementary {
    (
        $(#[doc = $doc:expr])+
        $Name:ident = $name:ident is $apply:expr ;
        conventions [$($convention:expr),* $(,)?]
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            $Name = $name {
                /// A tensor of floats.
                tensor x;
            }
            constraints []
            conventions [$($convention),*]
            source $source,
            example $example
        }

        impl $Name<$crate::shape::Spec> {
            pub(crate) fn infer(&self) -> $crate::tensor::Inferred {
                $crate::functions::floating("x", &self.x)?;
                $crate::functions::dense("x", &self.x)?;
                Ok(vec![self.x.clone()])
            }
        }

        impl<N: $crate::number::Number> $Name<&$crate::tensor::Value<N>> {
            pub(crate) fn evaluate(&self, _specs: &[$crate::shape::Spec]) -> $crate::tensor::Evaluated<N> {
                let apply: fn(N) -> N = $apply;
                Ok(vec![$crate::tensor::Numbers::Float(self.x.floats().map(apply))])
            }
        }
    };
}
pub(super) use elementary;

elementary! {
    /// e^x, element by element.
    Exp = exp is |x| x.apply(Elementary::Exp);
    conventions ["exp(-inf) = 0, exp(inf) = inf, NaN passes"]
    source "Keras 1.1 backend, exp; IEEE",
    example "exp([0.]) = [1.]"
}

elementary! {
    /// Natural logarithm, element by element.
    Log = log is |x| x.apply(Elementary::Log);
    conventions ["log(0) = -inf, log of a negative number is NaN, NaN passes"]
    source "Keras 1.1 backend, log; IEEE",
    example "log([1.]) = [0.]"
}

elementary! {
    /// log(1 + x), element by element, exact for small x.
    Log1p = log1p is |x| x.apply(Elementary::Log1p);
    conventions ["log1p(-1) = -inf, log1p of a number below -1 is NaN, NaN passes"]
    source "Keras 2, where a backend uses it; IEEE",
    example "log1p([0.]) = [0.]"
}

elementary! {
    /// e^x - 1, element by element, exact for small x.
    Expm1 = expm1 is |x| x.apply(Elementary::Expm1);
    conventions ["expm1(-inf) = -1, expm1(inf) = inf, NaN passes"]
    source "Keras 2, where a backend uses it; IEEE",
    example "expm1([0.]) = [0.]"
}

elementary! {
    /// Square root, element by element, of the number clipped to be at least 0.
    Sqrt = sqrt is clipped_root;
    conventions [
        "negative numbers give 0, and gradient 0",
        "at 0 any gradient from 0 to infinity conforms",
        "sqrt(inf) = inf, NaN passes",
    ]
    source "Keras 1.1 backend, sqrt, which clips first",
    example "sqrt([4., -1.]) = [2., 0.]"
}

fn clipped_root<N: Number>(x: N) -> N {
    match N::zero().greater(x) {
        Truth::Yes => N::zero(),
        Truth::Tie => x.apply(Elementary::Sqrt),
        truth @ (Truth::No | Truth::Unknown(_)) => {
            N::select(truth, N::zero(), x.apply(Elementary::Sqrt))
        }
    }
}

elementary! {
    /// Sine, element by element, of an angle in radians.
    Sin = sin is |x| x.apply(Elementary::Sin);
    conventions ["sin(±inf) is NaN, NaN passes"]
    source "Keras 1.1 backend, sin; IEEE",
    example "sin([0.]) = [0.]"
}

elementary! {
    /// Cosine, element by element, of an angle in radians.
    Cos = cos is |x| x.apply(Elementary::Cos);
    conventions ["cos(±inf) is NaN, NaN passes"]
    source "Keras 1.1 backend, cos; IEEE",
    example "cos([0.]) = [1.]"
}

/// An entry of one operand of any number type.
macro_rules! numeric_unary {
    (
        $(#[doc = $doc:expr])+
        $Name:ident = $name:ident is $apply:expr ;
        conventions [$($convention:expr),* $(,)?]
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            $Name = $name {
                /// A tensor of numbers.
                tensor x;
            }
            constraints []
            conventions [$($convention),*]
            source $source,
            example $example
        }

        impl $Name<Spec> {
            pub(crate) fn infer(&self) -> Inferred {
                numeric("x", &self.x)?;
                dense("x", &self.x)?;
                Ok(vec![self.x.clone()])
            }
        }

        impl<N: Number> $Name<&Value<N>> {
            pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
                Ok(vec![numbers!(self.x, t => t.map($apply))])
            }
        }
    };
}

numeric_unary! {
    /// Product of each element with itself.
    Square = square is |x| x.times(x);
    conventions ["overflow of integers lies outside the contract"]
    source "Keras 1.1 backend, square",
    example "square([3.]) = [9.]"
}

numeric_unary! {
    /// Absolute value, element by element.
    Abs = abs is |x| x.apply(Elementary::Abs);
    conventions ["NaN passes", "the gradient at 0 is anything from -1 to 1"]
    source "Keras 1.1 backend, abs",
    example "abs([-2., 3.]) = [2., 3.]"
}

numeric_unary! {
    /// -1, 0 or 1, element by element. The gradient is 0.
    Sign = sign is |x| x.apply(Elementary::Sign);
    conventions ["NaN gives NaN"]
    source "Keras 1.1 backend, sign; NumPy's sign",
    example "sign([-2., 0., 3.]) = [-1., 0., 1.]"
}

numeric_unary! {
    /// The nearest whole number, element by element, ties to even. The gradient is 0.
    Round = round is |x| x.apply(Elementary::Round);
    conventions ["half to even", "NaN and infinities pass"]
    source "Keras 1.1 backend, round; NumPy's round",
    example "round([0.5, 1.5, -2.7]) = [0., 2., -3.]"
}

entry! {
    /// Each element, moved to the nearer of two limits if it lies outside them.
    Clip = clip {
        /// A tensor of numbers.
        tensor x;
        /// The lower limit.
        plain min_value: f64;
        /// The upper limit.
        plain max_value: f64;
    }
    constraints ["the limits of integers are not NaN"]
    conventions [
        "NaN passes",
        "max_value below min_value gives min_value everywhere",
        "the gradient is 0 outside; at a limit anything from 0 to 1 conforms",
        "a limit that is NaN gives NaN everywhere",
    ]
    source "Keras 1.1 backend, clip",
    example "clip([-2., 0.5, 3.], 0, 1) = [0., 0.5, 1.]"
}

impl<T> Clip<T> {
    /// The limits in their order; both are NaN where one is.
    pub fn limits(&self) -> (f64, f64) {
        if self.min_value.is_nan() || self.max_value.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        (self.min_value, self.max_value.max(self.min_value))
    }
}

impl Clip<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        numeric("x", &self.x)?;
        dense("x", &self.x)?;
        C1.require(self.x.dtype.is_float() || !self.limits().0.is_nan(), || {
            format!("{} between {} and {}", self.x.dtype, self.min_value, self.max_value)
        })?;
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Clip<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let (low, high) = self.limits();
        let dtype = self.x.dtype;
        Ok(vec![numbers!(self.x, t => t.map(|x| {
            let limits = (plain(dtype, low), plain(dtype, high));
            if low.is_nan() { limits.0 } else { clipped(x, limits.0, limits.1) }
        }))])
    }
}

/// NaN as it passes a function that turns somewhere: what is NaN in the value has no gradient
/// contract.
pub(super) fn passing<E: Number>(x: E) -> E {
    x.times(E::constant(f64::NAN))
}

/// x between two limits, low ≤ high; NaN passes.
pub(super) fn clipped<E: Number>(x: E, low: E, high: E) -> E {
    if x.value().is_nan() {
        return passing(x);
    }
    let below = E::kink(low.greater(x), low, x);
    E::kink(below.greater(high), high, below)
}

entry! {
    /// Each element to a fixed power.
    Pow = pow {
        /// A tensor of numbers.
        tensor x;
        /// The exponent; a whole number for integers.
        plain a: f64;
    }
    constraints ["integers take a whole exponent that is not negative"]
    conventions ["IEEE pow: x^0 is 1 also of NaN, (-inf)^0.5 is inf, 0^negative is inf"]
    source "Keras 1.1 backend, pow; IEEE",
    example "pow([3.], 2) = [9.]"
}

impl Pow<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        numeric("x", &self.x)?;
        dense("x", &self.x)?;
        let whole = self.a >= 0.0 && self.a.fract() == 0.0;
        C1.require(self.x.dtype.is_float() || whole, || {
            format!("{} to the power {}", self.x.dtype, self.a)
        })?;
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Pow<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let a = if self.x.dtype.is_float() { self.x.dtype.round(self.a) } else { self.a };
        Ok(vec![numbers!(self.x, t => t.map(|x| x.apply(Elementary::Pow(a))))])
    }
}

/// An entry of two operands with broadcasting.
macro_rules! binary {
    (
        $(#[doc = $doc:expr])+
        $Name:ident = $name:ident ;
        conventions [$($convention:expr),* $(,)?]
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            $Name = $name {
                /// Left operand.
                tensor x;
                /// Right operand.
                tensor y;
            }
            constraints ["the shapes broadcast"]
            conventions [$($convention),*]
            source $source,
            example $example
        }
    };
}

fn infer_binary(x: &Spec, y: &Spec, dtype: DType) -> Inferred {
    agree(x, "y", y)?;
    dense("x", x)?;
    dense("y", y)?;
    Ok(vec![Spec::new(dtype, broadcast(C1, x, y)?)])
}

/// A comparison: bool, without gradient.
macro_rules! comparison {
    ($Name:ident, $truth:expr) => {
        impl $Name<Spec> {
            pub(crate) fn infer(&self) -> Inferred {
                infer_binary(&self.x, &self.y, DType::Bool)
            }
        }

        impl<N: Number> $Name<&Value<N>> {
            pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
                let shape = known(&specs[0]);
                fn truth<E: Number>(x: E, y: E) -> bool {
                    let truth: fn(E, E) -> bool = $truth;
                    truth(x, y)
                }
                Ok(vec![match (&self.x.numbers, &self.y.numbers) {
                    (Numbers::Whole(x), Numbers::Whole(y)) => {
                        Numbers::truths(&x.zip(y, &shape, truth))
                    }
                    _ => Numbers::truths(&self.x.floats().zip(&self.y.floats(), &shape, truth)),
                }])
            }
        }
    };
}

binary! {
    /// Whether two elements are equal.
    Equal = equal;
    conventions ["NaN equals nothing", "the result is bool"]
    source "Keras 1.1 backend, equal; NumPy's broadcasting",
    example "equal([1., 2.], [1., 3.]) = [true, false]"
}

comparison!(Equal, |x, y| equal_numbers(x, y));

fn equal_numbers<E: Number>(x: E, y: E) -> bool {
    match x.greater(y) {
        Truth::Tie => true,
        Truth::Yes | Truth::No => false,
        unknown @ Truth::Unknown(_) => {
            unknown.decided();
            x.value() == y.value()
        }
    }
}

binary! {
    /// Whether two elements differ.
    NotEqual = not_equal;
    conventions ["NaN differs from everything", "the result is bool"]
    source "Keras 1.1 backend, not_equal; NumPy's broadcasting",
    example "not_equal([1., 2.], [1., 3.]) = [false, true]"
}

comparison!(NotEqual, |x, y| !equal_numbers(x, y));

binary! {
    /// Whether the left element is greater, or equal.
    GreaterEqual = greater_equal;
    conventions ["no comparison with NaN holds", "the result is bool"]
    source "Keras 1.1 backend, greater_equal; NumPy's broadcasting",
    example "greater_equal([1., 2.], [1., 3.]) = [true, false]"
}

comparison!(GreaterEqual, |x, y| equal_numbers(x, y) || x.greater(y).decided());

binary! {
    /// Whether the left element is less.
    Lesser = lesser;
    conventions ["no comparison with NaN holds", "the result is bool"]
    source "Keras 1.1 backend, lesser; NumPy's broadcasting",
    example "lesser([1., 2.], [1., 3.]) = [false, true]"
}

comparison!(Lesser, |x, y| y.greater(x).decided());

binary! {
    /// Whether the left element is less, or equal.
    LesserEqual = lesser_equal;
    conventions ["no comparison with NaN holds", "the result is bool"]
    source "Keras 1.1 backend, lesser_equal; NumPy's broadcasting",
    example "lesser_equal([1., 2.], [1., 1.]) = [true, false]"
}

comparison!(LesserEqual, |x, y| equal_numbers(x, y) || y.greater(x).decided());

binary! {
    /// Whether the left element is greater.
    Greater = greater;
    conventions ["no comparison with NaN holds", "the result is bool"]
    source "Keras 1.1 backend, greater; NumPy's broadcasting",
    example "greater([1., 2.], [1., 1.]) = [false, true]"
}

comparison!(Greater, |x, y| x.greater(y).decided());

/// Arithmetic of two operands in their own dtype.
macro_rules! arithmetic {
    ($Name:ident, $check:path, $combine:expr) => {
        impl $Name<Spec> {
            pub(crate) fn infer(&self) -> Inferred {
                $check("x", &self.x)?;
                infer_binary(&self.x, &self.y, self.x.dtype)
            }
        }

        impl<N: Number> $Name<&Value<N>> {
            pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
                let shape = known(&specs[0]);
                Ok(vec![numbers!(self.x, self.y, x, y => x.zip(y, &shape, $combine))])
            }
        }
    };
}

binary! {
    /// The greater of two elements.
    Maximum = maximum;
    conventions ["NaN if either is NaN", "equal elements share the cotangent"]
    source "Keras 1.1 backend, maximum; NumPy's maximum",
    example "maximum([1., 5.], [3., 2.]) = [3., 5.]"
}

arithmetic!(Maximum, numeric, |x, y| Number::max(&[x, y]));

binary! {
    /// The lesser of two elements.
    Minimum = minimum;
    conventions ["NaN if either is NaN", "equal elements share the cotangent"]
    source "Keras 1.1 backend, minimum; NumPy's minimum",
    example "minimum([1., 5.], [3., 2.]) = [1., 2.]"
}

arithmetic!(Minimum, numeric, |x, y| Number::min(&[x, y]));

binary! {
    /// Sum of two elements: the operator +.
    Add = add;
    conventions []
    source "operators of the Keras backend page; NumPy's broadcasting",
    example "[1., 2.] + [10.] = [11., 12.]"
}

arithmetic!(Add, numeric, |x, y| x.plus(y));

binary! {
    /// Difference of two elements: the operator -.
    Subtract = subtract;
    conventions []
    source "operators of the Keras backend page; NumPy's broadcasting",
    example "[1., 2.] - [10.] = [-9., -8.]"
}

arithmetic!(Subtract, numeric, |x, y| x.minus(y));

binary! {
    /// Product of two elements: the operator *.
    Multiply = multiply;
    conventions []
    source "operators of the Keras backend page; NumPy's broadcasting",
    example "[1., 2.] * [10.] = [10., 20.]"
}

arithmetic!(Multiply, numeric, |x, y| x.times(y));

binary! {
    /// Quotient of two floats: the operator /.
    Divide = divide;
    conventions ["IEEE: x/0 is infinite, 0/0 is NaN"]
    source "operators of the Keras backend page; NumPy's broadcasting",
    example "[1., 2.] / [4.] = [0.25, 0.5]"
}

arithmetic!(Divide, floating, |x, y| x.over(y));

numeric_unary! {
    /// Sign changed, element by element: the operator -.
    Negative = negative is |x| x.negated();
    conventions []
    source "operators of the Keras backend page",
    example "-[1., -2.] = [-1., 2.]"
}

entry! {
    /// The sum of a tensor and one number a channel.
    ///
    /// Shapes: as x. The channels are x's last axis, or for channels_first its axis 1.
    BiasAdd = bias_add {
        /// A tensor of rank at least 2.
        tensor x;
        /// (channels,)
        tensor bias;
        /// 'channels_first' or 'channels_last'.
        plain data_format: DataFormat = configuration::image_dim_ordering().into();
    }
    constraints ["x has rank at least 2", "bias is a vector of x's channels"]
    conventions [
        "of a matrix the channels are axis 1 with both data formats",
        "overflow of integers lies outside the contract",
    ]
    source "Keras 2 backend, bias_add",
    example "bias_add([[1., 2.]], [10., 20.]) = [[11., 22.]]"
}

impl<T> BiasAdd<T> {
    /// The axis of the channels of an x of this rank.
    pub fn channels(&self, rank: usize) -> usize {
        match self.data_format {
            DataFormat::ChannelsFirst => 1,
            DataFormat::ChannelsLast => rank - 1,
        }
    }
}

impl BiasAdd<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let (x, bias) = (&self.x, &self.bias);
        agree(x, "bias", bias)?;
        numeric("x", x)?;
        dense("x", x)?;
        dense("bias", bias)?;
        C1.require(x.rank() >= 2, || format!("x is {x}"))?;
        ranked(C2, "bias", bias, 1)?;
        let axis = self.channels(x.rank());
        let mut dims = x.dims.clone();
        dims[axis] = same(C2, "channels of x and bias", x.dims[axis], bias.dims[0])?;
        Ok(vec![x.with_dims(dims)])
    }
}

impl<N: Number> BiasAdd<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        let axis = self.channels(shape.len());
        Ok(vec![numbers!(self.x, self.bias, x, bias => {
            Tensor::from_fn(shape.clone(), |index| x.at(index).plus(bias.at(&[index[axis]])))
        })])
    }
}
