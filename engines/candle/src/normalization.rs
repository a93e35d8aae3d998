//! l2_normalize, batch_normalization, normalize_batch_in_training.

use candle_core::Tensor;
use touchstone_reference::Spec;
use touchstone_reference::backend::{BatchNormalization, L2Normalize, NormalizeBatchInTraining};

use crate::derivative::with_rule;
use crate::failure::{Failure, Result};
use crate::ops::{at_least, constant, divide, filled, keep_where};
use crate::reduction::{mean_of_merged, merged, sum_of_merged, variance_of_merged};
use crate::shaping::position;
use crate::tensor::CandleTensor;

/// The least squared norm by which is divided.
const FLOOR: f64 = 1e-12;

/// Lines over their norms: y, with gradient (g - y·Σgy)/norm, and g/norm at the floor.
pub(crate) fn l2_normalize(call: &L2Normalize<&CandleTensor>) -> Result<Tensor> {
    let x = call.x.native();
    let merged = merged(&x, &[position(call.axis, x.rank())?])?;
    let squared = sum_of_merged(&merged.detach().sqr()?)?;
    let norm = at_least(&squared, FLOOR)?.sqrt()?;
    let value = merged.detach().broadcast_div(&norm)?;
    let lines = with_rule(&merged, "l2_normalize", value, move |_, y, gradient| {
        let along = sum_of_merged(&(gradient * y)?)?;
        let along = keep_where(&squared.gt(&constant(&squared, FLOOR)?)?, &along)?;
        (gradient - y.broadcast_mul(&along)?)?.broadcast_div(&norm)
    })?;
    Ok(lines.reshape(x.shape())?)
}

/// (x-mean)·gamma/sqrt(var+epsilon)+beta, all of which broadcast to x. The quotient comes first:
/// it has the size of the statistics.
fn normalize(
    x: &Tensor,
    mean: &Tensor,
    var: &Tensor,
    gamma: Option<&Tensor>,
    beta: Option<&Tensor>,
    epsilon: f64,
) -> candle_core::Result<Tensor> {
    let deviation = var.affine(1.0, epsilon)?.sqrt()?;
    let centred = x.broadcast_sub(mean)?;
    let scaled = match gamma {
        Some(gamma) => {
            let shape = gamma.shape().broadcast_shape_binary_op(deviation.shape(), "normalize")?;
            centred.broadcast_mul(&divide(gamma, &deviation, shape.dims())?)?
        }
        None => divide(&centred, &deviation, x.dims())?,
    };
    match beta {
        Some(beta) => scaled.broadcast_add(beta),
        None => Ok(scaled),
    }
}

pub(crate) fn batch_normalization(call: &BatchNormalization<&CandleTensor>) -> Result<Tensor> {
    Ok(normalize(
        &call.x.native(),
        &call.mean.native(),
        &call.var.native(),
        call.gamma.map(CandleTensor::native).as_ref(),
        call.beta.map(CandleTensor::native).as_ref(),
        call.x.round(call.epsilon),
    )?)
}

/// Normalised, mean and variance.
pub(crate) fn normalize_batch_in_training(
    call: &NormalizeBatchInTraining<&CandleTensor>,
    specs: &[Spec],
    statistics: &[usize],
) -> Result<Vec<Tensor>> {
    let x = call.x.native();
    if x.elem_count() == 0 {
        let nan = filled(x.dtype(), statistics, f64::NAN, x.device())?;
        return Ok(vec![x, nan.clone(), nan]);
    }
    let axes = call.axes(x.rank())?;
    let kept: Vec<usize> =
        x.dims().iter().enumerate().map(|(i, &n)| if axes.contains(&i) { 1 } else { n }).collect();
    let merged = merged(&x, &axes)?;
    let mean = mean_of_merged(&merged)?.reshape(&*kept)?;
    let variance = variance_of_merged(&merged)?.reshape(&*kept)?;
    let operand = |operand: Option<&CandleTensor>| {
        let Some(operand) = operand else { return Ok(None) };
        let shape = NormalizeBatchInTraining::<()>::broadcast_shape(
            &operand.spec().dims,
            &specs[0].dims,
            &axes,
        )
        .and_then(|dims| dims.into_iter().collect::<Option<Vec<usize>>>())
        .ok_or_else(|| Failure::engine("gamma or beta does not fit x"))?;
        Ok::<_, Failure>(Some(operand.native().reshape(shape)?))
    };
    let (gamma, beta) = (operand(call.gamma)?, operand(call.beta)?);
    let epsilon = call.x.round(call.epsilon);
    let normalised = normalize(&x, &mean, &variance, gamma.as_ref(), beta.as_ref(), epsilon)?;
    Ok(vec![normalised, mean.reshape(statistics)?, variance.reshape(statistics)?])
}
