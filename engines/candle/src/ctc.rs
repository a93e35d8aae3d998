//! ctc_batch_cost: the forward recursion over (samples, extended label) in log space gives the
//! value, the backward one, run only if a derivative is asked for, the occupancies.
//!
//! All of it in float64, where -1e30 stands for an impossible path: it takes part in sums of
//! exponentials as a zero and needs no guard against -inf - -inf.

use candle_core::{D, DType as Storage, Device, Result as CandleResult, Tensor};
use touchstone_reference::backend::{Alignment, CtcBatchCost, FLOOR};

use crate::derivative::with_rule;
use crate::failure::Result;
use crate::ops::{filled, log_softmax, put_where};
use crate::tensor::CandleTensor;

const IMPOSSIBLE: f64 = -1e30;

/// What is known of a batch before any probability: shape (samples, states) unless said.
struct Lattice {
    /// The class of each state of the extended label, (samples, time, states).
    classes: Tensor,
    /// 0 where a path may begin.
    start: Tensor,
    /// 0 where a state can be reached past the one before it.
    skip: Tensor,
    /// 0 where a path may end.
    end: Tensor,
    /// For each time 1 where it counts, (samples, 1); none where all count everywhere.
    counts: Option<Vec<Tensor>>,
    /// 1 where there is an alignment, (samples, 1).
    possible: Tensor,
    states: usize,
    time: usize,
}

impl Lattice {
    fn new(
        alignment: &Alignment,
        time: usize,
        classes: usize,
        device: &Device,
    ) -> CandleResult<Self> {
        let samples = alignment.labels.len();
        let longest = alignment.labels.iter().map(Vec::len).max().unwrap_or(0);
        let states = 2 * longest + 1;
        let blank = classes - 1;
        let mut class_of = vec![blank as u32; samples * states];
        let [mut start, mut skip, mut end] = [0; 3].map(|_| vec![IMPOSSIBLE; samples * states]);
        for (sample, labels) in alignment.labels.iter().enumerate() {
            let row = sample * states;
            let used = 2 * labels.len() + 1;
            for state in 0..used.min(2) {
                start[row + state] = 0.0;
                end[row + used - 1 - state] = 0.0;
            }
            for (i, &label) in labels.iter().enumerate() {
                class_of[row + 2 * i + 1] = label as u32;
                if i > 0 && labels[i - 1] != label {
                    skip[row + 2 * i + 1] = 0.0;
                }
            }
        }
        let lengths = &alignment.input_lengths;
        let counts = if lengths.iter().all(|&length| length == time) {
            None
        } else {
            let at = |t: usize| {
                let flags: Vec<u8> = lengths.iter().map(|&length| u8::from(t < length)).collect();
                Tensor::from_vec(flags, (samples, 1), device)
            };
            Some((0..time).map(at).collect::<CandleResult<_>>()?)
        };
        let possible: Vec<u8> = (0..samples).map(|i| u8::from(alignment.is_possible(i))).collect();
        let matrix = |data: Vec<f64>| Tensor::from_vec(data, (samples, states), device);
        Ok(Lattice {
            classes: Tensor::from_vec(class_of, (samples, 1, states), device)?
                .broadcast_as((samples, time, states))?
                .contiguous()?,
            start: matrix(start)?,
            skip: matrix(skip)?,
            end: matrix(end)?,
            counts,
            possible: Tensor::from_vec(possible, (samples, 1), device)?,
            states,
            time,
        })
    }

    /// Where the time counts `new`, elsewhere `old`.
    fn choose(&self, time: usize, new: Tensor, old: &Tensor) -> CandleResult<Tensor> {
        match &self.counts {
            None => Ok(new),
            Some(counts) => counts[time].broadcast_as(new.shape())?.where_cond(&new, old),
        }
    }

    /// Two columns of impossible states.
    fn border(&self) -> CandleResult<Tensor> {
        filled(Storage::F64, &[self.start.dim(0)?, 2], IMPOSSIBLE, self.start.device())
    }

    /// log Σ exp over the ways into each state, from itself, from the one and the two before.
    fn arrive(&self, forward: &Tensor, border: &Tensor) -> CandleResult<Tensor> {
        let padded = Tensor::cat(&[border, forward], 1)?;
        let one = padded.narrow(1, 1, self.states)?;
        let two = (padded.narrow(1, 0, self.states)? + &self.skip)?;
        log_sum_exp(&Tensor::stack(&[forward, &one, &two], 0)?, 0)
    }

    /// log Σ exp over the ways out of each state, into itself, into the one and the two behind.
    fn leave(&self, backward: &Tensor, border: &Tensor) -> CandleResult<Tensor> {
        let one = Tensor::cat(&[backward, border], 1)?.narrow(1, 1, self.states)?;
        let two =
            Tensor::cat(&[&(backward + &self.skip)?, border], 1)?.narrow(1, 2, self.states)?;
        log_sum_exp(&Tensor::stack(&[backward, &one, &two], 0)?, 0)
    }
}

/// log Σ exp along an axis, which goes.
fn log_sum_exp(x: &Tensor, axis: usize) -> CandleResult<Tensor> {
    let greatest = x.max_keepdim(axis)?;
    let sum = x.broadcast_sub(&greatest)?.exp()?.sum_keepdim(axis)?;
    (sum.log()? + greatest)?.squeeze(axis)
}

/// One (samples, states) matrix a time.
fn by_time(x: &Tensor) -> CandleResult<Vec<Tensor>> {
    let x = x.transpose(0, 1)?.contiguous()?;
    (0..x.dim(0)?).map(|t| x.get(t)).collect()
}

pub(crate) fn ctc_batch_cost(
    call: &CtcBatchCost<&CandleTensor>,
    shape: &[usize],
) -> Result<Tensor> {
    let y_pred = call.y_pred.native();
    let (samples, time, classes) = y_pred.dims3()?;
    let alignment = Alignment::check(
        &call.y_true.wholes()?,
        call.y_true.dims()[1],
        &call.input_length.wholes()?,
        &call.label_length.wholes()?,
        time,
        classes,
    )?;
    let (dtype, device) = (y_pred.dtype(), y_pred.device());
    if samples == 0 {
        return Ok(filled(dtype, shape, 0.0, device)?);
    }
    let lattice = Lattice::new(&alignment, time, classes, device)?;
    if time == 0 {
        let free = filled(dtype, shape, 0.0, device)?;
        return Ok(put_where(&lattice.possible.eq(0_u8)?, f64::INFINITY, &free)?);
    }
    let floored =
        y_pred.detach().to_dtype(Storage::F64)?.affine(1.0, call.y_pred.dtype().round(FLOOR))?;
    let logs = log_softmax(&floored.log()?)?;
    let emissions = by_time(&logs.gather(&lattice.classes, 2)?)?;
    let border = lattice.border()?;
    let mut forward = vec![(&lattice.start + &emissions[0])?];
    for emission in &emissions[1..] {
        let before = &forward[forward.len() - 1];
        let now = (lattice.arrive(before, &border)? + emission)?;
        forward.push(lattice.choose(forward.len(), now, before)?);
    }
    let last = &forward[forward.len() - 1];
    let total = log_sum_exp(&(last + &lattice.end)?, 1)?.unsqueeze(1)?;
    let mut cost = total.neg()?;
    if let Some(counts) = &lattice.counts {
        // No time at all: nothing to pay, if there is nothing to say.
        cost = put_where(&counts[0].eq(0_u8)?, 0.0, &cost)?;
    }
    let value = put_where(&lattice.possible.eq(0_u8)?, f64::INFINITY, &cost)?.to_dtype(dtype)?;
    let history = History { lattice, emissions, forward, total, logs, floored };
    Ok(with_rule(&y_pred, "ctc_batch_cost", value, move |_, _, gradient| {
        history.gradient(gradient)?.to_dtype(dtype)
    })?)
}

/// What the value leaves for the derivative.
struct History {
    lattice: Lattice,
    emissions: Vec<Tensor>,
    forward: Vec<Tensor>,
    total: Tensor,
    logs: Tensor,
    floored: Tensor,
}

impl History {
    /// (softmax - occupancy) / (p + floor), weighted with the gradient by each sample's cost.
    fn gradient(&self, gradient: &Tensor) -> CandleResult<Tensor> {
        let lattice = &self.lattice;
        let border = lattice.border()?;
        let mut backward = lattice.end.clone();
        let mut occupancies = Vec::with_capacity(lattice.time);
        for t in (0..lattice.time).rev() {
            if t + 1 < lattice.time {
                let ahead = (&backward + &self.emissions[t + 1])?;
                backward = lattice.choose(t + 1, lattice.leave(&ahead, &border)?, &lattice.end)?;
            }
            let log = (&self.forward[t] + &backward)?.broadcast_sub(&self.total)?;
            occupancies.push(log.exp()?);
        }
        occupancies.reverse();
        let occupancies = Tensor::stack(&occupancies, 1)?;
        let by_class = self.logs.zeros_like()?.scatter_add(&lattice.classes, &occupancies, 2)?;
        let by_log = (self.logs.exp()? - by_class)?.div(&self.floored)?;
        let weighted =
            by_log.broadcast_mul(&gradient.to_dtype(Storage::F64)?.unsqueeze(D::Minus1)?)?;
        let taking_part = match &lattice.counts {
            Some(counts) => {
                Tensor::stack(counts, 1)?.broadcast_mul(&lattice.possible.unsqueeze(1)?)?
            }
            None => lattice.possible.unsqueeze(1)?,
        };
        let none = weighted.zeros_like()?;
        taking_part.broadcast_as(weighted.shape())?.where_cond(&weighted, &none)
    }
}
