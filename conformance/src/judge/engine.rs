//! Running a case on an engine.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};

use serde_json::Value as Json;
use touchstone_reference::engine::Engine;
use touchstone_reference::{HostTensor, Result};

use crate::case::{Built, NoDerivatives, Variant, build, derivatives, within};
use crate::golden::{Call, Gradient};

/// What an engine gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// Tensors.
    Tensors(Vec<HostTensor>),
    /// A plain result.
    Plain(Json),
}

/// What an engine gives for a call.
pub(super) fn give(engine: &Arc<dyn Engine>, call: &Call, variant: Variant) -> Result<Given> {
    within(engine, call, || match build(call, variant)? {
        Built::Plain(json) => Ok(Given::Plain(json)),
        Built::Values(values) => Ok(Given::Tensors(values)),
        Built::Graph(graph) => graph.run().map(Given::Tensors),
    })
}

/// The tensors that an engine gives for a call.
pub(super) fn run(
    engine: &Arc<dyn Engine>,
    call: &Call,
    variant: Variant,
) -> Result<Vec<HostTensor>> {
    give(engine, call, variant).map(|given| match given {
        Given::Tensors(tensors) => tensors,
        Given::Plain(_) => Vec::new(),
    })
}

/// The gradients that an engine gives for a call.
pub(super) fn differentiate(
    engine: &Arc<dyn Engine>,
    call: &Call,
    gradient: &Gradient,
    variant: Variant,
) -> Result<Vec<HostTensor>, NoDerivatives> {
    within(engine, call, || {
        let Built::Graph(graph) = build(call, variant)? else { return Err(NoDerivatives::Nothing) };
        let derived = derivatives(graph, gradient)?;
        Ok(derived.graph.run()?)
    })
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`; a panic in it is returned as its message, and not reported on stderr as well.
pub(super) fn caught<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !CATCHING.get() {
                report(panic);
            }
        }));
    });
    CATCHING.set(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(false);
    result.map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no message".into())
}
