//! cumsum, cumprod.
//!
//! candle's cumsum is a product with a triangle of ones: quadratic, and 0·inf is NaN in it. Here
//! rows are combined with the rows 1, 2, 4, … before them, so that each meets only what it is a
//! function of, and gradients need no division.

use candle_core::{DType as Storage, Result as Native, Tensor};

use crate::derivative::with_rule;
use crate::failure::Result;
use crate::ops::weighted;
use crate::shaping::position;
use crate::tensor::CandleTensor;

pub(crate) fn cumsum(x: &CandleTensor, axis: i64) -> Result<Tensor> {
    over_rows(x, axis, |rows| {
        let value = running(rows.detach(), Tensor::add)?;
        with_rule(rows, "cumsum", value, |_, _, gradient| {
            let reversed = gradient.contiguous()?.flip(&[0])?;
            running(reversed, Tensor::add)?.flip(&[0])
        })
    })
}

pub(crate) fn cumprod(x: &CandleTensor, axis: i64) -> Result<Tensor> {
    over_rows(x, axis, |rows| {
        let value = running(rows.detach(), Tensor::mul)?;
        with_rule(rows, "cumprod", value, |rows, products, gradient| {
            let count = rows.dim(0)?;
            let before = Tensor::cat(
                &[rows.narrow(0, 0, 1)?.ones_like()?, products.narrow(0, 0, count - 1)?],
                0,
            )?;
            weighted(&received(gradient, rows)?, &before)
        })
    })
}

/// The axis first and the others as one, there and back; integers in int64.
fn over_rows(
    x: &CandleTensor,
    axis: i64,
    f: impl FnOnce(&Tensor) -> Native<Tensor>,
) -> Result<Tensor> {
    let x = x.native();
    let dtype = x.dtype();
    let axis = position(axis, x.rank())?;
    let wide = if dtype.is_float() { x } else { x.to_dtype(Storage::I64)? };
    let turned = wide.transpose(0, axis)?;
    let found = f(&turned.reshape((turned.dim(0)?, ()))?)?;
    Ok(found.reshape(turned.shape())?.transpose(0, axis)?.to_dtype(dtype)?)
}

/// A function of the rows up to each.
pub(crate) fn running(
    rows: Tensor,
    f: impl Fn(&Tensor, &Tensor) -> Native<Tensor>,
) -> Native<Tensor> {
    let count = rows.dim(0)?;
    let mut found = rows;
    let mut step = 1;
    while step < count {
        let rest = count - step;
        let combined = f(&found.narrow(0, 0, rest)?, &found.narrow(0, step, rest)?)?;
        found = Tensor::cat(&[found.narrow(0, 0, step)?, combined], 0)?;
        step *= 2;
    }
    Ok(found)
}

/// s with s\[i\] = g\[i\] + x\[i+1\]·s\[i+1\]: what the products from each row on receive.
fn received(gradient: &Tensor, rows: &Tensor) -> Native<Tensor> {
    let count = rows.dim(0)?;
    let mut found = gradient.clone();
    // The product of as many rows after each as the step is long.
    let mut factors = rows.narrow(0, 1, count - 1)?;
    let mut step = 1;
    while step < count {
        let rest = count - step;
        let more = weighted(&found.narrow(0, step, rest)?, &factors)?;
        let combined = (found.narrow(0, 0, rest)? + more)?;
        found = Tensor::cat(&[combined, found.narrow(0, rest, step)?], 0)?;
        if rest > step {
            let both = rest - step;
            factors = (factors.narrow(0, 0, both)? * factors.narrow(0, step, both)?)?;
        }
        step *= 2;
    }
    Ok(found)
}
