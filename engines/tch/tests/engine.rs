//! The engine as a whole: gradients, variables, dtypes, devices.

mod common;

use common::{CARRIED, f32s, f64s, fed, ints, numbers, step, tch};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Error, HostTensor, Result};
use touchstone_reference::engine::Support;
use touchstone_reference::{Function, judging};

#[test]
fn gradients_by_results_that_share_a_tensor() -> Result<()> {
    // y is x itself in libtorch's eyes, but the derivative by y is 1 and by x is 3.
    let x = fed(&[f32s(&[], &[2.0])])?;
    let y = K::reshape(&x[0], Vec::<i64>::new())?;
    let loss = K::add(&y, &K::add(&x[0], &x[0])?)?;
    let mut slopes = K::gradients(&loss, &[x[0].clone(), y, loss.clone()])?;
    slopes.extend(K::gradients(&K::stop_gradient(&loss)?, &x)?);
    let function = K::with_engine(tch(), || K::function(&x, &slopes, &[]))?;
    let found = function.call(&[f32s(&[], &[2.0])])?;
    let found: Vec<f64> = found.iter().flat_map(HostTensor::to_f64s).collect();
    assert_eq!(found, [3.0, 1.0, 1.0, 0.0]);
    Ok(())
}

#[test]
fn variables_are_trained() -> Result<()> {
    K::with_engine(tch(), || {
        let weight = K::variable(&f64s(&[2], &[1.0, -2.0]))?;
        let loss = K::sum(&K::multiply(&weight, &weight)?).tensor()?;
        let slope = K::gradients(&loss, std::slice::from_ref(&weight))?;
        let step = (&slope[0] * 0.25)?;
        let update = K::update_sub(&weight, &step)?;
        let train = K::function(&[], &[loss], &[update])?;
        let losses: Vec<f64> =
            (0..3).map(|_| Ok(train.call(&[])?[0].to_f64s()[0])).collect::<Result<_>>()?;
        assert_eq!(losses, [5.0, 1.25, 0.3125]);
        assert_eq!(K::get_value(&weight)?.to_f64s(), [0.125, -0.25]);
        Ok(())
    })
}

#[test]
fn float16_is_carried() -> Result<()> {
    let halves = |shape: &[usize], data: &[f64]| HostTensor::from_f64s(DType::Float16, shape, data);
    let inputs = [
        halves(&[2, 3, 3], &numbers(18))?,
        halves(&[3, 2], &numbers(6))?,
        halves(&[2, 2], &numbers(4))?,
        halves(&[2, 1], &[0.5, -0.5])?,
        ints(DType::Bool, &[2, 3], &[1, 1, 0, 0, 1, 1]),
    ];
    let x = fed(&inputs)?;
    let mut y = vec![K::exp(&x[0])?, K::mean(&x[0]).tensor()?];
    y.extend(K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| rnn.mask(x[4].clone()))?);
    let function = K::with_engine(tch(), || K::function(&x, &y, &[]))?;
    for (expected, found) in
        judging::bounds(function.program(), &inputs)?.iter().zip(function.call(&inputs)?)
    {
        assert_eq!(expected.spec, found.spec());
        for (i, found) in found.to_f64s().into_iter().enumerate() {
            assert!((expected.values[i] - found).abs() <= expected.bounds[i]);
        }
    }
    Ok(())
}

#[test]
fn every_dtype_is_carried_there_and_back() -> Result<()> {
    let engine = tch();
    for dtype in CARRIED {
        let (least, greatest) = match dtype.range() {
            Some((least, greatest)) => (least as f64, greatest as f64),
            None if dtype == DType::Bool => (0.0, 1.0),
            None => (-dtype.greatest(), dtype.greatest()),
        };
        for shape in [vec![2], vec![2, 1], vec![0, 3]] {
            let count = shape.iter().product();
            let x = HostTensor::from_f64s(dtype, &shape, &[least, greatest][..count])?;
            assert_eq!(engine.load(&engine.store(&x)?)?, x);
        }
        for &function in Function::ALL {
            let support = engine.support(function, dtype);
            assert!(!matches!(support, Support::Unsupported(_)), "{function} of {dtype}");
        }
    }
    for &function in Function::ALL {
        let support = engine.support(function, DType::UInt64);
        assert!(matches!(support, Support::Unsupported(_)), "{function}");
    }
    Ok(())
}

#[test]
fn devices_that_are_not_there_are_an_error() {
    for device in ["", "gpu", "cuda:", "cuda:x", "cuda:7"] {
        assert!(matches!(touchstone_tch::engine_on(device), Err(Error::Engine { .. })), "{device}");
    }
    assert!(touchstone_tch::engine_on("cpu").is_ok());
}

#[test]
fn without_its_cuda_half_libtorch_is_told_what_is_missing() {
    if tch::utils::has_cudart() {
        return;
    }
    let error = touchstone_tch::engine_on("cuda:0").expect_err("libtorch knows no CUDA");
    assert!(error.to_string().contains("libtorch_cuda.so is not loaded"), "{error}");
}
