//! What the list and the book say about a function, in Keras' words.

use std::sync::Arc;

use touchstone_reference::arguments::{Argument, PlainArgument};
use touchstone_reference::backend::DimOrdering;
use touchstone_reference::configuration::{Configuration, with_configuration};
use touchstone_reference::engine::{Engine, Support};
use touchstone_reference::{DType, Function};

use super::domain::domain;

/// The call as Keras documents it: `sum(x, axis=None, keepdims=False)`.
pub(super) fn signature(function: Function) -> String {
    let parameters: Vec<String> = (function.entry().parameters)()
        .iter()
        .zip(defaults(function))
        .map(|(parameter, default)| match default {
            None => parameter.name.to_owned(),
            Some(default) => format!("{}={default}", parameter.name),
        })
        .collect();
    format!("{function}({})", parameters.join(", "))
}

/// The default of each parameter, as Python writes it; one that comes from the configuration is
/// the call that gives it.
pub(super) fn defaults(function: Function) -> Vec<Option<String>> {
    let usual = defaults_under(function, Configuration::default());
    configured(function)
        .iter()
        .zip(usual)
        .map(|(source, usual)| source.map_or(usual, |source| Some(format!("{source}()"))))
        .collect()
}

/// For each parameter, what of the configuration its default is: found by changing it and seeing
/// which defaults change too.
pub(super) fn configured(function: Function) -> Vec<Option<&'static str>> {
    let usual = defaults_under(function, Configuration::default());
    let mut sources = vec![None; usual.len()];
    for (name, changed) in [
        ("floatx", Configuration { floatx: DType::Float16, ..Configuration::default() }),
        ("epsilon", Configuration { epsilon: 0.25, ..Configuration::default() }),
        (
            "image_dim_ordering",
            Configuration { image_dim_ordering: DimOrdering::Th, ..Configuration::default() },
        ),
    ] {
        let found = defaults_under(function, changed);
        for (source, (found, usual)) in sources.iter_mut().zip(found.iter().zip(&usual)) {
            if found != usual {
                *source = Some(name);
            }
        }
    }
    sources
}

fn defaults_under(function: Function, configuration: Configuration) -> Vec<Option<String>> {
    with_configuration(configuration, || {
        let parameters = (function.entry().parameters)();
        parameters.iter().map(|parameter| parameter.default.as_ref().map(python)).collect()
    })
}

/// A plain value as Python writes it.
fn python(argument: &PlainArgument) -> String {
    match argument {
        Argument::Null => "None".into(),
        Argument::Bool(true) => "True".into(),
        Argument::Bool(false) => "False".into(),
        Argument::Int(i) => i.to_string(),
        Argument::Float(x) => format!("{x:?}"),
        Argument::Text(text) => format!("'{text}'"),
        Argument::List(items) => match &items[..] {
            [] => "[]".into(),
            [item] => format!("({},)", python(item)),
            items => format!("({})", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        },
        Argument::Tensors(_) => "[]".into(),
        Argument::Program(_) => "a step function".into(),
        Argument::Tensor(never) => match *never {},
    }
}

/// A doc comment without the space that every line begins with.
pub(super) fn paragraphs(doc: &str) -> String {
    let lines: Vec<&str> = doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// The dtypes for which the engines have a function alike, and how each of them has it.
pub(super) struct Alike {
    pub(super) dtypes: Vec<DType>,
    pub(super) support: Vec<Support>,
}

/// The names of dtypes, in a row.
pub(super) fn names(dtypes: &[DType]) -> String {
    let names: Vec<&str> = dtypes.iter().map(|dtype| dtype.name()).collect();
    names.join(", ")
}

/// The dtypes for which a function is not defined, in a row, where there are any.
pub(super) fn undefined(function: Function) -> Option<String> {
    let domain = domain(function);
    let others: Vec<DType> =
        DType::ALL.into_iter().filter(|dtype| !domain.contains(dtype)).collect();
    if others.is_empty() { None } else { Some(names(&others)) }
}

/// How engines have a function, for every dtype for which it is defined.
pub(super) fn support(function: Function, engines: &[Arc<dyn Engine>]) -> Vec<Alike> {
    let mut all: Vec<Alike> = Vec::new();
    for dtype in domain(function) {
        let support: Vec<Support> =
            engines.iter().map(|engine| engine.support(function, dtype)).collect();
        match all.iter_mut().find(|alike| alike.support == support) {
            Some(alike) => alike.dtypes.push(dtype),
            None => all.push(Alike { dtypes: vec![dtype], support }),
        }
    }
    all
}

/// How an engine has a function, in one word, and the note on it.
pub(super) fn word(support: &Support) -> (&'static str, Option<&str>) {
    match support {
        Support::Native => ("native", None),
        Support::Emulated(note) => ("emulated", Some(note)),
        Support::Unsupported(note) => ("unsupported", Some(note)),
    }
}
