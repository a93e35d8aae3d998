//! Functions that move elements, bit for bit.

use tch::Tensor;
use touchstone_reference::functions::shaping::{
    Concatenate, ExpandDims, PermuteDimensions, RepeatElements, Reshape, Squeeze, TemporalPadding,
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
    // A new axis beside the repeated one, broadcast, then merged with it.
    let mut shape = x.size();
    shape.insert(axis + 1, call.rep);
    Ok(x.f_unsqueeze(axis as i64 + 1)?.f_expand(shape, false)?.f_reshape(known(spec))?)
}

pub(crate) fn temporal_padding(call: &TemporalPadding<&TchTensor>) -> Computed {
    Ok(call.x.tensor.f_constant_pad_nd([0, 0, call.padding, call.padding])?)
}
