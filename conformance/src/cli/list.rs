//! `touchstone list`: the functions and the engines, from the table and the registry.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value as Json, json};
use touchstone::registry::{self, Device};
use touchstone_reference::arguments::{Argument, PlainArgument};
use touchstone_reference::engine::{Engine, Support};
use touchstone_reference::entry::{Parameter, ParameterKind};
use touchstone_reference::error::GENERAL_CONSTRAINTS;
use touchstone_reference::{DType, Function};

use super::common::{Exit, Failure, print};

/// In what form the list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading
    Human,
    /// For programs
    Json,
}

/// List the functions with their specifications, and the engines
#[derive(Args, Debug)]
pub(super) struct List {
    /// Only the functions
    #[arg(long)]
    functions: bool,
    /// Only the engines
    #[arg(long, conflicts_with = "functions")]
    engines: bool,
    /// In what form the list is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

impl List {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let mut engines = Vec::new();
        for registered in registry::engines() {
            engines.push((registered.start)(&Device::Cpu).map_err(Failure::Engine)?);
        }
        let text = match self.format {
            Format::Human => self.human(&engines),
            Format::Json => format!("{:#}\n", self.json(&engines)),
        };
        print(&text)?;
        Ok(Exit::Fine)
    }

    fn json(&self, engines: &[Arc<dyn Engine>]) -> Json {
        let mut json = Map::new();
        if !self.functions {
            let described = engines.iter().map(|engine| {
                json!({"name": engine.name(), "version": engine.version(), "device": engine.device()})
            });
            json.insert("engines".into(), described.collect());
        }
        if !self.engines {
            json.insert("constraints".into(), labelled("G", GENERAL_CONSTRAINTS));
            let functions = Function::ALL.iter().map(|function| describe(*function, engines));
            json.insert("functions".into(), functions.collect());
        }
        Json::Object(json)
    }

    fn human(&self, engines: &[Arc<dyn Engine>]) -> String {
        // Writing to a String cannot fail.
        let mut text = String::new();
        if !self.functions {
            for engine in engines {
                let _ =
                    writeln!(text, "{} {} on {}", engine.name(), engine.version(), engine.device());
            }
            for (name, how) in registry::missing() {
                let _ = writeln!(text, "{name}: not in this build; {how}");
            }
        }
        if !self.engines {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str("Constraints of all functions\n");
            for (i, constraint) in GENERAL_CONSTRAINTS.iter().enumerate() {
                let _ = writeln!(text, "  G{}  {constraint}", i + 1);
            }
            for function in Function::ALL {
                text.push('\n');
                page(&mut text, *function, engines);
            }
        }
        text
    }
}

fn labelled(letter: &str, texts: &[&str]) -> Json {
    texts
        .iter()
        .enumerate()
        .map(|(i, text)| json!({"label": format!("{letter}{}", i + 1), "text": text}))
        .collect()
}

fn describe(function: Function, engines: &[Arc<dyn Engine>]) -> Json {
    let entry = function.entry();
    let parameters: Vec<Json> = (entry.parameters)().iter().map(parameter).collect();
    let support: Map<String, Json> = engines
        .iter()
        .map(|engine| {
            let dtypes: Map<String, Json> = DType::ALL
                .iter()
                .map(|dtype| (dtype.name().to_owned(), how(&engine.support(function, *dtype))))
                .collect();
            (engine.name().to_owned(), Json::Object(dtypes))
        })
        .collect();
    json!({
        "name": function.name(),
        "family": function.family(),
        "doc": paragraphs(entry.doc),
        "parameters": parameters,
        "constraints": labelled("C", entry.constraints),
        "conventions": labelled("K", entry.conventions),
        "source": entry.source,
        "example": entry.example,
        "support": support,
    })
}

fn how(support: &Support) -> Json {
    match support {
        Support::Native => json!({"how": "native"}),
        Support::Emulated(note) => json!({"how": "emulated", "note": note}),
        Support::Unsupported(note) => json!({"how": "unsupported", "note": note}),
    }
}

fn parameter(parameter: &Parameter) -> Json {
    let kind = match parameter.kind {
        ParameterKind::Tensor => "tensor",
        ParameterKind::Optional => "tensor or None",
        ParameterKind::Tensors => "tensors",
        ParameterKind::Plain => "plain",
    };
    let mut json = json!({
        "name": parameter.name,
        "kind": kind,
        "expected": parameter.expected,
        "doc": parameter.doc.trim(),
        "required": parameter.default.is_none(),
    });
    if let Some(default) = &parameter.default {
        json["default"] = plain(default);
    }
    json
}

fn plain(argument: &PlainArgument) -> Json {
    match argument {
        Argument::Null => Json::Null,
        Argument::Bool(b) => (*b).into(),
        Argument::Int(i) => (*i).into(),
        Argument::Float(x) => touchstone::golden::write_number(*x),
        Argument::Text(text) => text.clone().into(),
        Argument::List(items) => items.iter().map(plain).collect(),
        Argument::Tensors(_) => Json::Array(Vec::new()),
        Argument::Program(_) => json!("a step function"),
        Argument::Tensor(never) => match *never {},
    }
}

/// A doc comment without the space that every line begins with.
fn paragraphs(doc: &str) -> String {
    let lines: Vec<&str> = doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}

fn page(text: &mut String, function: Function, engines: &[Arc<dyn Engine>]) {
    let entry = function.entry();
    let parameters = (entry.parameters)();
    let signature: Vec<String> = parameters
        .iter()
        .map(|p| match &p.default {
            None => p.name.to_owned(),
            Some(default) => format!("{}={}", p.name, plain(default)),
        })
        .collect();
    let _ = writeln!(text, "{}({})", function, signature.join(", "));
    for line in paragraphs(entry.doc).lines() {
        let _ = writeln!(text, "  {line}");
    }
    for p in &parameters {
        let _ = writeln!(text, "  {}: {}; {}", p.name, p.expected, p.doc.trim());
    }
    for (letter, texts) in [("C", entry.constraints), ("K", entry.conventions)] {
        for (i, line) in texts.iter().enumerate() {
            let _ = writeln!(text, "  {letter}{}  {line}", i + 1);
        }
    }
    let _ = writeln!(text, "  source: {}", entry.source);
    let _ = writeln!(text, "  example: {}", entry.example);
    for engine in engines {
        let _ = writeln!(text, "  {}: {}", engine.name(), support(&**engine, function));
    }
}

/// The dtypes for which an engine has a function, those together that it has alike.
fn support(engine: &dyn Engine, function: Function) -> String {
    let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
    for dtype in DType::ALL {
        let how = match engine.support(function, dtype) {
            Support::Native => "native".to_owned(),
            Support::Emulated(note) => format!("emulated ({note})"),
            Support::Unsupported(note) => format!("unsupported ({note})"),
        };
        match alike.iter_mut().find(|(known, _)| *known == how) {
            Some((_, dtypes)) => dtypes.push(dtype.name()),
            None => alike.push((how, vec![dtype.name()])),
        }
    }
    let parts: Vec<String> = alike
        .into_iter()
        .map(|(how, dtypes)| {
            let all = dtypes.len() == DType::ALL.len();
            if all {
                format!("{how} for every dtype")
            } else {
                format!("{how} for {}", dtypes.join(", "))
            }
        })
        .collect();
    parts.join("; ")
}
