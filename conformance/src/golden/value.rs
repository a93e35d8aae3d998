//! Values of the case format: read strictly, written so that they read back the same.

use serde_json::{Map, Number, Value as Json, json};
use touchstone_reference::backend::Argument;
use touchstone_reference::{DType, HostTensor, Layout, elements};

use super::error::Malformed;

/// The highest rank that a tensor of a case may have.
pub const MAX_RANK: usize = 32;

/// How deep lists may be nested.
const MAX_NESTING: usize = 64;

/// One argument of a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Python's `None`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number; also what is written as `"NaN"` and `"Infinity"`, where a number stands.
    Float(f64),
    /// A string.
    Text(String),
    /// A list; of tensors, if all its items are.
    List(Vec<Value>),
    /// A tensor.
    Tensor(HostTensor),
    /// A step function or a loss, by name.
    Named(String),
}

impl Value {
    /// What the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Tensor(_) => "a tensor",
            Value::Named(_) => "a named function",
        }
    }

    /// The tensor, or the tensors of a list of them.
    pub fn tensors(&self) -> Option<Vec<&HostTensor>> {
        match self {
            Value::Tensor(tensor) => Some(vec![tensor]),
            Value::List(items) => items
                .iter()
                .map(|item| if let Value::Tensor(tensor) = item { Some(tensor) } else { None })
                .collect(),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Named(_) => None,
        }
    }

    /// The plain value as an argument; `None` where there is a tensor in it.
    pub fn plain<T>(&self) -> Option<Argument<T>> {
        Some(match self {
            Value::Null => Argument::Null,
            Value::Bool(b) => Argument::Bool(*b),
            Value::Int(i) => Argument::Int(*i),
            Value::Float(x) => Argument::Float(*x),
            Value::Text(text) => Argument::Text(text.clone()),
            Value::List(items) => {
                Argument::List(items.iter().map(Value::plain).collect::<Option<_>>()?)
            }
            Value::Tensor(_) | Value::Named(_) => return None,
        })
    }
}

/// Reads one argument.
pub fn read(field: &str, json: &Json) -> Result<Value, Malformed> {
    read_nested(field, json, 0)
}

fn read_nested(field: &str, json: &Json, depth: usize) -> Result<Value, Malformed> {
    if depth > MAX_NESTING {
        return Err(Malformed::new(field, "lists are nested too deep"));
    }
    match json {
        Json::Null => Ok(Value::Null),
        Json::Bool(b) => Ok(Value::Bool(*b)),
        Json::Number(number) => Ok(match (number.as_i64(), number.as_f64()) {
            (Some(i), _) => Value::Int(i),
            (None, Some(x)) => Value::Float(x),
            (None, None) => return Err(Malformed::new(field, format!("{number} is out of range"))),
        }),
        Json::String(text) => Ok(match not_finite(text) {
            Some(x) => Value::Float(x),
            None => Value::Text(text.clone()),
        }),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| read_nested(&format!("{field}[{i}]"), item, depth + 1))
            .collect::<Result<_, _>>()
            .map(Value::List),
        Json::Object(object) => {
            if ["dtype", "shape", "data"].iter().any(|key| object.contains_key(*key)) {
                read_tensor(field, json).map(Value::Tensor)
            } else if let Some(Json::String(name)) = object.get("name") {
                Ok(Value::Named(name.clone()))
            } else {
                Err(Malformed::new(
                    field,
                    "an object that is neither a tensor nor a named function",
                ))
            }
        }
    }
}

/// The member of an object, or what is missing.
pub(super) fn member<'a>(
    field: &str,
    object: &'a Map<String, Json>,
    key: &str,
) -> Result<&'a Json, Malformed> {
    object.get(key).ok_or_else(|| Malformed::new(join(field, key), "is missing"))
}

/// The name of a member of `field`.
pub(super) fn join(field: &str, key: &str) -> String {
    if field.is_empty() { key.to_owned() } else { format!("{field}.{key}") }
}

/// What a JSON value is, for messages.
pub(super) fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".into(),
        Json::Bool(b) => b.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => {
            let short: String = text.chars().take(40).collect();
            format!("the string {short:?}")
        }
        Json::Array(items) => format!("an array of {}", items.len()),
        Json::Object(_) => "an object".into(),
    }
}

/// Reads a tensor. Nothing is allocated from the shape that is declared: the data is there, and
/// the shape must fit it.
pub fn read_tensor(field: &str, json: &Json) -> Result<HostTensor, Malformed> {
    let Json::Object(object) = json else {
        return Err(Malformed::new(field, format!("expected a tensor, found {}", describe(json))));
    };
    let dtype = read_dtype(&join(field, "dtype"), member(field, object, "dtype")?)?;
    let shape = read_shape(&join(field, "shape"), member(field, object, "shape")?)?;
    let data_field = join(field, "data");
    let data = member(field, object, "data")?;
    let Json::Array(data) = data else {
        return Err(Malformed::new(
            data_field,
            format!("expected an array, found {}", describe(data)),
        ));
    };
    let expected = elements(&shape).ok_or_else(|| {
        Malformed::new(
            join(field, "shape"),
            format!("{shape:?} has more elements than a tensor may have"),
        )
    })?;
    if data.len() != expected {
        return Err(Malformed::new(
            data_field,
            format!("{} numbers for shape {shape:?}, which holds {expected}", data.len()),
        ));
    }
    let sparse = match object.get("sparse") {
        None => false,
        Some(Json::Bool(sparse)) => *sparse,
        Some(other) => {
            return Err(Malformed::new(
                join(field, "sparse"),
                format!("expected true or false, found {}", describe(other)),
            ));
        }
    };
    if sparse && shape.len() != 2 {
        return Err(Malformed::new(join(field, "shape"), "a sparse tensor has two axes"));
    }
    let tensor = if dtype.is_float() {
        let numbers = each(&data_field, data, |json| read_float(dtype, json))?;
        HostTensor::from_f64s(dtype, &shape, &numbers)
    } else {
        let numbers = each(&data_field, data, |json| read_whole(dtype, json))?;
        HostTensor::from_i64s(dtype, &shape, &numbers)
    };
    let tensor = tensor.map_err(|error| Malformed::new(field, error.to_string()))?;
    let layout = match object.get("layout") {
        None => Layout::Contiguous,
        Some(Json::String(name)) => name
            .parse()
            .map_err(|message: String| Malformed::new(join(field, "layout"), message))?,
        Some(other) => {
            return Err(Malformed::new(
                join(field, "layout"),
                format!("expected a string, found {}", describe(other)),
            ));
        }
    };
    Ok(tensor.with_sparse(sparse).with_layout(layout))
}

fn each<T>(
    field: &str,
    data: &[Json],
    read: impl Fn(&Json) -> Result<T, String>,
) -> Result<Vec<T>, Malformed> {
    data.iter()
        .enumerate()
        .map(|(i, json)| {
            read(json).map_err(|message| Malformed::new(format!("{field}[{i}]"), message))
        })
        .collect()
}

/// Reads the name of a dtype.
pub(super) fn read_dtype(field: &str, json: &Json) -> Result<DType, Malformed> {
    let Json::String(name) = json else {
        return Err(Malformed::new(
            field,
            format!("expected the name of a dtype, found {}", describe(json)),
        ));
    };
    name.parse().map_err(|message: String| Malformed::new(field, message))
}

/// Reads a shape.
pub(super) fn read_shape(field: &str, json: &Json) -> Result<Vec<usize>, Malformed> {
    let Json::Array(dims) = json else {
        return Err(Malformed::new(
            field,
            format!("expected an array of dims, found {}", describe(json)),
        ));
    };
    if dims.len() > MAX_RANK {
        return Err(Malformed::new(
            field,
            format!("{} axes, at most {MAX_RANK} are allowed", dims.len()),
        ));
    }
    each(field, dims, |json| {
        json.as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| format!("expected a dim, a whole number ≥ 0, found {}", describe(json)))
    })
}

fn not_finite(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Reads a number, `"NaN"`, `"Infinity"` or `"-Infinity"`.
pub(super) fn read_number(json: &Json) -> Result<f64, String> {
    match json {
        Json::Number(number) => number.as_f64().ok_or_else(|| format!("{number} is out of range")),
        Json::String(text) => not_finite(text).ok_or_else(|| {
            format!(
                "expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", found {}",
                describe(json)
            )
        }),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
            Err(format!("expected a number, found {}", describe(json)))
        }
    }
}

fn read_float(dtype: DType, json: &Json) -> Result<f64, String> {
    let x = read_number(json)?;
    if x.is_finite() && !dtype.round(x).is_finite() {
        return Err(format!("{x} is out of the range of {dtype}"));
    }
    Ok(x)
}

/// The least and the greatest whole number of a dtype that is not a float.
fn range(dtype: DType) -> (i128, i128) {
    match dtype {
        DType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DType::Int64 => (i64::MIN.into(), i64::MAX.into()),
        DType::UInt8 => (0, u8::MAX.into()),
        DType::UInt16 => (0, u16::MAX.into()),
        DType::UInt32 => (0, u32::MAX.into()),
        DType::UInt64 => (0, u64::MAX.into()),
        DType::Bool | DType::Float16 | DType::Float32 | DType::Float64 => (0, 1),
    }
}

/// Reads a whole number in the range of the dtype. What is returned is its value modulo 2^64,
/// from which every integer dtype is made without loss.
fn read_whole(dtype: DType, json: &Json) -> Result<i64, String> {
    let Json::Number(number) = json else {
        return Err(format!("expected a whole number, found {}", describe(json)));
    };
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    let whole = whole.ok_or_else(|| format!("{number} is no whole number"))?;
    let (least, greatest) = range(dtype);
    if !(least..=greatest).contains(&whole) {
        return Err(format!("{whole} is out of the range of {dtype}, {least} to {greatest}"));
    }
    Ok(whole as i64)
}

/// A tensor in the case format.
pub fn write_tensor(tensor: &HostTensor) -> Json {
    let dtype = tensor.dtype();
    let data: Vec<Json> = match dtype {
        DType::Float16 | DType::Float64 => tensor.to_f64s().into_iter().map(write_number).collect(),
        DType::Float32 => tensor.to_f64s().into_iter().map(write_single).collect(),
        DType::UInt64 => tensor.to_i64s().into_iter().map(|n| Json::from(n as u64)).collect(),
        DType::Int8
        | DType::Int16
        | DType::Int32
        | DType::Int64
        | DType::UInt8
        | DType::UInt16
        | DType::UInt32
        | DType::Bool => tensor.to_i64s().into_iter().map(Json::from).collect(),
    };
    let mut json = json!({"dtype": dtype.name(), "shape": tensor.shape(), "data": data});
    if tensor.is_sparse() {
        json["sparse"] = Json::Bool(true);
    }
    if tensor.layout() != Layout::Contiguous {
        json["layout"] = tensor.layout().name().into();
    }
    json
}

/// A number in the case format; JSON has no word for one that is not finite.
pub fn write_number(x: f64) -> Json {
    match Number::from_f64(x) {
        Some(number) => Json::Number(number),
        None if x.is_nan() => "NaN".into(),
        None if x > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// A float32 with as few digits as name it, where those read back to it by way of 64 bits.
fn write_single(x: f64) -> Json {
    let short = (x as f32).to_string().parse().ok();
    write_number(short.filter(|&short: &f64| f64::from(short as f32) == x).unwrap_or(x))
}

/// An argument in the case format.
pub fn write(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        Value::Float(x) => write_number(*x),
        Value::Text(text) => text.clone().into(),
        Value::List(items) => items.iter().map(write).collect(),
        Value::Tensor(tensor) => write_tensor(tensor),
        Value::Named(name) => json!({ "name": name }),
    }
}
