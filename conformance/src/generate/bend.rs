//! Bends a call that is right: one argument is changed in a way that is probably wrong. Which
//! constraint is broken then, if any, the reference says.

use touchstone_reference::{DType, Function, HostTensor};

use super::draw::Draw;
use crate::golden::Value;

/// Whole numbers that are seldom right.
const WHOLES: [i64; 12] = [-1, 0, 1, 2, 3, -2, 7, 1 << 20, 1 << 31, 1 << 40, i64::MAX, i64::MIN];

/// Numbers that are seldom right.
const NUMBERS: [f64; 8] = [-1.0, 0.0, 1.0, 2.0, -0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// Words that are seldom right.
const WORDS: [&str; 10] =
    ["colour", "", "valid", "same", "th", "tf", "avg", "float33", "no_new_state", "accumulate"];

/// The most elements that a bent tensor may have.
const ELEMENTS: usize = 1 << 12;

/// Changes one argument, or which arguments there are.
pub(super) fn bend(draw: &mut Draw, function: Function, items: &mut Vec<(String, Value)>) {
    match draw.below(12) {
        0 => items.push(("colour".to_owned(), Value::Int(1))),
        1 if !items.is_empty() => {
            let at = draw.below(items.len());
            items.remove(at);
        }
        2 => give_another(draw, function, items),
        _ if !items.is_empty() => {
            let at = draw.below(items.len());
            let value = &mut items[at].1;
            *value = bent(draw, value.clone());
        }
        _ => {}
    }
}

/// Gives an argument that had its default, or another value to one that had not.
fn give_another(draw: &mut Draw, function: Function, items: &mut Vec<(String, Value)>) {
    let parameters = (function.entry().parameters)();
    if parameters.is_empty() {
        return;
    }
    let name = parameters[draw.below(parameters.len())].name;
    let value = any(draw);
    match items.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => items.push((name.to_owned(), value)),
    }
}

/// Any value that is no tensor.
fn any(draw: &mut Draw) -> Value {
    match draw.below(6) {
        0 => Value::Null,
        1 => Value::Bool(draw.flag()),
        2 => Value::Int(draw.one_of(&WHOLES)),
        3 => Value::Float(draw.one_of(&NUMBERS)),
        4 => Value::Text(draw.one_of(&WORDS).to_owned()),
        _ => {
            let count = draw.below(4);
            Value::List((0..count).map(|_| Value::Int(draw.one_of(&WHOLES))).collect())
        }
    }
}

fn bent(draw: &mut Draw, value: Value) -> Value {
    if draw.rarely(8) {
        return any(draw);
    }
    match value {
        Value::Null => any(draw),
        Value::Bool(truth) => Value::Bool(!truth),
        Value::Int(_) => Value::Int(draw.one_of(&WHOLES)),
        Value::Float(_) => Value::Float(draw.one_of(&NUMBERS)),
        Value::Text(_) => Value::Text(draw.one_of(&WORDS).to_owned()),
        Value::Named(_) => Value::Named(draw.one_of(&WORDS).to_owned()),
        Value::List(mut items) => {
            match draw.below(4) {
                0 => {
                    items.pop();
                }
                1 => items.extend(items.first().cloned()),
                2 => items.clear(),
                _ if !items.is_empty() => {
                    let at = draw.below(items.len());
                    items[at] = bent(draw, items[at].clone());
                }
                _ => {}
            }
            Value::List(items)
        }
        Value::Tensor(tensor) => Value::Tensor(bent_tensor(draw, tensor)),
    }
}

fn bent_tensor(draw: &mut Draw, tensor: HostTensor) -> HostTensor {
    let mut shape = tensor.shape().to_vec();
    let mut dtype = tensor.dtype();
    let mut numbers = tensor.to_f64s();
    match draw.below(7) {
        0 if !shape.is_empty() => {
            let at = draw.below(shape.len());
            shape[at] += 1;
        }
        1 if !shape.is_empty() => {
            let at = draw.below(shape.len());
            shape[at] = shape[at].saturating_sub(1);
        }
        2 if !shape.is_empty() => {
            let at = draw.below(shape.len());
            shape.remove(at);
        }
        3 => {
            let at = draw.below(shape.len() + 1);
            shape.insert(at, 1 + draw.below(2));
        }
        4 => {
            // No library under the engines holds all of uint64.
            let held = |dtype: &DType| *dtype != DType::UInt64;
            dtype = draw.one_of(&DType::ALL.into_iter().filter(held).collect::<Vec<_>>());
        }
        5 if shape.len() == 2 => return tensor.clone().with_sparse(!tensor.is_sparse()),
        _ if !numbers.is_empty() => {
            let at = draw.below(numbers.len());
            // Whole numbers stay so: what an index is that is none lies outside the contract.
            let whole = numbers.iter().all(|x| x.fract() == 0.0);
            numbers[at] = if !whole && draw.flag() {
                draw.one_of(&NUMBERS)
            } else {
                dtype.round(draw.one_of(&WHOLES) as f64).clamp(-dtype.greatest(), dtype.greatest())
            };
        }
        _ => {}
    }
    Draw::limit(&mut shape, ELEMENTS);
    let count: usize = shape.iter().product();
    let last = numbers.len().max(1);
    let numbers: Vec<f64> =
        (0..count).map(|i| numbers.get(i % last).copied().unwrap_or(1.0)).collect();
    super::filling::host(dtype, &shape, &numbers).with_layout(tensor.layout())
}
