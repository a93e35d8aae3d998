//! Every function is timed, and against a composition that gives the same.

use std::sync::Arc;

use touchstone::registry::{self, Device};
use touchstone_benches::contest::Contest;
use touchstone_benches::workload::Size;
use touchstone_benches::{Outcome, missing, workloads};
use touchstone_reference::engine::Engine;

#[test]
fn every_function_has_one_workload() {
    let missing: Vec<&str> = missing().into_iter().map(|function| function.name()).collect();
    assert!(missing.is_empty(), "without a workload in benches/src: {}", missing.join(", "));
    let workloads = workloads();
    for pair in workloads.windows(2) {
        assert_ne!(pair[0].name(), pair[1].name(), "has two workloads");
    }
}

#[test]
fn bare_compositions_give_what_the_engines_give() -> Outcome<()> {
    let mut engines: Vec<Arc<dyn Engine>> = Vec::new();
    for engine in registry::engines().into_iter().filter(|engine| engine.name != "reference") {
        engines.push((engine.start)(&Device::Cpu)?);
    }
    let mut wrong = Vec::new();
    for workload in workloads() {
        for engine in &engines {
            for &direction in workload.directions() {
                let contest = Contest::new(workload, engine, Size::Small, direction);
                if let Err(error) = contest.and_then(|contest| contest.judge(workload.agreement)) {
                    let (name, direction) = (workload.name(), direction.name());
                    wrong.push(format!("{name} on {}, {direction}: {error}", engine.name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
