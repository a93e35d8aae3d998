//! What the tests share: the engine held against the reference, values and gradients. Every element
//! has to lie within its computed bound.

#![allow(dead_code, reason = "each family uses its part")]

use std::sync::Arc;

use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Error, HostTensor, Result, Tensor};
use touchstone_reference::engine::Engine;
use touchstone_reference::{Function, Label, ReferenceEngine, judging};

pub(crate) fn tch() -> Arc<dyn Engine> {
    Arc::new(touchstone_tch::engine())
}

pub(crate) fn f32s(shape: &[usize], data: &[f64]) -> HostTensor {
    HostTensor::from_f64s(DType::Float32, shape, data).expect("the test's own shape fits")
}

pub(crate) fn f64s(shape: &[usize], data: &[f64]) -> HostTensor {
    HostTensor::from_f64s(DType::Float64, shape, data).expect("the test's own shape fits")
}

pub(crate) fn ints(dtype: DType, shape: &[usize], data: &[i64]) -> HostTensor {
    HostTensor::from_i64s(dtype, shape, data).expect("the test's own shape fits")
}

/// Moderate numbers without a pattern, the same at every run.
pub(crate) fn numbers(count: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * 37 + 11) % 64) as f64 / 16.0 - 1.9).collect()
}

pub(crate) fn fed(inputs: &[HostTensor]) -> Result<Vec<Tensor>> {
    let dims = |host: &HostTensor| host.shape().iter().map(|&n| Some(n)).collect::<Vec<_>>();
    let made = |host: &HostTensor| {
        K::placeholder(&dims(host)).dtype(host.dtype()).sparse(host.is_sparse()).tensor()
    };
    inputs.iter().map(made).collect()
}

/// Results of the engine, and how they compare with the reference's: values, then the gradients
/// of a weighted sum of them by every input of floats.
pub(crate) fn check(
    inputs: &[HostTensor],
    build: impl Fn(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<HostTensor>> {
    let x = fed(inputs)?;
    let mut outputs = build(&x)?;
    let by: Vec<Tensor> =
        x.iter().filter(|t| t.spec().dtype.is_float() && !t.spec().sparse).cloned().collect();
    let mut loss: Option<Tensor> = None;
    for output in outputs.iter().filter(|t| t.spec().dtype.is_float() && !t.spec().sparse) {
        let weighted = match output.spec().shape() {
            Some(shape) => {
                let weights: Vec<f64> =
                    numbers(shape.iter().product()).iter().map(|x| x + 0.3).collect();
                let weights = HostTensor::from_f64s(output.spec().dtype, &shape, &weights)?;
                K::multiply(output, &K::constant(weights))?
            }
            // The values decide on the shape.
            None => K::square(output)?,
        };
        let part = K::cast(&K::sum(&weighted).tensor()?, DType::Float64)?;
        loss = Some(match loss {
            None => part,
            Some(others) => K::add(&others, &part)?,
        });
    }
    if let (Some(loss), false) = (&loss, by.is_empty()) {
        outputs.extend(K::gradients(loss, &by)?);
    }
    let function = K::with_engine(tch(), || K::function(&x, &outputs, &[]))?;
    let found = function.call(inputs)?;
    for (i, (expected, found)) in
        judging::bounds(function.program(), inputs)?.iter().zip(&found).enumerate()
    {
        assert_eq!(expected.spec, found.spec(), "result {i}");
        if let Some(wholes) = &expected.wholes {
            assert_eq!(*wholes, found.to_i64s(), "result {i}");
            continue;
        }
        let elements = expected.values.iter().zip(&expected.bounds).zip(found.to_f64s());
        for (at, ((&value, &bound), found)) in elements.enumerate() {
            let equal = value == found || (value.is_nan() && found.is_nan());
            assert!(
                equal || (value - found).abs() <= bound,
                "result {i}, element {at}: expected {value:e} ± {bound:e}, found {found:e}"
            );
        }
    }
    Ok(found)
}

/// The results of the engine alone.
pub(crate) fn found(
    inputs: &[HostTensor],
    build: impl Fn(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<HostTensor>> {
    let x = fed(inputs)?;
    let outputs = build(&x)?;
    K::with_engine(tch(), || K::function(&x, &outputs, &[]))?.call(inputs)
}

/// Every dtype that the engine carries.
pub(crate) const CARRIED: [DType; 11] = [
    DType::Float16,
    DType::Float32,
    DType::Float64,
    DType::Int8,
    DType::Int16,
    DType::Int32,
    DType::Int64,
    DType::UInt8,
    DType::UInt16,
    DType::UInt32,
    DType::Bool,
];

pub(crate) fn single(found: Result<Tensor>) -> Result<Vec<Tensor>> {
    Ok(vec![found?])
}

/// The refusal's function and label; the same on the engine as in the reference.
pub(crate) fn refused(
    inputs: &[HostTensor],
    build: impl Fn(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Option<(Function, Label)> {
    let on = |engine: Arc<dyn Engine>| {
        let x = fed(inputs)?;
        let outputs = build(&x)?;
        K::with_engine(engine, || K::function(&x, &outputs, &[]))?.call(inputs)
    };
    let label = |found: Result<Vec<HostTensor>>| match found {
        Err(Error::Refused { function, label, .. }) => Some((function, label)),
        Ok(_) | Err(_) => None,
    };
    let found = label(on(tch()));
    assert_eq!(found, label(on(Arc::new(ReferenceEngine))));
    found
}

pub(crate) const NAN: f64 = f64::NAN;
pub(crate) const INF: f64 = f64::INFINITY;

/// A step with two states of different widths and a weight from its surroundings.
pub(crate) fn step(
    weight: &Tensor,
) -> impl FnOnce(&Tensor, &[Tensor]) -> Result<(Tensor, Vec<Tensor>)> {
    let weight = weight.clone();
    move |x, states| {
        let sum = K::add(&K::dot(x, &weight)?, &states[0])?;
        let new = K::tanh(&sum)?;
        let count = K::add(&states[1], &K::sum(&new).axis(-1).keepdims(true).tensor()?)?;
        Ok((K::multiply(&new, &count)?, vec![new, count]))
    }
}
