//! concatenate, reshape, permute_dimensions, expand_dims, squeeze, repeat_elements,
//! temporal_padding: elements move bit for bit.

use super::labels::*;
use super::{agree, axis_at, dense, known, ranked, same};
use crate::error::Refusal;
use crate::number::Number;
use crate::shape::{Dim, Spec, elements, show_dims};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, numbers};

entry! {
    /// Tensors side by side along one axis.
    ///
    /// Shapes: equal but for the axis, whose dims add up. Sparse matrices give a sparse matrix;
    /// beside a dense one they give a dense one.
    Concatenate = concatenate {
        /// At least one tensor, all of one rank.
        tensors tensors;
        /// Which axis; negative counts from the end.
        plain axis: i64 = -1;
    }
    constraints [
        "there is at least one tensor",
        "the tensors have one rank, and equal dims but for the axis",
        "the axis is within the tensors' rank",
        "sparse operands are matrices",
    ]
    conventions ["a tensor with size 0 on the axis adds nothing"]
    source "Keras 1.1 backend, concatenate",
    example "concatenate([[1.], [2.]], axis=0) = [1., 2.]"
}

impl Concatenate<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        let first = self.tensors.first().ok_or_else(|| C1.refuse("no tensor is given"))?;
        let axis = axis_at(C3, self.axis, first.rank())?;
        let mut dims = first.dims.clone();
        for other in &self.tensors[1..] {
            agree(first, "a later tensor", other)?;
            C2.require(other.rank() == first.rank(), || format!("shapes of {first} and {other}"))?;
            for (i, (dim, &more)) in dims.iter_mut().zip(&other.dims).enumerate() {
                *dim = if i == axis {
                    dim.zip(more).and_then(|(a, b)| a.checked_add(b))
                } else {
                    same(C2, &format!("dims of axis {i}"), *dim, more)?
                };
            }
        }
        let sparse = self.tensors.iter().any(|t| t.sparse);
        C4.require(!sparse || first.rank() == 2, || format!("a sparse operand of {first}"))?;
        let sparse = self.tensors.iter().all(|t| t.sparse);
        Ok(vec![Spec { sparse, ..first.with_dims(dims) }])
    }
}

impl<N: Number> Concatenate<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        let axis = axis_at(C3, self.axis, shape.len())?;
        // For every position on the axis: which tensor, and where in it.
        let sources: Vec<(usize, usize)> = self
            .tensors
            .iter()
            .enumerate()
            .flat_map(|(i, t)| (0..t.shape()[axis]).map(move |at| (i, at)))
            .collect();
        let place = |index: &[usize]| {
            let (part, at) = sources[index[axis]];
            let mut index = index.to_vec();
            index[axis] = at;
            (part, index)
        };
        let wholes: Option<Vec<_>> = self
            .tensors
            .iter()
            .map(|t| if let Numbers::Whole(t) = &t.numbers { Some(t) } else { None })
            .collect();
        Ok(vec![match wholes {
            Some(parts) => Numbers::Whole(Tensor::from_fn(shape, |index| {
                let (part, at) = place(index);
                parts[part].at(&at)
            })),
            None => {
                let parts: Vec<Tensor<N>> = self.tensors.iter().map(|t| t.floats()).collect();
                Numbers::Float(Tensor::from_fn(shape, |index| {
                    let (part, at) = place(index);
                    parts[part].at(&at)
                }))
            }
        }])
    }
}

entry! {
    /// The same elements, row-major, in another shape.
    Reshape = reshape {
        /// Any tensor.
        tensor x;
        /// The new shape; one dim may be -1 and is worked out from the others.
        plain shape: Vec<i64>;
    }
    constraints [
        "dims are not negative, but for at most one -1",
        "the new shape has as many elements as x",
    ]
    conventions ["a -1 beside a dim of 0 is refused: nothing determines it"]
    source "Keras 1.1 backend, reshape; NumPy's reshape",
    example "reshape([[1., 2.], [3., 4.]], [-1]) = [1., 2., 3., 4.]"
}

impl Reshape<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        let mut dims: Vec<Dim> = Vec::with_capacity(self.shape.len());
        for &n in &self.shape {
            C1.require(n >= -1, || format!("shape {:?}", self.shape))?;
            dims.push(usize::try_from(n).ok());
        }
        let free = dims.iter().filter(|dim| dim.is_none()).count();
        C1.require(free <= 1, || format!("shape {:?} has more than one -1", self.shape))?;
        let given: Vec<usize> = dims.iter().flatten().copied().collect();
        let fixed = elements(&given)
            .ok_or_else(|| C2.refuse(format!("shape {:?} has too many elements", self.shape)))?;
        let Some(x_shape) = self.x.shape() else {
            return Ok(vec![self.x.with_dims(dims)]);
        };
        let all = elements(&x_shape).unwrap_or(usize::MAX);
        let wrong = || {
            C2.refuse(format!(
                "x has shape {}, asked for {:?}",
                show_dims(&self.x.dims),
                self.shape
            ))
        };
        if free == 0 {
            return if all == fixed { Ok(vec![self.x.with_dims(dims)]) } else { Err(wrong()) };
        }
        if fixed == 0 || !all.is_multiple_of(fixed) {
            return Err(wrong());
        }
        let dims: Vec<Dim> = dims.into_iter().map(|dim| dim.or(Some(all / fixed))).collect();
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> Reshape<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => t.reshaped(&shape))])
    }
}

entry! {
    /// Axes in another order: axis i of the result is axis pattern\[i\] of x.
    PermuteDimensions = permute_dimensions {
        /// Any tensor.
        tensor x;
        /// Every axis once; negative counts from the end.
        plain pattern: Vec<i64>;
    }
    constraints ["pattern names every axis of x exactly once"]
    conventions []
    source "Keras backend page, permute_dimensions",
    example "permute_dimensions([[1., 2.]], [1, 0]) = [[1.], [2.]]"
}

impl<T> PermuteDimensions<T> {
    /// The pattern as positions.
    pub fn order(&self, rank: usize) -> Result<Vec<usize>, Refusal> {
        let wrong = || C1.refuse(format!("pattern {:?} for a tensor of rank {rank}", self.pattern));
        let order: Vec<usize> = self
            .pattern
            .iter()
            .map(|&axis| axis_at(C1, axis, rank).map_err(|_| wrong()))
            .collect::<Result<_, _>>()?;
        let all = order.len() == rank && (0..rank).all(|axis| order.contains(&axis));
        if all { Ok(order) } else { Err(wrong()) }
    }
}

impl PermuteDimensions<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        let order = self.order(self.x.rank())?;
        let dims: Vec<Dim> = order.iter().map(|&axis| self.x.dims[axis]).collect();
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> PermuteDimensions<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let order = self.order(self.x.shape().len())?;
        Ok(vec![numbers!(self.x, t => t.permuted(&order))])
    }
}

entry! {
    /// A new axis of size 1.
    ExpandDims = expand_dims {
        /// Any tensor.
        tensor x;
        /// Its position in the result; negative counts from the result's end.
        plain dim: i64 = -1;
    }
    constraints ["dim is within the result's rank"]
    conventions []
    source "Keras backend page, expand_dims",
    example "expand_dims([1., 2.], 0) = [[1., 2.]]"
}

impl ExpandDims<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        let at = axis_at(C1, self.dim, self.x.rank() + 1)?;
        let mut dims = self.x.dims.clone();
        dims.insert(at, Some(1));
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> ExpandDims<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => t.reshaped(&shape))])
    }
}

entry! {
    /// An axis of size 1 taken away.
    Squeeze = squeeze {
        /// Any tensor.
        tensor x;
        /// Which axis; negative counts from the end.
        plain axis: i64;
    }
    constraints ["the axis is within the tensor's rank", "the axis has size 1"]
    conventions []
    source "Keras backend page, squeeze",
    example "squeeze([[1., 2.]], 0) = [1., 2.]"
}

impl Squeeze<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        let axis = axis_at(C1, self.axis, self.x.rank())?;
        same(C2, "the axis and 1", self.x.dims[axis], Some(1))?;
        let mut dims = self.x.dims.clone();
        dims.remove(axis);
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> Squeeze<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => t.reshaped(&shape))])
    }
}

entry! {
    /// Each element along an axis, rep times in a row.
    ///
    /// Shapes: (s1, s2, s3) with axis 1 gives (s1, s2·rep, s3).
    RepeatElements = repeat_elements {
        /// Any tensor.
        tensor x;
        /// How many times.
        plain rep: i64;
        /// Which axis; negative counts from the end.
        plain axis: i64;
    }
    constraints ["the axis is within the tensor's rank", "rep is not negative"]
    conventions ["rep 0 and an empty axis give an empty result"]
    source "Keras backend page, repeat_elements; NumPy's repeat",
    example "repeat_elements([1., 2.], 2, 0) = [1., 1., 2., 2.]"
}

impl RepeatElements<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        let axis = axis_at(C1, self.axis, self.x.rank())?;
        let rep =
            usize::try_from(self.rep).map_err(|_| C2.refuse(format!("rep is {}", self.rep)))?;
        let mut dims = self.x.dims.clone();
        dims[axis] = dims[axis].map(|n| n.saturating_mul(rep));
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> RepeatElements<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        let axis = axis_at(C1, self.axis, shape.len())?;
        let rep = self.rep as usize;
        Ok(vec![numbers!(self.x, t => t.moved(&shape, |index, at| {
            at.extend_from_slice(index);
            at[axis] /= rep;
        }))])
    }
}

entry! {
    /// Zeros before and after the middle axis of a 3-D tensor.
    ///
    /// Shapes: (samples, steps, dim) gives (samples, steps + 2·padding, dim).
    TemporalPadding = temporal_padding {
        /// A tensor of rank 3.
        tensor x;
        /// How many zeros on each side.
        plain padding: i64 = 1;
    }
    constraints ["x has rank 3", "padding is not negative"]
    conventions []
    source "Keras backend page, temporal_padding",
    example "temporal_padding([[[5.]]], 1) = [[[0.], [5.], [0.]]]"
}

impl TemporalPadding<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 3)?;
        let padding = usize::try_from(self.padding)
            .map_err(|_| C2.refuse(format!("padding is {}", self.padding)))?;
        let mut dims = self.x.dims.clone();
        dims[1] = dims[1].map(|n| n.saturating_add(padding.saturating_mul(2)));
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> TemporalPadding<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (shape, padding) = (known(&specs[0]), self.padding as usize);
        Ok(vec![numbers!(self.x, t => padded(t, &shape, &[0, padding, 0]))])
    }
}

/// Zeros around: `before` many on each axis, the rest of `shape` after.
fn padded<E: Number>(t: &Tensor<E>, shape: &[usize], before: &[usize]) -> Tensor<E> {
    Tensor::from_fn(shape.to_vec(), |index| {
        let at: Option<Vec<usize>> = index
            .iter()
            .zip(before)
            .zip(t.shape())
            .map(|((i, before), n)| i.checked_sub(*before).filter(|i| i < n))
            .collect();
        at.map_or_else(E::zero, |at| t.at(&at))
    })
}
