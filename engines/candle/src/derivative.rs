//! Derivatives where candle has none or a wrong one, and what watches a tensor.
//!
//! candle differentiates what it recorded, operation by operation. An operation of ours is a
//! value computed elsewhere (with recording off) and a rule for its derivative in tensor
//! operations, put into candle's graph as a custom operation whose forward pass just hands out
//! the value. Where no derivative can be asked for, the value itself is the result.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::backend::{BackendDevice, BackendStorage};
use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, CustomOp2, Layout, MetalStorage, Result, Shape, Storage,
    Tensor, Var,
};

/// Where the gradient by a watched tensor is found after `backward`.
#[derive(Clone, Debug)]
pub(crate) enum Watch {
    /// The tensor is a variable of candle's: in the store, under its id.
    Leaf,
    /// The tensor was computed from others: its custom operation leaves the gradient here.
    Tap(Slot),
}

impl Watch {
    /// The slot, where there is one.
    pub(crate) fn slot(&self) -> Option<&Slot> {
        match self {
            Watch::Leaf => None,
            Watch::Tap(slot) => Some(slot),
        }
    }
}

/// What a rule leaves behind during `backward`.
pub(crate) type Slot = Arc<Mutex<Option<Tensor>>>;

/// Takes what is in a slot.
pub(crate) fn take(slot: &Slot) -> Option<Tensor> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What is in a slot.
pub(crate) fn peek(slot: &Slot) -> Option<Tensor> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn put(slot: &Slot, tensor: &Tensor) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(tensor.clone());
}

/// The same tensor, recorded from here on, and where its gradient will be found.
pub(crate) fn watch(tensor: &Tensor) -> Result<(Tensor, Watch)> {
    if !tensor.track_op() {
        return Ok((Var::from_tensor(tensor)?.into_inner(), Watch::Leaf));
    }
    let slot = Slot::default();
    let tap = slot.clone();
    let watched = with_rule(tensor, "watch", tensor.detach(), move |_, _, gradient| {
        put(&tap, gradient);
        Ok(gradient.clone())
    })?;
    Ok((watched, Watch::Tap(slot)))
}

/// A copy of what a layout shows of a storage, contiguous.
fn copied<S>(storage: &S, layout: &Layout) -> Result<(S, Shape)>
where
    S: BackendStorage,
    S::Device: BackendDevice<Storage = S>,
{
    let shape = layout.shape().clone();
    let mut copy = storage.device().zeros_impl(&shape, storage.dtype())?;
    storage.copy_strided_src(&mut copy, 0, layout)?;
    Ok((copy, shape))
}

/// The value of a custom operation, on the device that asks.
macro_rules! hand_out {
    ($value:expr, $variant:ident) => {{
        let (storage, layout) = $value.storage_and_layout();
        match &*storage {
            Storage::$variant(storage) => copied(storage, layout),
            _ => candle_core::bail!("the value lies on another device"),
        }
    }};
}

type Rule1 = dyn Fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor> + Send + Sync;

struct Given1 {
    name: &'static str,
    value: Tensor,
    rule: Box<Rule1>,
}

impl CustomOp1 for Given1 {
    fn name(&self) -> &'static str {
        self.name
    }
    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        hand_out!(self.value, Cpu)
    }
    fn cuda_fwd(&self, _: &CudaStorage, _: &Layout) -> Result<(CudaStorage, Shape)> {
        hand_out!(self.value, Cuda)
    }
    fn metal_fwd(&self, _: &MetalStorage, _: &Layout) -> Result<(MetalStorage, Shape)> {
        hand_out!(self.value, Metal)
    }
    fn bwd(&self, x: &Tensor, value: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        // Detached, so that the rule's own operations are not recorded in turn.
        (self.rule)(&x.detach(), &value.detach(), gradient).map(Some)
    }
}

/// `value`, a function of `x`, with the rule (x, value, gradient by the value) → gradient by x.
pub(crate) fn with_rule(
    x: &Tensor,
    name: &'static str,
    value: Tensor,
    rule: impl Fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
) -> Result<Tensor> {
    if x.track_op() { x.apply_op1(Given1 { name, value, rule: Box::new(rule) }) } else { Ok(value) }
}

/// One gradient for each operand that needs one.
type Both = (Option<Tensor>, Option<Tensor>);
type Rule2 = dyn Fn(Operands<'_>, &Tensor, &Tensor) -> Result<(Tensor, Tensor)> + Send + Sync;

/// The operands of a function of two, as its rule sees them.
pub(crate) struct Operands<'a> {
    /// The left one.
    pub(crate) x: &'a Tensor,
    /// The right one.
    pub(crate) y: &'a Tensor,
}

struct Given2 {
    name: &'static str,
    value: Tensor,
    rule: Box<Rule2>,
}

impl CustomOp2 for Given2 {
    fn name(&self) -> &'static str {
        self.name
    }
    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        hand_out!(self.value, Cpu)
    }
    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        hand_out!(self.value, Cuda)
    }
    fn metal_fwd(
        &self,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        hand_out!(self.value, Metal)
    }
    fn bwd(&self, x: &Tensor, y: &Tensor, value: &Tensor, gradient: &Tensor) -> Result<Both> {
        let operands = Operands { x: &x.detach(), y: &y.detach() };
        let (by_x, by_y) = (self.rule)(operands, &value.detach(), gradient)?;
        Ok((x.track_op().then_some(by_x), y.track_op().then_some(by_y)))
    }
}

/// `value`, a function of `x` and `y`, with the rule (operands, value, gradient by the value) →
/// gradients by x and y.
pub(crate) fn with_rule2(
    x: &Tensor,
    y: &Tensor,
    name: &'static str,
    value: Tensor,
    rule: impl Fn(Operands<'_>, &Tensor, &Tensor) -> Result<(Tensor, Tensor)> + Send + Sync + 'static,
) -> Result<Tensor> {
    if x.track_op() || y.track_op() {
        x.apply_op2(y, Given2 { name, value, rule: Box::new(rule) })
    } else {
        Ok(value)
    }
}

/// The slices of `x` along an axis, each without it.
///
/// candle's own slices pass back a gradient as large as `x` each, so that taking apart n of them
/// costs n². Here they leave their gradients in slots, and a node between `x` and the slices,
/// which `backward` reaches after all of them, puts the gradient of `x` together once. What the
/// slices and that node exchange is a ticket of one element, there only for the order.
pub(crate) fn slices(x: &Tensor, axis: usize) -> Result<Vec<Tensor>> {
    let count = x.dim(axis)?;
    let values = x.detach();
    let slice = |i: usize| values.narrow(axis, i, 1)?.squeeze(axis);
    if !x.track_op() {
        return (0..count).map(slice).collect();
    }
    let slots: Vec<Slot> = (0..count).map(|_| Slot::default()).collect();
    let ticket_value = Tensor::zeros(1, x.dtype(), x.device())?;
    let collected = slots.clone();
    let ticket = with_rule(x, "slices", ticket_value.clone(), move |x, _, _| {
        let mut dims = x.dims().to_vec();
        dims.remove(axis);
        let parts = collected
            .iter()
            .map(|slot| take(slot).map_or_else(|| Tensor::zeros(&*dims, x.dtype(), x.device()), Ok))
            .collect::<Result<Vec<_>>>()?;
        Tensor::stack(&parts, axis)
    })?;
    slots
        .into_iter()
        .enumerate()
        .map(|(i, slot)| {
            let ticket_gradient = ticket_value.clone();
            with_rule(&ticket, "slice", slice(i)?, move |_, _, gradient| {
                put(&slot, gradient);
                Ok(ticket_gradient.clone())
            })
        })
        .collect()
}
