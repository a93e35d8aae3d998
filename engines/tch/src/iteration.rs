//! map_fn, foldl, foldr: a function iterated over the first axis.

use std::sync::Arc;

use tch::Tensor;
use touchstone_reference::Spec;
use touchstone_reference::engine::StepRunner;
use touchstone_reference::functions::iteration::{Foldl, Foldr, MapFn, one_shape};
use touchstone_reference::program::Program;

use crate::convolution::zeros;
use crate::failure::{Computed, failed};
use crate::tensor::TchTensor;

/// A function of the program with what it uses of its surroundings.
struct Closure<'a> {
    program: &'a Arc<Program>,
    captured: &'a [&'a TchTensor],
    run_step: &'a StepRunner<'a, TchTensor>,
}

impl Closure<'_> {
    fn call<const N: usize>(&self, given: [TchTensor; N]) -> Computed<TchTensor> {
        let captured = self.captured.iter().map(|&tensor| tensor.clone());
        let mut found = (self.run_step)(self.program, given.into_iter().chain(captured).collect())?;
        Ok(found.pop().ok_or_else(|| failed("the function gave no tensor"))?)
    }

    /// The accumulator after the elements in order; without an initializer it starts as the first.
    fn fold(
        &self,
        elems: &TchTensor,
        initializer: Option<&TchTensor>,
        order: impl FnOnce(usize) -> Vec<usize>,
    ) -> Computed {
        let parts = parts(elems)?;
        let mut order = order(parts.len()).into_iter();
        let first = match initializer {
            Some(initializer) => Some(initializer),
            None => order.next().map(|at| &parts[at]),
        };
        let mut accumulator =
            first.ok_or_else(|| failed("there is nothing to start from"))?.clone();
        for at in order {
            accumulator = self.call([accumulator, parts[at].clone()])?;
        }
        Ok(accumulator.tensor)
    }
}

/// The elements along the first axis. Taken apart once: the derivative of a slice each would be a
/// whole tensor of zeros each.
fn parts(elems: &TchTensor) -> Computed<Vec<TchTensor>> {
    Ok(elems.tensor.f_unbind(0)?.into_iter().map(|part| elems.with(part)).collect())
}

pub(crate) fn map_fn(
    call: &MapFn<&TchTensor>,
    spec: &Spec,
    run_step: &StepRunner<'_, TchTensor>,
) -> Computed {
    let function = Closure { program: &call.r#fn, captured: &call.captured, run_step };
    let results = parts(call.elems)?
        .into_iter()
        .map(|part| Ok(function.call([part])?.tensor))
        .collect::<Computed<Vec<Tensor>>>()?;
    if results.is_empty() {
        return zeros(spec, &call.elems.tensor);
    }
    one_shape(results.iter().map(Tensor::size))?;
    Ok(Tensor::f_stack(&results, 0)?)
}

pub(crate) fn foldl(call: &Foldl<&TchTensor>, run_step: &StepRunner<'_, TchTensor>) -> Computed {
    let function = Closure { program: &call.r#fn, captured: &call.captured, run_step };
    function.fold(call.elems, call.initializer, |n| call.order(n))
}

pub(crate) fn foldr(call: &Foldr<&TchTensor>, run_step: &StepRunner<'_, TchTensor>) -> Computed {
    let function = Closure { program: &call.r#fn, captured: &call.captured, run_step };
    function.fold(call.elems, call.initializer, |n| call.order(n))
}
