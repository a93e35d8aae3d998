//! dot, batch_dot, transpose: products by way of candle's matmul.

use candle_core::{D, DType as Storage, Tensor};
use touchstone_reference::backend::{BatchDot, Dot};

use crate::failure::Result;
use crate::ops::{filled, reshaped};
use crate::tensor::CandleTensor;

pub(crate) fn dot(call: &Dot<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let (x, y) = (call.x.native(), call.y.native());
    if x.elem_count() == 0 || y.elem_count() == 0 {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    let contracted = x.dim(x.rank() - 1)?;
    let left = if x.rank() == 2 { x } else { x.reshape(((), contracted))? };
    let right = match y.rank() {
        1 => y.reshape((contracted, 1))?,
        2 => y,
        rank => {
            let mut order: Vec<usize> = (0..rank).collect();
            order.remove(rank - 2);
            order.insert(0, rank - 2);
            y.permute(order)?.reshape((contracted, ()))?
        }
    };
    Ok(reshaped(&product(&left, &right)?, shape)?)
}

/// Matrix product. candle has none of integers: they go through float64 where that is exact, and
/// else row by column, term by term.
fn product(x: &Tensor, y: &Tensor) -> candle_core::Result<Tensor> {
    let dtype = x.dtype();
    if dtype.is_float() {
        return ready(x)?.matmul(&ready(y)?);
    }
    let (left, right) = (x.to_dtype(Storage::F64)?, y.to_dtype(Storage::F64)?);
    let length = x.dim(D::Minus1)?;
    if length as f64 * greatest(&left)? * greatest(&right)? < EXACT {
        // By way of int64, which wraps where a float would be cut off.
        return ready(&left)?.matmul(&ready(&right)?)?.to_dtype(Storage::I64)?.to_dtype(dtype);
    }
    let (x, y) = (x.to_dtype(Storage::I64)?, y.to_dtype(Storage::I64)?);
    let term = |k: usize| x.narrow(D::Minus1, k, 1)?.broadcast_mul(&y.narrow(D::Minus2, k, 1)?);
    (1..length).try_fold(term(0)?, |total, k| total + term(k)?)?.to_dtype(dtype)
}

/// Whole numbers below are float64 numbers, and so are their sums on the way.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The greatest absolute value.
fn greatest(x: &Tensor) -> candle_core::Result<f64> {
    x.abs()?.flatten_all()?.max(0)?.to_scalar()
}

/// As it is where its rows or its columns lie one after the other, else copied.
fn ready(x: &Tensor) -> candle_core::Result<Tensor> {
    if x.t()?.is_contiguous() { Ok(x.clone()) } else { x.contiguous() }
}

pub(crate) fn batch_dot(call: &BatchDot<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    let (x, y) = (call.x.native(), call.y.native());
    if x.elem_count() == 0 || y.elem_count() == 0 {
        return Ok(filled(x.dtype(), shape, 0.0, x.device())?);
    }
    let [a, b] = call.contracted(x.rank(), y.rank())?;
    let (samples, length) = (x.dim(0)?, x.dim(a)?);
    let (rows, columns) = (x.elem_count() / samples / length, y.elem_count() / samples / length);
    let x = reshaped(&permuted(&x, &axis_last(x.rank(), a))?, &[samples, rows, length])?;
    let y = reshaped(&permuted(&y, &axis_second(y.rank(), b))?, &[samples, length, columns])?;
    if rows == 1 && columns == 1 && x.dtype().is_float() {
        // One number a sample: no product of matrices pays.
        let terms = (x.reshape((samples, length))? * y.reshape((samples, length))?)?;
        return Ok(terms.sum(1)?.reshape(shape)?);
    }
    Ok(reshaped(&product(&x, &y)?, shape)?)
}

/// The axes in another order, unless it is the one they have.
fn permuted(x: &Tensor, order: &[usize]) -> candle_core::Result<Tensor> {
    if order.is_sorted() { Ok(x.clone()) } else { x.permute(order) }
}

/// The axes in order, but one at the end.
fn axis_last(rank: usize, axis: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rank).filter(|&i| i != axis).collect();
    order.push(axis);
    order
}

/// The axes in order, but one right behind the batch.
fn axis_second(rank: usize, axis: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rank).filter(|&i| i != axis).collect();
    order.insert(1, axis);
    order
}

pub(crate) fn transpose(x: &CandleTensor) -> Result<Tensor> {
    let x = x.native();
    let reversed: Vec<usize> = (0..x.rank()).rev().collect();
    Ok(if x.rank() < 2 { x } else { x.permute(reversed)? })
}
