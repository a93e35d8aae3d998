//! The examples learn on every engine, and all engines agree on how.
//!
//! How far two engines may come apart in training is measured, not chosen. An operation that
//! rounds its result does what a small change of its operands would have done: of u of their size,
//! the unit roundoff. A step of training has as many operations one after the other as the longest
//! way through its program, there and back for the gradient: r. So a step on an honest engine is
//! an exact step from weights that are off by r·u of their size, and the loss that it gives is
//! itself off by r·u of its size. What weights that are off do to the losses after them is
//! measured: the reference learns in float64 once as it is, and again from weights each moved up
//! or down by a millionth of its size. With S the greatest change of a loss so far, a millionth
//! taken as one, the loss at step k lies within
//!
//! ```text
//! u · r · (|loss| + (k + 1) · S)
//! ```
//!
//! of the reference's in float64: one such change at each of the k + 1 steps so far. Sums within
//! an operation count as one rounding: their terms' errors have either sign, while those of the
//! chain are added up as if all had one.

#![allow(clippy::print_stdout, reason = "with --nocapture, how much of a bound was used")]

#[path = "../examples/classifier/model.rs"]
mod classifier;
#[path = "../examples/common/mod.rs"]
mod common;
#[path = "../examples/lstm/model.rs"]
mod lstm;
#[path = "../examples/strips/model.rs"]
mod strips;

use std::sync::Arc;

use common::digits;
use common::example::{Example, SEED};
use touchstone::backend as K;
use touchstone::registry::{self, Device};
use touchstone_reference::ReferenceEngine;
use touchstone_reference::engine::Engine;
use touchstone_reference::program::{Operation, Program};

/// How far weights are moved to see what comes of it, as a fraction of their size.
const NUDGE: f64 = 1e-6;

/// How often that is done, each time with other signs.
const NUDGES: i64 = 2;

/// The loss after training, as a fraction of that before, is at most this.
const LEARNT: f64 = 0.8;

/// Dropout draws other numbers on each engine; without it all compute the same.
const NOT_DROPPED: f64 = 0.0;

fn engines() -> Vec<Arc<dyn Engine>> {
    let start = |registered: registry::Registered| (registered.start)(&Device::Cpu);
    registry::engines()
        .into_iter()
        .map(|registered| start(registered).expect("the processor is always there"))
        .collect()
}

/// Samples made of the first digits; the same at every call.
fn samples<E: Example>(count: usize) -> Vec<E::Sample> {
    let (digits, _) = digits::read().expect("the digits are in the program");
    E::samples(&digits[..count], &mut K::Generator::new(Some(SEED)))
}

/// Training on an engine: the loss at each step, from weights moved as `nudge` says.
fn losses<E: Example>(
    engine: Arc<dyn Engine>,
    floatx: &str,
    lesson: &Lesson,
    nudge: Option<i64>,
) -> K::Result<Vec<f64>> {
    K::with_engine(engine, || {
        K::set_floatx(floatx)?;
        let samples = samples::<E>(lesson.digits);
        let example = E::build(NOT_DROPPED)?;
        if let Some(seed) = nudge {
            move_weights(example.weights(), seed)?;
        }
        let losses =
            (0..lesson.steps).map(|_| example.learn(&samples)).collect::<K::Result<Vec<_>>>()?;
        let read: usize = example.score(&samples)?.iter().map(|&(_, of)| of).sum();
        assert!(read >= samples.len(), "{read} of {} samples were read", samples.len());
        Ok(losses)
    })
}

/// Moves each weight up or down by [`NUDGE`] of its size.
fn move_weights(weights: &[K::Tensor], seed: i64) -> K::Result<()> {
    let mut generator = K::Generator::new(Some(seed));
    for weight in weights {
        let value = K::get_value(weight)?;
        let mut moved = |x: f64| x * (1.0 + if generator.uniform() < 0.5 { NUDGE } else { -NUDGE });
        let moved: Vec<f64> = value.to_f64s().into_iter().map(&mut moved).collect();
        K::set_value(weight, &K::HostTensor::from_f64s(value.dtype(), value.shape(), &moved)?)?;
    }
    Ok(())
}

/// What is learnt in a test.
struct Lesson {
    /// Of how many digits.
    digits: usize,
    /// How often.
    steps: usize,
    /// How many columns a sequence has at most.
    times: usize,
}

/// The operations on the longest way through a program, there and back for a gradient. What runs
/// over time counts once for each of `times`.
fn operations(program: &Program, times: usize) -> usize {
    let mut ways: Vec<usize> = Vec::with_capacity(program.nodes.len());
    for node in &program.nodes {
        let before = node.arguments().iter().map(|at| ways[at.node]).max().unwrap_or(0);
        ways.push(match &node.operation {
            Operation::Input(_) | Operation::Variable(_) | Operation::Constant(_) => 0,
            Operation::Operand { .. } => before,
            Operation::Gradients { .. } => 2 * before,
            Operation::Call(K::Call::Rnn(rnn)) => {
                before + times * operations(&rnn.step_function, times)
            }
            Operation::Call(K::Call::CtcBatchCost(_)) => before + times,
            Operation::Call(_) => before + 1,
        });
    }
    ways.into_iter().max().unwrap_or(0)
}

/// The reference's training in float64, and what is measured of it.
struct Course {
    losses: Vec<f64>,
    /// r
    operations: usize,
    /// S at each step.
    sensitivities: Vec<f64>,
}

impl Course {
    fn of<E: Example>(lesson: &Lesson) -> K::Result<Self> {
        let run = |nudge| losses::<E>(Arc::new(ReferenceEngine), "float64", lesson, nudge);
        let exact = run(None)?;
        let mut sensitivities = vec![0.0_f64; lesson.steps];
        for seed in 0..NUDGES {
            for (step, loss) in run(Some(seed))?.into_iter().enumerate() {
                let change = (loss - exact[step]).abs() / NUDGE;
                sensitivities[step] = sensitivities[step].max(change);
            }
        }
        for step in 1..lesson.steps {
            sensitivities[step] = sensitivities[step].max(sensitivities[step - 1]);
        }
        let example = K::with_engine(Arc::new(ReferenceEngine), || E::build(NOT_DROPPED))?;
        let operations = operations(example.training().program(), lesson.times);
        Ok(Course { losses: exact, operations, sensitivities })
    }

    /// How far the loss at a step may lie from the reference's.
    fn bound(&self, step: usize, roundoff: f64) -> f64 {
        let weights = (step + 1) as f64 * self.sensitivities[step];
        roundoff * self.operations as f64 * (self.losses[step].abs() + weights)
    }

    /// The greatest distance from the reference's losses, as a fraction of its bound.
    fn used(&self, losses: &[f64], roundoff: f64) -> f64 {
        assert_eq!(losses.len(), self.losses.len());
        let used = |(step, loss): (usize, &f64)| {
            (loss - self.losses[step]).abs() / self.bound(step, roundoff)
        };
        // A NaN stays one, and is within no bound.
        let greater = |a: f64, b: f64| if a.is_nan() || a >= b { a } else { b };
        losses.iter().enumerate().map(used).fold(0.0, greater)
    }
}

/// The unit roundoff of a float type: half the distance from 1 to the next number.
const ROUNDOFFS: [(&str, f64); 2] =
    [("float32", f32::EPSILON as f64 / 2.0), ("float64", f64::EPSILON / 2.0)];

fn engines_agree<E: Example>(lesson: &Lesson) -> K::Result<()> {
    let course = Course::of::<E>(lesson)?;
    println!("{} operations, losses {:.4?}", course.operations, course.losses);
    for engine in engines() {
        for (floatx, roundoff) in ROUNDOFFS {
            if (engine.name(), floatx) == (ReferenceEngine.name(), "float64") {
                continue; // the course itself
            }
            let what = format!("{} on {} in {floatx}", E::TITLE, engine.name());
            let losses = losses::<E>(engine.clone(), floatx, lesson, None)?;
            let (first, last) = (losses[0], losses[lesson.steps - 1]);
            assert!(last < LEARNT * first, "{what}: the loss goes from {first} to {last}");
            let used = course.used(&losses, roundoff);
            println!("{what}: {used:.4} of the bound");
            assert!(
                used <= 1.0,
                "{what}: {used} of the bound: {losses:?}, not {:?}",
                course.losses
            );
            // Were the bounds so wide that they tell nothing, float32 would pass for float64.
            let as_float64 = course.used(&losses, f64::EPSILON / 2.0);
            assert!(floatx == "float64" || as_float64 > 1.0, "{what} passes for float64");
        }
    }
    Ok(())
}

#[test]
fn the_classifier_learns_alike_on_every_engine() -> K::Result<()> {
    engines_agree::<classifier::Classifier>(&Lesson { digits: 8, steps: 12, times: 1 })
}

#[test]
fn the_lstm_learns_alike_on_every_engine() -> K::Result<()> {
    engines_agree::<lstm::Lstm>(&Lesson { digits: 4, steps: 10, times: 12 })
}

#[test]
fn the_reader_of_strips_learns_alike_on_every_engine() -> K::Result<()> {
    // Four digits, and five gaps of three columns.
    engines_agree::<strips::Strips>(&Lesson { digits: 4, steps: 8, times: 4 * 8 + 5 * 3 })
}

#[test]
fn blank_columns_around_a_digit_change_nothing() -> K::Result<()> {
    let one = samples::<lstm::Lstm>(1).remove(0);
    for engine in engines() {
        let read = |before| {
            let padded = lstm::Padded { before, ..one.clone() };
            lstm::Lstm::build(NOT_DROPPED)?.logits(&[padded])
        };
        let logits =
            K::with_engine(engine.clone(), || (0..=4).map(read).collect::<K::Result<Vec<_>>>())?;
        for (before, row) in logits.iter().enumerate() {
            assert_eq!(row, &logits[0], "{}: {before} blank columns before", engine.name());
        }
    }
    Ok(())
}

#[test]
fn a_strip_is_read_off_its_probabilities() -> K::Result<()> {
    let path = |classes: [usize; 6]| {
        classes.map(|class| (0..=10).map(move |c| [0.05, 0.5][usize::from(c == class)]))
    };
    let paths = [path([3, 3, 10, 3, 7, 7]), path([10, 1, 10, 10, 2, 2])];
    let numbers: Vec<f64> = paths.into_iter().flatten().flatten().collect();
    let probabilities = K::HostTensor::from_vec(&[2, 6, 11], numbers)?;
    let read = strips::decode(&probabilities, &[6, 4])?;
    assert_eq!(read, [vec![3, 3, 7], vec![1]]);
    assert_eq!(strips::edits(&[3, 3, 7], &read[0]), 0);
    assert_eq!(strips::edits(&[1, 2, 5], &read[1]), 2);
    assert_eq!(strips::edits(&[4, 1], &[1, 4]), 2);
    Ok(())
}
