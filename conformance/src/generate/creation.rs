//! zeros_like, ones_like, arange.

use touchstone_reference::{DType, Function};

use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::ZerosLike, draw: like },
    Generator { function: Function::OnesLike, draw: like },
    Generator { function: Function::Arange, draw: arange },
];

fn like(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.dtype(), draw.shape(0, 8));
    let x = draw.tensor(dtype, &shape);
    let dtype = match draw.below(3) {
        0 => None,
        1 => Some(draw.dtype().into()),
        _ => Some(Value::Null),
    };
    Args::new().with("x", x).maybe("dtype", dtype)
}

fn arange(draw: &mut Draw) -> Args {
    let dtype = draw.maybe(Draw::number);
    if dtype.is_some_and(DType::is_float) {
        return real_steps(draw, dtype);
    }
    let (least, greatest) = dtype.unwrap_or(DType::Int32).range().unwrap_or((0, 0));
    let (least, greatest) = (least as i64, greatest as i64);
    let count = draw.one_of(&[3, 1, 0, 2, 7, 33]);
    if draw.rarely(3) {
        // The stop alone; one behind 0 is fine in any type.
        let stop = if draw.rarely(4) { -count } else { count };
        let stop = whole(draw, stop);
        let args = Args::new().with("start", stop).maybe("dtype", dtype);
        return if draw.flag() { args.with("stop", Value::Null) } else { args };
    }
    let step = draw.one_of(&[1, 2, -1, 3, -7]);
    let length = step * (count - 1).max(0);
    // Starts at which the last number is still held: some, and those at both ends.
    let first = least.saturating_add((-length).max(0));
    let last = greatest.saturating_sub(length.max(0));
    let start = match draw.below(4) {
        0 => draw.within(-5, 5).clamp(first, last),
        1 => first,
        2 => last,
        // Where double precision has no odd numbers any more.
        _ => ((1_i64 << 53) + 1).clamp(first, last),
    };
    // Up to one step beyond the last number there are no more; at and before the first, none.
    let beyond = if count == 0 { -draw.within(0, 5) } else { draw.within(1, step.abs()) };
    let stop = start.saturating_add(length).saturating_add(beyond * step.signum());
    let args = Args::new().with("start", whole(draw, start)).with("stop", whole(draw, stop));
    let step = (step != 1 || draw.flag()).then(|| whole(draw, step));
    args.maybe("step", step).maybe("dtype", dtype)
}

/// A whole number, sometimes written as a float.
fn whole(draw: &mut Draw, n: i64) -> Value {
    if n.unsigned_abs() < 1 << 31 && draw.rarely(4) { Value::Float(n as f64) } else { n.into() }
}

fn real_steps(draw: &mut Draw, dtype: Option<DType>) -> Args {
    let step = draw.one_of(&[1.0, 0.5, 0.1, -0.1, -1.0, 0.3, 1.0 / 3.0, -2.5, 100.0]);
    let count = draw.one_of(&[3.0, 1.0, 0.0, 2.5, 7.0, 10.0, 33.2, -1.0]);
    if draw.rarely(4) {
        let stop = if draw.flag() { draw.within(-2, 20).into() } else { Value::Float(count) };
        return Args::new().with("start", stop).maybe("dtype", dtype);
    }
    let start = draw.one_of(&[0.0, 1.0, -3.0, 0.7, 1000.0]);
    let args = Args::new().with("start", start).with("stop", start + count * step);
    let step = (step != 1.0 || draw.flag()).then_some(step);
    args.maybe("step", step).maybe("dtype", dtype)
}
