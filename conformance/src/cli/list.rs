//! `touchstone list`: the functions and the engines, from the table and the registry.

use std::fmt::Write as _;
use std::slice;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value as Json, json};
use touchstone::registry;
use touchstone_reference::arguments::{Argument, PlainArgument};
use touchstone_reference::engine::{Engine, Support};
use touchstone_reference::entry::{Parameter, ParameterKind};
use touchstone_reference::error::GENERAL_CONSTRAINTS;
use touchstone_reference::{DType, Function};

use super::common::{Engines, Exit, Failure, Functions, print};
use super::domain::domain;
use super::words::{configured, defaults, names, paragraphs, signature, support, undefined, word};

/// In what form the list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading
    Human,
    /// For programs
    Json,
}

/// List the functions with their specifications, and how each engine has them
#[derive(Args, Debug)]
pub(super) struct List {
    /// Only the functions
    #[arg(long = "functions")]
    without_engines: bool,
    /// Only the engines
    #[arg(long = "engines", conflicts_with = "without_engines")]
    without_functions: bool,
    #[command(flatten)]
    functions: Functions,
    #[command(flatten)]
    engines: Engines,
    /// In what form the list is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

impl List {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let functions = self.functions.matching()?;
        let engines = self.engines.start()?;
        let text = match self.format {
            Format::Human => self.human(&functions, &engines),
            Format::Json => format!("{:#}\n", self.json(&functions, &engines)),
        };
        print(&text)?;
        Ok(Exit::Fine)
    }

    fn json(&self, functions: &[Function], engines: &[Arc<dyn Engine>]) -> Json {
        let mut json = Map::new();
        if !self.without_engines {
            let described = engines.iter().map(|engine| {
                json!({"name": engine.name(), "version": engine.version(), "device": engine.device()})
            });
            json.insert("engines".into(), described.collect());
        }
        if !self.without_functions {
            json.insert("constraints".into(), labelled("G", GENERAL_CONSTRAINTS));
            let functions = functions.iter().map(|function| describe(*function, engines));
            json.insert("functions".into(), functions.collect());
        }
        Json::Object(json)
    }

    fn human(&self, functions: &[Function], engines: &[Arc<dyn Engine>]) -> String {
        // Writing to a String cannot fail.
        let mut text = String::new();
        if !self.without_engines {
            for engine in engines {
                let _ =
                    writeln!(text, "{} {} on {}", engine.name(), engine.version(), engine.device());
            }
            for (name, how) in registry::missing() {
                let _ = writeln!(text, "{name}: not in this build; {how}");
            }
        }
        if !self.without_functions {
            if self.functions.are_all() {
                separate(&mut text);
                text.push_str("Constraints of all functions\n");
                for (i, constraint) in GENERAL_CONSTRAINTS.iter().enumerate() {
                    let _ = writeln!(text, "  G{}  {constraint}", i + 1);
                }
            }
            for function in functions {
                separate(&mut text);
                page(&mut text, *function, engines);
            }
        }
        text
    }
}

/// An empty line, but not at the beginning.
fn separate(text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
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
    let parameters: Vec<Json> = (entry.parameters)()
        .iter()
        .zip(configured(function))
        .map(|(p, source)| parameter(p, source))
        .collect();
    let support: Map<String, Json> = engines
        .iter()
        .map(|engine| {
            let dtypes: Map<String, Json> = domain(function)
                .iter()
                .map(|dtype| (dtype.name().to_owned(), how(&engine.support(function, *dtype))))
                .collect();
            (engine.name().to_owned(), Json::Object(dtypes))
        })
        .collect();
    json!({
        "name": function.name(),
        "family": function.family(),
        "signature": signature(function),
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
    match word(support) {
        (how, Some(note)) => json!({"how": how, "note": note}),
        (how, None) => json!({"how": how}),
    }
}

fn parameter(parameter: &Parameter, configured: Option<&str>) -> Json {
    let kind = match parameter.kind {
        ParameterKind::Tensor => "tensor",
        ParameterKind::Optional => "tensor or None",
        ParameterKind::Tensors => "tensors",
        ParameterKind::Plain(_) => "plain",
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
    if let Some(configured) = configured {
        json["default_from"] = configured.into();
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

fn page(text: &mut String, function: Function, engines: &[Arc<dyn Engine>]) {
    let entry = function.entry();
    let _ = writeln!(text, "{}", signature(function));
    for line in paragraphs(entry.doc).lines() {
        let _ = writeln!(text, "{}", format!("  {line}").trim_end());
    }
    for (p, default) in (entry.parameters)().iter().zip(defaults(function)) {
        let default = default.map(|default| format!(", {default} by default")).unwrap_or_default();
        let _ = writeln!(text, "  {}: {}{default}. {}", p.name, p.expected, p.doc.trim());
    }
    for (letter, texts) in [("C", entry.constraints), ("K", entry.conventions)] {
        for (i, line) in texts.iter().enumerate() {
            let _ = writeln!(text, "  {letter}{}  {line}", i + 1);
        }
    }
    let _ = writeln!(text, "  source: {}", entry.source);
    let _ = writeln!(text, "  example: {}", entry.example);
    if let Some(dtypes) = undefined(function) {
        let _ = writeln!(text, "  not defined for {dtypes} (G4)");
    }
    for engine in engines {
        let _ = writeln!(text, "  {}", engine.name());
        for alike in support(function, slice::from_ref(engine)) {
            let all = alike.dtypes.len() == DType::ALL.len();
            let dtypes = if all { "every dtype".to_owned() } else { names(&alike.dtypes) };
            for how in &alike.support {
                let _ = match word(how) {
                    (how, Some(note)) => writeln!(text, "    {dtypes}: {how} ({note})"),
                    (how, None) => writeln!(text, "    {dtypes}: {how}"),
                };
            }
        }
    }
}
