use std::sync::Arc;

use touchstone_reference::engine::Engine;
use touchstone_reference::{DType, ReferenceEngine};

use super::*;

fn reference() -> Arc<dyn Engine> {
    Arc::new(ReferenceEngine)
}

fn tensor(shape: &[usize], data: &[f64]) -> Value {
    Value::Tensor(HostTensor::from_f64s(DType::Float64, shape, data).expect("data for the shape"))
}

fn call(function: Function, args: Vec<(&str, Value)>) -> Call {
    let args = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Call::new(function, DType::Float32, args)
}

fn run(call: &Call, variant: Variant) -> Result<Vec<HostTensor>> {
    within(&reference(), call, || match build(call, variant)? {
        Built::Graph(graph) => graph.run(),
        Built::Values(values) => Ok(values),
        Built::Plain(value) => panic!("{value} is no tensor"),
    })
}

#[test]
fn an_lstm_cuts_its_gates_apart() {
    // One sample, one step, one unit; every gate sees its own number only.
    let rnn = call(
        Function::Rnn,
        vec![
            ("step_function", Value::Named("lstm".into())),
            ("inputs", tensor(&[1, 1, 1], &[0.0])),
            ("initial_states", Value::List(vec![tensor(&[1, 1], &[0.0]), tensor(&[1, 1], &[2.0])])),
            (
                "constants",
                Value::List(vec![
                    tensor(&[1, 4], &[0.0; 4]),
                    tensor(&[1, 4], &[0.0; 4]),
                    tensor(&[4], &[1.0, -1.0, 0.5, 2.0]),
                ]),
            ),
        ],
    );
    let results = run(&rnn, Variant::Only).expect("a well-formed call");
    let hard_sigmoid = |x: f64| (0.2 * x + 0.5).clamp(0.0, 1.0);
    let c = hard_sigmoid(-1.0) * 2.0 + hard_sigmoid(1.0) * 0.5_f64.tanh();
    let h = hard_sigmoid(2.0) * c.tanh();
    let expected = [h, h, h, c];
    for (result, expected) in results.iter().zip(expected) {
        approx::assert_abs_diff_eq!(result.to_f64s()[0], expected, epsilon = 1e-15);
    }
}

#[test]
fn a_phase_that_is_fixed_does_not_stay() {
    let phased = |phase| {
        call(
            Function::InTrainPhase,
            vec![
                ("x", tensor(&[1], &[1.0])),
                ("alt", tensor(&[1], &[2.0])),
                ("learning_phase", Value::Int(phase)),
            ],
        )
    };
    for (phase, expected) in [(1, 1.0), (0, 2.0)] {
        for variant in [Variant::FixedPhase, Variant::OpenPhase] {
            let results = run(&phased(phase), variant).expect("a well-formed call");
            assert_eq!(results[0].to_f64s(), [expected], "{variant:?} {phase}");
        }
    }
    assert!(run(&phased(2), Variant::FixedPhase).is_err());
}

#[test]
fn an_update_is_read_back() {
    let update = call(
        Function::Update,
        vec![("x", tensor(&[2], &[1.0, 2.0])), ("new_x", tensor(&[2], &[3.0, 4.0]))],
    );
    assert_eq!(run(&update, Variant::Only).expect("a well-formed call")[0].to_f64s(), [3.0, 4.0]);
}

#[test]
fn arguments_that_are_not_there_are_refused() {
    let one = || tensor(&[1], &[1.0]);
    let unknown = call(Function::Eval, vec![("x", one()), ("y", one())]);
    assert!(matches!(run(&unknown, Variant::Only), Err(Error::UnknownArgument { .. })));
    let missing = call(Function::Eval, vec![]);
    assert!(matches!(run(&missing, Variant::Only), Err(Error::MissingArgument { .. })));
    let wrong = call(Function::Exp, vec![("x", Value::Text("1".into()))]);
    assert!(matches!(run(&wrong, Variant::Only), Err(Error::Kind { .. })));
    let step = call(
        Function::Rnn,
        vec![
            ("step_function", Value::Named("gru".into())),
            ("inputs", tensor(&[1, 1, 1], &[0.0])),
            ("initial_states", Value::List(vec![])),
        ],
    );
    assert!(matches!(run(&step, Variant::Only), Err(Error::Kind { .. })));
}

#[test]
fn a_variable_is_made_of_nested_lists() {
    let rows = |rows: Vec<Vec<i64>>| {
        Value::List(
            rows.into_iter()
                .map(|row| Value::List(row.into_iter().map(Value::Int).collect()))
                .collect(),
        )
    };
    let even = call(Function::Variable, vec![("value", rows(vec![vec![1, 2, 3], vec![4, 5, 6]]))]);
    let result = run(&even, Variant::Only).expect("a matrix").remove(0);
    assert_eq!((result.shape(), result.dtype()), (&[2, 3][..], DType::Float32));
    let ragged = call(Function::Variable, vec![("value", rows(vec![vec![1, 2], vec![3]]))]);
    assert!(matches!(run(&ragged, Variant::Only), Err(Error::Kind { .. })));
    let deeper = Value::List(vec![Value::Int(1), Value::List(vec![Value::Int(2)])]);
    assert!(run(&call(Function::Variable, vec![("value", deeper)]), Variant::Only).is_err());
}

#[test]
fn double_precision_widens_every_float() {
    let narrow = HostTensor::from_vec(&[1], vec![0.1_f32]).expect("one");
    let whole = HostTensor::from_vec(&[1], vec![0_i32]).expect("one");
    let recorded = call(
        Function::Gather,
        vec![("reference", Value::Tensor(narrow)), ("indices", Value::Tensor(whole))],
    );
    let double = Precision::Double.of(&recorded);
    let result = run(&double, Variant::Only).expect("a well-formed call").remove(0);
    assert_eq!((result.dtype(), result.to_f64s()[0]), (DType::Float64, f64::from(0.1_f32)));
}
