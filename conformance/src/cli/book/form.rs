//! The Rust form of a function: a function of its parameters that makes the call. It is compiled
//! with the documentation, so a form that no longer fits is a failed test of its page.

use touchstone_reference::Function;
use touchstone_reference::entry::{Parameter, ParameterKind};

/// Calls with several results that have parameters with defaults.
const SEVERAL: &[Function] = &[Function::NormalizeBatchInTraining, Function::CtcDecode];

/// What a form is made of.
struct Form {
    /// Each with its type.
    parameters: Vec<(&'static str, String)>,
    result: String,
    /// The links of the chain of calls, the first of them the function.
    calls: Vec<String>,
}

/// A form that does not follow from the parameters: the function, its parameters, its result
/// (a `K::Result` of it, unless it begins with `=`), and the chain of calls.
type Special =
    (Function, &'static [(&'static str, &'static str)], &'static str, &'static [&'static str]);

const X: (&str, &str) = ("x", "&Tensor");
const SHAPE: (&str, &str) = ("shape", "&[i64]");
const DTYPE: (&str, &str) = ("dtype", "DType");
const NAME: (&str, &str) = ("name", "String");
const SEED: (&str, &str) = ("seed", "i64");
const FOLDED: (&str, &str) = ("f", "impl FnOnce(&Tensor, &Tensor) -> K::Result<Tensor>");

/// Functions of the program itself take and give more than tensors; others take a closure.
const SPECIAL: &[Special] = &[
    (Function::Backend, &[], "String", &["backend()"]),
    (Function::Epsilon, &[], "=f64", &["epsilon()"]),
    (Function::SetEpsilon, &[("e", "f64")], "()", &["set_epsilon(e)"]),
    (Function::Floatx, &[], "=&'static str", &["floatx()"]),
    (Function::SetFloatx, &[("floatx", "&str")], "()", &["set_floatx(floatx)"]),
    (Function::CastToFloatx, &[("x", "&HostTensor")], "=HostTensor", &["cast_to_floatx(x)"]),
    (Function::ImageDimOrdering, &[], "=&'static str", &["image_dim_ordering()"]),
    (
        Function::SetImageDimOrdering,
        &[("dim_ordering", "&str")],
        "()",
        &["set_image_dim_ordering(dim_ordering)"],
    ),
    (Function::LearningPhase, &[], "LearningPhase", &["learning_phase()"]),
    (Function::SetLearningPhase, &[("value", "Option<i64>")], "()", &["set_learning_phase(value)"]),
    (
        Function::Variable,
        &[("value", "&HostTensor"), DTYPE, NAME],
        "Tensor",
        &["VariableBuilder::new(value)", "dtype(dtype)", "name(name)", "tensor()"],
    ),
    (
        Function::Zeros,
        &[SHAPE, DTYPE, NAME],
        "Tensor",
        &["zeros(shape)", "dtype(dtype)", "name(name)", "tensor()"],
    ),
    (
        Function::Ones,
        &[SHAPE, DTYPE, NAME],
        "Tensor",
        &["ones(shape)", "dtype(dtype)", "name(name)", "tensor()"],
    ),
    (
        Function::Eye,
        &[("size", "i64"), DTYPE, NAME],
        "Tensor",
        &["eye(size)", "dtype(dtype)", "name(name)", "tensor()"],
    ),
    (
        Function::RandomUniformVariable,
        &[SHAPE, ("low", "f64"), ("high", "f64"), DTYPE, NAME, SEED],
        "Tensor",
        &[
            "random_uniform_variable(shape, low, high)",
            "dtype(dtype)",
            "name(name)",
            "seed(seed)",
            "tensor()",
        ],
    ),
    (
        Function::RandomNormalVariable,
        &[SHAPE, ("mean", "f64"), ("scale", "f64"), DTYPE, NAME, SEED],
        "Tensor",
        &[
            "random_normal_variable(shape, mean, scale)",
            "dtype(dtype)",
            "name(name)",
            "seed(seed)",
            "tensor()",
        ],
    ),
    (Function::GetValue, &[X], "HostTensor", &["get_value(x)"]),
    (Function::BatchGetValue, &[("xs", "&[Tensor]")], "Vec<HostTensor>", &["batch_get_value(xs)"]),
    (Function::SetValue, &[X, ("value", "&HostTensor")], "()", &["set_value(x, value)"]),
    (
        Function::BatchSetValue,
        &[("tuples", "&[(&Tensor, &HostTensor)]")],
        "()",
        &["batch_set_value(tuples)"],
    ),
    (Function::Update, &[X, ("new_x", "&Tensor")], "Update", &["update(x, new_x)"]),
    (Function::UpdateAdd, &[X, ("increment", "&Tensor")], "Update", &["update_add(x, increment)"]),
    (Function::UpdateSub, &[X, ("decrement", "&Tensor")], "Update", &["update_sub(x, decrement)"]),
    (
        Function::MovingAverageUpdate,
        &[("variable", "&Tensor"), ("value", "&Tensor"), ("momentum", "f64")],
        "Update",
        &["moving_average_update(variable, value, momentum)"],
    ),
    (Function::IsPlaceholder, &[X], "=bool", &["is_placeholder(x)"]),
    (Function::IsSparse, &[("tensor", "&Tensor")], "=bool", &["is_sparse(tensor)"]),
    (Function::IntShape, &[X], "=Vec<Option<usize>>", &["int_shape(x)"]),
    (Function::Ndim, &[X], "=usize", &["ndim(x)"]),
    (Function::Dtype, &[X], "=&'static str", &["dtype(x)"]),
    (Function::GetVariableShape, &[X], "Vec<usize>", &["get_variable_shape(x)"]),
    (Function::CountParams, &[X], "usize", &["count_params(x)"]),
    (
        Function::Placeholder,
        &[("shape", "&[Option<usize>]"), DTYPE, ("sparse", "bool"), NAME],
        "Tensor",
        &["placeholder(shape)", "dtype(dtype)", "sparse(sparse)", "name(name)", "tensor()"],
    ),
    (
        Function::FunctionCall,
        &[("inputs", "&[Tensor]"), ("outputs", "&[Tensor]"), ("updates", "&[Update]")],
        "Callable",
        &["function(inputs, outputs, updates)"],
    ),
    (
        Function::Gradients,
        &[("loss", "&Tensor"), ("variables", "&[Tensor]")],
        "Vec<Tensor>",
        &["gradients(loss, variables)"],
    ),
    (Function::Eval, &[X], "HostTensor", &["eval(x)"]),
    (Function::ClearSession, &[], "=()", &["clear_session()"]),
    (
        Function::CtcLabelDenseToSparse,
        &[("labels", "&Tensor"), ("label_lengths", "&Tensor")],
        "Vec<Tensor>",
        &["ctc_label_dense_to_sparse(labels, label_lengths)"],
    ),
    (
        Function::MapFn,
        &[("f", "impl FnOnce(&Tensor) -> K::Result<Tensor>"), ("elems", "&Tensor")],
        "Tensor",
        &["map_fn(f, elems)"],
    ),
    (
        Function::Foldl,
        &[FOLDED, ("elems", "&Tensor"), ("initializer", "Option<&Tensor>")],
        "Tensor",
        &["foldl(f, elems, initializer)"],
    ),
    (
        Function::Foldr,
        &[FOLDED, ("elems", "&Tensor"), ("initializer", "Option<&Tensor>")],
        "Tensor",
        &["foldr(f, elems, initializer)"],
    ),
    (
        Function::Rnn,
        &[
            (
                "step_function",
                "impl FnOnce(&Tensor, &[Tensor]) -> K::Result<(Tensor, Vec<Tensor>)>",
            ),
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
    ),
];

fn special(function: Function) -> Option<Form> {
    let (_, parameters, result, calls) = SPECIAL.iter().find(|special| special.0 == function)?;
    Some(Form {
        parameters: parameters.iter().map(|(name, kind)| (*name, (*kind).to_owned())).collect(),
        result: result
            .strip_prefix('=')
            .map_or_else(|| format!("K::Result<{result}>"), ToOwned::to_owned),
        calls: calls.iter().map(|call| (*call).to_owned()).collect(),
    })
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
    let result = if several { "K::Result<Vec<Tensor>>" } else { "K::Result<Tensor>" };
    Form { parameters, result: result.to_owned(), calls }
}

/// The source text of a function's form.
pub(in crate::cli) fn form(function: Function) -> String {
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
    let line = format!("fn {function}({}) -> {result}", parameters.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let lines: String = parameters.iter().map(|parameter| format!("    {parameter},\n")).collect();
    format!("fn {function}(\n{lines}) -> {result}")
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
