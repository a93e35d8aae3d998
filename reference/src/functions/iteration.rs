//! map_fn, foldl, foldr: a function iterated over the first axis.

use std::fmt::Debug;
use std::sync::Arc;

use super::labels::*;
use super::{dense, known};
use crate::error::{Label, Refusal};
use crate::evaluate::evaluate_step;
use crate::number::{Integer, Number};
use crate::program::Program;
use crate::shape::{Dim, Spec, unify};
use crate::tensor::{Evaluated, Failure, Numbers, Tensor, Value, numbers};

/// C1: what the function gets of elems with this spec: one of them.
pub(crate) fn element(elems: &Spec) -> Result<Spec, Refusal> {
    dense("elems", elems)?;
    C1.require(elems.rank() >= 1, || "elems is a scalar".into())?;
    Ok(elems.with_dims(elems.dims[1..].to_vec()))
}

/// C2: the one result of a function of these tensors; what the function itself refuses, it refuses
/// under its own name.
fn result_of(program: &Program, given: &[&Spec]) -> Result<Spec, Failure> {
    C2.require(program.inputs.len() == given.len() && program.outputs.len() == 1, || {
        format!(
            "the function takes {} tensors and gives {}, {} are there",
            program.inputs.len(),
            program.outputs.len(),
            given.len()
        )
    })?;
    let mut results = program.infer(given)?;
    results.pop().ok_or_else(|| C2.refuse("the function gives no tensor").into())
}

fn part<N: Number>(elems: &Value<N>, at: usize) -> Value<N> {
    let numbers = numbers!(elems, t => t.slice(0, at));
    Value { dtype: elems.dtype, sparse: false, numbers }
}

fn call<N: Number>(
    function: &Program,
    given: impl IntoIterator<Item = Value<N>>,
    captured: &[&Value<N>],
) -> Result<Value<N>, Failure> {
    let given: Vec<Value<N>> =
        given.into_iter().chain(captured.iter().map(|&value| value.clone())).collect();
    let mut found = evaluate_step(function, &given)?;
    found.pop().ok_or_else(|| C2.refuse("the function gives no tensor").into())
}

fn fits(a: &Spec, b: &Spec) -> bool {
    a.dtype == b.dtype
        && a.rank() == b.rank()
        && a.dims.iter().zip(&b.dims).all(|(a, b)| unify(*a, *b).is_ok())
}

/// Inference of both folds: the accumulator keeps its dtype and shape.
fn infer_fold(
    function: &Program,
    elems: &Spec,
    initializer: Option<&Spec>,
    captured: &[Spec],
) -> Result<Vec<Spec>, Failure> {
    const START: Label = C4;
    let element = element(elems)?;
    START.require(initializer.is_some() || elems.dims[0] != Some(0), || {
        format!("elems is {elems}, and there is no initializer")
    })?;
    let accumulator = initializer.unwrap_or(&element);
    dense("initializer", accumulator)?;
    let given: Vec<&Spec> = [accumulator, &element].into_iter().chain(captured).collect();
    let result = result_of(function, &given)?;
    C3.require(fits(&result, accumulator), || {
        format!("the function gives {result}, the accumulator is {accumulator}")
    })?;
    let dims: Vec<Dim> = accumulator.dims.iter().zip(&result.dims).map(|(a, b)| a.or(*b)).collect();
    Ok(vec![accumulator.with_dims(dims)])
}

macro_rules! fold {
    (
        $(#[doc = $doc:expr])+
        $Name:ident = $name:ident in order $order:expr ;
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            ///
            /// Shapes: elems (n, …); the function gets the accumulator and one element (…), and
            /// gives the next accumulator, which is the result in the end.
            $Name = $name {
                /// The function of accumulator and element, traced: its inputs are these two,
                /// then what it uses of its surroundings.
                plain r#fn: Arc<Program>;
                /// A tensor of rank at least 1.
                tensor elems;
                /// The accumulator before the first element; None to start with that element.
                optional initializer = None;
                /// Tensors of the surroundings that the function uses.
                tensors captured = [];
            }
            constraints [
                "elems has rank at least 1",
                "the function takes an accumulator and an element and gives one tensor",
                "the accumulator keeps its dtype and shape",
                "without an initializer there is an element to start from",
            ]
            conventions ["no elements leave the initializer as it is"]
            source $source,
            example $example
        }

        impl $Name<Spec> {
            pub(crate) fn infer(&self) -> Result<Vec<Spec>, Failure> {
                infer_fold(&self.r#fn, &self.elems, self.initializer.as_ref(), &self.captured)
            }
        }

        impl<T> $Name<T> {
            /// The order in which elements are taken.
            pub fn order(&self, elements: usize) -> Vec<usize> {
                let order: fn(usize) -> Vec<usize> = $order;
                order(elements)
            }
        }

        impl<N: Number> $Name<&Value<N>> {
            pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
                let mut order = self.order(self.elems.shape()[0]).into_iter();
                let mut accumulator = match (self.initializer, &mut order) {
                    (Some(initializer), _) => initializer.clone(),
                    (None, order) => {
                        let first = order.next().ok_or_else(|| C4.refuse("there is no element"))?;
                        part(self.elems, first)
                    }
                };
                for at in order {
                    let given = [accumulator, part(self.elems, at)];
                    accumulator = call(&self.r#fn, given, &self.captured)?;
                }
                Ok(vec![accumulator.numbers])
            }
        }
    };
}

entry! {
    /// A function of each element along the first axis, the results along a new first axis.
    ///
    /// Shapes: elems (n, …); the function gets (…) and gives one tensor; the result is (n, result
    /// of the function).
    MapFn = map_fn {
        /// The function, traced: its inputs are an element, then what it uses of its
        /// surroundings.
        plain r#fn: Arc<Program>;
        /// A tensor of rank at least 1.
        tensor elems;
        /// Tensors of the surroundings that the function uses.
        tensors captured = [];
    }
    constraints [
        "elems has rank at least 1",
        "the function takes one element and gives one tensor",
        "the function gives the same shape for every element",
    ]
    conventions ["no elements give an empty result"]
    source "Keras 1.2 backend, map_fn",
    example "map_fn(square, [1., 2., 3.]) = [1., 4., 9.]"
}

/// C3: results of one shape, where the shapes depend on values.
pub fn one_shape<D: PartialEq + Debug, S: AsRef<[D]>>(
    shapes: impl IntoIterator<Item = S>,
) -> Result<(), Refusal> {
    let mut shapes = shapes.into_iter();
    let Some(first) = shapes.next() else { return Ok(()) };
    let first = first.as_ref();
    match shapes.find(|shape| shape.as_ref() != first) {
        None => Ok(()),
        Some(other) => {
            Err(C3.refuse(format!("results of shapes {first:?} and {:?}", other.as_ref())))
        }
    }
}

impl MapFn<Spec> {
    pub(crate) fn infer(&self) -> Result<Vec<Spec>, Failure> {
        let element = element(&self.elems)?;
        let given: Vec<&Spec> = [&element].into_iter().chain(&self.captured).collect();
        let result = result_of(&self.r#fn, &given)?;
        let mut dims: Vec<Dim> = vec![self.elems.dims[0]];
        dims.extend(&result.dims);
        Ok(vec![result.with_dims(dims)])
    }
}

impl<N: Number> MapFn<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let results = (0..self.elems.shape()[0])
            .map(|at| call(&self.r#fn, [part(self.elems, at)], &self.captured))
            .collect::<Result<Vec<_>, _>>()?;
        one_shape(results.iter().map(Value::shape))?;
        let mut shape = known(&specs[0]);
        if let Some(first) = results.first() {
            shape = [&[results.len()], first.shape()].concat();
        }
        Ok(vec![if specs[0].dtype.is_float() {
            let parts: Vec<Tensor<N>> = results.iter().map(Value::floats).collect();
            Numbers::Float(Tensor::stacked(&parts, &shape, 0))
        } else {
            let parts: Vec<_> = results.iter().map(|v| v.wholes().map(Integer)).collect();
            Numbers::Whole(Tensor::stacked(&parts, &shape, 0))
        }])
    }
}

fold! {
    /// A function of an accumulator and each element along the first axis, first to last.
    Foldl = foldl in order |n| (0..n).collect();
    source "Keras 1.2 backend, foldl",
    example "foldl(add, [1., 2., 3.]) = 6."
}

fold! {
    /// A function of an accumulator and each element along the first axis, last to first.
    Foldr = foldr in order |n| (0..n).rev().collect();
    source "Keras 1.2 backend, foldr",
    example "foldr(subtract: accumulator - element, [1., 2., 10.]) = 7."
}
