//! What can go wrong, typed: every variant carries the function, and the constraint it cites or
//! the engine's own words.

use std::fmt;
use std::str::FromStr;

use crate::function::Function;
use crate::shape::{Dim, show_dims};
use crate::{ArrayError, DType};

/// The label of a numbered constraint.
///
/// `C1`, `C2`, … are numbered in each function's own entry; `G1`, `G2`, … hold for all functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// A constraint of all functions, see [`GENERAL_CONSTRAINTS`].
    G(u8),
    /// A constraint in the function's own entry.
    C(u8),
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| digits.parse().ok().filter(|n| *n > 0);
        let label = match text.split_at_checked(1) {
            Some(("G", digits)) => number(digits).map(Label::G),
            Some(("C", digits)) => number(digits).map(Label::C),
            _ => None,
        };
        label.ok_or_else(|| format!("{text:?} is no label: G1, G2, … or C1, C2, …"))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::G(n) => write!(f, "G{n}"),
            Label::C(n) => write!(f, "C{n}"),
        }
    }
}

/// The constraints that hold for all functions, G1 first.
pub const GENERAL_CONSTRAINTS: &[&str] = &[
    "every argument is a parameter of the function, has its kind and one of its allowed values, and none is missing",
    "tensor operands agree in dtype; plain numbers adapt to the tensor",
    "no tensor has more than 2^29 elements; dims are multiplied with overflow checked",
    "an operand has a dtype for which the function is defined",
];

/// A bad input: the constraint it breaks, what was found and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The constraint that is broken.
    pub label: Label,
    /// What was found and what is allowed.
    pub message: String,
}

impl Refusal {
    /// The refusal, by `function`, of a call.
    pub fn by(self, function: Function) -> Error {
        Error::Refused { function, label: self.label, message: self.message }
    }
}

impl Label {
    /// A refusal that cites this constraint.
    pub fn refuse(self, message: impl Into<String>) -> Refusal {
        Refusal { label: self, message: message.into() }
    }

    /// Refuses unless `holds`.
    pub fn require(self, holds: bool, message: impl FnOnce() -> String) -> Result<(), Refusal> {
        if holds { Ok(()) } else { Err(self.refuse(message())) }
    }
}

/// Everything that a call of the API can fail with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A bad input, refused with the constraint that it breaks.
    #[error("{function}: {message} [{label}]")]
    Refused {
        /// The function called.
        function: Function,
        /// The constraint cited.
        label: Label,
        /// What was found and what is allowed.
        message: String,
    },
    /// An argument of the wrong kind: a string where a tensor belongs.
    #[error("{function}: argument {argument} is {found}, expected {expected}")]
    Kind {
        /// The function called.
        function: Function,
        /// The parameter's name.
        argument: String,
        /// What was found.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// An argument that the function does not have.
    #[error("{function} has no parameter {argument:?}: it has {}", allowed.join(", "))]
    UnknownArgument {
        /// The function called.
        function: Function,
        /// The name given.
        argument: String,
        /// The parameters there are.
        allowed: Vec<&'static str>,
    },
    /// A required argument is not there.
    #[error("{function}: argument {argument} is missing")]
    MissingArgument {
        /// The function called.
        function: Function,
        /// The parameter's name.
        argument: &'static str,
    },
    /// No function of that name.
    #[error("there is no backend function {name:?}{}", nearest.as_ref().map_or_else(String::new, |n| format!("; did you mean {n}?")))]
    UnknownFunction {
        /// The name given.
        name: String,
        /// A function with a similar name.
        nearest: Option<Function>,
    },
    /// A value fed to a placeholder or stored in a variable does not fit it.
    #[error(
        "{what} {name} takes {expected_dtype}{}, found {found_dtype}{found_shape:?}",
        show_dims(expected_dims)
    )]
    Feed {
        /// "placeholder" or "variable".
        what: &'static str,
        /// Its name.
        name: String,
        /// Its dtype.
        expected_dtype: DType,
        /// Its partly known shape.
        expected_dims: Vec<Dim>,
        /// The dtype found.
        found_dtype: DType,
        /// The shape found.
        found_shape: Vec<usize>,
    },
    /// A prepared function was called with the wrong number of inputs.
    #[error("the function takes {expected} inputs, found {found}")]
    InputCount {
        /// How many inputs the function has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// A placeholder is used by an output but is not among the inputs.
    #[error("the outputs depend on placeholder {name}, which is not among the inputs")]
    NotFed {
        /// The placeholder's name.
        name: String,
    },
    /// A variable belongs to one engine, the function to another.
    #[error("variable {name} lives on engine {variable_engine}, the function on {function_engine}")]
    OtherEngine {
        /// The variable's name.
        name: String,
        /// The engine that holds the variable.
        variable_engine: String,
        /// The engine that was to run.
        function_engine: String,
    },
    /// An engine cannot do what was asked, for a reason that it states.
    #[error("{engine} does not support {function}: {reason}")]
    Unsupported {
        /// The engine.
        engine: String,
        /// The function.
        function: Function,
        /// Why.
        reason: String,
    },
    /// The library under an engine failed.
    #[error("{engine} failed{}: {message}", function.as_ref().map_or_else(String::new, |f| format!(" in {f}")))]
    Engine {
        /// The engine.
        engine: String,
        /// The function at work, where known.
        function: Option<Function>,
        /// The library's own words.
        message: String,
    },
    /// No engine of that name.
    #[error("there is no engine {name:?}: there are {}", known.join(", "))]
    UnknownEngine {
        /// The name given.
        name: String,
        /// The engines there are.
        known: Vec<String>,
    },
    /// The configuration, or the file it comes from, is wrong.
    #[error("{source_name}: field {field}: found {found}, allowed is {allowed}")]
    Configuration {
        /// The file, variable or function that holds the value.
        source_name: String,
        /// The field.
        field: String,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// An array could not be made.
    #[error(transparent)]
    Array(#[from] ArrayError),
}

impl Error {
    /// The constraint that a refusal cites.
    pub fn label(&self) -> Option<Label> {
        if let Error::Refused { label, .. } = self {
            return Some(*label);
        }
        // What `function` refuses in words of its own.
        if matches!(self, Error::InputCount { .. } | Error::Feed { what: "placeholder", .. }) {
            return Some(Label::C(2));
        }
        if matches!(self, Error::NotFed { .. }) {
            return Some(Label::C(4));
        }
        self.is_malformed_call().then_some(Label::G(1))
    }

    /// Whether the arguments do not make a call at all: a wrong kind, a missing or an unknown one.
    pub fn is_malformed_call(&self) -> bool {
        self.argument().is_some()
    }

    /// The argument that is of a wrong kind, missing or unknown.
    pub fn argument(&self) -> Option<&str> {
        if let Error::Kind { argument, .. } | Error::UnknownArgument { argument, .. } = self {
            return Some(argument);
        }
        if let Error::MissingArgument { argument, .. } = self { Some(argument) } else { None }
    }

    /// The same refusal, by another function that is made of the one that refused.
    #[must_use]
    pub(crate) fn told_by(self, by: Function) -> Self {
        if let Error::Refused { label, message, .. } = self {
            Error::Refused { function: by, label, message }
        } else {
            self
        }
    }

    /// The same error, told by `function` where none was named yet.
    #[must_use]
    pub fn within(self, at: Function) -> Self {
        match self {
            Error::Engine { engine, function: None, message } => {
                Error::Engine { engine, function: Some(at), message }
            }
            other @ (Error::Refused { .. }
            | Error::Kind { .. }
            | Error::UnknownArgument { .. }
            | Error::MissingArgument { .. }
            | Error::UnknownFunction { .. }
            | Error::Feed { .. }
            | Error::InputCount { .. }
            | Error::NotFed { .. }
            | Error::OtherEngine { .. }
            | Error::Unsupported { .. }
            | Error::Engine { .. }
            | Error::UnknownEngine { .. }
            | Error::Configuration { .. }
            | Error::Array(_)) => other,
        }
    }
}

/// What the API's calls return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
