//! Functions that are calls: a placeholder for every tensor, everything else as it stands.

use touchstone_reference::Result;
use touchstone_reference::backend::{self as K, Argument, Arguments};

use super::{Graph, Variant, wrong};
use crate::golden::{Call, Value};

/// Builds a call by Keras' names.
pub(super) fn build(call: &Call, variant: Variant) -> Result<Graph> {
    let mut graph = Graph::new(variant);
    let mut arguments = Vec::with_capacity(call.args.len());
    for (name, value) in &call.args {
        let argument = match (value, value.tensors()) {
            (Value::Tensor(tensor), _) => {
                Argument::Tensor(graph.operand(name, &[tensor])?.swap_remove(0))
            }
            (_, Some(tensors)) if !tensors.is_empty() => {
                Argument::Tensors(graph.operand(name, &tensors)?)
            }
            _ => value.plain().ok_or_else(|| {
                wrong(call, name, value, "a tensor, a list of tensors or plain values")
            })?,
        };
        arguments.push((name.clone(), argument));
    }
    graph.outputs = K::call_by_name(call.function, Arguments::new(call.function, arguments))?;
    Ok(graph)
}
