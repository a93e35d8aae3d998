//! What is known of a tensor before it is computed: its dtype and its partly known shape.

use std::fmt;

use crate::dtype::DType;

/// A dim that may be unknown until the program runs, Keras' `None`.
pub type Dim = Option<usize>;

/// More elements than any tensor of the API may have. A request beyond it is refused before
/// anything is allocated.
pub const MAX_ELEMENTS: usize = 1 << 29;

/// dtype, partly known shape and sparseness of a tensor; the rank is always known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// Element type.
    pub dtype: DType,
    /// One entry an axis, `None` where unknown.
    pub dims: Vec<Dim>,
    /// Whether the tensor is a sparse matrix.
    pub sparse: bool,
}

impl Spec {
    /// A dense tensor.
    pub fn new(dtype: DType, dims: impl Into<Vec<Dim>>) -> Self {
        Spec { dtype, dims: dims.into(), sparse: false }
    }

    /// A dense tensor whose dims are all known.
    pub fn known(dtype: DType, shape: &[usize]) -> Self {
        Spec::new(dtype, shape.iter().map(|&n| Some(n)).collect::<Vec<_>>())
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.dims.len()
    }

    /// The shape, if every dim is known.
    pub fn shape(&self) -> Option<Vec<usize>> {
        self.dims.iter().copied().collect()
    }

    /// The same shape with another element type, dense.
    pub fn with_dtype(&self, dtype: DType) -> Self {
        Spec { dtype, dims: self.dims.clone(), sparse: false }
    }

    /// The same element type with another shape, dense.
    pub fn with_dims(&self, dims: impl Into<Vec<Dim>>) -> Self {
        Spec::new(self.dtype, dims)
    }

    /// Whether a tensor with this dtype and shape may stand where `self` is expected.
    pub fn admits(&self, dtype: DType, shape: &[usize]) -> bool {
        self.dtype == dtype
            && self.rank() == shape.len()
            && self.dims.iter().zip(shape).all(|(dim, n)| dim.is_none_or(|d| d == *n))
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, show_dims(&self.dims))
    }
}

/// A partly known shape as a reader expects it: `(2, None, 4)`.
pub fn show_dims(dims: &[Dim]) -> String {
    let dims: Vec<_> =
        dims.iter().map(|dim| dim.map_or_else(|| "None".to_owned(), |n| n.to_string())).collect();
    if dims.len() == 1 { format!("({},)", dims[0]) } else { format!("({})", dims.join(", ")) }
}

/// The number of elements of a shape, or `None` where it exceeds what any tensor may have. As in
/// NumPy, dims of 0 do not excuse the others: without them the product must stay in bounds too.
pub fn elements(shape: &[usize]) -> Option<usize> {
    let product = shape
        .iter()
        .filter(|n| **n != 0)
        .try_fold(1_usize, |product, &n| product.checked_mul(n))
        .filter(|&product| product <= MAX_ELEMENTS)?;
    Some(if shape.contains(&0) { 0 } else { product })
}

/// The axis that a possibly negative number names, or `None` out of range.
pub fn axis_of(axis: i64, rank: usize) -> Option<usize> {
    let rank_signed = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis.checked_add(rank_signed)? } else { axis };
    usize::try_from(axis).ok().filter(|&axis| axis < rank)
}

/// Whether two dims may be equal, and what is known of them if so.
pub fn unify(a: Dim, b: Dim) -> Result<Dim, (usize, usize)> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => Err((a, b)),
        (Some(a), _) => Ok(Some(a)),
        (None, b) => Ok(b),
    }
}

/// NumPy's broadcasting of two partly known shapes, or `None` where they do not fit.
///
/// An unknown dim against 1 stays unknown; against anything else it must turn out to be that
/// dim or 1, which is checked when the program runs.
pub fn broadcast(a: &[Dim], b: &[Dim]) -> Option<Vec<Dim>> {
    let rank = a.len().max(b.len());
    let at = |dims: &[Dim], i: usize| {
        let missing = rank - dims.len();
        if i < missing { Some(1) } else { dims[i - missing] }
    };
    (0..rank)
        .map(|i| match (at(a, i), at(b, i)) {
            (Some(1), d) | (d, Some(1)) => Some(d),
            (Some(m), Some(n)) => (m == n).then_some(Some(m)),
            (Some(n), None) | (None, Some(n)) => Some(Some(n)),
            (None, None) => Some(None),
        })
        .collect()
}
