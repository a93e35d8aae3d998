//! Shapes: joining, reshaping, reordering, repeating. Elements move bit for bit.

use super::labels::*;
use super::{agree, axis_at, dense, known, ranked, same};
use crate::arguments::{Argument, Axes, Plain, PlainArgument, Unfit};
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
    ]
    conventions ["a tensor with size 0 on the axis adds nothing"]
    source "Keras 1.1 backend, concatenate",
    example "concatenate([[1.], [2.]], axis=0) = [1., 2.]", moves
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
    example "reshape([[1., 2.], [3., 4.]], [-1]) = [1., 2., 3., 4.]", moves
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
    example "permute_dimensions([[1., 2.]], [1, 0]) = [[1.], [2.]]", moves
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
    example "expand_dims([1., 2.], 0) = [[1., 2.]]", moves
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
    example "squeeze([[1., 2.]], 0) = [1., 2.]", moves
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
    example "repeat_elements([1., 2.], 2, 0) = [1., 1., 2., 2.]", moves
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
    /// Elements in reverse order along axes.
    Reverse = reverse {
        /// Any tensor.
        tensor x;
        /// One axis or a list; negative counts from the end.
        plain axes: Axes;
    }
    constraints ["each axis is within the tensor's rank, and given once"]
    conventions ["an empty list reverses nothing"]
    source "Keras backend page, reverse",
    example "reverse([1., 2.], 0) = [2., 1.]", moves
}

impl Reverse<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        self.axes.resolve(self.x.rank(), C1)?;
        Ok(vec![self.x.clone()])
    }
}

impl<N: Number> Reverse<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        let axes = self.axes.resolve(shape.len(), C1)?;
        Ok(vec![numbers!(self.x, t => t.moved(&shape, |index, at| {
            at.extend_from_slice(index);
            for &axis in &axes {
                at[axis] = shape[axis] - 1 - index[axis];
            }
        }))])
    }
}

entry! {
    /// A matrix, n times along a new axis in the middle.
    ///
    /// Shapes: (samples, dim) gives (samples, n, dim).
    Repeat = repeat {
        /// A tensor of rank 2.
        tensor x;
        /// How many times.
        plain n: i64;
    }
    constraints ["x has rank 2", "n is not negative"]
    conventions []
    source "Keras backend page, repeat",
    example "repeat([[1., 2.]], 2) = [[[1., 2.], [1., 2.]]]", moves
}

impl Repeat<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        ranked(C1, "x", &self.x, 2)?;
        let n = usize::try_from(self.n).map_err(|_| C2.refuse(format!("n is {}", self.n)))?;
        Ok(vec![self.x.with_dims([self.x.dims[0], Some(n), self.x.dims[1]])])
    }
}

impl<N: Number> Repeat<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => t.moved(&shape, |index, at| {
            at.extend([index[0], index[2]]);
        }))])
    }
}

/// How often along each axis: a number for a vector, a list for every rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times(pub Vec<i64>);

impl Plain for Times {
    const EXPECTED: &'static str = "a whole number or a list of them";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if matches!(argument, Argument::List(_)) {
            return Vec::parse(argument).map(Times);
        }
        i64::parse(argument).map(|n| Times(vec![n]))
    }
    fn show(&self) -> PlainArgument {
        self.0.show()
    }
}

impl<const N: usize> From<[i64; N]> for Times {
    fn from(times: [i64; N]) -> Self {
        Times(times.to_vec())
    }
}

entry! {
    /// The whole tensor, side by side with itself along every axis.
    Tile = tile {
        /// Any tensor.
        tensor x;
        /// How often along each axis; a number for a vector.
        plain n: Times;
    }
    constraints ["n has one number for each axis", "no number is negative"]
    conventions ["0 times gives an empty axis"]
    source "Keras 1.1 backend, tile; NumPy's tile",
    example "tile([1., 2.], 2) = [1., 2., 1., 2.]", moves
}

impl Tile<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        let times = &self.n.0;
        C1.require(times.len() == self.x.rank(), || {
            format!("n is {times:?}, x has shape {}", show_dims(&self.x.dims))
        })?;
        let dims = self
            .x
            .dims
            .iter()
            .zip(times)
            .map(|(dim, &n)| {
                let n = usize::try_from(n).map_err(|_| C2.refuse(format!("n is {times:?}")))?;
                Ok(dim.map(|dim| dim.saturating_mul(n)))
            })
            .collect::<Result<Vec<Dim>, Refusal>>()?;
        Ok(vec![self.x.with_dims(dims)])
    }
}

impl<N: Number> Tile<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => t.moved(&shape, |index, at| {
            at.extend(index.iter().zip(t.shape()).map(|(i, n)| i % n));
        }))])
    }
}

/// The product of dims, unknown if one is.
fn product(dims: &[Dim]) -> Dim {
    dims.iter().copied().try_fold(1_usize, |product, dim| dim.map(|n| product.saturating_mul(n)))
}

entry! {
    /// All elements in one row.
    Flatten = flatten {
        /// Any tensor.
        tensor x;
    }
    constraints []
    conventions []
    source "Keras 1.1 backend, flatten",
    example "flatten([[1., 2.], [3., 4.]]) = [1., 2., 3., 4.]", moves
}

impl Flatten<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        Ok(vec![self.x.with_dims([product(&self.x.dims)])])
    }
}

impl<N: Number> Flatten<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => t.reshaped(&shape))])
    }
}

entry! {
    /// The elements of each sample in one row.
    ///
    /// Shapes: (samples, a, b, …) gives (samples, a·b·…).
    BatchFlatten = batch_flatten {
        /// A tensor of rank at least 1.
        tensor x;
    }
    constraints ["x has rank at least 1"]
    conventions ["a vector gives one column", "(2, 0, 2) gives (2, 0)"]
    source "Keras backend page, batch_flatten",
    example "batch_flatten([[[1.], [2.]]]) = [[1., 2.]]", moves
}

impl BatchFlatten<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("x", &self.x)?;
        C1.require(self.x.rank() >= 1, || "x is a scalar".into())?;
        Ok(vec![self.x.with_dims([self.x.dims[0], product(&self.x.dims[1..])])])
    }
}

impl<N: Number> BatchFlatten<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        Ok(vec![numbers!(self.x, t => t.reshaped(&shape))])
    }
}

entry! {
    /// Tensors of one shape, along a new first axis.
    Pack = pack {
        /// At least one tensor.
        tensors x;
    }
    constraints ["there is at least one tensor", "the tensors have one shape"]
    conventions []
    source "Keras 1.1 backend, pack",
    example "pack([[1.], [2.]]) = [[1.], [2.]]", moves
}

impl Pack<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        stacked_spec(&self.x, |_| Ok(0))
    }
}

impl<N: Number> Pack<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        Ok(vec![stacked(&self.x, &known(&specs[0]), 0)])
    }
}

entry! {
    /// Tensors of one shape, along a new axis.
    Stack = stack {
        /// At least one tensor.
        tensors x;
        /// Where the new axis stands in the result; negative counts from its end.
        plain axis: i64 = 0;
    }
    constraints [
        "there is at least one tensor",
        "the tensors have one shape",
        "the axis is within the result's rank",
    ]
    conventions ["axis 0 is pack"]
    source "Keras 1.2 backend, stack",
    example "stack([[1., 2.], [3., 4.]], 1) = [[1., 3.], [2., 4.]]", moves
}

impl Stack<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        stacked_spec(&self.x, |rank| axis_at(C3, self.axis, rank))
    }
}

impl<N: Number> Stack<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let shape = known(&specs[0]);
        let axis = axis_at(C3, self.axis, shape.len())?;
        Ok(vec![stacked(&self.x, &shape, axis)])
    }
}

/// C1 and C2: the tensors as one, with a new axis where `axis` puts it in the result's rank.
fn stacked_spec(x: &[Spec], axis: impl Fn(usize) -> Result<usize, Refusal>) -> Inferred {
    let first = x.first().ok_or_else(|| C1.refuse("no tensor is given"))?;
    let axis = axis(first.rank() + 1)?;
    let mut dims = first.dims.clone();
    for other in x {
        agree(first, "a later tensor", other)?;
        dense("a tensor", other)?;
        C2.require(other.rank() == first.rank(), || format!("shapes of {first} and {other}"))?;
        for (dim, &more) in dims.iter_mut().zip(&other.dims) {
            *dim = same(C2, "dims of the tensors", *dim, more)?;
        }
    }
    dims.insert(axis, Some(x.len()));
    Ok(vec![first.with_dims(dims)])
}

fn stacked<N: Number>(x: &[&Value<N>], shape: &[usize], axis: usize) -> Numbers<N> {
    let wholes: Option<Vec<Tensor<_>>> = x
        .iter()
        .map(|t| if let Numbers::Whole(t) = &t.numbers { Some(t.clone()) } else { None })
        .collect();
    match wholes {
        Some(parts) => Numbers::Whole(Tensor::stacked(&parts, shape, axis)),
        None => {
            let parts: Vec<Tensor<N>> = x.iter().map(|t| t.floats()).collect();
            Numbers::Float(Tensor::stacked(&parts, shape, axis))
        }
    }
}
