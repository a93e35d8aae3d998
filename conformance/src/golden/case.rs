//! One case: a call, what is expected of it, and where it comes from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use touchstone_reference::error::GENERAL_CONSTRAINTS;
use touchstone_reference::{DType, Function, HostTensor, Label};

use super::error::{GoldenError, Malformed};
use super::future::future;
use super::value::{
    self, Value, describe, join, member, read_dtype, read_number, read_shape, read_tensor,
    write_tensor,
};

/// A call of a backend function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// The default float type during the call.
    pub floatx: DType,
    /// The fuzz factor during the call.
    pub epsilon: f64,
    /// The arguments by Keras' names, in the order of the file.
    pub args: Vec<(String, Value)>,
}

/// The fuzz factor under which every golden answer was recorded.
const EPSILON: f64 = 1e-7;

impl Call {
    /// A call with the fuzz factor of the recordings.
    pub fn new(function: Function, floatx: DType, args: Vec<(String, Value)>) -> Self {
        Call { function, floatx, epsilon: EPSILON, args }
    }

    /// The argument of a name.
    pub fn argument(&self, name: &str) -> Option<&Value> {
        self.args.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

/// What the original gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Tensors.
    Outputs(Vec<HostTensor>),
    /// A plain result that is no tensor.
    Value(Json),
    /// It refused the call.
    Error(String),
    /// Random numbers, of which only the distribution is known.
    Random(Random),
}

/// What must hold for random numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Random {
    /// The shape.
    pub shape: Vec<usize>,
    /// The dtype.
    pub dtype: DType,
    /// The least and the greatest possible value.
    pub support: [f64; 2],
    /// The two possible values and the probability of the second, for dropout.
    pub two_valued: Option<([f64; 2], f64)>,
}

/// The gradient that the original gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// One tensor an output.
    pub cotangent: Vec<HostTensor>,
    /// The gradient of the sum of cotangent · output by each of these arguments; one tensor, or
    /// as many as the argument has.
    pub wrt: Vec<(String, Vec<HostTensor>)>,
}

/// Why a line should not simply be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// The reason, as recorded.
    pub reason: String,
    /// Whether only the gradients are disputed.
    pub gradient_only: bool,
}

/// A case: recorded from the original software, or written for a constraint or convention.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// `theano/dot/0003`: the set, then the line's own id.
    pub id: String,
    /// The call.
    pub call: Call,
    /// The software that gave the answer.
    pub source: String,
    /// The file it stands in.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The answer.
    pub expect: Expect,
    /// Its gradient; absent also where the original has none.
    pub gradient: Option<Gradient>,
    /// Why the line should not simply be copied.
    pub disputed: Option<Disputed>,
    /// What the line is about.
    pub note: Option<String>,
    /// Of a written case, the constraint that its refusal must cite.
    pub constraint: Option<Label>,
    /// Of a written case, the number of the convention that it shows.
    pub convention: Option<usize>,
}

/// What a line may hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A case of a function in the table.
    Case(Arc<Case>),
    /// A line of a function that the table does not have yet.
    Future(&'static str),
}

impl Line {
    /// Reads one line; `set` is put before its id.
    pub fn parse(set: &str, file: &Path, line: usize, text: &str) -> Result<Self, GoldenError> {
        let json: Json = serde_json::from_str(text)
            .map_err(|error| Malformed::new("(line)", format!("malformed JSON: {error}")))
            .map_err(|malformed| malformed.at(file, line))?;
        read_line(set, file, line, &json).map_err(|malformed| malformed.at(file, line))
    }
}

fn read_line(set: &str, file: &Path, line: usize, json: &Json) -> Result<Line, Malformed> {
    let object = object("(line)", json)?;
    let id = text("id", member("", object, "id")?)?;
    let name = text("function", member("", object, "function")?)?;
    let source = text("source", member("", object, "source")?)?.to_owned();
    if id.is_empty() || id.contains(char::is_whitespace) {
        return Err(Malformed::new("id", format!("{id:?} is no id")));
    }
    let floatx = match object.get("floatx") {
        None => DType::Float32,
        Some(json) => read_floatx("floatx", json)?,
    };
    let args = read_args("args", member("", object, "args")?)?;
    let expect = read_expect(member("", object, "expect")?)?;
    let gradient = match object.get("grad") {
        None => None,
        Some(json) => read_gradient(json, &expect)?,
    };
    let disputed = match object.get("disputed") {
        None => None,
        Some(json) => {
            let reason = text("disputed", json)?.to_owned();
            Some(Disputed { gradient_only: reason.starts_with("gradient"), reason })
        }
    };
    let note = object.get("note").map(|json| text("note", json)).transpose()?.map(str::to_owned);
    let function = match read_function(name) {
        Ok(function) => function,
        Err(message) => match future(name) {
            Some(name) => return Ok(Line::Future(name)),
            None => return Err(Malformed::new("function", message)),
        },
    };
    if let Some(gradient) = &gradient {
        check_wrt(&args, gradient)?;
    }
    let constraint = match object.get("constraint") {
        None => None,
        Some(json) => Some(read_constraint(function, json, &expect)?),
    };
    let convention = match object.get("convention") {
        None => None,
        Some(json) => Some(read_convention(function, json)?),
    };
    if convention.is_some() && constraint.is_none() && matches!(expect, Expect::Error(_)) {
        return Err(Malformed::new("constraint", "is missing: which one does the refusal cite?"));
    }
    Ok(Line::Case(Arc::new(Case {
        id: format!("{set}/{id}"),
        call: Call::new(function, floatx, args),
        source,
        file: file.to_owned(),
        line,
        expect,
        gradient,
        disputed,
        note,
        constraint,
        convention,
    })))
}

/// The label of a constraint that the function has; the call must be expected to be refused.
fn read_constraint(function: Function, json: &Json, expect: &Expect) -> Result<Label, Malformed> {
    let label: Label = text("constraint", json)?
        .parse()
        .map_err(|message: String| Malformed::new("constraint", message))?;
    let (number, constraints) = match label {
        Label::G(number) => (number, GENERAL_CONSTRAINTS.len()),
        Label::C(number) => (number, function.entry().constraints.len()),
    };
    if usize::from(number) > constraints {
        return Err(Malformed::new("constraint", format!("{function} has no {label}")));
    }
    if !matches!(expect, Expect::Error(_)) {
        return Err(Malformed::new("expect", format!("{label} is broken: an error is expected")));
    }
    Ok(label)
}

/// The number of a convention that the function has.
fn read_convention(function: Function, json: &Json) -> Result<usize, Malformed> {
    let name = text("convention", json)?;
    let number = name.strip_prefix('K').and_then(|digits| digits.parse().ok());
    number.filter(|n| (1..=function.entry().conventions.len()).contains(n)).ok_or_else(|| {
        Malformed::new("convention", format!("{function} has no convention {name:?}"))
    })
}

/// A function of the table by name, or what is wrong with the name.
pub fn read_function(name: &str) -> Result<Function, String> {
    name.parse().map_err(|error: touchstone_reference::Error| error.to_string())
}

fn object<'a>(field: &str, json: &'a Json) -> Result<&'a Map<String, Json>, Malformed> {
    json.as_object().ok_or_else(|| {
        Malformed::new(field, format!("expected an object, found {}", describe(json)))
    })
}

fn text<'a>(field: &str, json: &'a Json) -> Result<&'a str, Malformed> {
    json.as_str().ok_or_else(|| {
        Malformed::new(field, format!("expected a string, found {}", describe(json)))
    })
}

fn array<'a>(field: &str, json: &'a Json) -> Result<&'a [Json], Malformed> {
    json.as_array().map(Vec::as_slice).ok_or_else(|| {
        Malformed::new(field, format!("expected an array, found {}", describe(json)))
    })
}

/// Reads the name of a float type.
pub fn read_floatx(field: &str, json: &Json) -> Result<DType, Malformed> {
    let dtype = read_dtype(field, json)?;
    if dtype.is_float() {
        Ok(dtype)
    } else {
        Err(Malformed::new(field, format!("{dtype} is no float type")))
    }
}

/// Reads arguments by name.
pub fn read_args(field: &str, json: &Json) -> Result<Vec<(String, Value)>, Malformed> {
    object(field, json)?
        .iter()
        .map(|(name, json)| Ok((name.clone(), value::read(&join(field, name), json)?)))
        .collect()
}

fn read_tensors(field: &str, json: &Json) -> Result<Vec<HostTensor>, Malformed> {
    array(field, json)?
        .iter()
        .enumerate()
        .map(|(i, json)| read_tensor(&format!("{field}[{i}]"), json))
        .collect()
}

fn read_expect(json: &Json) -> Result<Expect, Malformed> {
    let object = object("expect", json)?;
    let forms: Vec<&str> = ["outputs", "value", "error", "random"]
        .into_iter()
        .filter(|form| object.contains_key(*form))
        .collect();
    let [form] = forms[..] else {
        return Err(Malformed::new(
            "expect",
            format!("needs exactly one of outputs, value, error, random; has {}", forms.len()),
        ));
    };
    let field = join("expect", form);
    let json = &object[form];
    Ok(match form {
        "outputs" => Expect::Outputs(read_tensors(&field, json)?),
        "value" => Expect::Value(json.clone()),
        "error" => Expect::Error(text(&field, json)?.to_owned()),
        _ => Expect::Random(read_random(&field, json)?),
    })
}

fn read_pair(field: &str, json: &Json) -> Result<[f64; 2], Malformed> {
    let numbers = array(field, json)?
        .iter()
        .map(read_number)
        .collect::<Result<Vec<f64>, String>>()
        .map_err(|message| Malformed::new(field, message))?;
    numbers.try_into().map_err(|found: Vec<f64>| {
        Malformed::new(field, format!("expected 2 numbers, found {}", found.len()))
    })
}

fn read_random(field: &str, json: &Json) -> Result<Random, Malformed> {
    let object = object(field, json)?;
    let shape = read_shape(&join(field, "shape"), member(field, object, "shape")?)?;
    let dtype = read_dtype(&join(field, "dtype"), member(field, object, "dtype")?)?;
    let support = read_pair(&join(field, "support"), member(field, object, "support")?)?;
    let two_valued = match (object.get("values"), object.get("kept_probability")) {
        (Some(values), Some(probability)) => {
            let probability_field = join(field, "kept_probability");
            let probability = read_number(probability)
                .map_err(|message| Malformed::new(&probability_field, message))?;
            if !(0.0..=1.0).contains(&probability) {
                return Err(Malformed::new(
                    probability_field,
                    format!("{probability} is no probability"),
                ));
            }
            Some((read_pair(&join(field, "values"), values)?, probability))
        }
        _ => None,
    };
    Ok(Random { shape, dtype, support, two_valued })
}

fn read_gradient(json: &Json, expect: &Expect) -> Result<Option<Gradient>, Malformed> {
    let object = object("grad", json)?;
    if let Some(error) = object.get("error") {
        text("grad.error", error)?;
        return Ok(None);
    }
    let cotangent = read_tensors("grad.cotangent", member("grad", object, "cotangent")?)?;
    let wrt = self::object("grad.wrt", member("grad", object, "wrt")?)?
        .iter()
        .map(|(name, json)| {
            let field = join("grad.wrt", name);
            let tensors = if json.is_array() {
                read_tensors(&field, json)?
            } else {
                vec![read_tensor(&field, json)?]
            };
            Ok((name.clone(), tensors))
        })
        .collect::<Result<Vec<_>, Malformed>>()?;
    let Expect::Outputs(outputs) = expect else {
        return Err(Malformed::new("grad", "a gradient of a call that gives no tensors"));
    };
    let fits = outputs.len() == cotangent.len()
        && outputs.iter().zip(&cotangent).all(|(output, c)| output.shape() == c.shape());
    if !fits {
        return Err(Malformed::new("grad.cotangent", "does not have the shapes of the outputs"));
    }
    Ok(Some(Gradient { cotangent, wrt }))
}

/// Refuses gradients by arguments that are not there, or of another shape than theirs.
fn check_wrt(args: &[(String, Value)], gradient: &Gradient) -> Result<(), Malformed> {
    for (name, tensors) in &gradient.wrt {
        let field = join("grad.wrt", name);
        let argument = args.iter().find(|(n, _)| n == name).and_then(|(_, value)| value.tensors());
        let argument = argument
            .ok_or_else(|| Malformed::new(&field, "there is no tensor argument of this name"))?;
        let fits = argument.len() == tensors.len()
            && argument.iter().zip(tensors).all(|(a, t)| a.shape() == t.shape());
        if !fits {
            return Err(Malformed::new(field, "does not have the shape of the argument"));
        }
    }
    Ok(())
}

impl Case {
    /// Whether the case was written for a constraint or a convention; the others were recorded.
    pub fn is_written(&self) -> bool {
        self.constraint.is_some() || self.convention.is_some()
    }

    /// The case as one JSON object in the format that it is read from.
    pub fn to_json(&self) -> Json {
        let own_id = self.id.split_once('/').map_or(self.id.as_str(), |(_, own)| own);
        let args: Map<String, Json> = self
            .call
            .args
            .iter()
            .map(|(name, value)| (name.clone(), value::write(value)))
            .collect();
        let mut json = json!({
            "id": own_id,
            "function": self.call.function.name(),
            "source": self.source,
            "args": args,
        });
        if self.call.floatx != DType::Float32 {
            json["floatx"] = self.call.floatx.name().into();
        }
        json["expect"] = match &self.expect {
            Expect::Outputs(outputs) => {
                json!({"outputs": outputs.iter().map(write_tensor).collect::<Vec<_>>()})
            }
            Expect::Value(value) => json!({ "value": value }),
            Expect::Error(error) => json!({ "error": error }),
            Expect::Random(random) => write_random(random),
        };
        if let Some(gradient) = &self.gradient {
            json["grad"] = write_gradient(gradient, &self.call);
        }
        if let Some(disputed) = &self.disputed {
            json["disputed"] = disputed.reason.clone().into();
        }
        if let Some(note) = &self.note {
            json["note"] = note.clone().into();
        }
        if let Some(constraint) = self.constraint {
            json["constraint"] = constraint.to_string().into();
        }
        if let Some(convention) = self.convention {
            json["convention"] = format!("K{convention}").into();
        }
        json
    }
}

fn write_random(random: &Random) -> Json {
    let mut json = json!({
        "shape": random.shape,
        "dtype": random.dtype.name(),
        "support": random.support,
    });
    if let Some((values, probability)) = random.two_valued {
        json["values"] = json!(values);
        json["kept_probability"] = json!(probability);
    }
    json!({ "random": json })
}

fn write_gradient(gradient: &Gradient, call: &Call) -> Json {
    let wrt: Map<String, Json> = gradient
        .wrt
        .iter()
        .map(|(name, tensors)| {
            let listed = matches!(call.argument(name), Some(Value::List(_)));
            let written: Vec<Json> = tensors.iter().map(write_tensor).collect();
            let json = match &written[..] {
                [only] if !listed => only.clone(),
                _ => Json::Array(written),
            };
            (name.clone(), json)
        })
        .collect();
    let cotangent: Vec<Json> = gradient.cotangent.iter().map(write_tensor).collect();
    json!({ "cotangent": cotangent, "wrt": wrt })
}
