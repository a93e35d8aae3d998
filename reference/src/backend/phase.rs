//! The learning phase: fixed, or open and fed at the call.

use std::cell::{Cell, RefCell};

use super::graph::Tensor;
use super::program::PlaceholderBuilder;
use crate::dtype::DType;
use crate::error::{Label, Result};
use crate::function::Function;
use crate::functions::{control, program};

thread_local! {
    static PHASE: Cell<Option<bool>> = const { Cell::new(None) };
    static OPEN_PHASE: RefCell<Option<Tensor>> = const { RefCell::new(None) };
}

/// The learning phase as a graph sees it.
#[derive(Clone, Debug)]
pub enum LearningPhase {
    /// Fixed: false is test, true is train.
    Fixed(bool),
    /// A scalar placeholder, fed at the call: 0 test, 1 train.
    Open(Tensor),
}

/// The learning phase: fixed by [`set_learning_phase`], else a placeholder to be fed.
pub fn learning_phase() -> Result<LearningPhase> {
    if let Some(phase) = PHASE.get() {
        return Ok(LearningPhase::Fixed(phase));
    }
    if let Some(open) = OPEN_PHASE.with_borrow(Clone::clone) {
        return Ok(LearningPhase::Open(open));
    }
    let open =
        PlaceholderBuilder::new().shape(&[]).dtype(DType::UInt8).name("learning_phase").tensor()?;
    OPEN_PHASE.set(Some(open.clone()));
    Ok(LearningPhase::Open(open))
}

/// Fixes the learning phase, 0 test or 1 train, or with `None` leaves it open again.
pub fn set_learning_phase(value: Option<i64>) -> Result<()> {
    PHASE.set(match value {
        None => None,
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(other) => {
            let message = format!("value is {other}: 0 is test, 1 is train");
            return Err(Label::C(1).refuse(message).by(Function::SetLearningPhase));
        }
    });
    Ok(())
}

/// Forgets the graph: the learning phase is open again, with a new placeholder. Tensors and
/// variables live as long as somebody holds them.
pub fn clear_session() {
    PHASE.set(None);
    OPEN_PHASE.set(None);
}

/// What a phase chooses between.
fn chosen(function: Function, training: &Tensor, testing: &Tensor) -> Result<Tensor> {
    program::check_branches(training.spec(), testing.spec())
        .map_err(|refusal| refusal.by(function))?;
    match learning_phase()? {
        LearningPhase::Fixed(true) => Ok(training.clone()),
        LearningPhase::Fixed(false) => Ok(testing.clone()),
        LearningPhase::Open(phase) => control::switch(&phase, training, testing),
    }
}

/// `x` in the training phase, else `alt`.
pub fn in_train_phase(x: &Tensor, alt: &Tensor) -> Result<Tensor> {
    chosen(Function::InTrainPhase, x, alt)
}

/// `x` in the test phase, else `alt`.
pub fn in_test_phase(x: &Tensor, alt: &Tensor) -> Result<Tensor> {
    chosen(Function::InTestPhase, alt, x)
}
