//! The readings of a program for a judge: values, and how far an honest engine may lie from them.

use crate::error::Result;
use crate::evaluate::{Reading, evaluate};
use crate::host::HostTensor;
use crate::number::{Local, Number, Tape, reset_undecided, undecided};
use crate::program::Program;
use crate::shape::Spec;
use crate::tensor::{Numbers, Value};

/// One result of a program, as the reference sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// dtype and shape.
    pub spec: Spec,
    /// The values, row-major.
    pub values: Vec<f64>,
    /// The values of integer and bool results, exactly.
    pub wholes: Option<Vec<i64>>,
    /// How far each element of an honest engine may lie from its value; 0 where it is exact.
    pub bounds: Vec<f64>,
    /// Whether a comparison of computed numbers could go either way, so that discrete results
    /// may too.
    pub undecided: bool,
}

impl Judged {
    /// A value that leaves no room for error.
    pub fn exact(host: &HostTensor) -> Self {
        let value = Value::<f64>::from_host(host);
        Judged { undecided: false, ..judged(&value, |_| 0.0) }
    }
}

fn read<N: Reading>(program: &Program, inputs: &[HostTensor]) -> Result<Vec<Value<N>>> {
    program.check_inputs(inputs)?;
    let inputs: Vec<Value<N>> = inputs.iter().map(Value::from_host).collect();
    let variables = program
        .variables
        .iter()
        .map(|variable| Ok(Value::from_host(&variable.value()?)))
        .collect::<Result<Vec<_>>>()?;
    let results = evaluate(program, &inputs, &variables)?;
    for ((variable, _), new) in program.updates.iter().zip(&results[program.outputs.len()..]) {
        program.variables[*variable].check_update(&new.spec())?;
    }
    Ok(results)
}

fn judged<N: Number>(value: &Value<N>, bound: impl Fn(N) -> f64) -> Judged {
    let spec = value.spec();
    match &value.numbers {
        Numbers::Float(t) => Judged {
            spec,
            values: t.data().iter().map(|x| x.value()).collect(),
            wholes: None,
            bounds: t.data().iter().map(|x| bound(*x)).collect(),
            undecided: undecided(),
        },
        Numbers::Whole(t) => Judged {
            spec,
            values: t.data().iter().map(|x| x.value()).collect(),
            wholes: Some(t.data().iter().map(|x| x.0).collect()),
            bounds: vec![0.0; t.data().len()],
            undecided: undecided(),
        },
    }
}

/// The values in double precision: outputs, then the new values of updates. Bounds are 0.
pub fn values(program: &Program, inputs: &[HostTensor]) -> Result<Vec<Judged>> {
    reset_undecided();
    Ok(read::<f64>(program, inputs)?.iter().map(|value| judged(value, |_| 0.0)).collect())
}

/// The values and their bounds for an engine that computes in the program's dtypes.
pub fn bounds(program: &Program, inputs: &[HostTensor]) -> Result<Vec<Judged>> {
    reset_undecided();
    Tape::<Local>::reset();
    let results = read::<Tape<Local>>(program, inputs)?;
    let judged_results = results
        .iter()
        .map(|value| {
            // In float64 the reference errs as much as the engine.
            let factor = if value.dtype == crate::DType::Float64 { 2.0 } else { 1.0 };
            judged(value, |x| factor * x.bound())
        })
        .collect();
    Tape::<Local>::reset();
    Ok(judged_results)
}
