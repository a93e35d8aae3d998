//! `cargo xtask bench`: every workload on every engine, beside the bare library.

#![allow(
    clippy::panic,
    missing_docs,
    reason = "a bench ends with its message; criterion's macros are its own"
)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use touchstone::registry::Device;
use touchstone_benches::{WORKLOADS, data};
use touchstone_reference::backend as K;
use touchstone_reference::engine::Engine;

/// A failure here is a mistake in the workload, and ends the bench with its message.
fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn engines() -> Vec<Arc<dyn Engine>> {
    touchstone::registry::engines()
        .into_iter()
        // The reference defines; it is not meant to be fast.
        .filter(|registered| registered.name != "reference")
        .map(|registered| must((registered.start)(&Device::Cpu)))
        .collect()
}

fn functions(criterion: &mut Criterion) {
    for workload in WORKLOADS {
        let mut group = criterion.benchmark_group(workload.name);
        for engine in engines() {
            K::with_engine(engine.clone(), || {
                let f = must(workload.prepare());
                group.bench_function(engine.name(), |b| b.iter(|| must(f.call(&[]))));
            });
        }
        let device = candle_core::Device::Cpu;
        let inputs: Vec<_> = workload
            .shapes
            .iter()
            .map(|s| must(candle_core::Tensor::from_vec(data(s), *s, &device)))
            .collect();
        group.bench_function("candle bare", |b| {
            b.iter(|| must((workload.candle)(black_box(&inputs))))
        });
        #[cfg(feature = "tch")]
        {
            let inputs: Vec<_> = workload
                .shapes
                .iter()
                .map(|s| {
                    let shape: Vec<i64> = s.iter().map(|n| *n as i64).collect();
                    tch::Tensor::from_slice(&data(s)).reshape(shape)
                })
                .collect();
            group.bench_function("tch bare", |b| {
                b.iter(|| must((workload.tch)(black_box(&inputs))))
            });
        }
        group.finish();
    }
}

criterion_group!(benches, functions);
criterion_main!(benches);
