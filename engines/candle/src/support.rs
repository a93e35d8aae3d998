//! How each function is computed for each dtype: natively, by a detour, or not at all.

use touchstone_reference::engine::Support;
use touchstone_reference::{DType, Function};

/// How the engine computes a function for operands of a dtype.
pub(crate) fn support(function: Function, dtype: DType) -> Support {
    let emulated = |note: &str| Support::Emulated(note.to_owned());
    match dtype {
        DType::UInt64 => Support::Unsupported("candle holds no uint64".into()),
        DType::Float16 => {
            emulated("held and computed as float32, rounded at the end of each function")
        }
        DType::Float32 | DType::Float64 => match float_detour(function) {
            Some(note) => emulated(note),
            None => Support::Native,
        },
        DType::Bool => emulated("held as uint8"),
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
    if function == Function::Dropout {
        Some("the mask is drawn on the host")
    } else if function == Function::CtcBatchCost {
        Some("computed in float64; lengths and labels are read back")
    } else {
        None
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
            | Function::Relu
    )
}
