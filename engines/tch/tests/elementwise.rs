//! Functions of one element, and of two.

mod common;

use common::{CARRIED, INF, NAN, check, f32s, f64s, fed, found, ints, single, tch};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, DataFormat, HostTensor, Result, Tensor};

#[test]
fn elementwise_values_and_gradients() -> Result<()> {
    let x = [0.3, 1.7, -2.5, 40.0, 0.02];
    for make in [f32s, f64s] {
        check(&[make(&[5], &x)], |x| {
            Ok(vec![
                K::exp(&x[0])?,
                K::tanh(&x[0])?,
                K::sigmoid(&x[0])?,
                K::softplus(&x[0])?,
                K::clip(&x[0], -1.0, 1.5)?,
                K::relu(&x[0]).alpha(0.1).max_value(1.0).tensor()?,
                K::pow(&x[0], 3.0)?,
                K::round(&x[0])?,
            ])
        })?;
    }
    // float64 tells softplus(25) from 25.
    let found = check(&[f64s(&[1], &[25.0])], |x| single(K::softplus(&x[0])))?;
    assert!(found[0].to_f64s()[0] > 25.0);
    Ok(())
}

#[test]
fn elementwise_special_points() -> Result<()> {
    let special = f32s(&[6], &[0.0, -4.0, INF, -INF, NAN, 4.0]);
    let value = |build: fn(&Tensor) -> Result<Tensor>| -> Result<Vec<f64>> {
        let x = fed(std::slice::from_ref(&special))?;
        let y = build(&x[0])?;
        let function = K::with_engine(tch(), || K::function(&x, &[y], &[]))?;
        Ok(function.call(std::slice::from_ref(&special))?[0].to_f64s())
    };
    let shown = |x: Vec<f64>| format!("{x:?}");
    assert_eq!(shown(value(K::sqrt)?), "[0.0, 0.0, inf, 0.0, NaN, 2.0]");
    assert_eq!(shown(value(|x| K::pow(x, 0.5))?), "[0.0, NaN, inf, inf, NaN, 2.0]");
    assert_eq!(shown(value(|x| K::pow(x, 0.0))?), "[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]");
    assert_eq!(shown(value(|x| K::clip(x, 3.0, 2.0))?), "[3.0, 3.0, 3.0, 3.0, NaN, 3.0]");
    assert_eq!(shown(value(|x| K::relu(x).tensor())?), "[0.0, 0.0, inf, 0.0, NaN, 4.0]");
    assert_eq!(shown(value(|x| K::maximum(x, x))?), "[0.0, -4.0, inf, -inf, NaN, 4.0]");
    assert_eq!(shown(value(K::sign)?), "[0.0, -1.0, 1.0, -1.0, NaN, 1.0]");
    // The gradient of the root is 0 below 0, and finite at 0 also where the cotangent is 0.
    let x = fed(&[f32s(&[2], &[0.0, -1.0])])?;
    let root = K::multiply(&K::sqrt(&x[0])?, &K::constant(f32s(&[2], &[0.0, 1.0])))?;
    let slope = K::gradients(&K::sum(&root).tensor()?, &x)?;
    let function = K::with_engine(tch(), || K::function(&x, &slope, &[]))?;
    assert_eq!(function.call(&[f32s(&[2], &[0.0, -1.0])])?[0].to_f64s(), [0.0, 0.0]);
    // Integers: limits that the type cannot hold, exponents that it cannot hold.
    let whole = ints(DType::UInt8, &[3], &[0, 1, 250]);
    let found = check(&[whole], |x| single(K::clip(&x[0], -1.5, 1e9)))?;
    assert_eq!(found[0].to_i64s(), [0, 1, 250]);
    let found = check(&[ints(DType::Int8, &[3], &[0, 1, -1])], |x| single(K::pow(&x[0], 200.0)))?;
    assert_eq!(found[0].to_i64s(), [0, 1, 1]);
    Ok(())
}

#[test]
fn logarithms_and_powers_beside_one() -> Result<()> {
    let near = [1e-20, -1e-20, 1e-9, -3e-5, 0.0, -0.0, 0.4, -0.6, 7.0, -0.999, 80.0];
    let far = [-20.0, -90.0, -700.0, -INF, 85.0];
    for make in [f32s, f64s] {
        check(&[make(&[11], &near)], |x| single(K::log1p(&x[0])))?;
        for x in [&near[..], &far] {
            check(&[make(&[x.len()], x)], |x| single(K::expm1(&x[0])))?;
        }
        check(&[make(&[0, 2], &[])], |x| Ok(vec![K::log1p(&x[0])?, K::expm1(&x[0])?]))?;
        let special = [make(&[5], &[-1.0, -2.0, INF, -INF, NAN])];
        let found = found(&special, |x| Ok(vec![K::log1p(&x[0])?, K::expm1(&x[0])?]))?;
        assert_eq!(format!("{:?}", found[0].to_f64s()), "[-inf, NaN, inf, NaN, NaN]");
        assert_eq!(format!("{:?}", &found[1].to_f64s()[2..]), "[inf, -1.0, NaN]");
    }
    Ok(())
}

#[test]
fn one_number_a_channel() -> Result<()> {
    for dtype in CARRIED.into_iter().filter(|&dtype| dtype != DType::Bool) {
        for shape in [vec![2, 3], vec![2, 3, 3], vec![0, 3, 1, 3], vec![2, 0]] {
            for format in [DataFormat::ChannelsFirst, DataFormat::ChannelsLast] {
                let x = HostTensor::filled(dtype, &shape, 2.0)?;
                let bias =
                    HostTensor::from_f64s(dtype, &shape[1..2], &[1.0, 2.0, 3.0][..shape[1]])?;
                check(&[x, bias], |x| {
                    single(K::bias_add(&x[0], &x[1]).data_format(format).tensor())
                })?;
            }
        }
    }
    Ok(())
}
