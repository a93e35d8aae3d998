//! cast, to_dense, identity, print_tensor, shape: the same tensor in another form.

use super::dense;
use crate::dtype::DType;
use crate::number::{Elementary, Format, Integer, Number};
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

entry! {
    /// The same numbers with another element type.
    ///
    /// Shapes: as x. Floats are rounded to the nearest number of a narrower float type, and lose
    /// their fraction in an integer type; anything but 0 is true.
    Cast = cast {
        /// Any tensor.
        tensor x;
        /// The new element type, by name.
        plain dtype: DType;
    }
    constraints []
    conventions [
        "floats are truncated towards 0 in integer types",
        "NaN is true",
        "NaN or a number out of range in an integer type lies outside the contract",
        "the gradient passes between float types, and is 0 through any other",
    ]
    source "Keras backend page, cast",
    example "cast([1.7, -1.7], 'int32') = [1, -1]"
}

impl Cast<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        Ok(vec![self.x.with_dtype(self.dtype)])
    }
}

/// A number without its fraction; where rounding may carry it over a whole number, that is noted.
fn truncated<N: Number>(x: N) -> Integer {
    let whole = x.value().trunc();
    let magnitude = x.apply(Elementary::Abs);
    if whole != 0.0 {
        N::constant(whole.abs()).greater(magnitude).decided();
    }
    N::constant(whole.abs() + 1.0).greater(magnitude).decided();
    Integer(whole as i64)
}

impl<N: Number> Cast<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let (from, to) = (self.x.dtype, self.dtype);
        // float16 is rounded where every result is.
        let narrows = to == DType::Float32 && (from == DType::Float64 || !from.is_float());
        let stored = |x: N| if narrows { x.stored(Format::of(to)) } else { x };
        if to == DType::Bool {
            return Ok(vec![Numbers::truths(&self.x.truths())]);
        }
        Ok(vec![match &self.x.numbers {
            Numbers::Float(t) if to.is_float() => Numbers::Float(t.map(stored)),
            Numbers::Whole(t) if to.is_float() => {
                Numbers::Float(t.map(|x| stored(N::constant(x.value()))))
            }
            Numbers::Float(t) => Numbers::Whole(t.map(truncated)),
            Numbers::Whole(t) => Numbers::Whole(t.clone()),
        }])
    }
}

entry! {
    /// A sparse matrix written out; a dense tensor as it is.
    ToDense = to_dense {
        /// A sparse matrix, or any dense tensor.
        tensor tensor;
    }
    constraints []
    conventions ["a dense tensor is that tensor"]
    source "Keras backend page, to_dense",
    example "to_dense(sparse [[0., 2.]]) = [[0., 2.]]", moves
}

impl ToDense<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        Ok(vec![Spec { sparse: false, ..self.tensor.clone() }])
    }
}

impl<N: Number> ToDense<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![self.tensor.numbers.clone()])
    }
}

entry! {
    /// The same tensor.
    Identity = identity {
        /// Any tensor.
        tensor x;
    }
    constraints []
    conventions ["a sparse matrix stays sparse"]
    source "Keras 2 backend, identity",
    example "identity([1., 2.]) = [1., 2.]", moves
}

impl Identity<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Identity<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![self.x.numbers.clone()])
    }
}

entry! {
    /// The same tensor, whose value is printed whenever it is computed.
    PrintTensor = print_tensor {
        /// Any tensor.
        tensor x;
        /// Printed before the value.
        plain message: String = String::new();
    }
    constraints []
    conventions ["what is printed goes to stderr, or where `with_printer` sends it"]
    source "Keras 1.1 backend, print_tensor",
    example "print_tensor([1.], 'x = ') = [1.], and prints x = [1.]", moves
}

impl PrintTensor<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> PrintTensor<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        if N::IS_VALUE {
            crate::printing::print(&self.message, &self.x.to_host()?);
        }
        Ok(vec![self.x.numbers.clone()])
    }
}

entry! {
    /// The shape of a tensor, as a tensor that is known when the program runs.
    ///
    /// Shapes: (rank,), int64.
    Shape = shape {
        /// Any tensor.
        tensor x;
    }
    constraints []
    conventions ["a scalar has the shape (0,) of no dims"]
    source "Keras 1.1 backend, shape",
    example "shape([[1., 2., 3.]]) = [1, 3]"
}

impl Shape<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        Ok(vec![Spec::known(DType::Int64, &[self.x.rank()])])
    }
}

impl<N: Number> Shape<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let dims: Vec<Integer> = self.x.shape().iter().map(|&n| Integer(n as i64)).collect();
        Ok(vec![Numbers::Whole(Tensor::new(vec![dims.len()], dims))])
    }
}
