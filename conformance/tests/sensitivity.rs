//! Proof that the judge can fail: engines with one planted fault each must go red, with the right
//! function and the right aspect, and an honest engine must not.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use touchstone::golden::{Case, Golden};
use touchstone::runner::Runner;
use touchstone_reference::engine::{Engine, Prepared, Stored, Support};
use touchstone_reference::program::{Operation, Program};
use touchstone_reference::{DType, Function, HostTensor, ReferenceEngine, Result};
use touchstone_reports::{CaseRecord, Outcome, RunRecord};

/// What is done to a program before it runs, and to its results after.
type Sabotage = fn(&Program, Vec<HostTensor>) -> Vec<HostTensor>;

/// The reference engine with a fault, under another name: it is held against the reference only,
/// as any engine is.
struct Faulty {
    inner: ReferenceEngine,
    sabotage: Sabotage,
}

impl Engine for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }
    fn version(&self) -> String {
        "0".into()
    }
    fn device(&self) -> String {
        "cpu".into()
    }
    fn support(&self, function: Function, dtype: DType) -> Support {
        self.inner.support(function, dtype)
    }
    fn store(&self, value: &HostTensor) -> Result<Stored> {
        self.inner.store(value)
    }
    fn load(&self, stored: &Stored) -> Result<HostTensor> {
        self.inner.load(stored)
    }
    fn prepare(&self, program: Arc<Program>) -> Result<Box<dyn Prepared>> {
        // The reference engine refuses variables of an engine of another name.
        let mut own = (*program).clone();
        for variable in &mut own.variables {
            let inner: Arc<dyn Engine> = Arc::new(self.inner);
            let copy =
                touchstone_reference::engine::Variable::new(inner, &variable.value()?, None)?;
            *variable = Arc::new(copy);
        }
        let outer = program.variables.clone();
        let own = Arc::new(own);
        let prepared = self.inner.prepare(own.clone())?;
        Ok(Box::new(FaultyProgram { prepared, own, outer, sabotage: self.sabotage }))
    }
}

struct FaultyProgram {
    prepared: Box<dyn Prepared>,
    own: Arc<Program>,
    outer: Vec<Arc<touchstone_reference::engine::Variable>>,
    sabotage: Sabotage,
}

impl Prepared for FaultyProgram {
    fn run(&self, inputs: &[HostTensor]) -> Result<Vec<HostTensor>> {
        let results = self.prepared.run(inputs)?;
        for (inner, outer) in self.own.variables.iter().zip(&self.outer) {
            outer.set_value(&inner.value()?)?;
        }
        Ok((self.sabotage)(&self.own, results))
    }
}

fn golden() -> &'static Golden {
    static GOLDEN: OnceLock<Golden> = OnceLock::new();
    GOLDEN.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        Golden::load(&[folder]).expect("the project's own cases are well-formed")
    })
}

fn cases(functions: &[Function]) -> Vec<Arc<Case>> {
    let wanted = |case: &&Arc<Case>| functions.contains(&case.call.function);
    golden().cases.iter().filter(wanted).cloned().collect()
}

fn run(functions: &[Function], sabotage: Sabotage) -> RunRecord {
    let engine: Arc<dyn Engine> = Arc::new(Faulty { inner: ReferenceEngine, sabotage });
    let runner = Runner::new(vec![engine]);
    let judged = runner.run(&cases(functions), || {});
    let records: Vec<CaseRecord> = judged.iter().flat_map(|j| runner.records(j)).collect();
    RunRecord::new("0", 0, runner.engine_records(), vec![], records)
}

/// What went red: functions and aspects, each once.
fn red(run: &RunRecord) -> Vec<(String, String)> {
    let mut red: Vec<_> =
        run.failures().map(|case| (case.function.clone(), case.aspect.clone())).collect();
    red.sort();
    red.dedup();
    red
}

fn pair(function: &str, aspect: &str) -> (String, String) {
    (function.to_owned(), aspect.to_owned())
}

fn is_gradient(program: &Program) -> bool {
    program.nodes.iter().any(|node| matches!(node.operation, Operation::Gradients { .. }))
}

fn calls(program: &Program, function: Function) -> bool {
    program
        .nodes
        .iter()
        .any(|node| matches!(&node.operation, Operation::Call(call) if call.function() == function))
}

/// The tensor with its numbers changed, where it holds floats.
fn changed(tensor: &HostTensor, change: impl Fn(usize, f64) -> f64) -> HostTensor {
    if !tensor.dtype().is_float() {
        return tensor.clone();
    }
    let numbers: Vec<f64> =
        tensor.to_f64s().into_iter().enumerate().map(|(i, x)| change(i, x)).collect();
    HostTensor::from_f64s(tensor.dtype(), tensor.shape(), &numbers).expect("the shape is its own")
}

#[test]
fn an_honest_engine_conforms() {
    let run = run(Function::ALL, |_, results| results);
    let failures: Vec<_> = run
        .failures()
        // A line on which the reference itself is wrong is the reference's, not the engine's.
        .filter(|case| case.outcome != Outcome::WrongAcceptance)
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(run.count("faulty", Outcome::Pass) > 8000, "{:?}", run.totals);
    let vacuous: Vec<_> = run.cases.iter().filter(|c| c.outcome == Outcome::Vacuous).collect();
    assert!(!run.too_vacuous("faulty"), "{} {vacuous:#?}", vacuous.len());
}

#[test]
fn a_sign_swapped_in_one_element_is_found() {
    let run = run(&[Function::Tanh, Function::Exp], |program, mut results| {
        if calls(program, Function::Tanh) && !is_gradient(program) {
            results[0] = changed(&results[0], |i, x| if i == 0 { -x } else { x });
        }
        results
    });
    assert_eq!(red(&run), [pair("tanh", "value")]);
}

#[test]
fn another_dtype_is_found() {
    let run = run(&[Function::Sum, Function::Relu], |program, mut results| {
        if calls(program, Function::Relu) && !is_gradient(program) {
            results[0] = results[0].cast(DType::Float64);
        }
        results
    });
    assert_eq!(red(&run), [pair("relu", "dtype")]);
}

#[test]
fn another_shape_is_found() {
    let run = run(&[Function::Mean], |program, mut results| {
        if !is_gradient(program) {
            let mut shape = results[0].shape().to_vec();
            shape.push(1);
            let numbers = results[0].to_f64s();
            results[0] = HostTensor::from_f64s(results[0].dtype(), &shape, &numbers)
                .expect("the same count");
        }
        results
    });
    assert_eq!(red(&run), [pair("mean", "shape"), pair("mean", "value")]);
}

#[test]
fn a_gradient_a_thousandth_too_large_is_found() {
    let run = run(&[Function::Dot, Function::Softmax], |program, results| {
        let at_fault = is_gradient(program) && calls(program, Function::Softmax);
        let scale = |tensor: &HostTensor| changed(tensor, |_, x| x * 1.001);
        if at_fault { results.iter().map(scale).collect() } else { results }
    });
    assert_eq!(red(&run), [pair("softmax", "gradient")]);
}

#[test]
fn the_sign_of_zero_is_found_where_data_only_moves() {
    let run = run(&[Function::TemporalPadding, Function::Relu], |program, results| {
        let flip = |tensor: &HostTensor| changed(tensor, |_, x| if x == 0.0 { -x } else { x });
        if is_gradient(program) { results } else { results.iter().map(flip).collect() }
    });
    assert_eq!(red(&run), [pair("temporal_padding", "value")]);
}

#[test]
fn a_fault_of_a_few_units_in_the_last_place_is_found() {
    let run = run(&[Function::Sum, Function::Add, Function::Sqrt], |program, results| {
        let off =
            |tensor: &HostTensor| changed(tensor, |i, x| if i == 0 { x * (1.0 + 1e-6) } else { x });
        let at_fault = calls(program, Function::Sqrt) && !is_gradient(program);
        if at_fault { results.iter().map(off).collect() } else { results }
    });
    assert_eq!(red(&run), [pair("sqrt", "value")]);
}

#[test]
fn a_dropout_that_keeps_too_much_is_found() {
    let run = run(&[Function::Dropout], |program, mut results| {
        if calls(program, Function::Dropout) {
            let kept = results[0].to_f64s().into_iter().find(|x| *x != 0.0);
            if let Some(kept) = kept {
                results[0] = changed(&results[0], |_, _| kept);
            }
        }
        results
    });
    assert_eq!(red(&run), [pair("dropout", "value")]);
}

#[test]
fn a_mask_that_is_dropped_is_found() {
    // The fault is in the program: it runs as if there were no mask.
    struct Maskless;

    impl Engine for Maskless {
        fn name(&self) -> &str {
            "maskless"
        }
        fn version(&self) -> String {
            "0".into()
        }
        fn device(&self) -> String {
            "cpu".into()
        }
        fn support(&self, _: Function, _: DType) -> Support {
            Support::Native
        }
        fn store(&self, value: &HostTensor) -> Result<Stored> {
            ReferenceEngine.store(value)
        }
        fn load(&self, stored: &Stored) -> Result<HostTensor> {
            ReferenceEngine.load(stored)
        }
        fn prepare(&self, program: Arc<Program>) -> Result<Box<dyn Prepared>> {
            let mut program = (*program).clone();
            for node in &mut program.nodes {
                if let Operation::Call(touchstone_reference::Call::Rnn(rnn)) = &mut node.operation {
                    rnn.mask = None;
                }
            }
            ReferenceEngine.prepare(Arc::new(program))
        }
    }

    let runner = Runner::new(vec![Arc::new(Maskless)]);
    let judged = runner.run(&cases(&[Function::Rnn]), || {});
    let records: Vec<CaseRecord> = judged.iter().flat_map(|j| runner.records(j)).collect();
    let run = RunRecord::new("0", 0, runner.engine_records(), vec![], records);
    let red = red(&run);
    assert!(
        red.contains(&pair("rnn", "value")) && red.contains(&pair("rnn", "gradient")),
        "{red:?}"
    );
    for case in run.failures().filter(|case| case.aspect == "value") {
        let golden = golden().case(&case.case).expect("a failure is of a case");
        assert!(golden.call.argument("mask").is_some(), "{} has no mask", case.case);
    }
}

#[test]
fn an_engine_that_panics_is_lost_and_the_run_goes_on() {
    let run = run(&[Function::Exp, Function::Log], |program, results| {
        assert!(!calls(program, Function::Log), "planted");
        results
    });
    assert!(run.cases.iter().any(|case| case.function == "log" && case.outcome == Outcome::Lost));
    assert!(run.cases.iter().all(|case| case.function == "log" || case.outcome == Outcome::Pass));
}

#[test]
fn an_engine_that_answers_differently_each_time_is_found() {
    use std::sync::atomic::{AtomicBool, Ordering};
    static ODD: AtomicBool = AtomicBool::new(false);
    let run = run(&[Function::Exp], |program, results| {
        let odd = !is_gradient(program) && ODD.fetch_xor(true, Ordering::SeqCst);
        let off = |tensor: &HostTensor| changed(tensor, |_, x| x * 1.01);
        if odd { results.iter().map(off).collect() } else { results }
    });
    assert!(run.failures().any(|case| case.outcome == Outcome::NonDeterministic));
}
