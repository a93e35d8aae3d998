//! batch_dot: the examples of the page, and every mix of ranks 2 to 5 with every pair of axes.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use touchstone_reference::arguments::Axes;
use touchstone_reference::backend as K;
use touchstone_reference::{Dim, Label};

fn placeholder(dims: &[Dim]) -> K::Tensor {
    K::placeholder(dims).tensor().unwrap()
}

fn known(shape: &[usize]) -> Vec<Dim> {
    shape.iter().map(|n| Some(*n)).collect()
}

fn host(shape: &[usize]) -> K::HostTensor {
    let count: usize = shape.iter().product();
    let data: Vec<f64> = (0..count).map(|i| (i * 7 % 11) as f64 - 5.0).collect();
    K::HostTensor::from_f64s(K::DType::Float64, shape, &data).unwrap()
}

#[test]
fn the_page_s_value_is_the_main_diagonal() {
    let x = K::constant(K::HostTensor::from_vec(&[2, 2], vec![1.0_f32, 2.0, 3.0, 4.0]).unwrap());
    let y = K::constant(K::HostTensor::from_vec(&[2, 2], vec![5.0_f32, 6.0, 7.0, 8.0]).unwrap());
    let z = K::eval(&K::batch_dot(&x, &y).axes(1).tensor().unwrap()).unwrap();
    assert_eq!((z.shape(), z.to_f64s()), (&[2, 1][..], vec![17.0, 53.0]));
}

#[test]
fn the_page_s_shape_inference() {
    let x = placeholder(&known(&[100, 20]));
    let y = placeholder(&known(&[100, 30, 20]));
    let z = K::batch_dot(&x, &y).axes([1, 2]).tensor().unwrap();
    assert_eq!(z.spec().dims, known(&[100, 30]));
    let unknown = placeholder(&[None, Some(20)]);
    let z = K::batch_dot(&unknown, &y).axes([1, 2]).tensor().unwrap();
    assert_eq!(z.spec().dims, known(&[100, 30]));
}

#[test]
fn axes_default_to_the_last_and_the_last_but_one() {
    for (x, y, expected) in [
        (&[6, 2, 5][..], &[6, 5, 3][..], &[6, 2, 3][..]),
        (&[6, 5], &[6, 5], &[6, 1]),
        (&[6, 5], &[6, 5, 3], &[6, 3]),
        (&[6, 2, 5], &[6, 5], &[6, 2]),
    ] {
        let z = K::batch_dot(&placeholder(&known(x)), &placeholder(&known(y))).tensor().unwrap();
        assert_eq!(z.spec().dims, known(expected), "{x:?} with {y:?}");
    }
}

#[test]
fn refused_axes_cite_their_constraint() {
    let x = placeholder(&known(&[2, 3, 4]));
    let y = placeholder(&known(&[2, 4, 3]));
    for (axes, label) in [
        (Axes::One(0), 3),
        (Axes::One(-3), 3),
        (Axes::List(vec![2, 0]), 3),
        (Axes::One(3), 2),
        (Axes::One(-4), 2),
        (Axes::List(vec![1, 1, 1]), 2),
        (Axes::List(vec![]), 2),
        (Axes::List(vec![1, 1]), 5),
    ] {
        let error = K::batch_dot(&x, &y).axes(axes.clone()).tensor().unwrap_err();
        assert_eq!(error.label(), Some(Label::C(label)), "{axes:?}: {error}");
    }
    let other_batch = placeholder(&known(&[5, 4, 3]));
    let error = K::batch_dot(&x, &other_batch).tensor().unwrap_err();
    assert_eq!(error.label(), Some(Label::C(4)));
    let vector = placeholder(&known(&[2]));
    assert_eq!(K::batch_dot(&vector, &x).tensor().unwrap_err().label(), Some(Label::C(1)));
}

/// The page's rule, with one loop per axis instead of a contraction.
fn by_the_page(x: &K::HostTensor, y: &K::HostTensor, a: usize, b: usize) -> (Vec<usize>, Vec<f64>) {
    let (xa, ya) = (x.as_array::<f64>().unwrap(), y.as_array::<f64>().unwrap());
    let mut shape: Vec<usize> = vec![x.shape()[0]];
    shape.extend(x.shape().iter().enumerate().filter(|(i, _)| *i != 0 && *i != a).map(|(_, n)| n));
    shape.extend(y.shape().iter().enumerate().filter(|(i, _)| *i != 0 && *i != b).map(|(_, n)| n));
    let mut data = vec![0.0; shape.iter().product()];
    for (xi, xv) in xa.indexed_iter() {
        for (yi, yv) in ya.indexed_iter() {
            if xi[0] != yi[0] || xi[a] != yi[b] {
                continue;
            }
            let mut at = vec![xi[0]];
            at.extend((1..xa.ndim()).filter(|i| *i != a).map(|i| xi[i]));
            at.extend((1..ya.ndim()).filter(|i| *i != b).map(|i| yi[i]));
            data[at.iter().zip(&shape).fold(0, |offset, (i, n)| offset * n + i)] += xv * yv;
        }
    }
    if shape.len() == 1 {
        shape.push(1);
    }
    (shape, data)
}

#[test]
fn every_mix_of_ranks_and_axes_follows_the_page_s_rule() {
    let sizes = [2, 3, 2, 4, 3];
    for x_rank in 2..=5 {
        for y_rank in 2..=5 {
            for a in 1..x_rank {
                for b in 1..y_rank {
                    let x = host(&sizes[..x_rank]);
                    let mut y_shape: Vec<usize> = sizes[..y_rank].iter().rev().copied().collect();
                    y_shape[0] = sizes[0];
                    y_shape[b] = x.shape()[a];
                    let y = host(&y_shape);
                    let expected = by_the_page(&x, &y, a, b);
                    let negative = [a as i64 - x_rank as i64, b as i64 - y_rank as i64];
                    for axes in [[a as i64, b as i64], negative] {
                        let dot = K::batch_dot(&K::constant(x.clone()), &K::constant(y.clone()));
                        let z = K::eval(&dot.axes(axes).tensor().unwrap()).unwrap();
                        assert_eq!((z.shape().to_vec(), z.to_f64s()), expected, "axes {axes:?}");
                    }
                    // Whatever is not known, inference promises nothing that does not hold.
                    for hidden in 0..1_usize << (x_rank + y_rank) {
                        let hide = |shape: &[usize], bits: usize| -> Vec<Dim> {
                            let dim = |(i, n): (usize, &usize)| (bits >> i & 1 == 0).then_some(*n);
                            shape.iter().enumerate().map(dim).collect()
                        };
                        let px = placeholder(&hide(x.shape(), hidden));
                        let py = placeholder(&hide(&y_shape, hidden >> x_rank));
                        let z = K::batch_dot(&px, &py).axes([a as i64, b as i64]).tensor().unwrap();
                        let found = &z.spec().dims;
                        assert_eq!(found.len(), expected.0.len());
                        let holds =
                            found.iter().zip(&expected.0).all(|(d, n)| d.is_none_or(|d| d == *n));
                        assert!(holds, "{found:?} for {:?}", expected.0);
                    }
                }
            }
        }
    }
}

#[test]
fn what_was_unknown_is_checked_when_it_is_fed() {
    let x = placeholder(&[None, None]);
    let y = placeholder(&[None, Some(3)]);
    let z = K::batch_dot(&x, &y).axes(1).tensor().unwrap();
    let f = K::function(&[x, y], &[z], &[]).unwrap();
    let feed = |shape: &[usize]| host(shape).cast(K::DType::Float32);
    assert!(f.call(&[feed(&[2, 3]), feed(&[2, 3])]).is_ok());
    let error = f.call(&[feed(&[2, 4]), feed(&[2, 3])]).unwrap_err();
    assert_eq!(error.label(), Some(Label::C(5)), "{error}");
    let error = f.call(&[feed(&[4, 3]), feed(&[2, 3])]).unwrap_err();
    assert_eq!(error.label(), Some(Label::C(4)), "{error}");
}
