//! Variables: how they are made, read and changed.

use std::sync::Arc;

use super::configuration::engine;
use super::graph::{self, GraphOperation, Tensor};
use super::program::eval;
use crate::configuration;
use crate::dtype::DType;
use crate::engine::Variable;
use crate::error::{Error, Label, Refusal, Result};
use crate::function::Function;
use crate::functions::{elementwise, random};
use crate::host::HostTensor;

/// Mutable state held by the engine in use, with an initial value whose dtype it keeps.
/// [`VariableBuilder`] gives it another dtype, or a name.
pub fn variable(value: &HostTensor) -> Result<Tensor> {
    VariableBuilder::new(value).tensor()
}

/// A variable of zeros.
pub fn zeros(shape: &[i64]) -> VariableBuilder {
    VariableBuilder::made(Function::Zeros, Initial::Filled(shape.to_vec(), 0.0))
}

/// A variable of ones.
pub fn ones(shape: &[i64]) -> VariableBuilder {
    VariableBuilder::made(Function::Ones, Initial::Filled(shape.to_vec(), 1.0))
}

/// A variable that holds the identity matrix.
pub fn eye(size: i64) -> VariableBuilder {
    VariableBuilder::made(Function::Eye, Initial::Eye(size))
}

/// A variable of random numbers, each equally probable in [low, high).
pub fn random_uniform_variable(shape: &[i64], low: f64, high: f64) -> VariableBuilder {
    VariableBuilder::made(
        Function::RandomUniformVariable,
        Initial::Uniform { shape: shape.to_vec(), low, high },
    )
}

/// A variable of random numbers with a normal distribution.
pub fn random_normal_variable(shape: &[i64], mean: f64, scale: f64) -> VariableBuilder {
    VariableBuilder::made(
        Function::RandomNormalVariable,
        Initial::Normal { shape: shape.to_vec(), mean, scale },
    )
}

/// Where the first value of a variable comes from.
#[derive(Clone, Debug)]
enum Initial {
    Value(HostTensor),
    Filled(Vec<i64>, f64),
    Eye(i64),
    Uniform { shape: Vec<i64>, low: f64, high: f64 },
    Normal { shape: Vec<i64>, mean: f64, scale: f64 },
}

impl Initial {
    fn value(self, dtype: DType, seed: Option<i64>) -> Result<HostTensor> {
        match self {
            Initial::Value(value) => Ok(value.cast(dtype)),
            Initial::Filled(shape, value) => {
                Ok(HostTensor::filled(dtype, &checked_dims(&shape)?, value)?)
            }
            Initial::Eye(size) => {
                let shape = checked_dims(&[size, size])?;
                let diagonal = |i: usize| f64::from(u8::from(i.is_multiple_of(shape[0] + 1)));
                let elements: Vec<f64> = (0..shape[0] * shape[1]).map(diagonal).collect();
                Ok(HostTensor::from_f64s(dtype, &shape, &elements)?)
            }
            Initial::Uniform { shape, low, high } => eval(
                &random::random_uniform(shape)
                    .low(low)
                    .high(high)
                    .dtype(dtype)
                    .seed(seed)
                    .tensor()?,
            ),
            Initial::Normal { shape, mean, scale } => eval(
                &random::random_normal(shape)
                    .mean(mean)
                    .std(scale)
                    .dtype(dtype)
                    .seed(seed)
                    .tensor()?,
            ),
        }
    }
}

/// C1: dims that are not negative; G3: and small enough to multiply.
fn checked_dims(shape: &[i64]) -> Result<Vec<usize>> {
    let by = |refusal: Refusal| refusal.by(Function::Variable);
    let dims: Option<Vec<usize>> = shape.iter().map(|&n| usize::try_from(n).ok()).collect();
    let dims = dims.ok_or_else(|| by(Label::C(1).refuse(format!("shape is {shape:?}"))))?;
    let fits = crate::shape::elements(&dims).is_some();
    Label::G(3).require(fits, || format!("the variable would have shape {dims:?}")).map_err(by)?;
    Ok(dims)
}

/// A variable in the making; [`tensor`](VariableBuilder::tensor) finishes it.
#[derive(Clone, Debug)]
#[must_use = "finish with tensor()"]
pub struct VariableBuilder {
    function: Function,
    initial: Initial,
    dtype: Option<DType>,
    name: Option<String>,
    seed: Option<i64>,
}

impl VariableBuilder {
    fn made(function: Function, initial: Initial) -> Self {
        VariableBuilder { function, initial, dtype: None, name: None, seed: None }
    }
    /// A variable that starts with a value, and keeps its dtype unless another is asked for.
    pub fn new(value: &HostTensor) -> Self {
        let dtype = Some(value.dtype());
        let made = VariableBuilder::made(Function::Variable, Initial::Value(value.clone()));
        VariableBuilder { dtype, ..made }
    }
    /// The element type; floatx by default.
    pub fn dtype(mut self, dtype: DType) -> Self {
        self.dtype = Some(dtype);
        self
    }
    /// The name, for messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
    /// The seed of random numbers.
    pub fn seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }
    /// The variable, on the engine in use.
    pub fn tensor(self) -> Result<Tensor> {
        let dtype = self.dtype.unwrap_or_else(configuration::floatx);
        let value =
            self.initial.value(dtype, self.seed).map_err(|error| error.told_by(self.function))?;
        let variable = Arc::new(Variable::new(engine(), &value, self.name)?);
        let spec = variable.spec().clone();
        Ok(Tensor::leaf(GraphOperation::Variable(variable), spec))
    }
}

/// C1: the variable behind a tensor.
fn variable_of(function: Function, x: &Tensor) -> Result<&Arc<Variable>> {
    x.as_variable().ok_or_else(|| Label::C(1).refuse(format!("{x:?} is no variable")).by(function))
}

/// The shape of a variable.
pub fn get_variable_shape(x: &Tensor) -> Result<Vec<usize>> {
    let variable = variable_of(Function::GetVariableShape, x)?;
    Ok(variable.spec().shape().unwrap_or_default())
}

/// The value that a variable holds now.
pub fn get_value(x: &Tensor) -> Result<HostTensor> {
    variable_of(Function::GetValue, x)?.value()
}

/// The values that variables hold now.
pub fn batch_get_value(xs: &[Tensor]) -> Result<Vec<HostTensor>> {
    let variables: Vec<_> =
        xs.iter().map(|x| variable_of(Function::BatchGetValue, x)).collect::<Result<_>>()?;
    variables.into_iter().map(|variable| variable.value()).collect()
}

/// Replaces the value of a variable by one that is cast to its dtype; a wrong shape is refused and
/// changes nothing.
pub fn set_value(x: &Tensor, value: &HostTensor) -> Result<()> {
    assign(Function::SetValue, &[(x, value)])
}

/// Replaces the values of variables, of all or of none.
pub fn batch_set_value(tuples: &[(&Tensor, &HostTensor)]) -> Result<()> {
    assign(Function::BatchSetValue, tuples)
}

fn assign(function: Function, tuples: &[(&Tensor, &HostTensor)]) -> Result<()> {
    let mut stored = Vec::with_capacity(tuples.len());
    for (x, value) in tuples {
        let variable = variable_of(function, x)?;
        let value = value.cast(variable.spec().dtype);
        variable
            .check(&value)
            .map_err(|error| Label::C(2).refuse(error.to_string()).by(function))?;
        stored.push((variable, variable.engine().store(&value)?));
    }
    for (variable, value) in stored {
        variable.replace(value);
    }
    Ok(())
}

/// The new value of a variable, which takes effect when the function it is given to runs.
#[derive(Clone, Debug)]
pub struct Update {
    pub(super) variable: Arc<Variable>,
    pub(super) new_value: Tensor,
}

/// An update of a variable to a new value.
pub fn update(x: &Tensor, new_x: &Tensor) -> Result<Update> {
    let variable = variable_of(Function::Update, x)?;
    variable.check_update(new_x.spec())?;
    Ok(Update { variable: variable.clone(), new_value: new_x.clone() })
}

/// An update by `function` to what a variable and an operand, which broadcasts to it, give. Two
/// that cannot be combined at all are refused with C2 as well.
fn combined(
    function: Function,
    x: &Tensor,
    operand: &Tensor,
    combine: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Update> {
    let variable = variable_of(function, x)?;
    let operand = graph::operand(operand, variable.spec(), function)?;
    let new_value = combine(&operand).map_err(|error| {
        if let Error::Refused { message, .. } = error {
            Label::C(2).refuse(message).by(function)
        } else {
            error
        }
    })?;
    Ok(Update { variable: variable.clone(), new_value })
}

/// An update that adds an increment.
pub fn update_add(x: &Tensor, increment: &Tensor) -> Result<Update> {
    combined(Function::UpdateAdd, x, increment, |increment| elementwise::add(x, increment))
}

/// An update that subtracts a decrement.
pub fn update_sub(x: &Tensor, decrement: &Tensor) -> Result<Update> {
    combined(Function::UpdateSub, x, decrement, |decrement| elementwise::subtract(x, decrement))
}

/// An update to variable·momentum + value·(1 - momentum).
pub fn moving_average_update(variable: &Tensor, value: &Tensor, momentum: f64) -> Result<Update> {
    let function = Function::MovingAverageUpdate;
    let spec = variable_of(function, variable)?.spec();
    Label::C(1)
        .require(spec.dtype.is_float(), || format!("the variable is {spec}"))
        .map_err(|refusal| refusal.by(function))?;
    combined(function, variable, value, |value| {
        (variable * momentum)? + (value * (1.0 - momentum))?
    })
}
