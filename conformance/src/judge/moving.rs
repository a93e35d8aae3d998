//! Which functions only move data.

use touchstone_reference::Function;

/// The functions whose results are elements of their arguments, or zeros, moved: they are
/// compared bit for bit, the sign of zero and NaN included. Their gradients add up, and are not.
const MOVING: &[Function] = &[
    Function::Transpose,
    Function::Gather,
    Function::Concatenate,
    Function::Reshape,
    Function::PermuteDimensions,
    Function::ExpandDims,
    Function::Squeeze,
    Function::RepeatElements,
    Function::TemporalPadding,
    Function::Switch,
    Function::StopGradient,
    Function::Variable,
    Function::Update,
    Function::Eval,
    Function::InTrainPhase,
];

/// Whether a function only moves data.
pub fn moves_data(function: Function) -> bool {
    MOVING.contains(&function)
}
