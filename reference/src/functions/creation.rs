//! zeros_like, ones_like, arange: tensors that are made rather than computed.

use super::labels::*;
use super::{dense, known, plain};
use crate::arguments::Scalar;
use crate::dtype::DType;
use crate::error::{Label, Refusal};
use crate::number::{Integer, Number};
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

/// The same number everywhere.
fn filled<N: Number>(spec: &Spec, value: f64) -> Numbers<N> {
    if spec.dtype.is_float() {
        Numbers::Float(Tensor::filled(known(spec), N::constant(value)))
    } else {
        Numbers::Whole(Tensor::filled(known(spec), Integer::constant(value)))
    }
}

macro_rules! constant_like {
    (
        $(#[doc = $doc:expr])+
        $Name:ident = $name:ident of $value:literal ;
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            ///
            /// Shapes: as x. No gradient flows to x.
            $Name = $name {
                /// Any dense tensor.
                tensor x;
                /// The element type; None for x's own.
                plain dtype: Option<DType> = None;
            }
            constraints []
            conventions ["the values of x are not looked at: NaN gives no NaN"]
            source $source,
            example $example, moves
        }

        impl $Name<Spec> {
            pub(crate) fn infer(&self) -> Inferred {
                dense("x", &self.x)?;
                Ok(vec![self.x.with_dtype(self.dtype.unwrap_or(self.x.dtype))])
            }
        }

        impl<N: Number> $Name<&Value<N>> {
            pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
                Ok(vec![filled(&specs[0], $value)])
            }
        }
    };
}

constant_like! {
    /// Zeros in the shape of another tensor.
    ZerosLike = zeros_like of 0.0;
    source "Keras backend page, zeros_like; dtype from later Keras",
    example "zeros_like([1., 2.]) = [0., 0.]"
}

constant_like! {
    /// Ones in the shape of another tensor.
    OnesLike = ones_like of 1.0;
    source "Keras backend page, ones_like; dtype from later Keras",
    example "ones_like([1., 2.]) = [1., 1.]"
}

entry! {
    /// Numbers at equal steps, from a start up to but without a stop.
    ///
    /// Shapes: (ceil((stop - start) / step),). With start alone, from 0 up to start.
    Arange = arange {
        /// The first number; without stop, the end, and the first is 0.
        plain start: Scalar;
        /// Where the numbers end; itself not among them.
        plain stop: Option<Scalar> = None;
        /// From one number to the next.
        plain step: Scalar = Scalar::Whole(1);
        /// The element type.
        plain dtype: DType = DType::Int32;
    }
    constraints [
        "step is not 0",
        "start, stop and step are finite in the dtype, and whole for an integer dtype",
        "every number fits an integer dtype",
    ]
    conventions ["an end that lies behind the start, in the direction of step, gives an empty tensor"]
    source "Keras 1.2 backend, arange; NumPy's arange",
    example "arange(1, 6, 2) = [1, 3, 5]"
}

/// Equal steps from a first number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steps {
    /// Exact.
    Whole {
        /// The first number.
        start: i64,
        /// From one to the next.
        step: i64,
    },
    /// In the arithmetic of the dtype.
    Real {
        /// The first number.
        start: f64,
        /// From one to the next.
        step: f64,
    },
}

impl<T> Arange<T> {
    /// The first number, the step, and how many numbers there are.
    pub fn steps(&self) -> Result<(Steps, usize), Refusal> {
        let zero = Scalar::Whole(0);
        let (start, stop) = self.stop.map_or((zero, self.start), |stop| (self.start, stop));
        let step = self.step;
        C1.require(step.value() != 0.0, || "step is 0".into())?;
        let all = [start, stop, step];
        let finite = |x: &Scalar| self.dtype.round(x.value()).is_finite();
        C2.require(all.iter().all(finite), || {
            format!("start {start:?}, stop {stop:?}, step {step:?}")
        })?;
        let integer = !self.dtype.is_float();
        let whole = [start.whole(), stop.whole(), step.whole()];
        let (steps, count) = if let [Some(start), Some(stop), Some(step)] = whole {
            let (distance, width) = (i128::from(stop) - i128::from(start), i128::from(step));
            // Rounded up: a last, shorter step counts.
            let count = (distance + width - width.signum()) / width;
            (Steps::Whole { start, step }, usize::try_from(count.max(0)).unwrap_or(usize::MAX))
        } else {
            C2.require(!integer, || {
                format!("start {start:?}, stop {stop:?}, step {step:?} for {}", self.dtype)
            })?;
            let count = ((stop.value() - start.value()) / step.value()).ceil().max(0.0);
            (Steps::Real { start: start.value(), step: step.value() }, count as usize)
        };
        if let (Steps::Whole { start, step }, Some((least, greatest))) = (steps, self.dtype.range())
            && count > 0
        {
            let last = i128::from(start) + i128::from(step) * (count as i128 - 1);
            let fits = [i128::from(start), last].iter().all(|n| (least..=greatest).contains(n));
            C3.require(fits, || format!("{start} to {last} in {}", self.dtype))?;
        }
        Ok((steps, count))
    }
}

impl Arange<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        Label::G(4).require(self.dtype != DType::Bool, || "dtype is bool".into())?;
        let (_, count) = self.steps()?;
        Ok(vec![Spec::known(self.dtype, &[count])])
    }
}

impl<N: Number> Arange<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (steps, _) = self.steps()?;
        let (shape, dtype) = (known(&specs[0]), self.dtype);
        Ok(vec![match (steps, dtype.is_float()) {
            (Steps::Whole { start, step }, false) => {
                let at = |index: &[usize]| start.wrapping_add(step.wrapping_mul(index[0] as i64));
                Numbers::Whole(Tensor::from_fn(shape, |index| Integer(at(index))))
            }
            (Steps::Whole { .. } | Steps::Real { .. }, _) => {
                let (start, step) = match steps {
                    Steps::Whole { start, step } => (start as f64, step as f64),
                    Steps::Real { start, step } => (start, step),
                };
                let (start, step): (N, N) = (plain(dtype, start), plain(dtype, step));
                Numbers::Float(Tensor::from_fn(shape, |index| {
                    start.plus(step.scaled(index[0] as f64))
                }))
            }
        }])
    }
}
