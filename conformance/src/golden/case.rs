//! One case: a call, what is expected of it, and where it comes from.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};
use touchstone_reference::error::GENERAL_CONSTRAINTS;
use touchstone_reference::{DType, Function, HostTensor, Label};

use super::error::{GoldenError, Malformed};
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

/// The argument of a function of variables that is called on an expression instead.
pub const EXPRESSION: &str = "expression";

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
    /// What the reference gives, or its refusal: the case was drawn, and nobody recorded anything.
    Decided,
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
    /// Their distribution.
    pub distribution: Distribution,
}

/// How random numbers are distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Dropout's: two possible values, and the probability of the second.
    TwoValued([f64; 2], f64),
    /// 1 with a probability, else 0.
    Bernoulli(f64),
    /// Each number between the limits of the support is equally probable.
    Uniform,
    /// The normal one.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        std: f64,
    },
    /// The normal one without what is further from the mean than two standard deviations.
    TruncatedNormal {
        /// Its mean.
        mean: f64,
        /// The standard deviation before the tails are cut off.
        std: f64,
    },
}

/// The gradient that the original gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// One tensor an output.
    pub cotangent: Vec<HostTensor>,
    /// The gradient of the sum of cotangent · output by each of these arguments; one tensor, or
    /// as many as the argument has, or none where nobody recorded it.
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

/// A case: recorded from the original software, written for a constraint or convention, or drawn.
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
    /// Whether placeholders know no more than their rank; the call is made both ways where this is
    /// left open.
    pub unknown_dims: Option<bool>,
}

impl Case {
    /// Reads one line; `set` is put before its id.
    pub fn parse(set: &str, file: &Path, line: usize, text: &str) -> Result<Self, GoldenError> {
        let json: Json = serde_json::from_str(text)
            .map_err(|error| Malformed::new("(line)", format!("malformed JSON: {error}")))
            .map_err(|malformed| malformed.at(file, line))?;
        read_line(set, file, line, &json).map_err(|malformed| malformed.at(file, line))
    }
}

fn read_line(set: &str, file: &Path, line: usize, json: &Json) -> Result<Case, Malformed> {
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
    let mut args = args;
    if note.as_deref().is_some_and(|note| note.contains("an expression rather than a variable"))
        && !args.iter().any(|(name, _)| name == EXPRESSION)
    {
        args.push((EXPRESSION.to_owned(), Value::Bool(true)));
    }
    let function = read_function(name).map_err(|message| Malformed::new("function", message))?;
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
    Ok(Case {
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
        unknown_dims: object.get("unknown_dims").map(read_unknown_dims).transpose()?,
    })
}

fn read_unknown_dims(json: &Json) -> Result<bool, Malformed> {
    json.as_bool().ok_or_else(|| {
        let found = describe(json);
        Malformed::new("unknown_dims", format!("expected true or false, found {found}"))
    })
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
    if !matches!(expect, Expect::Error(_) | Expect::Decided) {
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
    let forms: Vec<&str> = ["outputs", "value", "error", "random", "decided"]
        .into_iter()
        .filter(|form| object.contains_key(*form))
        .collect();
    let [form] = forms[..] else {
        return Err(Malformed::new(
            "expect",
            format!(
                "needs exactly one of outputs, value, error, random, decided; has {}",
                forms.len()
            ),
        ));
    };
    let field = join("expect", form);
    let json = &object[form];
    Ok(match form {
        "outputs" => Expect::Outputs(read_tensors(&field, json)?),
        "value" => Expect::Value(json.clone()),
        "error" => Expect::Error(text(&field, json)?.to_owned()),
        "decided" => Expect::Decided,
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
    let distribution = read_distribution(field, object)?;
    Ok(Random { shape, dtype, support, distribution })
}

fn read_distribution(field: &str, object: &Map<String, Json>) -> Result<Distribution, Malformed> {
    let number = |name: &str| {
        let field_name = join(field, name);
        read_number(member(field, object, name)?)
            .map_err(|message| Malformed::new(&field_name, message))
    };
    let probability = |name: &str| {
        let p = number(name)?;
        if (0.0..=1.0).contains(&p) {
            Ok(p)
        } else {
            Err(Malformed::new(join(field, name), format!("{p} is no probability")))
        }
    };
    if let Some(values) = object.get("values") {
        let values = read_pair(&join(field, "values"), values)?;
        return Ok(Distribution::TwoValued(values, probability("kept_probability")?));
    }
    let name_field = join(field, "distribution");
    match text(&name_field, member(field, object, "distribution")?)? {
        "bernoulli" => probability("mean").map(Distribution::Bernoulli),
        "uniform" => Ok(Distribution::Uniform),
        "normal" => Ok(Distribution::Normal { mean: number("mean")?, std: number("std")? }),
        "truncated_normal" => {
            Ok(Distribution::TruncatedNormal { mean: number("mean")?, std: number("std")? })
        }
        other => Err(Malformed::new(
            name_field,
            format!("{other:?}: bernoulli, uniform, normal or truncated_normal, or values"),
        )),
    }
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
    if *expect == Expect::Decided {
        return Ok(Some(Gradient { cotangent, wrt }));
    }
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
        let fits = tensors.is_empty()
            || argument.len() == tensors.len()
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
            Expect::Decided => json!({ "decided": true }),
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
        if let Some(unknown_dims) = self.unknown_dims {
            json["unknown_dims"] = unknown_dims.into();
        }
        json
    }
}

/// A limit as JSON: what it cannot write as a number is a string.
fn write_limit(x: f64) -> Json {
    match x {
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        x => json!(x),
    }
}

fn write_random(random: &Random) -> Json {
    let mut json = json!({
        "shape": random.shape,
        "dtype": random.dtype.name(),
        "support": random.support.map(write_limit),
    });
    match random.distribution {
        Distribution::TwoValued(values, probability) => {
            json["values"] = json!(values);
            json["kept_probability"] = json!(probability);
        }
        Distribution::Bernoulli(p) => {
            json["distribution"] = json!("bernoulli");
            json["mean"] = json!(p);
        }
        Distribution::Uniform => json["distribution"] = json!("uniform"),
        Distribution::Normal { mean, std } => {
            json["distribution"] = json!("normal");
            json["mean"] = json!(mean);
            json["std"] = json!(std);
        }
        Distribution::TruncatedNormal { mean, std } => {
            json["distribution"] = json!("truncated_normal");
            json["mean"] = json!(mean);
            json["std"] = json!(std);
        }
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
