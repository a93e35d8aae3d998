//! Products.

mod common;

use touchstone_reference::Result;
use touchstone_reference::backend::{self as K, Axes};

use common::check_both;

#[test]
fn candle_products_values_and_gradients() -> Result<()> {
    check_both("dot", &[&[2, 3, 4], &[5, 4, 6]], 0.0, &|x| Ok(vec![K::dot(&x[0], &x[1])?]))?;
    check_both("dot of views", &[&[4, 3], &[4, 2]], 0.0, &|x| {
        Ok(vec![K::dot(&K::transpose(&x[0])?, &x[1])?])
    })?;
    check_both("batch_dot", &[&[3, 4, 5], &[3, 2, 5]], 0.0, &|x| {
        let axes = Axes::List(vec![2, 2]);
        Ok(vec![
            K::batch_dot(&x[0], &x[1]).axes(axes).tensor()?,
            K::batch_dot(&x[0], &x[0]).axes(1).tensor()?,
        ])
    })?;
    check_both("contracted dim 0", &[&[2, 0], &[0, 3]], 0.0, &|x| Ok(vec![K::dot(&x[0], &x[1])?]))
}
