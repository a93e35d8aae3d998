//! How each function is computed for each dtype: natively, by a detour, or not at all.

use touchstone_reference::engine::Support;
use touchstone_reference::{DType, Function};

use crate::tensor::NO_UINT64;

/// How the engine computes a function for operands of a dtype.
pub(crate) fn support(function: Function, dtype: DType) -> Support {
    let emulated = |note: &str| Support::Emulated(note.to_owned());
    match dtype {
        DType::UInt64 => Support::Unsupported(NO_UINT64.into()),
        DType::Float16 => {
            let note = "held and computed as float32, rounded at the end of each function";
            match float_detour(function) {
                Some(detour) => emulated(&format!("{note}; {detour}")),
                None => emulated(note),
            }
        }
        DType::Float32 | DType::Float64 => match float_detour(function) {
            Some(note) => emulated(note),
            None => Support::Native,
        },
        DType::Bool => match detour(function) {
            Some(note) => emulated(&format!("held as uint8; {note}")),
            None => emulated("held as uint8"),
        },
        DType::Int64 | DType::UInt8 => match whole_detour(function) {
            Some(note) => emulated(note),
            None if dtype == DType::UInt8 && is_arithmetic(function) => {
                emulated("computed in int64")
            }
            None => Support::Native,
        },
        DType::Int8 | DType::Int16 | DType::Int32 | DType::UInt16 | DType::UInt32 => {
            match whole_detour(function) {
                Some(note) => emulated(&format!("held as int64; {note}")),
                None => emulated("held as int64"),
            }
        }
    }
}

fn float_detour(function: Function) -> Option<&'static str> {
    let draws = matches!(
        function,
        Function::Dropout
            | Function::RandomNormal
            | Function::TruncatedNormal
            | Function::RandomUniform
            | Function::RandomBinomial
    );
    if draws {
        Some("drawn on the host with a seed, without one by candle")
    } else if function == Function::CtcBatchCost {
        Some("computed in float64; lengths and labels are read back")
    } else if function == Function::CtcDecode {
        Some("beam search on the host; lengths are read back")
    } else {
        detour(function)
    }
}

fn whole_detour(function: Function) -> Option<&'static str> {
    if matches!(function, Function::Dot | Function::BatchDot) {
        Some("products through float64 where that is exact, else term by term")
    } else if function == Function::Pow {
        Some("by repeated multiplication")
    } else if matches!(function, Function::Mean | Function::Std | Function::Var) {
        Some("through float64")
    } else {
        detour(function)
    }
}

/// Of any dtype.
fn detour(function: Function) -> Option<&'static str> {
    if function == Function::CtcLabelDenseToSparse {
        Some("lengths are read back, indices written on the host")
    } else if function == Function::Arange {
        Some("counted on the host, as candle's own is")
    } else {
        None
    }
}

fn is_arithmetic(function: Function) -> bool {
    matches!(
        function,
        Function::Sum
            | Function::Prod
            | Function::Cumsum
            | Function::Cumprod
            | Function::Square
            | Function::Abs
            | Function::Add
            | Function::Subtract
            | Function::Multiply
            | Function::Negative
            | Function::BiasAdd
            | Function::Relu
    )
}
