//! Reductions and positions.

mod common;

use common::{INF, NAN, check, f32s, f64s, ints, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{Axes, DType, Result};

#[test]
fn reductions_of_little_and_of_nothing() -> Result<()> {
    for make in [f32s, f64s] {
        check(&[make(&[2, 3, 4], &numbers(24))], |x| {
            Ok(vec![
                K::sum(&x[0]).axis([-1, 0]).keepdims(true).tensor()?,
                K::max(&x[0]).axis(1).tensor()?,
                K::mean(&x[0]).axis([0, 2]).tensor()?,
                K::std(&x[0]).axis(-2).tensor()?,
                K::std(&x[0]).tensor()?,
                K::argmax(&x[0]).axis(0).tensor()?,
                K::any(&x[0]).tensor()?,
            ])
        })?;
        check(&[make(&[2, 3], &numbers(6))], |x| {
            let none = || Axes::List(Vec::new());
            Ok(vec![
                K::sum(&x[0]).axis(none()).tensor()?,
                K::max(&x[0]).axis(none()).tensor()?,
                K::mean(&x[0]).axis(none()).tensor()?,
                K::std(&x[0]).axis(none()).tensor()?,
                K::any(&x[0]).axis(none()).tensor()?,
            ])
        })?;
        check(&[make(&[2, 0], &[])], |x| {
            Ok(vec![
                K::sum(&x[0]).axis(1).tensor()?,
                K::max(&x[0]).axis(1).tensor()?,
                K::mean(&x[0]).axis(1).tensor()?,
                K::std(&x[0]).axis(1).tensor()?,
                K::any(&x[0]).axis(1).tensor()?,
            ])
        })?;
    }
    let found = check(&[f32s(&[2, 4], &[1.0, 5.0, 5.0, 0.0, 1.0, NAN, 9.0, NAN])], |x| {
        single(K::argmax(&x[0]).tensor())
    })?;
    assert_eq!(found[0].to_i64s(), [1, 1]);
    Ok(())
}

#[test]
fn std_of_equal_elements_has_no_gradient() -> Result<()> {
    let found = check(&[f32s(&[7], &[0.1; 7])], |x| single(K::std(&x[0]).tensor()))?;
    assert_eq!(found[0].to_f64s(), [0.0]);
    assert_eq!(found[1].to_f64s(), [0.0; 7]);
    // Two passes: the deviation keeps digits that one pass loses beside a large mean.
    check(&[f64s(&[2], &[1000.1223, 1000.1905])], |x| single(K::std(&x[0]).tensor()))?;
    Ok(())
}

#[test]
fn logsumexp_of_huge_and_of_nothing() -> Result<()> {
    for make in [f32s, f64s] {
        let huge = [1e4, 1e4 + 0.5, -1e4, -1e4, -1e4 + 1.0, -INF, 0.3, 0.2, -0.1];
        for axes in [vec![1], vec![0], vec![0, 1]] {
            check(&[make(&[3, 3], &huge)], |x| {
                single(K::logsumexp(&x[0]).axis(Axes::List(axes.clone())).tensor())
            })?;
        }
        check(&[make(&[5], &huge[..5])], |x| {
            single(K::logsumexp(&x[0]).axis(Axes::List(Vec::new())).tensor())
        })?;
        let found = check(&[make(&[3, 2], &[-INF, -INF, INF, 0.0, NAN, INF])], |x| {
            let y = K::logsumexp(&x[0]).axis(1).keepdims(true).tensor()?;
            single(K::stop_gradient(&y))
        })?;
        assert_eq!(found[0].to_f64s()[..2], [-INF, INF]);
        let found = check(&[make(&[2, 0], &[])], |x| single(K::logsumexp(&x[0]).axis(1).tensor()))?;
        assert_eq!(found[0].to_f64s(), [-INF, -INF]);
    }
    Ok(())
}

#[test]
fn least_elements_and_their_places() -> Result<()> {
    let x = [5.0, 1.0, 1.0, 7.0, 0.0, NAN, -9.0, NAN, -INF, 2.0, INF, -INF];
    for make in [f32s, f64s] {
        let found = check(&[make(&[3, 4], &x)], |x| {
            Ok(vec![
                K::argmin(&x[0]).tensor()?,
                K::argmin(&x[0]).axis(0).tensor()?,
                K::all(&x[0]).axis(1).tensor()?,
                // NaN in the value: nothing is asked of the gradient.
                K::stop_gradient(&K::min(&x[0]).axis(1).tensor()?)?,
            ])
        })?;
        assert_eq!(found[0].to_i64s(), [1, 1, 0]);
        check(&[make(&[2, 3, 4], &numbers(24))], |x| {
            Ok(vec![
                K::min(&x[0]).axis([0, 2]).keepdims(true).tensor()?,
                K::var(&x[0]).axis([0, 2]).tensor()?,
                K::var(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
                K::min(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
                K::all(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
            ])
        })?;
        check(&[make(&[2, 0], &[])], |x| {
            Ok(vec![
                K::min(&x[0]).axis(1).tensor()?,
                K::var(&x[0]).axis(1).tensor()?,
                K::all(&x[0]).axis(1).tensor()?,
                K::argmin(&x[0]).axis(0).tensor()?,
            ])
        })?;
        let pair = [make(&[4], &[1.0, 2.0, NAN, 3.0]), make(&[2, 1], &[2.0, NAN])];
        check(&pair, |x| {
            Ok(vec![
                K::minimum(&x[0], &x[1])?,
                K::not_equal(&x[0], &x[1])?,
                K::greater_equal(&x[0], &x[1])?,
                K::lesser(&x[0], &x[1])?,
                K::lesser_equal(&x[0], &x[1])?,
            ])
        })?;
        check(&[make(&[3], &[0.1; 3])], |x| single(K::var(&x[0]).tensor()))?;
    }
    let bools = ints(DType::Bool, &[2, 2], &[1, 1, 0, 1]);
    let found = check(&[bools], |x| {
        Ok(vec![
            K::argmin(&x[0]).tensor()?,
            K::all(&x[0]).axis(1).tensor()?,
            K::var(&x[0]).tensor()?,
        ])
    })?;
    assert_eq!(found[0].to_i64s(), [0, 0]);
    Ok(())
}
