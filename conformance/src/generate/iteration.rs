//! map_fn, foldl, foldr.

use touchstone_reference::{DType, Function};

use super::{Args, Draw, Generator};
use crate::golden::Value;

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::MapFn, draw: map_fn },
    Generator { function: Function::Foldl, draw: fold },
    Generator { function: Function::Foldr, draw: fold },
];

fn named(name: &str) -> Value {
    Value::Named(name.to_owned())
}

fn map_fn(draw: &mut Draw) -> Args {
    let name = draw.one_of(&["square", "double_plus_one", "sum", "softmax", "cumulative"]);
    let dtype = if name == "softmax" { draw.float() } else { draw.number() };
    // softmax and cumsum take an axis of the element.
    let least = if matches!(name, "softmax" | "cumulative") { 2 } else { 1 };
    let mut elems = draw.shape(least, 6);
    if !dtype.is_float() && matches!(name, "sum" | "cumulative") {
        // The greatest small number 25 times is no overflow of the narrowest type.
        Draw::limit(&mut elems[1..], 25);
    }
    Args::new().with("fn", named(name)).with("elems", draw.tensor(dtype, &elems))
}

/// What a fold may do with numbers of a type: nothing may overflow, or leave the naturals.
fn folds(dtype: DType) -> &'static [&'static str] {
    const FLOATS: [&str; 6] =
        ["add", "subtract", "reverse_subtract", "halve_and_add", "maximum", "multiply"];
    let unsigned = dtype.range().is_some_and(|(least, _)| least == 0);
    match (dtype.is_float(), unsigned) {
        (true, _) => &FLOATS,
        (false, true) => &["add", "maximum", "multiply"],
        (false, false) => &["add", "subtract", "reverse_subtract", "maximum", "multiply"],
    }
}

fn fold(draw: &mut Draw) -> Args {
    let dtype = draw.number();
    let name = draw.one_of(folds(dtype));
    let mut accumulator = draw.shape(0, 4);
    Draw::limit(&mut accumulator, 24);
    let mut element = accumulator.clone();
    let wider = draw.rarely(3);
    if wider {
        // The element may broadcast to the accumulator.
        let dropped = draw.below(element.len() + 1);
        element.drain(..dropped);
        for n in &mut element {
            if draw.rarely(3) {
                *n = 1;
            }
        }
    }
    let initialized = wider || draw.flag();
    let least = if initialized { 0 } else { 1 };
    // The product of three small numbers is no overflow of the narrowest type.
    let greatest = if dtype.is_float() { 7 } else { 2 };
    let count = draw.within(least, greatest) as usize;
    element.insert(0, count);
    let initializer = if initialized {
        Some(Value::from(draw.tensor(dtype, &accumulator)))
    } else {
        draw.flag().then_some(Value::Null)
    };
    Args::new()
        .with("fn", named(name))
        .with("elems", draw.tensor(dtype, &element))
        .maybe("initializer", initializer)
}
