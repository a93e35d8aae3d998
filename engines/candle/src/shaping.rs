//! Joining, reshaping, reordering, repeating: views and copies, bit for bit.

use candle_core::Tensor;
use touchstone_reference::backend::{
    Concatenate, PermuteDimensions, Repeat, RepeatElements, Reverse, Tile,
};
use touchstone_reference::{Label, axis_of};

use crate::derivative::with_rule;
use crate::failure::{Failure, Result};
use crate::ops::reshaped;
use crate::reduction::sum_of_merged;
use crate::tensor::CandleTensor;

/// An axis counted from the front.
pub(crate) fn position(axis: i64, rank: usize) -> Result<usize> {
    axis_of(axis, rank).ok_or_else(|| Failure::engine("the axis is out of range"))
}

pub(crate) fn concatenate(call: &Concatenate<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let axis = position(call.axis, shape.len())?;
    let parts: Vec<Tensor> =
        call.tensors.iter().map(|t| t.native()).filter(|t| t.elem_count() > 0).collect();
    Ok(Tensor::cat(&parts, axis)?)
}

pub(crate) fn reshape(x: &CandleTensor, shape: &[usize]) -> Result<Tensor> {
    Ok(reshaped(&x.native(), shape)?)
}

pub(crate) fn permute_dimensions(call: &PermuteDimensions<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let order = call.order(x.rank())?;
    Ok(if x.rank() < 2 { x } else { x.permute(order)? })
}

/// A number of repetitions, which inference has found not to be negative.
pub(crate) fn count(n: i64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// What is repeated in a row along an axis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Each element.
    Element,
    /// The axis as a whole.
    Axis,
}

impl Unit {
    /// How much there is before and from the axis that is repeated, of dims before that.
    fn around(self, axis: usize, dims: &[usize]) -> (usize, usize) {
        let (outer, inner) = dims.split_at(match self {
            Unit::Element => axis + 1,
            Unit::Axis => axis,
        });
        (outer.iter().product(), inner.iter().product())
    }
}

/// So many times along each axis. One axis after another, in three axes each: candle's operations
/// panic beyond eight.
pub(crate) fn repeated(x: &Tensor, unit: Unit, times: &[usize]) -> Result<Tensor> {
    let mut value = x.detach();
    for (axis, &times) in times.iter().enumerate().filter(|(_, times)| **times != 1) {
        let (outer, inner) = unit.around(axis, value.dims());
        let often = value.reshape((outer, 1, inner))?.broadcast_as((outer, times, inner))?;
        let mut dims = value.dims().to_vec();
        dims[axis] *= times;
        value = often.reshape(dims)?;
    }
    repeated_as(x, unit, times, value)
}

/// A value that is so repeated, with its derivative. candle's own, a sum over an axis that is not
/// the last, is several times slower.
pub(crate) fn repeated_as(
    x: &Tensor,
    unit: Unit,
    times: &[usize],
    value: Tensor,
) -> Result<Tensor> {
    let times = times.to_vec();
    Ok(with_rule(x, "repeat", value, move |_, _, gradient| {
        let mut gradient = gradient.clone();
        for (axis, &times) in times.iter().enumerate().rev().filter(|(_, times)| **times != 1) {
            let mut dims = gradient.dims().to_vec();
            dims[axis] /= times;
            let (outer, inner) = unit.around(axis, &dims);
            gradient = sum_of_merged(&gradient.reshape((outer, times, inner))?)?.reshape(dims)?;
        }
        Ok(gradient)
    })?)
}

pub(crate) fn repeat_elements(call: &RepeatElements<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let mut times = vec![1; x.rank()];
    times[position(call.axis, x.rank())?] = count(call.rep);
    repeated(&x, Unit::Element, &times)
}

pub(crate) fn repeat(call: &Repeat<&CandleTensor>) -> Result<Tensor> {
    repeated(&call.x.native().unsqueeze(1)?, Unit::Axis, &[1, count(call.n), 1])
}

pub(crate) fn tile(call: &Tile<&CandleTensor>) -> Result<Tensor> {
    let times: Vec<usize> = call.n.0.iter().map(|&n| count(n)).collect();
    repeated(&call.x.native(), Unit::Axis, &times)
}

pub(crate) fn reverse(call: &Reverse<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let axes = call.axes.resolve(x.rank(), Label::C(1))?;
    let value = x.detach().contiguous()?.flip(&axes)?;
    Ok(with_rule(&x, "reverse", value, move |_, _, gradient| gradient.contiguous()?.flip(&axes))?)
}

pub(crate) fn stack(x: &[&CandleTensor], axis: i64, shape: &[usize]) -> Result<Tensor> {
    let parts: Vec<Tensor> = x.iter().map(|t| t.native()).collect();
    Ok(Tensor::stack(&parts, position(axis, shape.len())?)?)
}
