//! Functions that move elements, bit for bit.

use tch::Tensor;
use touchstone_reference::functions::shaping::{
    BatchFlatten, Concatenate, ExpandDims, Flatten, Pack, PermuteDimensions, Repeat,
    RepeatElements, Reshape, Reverse, Squeeze, Stack, Tile,
};
use touchstone_reference::{Label, Spec, axis_of};

use crate::failure::Computed;
use crate::tensor::{TchTensor, known, signed};

pub(crate) fn concatenate(call: &Concatenate<&TchTensor>) -> Computed {
    let parts: Vec<&Tensor> = call.tensors.iter().map(|t| &t.tensor).collect();
    Ok(Tensor::f_cat(&parts, call.axis)?)
}

pub(crate) fn reshape(call: &Reshape<&TchTensor>, spec: &Spec) -> Computed {
    Ok(call.x.tensor.f_reshape(known(spec))?)
}

pub(crate) fn permute_dimensions(call: &PermuteDimensions<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    Ok(x.f_permute(signed(&call.order(x.dim())?))?)
}

pub(crate) fn expand_dims(call: &ExpandDims<&TchTensor>, spec: &Spec) -> Computed {
    Ok(call.x.tensor.f_reshape(known(spec))?)
}

pub(crate) fn squeeze(call: &Squeeze<&TchTensor>, spec: &Spec) -> Computed {
    Ok(call.x.tensor.f_reshape(known(spec))?)
}

pub(crate) fn repeat_elements(call: &RepeatElements<&TchTensor>, spec: &Spec) -> Computed {
    let x = &call.x.tensor;
    let axis = axis_of(call.axis, x.dim()).ok_or_else(|| {
        Label::C(1).refuse(format!("axis {} of a tensor of rank {}", call.axis, x.dim()))
    })?;
    repeated(x, &[axis], &[call.rep], spec)
}

/// Each element so many times in a row along axes, which are sorted.
pub(crate) fn repeated(x: &Tensor, axes: &[usize], times: &[i64], spec: &Spec) -> Computed {
    // A new axis beside each repeated one, broadcast, then merged with it.
    let (mut apart, mut shape) = (x.shallow_clone(), x.size());
    for (&axis, &times) in axes.iter().zip(times).rev() {
        apart = apart.f_unsqueeze(axis as i64 + 1)?;
        shape.insert(axis + 1, times);
    }
    Ok(apart.f_expand(shape, false)?.f_reshape(known(spec))?)
}

pub(crate) fn reverse(call: &Reverse<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    Ok(x.f_flip(signed(&call.axes.resolve(x.dim(), Label::C(1))?))?)
}

pub(crate) fn repeat(call: &Repeat<&TchTensor>, spec: &Spec) -> Computed {
    Ok(call.x.tensor.f_unsqueeze(1)?.f_expand(known(spec), false)?)
}

pub(crate) fn tile(call: &Tile<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_repeat(&call.n.0)?)
}

pub(crate) fn flatten(call: &Flatten<&TchTensor>, spec: &Spec) -> Computed {
    Ok(call.x.tensor.f_reshape(known(spec))?)
}

pub(crate) fn batch_flatten(call: &BatchFlatten<&TchTensor>, spec: &Spec) -> Computed {
    Ok(call.x.tensor.f_reshape(known(spec))?)
}

pub(crate) fn pack(call: &Pack<&TchTensor>) -> Computed {
    let parts: Vec<&Tensor> = call.x.iter().map(|t| &t.tensor).collect();
    Ok(Tensor::f_stack(&parts, 0)?)
}

pub(crate) fn stack(call: &Stack<&TchTensor>) -> Computed {
    let parts: Vec<&Tensor> = call.x.iter().map(|t| &t.tensor).collect();
    Ok(Tensor::f_stack(&parts, call.axis)?)
}
