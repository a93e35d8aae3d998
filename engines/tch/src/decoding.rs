//! ctc_decode, ctc_label_dense_to_sparse: the search of beams runs on the host, nothing else does.

use tch::{Kind, TchError, Tensor};
use touchstone_reference::engine::{Path, beam_search};
use touchstone_reference::functions::ctc::{FLOOR, input_lengths};
use touchstone_reference::functions::decoding::{CtcDecode, CtcLabelDenseToSparse};

use crate::ctc::{matrix, wholes};
use crate::failure::{Computed, failed};
use crate::tensor::{TchTensor, elements};

/// What stands behind the labels of shorter samples.
const PADDING: i64 = -1;

/// Which columns of a matrix lie before a row's length.
fn before(lengths: &TchTensor, rows: i64, columns: i64) -> Result<Tensor, TchError> {
    let lengths = lengths.wholes()?.f_reshape([rows, 1])?;
    Tensor::f_arange(columns, (Kind::Int64, lengths.device()))?.f_lt_tensor(&lengths)
}

pub(crate) fn ctc_decode(call: &CtcDecode<&TchTensor>) -> Computed<Vec<Tensor>> {
    let p = call.y_pred.tensor.f_detach()?;
    let &[samples, time, _] = p.size().as_slice() else {
        return Err(failed(format!("y_pred has shape {:?}", p.size())).into());
    };
    let lengths = input_lengths(&wholes(call.input_length)?, time as usize)?;
    let floor = call.y_pred.dtype.round(FLOOR);
    match call.beam() {
        None => Ok(greedy(&p, &before(call.input_length, samples, time)?, floor)?),
        Some((width, paths)) => searched(&p, &lengths, floor, width, paths),
    }
}

/// The labels and scores of the most probable class at each time that counts.
fn greedy(p: &Tensor, counts: &Tensor, floor: f64) -> Result<Vec<Tensor>, TchError> {
    let size = p.size();
    let (samples, time, blank) = (size[0], size[1], size[2] - 1);
    let (greatest, best) = p.f_max_dim(2, false)?;
    let logs = greatest.f_add_scalar(floor)?.f_log()?.f_where_scalarother(counts, 0.0)?;
    let score = logs.f_sum_dim_intlist([1_i64].as_slice(), true, None::<Kind>)?.f_neg()?;
    // A label is read where it does not repeat the time before.
    let first = best.f_narrow(1, 0, time.min(1))?.f_ones_like()?.f_to_kind(Kind::Bool)?;
    let rest = (time - 1).max(0);
    let (earlier, later) = (best.f_narrow(1, 0, rest)?, best.f_narrow(1, time - rest, rest)?);
    let begins = Tensor::f_cat(&[first, later.f_ne_tensor(&earlier)?], 1)?;
    let reads = begins.f_logical_and(&best.f_ne(blank)?)?.f_logical_and(counts)?;
    // Each goes to the place that those before it leave free, the others beyond the widest.
    let places = reads.f_cumsum(1, Kind::Int64)?;
    let width = if reads.numel() == 0 { 0 } else { places.f_max()?.f_int64_value(&[])? };
    let places = places.f_sub_scalar(1)?.f_where_scalarother(&reads, width)?;
    let free = Tensor::f_full([samples, width + 1], PADDING, (Kind::Int64, p.device()))?;
    let packed = free.f_scatter(1, &places, &best)?.f_narrow(1, 0, width)?;
    Ok(vec![packed, score])
}

/// The labels of the best prefixes, then their scores.
fn searched(
    p: &Tensor,
    lengths: &[usize],
    floor: f64,
    width: usize,
    paths: usize,
) -> Computed<Vec<Tensor>> {
    let size = p.size();
    let (samples, line) = (lengths.len(), size[2] as usize);
    let logs = p.f_to_kind(Kind::Double)?.f_add_scalar(floor)?.f_log()?.f_log_softmax(2, None)?;
    let logs: Vec<f64> = elements(&logs)?;
    let found: Vec<Vec<Path>> = lengths
        .iter()
        .enumerate()
        .map(|(sample, &length)| {
            let start = sample * size[1] as usize * line;
            beam_search(&logs[start..][..length * line], line, width, paths)
        })
        .collect();
    let mut results = Vec::with_capacity(paths + 1);
    for path in 0..paths {
        let width = found.iter().map(|paths| paths[path].0.len()).max().unwrap_or(0);
        let mut labels = Vec::with_capacity(samples * width);
        for paths in &found {
            let read = paths[path].0.iter().map(|&label| label as i64);
            labels.extend(read.chain(std::iter::repeat(PADDING)).take(width));
        }
        results.push(matrix(&labels, [samples, width], p.device())?);
    }
    let scores: Vec<f64> = found.iter().flatten().map(|path| path.1).collect();
    results.push(matrix(&scores, [samples, paths], p.device())?);
    Ok(results)
}

pub(crate) fn ctc_label_dense_to_sparse(
    call: &CtcLabelDenseToSparse<&TchTensor>,
) -> Computed<Vec<Tensor>> {
    let labels = &call.labels.tensor;
    let &[samples, width] = labels.size().as_slice() else {
        return Err(failed(format!("labels has shape {:?}", labels.size())).into());
    };
    call.lengths(&wholes(call.label_lengths)?, width as usize)?;
    let counts = before(call.label_lengths, samples, width)?;
    let shape = Tensor::f_from_slice(&[samples, width])?.f_to_device(labels.device())?;
    Ok(vec![counts.f_nonzero()?, labels.f_masked_select(&counts)?, shape])
}
