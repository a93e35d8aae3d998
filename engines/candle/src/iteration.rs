//! map_fn, foldl, foldr: the step program, run once an element on native tensors.

use std::sync::Arc;

use candle_core::Tensor;
use touchstone_reference::Spec;
use touchstone_reference::engine::StepRunner;
use touchstone_reference::functions::iteration::{Foldl, Foldr, MapFn, one_shape};
use touchstone_reference::program::Program;

use crate::derivative::slices;
use crate::failure::{Failure, Result};
use crate::ops::filled;
use crate::tensor::{CandleTensor, storage};

/// The elements along the first axis.
fn elements(elems: &CandleTensor) -> Result<Vec<CandleTensor>> {
    let parts = slices(&elems.native(), 0)?;
    Ok(parts.into_iter().map(|part| CandleTensor::new(part, elems.dtype())).collect())
}

/// What the function gives for these tensors, and what it captured.
fn run(
    function: &Arc<Program>,
    mut given: Vec<CandleTensor>,
    captured: &[&CandleTensor],
    run_step: &StepRunner<'_, CandleTensor>,
) -> Result<CandleTensor> {
    given.extend(captured.iter().map(|&tensor| tensor.clone()));
    run_step(function, given)?.pop().ok_or_else(|| Failure::engine("the function gave no tensor"))
}

pub(crate) fn map_fn(
    call: &MapFn<&CandleTensor>,
    spec: &Spec,
    shape: &[usize],
    run_step: &StepRunner<'_, CandleTensor>,
) -> Result<Tensor> {
    let found = elements(call.elems)?
        .into_iter()
        .map(|element| Ok(run(&call.r#fn, vec![element], &call.captured, run_step)?.native()))
        .collect::<Result<Vec<Tensor>>>()?;
    one_shape(found.iter().map(Tensor::dims))?;
    if shape.contains(&0) {
        let device = call.elems.native().device().clone();
        return Ok(filled(storage(spec.dtype)?, shape, 0.0, &device)?);
    }
    Ok(Tensor::stack(&found, 0)?)
}

pub(crate) fn foldl(
    call: &Foldl<&CandleTensor>,
    run_step: &StepRunner<'_, CandleTensor>,
) -> Result<Tensor> {
    let elements = elements(call.elems)?;
    let order = call.order(elements.len());
    fold(&call.r#fn, &elements, order, call.initializer, &call.captured, run_step)
}

pub(crate) fn foldr(
    call: &Foldr<&CandleTensor>,
    run_step: &StepRunner<'_, CandleTensor>,
) -> Result<Tensor> {
    let elements = elements(call.elems)?;
    let order = call.order(elements.len());
    fold(&call.r#fn, &elements, order, call.initializer, &call.captured, run_step)
}

/// The accumulator after all elements, of which the first starts it where nothing else does.
fn fold(
    function: &Arc<Program>,
    elements: &[CandleTensor],
    order: Vec<usize>,
    initializer: Option<&CandleTensor>,
    captured: &[&CandleTensor],
    run_step: &StepRunner<'_, CandleTensor>,
) -> Result<Tensor> {
    let mut rest = order.into_iter().map(|at| elements[at].clone());
    let mut accumulator = initializer
        .cloned()
        .or_else(|| rest.next())
        .ok_or_else(|| Failure::engine("there is nothing to start from"))?;
    for element in rest {
        accumulator = run(function, vec![accumulator, element], captured, run_step)?;
    }
    Ok(accumulator.native())
}
