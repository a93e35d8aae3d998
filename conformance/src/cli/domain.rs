//! For which dtypes a function is defined: found by asking its shape inference, which refuses the
//! others with G4.

use touchstone_reference::arguments::{Argument, Arguments};
use touchstone_reference::entry::ParameterKind;
use touchstone_reference::{Call, DType, Function, Label, Spec};

/// The dtypes for which a function is defined. A function of the program itself is no call that
/// could be asked about, and neither is one of a step function: these carry every dtype.
pub(super) fn domain(function: Function) -> Vec<DType> {
    DType::ALL.into_iter().filter(|dtype| !is_refused(function, *dtype)).collect()
}

/// The ranks that are tried: which one a function needs is not known, and some look at the rank
/// before they look at the dtype.
const RANKS: std::ops::RangeInclusive<usize> = 0..=5;

fn is_refused(function: Function, dtype: DType) -> bool {
    RANKS.into_iter().any(|rank| {
        let spec = Spec::known(dtype, &vec![1; rank]);
        let call = arguments(function, &spec).and_then(|items| {
            Call::from_arguments(function, Arguments::new(function, items))?.ok()
        });
        let refusal = call.and_then(|call| call.infer().err());
        refusal.is_some_and(|error| error.label() == Some(Label::G(4)))
    })
}

/// The required arguments, every tensor like `spec`.
fn arguments(function: Function, spec: &Spec) -> Option<Vec<(String, Argument<Spec>)>> {
    let parameters = (function.entry().parameters)();
    let required = parameters.iter().filter(|parameter| parameter.default.is_none());
    required
        .map(|parameter| {
            let argument = match parameter.kind {
                ParameterKind::Tensor | ParameterKind::Optional => Argument::Tensor(spec.clone()),
                ParameterKind::Tensors => Argument::Tensors(vec![spec.clone()]),
                ParameterKind::Plain(kind) => plain(kind)?,
            };
            Some((parameter.name.to_owned(), argument))
        })
        .collect()
}

/// A value of a Rust type that parameters have.
fn plain(kind: &str) -> Option<Argument<Spec>> {
    let ones = |count| Argument::List((0..count).map(|_| Argument::Int(1)).collect());
    match kind {
        "i64" | "Times" | "Scalar" => Some(Argument::Int(1)),
        "DType" => Some(Argument::Text("float32".into())),
        "[i64; 1]" => Some(ones(1)),
        "f64" => Some(Argument::Float(0.5)),
        "Axes" => Some(Argument::Int(0)),
        "Vec<i64>" => Some(Argument::List(vec![Argument::Int(0)])),
        "[i64; 2]" => Some(ones(2)),
        "[i64; 3]" => Some(ones(3)),
        "Vec<Option<i64>>" => Some(ones(1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inference_tells_the_dtypes() {
        let floats = [DType::Float16, DType::Float32, DType::Float64];
        for function in [
            Function::Exp,
            Function::Clip,
            Function::Softmax,
            Function::Conv2d,
            Function::Deconv2d,
            Function::Pool3d,
            Function::NormalizeBatchInTraining,
            Function::CtcBatchCost,
        ] {
            let expected = if function == Function::Clip { &DType::ALL[..11] } else { &floats[..] };
            assert_eq!(domain(function), expected, "{function}");
        }
        for function in [Function::Transpose, Function::Reshape, Function::Variable] {
            assert_eq!(domain(function), DType::ALL, "{function}");
        }
        assert!(!domain(Function::Dot).contains(&DType::Bool));
    }

    #[test]
    fn every_call_can_be_asked_about() {
        let spec = Spec::known(DType::Float32, &[1]);
        for function in Function::ALL {
            if function.is_call() && !function.iterates() {
                assert!(
                    arguments(*function, &spec).is_some(),
                    "{function}: add a value to plain()"
                );
            }
        }
    }
}
