//! Functions of one element, and of two that broadcast.

use touchstone_reference::{DType, Function};

use super::{Args, Draw, Filling, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Square, draw: |draw| unary(draw, Draw::number) },
    Generator { function: Function::Abs, draw: |draw| unary(draw, Draw::number) },
    Generator { function: Function::Sign, draw: |draw| unary(draw, Draw::number) },
    Generator { function: Function::Sin, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Cos, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Exp, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Log, draw: |draw| within_domain(draw, 0.0) },
    Generator { function: Function::Log1p, draw: |draw| within_domain(draw, -1.0) },
    Generator { function: Function::Expm1, draw: |draw| unary(draw, Draw::float) },
    Generator { function: Function::Sqrt, draw: |draw| within_domain(draw, 0.0) },
    Generator { function: Function::Clip, draw: clip },
    Generator { function: Function::Pow, draw: pow },
    Generator { function: Function::Round, draw: |draw| unary(draw, Draw::number) },
    Generator { function: Function::Equal, draw: |draw| binary(draw, Draw::dtype) },
    Generator { function: Function::NotEqual, draw: |draw| binary(draw, Draw::dtype) },
    Generator { function: Function::Greater, draw: |draw| binary(draw, Draw::dtype) },
    Generator { function: Function::GreaterEqual, draw: |draw| binary(draw, Draw::dtype) },
    Generator { function: Function::Lesser, draw: |draw| binary(draw, Draw::dtype) },
    Generator { function: Function::LesserEqual, draw: |draw| binary(draw, Draw::dtype) },
    Generator { function: Function::Maximum, draw: |draw| binary(draw, Draw::number) },
    Generator { function: Function::Minimum, draw: |draw| binary(draw, Draw::number) },
    Generator { function: Function::Add, draw: |draw| binary(draw, Draw::number) },
    Generator { function: Function::Subtract, draw: |draw| binary(draw, Draw::number) },
    Generator { function: Function::Multiply, draw: |draw| binary(draw, Draw::number) },
    Generator { function: Function::Divide, draw: |draw| binary(draw, Draw::float) },
    Generator { function: Function::Negative, draw: |draw| unary(draw, Draw::number) },
    Generator { function: Function::BiasAdd, draw: bias_add },
];

/// A function of a tensor alone.
pub(super) fn unary(draw: &mut Draw, dtype: fn(&mut Draw) -> DType) -> Args {
    let dtype = dtype(draw);
    let shape = draw.shape(0, 8);
    Args::new().with("x", draw.tensor(dtype, &shape))
}

/// A function that has values from `least` on: half of the tensors lie there entirely.
fn within_domain(draw: &mut Draw, least: f64) -> Args {
    if draw.flag() {
        return unary(draw, Draw::float);
    }
    let (dtype, shape) = (draw.float(), draw.shape(0, 8));
    let greatest = least + draw.one_of(&[2.0, 1e-3, 1e4]);
    Args::new().with("x", draw.between(dtype, &shape, least, greatest))
}

/// A function of two tensors that broadcast; sometimes the second is the first again.
fn binary(draw: &mut Draw, dtype: fn(&mut Draw) -> DType) -> Args {
    let dtype = dtype(draw);
    if draw.rarely(6) {
        let shape = draw.shape(0, 8);
        let x = draw.tensor(dtype, &shape);
        let y = x.clone().with_layout(draw.layout());
        return Args::new().with("x", x).with("y", y);
    }
    let (x, y) = draw.broadcast_pair(8);
    Args::new().with("x", draw.tensor(dtype, &x)).with("y", draw.tensor(dtype, &y))
}

/// Limits at which elements lie, between them, and beyond all of them.
const LIMITS: [f64; 14] = [
    0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -3.0,
    -0.0,
    0.1,
    300.0,
    -40000.0,
    1e-40,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

fn clip(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.number(), draw.shape(0, 8));
    // NaN is no limit of integers.
    let limits = if dtype.is_float() { &LIMITS[..] } else { &LIMITS[..LIMITS.len() - 1] };
    let x = draw.tensor(dtype, &shape);
    let limit = |draw: &mut Draw| {
        if draw.rarely(3) { draw.one_of(limits) } else { draw.one_of(&LIMITS[..6]) }
    };
    let (one, other) = (limit(draw), limit(draw));
    // Mostly in order: otherwise there is but one result.
    let swapped = one > other && !draw.rarely(4);
    let (least, greatest) = if swapped { (other, one) } else { (one, other) };
    Args::new()
        .with("x", x)
        .with("min_value", number(draw, least))
        .with("max_value", number(draw, greatest))
}

/// A number as it may be written: whole ones with and without a fraction.
pub(super) fn number(draw: &mut Draw, x: f64) -> Value {
    if x.fract() == 0.0 && x != 0.0 && draw.flag() {
        return Value::Int(x as i64);
    }
    Value::Float(x)
}

/// Exponents that libraries treat each in its own way, and some that they do not.
const EXPONENTS: [f64; 17] = [
    2.0,
    0.5,
    3.0,
    -1.0,
    0.0,
    1.0,
    -0.5,
    -2.0,
    1.5,
    2.5,
    -3.0,
    4.0,
    0.1,
    10.0,
    7.3,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

fn pow(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.number(), draw.shape(0, 8));
    let exponent = if dtype.is_float() {
        draw.one_of(&EXPONENTS)
    } else {
        // What int64 does not hold lies outside the contract.
        match draw.below(5) {
            exponent @ 0..=2 => exponent as f64,
            exponent => {
                draw.only(Filling::MODERATE);
                [3.0, 7.0][exponent - 3]
            }
        }
    };
    let x = if dtype.is_float() && draw.rarely(3) {
        draw.between(dtype, &shape, 0.0, 4.0)
    } else {
        draw.tensor(dtype, &shape)
    };
    Args::new().with("x", x).with("a", number(draw, exponent))
}

fn bias_add(draw: &mut Draw) -> Args {
    let (dtype, shape) = (draw.number(), draw.shape(2, 8));
    let data_format = draw.one_of(&[None, Some("channels_last"), Some("channels_first")]);
    let channels = match data_format {
        Some("channels_last") => shape[shape.len() - 1],
        // Cases are run with `th` in the configuration.
        Some(_) | None => shape[1],
    };
    Args::new()
        .with("x", draw.tensor(dtype, &shape))
        .with("bias", draw.tensor(dtype, &[channels]))
        .maybe("data_format", data_format)
}
