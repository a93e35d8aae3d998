//! Functions that are part of the program: placeholder, eval, gradients, the phases, clear_session.

use serde_json::{Value as Json, json};
use touchstone_reference::backend::{self as K, LearningPhase, Tensor};
use touchstone_reference::functions::program;
use touchstone_reference::{Dim, Error, HostTensor, Label, Result};

use super::{Graph, Variant, arguments_of, name_of, only, required, tensor_of, tensors_of, wrong};
use crate::golden::{Call, Value};

pub(super) fn eval(call: &Call) -> Result<Graph> {
    let eval = program::Eval::from_arguments(arguments_of(call)?)?;
    Ok(Graph { outputs: vec![K::variable(&eval.x)?], ..Graph::default() })
}

pub(super) fn placeholder(call: &Call) -> Result<Json> {
    let asked = program::Placeholder::from_arguments(arguments_of(call)?)?;
    let refused = |label: Label, found: String| label.refuse(found).by(call.function);
    let mut builder = K::PlaceholderBuilder::new().dtype(asked.dtype).sparse(asked.sparse);
    if let Some(shape) = &asked.shape {
        let dims: Option<Vec<Dim>> = shape
            .iter()
            .map(|n| n.map_or(Some(None), |n| usize::try_from(n).ok().map(Some)))
            .collect();
        let dims = dims.ok_or_else(|| refused(Label::C(2), format!("shape is {shape:?}")))?;
        builder = builder.shape(&dims);
    }
    if let Some(ndim) = asked.ndim {
        let rank =
            usize::try_from(ndim).map_err(|_| refused(Label::C(2), format!("ndim is {ndim}")))?;
        builder = builder.ndim(rank);
    }
    if let Some(name) = asked.name {
        builder = builder.name(name);
    }
    let spec = builder.tensor()?.spec().clone();
    Ok(json!({"ndim": spec.rank(), "dtype": spec.dtype.name(), "shape": spec.dims}))
}

pub(super) fn gradients(call: &Call) -> Result<Graph> {
    only(call, &["loss", "variables"])?;
    let name = name_of(call, "loss")?;
    let variables =
        tensors_of(call, "variables")?.into_iter().map(K::variable).collect::<Result<Vec<_>>>()?;
    let loss = loss(call, name, &variables)?;
    Ok(Graph { outputs: K::gradients(&loss, &variables)?, ..Graph::default() })
}

/// The losses that cases name.
fn loss(call: &Call, name: &str, variables: &[Tensor]) -> Result<Tensor> {
    let variable = |i: usize| {
        variables.get(i).ok_or_else(|| Error::Kind {
            function: call.function,
            argument: "variables".into(),
            found: format!("a list of {}", variables.len()),
            expected: format!("what the loss {name} needs, v0 and perhaps v1"),
        })
    };
    let v0 = variable(0)?;
    match name {
        "sum_square" | "sum_only_first" => K::sum(&(v0 * v0)?).tensor(),
        "sum_x_exp_x" => K::sum(&(v0 * K::exp(v0)?)?).tensor(),
        "sum_product" => K::sum(&(v0 * variable(1)?)?).tensor(),
        "mean_dot" => K::mean(&K::dot(v0, variable(1)?)?).tensor(),
        "sum_x_stop_x" => K::sum(&(v0 * K::stop_gradient(v0)?)?).tensor(),
        "sum_sigmoid_chain" => K::sum(&K::sigmoid(&(K::tanh(v0)? * 2.0)?)?).tensor(),
        "sum_log_softmax_0" => {
            let log_softmax = K::log(&K::softmax(v0)?)?;
            let first = K::constant(HostTensor::from_vec(&[1], vec![0_i32])?);
            K::sum(&K::gather(&K::transpose(&log_softmax)?, &first)?).tensor()
        }
        "sum_weighted_casts" => {
            let weighted = |v: &Tensor| K::sum(&(v * K::cast(v0, v.spec().dtype)?)?).tensor();
            let first = weighted(variable(1)?);
            variables.iter().skip(2).fold(first, |sum, v| sum? + weighted(v)?)
        }
        "sum_chain_of_five" => {
            let rising = K::softplus(&K::square(v0)?)?;
            K::sum(&K::exp(&K::sin(&K::tanh(&rising)?)?)?).tensor()
        }
        "vector_square" => v0 * v0,
        "sum_of_gradient" => {
            let square = K::sum(&(v0 * v0)?).tensor()?;
            K::sum(&K::gradients(&square, std::slice::from_ref(v0))?[0]).tensor()
        }
        _ => Err(Error::Kind {
            function: call.function,
            argument: "loss".into(),
            found: format!("the name {name:?}"),
            expected: "sum_square, sum_x_exp_x, sum_product, mean_dot, sum_x_stop_x, \
                       sum_log_softmax_0, sum_sigmoid_chain, sum_only_first, sum_weighted_casts, \
                       sum_chain_of_five, vector_square or sum_of_gradient"
                .into(),
        }),
    }
}

/// Fixes the learning phase of this thread for as long as it lives.
struct Fixed;

impl Fixed {
    fn at(phase: i64) -> Result<Self> {
        K::set_learning_phase(Some(phase))?;
        Ok(Fixed)
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        // Only a phase other than 0, 1 and open can be refused.
        let _ = K::set_learning_phase(None);
    }
}

/// The phase that a case gives, be it fixed or fed.
fn phase(call: &Call, given: &Value) -> Result<i64> {
    if let Value::Int(phase @ (0 | 1)) = *given {
        return Ok(phase);
    }
    Err(wrong(call, "learning_phase", given, "0 (test) or 1 (train)"))
}

/// `in_train_phase` and `in_test_phase`, which `build` tells apart.
pub(super) fn phased(
    call: &Call,
    variant: Variant,
    build: fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> Result<Graph> {
    only(call, &["x", "alt", "learning_phase"])?;
    let phase = phase(call, required(call, "learning_phase")?)?;
    let mut graph = Graph::new(variant);
    let x = graph.operand("x", &[tensor_of(call, "x")?])?.swap_remove(0);
    let alt = graph.operand("alt", &[tensor_of(call, "alt")?])?.swap_remove(0);
    if variant == Variant::FixedPhase {
        let _fixed = Fixed::at(phase)?;
        graph.outputs = vec![build(&x, &alt)?];
        return Ok(graph);
    }
    graph.outputs = vec![build(&x, &alt)?];
    graph.feed_phase(phase)?;
    Ok(graph)
}

pub(super) fn learning_phase(call: &Call) -> Result<Graph> {
    only(call, &["learning_phase"])?;
    let phase = phase(call, required(call, "learning_phase")?)?;
    let mut graph = Graph::default();
    graph.feed_phase(phase)?;
    graph.outputs = graph.placeholders.clone();
    Ok(graph)
}

/// What variables hold when the session in which they were made is cleared; and if a phase was
/// fixed in that session, the open phase, which is fed the other one.
pub(super) fn clear_session(call: &Call) -> Result<Graph> {
    only(call, &["variables", "learning_phase"])?;
    let variables = super::function::variables(call)?;
    let mut graph = Graph::default();
    match call.argument("learning_phase") {
        None => K::clear_session(),
        Some(given) => {
            let phase = phase(call, given)?;
            let _fixed = Fixed::at(phase)?;
            K::clear_session();
            graph.feed_phase(1 - phase)?;
        }
    }
    graph.outputs = variables.into_iter().chain(graph.placeholders.iter().cloned()).collect();
    Ok(graph)
}

impl Graph {
    /// The open learning phase, fed.
    fn feed_phase(&mut self, phase: i64) -> Result<()> {
        if let LearningPhase::Open(open) = K::learning_phase()? {
            let fed = HostTensor::scalar_of(open.spec().dtype, phase as f64);
            self.feed_to(&open, fed);
        }
        Ok(())
    }
}
