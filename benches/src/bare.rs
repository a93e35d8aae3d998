//! The bare libraries, as their users call them.

use touchstone_reference::backend as K;

use crate::Outcome;
use crate::workload::{Composition, Workload};

/// A library without an engine around it.
pub trait Library {
    /// Its tensor.
    type Tensor;

    /// What a workload is in calls of this library.
    fn composition(workload: &Workload) -> Composition<Self::Tensor>;
    /// A tensor from the host; by a watched one a derivative will be asked for.
    fn upload(host: &K::HostTensor, watched: bool) -> Outcome<Self::Tensor>;
    /// The shape of a tensor.
    fn shape(tensor: &Self::Tensor) -> Vec<usize>;
    /// The elements of a tensor, row-major.
    fn download(tensor: &Self::Tensor) -> Outcome<Vec<f64>>;
    /// Runs without recording for differentiation.
    fn unrecorded<R>(run: impl FnOnce() -> R) -> R;
    /// The gradients of the weighted sum of a tensor by watched ones.
    fn gradients(
        result: &Self::Tensor,
        weights: &Self::Tensor,
        by: &[&Self::Tensor],
    ) -> Outcome<Vec<Self::Tensor>>;
}

/// candle.
#[derive(Debug)]
pub struct Candle;

impl Library for Candle {
    type Tensor = candle_core::Tensor;

    fn composition(workload: &Workload) -> Composition<Self::Tensor> {
        workload.candle
    }

    fn upload(host: &K::HostTensor, watched: bool) -> Outcome<Self::Tensor> {
        let (shape, device) = (host.shape(), &candle_core::Device::Cpu);
        let tensor = if let Some(data) = host.as_slice::<f32>() {
            candle_core::Tensor::from_slice(data, shape, device)?
        } else if let Some(data) = host.as_slice::<bool>() {
            let data: Vec<u8> = data.iter().map(|&flag| u8::from(flag)).collect();
            candle_core::Tensor::from_vec(data, shape, device)?
        } else {
            candle_core::Tensor::from_vec(host.to_i64s(), shape, device)?
        };
        Ok(if watched { candle_core::Var::from_tensor(&tensor)?.into_inner() } else { tensor })
    }

    fn shape(tensor: &Self::Tensor) -> Vec<usize> {
        tensor.dims().to_vec()
    }

    fn download(tensor: &Self::Tensor) -> Outcome<Vec<f64>> {
        Ok(tensor.to_dtype(candle_core::DType::F64)?.flatten_all()?.to_vec1()?)
    }

    fn unrecorded<R>(run: impl FnOnce() -> R) -> R {
        // Only what depends on a variable is recorded.
        run()
    }

    fn gradients(
        result: &Self::Tensor,
        weights: &Self::Tensor,
        by: &[&Self::Tensor],
    ) -> Outcome<Vec<Self::Tensor>> {
        let found = (result * weights)?.sum_all()?.backward()?;
        let gradient = |tensor: &&Self::Tensor| {
            found.get(tensor).cloned().ok_or_else(|| "candle gives no gradient".into())
        };
        by.iter().map(gradient).collect()
    }
}

/// libtorch through tch.
#[cfg(feature = "tch")]
#[derive(Debug)]
pub struct Tch;

#[cfg(feature = "tch")]
impl Library for Tch {
    type Tensor = tch::Tensor;

    fn composition(workload: &Workload) -> Composition<Self::Tensor> {
        workload.tch
    }

    fn upload(host: &K::HostTensor, watched: bool) -> Outcome<Self::Tensor> {
        let shape: Vec<i64> = host.shape().iter().map(|&n| n as i64).collect();
        let flat = if let Some(data) = host.as_slice::<f32>() {
            tch::Tensor::f_from_slice(data)?
        } else if let Some(data) = host.as_slice::<bool>() {
            tch::Tensor::f_from_slice(data)?
        } else {
            tch::Tensor::f_from_slice(&host.to_i64s())?
        };
        Ok(flat.f_reshape(shape)?.f_set_requires_grad(watched)?)
    }

    fn shape(tensor: &Self::Tensor) -> Vec<usize> {
        tensor.size().iter().map(|&n| usize::try_from(n).unwrap_or(0)).collect()
    }

    fn download(tensor: &Self::Tensor) -> Outcome<Vec<f64>> {
        let tensor = tensor.f_detach()?.f_to_kind(tch::Kind::Double)?.f_contiguous()?;
        let mut data = vec![0.0; tensor.numel()];
        tensor.f_copy_data(&mut data, tensor.numel())?;
        Ok(data)
    }

    fn unrecorded<R>(run: impl FnOnce() -> R) -> R {
        tch::no_grad(run)
    }

    fn gradients(
        result: &Self::Tensor,
        weights: &Self::Tensor,
        by: &[&Self::Tensor],
    ) -> Outcome<Vec<Self::Tensor>> {
        let loss = result.f_mul(weights)?.f_sum(None::<tch::Kind>)?;
        Ok(tch::Tensor::f_run_backward(&[&loss], by, false, false)?)
    }
}
