//! ctc_batch_cost: libtorch's own, or the forward recursion over all samples at once.
//!
//! The derivative of libtorch's own subtracts forward and backward scores that are as large as the
//! loss, and loses what they have in common. In float64 it leaves float32 all its digits; float64
//! has no wider type, and there libtorch differentiates the recursion.

use tch::{Device, Kind, Reduction, TchError, Tensor};
use touchstone_reference::functions::ctc::{Alignment, CtcBatchCost, FLOOR};

use crate::failure::{Computed, failed};
use crate::tensor::{TchTensor, elements};

/// The logarithm of what cannot be: finite, for the difference of two infinities would be NaN,
/// and so far down that adding any score or another of these changes nothing.
const IMPOSSIBLE: f64 = -1e30;

/// Host copies of labels or lengths, which are small and have to be checked before use.
pub(crate) fn wholes(t: &TchTensor) -> Result<Vec<i64>, TchError> {
    elements(&t.wholes()?)
}

/// A host matrix with a row a sample, on the device.
pub(crate) fn matrix<T: tch::kind::Element>(
    rows: &[T],
    shape: [usize; 2],
    device: Device,
) -> Result<Tensor, TchError> {
    Tensor::f_from_slice(rows)?.f_reshape(shape.map(|n| n as i64))?.f_to_device(device)
}

pub(crate) fn ctc_batch_cost(call: &CtcBatchCost<&TchTensor>) -> Computed {
    let y_pred = &call.y_pred.tensor;
    let dims: Vec<usize> = y_pred.size().iter().map(|&n| n as usize).collect();
    let &[samples, time, classes] = dims.as_slice() else {
        return Err(failed(format!("y_pred has shape {dims:?}")).into());
    };
    let max_length = call.y_true.tensor.size().last().map_or(0, |&n| n as usize);
    let alignment = Alignment::check(
        &wholes(call.y_true)?,
        max_length,
        &wholes(call.input_length)?,
        &wholes(call.label_length)?,
        time,
        classes,
    )?;
    let plan = Plan::new(&alignment, classes);
    let (kind, device) = (y_pred.f_kind()?, y_pred.device());
    // What is fixed by lengths alone: nothing to align costs 0, the impossible costs infinity.
    let fixed: Vec<f64> =
        plan.possible.iter().map(|&p| if p { 0.0 } else { f64::INFINITY }).collect();
    let fixed = matrix(&fixed, [samples, 1], device)?.f_to_kind(kind)?;
    if plan.steps == 0 {
        return Ok(fixed);
    }
    let floor = call.y_pred.dtype.round(FLOOR);
    let logs = plan.logs(y_pred, floor)?;
    let cost = if y_pred.requires_grad() && kind == Kind::Double {
        plan.total(&plan.scores(&logs)?)?.f_neg()?
    } else {
        own_cost(&alignment, &plan, &logs)?
    };
    Ok(cost.f_where_self(&matrix(&plan.aligned, [samples, 1], device)?, &fixed)?)
}

/// By libtorch's own recursion, (samples, 1).
fn own_cost(alignment: &Alignment, plan: &Plan, logs: &Tensor) -> Result<Tensor, TchError> {
    let (mut labels, mut times, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for (i, own) in alignment.labels.iter().enumerate() {
        // What is not aligned is not used: all of the time, without a label.
        let aligned = plan.aligned[i];
        let own = if aligned { own.as_slice() } else { &[] };
        labels.extend(own.iter().map(|&label| label as i64));
        lengths.push(own.len() as i64);
        times.push(if aligned { alignment.input_lengths[i] } else { plan.steps } as i64);
    }
    let labels = Tensor::f_from_slice(&labels)?.f_to_device(logs.device())?;
    let kind = if logs.requires_grad() { Kind::Double } else { logs.f_kind()? };
    let (by_time, blank) = (logs.f_to_kind(kind)?.f_transpose(0, 1)?, logs.size()[2] - 1);
    let cost =
        Tensor::f_ctc_loss(&by_time, &labels, times, lengths, blank, Reduction::None, false)?;
    cost.f_to_kind(logs.f_kind()?)?.f_unsqueeze(1)
}

/// The batch laid out for the recursion; every table has a row a sample.
struct Plan {
    samples: usize,
    /// How many times the longest sample has.
    steps: usize,
    /// How many states the longest extended label has: blanks around and between the labels.
    states: usize,
    /// Whether the labels fit in the time.
    possible: Vec<bool>,
    /// Whether they do, and there is a time at all.
    aligned: Vec<bool>,
    /// For every time, whether it counts.
    counts: Vec<bool>,
    /// For every state, its class.
    extended: Vec<i64>,
    /// For every state, what it adds to come from two states before: 0, or IMPOSSIBLE where a
    /// blank or a repetition lies between.
    skips: Vec<f64>,
    /// The two states in which an alignment ends, and what ending there adds.
    ends: Vec<i64>,
    end_scores: Vec<f64>,
}

impl Plan {
    fn new(alignment: &Alignment, classes: usize) -> Self {
        let samples = alignment.labels.len();
        let possible: Vec<bool> = (0..samples).map(|i| alignment.is_possible(i)).collect();
        let longest = alignment.labels.iter().map(Vec::len).max().unwrap_or(0);
        let mut plan = Plan {
            samples,
            steps: alignment.input_lengths.iter().copied().max().unwrap_or(0),
            states: 2 * longest + 1,
            aligned: Vec::with_capacity(samples),
            counts: Vec::new(),
            extended: Vec::new(),
            skips: Vec::new(),
            ends: Vec::new(),
            end_scores: Vec::new(),
            possible,
        };
        for (i, labels) in alignment.labels.iter().enumerate() {
            let length = alignment.input_lengths[i];
            let aligned = plan.possible[i] && length > 0;
            plan.aligned.push(aligned);
            plan.counts.extend((0..plan.steps).map(|t| aligned && t < length));
            for state in 0..plan.states {
                let label = if state % 2 == 1 { labels.get(state / 2) } else { None };
                let before = (state / 2).checked_sub(1).and_then(|before| labels.get(before));
                plan.extended.push(label.map_or(classes - 1, |&label| label) as i64);
                let skips = label.is_some() && label != before;
                plan.skips.push(if skips { 0.0 } else { IMPOSSIBLE });
            }
            let last = 2 * labels.len() as i64;
            plan.ends.extend([last, (last - 1).max(0)]);
            plan.end_scores.extend([0.0, if last > 0 { 0.0 } else { IMPOSSIBLE }]);
        }
        plan
    }

    /// For every time the score of every class, (samples, steps, classes).
    fn logs(&self, y_pred: &Tensor, floor: f64) -> Result<Tensor, TchError> {
        let device = y_pred.device();
        let counts = matrix(&self.counts, [self.samples, self.steps], device)?.f_unsqueeze(2)?;
        // Times that do not count enter as constants: NaN there reaches no derivative.
        let counted =
            y_pred.f_narrow(1, 0, self.steps as i64)?.f_where_scalarother(&counts, 1.0)?;
        counted.f_add_scalar(floor)?.f_log()?.f_log_softmax(2, None)
    }

    /// For every time the score of every state's class, (samples, states) each.
    fn scores(&self, logs: &Tensor) -> Result<Vec<Tensor>, TchError> {
        let shape = [self.samples, self.steps, self.states].map(|n| n as i64);
        let classes =
            matrix(&self.extended, [self.samples, self.states], logs.device())?.f_unsqueeze(1)?;
        logs.f_gather(2, &classes.f_expand(shape, false)?, false)?.f_unbind(1)
    }

    /// The log probability of all alignments, (samples, 1).
    fn total(&self, scores: &[Tensor]) -> Result<Tensor, TchError> {
        let kind = scores[0].f_kind()?;
        let device = scores[0].device();
        let table =
            |rows: &[f64], width| matrix(rows, [self.samples, width], device)?.f_to_kind(kind);
        let counts = matrix(&self.counts, [self.samples, self.steps], device)?.f_unbind(1)?;
        // What a state adds to come from two before, one before, and itself.
        let skips = table(&self.skips, self.states)?.f_unsqueeze(2)?;
        let skips = skips.f_pad([0, 2], "constant", 0.0)?;
        let states = Tensor::f_arange(self.states as i64, (Kind::Int64, device))?;
        let mut forward = scores[0].f_where_scalarother(&states.f_lt(2)?, IMPOSSIBLE)?;
        for (score, counts) in scores.iter().zip(&counts).skip(1) {
            let from = forward.f_pad([2, 0], "constant", IMPOSSIBLE)?.f_unfold(1, 3, 1)?;
            let next = from.f_add(&skips)?.f_logsumexp([2_i64], false)?.f_add(score)?;
            forward = next.f_where_self(&counts.f_unsqueeze(1)?, &forward)?;
        }
        let ends = matrix(&self.ends, [self.samples, 2], device)?;
        let last = forward.f_gather(1, &ends, false)?.f_add(&table(&self.end_scores, 2)?)?;
        last.f_logsumexp([1_i64], true)
    }
}
