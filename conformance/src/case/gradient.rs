//! The gradient of a case, as a graph: of the sum of cotangent · output, by arguments.

use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::{Error, HostTensor};

use super::Graph;
use crate::golden::Gradient;

/// A graph whose outputs are gradients.
#[derive(Debug)]
pub struct Derivatives {
    /// The graph.
    pub graph: Graph,
    /// What each output is: the argument, and what was recorded for it, if anything.
    pub wrt: Vec<(String, Option<HostTensor>)>,
}

/// Why there is no graph of gradients.
#[derive(Debug)]
pub enum NoDerivatives {
    /// The recorded cotangents do not fit the outputs.
    Unfit,
    /// Nothing differentiable depends on anything differentiable.
    Nothing,
    /// The backend refused.
    Refused(Error),
}

impl From<Error> for NoDerivatives {
    fn from(error: Error) -> Self {
        NoDerivatives::Refused(error)
    }
}

/// The graph of the gradients that `gradient` asks for of `graph`.
///
/// A cotangent with as many elements as the output but another shape takes the output's: where a
/// decision overrules a recorded shape, the gradient can be held against it all the same.
pub fn derivatives(mut graph: Graph, gradient: &Gradient) -> Result<Derivatives, NoDerivatives> {
    if graph.outputs.len() != gradient.cotangent.len() {
        return Err(NoDerivatives::Unfit);
    }
    // With the cotangents there are more placeholders than what is refused was meant for.
    graph.refused = None;
    let mut loss: Option<Tensor> = None;
    for (i, (output, cotangent)) in
        graph.outputs.clone().iter().zip(&gradient.cotangent).enumerate()
    {
        let spec = output.spec();
        if !spec.dtype.is_float() {
            continue;
        }
        // Where the graph does not know the shape, the run will tell whether this one fits.
        let shape = spec.shape().unwrap_or_else(|| cotangent.shape().to_vec());
        if shape.iter().product::<usize>() != cotangent.len() {
            return Err(NoDerivatives::Unfit);
        }
        let host =
            HostTensor::from_f64s(spec.dtype, &shape, &cotangent.to_f64s()).map_err(Error::from)?;
        let weight = graph.feed(&format!("cotangent {i}"), &host)?;
        let term = K::sum(&(weight * output)?).tensor()?;
        loss = Some(match loss {
            Some(sum) => (sum + term)?,
            None => term,
        });
    }
    let loss = loss.ok_or(NoDerivatives::Nothing)?;
    let mut by = Vec::new();
    let mut wrt = Vec::new();
    for (name, recorded) in &gradient.wrt {
        let operand = graph.operands.iter().find(|(n, _)| n == name);
        let tensors = operand.map_or(&[][..], |(_, tensors)| tensors);
        for (i, tensor) in tensors.iter().enumerate() {
            if tensor.spec().dtype.is_float() {
                by.push(tensor.clone());
                wrt.push((name.clone(), recorded.get(i).cloned()));
            }
        }
    }
    if by.is_empty() {
        return Err(NoDerivatives::Nothing);
    }
    graph.outputs = K::gradients(&loss, &by)?;
    Ok(Derivatives { graph, wrt })
}
