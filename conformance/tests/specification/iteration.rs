//! map_fn, foldl and foldr with functions that no case names.

use touchstone_reference::backend::{self as K, HostTensor, Step, Tensor};
use touchstone_reference::functions::iteration;
use touchstone_reference::{Function, Label};

use super::proof::{Proof, Proven, cites, constraint, equal, host, text, vector};

pub(super) const PROOFS: &[Proof] = &[
    (Function::MapFn, constraint(2), functions_take_and_give_what_they_must),
    (Function::MapFn, constraint(3), every_result_has_one_shape),
    (Function::Foldl, constraint(2), functions_take_and_give_what_they_must),
    (Function::Foldr, constraint(2), functions_take_and_give_what_they_must),
];

/// A function of so many scalars that gives the first so many times.
fn giving(taken: usize, given: usize) -> std::result::Result<Step, String> {
    let scalar = vector().spec().with_dims([]);
    let first = |x: &[Tensor]| Ok(vec![x[0].clone(); given]);
    Step::trace(&vec![scalar; taken], first).map_err(text)
}

fn functions_take_and_give_what_they_must() -> Proven {
    let elems = K::constant(host(&[1.0, 2.0]));
    for (taken, given) in [(2, 1), (1, 2), (1, 0)] {
        let call = iteration::map_fn(giving(taken, given)?.program, &elems);
        cites(Function::MapFn, Label::C(2), K::call(call))?;
    }
    for (taken, given) in [(1, 1), (3, 1), (2, 2), (2, 0)] {
        let function = giving(taken, given)?.program;
        let call = iteration::foldl(function.clone(), &elems);
        cites(Function::Foldl, Label::C(2), K::call(call))?;
        cites(Function::Foldr, Label::C(2), K::call(iteration::foldr(function, &elems)))?;
    }
    Ok(())
}

/// How many labels count is the shape of the result, and depends on the values of the elements.
fn every_result_has_one_shape() -> Proven {
    let whole = |shape: &[usize], data: &[i32]| {
        HostTensor::from_vec(shape, data.to_vec()).map_err(|error| error.to_string())
    };
    let labels = K::constant(whole(&[2, 2], &[3, 4, 5, 6])?);
    let lengths = K::placeholder(&[None, Some(2)]).dtype(K::DType::Int32).tensor().map_err(text)?;
    let counted = K::map_fn(
        |lengths| Ok(K::ctc_label_dense_to_sparse(&labels, lengths)?.swap_remove(1)),
        &lengths,
    );
    let f = K::function(&[lengths], &[counted.map_err(text)?], &[]).map_err(text)?;
    let found = f.call(&[whole(&[2, 2], &[2, 1, 1, 2])?]).map_err(text)?;
    equal(found, vec![whole(&[2, 3], &[3, 4, 5, 3, 5, 6])?])?;
    cites(Function::MapFn, Label::C(3), f.call(&[whole(&[2, 2], &[2, 1, 1, 0])?]))
}
