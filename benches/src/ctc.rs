//! The cost of an alignment.

use candle_core::{D, DType, Tensor};
use touchstone_reference::backend as K;

use crate::Outcome;
use crate::workload::{Values, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    CtcBatchCost {
        let labels: Values::Below([4, 31]), [2, 2], [32, 10];
        let probabilities: Values::Probabilities, [2, 6, 5], [32, 64, 32];
        let times: Values::Whole([6, 64]), [2, 1], [32, 1];
        let lengths: Values::Whole([2, 10]), [2, 1], [32, 1];
        touchstone: K::ctc_batch_cost(labels, probabilities, times, lengths);
        candle: candle(labels, probabilities, times, lengths);
        tch: {
            let logs = probabilities.f_add_scalar(1e-8)?.f_log()?.f_log_softmax(2, None)?;
            let (times, lengths) = (times.f_flatten(0, -1)?, lengths.f_flatten(0, -1)?);
            let (blank, each) = (probabilities.size()[2] - 1, tch::Reduction::None);
            let logs = logs.f_transpose(0, 1)?;
            tch::Tensor::f_ctc_loss_tensor(&logs, labels, &times, &lengths, blank, each, false)?
                .f_unsqueeze(1)
        };
        why "tch": "libtorch's own derivative subtracts scores as large as the loss and loses what they share: recorded, its recursion runs in float64, measured as twice the time. Labels and lengths are checked on the host";
        why "candle": "computed in float64, so that long alignments keep their digits: candle's exponentials are measured as 1.8 times as long in it";
        tried: "some ten small operations for each time, about two microseconds each. Tried: the derivative by a recursion from the end as one node, which in float64 is still faster than the recorded one of the bare composition";
    }
};

/// candle has none: the recursion in the space of logarithms.
fn candle(
    labels: &Tensor,
    probabilities: &Tensor,
    times: &Tensor,
    lengths: &Tensor,
) -> Outcome<Tensor> {
    let device = labels.device();
    let (samples, length) = labels.dims2()?;
    let (_, time, classes) = probabilities.dims3()?;
    // Blanks around and between the labels.
    let states = 2 * length + 1;
    let blank = Tensor::full(classes as i64 - 1, (samples, length, 1), device)?;
    let pairs = Tensor::cat(&[&blank, &labels.unsqueeze(2)?], 2)?.flatten_from(1)?;
    let extended = Tensor::cat(&[&pairs, &blank.get_on_dim(1, 0)?], 1)?;
    let impossible = |count: usize| Tensor::full(-1e30_f32, (samples, count), device);
    // A label may follow the one before the blank, if they differ.
    let differ = extended.narrow(1, 2, states - 2)?.ne(&extended.narrow(1, 0, states - 2)?)?;
    let (never, free) =
        (impossible(states)?, Tensor::zeros((samples, states), DType::F32, device)?);
    let skip = differ.pad_with_zeros(1, 2, 0)?.where_cond(&free, &never)?;

    let logs = (probabilities + 1e-8)?.log()?;
    let logs = logs.broadcast_sub(&logs.log_sum_exp(D::Minus1)?.unsqueeze(2)?)?;
    let classes = extended.unsqueeze(1)?.broadcast_as((samples, time, states))?.contiguous()?;
    let scores = logs.gather(&classes, 2)?;
    let first = scores.get_on_dim(1, 0)?;
    let mut forward = Tensor::cat(&[&first.narrow(1, 0, 2)?, &impossible(states - 2)?], 1)?;
    for t in 1..time {
        let padded = Tensor::cat(&[&impossible(2)?, &forward], 1)?;
        let two = (padded.narrow(1, 0, states)? + &skip)?;
        let ways = Tensor::stack(&[&forward, &padded.narrow(1, 1, states)?, &two], 0)?;
        let next = (ways.log_sum_exp(0)? + scores.get_on_dim(1, t)?)?;
        let counts = times.gt(t as f64)?.broadcast_as((samples, states))?;
        forward = counts.where_cond(&next, &forward)?;
    }
    let last = (lengths * 2.0)?;
    let ends = forward.gather(&Tensor::cat(&[&last, &(&last - 1.0)?], 1)?, 1)?;
    Ok(ends.log_sum_exp(1)?.neg()?.unsqueeze(1)?)
}
