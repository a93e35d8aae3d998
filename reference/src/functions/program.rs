//! placeholder, function, gradients, eval, the phases, clear_session: functions of the program
//! itself, which no engine computes as a call. Their entries state the constraints; the checks
//! below are used by [`backend`](crate::backend).

use super::labels::*;
use crate::configuration;
use crate::dtype::DType;
use crate::error::Refusal;
use crate::shape::{Dim, Spec, elements, show_dims};

entry! {
    /// What is fed when a function is called.
    Placeholder = program {
        /// The shape, with None where a dim is unknown.
        plain shape: Option<Vec<Option<i64>>> = None;
        /// The rank alone.
        plain ndim: Option<i64> = None;
        /// Its dtype.
        plain dtype: DType = configuration::floatx();
        /// Whether a sparse matrix is fed.
        plain sparse: bool = false;
        /// Its name, for messages.
        plain name: Option<String> = None;
    }
    constraints [
        "shape or ndim is given",
        "dims are not negative, and small enough to multiply",
        "what is sparse is a matrix",
    ]
    conventions ["shape decides where both are given"]
    source "Keras backend page, placeholder",
    example "placeholder(ndim=2) takes any matrix"
}

/// The dims of a placeholder.
pub(crate) fn placeholder_dims(
    shape: Option<Vec<Dim>>,
    ndim: Option<usize>,
    sparse: bool,
) -> Result<Vec<Dim>, Refusal> {
    let dims = match (shape, ndim) {
        (Some(shape), _) => shape,
        (None, Some(ndim)) if ndim <= 64 => vec![None; ndim],
        (None, Some(ndim)) => return Err(C2.refuse(format!("ndim is {ndim}"))),
        (None, None) => return Err(C1.refuse("neither shape nor ndim is given")),
    };
    let known: Vec<usize> = dims.iter().flatten().copied().collect();
    C2.require(elements(&known).is_some(), || format!("shape {}", show_dims(&dims)))?;
    C3.require(!sparse || dims.len() == 2, || format!("sparse, of shape {}", show_dims(&dims)))?;
    Ok(dims)
}

entry! {
    /// A prepared function of placeholders, to be called many times.
    ///
    /// All outputs and all new values are computed from the old values of variables; then all
    /// updates are stored. If anything fails, none is.
    FunctionCall = program {
        /// Placeholders.
        tensors inputs;
        /// What is computed.
        tensors outputs;
        /// New values of variables.
        tensors updates = [];
    }
    constraints [
        "inputs are placeholders",
        "a call gives as many inputs as there are, each fitting its placeholder",
        "a variable is updated at most once",
        "outputs and new values depend on no placeholder that is not among the inputs",
    ]
    conventions [
        "outputs and new values are computed from the old values of all variables",
        "a call that is refused changes no variable",
    ]
    source "Keras 1.1 backend, function; all or nothing by decision",
    example "function([x], [x + 1.])([2.]) = [3.]"
}

pub(crate) fn check_inputs(
    mut are_placeholders: impl Iterator<Item = bool>,
) -> Result<(), Refusal> {
    C1.require(are_placeholders.all(|is| is), || "an input is not a placeholder".into())
}

pub(crate) fn check_distinct(updated: impl Iterator<Item = u64>) -> Result<(), Refusal> {
    let mut seen = Vec::new();
    for id in updated {
        C3.require(!seen.contains(&id), || "a variable is updated twice".into())?;
        seen.push(id);
    }
    Ok(())
}

entry! {
    /// The derivatives of a scalar with respect to tensors.
    ///
    /// Shapes: as the tensors. A tensor on which the loss does not depend gets zeros.
    Gradients = program {
        /// A scalar: 0-d, or all dims 1.
        tensor loss;
        /// With respect to what; tensors of floats.
        tensors variables;
    }
    constraints [
        "the loss is a scalar: 0-d, or all dims 1",
        "loss and variables are floats",
        "the loss depends on no gradient, and no step function asks for one",
    ]
    conventions ["a tensor used several times gets the sum", "missing dependence gives zeros"]
    source "Keras 1.1 backend, gradients",
    example "gradients(sum(v * v), [v]) at v = [3.] is [6.]"
}

pub(crate) fn check_loss(loss: &Spec) -> Result<(), Refusal> {
    C1.require(loss.dims.iter().all(|dim| dim.is_none_or(|n| n == 1)), || {
        format!("the loss has shape {}", show_dims(&loss.dims))
    })?;
    C2.require(loss.dtype.is_float(), || format!("the loss is {}", loss.dtype))
}

pub(crate) fn check_first_order(
    depends_on_a_gradient: bool,
    in_a_step: bool,
) -> Result<(), Refusal> {
    C3.require(!depends_on_a_gradient, || "the loss depends on a gradient".into())?;
    C3.require(!in_a_step, || "a step function asks for a gradient".into())
}

pub(crate) fn check_variables<'a>(
    mut specs: impl Iterator<Item = &'a Spec>,
) -> Result<(), Refusal> {
    match specs.find(|spec| !spec.dtype.is_float()) {
        Some(spec) => Err(C2.refuse(format!("a variable is {spec}"))),
        None => Ok(()),
    }
}

entry! {
    /// The value of a tensor that depends on no placeholder.
    Eval = program {
        /// The tensor.
        tensor x;
    }
    constraints ["x depends on no placeholder"]
    conventions []
    source "Keras backend page, eval",
    example "eval(variable([1.]) + 1.) = [2.]", moves
}

/// Refuses a tensor that only a feed could give.
pub(crate) fn not_fed(placeholder: &str) -> Refusal {
    C1.refuse(format!("it depends on {placeholder}, which is not fed"))
}

entry! {
    /// x in the training phase, else alt.
    ///
    /// A fixed phase chooses when the graph is built, an open one at the call.
    InTrainPhase = program {
        /// The result in training.
        tensor x;
        /// The result in testing.
        tensor alt;
    }
    constraints ["x and alt agree in dtype and shape"]
    conventions ["nothing of the branch not taken reaches value or gradient"]
    source "Keras 1.1 backend, in_train_phase",
    example "in_train_phase([1.], [2.]) in phase 1 is [1.]", moves
}

pub(crate) fn check_branches(x: &Spec, alt: &Spec) -> Result<(), Refusal> {
    super::dense("x", x)?;
    super::dense("alt", alt)?;
    let refuse = || C1.refuse(format!("x is {x}, alt is {alt}"));
    if x.dtype != alt.dtype {
        return Err(refuse());
    }
    super::control::agreed_dims(x, alt, refuse).map(|_| ())
}

entry! {
    /// x in the test phase, else alt.
    ///
    /// A fixed phase chooses when the graph is built, an open one at the call.
    InTestPhase = program {
        /// The result in testing.
        tensor x;
        /// The result in training.
        tensor alt;
    }
    constraints ["x and alt agree in dtype and shape"]
    conventions ["nothing of the branch not taken reaches value or gradient"]
    source "Keras 1.1 backend, in_test_phase",
    example "in_test_phase([1.], [2.]) in phase 1 is [2.]", moves
}

entry! {
    /// Forgets the graph: the learning phase is open again, with a new placeholder.
    ///
    /// Tensors and variables live as long as somebody holds them.
    ClearSession = program {}
    constraints []
    conventions [
        "variables that are still held keep their values",
        "the learning phase is open again, whatever it was set to",
    ]
    source "Keras 1.1 backend, clear_session",
    example "after set_learning_phase(1) and clear_session() the learning phase is open"
}
