//! Tensors on the host, at the edge of the API: what is fed, what comes back.

use std::fmt;

use half::f16;
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use crate::dtype::{DType, Element};
use crate::printing::Cut;
use crate::shape::{self, Spec};

/// Why an array could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrayError {
    /// The shape has more elements than a tensor may have.
    #[error("shape {shape:?} has more than {} elements", shape::MAX_ELEMENTS)]
    TooLarge {
        /// The shape asked for.
        shape: Vec<usize>,
    },
    /// The number of elements does not fit the shape.
    #[error("{found} elements for shape {shape:?}, which holds {expected}")]
    Count {
        /// The shape asked for.
        shape: Vec<usize>,
        /// How many elements it holds.
        expected: usize,
        /// How many were given.
        found: usize,
    },
}

macro_rules! elements {
    ($($variant:ident($type:ty)),* $(,)?) => {
        /// The elements of a host tensor, row-major.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the dtypes")]
        pub enum Elements { $($variant(ArrayD<$type>)),* }

        $(impl Stored for $type {
            fn wrap(array: ArrayD<Self>) -> Elements { Elements::$variant(array) }
            fn unwrap(elements: &Elements) -> Option<&ArrayD<Self>> {
                if let Elements::$variant(array) = elements { Some(array) } else { None }
            }
        })*

        /// Runs an expression with the array, whatever its element type.
        #[macro_export]
        #[doc(hidden)]
        macro_rules! each_element_type {
            ($elements:expr, $array:ident => $body:expr) => {
                match $elements { $($crate::host::Elements::$variant($array) => $body),* }
            };
        }

        /// Runs an expression with the Rust type of a dtype.
        #[macro_export]
        #[doc(hidden)]
        macro_rules! each_dtype {
            ($dtype:expr, $alias:ident => $body:expr) => {
                match $dtype { $($crate::DType::$variant => { type $alias = $type; $body })* }
            };
        }
    };
}

/// An element type that a host tensor can hold.
pub trait Stored: Element {
    /// Into the variant of its type.
    fn wrap(array: ArrayD<Self>) -> Elements;
    /// Out of the variant of its type.
    fn unwrap(elements: &Elements) -> Option<&ArrayD<Self>>;
}

elements! {
    Float16(f16), Float32(f32), Float64(f64),
    Int8(i8), Int16(i16), Int32(i32), Int64(i64),
    UInt8(u8), UInt16(u16), UInt32(u32), UInt64(u64), Bool(bool),
}

/// A tensor on the host: dtype, shape and elements in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    elements: Elements,
    sparse: bool,
}

impl HostTensor {
    /// A tensor of `shape` from its elements in row-major order.
    pub fn from_vec<T: Stored>(shape: &[usize], data: Vec<T>) -> Result<Self, ArrayError> {
        let expected =
            shape::elements(shape).ok_or_else(|| ArrayError::TooLarge { shape: shape.to_vec() })?;
        let found = data.len();
        let array = ArrayD::from_shape_vec(IxDyn(shape), data).map_err(|_| ArrayError::Count {
            shape: shape.to_vec(),
            expected,
            found,
        })?;
        Ok(HostTensor { elements: T::wrap(array), sparse: false })
    }

    /// A tensor of `dtype` from numbers, each rounded to it.
    pub fn from_f64s(dtype: DType, shape: &[usize], data: &[f64]) -> Result<Self, ArrayError> {
        each_dtype!(dtype, E => HostTensor::from_vec::<E>(shape, data.iter().map(|&x| E::from_f64(x)).collect()))
    }

    /// A tensor of `dtype` from integers.
    pub fn from_i64s(dtype: DType, shape: &[usize], data: &[i64]) -> Result<Self, ArrayError> {
        each_dtype!(dtype, E => HostTensor::from_vec::<E>(shape, data.iter().map(|&x| E::from_i64(x)).collect()))
    }

    /// A tensor of `dtype` that holds the same number everywhere, rounded to it.
    pub fn filled(dtype: DType, shape: &[usize], x: f64) -> Result<Self, ArrayError> {
        let count =
            shape::elements(shape).ok_or_else(|| ArrayError::TooLarge { shape: shape.to_vec() })?;
        each_dtype!(dtype, E => HostTensor::from_vec::<E>(shape, vec![E::from_f64(x); count]))
    }

    /// A 0-d tensor.
    pub fn scalar<T: Stored>(x: T) -> Self {
        HostTensor { elements: T::wrap(ArrayD::from_elem(IxDyn(&[]), x)), sparse: false }
    }

    /// A 0-d tensor of `dtype` that holds `x` rounded to it.
    pub fn scalar_of(dtype: DType, x: f64) -> Self {
        each_dtype!(dtype, E => HostTensor::scalar::<E>(E::from_f64(x)))
    }

    /// The same matrix, marked as sparse or not.
    #[must_use]
    pub fn with_sparse(mut self, sparse: bool) -> Self {
        self.sparse = sparse;
        self
    }

    /// Whether the tensor stands for a sparse matrix.
    pub fn is_sparse(&self) -> bool {
        self.sparse
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        fn of<T: Element>(_: &ArrayD<T>) -> DType {
            T::DTYPE
        }
        each_element_type!(&self.elements, array => of(array))
    }

    /// The shape.
    pub fn shape(&self) -> &[usize] {
        each_element_type!(&self.elements, array => array.shape())
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        each_element_type!(&self.elements, array => array.len())
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// dtype, shape and sparseness.
    pub fn spec(&self) -> Spec {
        Spec { sparse: self.sparse, ..Spec::known(self.dtype(), self.shape()) }
    }

    /// The elements by type.
    pub fn elements(&self) -> &Elements {
        &self.elements
    }

    /// The elements as a slice in row-major order, if they are of type `T`.
    pub fn as_slice<T: Stored>(&self) -> Option<&[T]> {
        T::unwrap(&self.elements).and_then(|array| array.as_slice())
    }

    /// The elements as an array, if they are of type `T`.
    pub fn as_array<T: Stored>(&self) -> Option<&ArrayD<T>> {
        T::unwrap(&self.elements)
    }

    /// The elements as 64-bit floats, in row-major order; exact up to 2^53.
    pub fn to_f64s(&self) -> Vec<f64> {
        each_element_type!(&self.elements, array => array.iter().map(|x| x.to_f64()).collect())
    }

    /// The elements as integers, in row-major order; fractions are cut off.
    pub fn to_i64s(&self) -> Vec<i64> {
        each_element_type!(&self.elements, array => array.iter().map(|x| x.to_i64()).collect())
    }

    /// The same numbers with another element type.
    pub fn cast(&self, dtype: DType) -> Self {
        if dtype == self.dtype() {
            return self.clone();
        }
        fn convert<A: Element, B: Stored>(array: &ArrayD<A>) -> Elements {
            let exact = A::DTYPE.is_float() || B::DTYPE.is_float();
            B::wrap(
                array.mapv(
                    |x| if exact { B::from_f64(x.to_f64()) } else { B::from_i64(x.to_i64()) },
                ),
            )
        }
        let elements = each_element_type!(&self.elements, array => each_dtype!(dtype, E => convert::<_, E>(array)));
        HostTensor { elements, sparse: self.sparse }
    }
}

/// More elements than a reader wants to see: only the first and the last along each axis are
/// written.
const SHOWN: usize = 1000;

/// How many stand at either end of an axis that is cut short.
const EDGE: usize = 3;

impl fmt::Display for HostTensor {
    /// Nested lists, as Python writes them; long axes are cut short.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each_element_type!(&self.elements, array => show(f, &array.view(), self.len() > SHOWN))
    }
}

/// A tensor as a long one is written.
pub(crate) struct Shortened<'a>(pub(crate) &'a HostTensor);

impl Shortened<'_> {
    /// What may be cut from a tensor of this shape so that the rest, shortened, reads the same.
    pub(crate) fn cuts(shape: &[usize]) -> Vec<Cut> {
        let is_long = shape.iter().product::<usize>() > SHOWN;
        // One place more than is written, for the dots.
        let (first, last) = (EDGE + 1, EDGE);
        let cut = |(axis, &n): (usize, &usize)| {
            (is_long && n > first + last).then_some(Cut { axis, first, last })
        };
        shape.iter().enumerate().filter_map(cut).collect()
    }
}

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each_element_type!(&self.0.elements, array => show(f, &array.view(), true))
    }
}

fn show<T: fmt::Debug>(
    f: &mut fmt::Formatter<'_>,
    array: &ArrayViewD<'_, T>,
    shortened: bool,
) -> fmt::Result {
    if array.ndim() == 0 {
        return array.first().map_or(Ok(()), |x| write!(f, "{x:?}"));
    }
    let n = array.len_of(Axis(0));
    f.write_str("[")?;
    for i in 0..n {
        if shortened && n > 2 * EDGE && (EDGE..n - EDGE).contains(&i) {
            if i == EDGE {
                f.write_str(", …")?;
            }
            continue;
        }
        if i > 0 {
            f.write_str(", ")?;
        }
        show(f, &array.index_axis(Axis(0), i), shortened)?;
    }
    f.write_str("]")
}

impl From<f64> for HostTensor {
    fn from(x: f64) -> Self {
        HostTensor::scalar(x)
    }
}

impl<T: Stored> From<ArrayD<T>> for HostTensor {
    fn from(array: ArrayD<T>) -> Self {
        let array = if array.is_standard_layout() {
            array
        } else {
            array.as_standard_layout().into_owned()
        };
        HostTensor { elements: T::wrap(array), sparse: false }
    }
}
