//! The configuration, before and after a program changes it.

use touchstone_reference::Function;
use touchstone_reference::backend::{self as K, DType, HostTensor, LearningPhase, Tensor};
use touchstone_reference::configuration::{Configuration, with_configuration};

use super::Point;
use super::proof::{Proof, Proven, equal, host, text, variable};

pub(super) const PROOFS: &[Proof] = &[
    (Function::Epsilon, Point::Convention(1), || unless_changed(K::epsilon, 1e-7)),
    (Function::Floatx, Point::Convention(1), || unless_changed(K::floatx, "float32")),
    (Function::ImageDimOrdering, Point::Convention(1), || {
        unless_changed(K::image_dim_ordering, "tf")
    }),
    (Function::SetEpsilon, Point::Convention(1), every_crossentropy_takes_the_new_epsilon),
    (Function::SetFloatx, Point::Convention(1), what_is_there_keeps_its_dtype),
    (Function::CastToFloatx, Point::Convention(1), numbers_are_rounded_to_the_nearest),
    (Function::LearningPhase, Point::Convention(1), the_phase_is_open_unless_set),
    (Function::ClearSession, Point::Convention(1), variables_outlive_the_session),
];

fn unless_changed<T: PartialEq + std::fmt::Debug>(setting: fn() -> T, expected: T) -> Proven {
    with_configuration(Configuration::default(), || equal(setting(), expected))
}

/// Each costs -log(epsilon) where the target has no probability.
fn every_crossentropy_takes_the_new_epsilon() -> Proven {
    let output =
        K::constant(HostTensor::from_vec(&[1, 2], vec![1.0_f32, 0.0]).map_err(|e| e.to_string())?);
    let target =
        K::constant(HostTensor::from_vec(&[1, 2], vec![0.0_f32, 1.0]).map_err(|e| e.to_string())?);
    let class = K::constant(HostTensor::from_vec(&[1], vec![1_i32]).map_err(|e| e.to_string())?);
    with_configuration(Configuration::default(), || {
        for epsilon in [0.25, 0.125] {
            K::set_epsilon(epsilon).map_err(text)?;
            let costs = [
                K::binary_crossentropy(&output, &target).tensor(),
                K::categorical_crossentropy(&output, &target).tensor(),
                K::sparse_categorical_crossentropy(&output, &class).tensor(),
            ];
            for cost in costs {
                let found = cost.and_then(|cost| K::eval(&cost)).map_err(text)?.to_f64s();
                let expected = -epsilon.ln();
                if found.iter().any(|x| (x - expected).abs() > 1e-6) {
                    return Err(format!("epsilon {epsilon} costs {found:?}, expected {expected}"));
                }
            }
        }
        Ok(())
    })
}

fn what_is_there_keeps_its_dtype() -> Proven {
    with_configuration(Configuration::default(), || {
        let made = || -> touchstone_reference::Result<[Tensor; 2]> {
            Ok([K::zeros(&[1]).tensor()?, K::placeholder(&[None]).tensor()?])
        };
        let before = made().map_err(text)?;
        K::set_floatx("float64").map_err(text)?;
        let after = made().map_err(text)?;
        equal(before.each_ref().map(K::dtype), ["float32"; 2])?;
        equal(K::get_value(&before[0]).map_err(text)?.dtype(), DType::Float32)?;
        equal(after.each_ref().map(K::dtype), ["float64"; 2])
    })
}

fn numbers_are_rounded_to_the_nearest() -> Proven {
    // Halfway between two numbers, and a little further.
    let half = f64::from(f32::EPSILON) / 2.0;
    let x = [1.0 + half, 1.0 + 3.0 * half, 1.0 + half * 1.001, 0.1];
    let x = HostTensor::from_vec(&[4], x.to_vec()).map_err(|error| error.to_string())?;
    let rounded = [1.0, 1.0 + 2.0 * f32::EPSILON, 1.0 + f32::EPSILON, 0.1];
    with_configuration(Configuration::default(), || equal(K::cast_to_floatx(&x), host(&rounded)))
}

/// The phase of this thread as it is when a program starts, also after `f`.
fn in_a_new_session(f: impl FnOnce() -> Proven) -> Proven {
    K::clear_session();
    let proven = f();
    K::clear_session();
    proven
}

fn open_phase() -> std::result::Result<Tensor, String> {
    match K::learning_phase().map_err(text)? {
        LearningPhase::Open(phase) => Ok(phase),
        LearningPhase::Fixed(training) => Err(format!("the phase is fixed: {training}")),
    }
}

fn the_phase_is_open_unless_set() -> Proven {
    in_a_new_session(|| {
        let phase = open_phase()?;
        equal((K::is_placeholder(&phase), K::dtype(&phase), K::ndim(&phase)), (true, "uint8", 0))?;
        for (value, training) in [(1, true), (0, false)] {
            K::set_learning_phase(Some(value)).map_err(text)?;
            match K::learning_phase().map_err(text)? {
                LearningPhase::Fixed(found) => equal(found, training)?,
                LearningPhase::Open(_) => return Err(format!("open after it was set to {value}")),
            }
        }
        K::set_learning_phase(None).map_err(text)?;
        open_phase().map(|_| ())
    })
}

fn variables_outlive_the_session() -> Proven {
    in_a_new_session(|| {
        let v = variable(&[1.0, 2.0]);
        let doubled = K::update_add(&v, &v).map_err(text)?;
        let f = K::function(&[], &[], &[doubled]).map_err(text)?;
        K::set_learning_phase(Some(1)).map_err(text)?;
        K::clear_session();
        open_phase()?;
        equal(K::get_value(&v).map_err(text)?, host(&[1.0, 2.0]))?;
        f.call(&[]).map_err(text)?;
        equal(K::get_value(&v).map_err(text)?, host(&[2.0, 4.0]))
    })
}
