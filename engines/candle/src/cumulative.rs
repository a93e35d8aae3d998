//! cumsum, cumprod.
//!
//! candle's cumsum is a product with a triangle of ones: quadratic, and 0·inf is NaN in it. Here
//! such products are for numbers that are surely small, a block at a time. Else rows are combined
//! with the rows 1, 2, 4, … before them, so that each meets only what it is a function of, and
//! gradients need no division.

use candle_core::{DType as Storage, Result as Native, Tensor};

use crate::derivative::with_rule;
use crate::failure::Result;
use crate::ops::weighted;
use crate::reduction::merged;
use crate::shaping::position;
use crate::tensor::CandleTensor;

pub(crate) fn cumsum(x: &CandleTensor, axis: i64) -> Result<Tensor> {
    let native = x.native();
    if !native.dtype().is_float() {
        return over_rows(x, axis, |rows| running(rows.clone(), Tensor::add));
    }
    let axis = position(axis, native.rank())?;
    let value = sums(&native.detach(), axis, End::First)?;
    Ok(with_rule(&native, "cumsum", value, move |_, _, gradient| sums(gradient, axis, End::Last))?)
}

/// The end of an axis from which is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// The sums along an axis, from one of its ends to each place.
fn sums(x: &Tensor, axis: usize, from: End) -> Native<Tensor> {
    let merged = merged(x, &[axis])?;
    let found = if is_small(&merged)? {
        sums_of_small(&merged, from)?
    } else {
        let rows = merged.transpose(0, 1)?.contiguous()?;
        let reversed = |rows: Tensor| if from == End::Last { rows.flip(&[0]) } else { Ok(rows) };
        reversed(running(reversed(rows)?, Tensor::add)?)?.transpose(0, 1)?
    };
    found.reshape(x.shape())
}

/// Whether no sum over any of the elements comes near infinity. Told only on the CPU: elsewhere
/// the answer would have to be waited for.
fn is_small(x: &Tensor) -> Native<bool> {
    let all = || x.abs()?.sum_all()?.to_dtype(Storage::F64)?.to_scalar::<f64>();
    Ok(x.device().is_cpu() && all()? < 1e30)
}

/// As many numbers as one product with a triangle adds up.
const BLOCK: usize = 32;

/// The sums along the middle axis of three: those within blocks, and what the blocks before sum to.
fn sums_of_small(x: &Tensor, from: End) -> Native<Tensor> {
    let (before, length, after) = x.dims3()?;
    if length <= BLOCK {
        return sums_by_triangle(x, from);
    }
    let blocks = length.div_ceil(BLOCK);
    let padded = x.pad_with_zeros(1, 0, blocks * BLOCK - length)?;
    let within = sums_by_triangle(&padded.reshape((before * blocks, BLOCK, after))?, from)?;
    let totals = |place: usize, first: usize| {
        let totals = within.narrow(1, place, 1)?.reshape((before, blocks, after))?;
        sums_of_small(&totals.narrow(1, first, blocks - 1)?, from)
    };
    let others = match from {
        End::First => totals(BLOCK - 1, 0)?.pad_with_zeros(1, 1, 0)?,
        End::Last => totals(0, 1)?.pad_with_zeros(1, 0, 1)?,
    };
    let blocks = within.reshape((before, blocks, BLOCK, after))?;
    blocks.broadcast_add(&others.unsqueeze(2)?)?.flatten(1, 2)?.narrow(1, 0, length)
}

fn sums_by_triangle(x: &Tensor, from: End) -> Native<Tensor> {
    let (before, length, after) = x.dims3()?;
    // Lines on the left of the triangle, columns on its right.
    let triangle = if (after == 1) == (from == End::First) { Tensor::triu2 } else { Tensor::tril2 };
    let triangle = triangle(length, x.dtype(), x.device())?;
    if after == 1 {
        return x.reshape((before, length))?.matmul(&triangle)?.unsqueeze(2);
    }
    triangle.broadcast_as((before, length, length))?.matmul(&x.contiguous()?)
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
