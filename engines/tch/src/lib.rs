//! The Keras backend API on libtorch, through tch.
//!
//! Each function is one method of a family's module, in calls of tch's fallible methods; the
//! gradients are libtorch's own. Where its kernel or its derivative is not what the function
//! means, the function is composed of others, and a comment says why.
//!
//! What belongs here: which libtorch calls make a function. What does not: what it means, which
//! arguments it takes, what shape it gives.

mod activation;
mod control;
mod conversion;
mod convolution;
mod creation;
mod ctc;
mod cumulative;
mod decoding;
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
mod pooling;
mod position;
mod random;
mod recurrent;
mod reduction;
mod shaping;
mod spatial;
mod support;
mod tensor;

pub use kernels::TchKernels;
pub use tensor::TchTensor;

use touchstone_reference::Result;
use touchstone_reference::engine::Eager;

/// The engine on libtorch, on the CPU.
pub fn engine() -> Eager<TchKernels> {
    Eager::new(TchKernels::cpu())
}

/// The engine on libtorch on a device by name: `cpu`, `cuda` or `cuda:1`.
pub fn engine_on(device: &str) -> Result<Eager<TchKernels>> {
    Ok(Eager::new(TchKernels::on(device)?))
}
