//! Values and gradients against the reference, within its bounds. Conformance proper is the
//! conformance crate's.

#![allow(dead_code, reason = "each test program uses some of it")]

use std::sync::Arc;

use touchstone_reference::backend::{self as K, HostTensor, PlaceholderBuilder, Tensor};
use touchstone_reference::number::with_format;
use touchstone_reference::{DType, Result, judging};

pub(crate) type Build<'a> = &'a dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>;

/// Numbers without a pattern, the same at every run.
pub(crate) fn noise(count: usize, scale: f64, shift: f64) -> Vec<f64> {
    (0..count)
        .map(|i| ((i * i * 7 + i * 13 + 5) % 101) as f64 / 50.5 - 1.0)
        .map(|x| x * scale + shift)
        .collect()
}

pub(crate) fn host(dtype: DType, shape: &[usize], data: &[f64]) -> Result<HostTensor> {
    Ok(HostTensor::from_f64s(dtype, shape, data)?)
}

pub(crate) fn random(dtype: DType, shape: &[usize], shift: f64) -> Result<HostTensor> {
    host(dtype, shape, &noise(shape.iter().product(), 1.0, shift))
}

/// A sum in which every element of every float has a weight of its own.
pub(crate) fn weighted(outputs: &[Tensor]) -> Result<Option<Tensor>> {
    let mut loss: Option<Tensor> = None;
    for output in outputs.iter().filter(|output| output.spec().dtype.is_float()) {
        let shape = output.spec().shape().unwrap_or_default();
        let weights = K::constant(random(output.spec().dtype, &shape, 0.3)?);
        let term = K::sum(&K::multiply(output, &weights)?).tensor()?;
        loss = Some(match loss {
            Some(loss) => K::add(&loss, &term)?,
            None => term,
        });
    }
    Ok(loss)
}

/// With candle as the engine.
pub(crate) fn on_candle<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    K::with_engine(Arc::new(touchstone_candle::engine()), f)
}

/// Values, and gradients of a weighted sum by every float, against the reference.
pub(crate) fn check(aspect: &str, inputs: &[HostTensor], build: Build<'_>) -> Result<()> {
    on_candle(|| {
        let places = inputs
            .iter()
            .map(|input| {
                PlaceholderBuilder::new().shape(&input.spec().dims).dtype(input.dtype()).tensor()
            })
            .collect::<Result<Vec<_>>>()?;
        let mut outputs = build(&places)?;
        let by: Vec<Tensor> =
            places.iter().filter(|place| place.spec().dtype.is_float()).cloned().collect();
        if let Some(loss) = weighted(&outputs)?
            && !by.is_empty()
        {
            outputs.extend(K::gradients(&loss, &by)?);
        }
        let function = K::function(&places, &outputs, &[])?;
        let dtype = by.first().map_or(DType::Float32, |place| place.spec().dtype);
        let expected = with_format(dtype, || judging::bounds(function.program(), inputs))?;
        let found = function.call(inputs)?;
        for (i, (expected, found)) in expected.iter().zip(&found).enumerate() {
            assert_eq!(expected.spec, found.spec(), "{aspect}: dtype and shape of result {i}");
            let elements = expected.values.iter().zip(&expected.bounds).zip(found.to_f64s());
            for (at, ((&value, &bound), found)) in elements.enumerate() {
                let equal = value == found || value.is_nan() && found.is_nan();
                assert!(
                    equal || (value - found).abs() <= bound,
                    "{aspect}: result {i} at {at}: {found}, expected {value} ± {bound}",
                );
            }
        }
        Ok(())
    })
}

/// In float32 and float64.
pub(crate) fn check_both(
    aspect: &str,
    shapes: &[&[usize]],
    shift: f64,
    build: Build<'_>,
) -> Result<()> {
    for dtype in [DType::Float32, DType::Float64] {
        let inputs =
            shapes.iter().map(|shape| random(dtype, shape, shift)).collect::<Result<Vec<_>>>()?;
        check(&format!("{aspect} in {dtype}"), &inputs, build)?;
    }
    Ok(())
}
