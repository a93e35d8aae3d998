//! `cargo xtask bench`: every workload on every engine and on its bare library, with criterion.
//!
//! Names are `function/engine/size/direction/side`, so that a part of one chooses among them.

#![allow(
    clippy::panic,
    missing_docs,
    reason = "a bench ends with its message; criterion's macros are its own"
)]

use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use touchstone::registry::{self, Device};
use touchstone_benches::contest::{Contest, Side};
use touchstone_benches::workload::{Direction, Size, Workload};
use touchstone_benches::{Outcome, workloads};
use touchstone_reference::engine::Engine;

/// A failure here is a mistake in the workload, and ends the bench with its message.
fn must<T>(what: &str, result: Outcome<T>) -> T {
    result.unwrap_or_else(|error| panic!("{what}: {error}"))
}

fn engines() -> Outcome<Vec<Arc<dyn Engine>>> {
    // The reference defines; it is not meant to be fast.
    let timed = registry::engines().into_iter().filter(|engine| engine.name != "reference");
    timed.map(|engine| Ok((engine.start)(&Device::Cpu)?)).collect()
}

/// One side of a contest.
type Choose = fn(&mut Contest) -> &mut dyn Side;

/// Both sides of one contest, which is set up when the first of them is asked for: a filter may
/// want neither.
fn contest(
    group: &mut BenchmarkGroup<'_, WallTime>,
    workload: &'static Workload,
    engine: &Arc<dyn Engine>,
    size: Size,
    direction: Direction,
) {
    let mut prepared: Option<Contest> = None;
    let sides: [(&str, Choose); 2] =
        [("ours", |contest| &mut *contest.ours), ("bare", |contest| &mut *contest.bare)];
    for (name, side) in sides {
        let name = format!("{}/{}/{}/{name}", engine.name(), size.name(), direction.name());
        let id = BenchmarkId::from_parameter(&name);
        group.bench_function(id, |bencher| {
            let contest = prepared.get_or_insert_with(|| {
                let contest = must(&name, Contest::new(workload, engine, size, direction));
                must(&name, contest.judge(workload.agreement));
                contest
            });
            let side = side(contest);
            bencher.iter(|| must(&name, side.run()));
        });
    }
}

fn functions(criterion: &mut Criterion) {
    let engines = must("engines", engines());
    for workload in workloads() {
        let mut group = criterion.benchmark_group(workload.name());
        for engine in &engines {
            for size in Size::ALL {
                for &direction in workload.directions() {
                    contest(&mut group, workload, engine, size, direction);
                }
            }
        }
        group.finish();
    }
}

criterion_group!(benches, functions);
criterion_main!(benches);
