//! The tensors that the reference computes on: a shape and a flat vector.
//!
//! Semantics are index loops over these; moving functions map indices and work on any element.

use crate::dtype::DType;
use crate::error::{Error, Refusal};
use crate::function::Function;
use crate::host::HostTensor;
use crate::number::{Format, Integer, Number};
use crate::shape::{self, Spec};

/// A dense tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<E> {
    shape: Vec<usize>,
    data: Vec<E>,
}

/// Runs over every index of a shape in row-major order; the whole shape must be addressable.
pub(crate) fn each_index(shape: &[usize], mut f: impl FnMut(&[usize])) {
    if shape.contains(&0) {
        return;
    }
    let mut index = vec![0; shape.len()];
    loop {
        f(&index);
        let mut axis = shape.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}

impl<E: Copy> Tensor<E> {
    /// From row-major data. Missing elements are a mistake of the definition that calls this.
    pub fn new(shape: Vec<usize>, data: Vec<E>) -> Self {
        debug_assert_eq!(shape::elements(&shape), Some(data.len()));
        Tensor { shape, data }
    }

    /// The element at each index by a rule.
    pub fn from_fn(shape: Vec<usize>, mut rule: impl FnMut(&[usize]) -> E) -> Self {
        let mut data = Vec::with_capacity(shape.iter().product());
        each_index(&shape, |index| data.push(rule(index)));
        Tensor { shape, data }
    }

    /// The same element everywhere.
    pub fn filled(shape: Vec<usize>, element: E) -> Self {
        let count = shape.iter().product();
        Tensor { shape, data: vec![element; count] }
    }

    /// The shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &[E] {
        &self.data
    }

    /// The element at an index.
    pub fn at(&self, index: &[usize]) -> E {
        self.data[self.offset(index)]
    }

    fn offset(&self, index: &[usize]) -> usize {
        debug_assert_eq!(index.len(), self.shape.len());
        index.iter().zip(&self.shape).fold(0, |offset, (i, n)| offset * n + i)
    }

    /// A function of every element.
    pub fn map<F: Copy>(&self, f: impl FnMut(E) -> F) -> Tensor<F> {
        Tensor { shape: self.shape.clone(), data: self.data.iter().copied().map(f).collect() }
    }

    /// A function of two elements, with NumPy's broadcasting to `shape`.
    pub fn zip<F: Copy, G: Copy>(
        &self,
        other: &Tensor<F>,
        shape: &[usize],
        mut f: impl FnMut(E, F) -> G,
    ) -> Tensor<G> {
        if self.shape == shape && other.shape == shape {
            let data = self.data.iter().zip(&other.data).map(|(a, b)| f(*a, *b)).collect();
            return Tensor { shape: shape.to_vec(), data };
        }
        Tensor::from_fn(shape.to_vec(), |index| {
            f(self.broadcast_at(index), other.broadcast_at(index))
        })
    }

    /// The element that broadcasting puts at an index of a larger shape.
    pub fn broadcast_at(&self, index: &[usize]) -> E {
        let skipped = index.len() - self.rank();
        let offset = index[skipped..]
            .iter()
            .zip(&self.shape)
            .fold(0, |offset, (&i, &n)| offset * n + if n == 1 { 0 } else { i });
        self.data[offset]
    }

    /// The same elements in another shape of the same size.
    pub fn reshaped(&self, shape: &[usize]) -> Self {
        Tensor::new(shape.to_vec(), self.data.clone())
    }

    /// For every index of `shape`, the element that `source` names there.
    pub fn moved(
        &self,
        shape: &[usize],
        mut source: impl FnMut(&[usize], &mut Vec<usize>),
    ) -> Self {
        let mut at = Vec::with_capacity(self.rank());
        Tensor::from_fn(shape.to_vec(), |index| {
            at.clear();
            source(index, &mut at);
            self.at(&at)
        })
    }

    /// Axes reordered: axis i of the result is axis `order[i]` of this.
    pub fn permuted(&self, order: &[usize]) -> Self {
        let shape: Vec<usize> = order.iter().map(|&axis| self.shape[axis]).collect();
        self.moved(&shape, |index, at| {
            at.resize(order.len(), 0);
            for (i, &axis) in order.iter().enumerate() {
                at[axis] = index[i];
            }
        })
    }

    /// A function of the elements that share all indices but those on `axes` (sorted). The
    /// result has the remaining axes, in order.
    pub fn reduced<F: Copy>(&self, axes: &[usize], mut f: impl FnMut(&[E]) -> F) -> Tensor<F> {
        let kept: Vec<usize> = (0..self.rank()).filter(|axis| !axes.contains(axis)).collect();
        let inner: Vec<usize> = axes.iter().map(|&axis| self.shape[axis]).collect();
        let outer: Vec<usize> = kept.iter().map(|&axis| self.shape[axis]).collect();
        let mut line = Vec::new();
        let mut at = vec![0; self.rank()];
        Tensor::from_fn(outer, |index| {
            for (&axis, &i) in kept.iter().zip(index) {
                at[axis] = i;
            }
            line.clear();
            each_index(&inner, |inner_index| {
                for (&axis, &i) in axes.iter().zip(inner_index) {
                    at[axis] = i;
                }
                line.push(self.at(&at));
            });
            f(&line)
        })
    }

    /// A function of each line along the last axis, which gives a line of the same length.
    pub fn map_lines<F: Copy>(&self, f: impl FnMut(&[E]) -> Vec<F>) -> Tensor<F> {
        let length = self.shape.last().copied().unwrap_or(1);
        let data =
            if length == 0 { Vec::new() } else { self.data.chunks(length).flat_map(f).collect() };
        Tensor { shape: self.shape.clone(), data }
    }

    /// The lines along the last axis.
    pub fn lines(&self) -> impl Iterator<Item = &[E]> {
        let length = self.shape.last().copied().unwrap_or(1);
        self.data.chunks(length.max(1))
    }

    /// The part with index `i` on `axis`, which goes.
    pub fn slice(&self, axis: usize, i: usize) -> Self {
        let mut shape = self.shape.clone();
        shape.remove(axis);
        self.moved(&shape, |index, at| {
            at.extend_from_slice(index);
            at.insert(axis, i);
        })
    }

    /// Tensors of one shape side by side along a new axis.
    pub fn stacked(parts: &[Self], shape: &[usize], axis: usize) -> Self {
        Tensor::from_fn(shape.to_vec(), |index| {
            let mut at = index.to_vec();
            let part = at.remove(axis);
            parts[part].at(&at)
        })
    }
}

/// The elements of a tensor in some reading: numbers of the reading, or whole numbers for the
/// integer types and bool.
#[derive(Clone, Debug)]
pub enum Numbers<N> {
    /// Elements of a floating-point type.
    Float(Tensor<N>),
    /// Elements of an integer type or bool.
    Whole(Tensor<Integer>),
}

/// Runs an expression on the elements, whatever their kind, and keeps the kind.
macro_rules! numbers {
    ($x:expr, $t:ident => $body:expr) => {
        match &$x.numbers {
            $crate::tensor::Numbers::Float($t) => $crate::tensor::Numbers::Float($body),
            $crate::tensor::Numbers::Whole($t) => $crate::tensor::Numbers::Whole($body),
        }
    };
    ($x:expr, $y:expr, $a:ident, $b:ident => $body:expr) => {
        match (&$x.numbers, &$y.numbers) {
            ($crate::tensor::Numbers::Whole($a), $crate::tensor::Numbers::Whole($b)) => {
                $crate::tensor::Numbers::Whole($body)
            }
            _ => {
                let ($a, $b) = (&$x.floats(), &$y.floats());
                $crate::tensor::Numbers::Float($body)
            }
        }
    };
}
pub(crate) use numbers;

/// A tensor in some reading.
#[derive(Clone, Debug)]
pub struct Value<N> {
    /// Element type.
    pub dtype: DType,
    /// Whether it stands for a sparse matrix.
    pub sparse: bool,
    /// The elements.
    pub numbers: Numbers<N>,
}

impl<N: Number> Value<N> {
    /// A host tensor in this reading; its elements are exact.
    pub fn from_host(host: &HostTensor) -> Self {
        let shape = host.shape().to_vec();
        let numbers = if host.dtype().is_float() {
            Numbers::Float(Tensor::new(
                shape,
                host.to_f64s().into_iter().map(N::constant).collect(),
            ))
        } else {
            Numbers::Whole(Tensor::new(shape, host.to_i64s().into_iter().map(Integer).collect()))
        };
        Value { dtype: host.dtype(), sparse: host.is_sparse(), numbers }
    }

    /// The values, rounded to the dtype, on the host.
    pub fn to_host(&self) -> Result<HostTensor, Error> {
        let host = match &self.numbers {
            Numbers::Float(t) => {
                let data: Vec<f64> = t.data().iter().map(|x| x.value()).collect();
                HostTensor::from_f64s(self.dtype, t.shape(), &data)?
            }
            Numbers::Whole(t) => {
                let data: Vec<i64> = t.data().iter().map(|x| x.0).collect();
                HostTensor::from_i64s(self.dtype, t.shape(), &data)?
            }
        };
        Ok(host.with_sparse(self.sparse))
    }

    /// The shape.
    pub fn shape(&self) -> &[usize] {
        match &self.numbers {
            Numbers::Float(t) => t.shape(),
            Numbers::Whole(t) => t.shape(),
        }
    }

    /// dtype, shape and sparseness.
    pub fn spec(&self) -> Spec {
        Spec { sparse: self.sparse, ..Spec::known(self.dtype, self.shape()) }
    }

    /// The elements as numbers of the reading.
    pub fn floats(&self) -> Tensor<N> {
        match &self.numbers {
            Numbers::Float(t) => t.clone(),
            Numbers::Whole(t) => t.map(|x| N::constant(x.value())),
        }
    }

    /// The elements as whole numbers: indices, labels, lengths, masks.
    pub fn wholes(&self) -> Tensor<i64> {
        match &self.numbers {
            Numbers::Float(t) => t.map(|x| x.whole()),
            Numbers::Whole(t) => t.map(|x| x.0),
        }
    }

    /// Which elements are not zero: masks and conditions.
    pub fn truths(&self) -> Tensor<bool> {
        match &self.numbers {
            Numbers::Float(t) => t.map(|x| x.value() != 0.0),
            Numbers::Whole(t) => t.map(|x| x.0 != 0),
        }
    }

    /// The same tensor with every number of the reading replaced.
    pub fn map_floats<M: Number>(&self, f: impl FnMut(N) -> M) -> Value<M> {
        let numbers = match &self.numbers {
            Numbers::Float(t) => Numbers::Float(t.map(f)),
            Numbers::Whole(t) => Numbers::Whole(t.clone()),
        };
        Value { dtype: self.dtype, sparse: self.sparse, numbers }
    }

    /// Elements that a definition returned, as a tensor of the dtype that inference named. A
    /// float16 function computes in float32 and rounds once here.
    pub(crate) fn typed(numbers: Numbers<N>, spec: &Spec) -> Self {
        let numbers = match (numbers, spec.dtype) {
            (Numbers::Float(t), DType::Float16) => {
                Numbers::Float(t.map(|x| x.stored(Format::half())))
            }
            (Numbers::Float(t), _) => Numbers::Float(t.map(|x| x.returned())),
            (numbers @ Numbers::Whole(_), _) => numbers,
        };
        Value { dtype: spec.dtype, sparse: spec.sparse, numbers }
    }
}

impl<N> Numbers<N> {
    /// Truth values.
    pub(crate) fn truths(t: &Tensor<bool>) -> Self {
        Numbers::Whole(t.map(|b| Integer(i64::from(b))))
    }
}

/// Why a definition gave no spec or no value: the input is refused by this function, or a nested program
/// failed with an error of its own.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    Refused(Refusal),
    Nested(Error),
}

impl Failure {
    /// The error of a call of `function`.
    pub(crate) fn by(self, function: Function) -> Error {
        match self {
            Failure::Refused(refusal) => refusal.by(function),
            Failure::Nested(error) => error,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Nested(error)
    }
}

/// What a definition returns: the elements of each result.
pub(crate) type Evaluated<N> = Result<Vec<Numbers<N>>, Failure>;
/// What shape inference returns.
pub(crate) type Inferred = Result<Vec<Spec>, Refusal>;
