//! cast, to_dense, identity, print_tensor, shape.

use touchstone_reference::{DType, Function, HostTensor};

use super::{Args, Draw, Filling, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Cast, draw: cast },
    Generator {
        function: Function::ToDense,
        draw: |draw| Args::new().with("tensor", dense_or_sparse(draw)),
    },
    Generator {
        function: Function::Identity,
        draw: |draw| Args::new().with("x", dense_or_sparse(draw)),
    },
    Generator { function: Function::PrintTensor, draw: print_tensor },
    Generator {
        function: Function::Shape,
        draw: |draw| Args::new().with("x", dense_or_sparse(draw)),
    },
];

/// Any tensor; half of the matrices are sparse.
fn dense_or_sparse(draw: &mut Draw) -> HostTensor {
    let (dtype, shape) = (draw.dtype(), draw.shape(0, 8));
    let sparse = shape.len() == 2 && draw.flag();
    draw.tensor(dtype, &shape).with_sparse(sparse)
}

fn cast(draw: &mut Draw) -> Args {
    let (from, to, shape) = (draw.dtype(), draw.dtype(), draw.shape(0, 8));
    let x = match to.range() {
        Some((least, greatest)) if from.is_float() => {
            // A float that the integer type does not hold lies outside the contract.
            if draw.rarely(3) {
                let edges = edges(from, least as f64, greatest as f64);
                draw.tensor_of(from, &shape, |_, stream| stream.one_of(&edges))
            } else {
                draw.only(Filling::MODERATE);
                draw.tensor(from, &shape)
            }
        }
        Some(_) | None => draw.tensor(from, &shape),
    };
    Args::new().with("x", x).with("dtype", to)
}

/// Numbers of a float type that are least and greatest in an integer type once their fraction is
/// gone, and around 0.
fn edges(from: DType, least: f64, greatest: f64) -> Vec<f64> {
    let candidates = [0.999, -0.999, least, greatest, least - 0.5, greatest + 0.5, greatest - 1.5];
    // 2^63 is not in int64, but rounds into it.
    let held = |x: &f64| {
        let whole = from.round(*x).trunc();
        (least..=greatest).contains(&whole) && whole < 9_223_372_036_854_775_808.0
    };
    candidates.into_iter().filter(held).collect()
}

fn print_tensor(draw: &mut Draw) -> Args {
    let x = dense_or_sparse(draw);
    let message = draw.maybe(|draw| draw.one_of(&["x = ", "", "größer {}", "two\nlines"]));
    Args::new().with("x", x).maybe("message", message)
}
