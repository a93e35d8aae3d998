//! The Rust form of a function: a function of its parameters that makes the call. It is compiled
//! with the documentation, so a form that no longer fits is a failed test of its page.

use touchstone_reference::Function;
use touchstone_reference::entry::{Parameter, ParameterKind};

/// Calls with several results.
const SEVERAL: &[Function] = &[Function::NormalizeBatchInTraining];

/// What a form is made of.
struct Form {
    /// Each with its type.
    parameters: Vec<(&'static str, String)>,
    result: String,
    /// The links of the chain of calls, the first of them the function.
    calls: Vec<String>,
}

/// Forms that do not follow from the parameters: functions of the program itself take and give
/// more than tensors.
fn special(function: Function) -> Option<Form> {
    let form = |parameters: &[(&'static str, &str)], result: &str, calls: &[&str]| Form {
        parameters: parameters.iter().map(|(name, kind)| (*name, (*kind).to_owned())).collect(),
        result: result.to_owned(),
        calls: calls.iter().map(|call| (*call).to_owned()).collect(),
    };
    if function == Function::Variable {
        Some(form(&[("value", "&HostTensor")], "Tensor", &["variable(value)"]))
    } else if function == Function::Placeholder {
        Some(form(
            &[
                ("shape", "&[Option<usize>]"),
                ("dtype", "DType"),
                ("sparse", "bool"),
                ("name", "String"),
            ],
            "Tensor",
            &["placeholder(shape)", "dtype(dtype)", "sparse(sparse)", "name(name)", "tensor()"],
        ))
    } else if function == Function::FunctionCall {
        Some(form(
            &[("inputs", "&[Tensor]"), ("outputs", "&[Tensor]"), ("updates", "&[Update]")],
            "Callable",
            &["function(inputs, outputs, updates)"],
        ))
    } else if function == Function::Update {
        let parameters = [("x", "&Tensor"), ("new_x", "&Tensor")];
        Some(form(&parameters, "Update", &["update(x, new_x)"]))
    } else if function == Function::Gradients {
        let parameters = [("loss", "&Tensor"), ("variables", "&[Tensor]")];
        Some(form(&parameters, "Vec<Tensor>", &["gradients(loss, variables)"]))
    } else if function == Function::Eval {
        Some(form(&[("x", "&Tensor")], "HostTensor", &["eval(x)"]))
    } else if function == Function::Rnn {
        let step = "impl FnOnce(&Tensor, &[Tensor]) -> K::Result<(Tensor, Vec<Tensor>)>";
        Some(form(
            &[
                ("step_function", step),
                ("inputs", "&Tensor"),
                ("initial_states", "&[Tensor]"),
                ("go_backwards", "bool"),
                ("mask", "Tensor"),
                ("constants", "Vec<Tensor>"),
                ("unroll", "bool"),
                ("input_length", "Option<i64>"),
            ],
            "Vec<Tensor>",
            &["rnn(step_function, inputs, initial_states, |rnn| {
        rnn.go_backwards(go_backwards)
            .mask(mask)
            .constants(constants)
            .unroll(unroll)
            .input_length(input_length)
    })"],
        ))
    } else {
        None
    }
}

/// The form that follows from the parameters: required ones are arguments, the others setters.
fn ordinary(function: Function) -> Form {
    let all = (function.entry().parameters)();
    let (required, optional): (Vec<&Parameter>, Vec<&Parameter>) =
        all.iter().partition(|parameter| parameter.default.is_none());
    let arguments: Vec<&str> = required.iter().map(|parameter| parameter.name).collect();
    let mut calls = vec![format!("{function}({})", arguments.join(", "))];
    calls.extend(optional.iter().map(|parameter| format!("{0}({0})", parameter.name)));
    let several = SEVERAL.contains(&function);
    if !optional.is_empty() {
        calls.push(if several { "tensors()" } else { "tensor()" }.to_owned());
    }
    let mut parameters: Vec<(&'static str, String)> = Vec::new();
    for parameter in required {
        let kind = match parameter.kind {
            ParameterKind::Tensor => "&Tensor",
            ParameterKind::Optional => "Option<&Tensor>",
            ParameterKind::Tensors => "&[Tensor]",
            ParameterKind::Plain(kind) => kind,
        };
        parameters.push((parameter.name, kind.to_owned()));
    }
    for parameter in optional {
        let kind = match parameter.kind {
            ParameterKind::Tensor | ParameterKind::Optional => "Tensor",
            ParameterKind::Tensors => "Vec<Tensor>",
            ParameterKind::Plain(kind) => kind,
        };
        parameters.push((parameter.name, kind.to_owned()));
    }
    let result = if several { "Vec<Tensor>" } else { "Tensor" };
    Form { parameters, result: result.to_owned(), calls }
}

/// The source text of a function's form.
pub(super) fn form(function: Function) -> String {
    let Form { parameters, result, calls } =
        special(function).unwrap_or_else(|| ordinary(function));
    let parameters: Vec<String> =
        parameters.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    let head = laid_out(&parameters, &result, function);
    let imports = imports(&head);
    let calls = chained(&calls);
    format!("use touchstone::backend::{imports};\n\n{head} {{\n    {calls}\n}}\n")
}

/// The greatest width of a line of source.
const WIDTH: usize = 90;

fn laid_out(parameters: &[String], result: &str, function: Function) -> String {
    let line = format!("fn {function}({}) -> K::Result<{result}>", parameters.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let lines: String = parameters.iter().map(|parameter| format!("    {parameter},\n")).collect();
    format!("fn {function}(\n{lines}) -> K::Result<{result}>")
}

fn chained(calls: &[String]) -> String {
    let line = format!("K::{}", calls.join("."));
    if calls.len() <= 3 && line.len() <= WIDTH {
        return line;
    }
    format!("K::{}", calls.join("\n        ."))
}

/// What a form takes from the API, by the names of types in it.
fn imports(head: &str) -> String {
    let mut names: Vec<&str> = head
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 1 && word.starts_with(char::is_uppercase))
        .filter(|word| !["Option", "Vec", "String", "FnOnce", "Result"].contains(word))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return "{self as K}".into();
    }
    format!("{{self as K, {}}}", names.join(", "))
}
