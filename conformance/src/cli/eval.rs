//! `touchstone eval`: one call.

use std::io::{self, Read as _};

use clap::Args;
use serde_json::{Value as Json, json};
use touchstone::case::{Built, Variant, build, within};
use touchstone::golden::{Call, Malformed, read_args, read_function, write_tensor};
use touchstone::registry::Device;
use touchstone_reference::{DType, Error, HostTensor, Label, Result as Answer};

use super::common::{Exit, Failure, print, start};

/// Call one function with arguments from stdin, as JSON
///
/// The arguments are one JSON object by Keras' parameter names, in the form of the golden cases:
/// {"x": {"dtype": "float32", "shape": [2], "data": [1, "NaN"]}, "axis": 0}. The answer is
/// {"outputs": […]}, or {"error": {…}} with exit code 1 where the call is refused, and 2 where the
/// arguments make no call.
#[derive(Args, Debug)]
pub(super) struct Eval {
    /// The function, by Keras' name
    function: String,
    /// The engine
    #[arg(long, default_value = "reference", value_name = "NAME")]
    engine: String,
    /// Where the engine computes: cpu or cuda:N
    #[arg(long, default_value_t)]
    device: Device,
    /// The default float type during the call
    #[arg(long, default_value = "float32", value_name = "DTYPE")]
    floatx: String,
}

impl Eval {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let call = self.call()?;
        let engine = start(&self.engine, &self.device)?;
        // The phase is fed where the function has one, as it is in Keras.
        let variant = Variant::of(call.function)[0];
        let answer: Answer<Json> = within(&engine, &call, || match build(&call, variant)? {
            Built::Plain(value) => Ok(json!({ "value": value })),
            Built::Values(values) => Ok(outputs(&values)),
            Built::Graph(graph) => Ok(outputs(&graph.run()?)),
        });
        let (json, exit) = match answer {
            Ok(json) => (json, Exit::Fine),
            Err(error) => (refusal(&call, &error), exit_of(&error)),
        };
        print(&format!("{json}\n"))?;
        Ok(exit)
    }

    fn call(&self) -> Result<Call, Failure> {
        let function = read_function(&self.function).map_err(Failure::Usage)?;
        let floatx: DType = self.floatx.parse().map_err(Failure::Usage)?;
        if !floatx.is_float() {
            return Err(Failure::Usage(format!("--floatx {floatx} is no float type")));
        }
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::Usage(format!("stdin: {error}")))?;
        let json: Json = serde_json::from_str(&text)
            .map_err(|error| Failure::Usage(format!("stdin: malformed JSON: {error}")))?;
        let args = read_args("", &json).map_err(|Malformed { field, message }| {
            Failure::Usage(format!("stdin: {field}: {message}"))
        })?;
        Ok(Call::new(function, floatx, args))
    }
}

fn outputs(values: &[HostTensor]) -> Json {
    json!({ "outputs": values.iter().map(write_tensor).collect::<Vec<_>>() })
}

/// The engine's failure is the engine's, what makes no call is the user's; everything else is an
/// answer.
fn exit_of(error: &Error) -> Exit {
    if matches!(error, Error::Engine { .. }) {
        Exit::Engine
    } else if error.is_malformed_call() || error.label() == Some(Label::G(3)) {
        Exit::Usage
    } else {
        Exit::NotConformant
    }
}

fn refusal(call: &Call, error: &Error) -> Json {
    json!({"error": {
        "kind": kind(error),
        "function": call.function.name(),
        "constraint": error.label().map(|label| label.to_string()),
        "message": error.to_string(),
    }})
}

/// The variant's name, in the form of the case files.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Refused { .. } => "refused",
        Error::Kind { .. } => "kind",
        Error::UnknownArgument { .. } => "unknown_argument",
        Error::MissingArgument { .. } => "missing_argument",
        Error::UnknownFunction { .. } => "unknown_function",
        Error::Feed { .. } => "feed",
        Error::InputCount { .. } => "input_count",
        Error::NotFed { .. } => "not_fed",
        Error::OtherEngine { .. } => "other_engine",
        Error::Unsupported { .. } => "unsupported",
        Error::Engine { .. } => "engine",
        Error::UnknownEngine { .. } => "unknown_engine",
        Error::Configuration { .. } => "configuration",
        Error::Array(_) => "array",
    }
}
