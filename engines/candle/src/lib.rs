//! The Keras backend API on [candle](https://github.com/huggingface/candle).
//!
//! What belongs here: the functions of the table in candle's tensor operations, and derivatives
//! where candle has none or a wrong one. What does not: shape inference, refusals that shapes can
//! tell, and the interpreter of programs, which the reference crate has for all engines.
//!
//! candle has no bool and lacks several integers, so that a tensor carries its logical dtype
//! beside the one it is stored in ([`CandleTensor`]). Its gradients are those of candle's own
//! `backward`; the module `derivative` says how a better derivative is put in.

mod activation;
mod control;
mod conversion;
mod convolution;
mod creation;
mod ctc;
mod cumulative;
mod decoding;
mod derivative;
mod elementwise;
mod failure;
mod indexing;
mod iteration;
mod kernels;
mod layout;
mod linear_algebra;
mod local;
mod loss;
mod normalization;
mod ops;
mod random;
mod recurrent;
mod reduction;
mod shaping;
mod spatial;
mod support;
mod tensor;

pub use kernels::CandleKernels;
pub use tensor::CandleTensor;

use candle_core::Device;
use touchstone_reference::Result;
use touchstone_reference::engine::Eager;

use failure::{Failure, words};

/// The name under which the engine is chosen.
pub const NAME: &str = "candle";

/// The engine on the CPU.
pub fn engine() -> Eager<CandleKernels> {
    Eager::new(CandleKernels::new(Device::Cpu))
}

/// The engine on a device by name: `cpu`, or `cuda:0` where the feature `cuda` is built in.
pub fn engine_on(device: &str) -> Result<Eager<CandleKernels>> {
    let unknown = || Failure::engine(format!("device {device:?}: there are cpu and cuda:<number>"));
    let device = match device.strip_prefix("cuda:") {
        Some(number) => {
            let number = number.parse().map_err(|_| unknown().outside())?;
            gpu(number).map_err(|error| {
                Failure::engine(format!("device {device:?}: {}", words(&error))).outside()
            })?
        }
        None if device == "cpu" => Device::Cpu,
        None => return Err(unknown().outside()),
    };
    Ok(Eager::new(CandleKernels::new(device)))
}

/// A GPU, with one stream for all threads: with one for each, as candle has it otherwise, a thread
/// could read what another has yet to compute.
fn gpu(number: usize) -> candle_core::Result<Device> {
    // float32 is float32, not TF32. This is candle's default, unless somebody has changed it.
    candle_core::cuda::set_gemm_reduced_precision_f32(false);
    Device::new_cuda_with_stream(number)
}
