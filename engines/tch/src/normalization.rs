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

/// centred·gamma/sqrt(var+epsilon)+beta, with centred x-mean. libtorch's batch_norm fuses it into
/// a line x·s + c, which cancels where mean is large.
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
    let recorded = [Some(centred), Some(&scale), beta].into_iter().flatten();
    let in_place = !recorded.into_iter().any(Tensor::requires_grad);
    match beta {
        Some(beta) if in_place => beta.f_addcmul_out(centred, centred, &scale),
        Some(beta) => beta.f_addcmul(centred, &scale),
        None => centred.f_mul(&scale),
    }
}

/// A batch whose channels lie along its last axes, with what each of them is multiplied by and
/// gets added: what libtorch's batch_norm takes. Its derivative is fused, and subtracts the mean
/// as it should be. It also fuses the value, which is harmless once the mean has been taken away.
struct Channels {
    size: Vec<i64>,
    gamma: Option<Tensor>,
    beta: Option<Tensor>,
}

impl Channels {
    /// `None` where something does not stand for the channels, the axes of x from `first` on.
    fn new(
        x: &Tensor,
        first: usize,
        [gamma, beta]: [Option<&Tensor>; 2],
    ) -> Result<Option<Self>, TchError> {
        let size = x.size();
        let channels = &size[first..];
        let all_fit = [gamma, beta].into_iter().flatten().all(|t| is_for(t, channels));
        if x.numel() == 0 || !all_fit {
            return Ok(None);
        }
        let flat = |t: Option<&Tensor>| t.map(|t| t.f_reshape(-1_i64)).transpose();
        let (gamma, beta) = (flat(gamma)?, flat(beta)?);
        Ok(Some(Channels { size: vec![-1, channels.iter().product()], gamma, beta }))
    }

    /// By statistics of the batch, or by a variance around 0 that is given.
    fn normalized(
        &self,
        centred: &Tensor,
        var: Option<&Tensor>,
        epsilon: f64,
    ) -> Result<Tensor, TchError> {
        let var = var.map(|var| var.f_reshape(-1_i64)).transpose()?;
        let mean = var.as_ref().map(Tensor::f_zeros_like).transpose()?;
        let found = centred.f_reshape(&self.size)?.f_batch_norm(
            self.gamma.as_ref(),
            self.beta.as_ref(),
            mean.as_ref(),
            var.as_ref(),
            var.is_none(),
            0.0,
            epsilon,
            false,
        )?;
        found.f_reshape(centred.size())
    }
}

/// Whether a tensor has a number for each of the channels, and nothing else.
fn is_for(t: &Tensor, channels: &[i64]) -> bool {
    t.size().ends_with(channels) && t.numel() as i64 == channels.iter().product::<i64>()
}

pub(crate) fn batch_normalization(call: &BatchNormalization<&TchTensor>) -> Computed {
    let (x, mean, var) = (&call.x.tensor, &call.mean.tensor, &call.var.tensor);
    let (gamma, beta) = (call.gamma.map(|t| &t.tensor), call.beta.map(|t| &t.tensor));
    let epsilon = call.x.dtype.round(call.epsilon);
    let centred = x.f_sub(mean)?;
    let recorded = [Some(&centred), gamma, beta].into_iter().flatten().any(Tensor::requires_grad);
    // libtorch's own has no derivative by the variance.
    if let (true, false, Some(last)) = (recorded, var.requires_grad(), x.dim().checked_sub(1))
        && is_for(var, &x.size()[last..])
        && let Some(channels) = Channels::new(x, last, [gamma, beta])?
    {
        return Ok(channels.normalized(&centred, Some(var), epsilon)?);
    }
    Ok(normalized(&centred, var, beta, gamma, epsilon)?)
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
    let (gamma, beta) = (gamma.as_ref(), beta.as_ref());
    let epsilon = call.x.dtype.round(call.epsilon);
    let recorded = [Some(x), gamma, beta].into_iter().flatten().any(Tensor::requires_grad);
    let are_last = !axes.is_empty() && axes.iter().copied().eq(0..axes.len());
    let own = are_last && x.numel() > 0 && epsilon != 0.0;
    let channels =
        if own && recorded { Channels::new(x, axes.len(), [gamma, beta])? } else { None };
    let (mean, centred, variance) = if own && !recorded {
        moments_of_channels(x, axes.len())?
    } else {
        moments(x, &signed(&axes), epsilon, channels.is_some())?
    };
    let found = match channels {
        Some(channels) => channels.normalized(&centred, None, epsilon)?,
        None => normalized(&centred, &variance, beta, gamma, epsilon)?,
    };
    let kept: Vec<i64> = x
        .size()
        .into_iter()
        .enumerate()
        .filter(|(axis, _)| !axes.contains(axis))
        .map(|(_, n)| n)
        .collect();
    Ok(vec![found, mean.f_reshape(&kept)?, variance.f_reshape(&kept)?])
}

/// Mean and variance of each channel, the axes from `first` on, and in the middle the distances
/// from the mean. In two passes, but without the squares in memory.
fn moments_of_channels(x: &Tensor, first: usize) -> Result<(Tensor, Tensor, Tensor), TchError> {
    let size = x.size();
    let channels = &size[first..];
    let lines = x.f_reshape([-1, channels.iter().product()])?;
    let none = None::<&Tensor>;
    let (mean, variance) = lines.f_batch_norm_update_stats(none, none, 0.0)?;
    let mean = mean.f_reshape(channels)?;
    let centred = x.f_sub(&mean)?;
    Ok((mean, centred, variance.f_reshape(channels)?))
}

/// Mean and variance along axes, which stay with size 1, and in the middle the distances from the
/// mean; from a mean that is a constant for the derivative, if that makes no difference.
fn moments(
    x: &Tensor,
    axes: &[i64],
    epsilon: f64,
    is_fixed: bool,
) -> Result<(Tensor, Tensor, Tensor), TchError> {
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
    let centred = if is_fixed { x.f_sub(&mean.f_detach()?)? } else { x.f_sub(&mean)? };
    let variance = mean_over(&centred.f_square()?, axes, true)?;
    Ok((mean, centred, variance))
}
