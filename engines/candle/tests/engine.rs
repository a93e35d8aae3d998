//! What the engine holds, refuses and records.

mod common;

use std::sync::Arc;

use touchstone_reference::backend::{self as K, HostTensor};
use touchstone_reference::{DType, Function, Label, Result};

use common::{check, host, random};

#[test]
fn candle_other_dtypes() -> Result<()> {
    for dtype in [DType::Int8, DType::Int32, DType::Int64, DType::UInt8, DType::UInt16] {
        let a = host(dtype, &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 5.0])?;
        check(dtype.name(), &[a, host(dtype, &[3], &[1.0, 2.0, 2.0])?], &|x| {
            Ok(vec![
                K::subtract(&x[0], &x[1])?,
                K::maximum(&x[0], &x[1])?,
                K::pow(&x[0], 3.0)?,
                K::relu(&x[0]).max_value(4.0).tensor()?,
                K::sum(&x[0]).axis(0).tensor()?,
                K::prod(&x[1]).tensor()?,
                K::cumsum(&x[0]).axis(1).tensor()?,
                K::cumprod(&x[1]).tensor()?,
                K::square(&x[0])?,
                K::abs(&x[0])?,
                K::sign(&x[0])?,
                K::minimum(&x[0], &x[1])?,
                K::min(&x[0]).axis(1).tensor()?,
                K::argmin(&x[0]).tensor()?,
                K::all(&x[0]).axis(0).tensor()?,
                K::tile(&x[1], [2])?,
                K::reverse(&x[0], 1)?,
                K::mean(&x[0]).axis(0).tensor()?,
                K::var(&x[0]).axis(0).tensor()?,
                K::dot(&x[0], &x[1])?,
                K::equal(&x[0], &x[1])?,
            ])
        })?;
    }
    let half = [random(DType::Float16, &[3, 4], 0.2)?];
    check("float16", &half, &|x| {
        let x = K::stop_gradient(&x[0])?;
        Ok(vec![
            K::softmax(&x)?,
            K::relu(&x).alpha(0.1).tensor()?,
            K::elu(&x).alpha(0.1).tensor()?,
            K::prod(&x).axis(0).tensor()?,
            K::l2_normalize(&K::subtract(&x, &x)?, 1)?,
            K::dot(&x, &K::transpose(&x)?)?,
        ])
    })
}

#[test]
fn candle_refusals_are_typed() -> Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        let table = K::constant(random(DType::Float32, &[3, 2], 0.0)?);
        for index in [3.0, -1.0] {
            let rows = K::constant(host(DType::Int64, &[1], &[index])?);
            let refused = K::eval(&K::gather(&table, &rows)?).err();
            assert_eq!(refused.and_then(|error| error.label()), Some(Label::C(2)), "index {index}");
        }
        for class in [2.0, -1.0] {
            let classes = K::constant(host(DType::Int64, &[3], &[0.0, class, 1.0])?);
            let loss = K::sparse_categorical_crossentropy(&table, &classes).tensor()?;
            let refused = K::eval(&loss).err();
            assert_eq!(refused.and_then(|error| error.label()), Some(Label::C(3)), "class {class}");
        }
        let whole = |data: &[f64]| host(DType::Int32, &[1, data.len()], data).map(K::constant);
        let probabilities = K::constant(random(DType::Float32, &[1, 2, 3], 1.1)?);
        for (label, times, length, expected) in
            [(0.0, 3.0, 1.0, 5), (0.0, 2.0, 2.0, 6), (2.0, 2.0, 1.0, 7)]
        {
            let cost = K::ctc_batch_cost(
                &whole(&[label])?,
                &probabilities,
                &whole(&[times])?,
                &whole(&[length])?,
            )?;
            assert_eq!(
                K::eval(&cost).err().and_then(|error| error.label()),
                Some(Label::C(expected))
            );
        }
        Ok(())
    })
}

#[test]
fn candle_gradients_by_intermediates_and_variables() -> Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        let x = K::placeholder(&[Some(2)]).tensor()?;
        let y = K::exp(&x)?;
        let loss = K::sum(&K::multiply(&y, &y)?).tensor()?;
        let other = K::sum(&y).tensor()?;
        let mut all = K::gradients(&loss, &[y.clone(), x.clone(), loss.clone()])?;
        all.extend(K::gradients(&other, &[y, x.clone()])?);
        let zeros = host(DType::Float32, &[2], &[0.0, 0.0])?;
        let found: Vec<Vec<f64>> =
            K::function(&[x], &all, &[])?.call(&[zeros])?.iter().map(HostTensor::to_f64s).collect();
        assert_eq!(
            found,
            [vec![2.0, 2.0], vec![2.0, 2.0], vec![1.0], vec![1.0, 1.0], vec![1.0, 1.0]]
        );
        // A step of descent, again and again: x ← x - 0.5·∂(x²)/∂(x) halves nothing, it is 0 at once.
        let weight = K::variable(&host(DType::Float32, &[1], &[3.0])?)?;
        let loss = K::sum(&K::multiply(&weight, &weight)?).tensor()?;
        let quarter = K::multiply(
            &K::gradients(&loss, std::slice::from_ref(&weight))?[0],
            &K::constant(HostTensor::scalar(0.25_f32)),
        )?;
        let train = K::function(&[], &[loss], &[K::update_sub(&weight, &quarter)?])?;
        for _ in 0..4 {
            train.call(&[])?;
        }
        assert_eq!(K::get_value(&weight)?.to_f64s(), [3.0 / 16.0]);
        Ok(())
    })
}

#[test]
fn candle_says_what_it_cannot_hold() {
    use touchstone_reference::engine::{Engine, Support};
    let engine = touchstone_candle::engine();
    for &function in Function::ALL {
        assert!(
            matches!(engine.support(function, DType::UInt64), Support::Unsupported(_)),
            "{function}"
        );
    }
    assert_eq!(engine.support(Function::Exp, DType::Float32), Support::Native);
    let pinned = engine.version().replace("candle-core ", "candle-core = \"");
    assert!(include_str!("../Cargo.toml").contains(&pinned), "the version that the manifest pins");
    assert!(touchstone_candle::engine_on("cpu").is_ok());
    assert!(touchstone_candle::engine_on("tpu:0").is_err());
}
