//! Functions that make, read and change variables. Where a case gives the value of a variable, one
//! is made that holds it.

use touchstone_reference::backend::{self as K, Arguments, Tensor, Update, VariableBuilder};
use touchstone_reference::functions::variables as entries;
use touchstone_reference::{DType, HostTensor, Label, Result};

use super::{Built, Graph, Variant, arguments_of, required, wrong};
use crate::golden::{Call, EXPRESSION, Value};

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

/// The value of `variable`: a tensor, or nested lists of numbers.
fn value_of(call: &Call) -> Result<HostTensor> {
    let value = required(call, "value")?;
    if let Value::Tensor(tensor) = value {
        return Ok(tensor.clone());
    }
    let (mut shape, mut data) = (Vec::new(), Vec::new());
    array(value, &mut shape, &mut data, 0)
        .ok_or_else(|| wrong(call, "value", value, "a tensor or nested lists of numbers"))?;
    Ok(HostTensor::from_f64s(DType::Float64, &shape, &data)?)
}

fn made(builder: VariableBuilder, dtype: DType, name: Option<String>) -> Result<Graph> {
    let builder = builder.dtype(dtype);
    let builder = match name {
        Some(name) => builder.name(name),
        None => builder,
    };
    Ok(Graph { outputs: vec![builder.tensor()?], ..Graph::default() })
}

pub(super) fn variable(call: &Call) -> Result<Graph> {
    let value = value_of(call)?;
    let tensor = Call {
        args: call
            .args
            .iter()
            .map(|(name, given)| match name.as_str() {
                "value" => (name.clone(), Value::Tensor(value.clone())),
                _ => (name.clone(), given.clone()),
            })
            .collect(),
        ..call.clone()
    };
    let asked = entries::Variable::from_arguments(arguments_of(&tensor)?)?;
    made(VariableBuilder::new(&asked.value), asked.dtype, asked.name)
}

pub(super) fn zeros(call: &Call) -> Result<Graph> {
    let asked = entries::Zeros::from_arguments(arguments_of(call)?)?;
    made(K::zeros(&asked.shape), asked.dtype, asked.name)
}

pub(super) fn ones(call: &Call) -> Result<Graph> {
    let asked = entries::Ones::from_arguments(arguments_of(call)?)?;
    made(K::ones(&asked.shape), asked.dtype, asked.name)
}

pub(super) fn eye(call: &Call) -> Result<Graph> {
    let asked = entries::Eye::from_arguments(arguments_of(call)?)?;
    made(K::eye(asked.size), asked.dtype, asked.name)
}

fn seeded(builder: VariableBuilder, seed: Option<i64>) -> VariableBuilder {
    match seed {
        Some(seed) => builder.seed(seed),
        None => builder,
    }
}

pub(super) fn random_uniform_variable(call: &Call) -> Result<Graph> {
    let asked = entries::RandomUniformVariable::from_arguments(arguments_of(call)?)?;
    let builder = K::random_uniform_variable(&asked.shape, asked.low, asked.high);
    made(seeded(builder, asked.seed), asked.dtype, asked.name)
}

pub(super) fn random_normal_variable(call: &Call) -> Result<Graph> {
    let asked = entries::RandomNormalVariable::from_arguments(arguments_of(call)?)?;
    let builder = K::random_normal_variable(&asked.shape, asked.mean, asked.scale);
    made(seeded(builder, asked.seed), asked.dtype, asked.name)
}

/// What a function of variables is called on: a variable that holds the value, or with the
/// argument `expression` something that is none.
fn readable(call: &Call, value: &HostTensor) -> Result<Tensor> {
    let x = K::variable(value)?;
    if call.argument(EXPRESSION) == Some(&Value::Bool(true)) { &x * 2.0 } else { Ok(x) }
}

/// The arguments of a call but `expression`, which is not the function's.
fn own_arguments(call: &Call) -> Result<Arguments<HostTensor>> {
    let mut own = call.clone();
    own.args.retain(|(name, _)| name != EXPRESSION);
    arguments_of(&own)
}

pub(super) fn get_value(call: &Call) -> Result<Built> {
    let asked = entries::GetValue::from_arguments(own_arguments(call)?)?;
    Ok(Built::Values(vec![K::get_value(&readable(call, &asked.x)?)?]))
}

pub(super) fn batch_get_value(call: &Call) -> Result<Built> {
    let asked = entries::BatchGetValue::from_arguments(own_arguments(call)?)?;
    let xs = asked.xs.iter().map(|x| readable(call, x)).collect::<Result<Vec<_>>>()?;
    K::batch_get_value(&xs).map(Built::Values)
}

pub(super) fn set_value(call: &Call) -> Result<Built> {
    let asked = entries::SetValue::from_arguments(own_arguments(call)?)?;
    let x = readable(call, &asked.x)?;
    K::set_value(&x, &asked.value)?;
    Ok(Built::Values(vec![K::get_value(&x)?]))
}

pub(super) fn batch_set_value(call: &Call) -> Result<Built> {
    let asked = entries::BatchSetValue::from_arguments(own_arguments(call)?)?;
    let xs = asked.xs.iter().map(|x| readable(call, x)).collect::<Result<Vec<_>>>()?;
    // The typed function takes pairs, a call by name two lists.
    let counts = (xs.len(), asked.values.len());
    Label::C(3)
        .require(counts.0 == counts.1, || format!("{} variables, {} values", counts.0, counts.1))
        .map_err(|refusal| refusal.by(call.function))?;
    let tuples: Vec<(&Tensor, &HostTensor)> = xs.iter().zip(&asked.values).collect();
    K::batch_set_value(&tuples)?;
    K::batch_get_value(&xs).map(Built::Values)
}

/// A variable, a placeholder for what it is updated with, and the update.
fn updated(
    variant: Variant,
    x: &HostTensor,
    name: &str,
    value: &HostTensor,
    update: impl FnOnce(&Tensor, &Tensor) -> Result<Update>,
) -> Result<Graph> {
    let mut graph = Graph::new(variant);
    let x = K::variable(x)?;
    let value = graph.operand(name, &[value])?.swap_remove(0);
    graph.updates = vec![update(&x, &value)?];
    graph.read_back = vec![x];
    Ok(graph)
}

pub(super) fn update(call: &Call, variant: Variant) -> Result<Graph> {
    let asked = entries::Update::from_arguments(arguments_of(call)?)?;
    updated(variant, &asked.x, "new_x", &asked.new_x, K::update)
}

pub(super) fn update_add(call: &Call, variant: Variant) -> Result<Graph> {
    let asked = entries::UpdateAdd::from_arguments(arguments_of(call)?)?;
    updated(variant, &asked.x, "increment", &asked.increment, K::update_add)
}

pub(super) fn update_sub(call: &Call, variant: Variant) -> Result<Graph> {
    let asked = entries::UpdateSub::from_arguments(arguments_of(call)?)?;
    updated(variant, &asked.x, "decrement", &asked.decrement, K::update_sub)
}

pub(super) fn moving_average_update(call: &Call, variant: Variant) -> Result<Graph> {
    let asked = entries::MovingAverageUpdate::from_arguments(arguments_of(call)?)?;
    updated(variant, &asked.variable, "value", &asked.value, |x, value| {
        K::moving_average_update(x, value, asked.momentum)
    })
}
