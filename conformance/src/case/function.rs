//! function: prepared functions of placeholders and variables, and what cases name in them.

use touchstone_reference::backend::{self as K, Tensor, Update};
use touchstone_reference::{Dim, Error, Result};

use super::{Graph, Variant, only, required, tensors_of, wrong};
use crate::golden::{Call, EXPRESSION, Value};

pub(super) fn function(call: &Call, variant: Variant) -> Result<Graph> {
    only(
        call,
        &["inputs", "outputs", "updates", "variables", "placeholders", "refused", EXPRESSION],
    )?;
    let fed = tensors_of(call, "inputs")?;
    let mut graph = Graph::new(variant);
    match call.argument("placeholders") {
        None => {
            graph.operand("inputs", &fed)?;
        }
        Some(shapes) => {
            for (i, shape) in items(call, "placeholders", shapes)?.iter().enumerate() {
                let placeholder = K::placeholder(&dims(call, shape)?).name(format!("inputs[{i}]"));
                graph.placeholders.push(placeholder.tensor()?);
            }
            graph.fed = fed.into_iter().cloned().collect();
        }
    }
    if call.argument("refused").is_some() {
        graph.refused = Some(tensors_of(call, "refused")?.into_iter().cloned().collect());
    }
    if call.argument(EXPRESSION) == Some(&Value::Bool(true)) {
        graph.placeholders = graph.placeholders.iter().map(K::square).collect::<Result<_>>()?;
    }
    let named = Named { call, inputs: graph.placeholders.clone(), variables: variables(call)? };
    let outputs = items(call, "outputs", required(call, "outputs")?)?;
    graph.outputs = outputs.iter().map(|name| named.output(name)).collect::<Result<_>>()?;
    if let Some(updates) = call.argument("updates") {
        for name in items(call, "updates", updates)? {
            let (variable, update) = named.update(name)?;
            graph.updates.push(update);
            graph.read_back.push(variable);
        }
    }
    Ok(graph)
}

/// Variables that hold what the argument of this name lists, if it is there.
pub(super) fn variables(call: &Call) -> Result<Vec<Tensor>> {
    match call.argument("variables") {
        None => Ok(Vec::new()),
        Some(_) => tensors_of(call, "variables")?.into_iter().map(K::variable).collect(),
    }
}

fn items<'a>(call: &Call, argument: &str, value: &'a Value) -> Result<&'a [Value]> {
    if let Value::List(items) = value {
        return Ok(items);
    }
    Err(wrong(call, argument, value, "a list"))
}

fn dims(call: &Call, shape: &Value) -> Result<Vec<Dim>> {
    let refused = || wrong(call, "placeholders", shape, "a list of dims, null where unknown");
    let Value::List(dims) = shape else { return Err(refused()) };
    dims.iter()
        .map(|dim| match dim {
            Value::Null => Ok(None),
            Value::Int(n) => usize::try_from(*n).map(Some).map_err(|_| refused()),
            Value::Bool(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Tensor(_)
            | Value::Named(_) => Err(refused()),
        })
        .collect()
}

/// The tensors that names in a case stand for.
struct Named<'a> {
    call: &'a Call,
    inputs: Vec<Tensor>,
    variables: Vec<Tensor>,
}

impl Named<'_> {
    /// What is wrong with what stands for an output or an update.
    fn unknown(&self, argument: &str, value: &Value, expected: &str) -> Error {
        let Value::Named(name) = value else {
            return wrong(self.call, argument, value, "a list of named functions, {\"name\": …}");
        };
        Error::Kind {
            function: self.call.function,
            argument: argument.into(),
            found: format!("the name {name:?}"),
            expected: expected.into(),
        }
    }

    fn name<'v>(&self, argument: &str, value: &'v Value) -> Result<&'v str> {
        if let Value::Named(name) = value {
            return Ok(name);
        }
        Err(self.unknown(argument, value, ""))
    }

    /// x0, x1, … are the inputs, v0, v1, … the variables.
    fn tensor(&self, name: &str) -> Option<&Tensor> {
        let (kind, number) = name.split_at_checked(1)?;
        let position: usize = number.parse().ok()?;
        match kind {
            "x" => self.inputs.get(position),
            "v" => self.variables.get(position),
            _ => None,
        }
    }

    /// A tensor of a name, or one made of a placeholder that is not among the inputs.
    fn found(&self, name: &str) -> Result<Option<Tensor>> {
        if name == "unfed" {
            let other = K::placeholder(&[None]).name("unfed").tensor()?;
            return K::square(&other).map(Some);
        }
        Ok(self.tensor(name).cloned())
    }

    fn output(&self, value: &Value) -> Result<Tensor> {
        let name = self.name("outputs", value)?;
        let refused =
            || self.unknown("outputs", value, "x0, x1, …, v0, v1, …, sum (of all these) or unfed");
        if name == "sum" {
            let mut all = self.inputs.iter().chain(&self.variables);
            let first = all.next().cloned().ok_or_else(refused)?;
            return all.try_fold(first, |sum, x| sum + x);
        }
        self.found(name)?.ok_or_else(refused)
    }

    /// An update, and the variable it is of.
    fn update(&self, value: &Value) -> Result<(Tensor, Update)> {
        let name = self.name("updates", value)?;
        let refused = || {
            let expected = "v0_becomes_… or v0_plus_…, of any variable, by x0, x1, …, v0, v1, … \
                            or unfed";
            self.unknown("updates", value, expected)
        };
        let parts: Vec<&str> = name.split('_').collect();
        let [variable, how, new] = parts[..] else { return Err(refused()) };
        let variable = self.tensor(variable).cloned().ok_or_else(refused)?;
        let new = self.found(new)?.ok_or_else(refused)?;
        let update = match how {
            "becomes" => K::update(&variable, &new)?,
            "plus" => K::update_add(&variable, &new)?,
            _ => return Err(refused()),
        };
        Ok((variable, update))
    }
}
