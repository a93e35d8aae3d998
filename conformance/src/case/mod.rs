//! From a case to a graph: how a call is built with the functions of the backend.
//!
//! Belongs here: which placeholders, variables and calls stand for the arguments of a case, also
//! for the functions that are part of the program rather than calls within it. Does not belong
//! here: running graphs, or judging what they give.

mod context;
mod function;
mod gradient;
mod inspection;
mod ordinary;
mod program;
mod steps;
mod variables;

pub use context::{Precision, within};
pub use gradient::{Derivatives, NoDerivatives, derivatives};

use std::sync::Arc;

use touchstone_reference::backend as K;
use touchstone_reference::backend::{Argument, Arguments, Callable, Tensor, Update};
use touchstone_reference::engine::Engine;
use touchstone_reference::{Error, Function, HostTensor, Label, ReferenceEngine, Result};

use crate::golden::{Call, Case, Expect, GoldenError, Malformed, Value};

/// One of the ways in which a call can be made; they must give the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// There is but one way.
    Only,
    /// The learning phase is left open and fed.
    OpenPhase,
    /// The learning phase is fixed when the graph is built.
    FixedPhase,
    /// Of what is fed, the graph knows the rank and no dim: refusals come when it runs.
    UnknownDims,
}

impl Variant {
    /// The ways in which calls of a function are made.
    pub fn of(function: Function) -> &'static [Variant] {
        if matches!(function, Function::InTrainPhase | Function::InTestPhase) {
            &[Variant::OpenPhase, Variant::FixedPhase]
        } else {
            &[Variant::Only]
        }
    }

    /// The ways in which the call of a case is made: also without its dims, unless its results
    /// are random.
    pub fn all(case: &Case) -> Vec<Variant> {
        let known = Variant::of(case.call.function);
        match case.unknown_dims {
            Some(true) => vec![Variant::UnknownDims],
            Some(false) => known.to_vec(),
            None if matches!(case.expect, Expect::Random(_)) => known.to_vec(),
            None => known.iter().copied().chain([Variant::UnknownDims]).collect(),
        }
    }

    /// What tells the way apart in a message.
    pub fn note(self) -> &'static str {
        match self {
            Variant::Only => "",
            Variant::OpenPhase => "with the learning phase fed: ",
            Variant::FixedPhase => "with the learning phase fixed: ",
            Variant::UnknownDims => "with unknown dims: ",
        }
    }
}

/// A call as a graph, with what is fed to it.
#[derive(Debug, Default)]
pub struct Graph {
    /// What is fed when the graph is run.
    placeholders: Vec<Tensor>,
    /// What it is fed, in the same order.
    fed: Vec<HostTensor>,
    /// What it is fed before that, in a call that is refused and must leave nothing behind.
    refused: Option<Vec<HostTensor>>,
    /// The tensors that stand for an argument.
    pub operands: Vec<(String, Vec<Tensor>)>,
    /// The results.
    pub outputs: Vec<Tensor>,
    /// Updates that take effect when the graph is run.
    pub updates: Vec<Update>,
    /// Variables whose values after the run are results as well, one an update.
    pub read_back: Vec<Tensor>,
    /// Whether placeholders have only the rank of what they are fed.
    unknown_dims: bool,
}

/// What a call comes to.
#[derive(Debug)]
pub enum Built {
    /// Tensors, once the graph is run.
    Graph(Graph),
    /// Tensors on the host, there already.
    Values(Vec<HostTensor>),
    /// A plain result, there already.
    Plain(serde_json::Value),
}

impl Graph {
    /// A graph without anything in it yet, for one of the ways of making a call.
    fn new(variant: Variant) -> Self {
        Graph { unknown_dims: variant == Variant::UnknownDims, ..Graph::default() }
    }

    /// A placeholder for a host tensor, which is fed to it.
    fn feed(&mut self, name: &str, value: &HostTensor) -> Result<Tensor> {
        let mut spec = value.spec();
        if self.unknown_dims {
            spec.dims.fill(None);
        }
        let tensor =
            K::placeholder(&spec.dims).dtype(spec.dtype).sparse(spec.sparse).name(name).tensor()?;
        self.feed_to(&tensor, value.clone());
        Ok(tensor)
    }

    fn feed_to(&mut self, placeholder: &Tensor, value: HostTensor) {
        self.placeholders.push(placeholder.clone());
        self.fed.push(value);
    }

    /// Placeholders for the tensors of an argument.
    fn operand(&mut self, name: &str, values: &[&HostTensor]) -> Result<Vec<Tensor>> {
        let single = values.len() == 1;
        let tensors = values
            .iter()
            .enumerate()
            .map(|(i, value)| {
                let label = if single { name.to_owned() } else { format!("{name}[{i}]") };
                self.feed(&label, value)
            })
            .collect::<Result<Vec<_>>>()?;
        self.operands.push((name.to_owned(), tensors.clone()));
        Ok(tensors)
    }

    /// The graph prepared on the engine in use.
    pub fn prepare(&self) -> Result<Callable> {
        K::function(&self.placeholders, &self.outputs, &self.updates)
    }

    /// What is fed, in order.
    pub fn inputs(&self) -> Vec<HostTensor> {
        self.fed.clone()
    }

    /// Runs the graph on the engine in use: its outputs, then the variables that were updated.
    pub fn run(&self) -> Result<Vec<HostTensor>> {
        let callable = self.prepare()?;
        if let Some(refused) = &self.refused
            && callable.call(refused).is_ok()
        {
            return Err(Error::Kind {
                function: Function::FunctionCall,
                argument: "refused".into(),
                found: "inputs that are accepted".into(),
                expected: "inputs that are refused".into(),
            });
        }
        let mut results = callable.call(&self.fed)?;
        for variable in &self.read_back {
            results.push(K::get_value(variable)?);
        }
        Ok(results)
    }
}

/// How the functions that are no ordinary calls are built.
type Builder = fn(&Call, Variant) -> Result<Built>;

/// Functions of the program itself, and those whose arguments are named functions; everything
/// else is an ordinary call.
const SPECIAL: &[(Function, Builder)] = &[
    (Function::Backend, |call, _| inspection::backend(call).map(Built::Plain)),
    (Function::Epsilon, |call, _| inspection::epsilon(call).map(Built::Plain)),
    (Function::SetEpsilon, |call, _| inspection::set_epsilon(call).map(Built::Plain)),
    (Function::Floatx, |call, _| inspection::floatx(call).map(Built::Plain)),
    (Function::SetFloatx, |call, _| inspection::set_floatx(call).map(Built::Plain)),
    (Function::CastToFloatx, |call, _| inspection::cast_to_floatx(call)),
    (Function::ImageDimOrdering, |call, _| inspection::image_dim_ordering(call).map(Built::Plain)),
    (Function::SetImageDimOrdering, |call, _| {
        inspection::set_image_dim_ordering(call).map(Built::Plain)
    }),
    (Function::SetLearningPhase, |call, _| inspection::set_learning_phase(call).map(Built::Plain)),
    (Function::IsPlaceholder, |call, _| inspection::is_placeholder(call).map(Built::Plain)),
    (Function::IsSparse, |call, _| inspection::is_sparse(call).map(Built::Plain)),
    (Function::IntShape, |call, _| inspection::int_shape(call).map(Built::Plain)),
    (Function::Ndim, |call, _| inspection::ndim(call).map(Built::Plain)),
    (Function::Dtype, |call, _| inspection::dtype(call).map(Built::Plain)),
    (Function::GetVariableShape, |call, _| inspection::get_variable_shape(call).map(Built::Plain)),
    (Function::CountParams, |call, _| inspection::count_params(call).map(Built::Plain)),
    (Function::Variable, |call, _| variables::variable(call).map(Built::Graph)),
    (Function::Zeros, |call, _| variables::zeros(call).map(Built::Graph)),
    (Function::Ones, |call, _| variables::ones(call).map(Built::Graph)),
    (Function::Eye, |call, _| variables::eye(call).map(Built::Graph)),
    (Function::RandomUniformVariable, |call, _| {
        variables::random_uniform_variable(call).map(Built::Graph)
    }),
    (Function::RandomNormalVariable, |call, _| {
        variables::random_normal_variable(call).map(Built::Graph)
    }),
    (Function::GetValue, |call, _| variables::get_value(call)),
    (Function::BatchGetValue, |call, _| variables::batch_get_value(call)),
    (Function::SetValue, |call, _| variables::set_value(call)),
    (Function::BatchSetValue, |call, _| variables::batch_set_value(call)),
    (Function::Update, |call, way| variables::update(call, way).map(Built::Graph)),
    (Function::UpdateAdd, |call, way| variables::update_add(call, way).map(Built::Graph)),
    (Function::UpdateSub, |call, way| variables::update_sub(call, way).map(Built::Graph)),
    (Function::MovingAverageUpdate, |call, way| {
        variables::moving_average_update(call, way).map(Built::Graph)
    }),
    (Function::FunctionCall, |call, way| function::function(call, way).map(Built::Graph)),
    (Function::ClearSession, |call, _| program::clear_session(call).map(Built::Graph)),
    (Function::Placeholder, |call, _| program::placeholder(call).map(Built::Plain)),
    (Function::Eval, |call, _| program::eval(call).map(Built::Graph)),
    (Function::Gradients, |call, _| program::gradients(call).map(Built::Graph)),
    (Function::LearningPhase, |call, _| program::learning_phase(call).map(Built::Graph)),
    (Function::InTrainPhase, |call, way| {
        program::phased(call, way, K::in_train_phase).map(Built::Graph)
    }),
    (Function::InTestPhase, |call, way| {
        program::phased(call, way, K::in_test_phase).map(Built::Graph)
    }),
    (Function::Rnn, |call, way| steps::rnn(call, way).map(Built::Graph)),
    (Function::MapFn, |call, way| steps::map_fn(call, way).map(Built::Graph)),
    (Function::Foldl, |call, way| steps::fold(call, way).map(Built::Graph)),
    (Function::Foldr, |call, way| steps::fold(call, way).map(Built::Graph)),
];

/// Builds a call in the context of [`within`].
pub fn build(call: &Call, variant: Variant) -> Result<Built> {
    match SPECIAL.iter().find(|(function, _)| *function == call.function) {
        Some((_, builder)) => builder(call, variant),
        None => ordinary::build(call, variant).map(Built::Graph),
    }
}

/// The arguments of a call, its tensors as they stand.
pub(crate) fn arguments_of(call: &Call) -> Result<Arguments<HostTensor>> {
    let argument = |value: &Value, name: &str| match (value, value.tensors()) {
        (Value::Tensor(tensor), _) => Ok(Argument::Tensor(tensor.clone())),
        (_, Some(tensors)) if !tensors.is_empty() => {
            Ok(Argument::Tensors(tensors.into_iter().cloned().collect()))
        }
        _ => value.plain().ok_or_else(|| wrong(call, name, value, "a tensor or plain values")),
    };
    let items = call
        .args
        .iter()
        .map(|(name, value)| Ok((name.clone(), argument(value, name)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Arguments::new(call.function, items))
}

/// Refuses arguments that are not among the allowed ones.
fn only(call: &Call, allowed: &[&'static str]) -> Result<()> {
    match call.args.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
        None => Ok(()),
        Some((argument, _)) => Err(Error::UnknownArgument {
            function: call.function,
            argument: argument.clone(),
            allowed: allowed.to_vec(),
        }),
    }
}

/// The argument of a name, which must be there.
fn required<'a>(call: &'a Call, argument: &'static str) -> Result<&'a Value> {
    call.argument(argument).ok_or(Error::MissingArgument { function: call.function, argument })
}

/// An argument of another kind than the one expected.
fn wrong(call: &Call, argument: &str, found: &Value, expected: &str) -> Error {
    Error::Kind {
        function: call.function,
        argument: argument.to_owned(),
        found: found.kind().to_owned(),
        expected: expected.to_owned(),
    }
}

/// The tensor given as an argument.
fn tensor_of<'a>(call: &'a Call, argument: &'static str) -> Result<&'a HostTensor> {
    let value = required(call, argument)?;
    if let Value::Tensor(tensor) = value {
        return Ok(tensor);
    }
    Err(wrong(call, argument, value, "a tensor"))
}

/// The tensors given as an argument.
fn tensors_of<'a>(call: &'a Call, argument: &'static str) -> Result<Vec<&'a HostTensor>> {
    let value = required(call, argument)?;
    let listed = if matches!(value, Value::List(_)) { value.tensors() } else { None };
    listed.ok_or_else(|| wrong(call, argument, value, "a list of tensors"))
}

/// The name given as an argument.
fn name_of<'a>(call: &'a Call, argument: &'static str) -> Result<&'a str> {
    let value = required(call, argument)?;
    if let Value::Named(name) = value {
        return Ok(name);
    }
    Err(wrong(call, argument, value, "a named function, {\"name\": …}"))
}

#[cfg(test)]
mod tests;

/// Refuses a case whose answer was recorded although its arguments make no call, or ask for more
/// elements than any tensor has: the file is malformed, not an engine.
pub fn check_call(case: &Case) -> Result<(), GoldenError> {
    if case.disputed.is_some() || matches!(case.expect, Expect::Error(_)) {
        return Ok(());
    }
    let reference: Arc<dyn Engine> = Arc::new(ReferenceEngine);
    let variant = Variant::of(case.call.function)[0];
    let Err(error) = within(&reference, &case.call, || build(&case.call, variant)) else {
        return Ok(());
    };
    let field = match error.argument() {
        Some(argument) => format!("args.{argument}"),
        None if error.label() == Some(Label::G(3)) => "args".into(),
        None => return Ok(()),
    };
    Err(Malformed::new(field, error.to_string()).at(&case.file, case.line))
}
