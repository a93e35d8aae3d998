//! What a kernel can fail with, and the one place where it becomes an error of the API.

use touchstone_reference::{ArrayError, Error, Function, Refusal};

use crate::NAME;

/// Why a function could not be computed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// candle's own error.
    Candle(candle_core::Error),
    /// A bad input that only its values tell.
    Refused(Refusal),
    /// What candle cannot do, and why.
    Unsupported(String),
    /// An error that is one of the API's already.
    Api(Error),
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<candle_core::Error> for Failure {
    fn from(error: candle_core::Error) -> Self {
        Failure::Candle(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Api(error)
    }
}

impl From<ArrayError> for Failure {
    fn from(error: ArrayError) -> Self {
        Failure::Api(error.into())
    }
}

impl Failure {
    /// A failure of the engine's own, in its words.
    pub(crate) fn engine(message: impl Into<String>) -> Self {
        Failure::Api(engine_error(message))
    }

    /// A failure for want of something in candle.
    pub(crate) fn unsupported(reason: impl Into<String>) -> Self {
        Failure::Unsupported(reason.into())
    }

    /// The error of the API, told by the function at work.
    pub(crate) fn by(self, function: Function) -> Error {
        match self {
            Failure::Refused(refusal) => refusal.by(function),
            Failure::Unsupported(reason) => {
                Error::Unsupported { engine: NAME.to_owned(), function, reason }
            }
            Failure::Candle(_) | Failure::Api(_) => self.outside().within(function),
        }
    }

    /// The error of the API outside any function. What cannot be held there was to be put in.
    pub(crate) fn outside(self) -> Error {
        match self {
            Failure::Unsupported(_) => self.by(Function::Placeholder),
            Failure::Candle(error) => engine_error(words(&error)),
            Failure::Api(error) => error,
            Failure::Refused(refusal) => engine_error(refusal.message),
        }
    }
}

/// candle's words, without the trace of frames that RUST_BACKTRACE adds to them.
pub(crate) fn words(error: &candle_core::Error) -> String {
    if let candle_core::Error::WithBacktrace { inner, .. } = error {
        return words(inner);
    }
    error.to_string()
}

fn engine_error(message: impl Into<String>) -> Error {
    Error::Engine { engine: NAME.to_owned(), function: None, message: message.into() }
}
