//! A function iterated over the first axis.

mod common;

use common::{CARRIED, check, f32s, f64s, numbers};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{HostTensor, Result};

#[test]
fn functions_of_every_element() -> Result<()> {
    for make in [f32s, f64s] {
        for count in [0, 1, 4] {
            let given = [
                make(&[count, 2], &numbers(2 * count)),
                make(&[2], &[0.5, -1.5]),
                make(&[], &[2.0]),
            ];
            check(&given, |x| {
                let weight = x[1].clone();
                let square = K::map_fn(K::square, &x[0])?;
                let total = K::map_fn(|x| K::dot(x, &weight), &x[0])?;
                let left =
                    K::foldl(|a, x| K::subtract(&K::multiply(a, &weight)?, x), &x[0], Some(&x[1]))?;
                let right =
                    K::foldr(|a, x| K::subtract(&K::multiply(a, &weight)?, x), &x[0], Some(&x[1]))?;
                let scalar = K::foldl(|a, x| K::add(a, &K::sum(x).tensor()?), &x[0], Some(&x[2]))?;
                Ok(vec![square, total, left, right, scalar])
            })?;
        }
        check(&[make(&[4, 2], &numbers(8))], |x| {
            Ok(vec![
                K::foldl(K::multiply, &x[0], None)?,
                K::foldr(K::subtract, &x[0], None)?,
                K::map_fn(K::identity, &x[0])?,
            ])
        })?;
    }
    Ok(())
}

#[test]
fn elements_of_every_dtype() -> Result<()> {
    for dtype in CARRIED {
        for shape in [vec![3], vec![2, 3], vec![0, 2], vec![2, 0]] {
            let x = HostTensor::filled(dtype, &shape, 1.0)?;
            let start = HostTensor::filled(dtype, &shape[1..], 1.0)?;
            check(&[x, start], |x| {
                Ok(vec![
                    K::map_fn(K::identity, &x[0])?,
                    K::map_fn(|x| K::equal(x, x), &x[0])?,
                    K::foldl(|_, x| K::identity(x), &x[0], Some(&x[1]))?,
                    K::foldr(|a, _| K::identity(a), &x[0], Some(&x[1]))?,
                ])
            })?;
        }
    }
    Ok(())
}

#[test]
fn order_and_nesting() -> Result<()> {
    let x = f64s(&[3], &[1.0, 2.0, 10.0]);
    let found = check(&[x, f64s(&[2, 3], &numbers(6))], |x| {
        let rows = x[1].clone();
        Ok(vec![
            K::foldl(K::subtract, &x[0], None)?,
            K::foldr(K::subtract, &x[0], None)?,
            // A fold within a function of each row, which uses what surrounds both.
            K::map_fn(
                |row| {
                    K::foldl(|a, x| K::add(a, &K::multiply(x, &K::sum(row).tensor()?)?), row, None)
                },
                &rows,
            )?,
        ])
    })?;
    assert_eq!([found[0].to_f64s()[0], found[1].to_f64s()[0]], [-11.0, 7.0]);
    Ok(())
}
