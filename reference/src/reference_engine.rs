//! The reference engine: the definitions themselves, in double precision, rounded to the dtype
//! where results leave.

use std::sync::Arc;

use crate::dtype::DType;
use crate::engine::{Engine, Prepared, Stored, Support};
use crate::error::{Error, Result};
use crate::evaluate::evaluate;
use crate::function::Function;
use crate::host::HostTensor;
use crate::program::Program;
use crate::tensor::Value;

/// The engine that defines what every function means.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferenceEngine;

impl Engine for ReferenceEngine {
    fn name(&self) -> &str {
        "reference"
    }
    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").into()
    }
    fn device(&self) -> String {
        "cpu".into()
    }
    fn support(&self, _function: Function, _dtype: DType) -> Support {
        Support::Native
    }
    fn store(&self, value: &HostTensor) -> Result<Stored> {
        Ok(Box::new(value.clone()))
    }
    fn load(&self, stored: &Stored) -> Result<HostTensor> {
        stored.downcast_ref::<HostTensor>().cloned().ok_or_else(|| Error::Engine {
            engine: "reference".into(),
            function: None,
            message: "the variable holds a tensor of another engine".into(),
        })
    }
    fn prepare(&self, program: Arc<Program>) -> Result<Box<dyn Prepared>> {
        for variable in &program.variables {
            variable.check_engine(self.name())?;
        }
        Ok(Box::new(ReferenceProgram(program)))
    }
}

struct ReferenceProgram(Arc<Program>);

impl Prepared for ReferenceProgram {
    fn run(&self, inputs: &[HostTensor]) -> Result<Vec<HostTensor>> {
        let program = &*self.0;
        program.check_inputs(inputs)?;
        let inputs: Vec<Value<f64>> = inputs.iter().map(Value::from_host).collect();
        let variables = program
            .variables
            .iter()
            .map(|variable| Ok(Value::from_host(&variable.value()?)))
            .collect::<Result<Vec<_>>>()?;
        let found = evaluate::<f64>(program, &inputs, &variables)?;
        let mut host = found.iter().map(Value::to_host).collect::<Result<Vec<_>>>()?;
        let new_values = host.split_off(program.outputs.len());
        for ((variable, _), new) in program.updates.iter().zip(&new_values) {
            program.variables[*variable].check_update(&new.spec())?;
        }
        for ((variable, _), new) in program.updates.iter().zip(new_values) {
            program.variables[*variable].replace(Box::new(new));
        }
        Ok(host)
    }
}
