//! l2_normalize, batch_normalization, normalize_batch_in_training.

use tch::{TchError, Tensor};
use touchstone_reference::functions::normalization::{
    BatchNormalization, L2Normalize, NormalizeBatchInTraining,
};
use touchstone_reference::{Dim, Label};

use crate::failure::Computed;
use crate::position::axis_at;
use crate::reduction::{exact_mean, mean_over};
use crate::tensor::{TchTensor, signed};

pub(crate) fn l2_normalize(call: &L2Normalize<&TchTensor>) -> Computed {
    let (x, floor) = (&call.x.tensor, call.x.dtype.round(1e-12));
    let axis = axis_at(call.axis, x)?;
    let norm = x.f_norm_scalaropt_dim(2, axis, true)?;
    Ok(x.f_div(&norm.f_clamp_min(floor.sqrt())?)?)
}

/// centred·gamma/sqrt(var+epsilon)+beta, with centred x-mean. libtorch's batch_norm fuses it into a line x·s + c,
/// which cancels where mean is large.
fn normalized(
    centred: &Tensor,
    var: &Tensor,
    beta: Option<&Tensor>,
    gamma: Option<&Tensor>,
    epsilon: f64,
) -> Result<Tensor, TchError> {
    let deviation = var.f_add_scalar(epsilon)?.f_sqrt()?;
    // The quotient first: it has the size of the statistics.
    let scale = gamma.map_or_else(|| deviation.f_reciprocal(), |gamma| gamma.f_div(&deviation))?;
    match beta {
        Some(beta) => beta.f_addcmul(centred, &scale),
        None => centred.f_mul(&scale),
    }
}

pub(crate) fn batch_normalization(call: &BatchNormalization<&TchTensor>) -> Computed {
    Ok(normalized(
        &call.x.tensor.f_sub(&call.mean.tensor)?,
        &call.var.tensor,
        call.beta.map(|t| &t.tensor),
        call.gamma.map(|t| &t.tensor),
        call.x.round(call.epsilon),
    )?)
}

pub(crate) fn normalize_batch_in_training(
    call: &NormalizeBatchInTraining<&TchTensor>,
) -> Computed<Vec<Tensor>> {
    let x = &call.x.tensor;
    let axes = call.axes(x.dim())?;
    let operand = |given: Option<&TchTensor>| -> Computed<Option<Tensor>> {
        let Some(given) = given else { return Ok(None) };
        let dims = |t: &Tensor| -> Vec<Dim> {
            t.size().into_iter().map(|n| usize::try_from(n).ok()).collect()
        };
        let shape =
            NormalizeBatchInTraining::<()>::broadcast_shape(&dims(&given.tensor), &dims(x), &axes)
                .ok_or_else(|| Label::C(2).refuse("gamma or beta does not broadcast against x"))?;
        let shape: Vec<i64> = shape.iter().map(|dim| dim.unwrap_or(1) as i64).collect();
        Ok(Some(given.tensor.f_reshape(shape)?))
    };
    let (gamma, beta) = (operand(call.gamma)?, operand(call.beta)?);
    let epsilon = call.x.round(call.epsilon);
    let (mean, centred, variance) = moments(x, &signed(&axes), epsilon)?;
    let found = normalized(&centred, &variance, beta.as_ref(), gamma.as_ref(), epsilon)?;
    let kept: Vec<i64> = x
        .size()
        .into_iter()
        .enumerate()
        .filter(|(axis, _)| !axes.contains(axis))
        .map(|(_, n)| n)
        .collect();
    Ok(vec![found, mean.f_reshape(&kept)?, variance.f_reshape(&kept)?])
}

/// Mean and variance along axes, which stay with size 1, and in the middle the distances from the
/// mean.
fn moments(x: &Tensor, axes: &[i64], epsilon: f64) -> Result<(Tensor, Tensor, Tensor), TchError> {
    if axes.is_empty() {
        // libtorch takes an empty list for all axes.
        let centred = x.f_sub(x)?;
        let variance = centred.f_square()?;
        return Ok((x.shallow_clone(), centred, variance));
    }
    let size = x.size();
    let is_over_nothing = axes.iter().any(|&axis| size[axis as usize] == 0);
    // Without epsilon, what is left of equal elements after a rounded mean would be divided by
    // itself.
    let mean = if epsilon == 0.0 && !is_over_nothing {
        exact_mean(x, axes)?
    } else {
        mean_over(x, axes, true)?
    };
    let centred = x.f_sub(&mean)?;
    let variance = mean_over(&centred.f_square()?, axes, true)?;
    Ok((mean, centred, variance))
}
