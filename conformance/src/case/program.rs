//! Functions that are part of the program: variable, placeholder, eval, update, gradients,
//! in_train_phase.

use serde_json::{Value as Json, json};
use touchstone_reference::backend::{self as K, LearningPhase, Tensor};
use touchstone_reference::{DType, Error, HostTensor, Label, Result};

use super::{Graph, Variant, name_of, only, required, tensor_of, tensors_of, wrong};
use crate::golden::{Call, Value};

/// The dtype given as an argument, floatx by default.
fn dtype_of(call: &Call) -> Result<DType> {
    match call.argument("dtype") {
        None | Some(Value::Null) => Ok(call.floatx),
        Some(found @ Value::Text(name)) => {
            name.parse().map_err(|_| wrong(call, "dtype", found, "the name of a dtype"))
        }
        Some(other) => Err(wrong(call, "dtype", other, "the name of a dtype")),
    }
}

/// A tensor out of a number or of equally long nested lists of numbers.
fn array(value: &Value, shape: &mut Vec<usize>, data: &mut Vec<f64>, depth: usize) -> Option<()> {
    match value {
        Value::Int(i) => data.push(*i as f64),
        Value::Float(x) => data.push(*x),
        Value::Bool(b) => data.push(f64::from(u8::from(*b))),
        Value::List(items) => {
            if shape.len() == depth && data.is_empty() {
                shape.push(items.len());
            }
            if shape.get(depth) != Some(&items.len()) {
                return None;
            }
            return items.iter().try_for_each(|item| array(item, shape, data, depth + 1));
        }
        Value::Null | Value::Text(_) | Value::Tensor(_) | Value::Named(_) => return None,
    }
    (shape.len() == depth).then_some(())
}

pub(super) fn variable(call: &Call) -> Result<Graph> {
    only(call, &["value", "dtype", "name"])?;
    let dtype = dtype_of(call)?;
    let value = required(call, "value")?;
    let host = if let Value::Tensor(tensor) = value {
        tensor.cast(dtype)
    } else {
        let (mut shape, mut data) = (Vec::new(), Vec::new());
        array(value, &mut shape, &mut data, 0)
            .ok_or_else(|| wrong(call, "value", value, "a tensor or nested lists of numbers"))?;
        HostTensor::from_f64s(dtype, &shape, &data)?
    };
    Ok(Graph { outputs: vec![K::variable(&host)?], ..Graph::default() })
}

pub(super) fn eval(call: &Call) -> Result<Graph> {
    only(call, &["x"])?;
    Ok(Graph { outputs: vec![K::variable(tensor_of(call, "x")?)?], ..Graph::default() })
}

pub(super) fn placeholder(call: &Call) -> Result<Json> {
    only(call, &["shape", "ndim", "dtype", "sparse", "name"])?;
    // The typed builder takes no negative number, a page of Keras does.
    let size = |name: &str, n: i64| {
        let refused = || Label::C(2).refuse(format!("{name} is {n}")).by(call.function);
        usize::try_from(n).map_err(|_| refused())
    };
    let dim = |value: &Value| match value {
        Value::Null => Ok(None),
        Value::Int(n) => size("a dim", *n).map(Some),
        Value::Bool(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Tensor(_)
        | Value::Named(_) => Err(wrong(call, "shape", value, "dims or null")),
    };
    let mut builder = K::PlaceholderBuilder::new().dtype(dtype_of(call)?);
    match call.argument("shape") {
        None | Some(Value::Null) => {}
        Some(Value::List(dims)) => {
            builder = builder.shape(&dims.iter().map(dim).collect::<Result<Vec<_>>>()?);
        }
        Some(other) => return Err(wrong(call, "shape", other, "a list of dims")),
    }
    match call.argument("ndim") {
        None | Some(Value::Null) => {}
        Some(Value::Int(ndim)) => builder = builder.ndim(size("ndim", *ndim)?),
        Some(other) => return Err(wrong(call, "ndim", other, "a rank")),
    }
    if let Some(Value::Bool(sparse)) = call.argument("sparse") {
        builder = builder.sparse(*sparse);
    }
    if let Some(Value::Text(name)) = call.argument("name") {
        builder = builder.name(name.clone());
    }
    let spec = builder.tensor()?.spec().clone();
    Ok(json!({"ndim": spec.rank(), "dtype": spec.dtype.name(), "shape": spec.dims}))
}

pub(super) fn update(call: &Call, variant: Variant) -> Result<Graph> {
    only(call, &["x", "new_x"])?;
    let mut graph = Graph::new(variant);
    let x = K::variable(tensor_of(call, "x")?)?;
    let new_x = graph.operand("new_x", &[tensor_of(call, "new_x")?])?.swap_remove(0);
    graph.updates = vec![K::update(&x, &new_x)?];
    graph.read_back = vec![x];
    Ok(graph)
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
                       sum_log_softmax_0, sum_sigmoid_chain, sum_only_first, vector_square or \
                       sum_of_gradient"
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

pub(super) fn in_train_phase(call: &Call, variant: Variant) -> Result<Graph> {
    only(call, &["x", "alt", "learning_phase"])?;
    let given = required(call, "learning_phase")?;
    let Value::Int(phase) = *given else {
        return Err(wrong(call, "learning_phase", given, "0 (test) or 1 (train)"));
    };
    let mut graph = Graph::new(variant);
    let x = graph.operand("x", &[tensor_of(call, "x")?])?.swap_remove(0);
    let alt = graph.operand("alt", &[tensor_of(call, "alt")?])?.swap_remove(0);
    if variant == Variant::FixedPhase {
        let _fixed = Fixed::at(phase)?;
        graph.outputs = vec![K::in_train_phase(&x, &alt)?];
        return Ok(graph);
    }
    graph.outputs = vec![K::in_train_phase(&x, &alt)?];
    if let LearningPhase::Open(open) = K::learning_phase()? {
        let fed = HostTensor::scalar_of(open.spec().dtype, phase as f64);
        graph.feeds.push((open, fed));
    }
    Ok(graph)
}
