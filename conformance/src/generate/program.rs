//! placeholder, function, gradients, eval, the phases, clear_session.

use touchstone_reference::{DType, Function, HostTensor};

use super::control::any_tensor;
use super::variables::name;
use super::{Args, Draw, Generator};
use crate::golden::{EXPRESSION, Value};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Placeholder, draw: placeholder },
    Generator { function: Function::FunctionCall, draw: function },
    Generator { function: Function::Gradients, draw: gradients },
    Generator { function: Function::Eval, draw: eval },
    Generator { function: Function::InTrainPhase, draw: in_phase },
    Generator { function: Function::InTestPhase, draw: in_phase },
    Generator { function: Function::ClearSession, draw: clear_session },
];

/// Dims, some of them unknown.
fn partly_known(draw: &mut Draw, shape: &[usize]) -> Value {
    let dim = |&n: &usize| if draw.flag() { Value::Null } else { n.into() };
    Value::List(shape.iter().map(dim).collect())
}

fn placeholder(draw: &mut Draw) -> Args {
    let by_shape = draw.flag();
    let shape = if draw.rarely(6) { vec![1 << 20, 1 << 9] } else { draw.shape(0, 8) };
    let ranks = [0, 1, 2, 3, 5, 8, 64];
    let ndim = (!by_shape || draw.rarely(3)).then(|| draw.one_of(&ranks));
    let rank = if by_shape { shape.len() } else { ndim.unwrap_or(0) };
    let shape = if by_shape {
        Some(partly_known(draw, &shape))
    } else {
        draw.flag().then_some(Value::Null)
    };
    let ndim = if ndim.is_none() && draw.flag() { Some(Value::Null) } else { ndim.map(Into::into) };
    let sparse = draw.maybe(|draw| rank == 2 && draw.flag());
    Args::new()
        .maybe("shape", shape)
        .maybe("ndim", ndim)
        .maybe("dtype", draw.maybe(Draw::dtype))
        .maybe("sparse", sparse)
        .maybe("name", name(draw))
}

/// A tensor of a prepared function, by its name in a case.
struct Named {
    name: String,
    tensor: HostTensor,
}

impl Named {
    /// Whether this can be added to a variable, which keeps its shape.
    fn broadcasts_to(&self, variable: &HostTensor) -> bool {
        let (own, other) = (self.tensor.shape(), variable.shape());
        own.len() <= other.len()
            && own
                .iter()
                .rev()
                .zip(other.iter().rev())
                .all(|(own, other)| *own == 1 || own == other)
    }
}

/// Up to three tensors of a shape, or of one that broadcasts against it.
fn tensors(draw: &mut Draw, kind: &str, dtype: DType, shape: &[usize], sparse: bool) -> Vec<Named> {
    let count = draw.below(4);
    (0..count)
        .map(|i| {
            let mut shape = shape.to_vec();
            if !sparse && draw.rarely(3) {
                let dropped = draw.below(shape.len() + 1);
                shape.drain(..dropped);
                shape.iter_mut().for_each(|n| *n = if draw.flag() { 1 } else { *n });
            }
            let tensor = draw.tensor(dtype, &shape).with_sparse(sparse);
            Named { name: format!("{kind}{i}"), tensor }
        })
        .collect()
}

/// At most one update of a variable.
fn update(draw: &mut Draw, variable: &Named, all: &[&Named]) -> Option<Value> {
    let becomes = all.iter().filter(|new| new.tensor.shape() == variable.tensor.shape());
    let plus = all.iter().filter(|new| {
        // There is no sum of sparse matrices.
        !new.tensor.is_sparse() && new.broadcasts_to(&variable.tensor)
    });
    let possible: Vec<String> = becomes
        .map(|new| format!("{}_becomes_{}", variable.name, new.name))
        .chain(plus.map(|new| format!("{}_plus_{}", variable.name, new.name)))
        .collect();
    draw.flag().then(|| Value::Named(draw.one_of(&possible)))
}

/// What another call is given before, which is refused: too many inputs, or one of another rank.
fn refused(draw: &mut Draw, inputs: &[Named]) -> Value {
    let mut given: Vec<HostTensor> = inputs.iter().map(|input| input.tensor.clone()).collect();
    let deeper = [1; 7];
    match given.last_mut() {
        Some(last) if draw.flag() => *last = draw.tensor(last.dtype(), &deeper),
        Some(_) | None => given.push(draw.tensor(DType::Float32, &[])),
    }
    given.into()
}

fn function(draw: &mut Draw) -> Args {
    // Placeholders whose dims are declared have the default type.
    let declared = draw.rarely(3);
    let dtype = if declared { draw.floatx() } else { draw.number() };
    let mut shape = draw.shape(0, 4);
    Draw::limit(&mut shape, 60);
    let sparse = !declared && shape.len() == 2 && draw.rarely(4);
    let inputs = tensors(draw, "x", dtype, &shape, sparse);
    let variables = tensors(draw, "v", dtype, &shape, sparse);
    let all: Vec<&Named> = inputs.iter().chain(&variables).collect();
    let mut names: Vec<&str> = all.iter().map(|named| named.name.as_str()).collect();
    if !names.is_empty() && !sparse {
        names.push("sum");
    }
    let count = if names.is_empty() { 0 } else { draw.below(4) };
    let outputs: Vec<Value> =
        (0..count).map(|_| Value::Named(draw.one_of(&names).to_owned())).collect();
    let updates: Vec<Value> =
        variables.iter().filter_map(|variable| update(draw, variable, &all)).collect();
    let updates = (!updates.is_empty() || draw.flag()).then_some(Value::List(updates));
    let placeholders = declared.then(|| {
        Value::List(inputs.iter().map(|x| partly_known(draw, x.tensor.shape())).collect())
    });
    let refused = draw.rarely(3).then(|| refused(draw, &inputs));
    let hosts = |named: Vec<Named>| named.into_iter().map(|n| n.tensor).collect::<Vec<_>>();
    let variables = (!variables.is_empty() || draw.flag()).then(|| hosts(variables));
    Args::new()
        .with("inputs", hosts(inputs))
        .with("outputs", Value::List(outputs))
        .maybe("updates", updates)
        .maybe("variables", variables)
        .maybe("placeholders", placeholders)
        .maybe("refused", refused)
        .maybe(EXPRESSION, draw.rarely(4).then_some(false))
}

/// Losses of one tensor of any shape.
const OF_ONE: [&str; 5] =
    ["sum_square", "sum_x_exp_x", "sum_x_stop_x", "sum_sigmoid_chain", "sum_chain_of_five"];

fn gradients(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let (loss, variables) = match draw.below(10) {
        0 => {
            let mut variables = vec![of_any_shape(draw, dtype)];
            variables.extend(unused(draw));
            ("sum_only_first", variables)
        }
        1 => {
            let (x, y) = draw.broadcast_pair(4);
            ("sum_product", vec![draw.tensor(dtype, &x), draw.tensor(dtype, &y)])
        }
        2 => {
            let [rows, contracted, columns] = [0; 3].map(|_| draw.size().min(6));
            let x = draw.tensor(dtype, &[rows, contracted]);
            ("mean_dot", vec![x, draw.tensor(dtype, &[contracted, columns])])
        }
        3 => {
            let mut shape = draw.shape(1, 4);
            if let Some(classes) = shape.last_mut() {
                // The first class is asked for.
                *classes = (*classes).max(1);
            }
            ("sum_log_softmax_0", vec![draw.tensor(dtype, &shape)])
        }
        4 => {
            let shape = draw.shape(0, 4);
            let mut variables = vec![draw.tensor(dtype, &shape)];
            let count = 1 + draw.below(4);
            for _ in 0..count {
                let dtype = draw.float();
                variables.push(draw.tensor(dtype, &shape));
            }
            ("sum_weighted_casts", variables)
        }
        5 => {
            let ones = vec![1; draw.below(5)];
            ("vector_square", vec![draw.tensor(dtype, &ones)])
        }
        _ => {
            let mut variables = vec![of_any_shape(draw, dtype)];
            if draw.rarely(4) {
                variables.extend(unused(draw));
            }
            (draw.one_of(&OF_ONE), variables)
        }
    };
    Args::new().with("loss", Value::Named(loss.to_owned())).with("variables", variables)
}

fn of_any_shape(draw: &mut Draw, dtype: DType) -> HostTensor {
    let shape = draw.shape(0, 6);
    draw.tensor(dtype, &shape)
}

/// A variable of any float type, on which the loss does not depend.
fn unused(draw: &mut Draw) -> Option<HostTensor> {
    let dtype = draw.float();
    draw.maybe(|draw| of_any_shape(draw, dtype))
}

fn eval(draw: &mut Draw) -> Args {
    Args::new().with("x", any_tensor(draw, 8))
}

fn in_phase(draw: &mut Draw) -> Args {
    let dtype = draw.dtype();
    let shape = draw.shape(0, 6);
    let (x, alt) = (draw.tensor(dtype, &shape), draw.tensor(dtype, &shape));
    Args::new().with("x", x).with("alt", alt).with("learning_phase", draw.below(2))
}

fn clear_session(draw: &mut Draw) -> Args {
    let variables = draw.maybe(|draw| {
        let count = draw.below(4);
        (0..count).map(|_| any_tensor(draw, 5)).collect::<Vec<_>>()
    });
    let phase = draw.maybe(|draw| draw.below(2));
    Args::new().maybe("variables", variables).maybe("learning_phase", phase)
}
