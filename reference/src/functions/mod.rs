//! The entries: every function's page of specification, its shape inference and its semantics.
//! One module a family.

pub mod activation;
pub mod configuration;
pub mod control;
pub mod conversion;
pub mod convolution;
pub mod creation;
pub mod ctc;
pub mod cumulative;
pub mod decoding;
pub mod elementwise;
pub mod indexing;
pub mod inspection;
pub mod iteration;
pub mod linear_algebra;
pub mod local;
pub mod loss;
pub mod normalization;
pub mod pooling;
pub mod position;
pub mod program;
pub mod random;
pub mod recurrent;
pub mod reduction;
pub mod shaping;
pub mod spatial;
pub mod variables;
pub mod window;

use crate::dtype::DType;
use crate::error::{Label, Refusal};
use crate::number::Number;
use crate::shape::{self, Dim, Spec};

/// Keras' labels, as constants for the entries.
pub(crate) mod labels {
    use crate::error::Label;
    pub(crate) const C1: Label = Label::C(1);
    pub(crate) const C2: Label = Label::C(2);
    pub(crate) const C3: Label = Label::C(3);
    pub(crate) const C4: Label = Label::C(4);
    pub(crate) const C5: Label = Label::C(5);
    pub(crate) const C6: Label = Label::C(6);
    pub(crate) const C7: Label = Label::C(7);
}

/// G2: tensor operands agree in dtype.
fn agree(x: &Spec, name: &str, y: &Spec) -> Result<(), Refusal> {
    Label::G(2).require(x.dtype == y.dtype, || {
        format!("{name} is {}, the first operand is {}", y.dtype, x.dtype)
    })
}

/// G4: a function of floats.
fn floating(name: &str, x: &Spec) -> Result<(), Refusal> {
    Label::G(4).require(x.dtype.is_float(), || {
        format!("{name} is {}, defined for float16, float32 and float64", x.dtype)
    })
}

/// G4: a function of numbers, not of truth values.
fn numeric(name: &str, x: &Spec) -> Result<(), Refusal> {
    Label::G(4).require(x.dtype != DType::Bool, || format!("{name} is bool, defined for numbers"))
}

/// G4: a dense operand.
fn dense(name: &str, x: &Spec) -> Result<(), Refusal> {
    Label::G(4).require(!x.sparse, || format!("{name} is sparse, defined for dense tensors"))
}

/// The rank that `label` asks for.
fn ranked(label: Label, name: &str, x: &Spec, rank: usize) -> Result<(), Refusal> {
    label.require(x.rank() == rank, || {
        format!("{name} has shape {}, rank {rank} is needed", shape::show_dims(&x.dims))
    })
}

/// An axis as a position, or a refusal with `label`.
fn axis_at(label: Label, axis: i64, rank: usize) -> Result<usize, Refusal> {
    shape::axis_of(axis, rank)
        .ok_or_else(|| label.refuse(format!("axis {axis} of a tensor of rank {rank}")))
}

/// Two dims that must be equal.
fn same(label: Label, what: &str, a: Dim, b: Dim) -> Result<Dim, Refusal> {
    shape::unify(a, b).map_err(|(a, b)| label.refuse(format!("{what} differ: {a} and {b}")))
}

/// Broadcast of two shapes, or a refusal with `label`.
fn broadcast(label: Label, x: &Spec, y: &Spec) -> Result<Vec<Dim>, Refusal> {
    shape::broadcast(&x.dims, &y.dims).ok_or_else(|| {
        label.refuse(format!(
            "shapes {} and {} do not broadcast",
            shape::show_dims(&x.dims),
            shape::show_dims(&y.dims)
        ))
    })
}

/// A plain number as the tensor's dtype holds it.
fn plain<N: Number>(dtype: DType, x: f64) -> N {
    N::constant(dtype.round(x))
}

/// The shape that inference found, all of it known at evaluation.
fn known(spec: &Spec) -> Vec<usize> {
    spec.dims.iter().map(|dim| dim.unwrap_or(0)).collect()
}
