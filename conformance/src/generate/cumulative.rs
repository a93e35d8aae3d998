//! cumsum, cumprod.

use touchstone_reference::{Function, HostTensor};

use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Cumsum, draw: cumsum },
    Generator { function: Function::Cumprod, draw: cumprod },
];

fn cumsum(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.number(), draw.shape(1, 8));
    let x = draw.tensor(dtype, &shape);
    along(draw, x)
}

fn cumprod(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.number(), draw.shape(1, 8));
    let x = if dtype.is_float() && !draw.rarely(4) {
        draw.tensor(dtype, &shape)
    } else {
        // Products of many: around 1, with a zero here and there. What int64 does not hold lies
        // outside the contract.
        draw.tensor_of(dtype, &shape, |_, stream| {
            stream.one_of(&[1.0, -1.0, 1.0, 2.0, -1.0, 1.0, 0.0])
        })
    };
    along(draw, x)
}

fn along(draw: &mut Draw, x: HostTensor) -> Args {
    let rank = x.shape().len();
    let axis = draw.maybe(|draw| draw.axis(rank));
    Args::new().with("x", x).maybe("axis", axis)
}
