//! map_fn, foldl, foldr.

mod common;

use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::{DType, Label, Result};

use common::{check, check_both, host, on_candle, random};

#[test]
fn candle_maps_and_folds() -> Result<()> {
    let build = |x: &[Tensor]| {
        let scaled = |element: &Tensor| K::multiply(&K::square(element)?, &x[1]);
        let mixed = |accumulator: &Tensor, element: &Tensor| {
            K::subtract(&K::multiply(accumulator, &x[1])?, element)
        };
        Ok(vec![
            K::map_fn(scaled, &x[0])?,
            K::map_fn(|element| K::sum(element).tensor(), &x[0])?,
            K::foldl(mixed, &x[0], None)?,
            K::foldr(mixed, &x[0], None)?,
            K::foldl(mixed, &x[0], Some(&x[2]))?,
            K::foldr(mixed, &x[0], Some(&x[2]))?,
        ])
    };
    check_both("matrices", &[&[4, 2, 3], &[3], &[2, 3]], 0.0, &build)?;
    check_both("numbers", &[&[5], &[], &[]], 0.0, &build)?;
    check_both("one", &[&[1, 2], &[2], &[2]], 0.0, &build)?;
    check_both("empty elements", &[&[3, 0], &[], &[0]], 0.0, &build)?;
    for dtype in [DType::Int8, DType::Int64, DType::UInt16, DType::Float16] {
        let inputs = [host(dtype, &[3], &[3.0, 1.0, 2.0])?, host(dtype, &[], &[2.0])?];
        check(dtype.name(), &inputs, &|x| {
            let x = [K::stop_gradient(&x[0])?, K::stop_gradient(&x[1])?];
            let sum = |accumulator: &Tensor, element: &Tensor| K::add(accumulator, element);
            Ok(vec![
                K::map_fn(|element| K::add(element, &x[1]), &x[0])?,
                K::map_fn(|element| K::greater(element, &x[1]), &x[0])?,
                K::foldl(sum, &x[0], None)?,
                K::foldr(sum, &x[0], Some(&x[1]))?,
            ])
        })?;
    }
    check("bool", &[host(DType::Bool, &[3], &[1.0, 0.0, 1.0])?], &|x| {
        let differ = |accumulator: &Tensor, element: &Tensor| K::not_equal(accumulator, element);
        Ok(vec![K::map_fn(K::identity, &x[0])?, K::foldl(differ, &x[0], None)?])
    })
}

#[test]
fn candle_maps_and_folds_nothing() -> Result<()> {
    check_both("nothing", &[&[0, 2], &[2]], 0.0, &|x| {
        let sum = |accumulator: &Tensor, element: &Tensor| K::add(accumulator, element);
        Ok(vec![
            K::map_fn(K::exp, &x[0])?,
            K::map_fn(|element| K::argmax(element).tensor(), &x[0])?,
            K::foldl(sum, &x[0], Some(&x[1]))?,
            K::foldr(sum, &x[0], Some(&x[1]))?,
        ])
    })?;
    let elems = K::placeholder(&[None, Some(2)]).tensor()?;
    let sum = K::foldl(|a: &Tensor, b: &Tensor| K::add(a, b), &elems, None)?;
    let refused = on_candle(|| {
        K::function(&[elems], &[sum], &[])?.call(&[random(DType::Float32, &[0, 2], 0.0)?])
    });
    assert_eq!(refused.err().and_then(|error| error.label()), Some(Label::C(4)));
    Ok(())
}

#[test]
fn candle_folds_refuse_within() -> Result<()> {
    let indices = K::constant(host(DType::Int32, &[3, 1], &[0.0, 5.0, 1.0])?);
    let table = K::constant(random(DType::Float32, &[2, 0], 0.0)?);
    let refused = on_candle(|| K::eval(&K::map_fn(|at| K::gather(&table, at), &indices)?));
    assert_eq!(refused.err().and_then(|error| error.label()), Some(Label::C(2)));
    Ok(())
}
