//! How fast each function is on each engine, beside the bare library calls that a user would
//! write instead.
//!
//! One module a family holds its workloads; [`workload`] says what one is, [`contest`] sets both
//! sides up, [`bare`] is the bare side. `cargo xtask performance` measures ([`measure`]) and
//! writes the table; `cargo xtask bench` hands the same contests to criterion.

pub mod bare;
pub mod contest;
pub mod measure;
#[macro_use]
pub mod workload;

mod activation;
mod control;
mod conversion;
mod convolution;
mod creation;
mod ctc;
mod cumulative;
mod decoding;
mod elementwise;
mod indexing;
mod iteration;
mod linear_algebra;
mod local;
mod loss;
mod normalization;
mod notes;
mod pooling;
mod position;
mod random;
mod recurrent;
mod reduction;
mod shaping;
mod spatial;

use touchstone_reference::Function;
use workload::Workload;

/// What a step of a bench gives; its errors come from any of the libraries.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Every workload, in the order of the table of functions.
pub fn workloads() -> Vec<&'static Workload> {
    let families = [
        activation::WORKLOADS,
        control::WORKLOADS,
        conversion::WORKLOADS,
        convolution::WORKLOADS,
        creation::WORKLOADS,
        ctc::WORKLOADS,
        cumulative::WORKLOADS,
        decoding::WORKLOADS,
        elementwise::WORKLOADS,
        indexing::WORKLOADS,
        iteration::WORKLOADS,
        linear_algebra::WORKLOADS,
        local::WORKLOADS,
        loss::WORKLOADS,
        normalization::WORKLOADS,
        pooling::WORKLOADS,
        position::WORKLOADS,
        random::WORKLOADS,
        recurrent::WORKLOADS,
        reduction::WORKLOADS,
        shaping::WORKLOADS,
        spatial::WORKLOADS,
    ];
    let mut all: Vec<&Workload> = families.into_iter().flatten().collect();
    all.sort_by_key(|workload| workload.function);
    all
}

/// The functions that an engine computes and that have no workload.
pub fn missing() -> Vec<Function> {
    let timed: Vec<Function> = workloads().iter().map(|workload| workload.function).collect();
    let computed = Function::ALL.iter().filter(|function| function.is_call());
    computed.copied().filter(|function| !timed.contains(function)).collect()
}
