//! What a proof is, and what proofs are made with.

use touchstone_reference::backend::{self as K, Error, HostTensor, Result, Tensor};
use touchstone_reference::{Function, Label};

use super::Point;

/// Nothing, or what was found instead.
pub(super) type Proven = std::result::Result<(), String>;

/// A point of a function, shown on the engine in use.
pub(super) type Proof = (Function, Point, fn() -> Proven);

pub(super) const fn constraint(number: u8) -> Point {
    Point::Constraint(Label::C(number))
}

pub(super) fn cites<T>(function: Function, label: Label, found: Result<T>) -> Proven {
    let Err(error) = found else { return Err("accepted, and must be refused".into()) };
    if error.label() != Some(label) {
        return Err(format!("{label} is broken: {error}"));
    }
    if let Error::Refused { function: by, .. } = &error
        && *by != function
    {
        return Err(format!("{by} refuses: {error}"));
    }
    Ok(())
}

pub(super) fn host(data: &[f32]) -> HostTensor {
    HostTensor::from_vec(&[data.len()], data.to_vec()).expect("a vector")
}

pub(super) fn vector() -> Tensor {
    K::placeholder(&[None]).tensor().expect("a placeholder")
}

pub(super) fn variable(data: &[f32]) -> Tensor {
    K::variable(&host(data)).expect("a variable")
}

pub(super) fn text(error: Error) -> String {
    error.to_string()
}

/// Two that must be equal.
pub(super) fn equal<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Proven {
    if found == expected { Ok(()) } else { Err(format!("{found:?}, expected {expected:?}")) }
}
