//! relu, softmax, sigmoid, hard_sigmoid, tanh, softplus, softsign, elu.

use touchstone_reference::Function;

use super::elementwise::{number, unary};
use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Relu, draw: relu },
    Generator { function: Function::Softmax, draw: softmax },
    Generator { function: Function::Sigmoid, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::HardSigmoid, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Tanh, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Softplus, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Softsign, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Elu, draw: elu },
];

/// Slopes and scales of the negative part: none, small, steeper than the positive part, falling.
const ALPHAS: [f64; 8] = [0.0, 0.3, 1.0, 0.01, 2.0, -0.5, -1.0, 1e4];

fn relu(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.number(), draw.shape(0, 8));
    let x = draw.tensor(dtype, &shape);
    let alpha = draw.maybe(|draw| {
        let alpha = draw.one_of(&ALPHAS);
        number(draw, alpha)
    });
    let max_value = draw.maybe(|draw| match draw.below(4) {
        0 => Value::Null,
        _ => {
            let max_value = draw.one_of(&[1.0, 0.5, 2.0, 6.0, 0.0, 1e-3, 1e5, f64::INFINITY]);
            number(draw, max_value)
        }
    });
    Args::new().with("x", x).maybe("alpha", alpha).maybe("max_value", max_value)
}

fn softmax(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.float(), draw.shape(1, 8));
    Args::new().with("x", draw.tensor(dtype, &shape))
}

fn elu(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.float(), draw.shape(0, 8));
    let x = draw.tensor(dtype, &shape);
    let alpha = draw.maybe(|draw| {
        let alpha = draw.one_of(&ALPHAS);
        number(draw, alpha)
    });
    Args::new().with("x", x).maybe("alpha", alpha)
}
