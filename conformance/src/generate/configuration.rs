//! epsilon, floatx, image_dim_ordering, learning_phase and what sets them. `backend` has no
//! generator: it has no argument, and every engine answers with its own name.

use touchstone_reference::Function;

use super::control::any_tensor;
use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Epsilon, draw: |_| Args::new() },
    Generator { function: Function::SetEpsilon, draw: set_epsilon },
    Generator { function: Function::Floatx, draw: |_| Args::new() },
    Generator { function: Function::SetFloatx, draw: set_floatx },
    Generator { function: Function::CastToFloatx, draw: cast_to_floatx },
    Generator { function: Function::ImageDimOrdering, draw: |_| Args::new() },
    Generator { function: Function::SetImageDimOrdering, draw: set_image_dim_ordering },
    Generator { function: Function::LearningPhase, draw: learning_phase },
    Generator { function: Function::SetLearningPhase, draw: set_learning_phase },
];

fn set_epsilon(draw: &mut Draw) -> Args {
    let epsilons = [0.0, 1e-7, 1e-3, 0.5, 1.0, 1e-30, f64::MIN_POSITIVE / 2.0, f64::MAX];
    if draw.rarely(8) {
        return Args::new().with("e", draw.below(3));
    }
    Args::new().with("e", draw.one_of(&epsilons))
}

fn set_floatx(draw: &mut Draw) -> Args {
    Args::new().with("floatx", draw.float())
}

fn cast_to_floatx(draw: &mut Draw) -> Args {
    Args::new().with("x", any_tensor(draw, 8))
}

fn set_image_dim_ordering(draw: &mut Draw) -> Args {
    Args::new().with("dim_ordering", draw.one_of(&["th", "tf"]))
}

fn learning_phase(draw: &mut Draw) -> Args {
    Args::new().with("learning_phase", draw.below(2))
}

fn set_learning_phase(draw: &mut Draw) -> Args {
    Args::new().with("value", draw.below(2))
}
