//! `+ - * /` and negation on symbolic tensors and plain numbers.

use std::ops;

use super::Tensor;
use super::graph::constant;
use crate::error::Result;
use crate::functions::elementwise;
use crate::host::HostTensor;

/// What may stand on the other side of an operator: a tensor, or a plain number, which takes the
/// tensor's dtype.
pub trait Operand {
    /// The operand as a tensor beside `other`.
    fn beside(&self, other: &Tensor) -> Tensor;
}

impl Operand for Tensor {
    fn beside(&self, _other: &Tensor) -> Tensor {
        self.clone()
    }
}

impl Operand for &Tensor {
    fn beside(&self, _other: &Tensor) -> Tensor {
        (*self).clone()
    }
}

impl Operand for f64 {
    fn beside(&self, other: &Tensor) -> Tensor {
        constant(HostTensor::scalar_of(other.spec().dtype, *self))
    }
}

macro_rules! operator {
    ($Trait:ident, $method:ident, $function:path) => {
        impl<O: Operand> ops::$Trait<O> for &Tensor {
            type Output = Result<Tensor>;
            fn $method(self, other: O) -> Result<Tensor> {
                $function(self, &other.beside(self))
            }
        }
        impl<O: Operand> ops::$Trait<O> for Tensor {
            type Output = Result<Tensor>;
            fn $method(self, other: O) -> Result<Tensor> {
                $function(&self, &other.beside(&self))
            }
        }
        impl ops::$Trait<&Tensor> for f64 {
            type Output = Result<Tensor>;
            fn $method(self, other: &Tensor) -> Result<Tensor> {
                $function(&self.beside(other), other)
            }
        }
        impl ops::$Trait<Tensor> for f64 {
            type Output = Result<Tensor>;
            fn $method(self, other: Tensor) -> Result<Tensor> {
                $function(&self.beside(&other), &other)
            }
        }
    };
}

operator!(Add, add, elementwise::add);
operator!(Sub, sub, elementwise::subtract);
operator!(Mul, mul, elementwise::multiply);
operator!(Div, div, elementwise::divide);

impl ops::Neg for &Tensor {
    type Output = Result<Tensor>;
    fn neg(self) -> Result<Tensor> {
        elementwise::negative(self)
    }
}

impl ops::Neg for Tensor {
    type Output = Result<Tensor>;
    fn neg(self) -> Result<Tensor> {
        elementwise::negative(&self)
    }
}
