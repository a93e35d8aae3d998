//! gather, one_hot, in_top_k.

use super::labels::*;
use super::{dense, floating, known, ranked, same};
use crate::configuration;
use crate::dtype::DType;
use crate::error::Refusal;
use crate::number::Number;
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value, numbers};

entry! {
    /// Rows of a tensor, by their position on axis 0.
    ///
    /// Shapes: reference (n, …), indices any shape; the result has indices' shape, then
    /// reference's without its first axis. The gradient adds up over repeated indices.
    Gather = gather {
        /// What rows are taken from, rank at least 1.
        tensor reference;
        /// Whole numbers of any dtype, each from 0 to n-1.
        tensor indices;
    }
    constraints [
        "reference has rank at least 1",
        "every index lies in 0..n; negative ones do not count from the end",
    ]
    conventions ["no index at all gives an empty result, also of an empty reference"]
    source "Keras 1.1 backend, gather",
    example "gather([[1.], [2.]], [1, 0, 1]) = [[2.], [1.], [2.]]", moves
}

impl<T> Gather<T> {
    /// Refuses indices outside 0..n; `low` and `high` are the extremes of the indices.
    pub fn check_range(low: i64, high: i64, n: usize) -> Result<(), Refusal> {
        let n_signed = i64::try_from(n).unwrap_or(i64::MAX);
        C2.require(low >= 0 && high < n_signed, || {
            let found = if low < 0 { low } else { high };
            format!("index {found} into {n} rows")
        })
    }
}

impl Gather<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("reference", &self.reference)?;
        dense("indices", &self.indices)?;
        C1.require(self.reference.rank() >= 1, || "reference is a scalar".into())?;
        let mut dims = self.indices.dims.clone();
        dims.extend(&self.reference.dims[1..]);
        Ok(vec![self.reference.with_dims(dims)])
    }
}

impl<N: Number> Gather<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let indices = self.indices.wholes();
        if let (Some(&low), Some(&high)) =
            (indices.data().iter().min(), indices.data().iter().max())
        {
            Gather::<()>::check_range(low, high, self.reference.shape()[0])?;
        }
        let shape = known(&specs[0]);
        let rank = indices.rank();
        Ok(vec![numbers!(self.reference, t => t.moved(&shape, |index, at| {
            at.push(indices.at(&index[..rank]) as usize);
            at.extend_from_slice(&index[rank..]);
        }))])
    }
}

entry! {
    /// One at the position that the index names, zero elsewhere.
    ///
    /// Shapes: indices (…) gives (…, nb_classes), in floatx.
    OneHot = one_hot {
        /// Whole numbers of any dtype.
        tensor indices;
        /// How many classes.
        plain nb_classes: i64;
    }
    constraints ["nb_classes is not negative"]
    conventions ["an index outside 0..nb_classes gives a row of zeros"]
    source "Keras backend page, one_hot",
    example "one_hot([1, 0], 3) = [[0., 1., 0.], [1., 0., 0.]]"
}

impl OneHot<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("indices", &self.indices)?;
        let classes = usize::try_from(self.nb_classes)
            .map_err(|_| C1.refuse(format!("nb_classes is {}", self.nb_classes)))?;
        let mut dims = self.indices.dims.clone();
        dims.push(Some(classes));
        Ok(vec![Spec::new(configuration::floatx(), dims)])
    }
}

impl<N: Number> OneHot<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let indices = self.indices.wholes();
        let rank = indices.rank();
        Ok(vec![Numbers::Float(Tensor::from_fn(known(&specs[0]), |index| {
            let hit = indices.at(&index[..rank]) == index[rank] as i64;
            N::constant(f64::from(u8::from(hit)))
        }))])
    }
}

entry! {
    /// Whether fewer than k predictions of a row are greater than the target's.
    ///
    /// Shapes: predictions (samples, classes), targets (samples,); the result is (samples,), bool.
    InTopK = in_top_k {
        /// The predictions.
        tensor predictions;
        /// The class of each row, whole numbers of any dtype.
        tensor targets;
        /// How many places count.
        plain k: i64;
    }
    constraints ["predictions has rank 2 and targets rank 1", "the samples agree"]
    conventions [
        "ties with the target's prediction do not count against it",
        "false where the target is out of range, or any prediction of the row is not finite",
        "k of 0 or less is always false",
    ]
    source "Keras 1.2 backend, in_top_k; decision for what is not finite",
    example "in_top_k([[0.1, 0.7, 0.2]], [2], 2) = [true]"
}

impl InTopK<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("predictions", &self.predictions)?;
        dense("predictions", &self.predictions)?;
        dense("targets", &self.targets)?;
        ranked(C1, "predictions", &self.predictions, 2)?;
        ranked(C1, "targets", &self.targets, 1)?;
        let samples = same(C2, "samples", self.predictions.dims[0], self.targets.dims[0])?;
        Ok(vec![Spec::new(DType::Bool, [samples])])
    }
}

impl<N: Number> InTopK<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let (predictions, targets) = (self.predictions.floats(), self.targets.wholes());
        let classes = predictions.shape()[1];
        Ok(vec![Numbers::truths(&Tensor::from_fn(known(&specs[0]), |index| {
            let target = usize::try_from(targets.at(index)).ok().filter(|&t| t < classes);
            let Some(target) = target else { return false };
            let row: Vec<N> = (0..classes).map(|c| predictions.at(&[index[0], c])).collect();
            let greater = row.iter().filter(|p| p.greater(row[target]).decided()).count();
            row.iter().all(|p| p.value().is_finite()) && (greater as i64) < self.k
        }))])
    }
}
