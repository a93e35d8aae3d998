//! Why a kernel gave no result, before it is known which function was at work.

use tch::TchError;
use touchstone_reference::{DType, Error, Function, Refusal};

use crate::support::NO_KIND;

/// The engine's name.
pub(crate) const NAME: &str = "tch";

/// Why a kernel gave no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// libtorch failed.
    Torch(TchError),
    /// The values break a constraint.
    Refused(Refusal),
    /// A dtype that is not carried.
    NotCarried(DType),
    /// A nested program failed, or something else that has its own words.
    Other(Error),
}

/// What a kernel with one result returns.
pub(crate) type Computed<T = tch::Tensor> = Result<T, Failure>;

impl From<TchError> for Failure {
    fn from(error: TchError) -> Self {
        Failure::Torch(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Other(error)
    }
}

impl Failure {
    /// The error of the API that it is.
    pub(crate) fn by(self, function: Function) -> Error {
        match self {
            Failure::Torch(error) => torch(&error).within(function),
            Failure::Refused(refusal) => refusal.by(function),
            Failure::NotCarried(dtype) => Error::Unsupported {
                engine: NAME.into(),
                function,
                reason: format!("{dtype} is not carried: {NO_KIND}"),
            },
            Failure::Other(error) => error.within(function),
        }
    }
}

/// An error of the engine in its own words.
pub(crate) fn failed(message: impl Into<String>) -> Error {
    Error::Engine { engine: NAME.into(), function: None, message: message.into() }
}

/// libtorch's words, without the trace of C++ frames that follows them.
pub(crate) fn torch(error: &TchError) -> Error {
    let words = error.to_string();
    let end = words.find("\nException raised from").unwrap_or(words.len());
    failed(words[..end].trim_end())
}
