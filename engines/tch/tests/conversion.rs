//! The same tensor in another form.

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::{CARRIED, INF, NAN, check, f32s, f64s, found, ints, single, tch};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Error, HostTensor, Result};

#[test]
fn every_dtype_becomes_every_other() -> Result<()> {
    // Exact in every type, so that the results are the same to the last bit.
    for from in CARRIED {
        let x = HostTensor::from_f64s(from, &[2, 3], &[0.0, 1.0, 2.0, 3.0, 100.0, 1.0])?;
        for shape in [vec![6], vec![0, 2], vec![]] {
            let count = shape.iter().product();
            let x = HostTensor::from_f64s(from, &shape, &x.to_f64s()[..count])?;
            for to in CARRIED {
                let found = check(std::slice::from_ref(&x), |x| single(K::cast(&x[0], to)))?;
                assert_eq!(found[0], x.cast(to), "{from} to {to}");
            }
        }
    }
    Ok(())
}

#[test]
fn fractions_are_cut_off_and_gradients_pass_between_floats() -> Result<()> {
    for make in [f32s, f64s] {
        let found = check(&[make(&[5], &[1.7, -1.7, 0.1, -0.0, 65.9])], |x| {
            Ok(vec![
                K::cast(&x[0], DType::Int32)?,
                K::cast(&x[0], DType::Bool)?,
                K::cast(&x[0], DType::Float16)?,
                K::cast(&x[0], DType::Float32)?,
                K::cast(&x[0], DType::Float64)?,
                K::cast(&K::cast(&x[0], DType::Int64)?, DType::Float32)?,
            ])
        })?;
        assert_eq!(found[0].to_i64s(), [1, -1, 0, 0, 65]);
        assert_eq!(found[1].to_i64s(), [1, 1, 1, 0, 1]);
    }
    let found = found(&[f32s(&[2], &[NAN, INF])], |x| single(K::cast(&x[0], DType::Bool)))?;
    assert_eq!(found[0].to_i64s(), [1, 1]);
    Ok(())
}

#[test]
fn dtypes_that_are_not_carried_are_unsupported() {
    let cast = found(&[f32s(&[1], &[1.0])], |x| single(K::cast(&x[0], DType::UInt64)));
    let fed = found(&[ints(DType::UInt64, &[1], &[1])], |x| single(K::identity(&x[0])));
    let stored = tch().store(&ints(DType::UInt64, &[1], &[1])).map(|_| Vec::new());
    for found in [cast, fed, stored] {
        assert!(matches!(found, Err(Error::Unsupported { .. })), "{found:?}");
    }
}

#[test]
fn the_same_tensor_and_its_shape() -> Result<()> {
    for dtype in CARRIED {
        for shape in [vec![2, 1, 3], vec![0, 4], vec![]] {
            let count = shape.iter().product();
            let x = HostTensor::from_f64s(dtype, &shape, &[1.0, 0.0, 1.0, 3.0, 2.0, 0.0][..count])?;
            let found = check(std::slice::from_ref(&x), |x| {
                Ok(vec![K::identity(&x[0])?, K::to_dense(&x[0])?, K::shape(&x[0])?])
            })?;
            assert_eq!([&found[0], &found[1]], [&x, &x]);
        }
    }
    let sparse = f32s(&[2, 2], &[0.0, 2.0, 0.0, 0.0]).with_sparse(true);
    let found = check(&[sparse], |x| Ok(vec![K::identity(&x[0])?, K::to_dense(&x[0])?]))?;
    assert_eq!([found[0].is_sparse(), found[1].is_sparse()], [true, false]);
    Ok(())
}

#[test]
fn what_is_printed_and_passes() -> Result<()> {
    let printed = Rc::new(RefCell::new(Vec::new()));
    let lines = printed.clone();
    for dtype in [DType::Float16, DType::Float32, DType::Bool] {
        let x = HostTensor::from_f64s(dtype, &[2], &[1.0, 0.0])?;
        let lines = lines.clone();
        let found = K::with_printer(
            move |line| lines.borrow_mut().push(line.to_owned()),
            || {
                found(std::slice::from_ref(&x), |x| {
                    single(K::print_tensor(&x[0]).message("x = ").tensor())
                })
            },
        )?;
        assert_eq!(found, [x]);
    }
    assert_eq!(*printed.borrow(), ["x = [1.0, 0.0]", "x = [1.0, 0.0]", "x = [true, false]"]);
    check(&[f64s(&[2], &[0.5, -3.0])], |x| single(K::print_tensor(&x[0]).tensor()))?;
    // Of a long one the host gets a part, which reads as the whole.
    for shape in [&[2000][..], &[9, 7, 30], &[7, 7, 7, 7], &[1001, 0], &[2, 8, 3, 100]] {
        let count: usize = shape.iter().product();
        let x = f32s(shape, &(0..count).map(|i| i as f64).collect::<Vec<_>>());
        let lines = printed.clone();
        let printing =
            || found(std::slice::from_ref(&x), |x| single(K::print_tensor(&x[0]).tensor()));
        K::with_printer(move |line| lines.borrow_mut().push(line.to_owned()), printing)?;
        assert_eq!(printed.borrow().last(), Some(&x.to_string()));
    }
    Ok(())
}
