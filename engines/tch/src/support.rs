//! How each function is computed for each dtype: natively, by a detour, or not at all.

use tch::Device;
use touchstone_reference::engine::Support;
use touchstone_reference::{DType, Function};

use crate::tensor::kind;

/// Why a dtype is not carried.
pub(crate) const NO_KIND: &str = "tch has no name for libtorch's own, and no other type holds it";

/// How the engine computes a function for operands of a dtype.
pub(crate) fn support(function: Function, dtype: DType, device: Device) -> Support {
    if kind(dtype).is_none() {
        return Support::Unsupported(NO_KIND.into());
    }
    let notes: Vec<&str> =
        [detour(function, dtype, device), storage(function, dtype)].into_iter().flatten().collect();
    if notes.is_empty() { Support::Native } else { Support::Emulated(notes.join("; ")) }
}

/// How a function goes another way than through kernels.
fn detour(function: Function, dtype: DType, device: Device) -> Option<&'static str> {
    let random = function.family() == "random"
        || matches!(function, Function::RandomUniformVariable | Function::RandomNormalVariable);
    let product = matches!(function, Function::Dot | Function::BatchDot);
    if random {
        Some("drawn on the host with a seed")
    } else if function == Function::CtcDecode {
        Some("beam search on the host")
    } else if product && device.is_cuda() && !dtype.is_float() {
        Some("libtorch has no integer product on CUDA: multiplied and added up")
    } else {
        None
    }
}

/// How a dtype is held or computed in another one.
fn storage(function: Function, dtype: DType) -> Option<&'static str> {
    if matches!(dtype, DType::UInt16 | DType::UInt32) {
        Some("held as int64: tch has no name for libtorch's own")
    } else if dtype == DType::Float16 && function.is_call() && !function.iterates() {
        Some("computed as float32, rounded once at the end")
    } else {
        None
    }
}
