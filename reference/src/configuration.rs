//! The configuration: `~/.keras/keras.json`, `KERAS_BACKEND`, and what a program changes.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::arguments::DimOrdering;
use crate::dtype::DType;
use crate::error::{Error, Result};

/// What the functions of the API take their defaults from.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Default float type: float16, float32 or float64.
    pub floatx: DType,
    /// Fuzz factor of numeric expressions.
    pub epsilon: f64,
    /// Where the channels of an image stand.
    pub image_dim_ordering: DimOrdering,
    /// The engine.
    pub backend: String,
    /// Fields that are not ours, kept for whoever wrote them.
    pub others: Vec<(String, Json)>,
}

impl Default for Configuration {
    fn default() -> Self {
        Configuration {
            floatx: DType::Float32,
            epsilon: 1e-7,
            image_dim_ordering: DimOrdering::Tf,
            backend: "reference".into(),
            others: Vec::new(),
        }
    }
}

fn wrong(source_name: &str, field: &str, found: String, allowed: &str) -> Error {
    Error::Configuration {
        source_name: source_name.into(),
        field: field.into(),
        found,
        allowed: allowed.into(),
    }
}

/// A float type by name, or the error that names where it was found.
pub fn parse_floatx(source_name: &str, name: &str) -> Result<DType> {
    name.parse().ok().filter(|dtype: &DType| dtype.is_float()).ok_or_else(|| {
        wrong(source_name, "floatx", format!("{name:?}"), "float16, float32, float64")
    })
}

/// A dim ordering by name, or the error that names where it was found.
pub fn parse_dim_ordering(source_name: &str, name: &str) -> Result<DimOrdering> {
    match name {
        "th" => Ok(DimOrdering::Th),
        "tf" => Ok(DimOrdering::Tf),
        _ => Err(wrong(source_name, "image_dim_ordering", format!("{name:?}"), "th, tf")),
    }
}

/// A fuzz factor, or the error that names where it was found.
pub fn parse_epsilon(source_name: &str, epsilon: f64) -> Result<f64> {
    if epsilon.is_finite() && epsilon >= 0.0 {
        Ok(epsilon)
    } else {
        Err(wrong(source_name, "epsilon", epsilon.to_string(), "a finite number ≥ 0"))
    }
}

impl Configuration {
    /// The configuration in the text of a keras.json; missing fields have their defaults.
    pub fn parse(source_name: &str, text: &str) -> Result<Self> {
        let json: Json = serde_json::from_str(text).map_err(|error| {
            wrong(source_name, "(file)", format!("malformed JSON: {error}"), "a JSON object")
        })?;
        let Json::Object(fields) = json else {
            return Err(wrong(source_name, "(file)", "no JSON object".into(), "a JSON object"));
        };
        let mut configuration = Configuration::default();
        for (field, value) in fields {
            let text = || {
                value
                    .as_str()
                    .ok_or_else(|| wrong(source_name, &field, value.to_string(), "a string"))
            };
            match field.as_str() {
                "floatx" => configuration.floatx = parse_floatx(source_name, text()?)?,
                "image_dim_ordering" => {
                    configuration.image_dim_ordering = parse_dim_ordering(source_name, text()?)?;
                }
                "backend" => configuration.backend = text()?.to_owned(),
                "epsilon" => {
                    let number = value.as_f64().ok_or_else(|| {
                        wrong(source_name, "epsilon", value.to_string(), "a number")
                    })?;
                    configuration.epsilon = parse_epsilon(source_name, number)?;
                }
                _ => configuration.others.push((field, value)),
            }
        }
        Ok(configuration)
    }

    /// The configuration in a file; a missing file gives the defaults.
    pub fn read(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Configuration::parse(&path.display().to_string(), &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Configuration::default())
            }
            Err(error) => Err(wrong(
                &path.display().to_string(),
                "(file)",
                error.to_string(),
                "a readable file",
            )),
        }
    }

    /// The configuration as the text of a keras.json.
    pub fn to_json(&self) -> String {
        let mut fields = serde_json::Map::new();
        fields.insert("image_dim_ordering".into(), self.image_dim_ordering.name().into());
        fields.insert("epsilon".into(), self.epsilon.into());
        fields.insert("floatx".into(), self.floatx.name().into());
        fields.insert("backend".into(), self.backend.clone().into());
        fields.extend(self.others.iter().cloned());
        format!("{:#}\n", Json::Object(fields))
    }

    /// `~/.keras/keras.json`, where there is a home.
    pub fn default_path() -> Option<PathBuf> {
        std::env::home_dir().map(|home| home.join(".keras").join("keras.json"))
    }

    /// The user's configuration: the file, then `KERAS_BACKEND` over its backend.
    pub fn load() -> Result<Self> {
        let mut configuration = match Configuration::default_path() {
            Some(path) => Configuration::read(&path)?,
            None => Configuration::default(),
        };
        if let Ok(name) = std::env::var("KERAS_BACKEND") {
            configuration.backend = name;
        }
        Ok(configuration)
    }
}

thread_local! {
    static CURRENT: RefCell<Configuration> = RefCell::new(Configuration::default());
}

/// The configuration in force on this thread.
pub fn current() -> Configuration {
    CURRENT.with_borrow(Clone::clone)
}

/// Puts a configuration in force on this thread.
pub fn set_current(configuration: Configuration) {
    CURRENT.set(configuration);
}

/// Runs `f` with a configuration in force on this thread, then restores the one before.
pub fn with_configuration<R>(configuration: Configuration, f: impl FnOnce() -> R) -> R {
    let before = CURRENT.replace(configuration);
    let result = f();
    CURRENT.set(before);
    result
}

/// The default float type.
pub fn floatx() -> DType {
    CURRENT.with_borrow(|c| c.floatx)
}

/// The fuzz factor.
pub fn epsilon() -> f64 {
    CURRENT.with_borrow(|c| c.epsilon)
}

/// Where the channels of an image stand.
pub fn image_dim_ordering() -> DimOrdering {
    CURRENT.with_borrow(|c| c.image_dim_ordering)
}
