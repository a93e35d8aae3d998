//! ctc_decode, ctc_label_dense_to_sparse: results as large as their values say, without gradients
//! but by the labels.

use candle_core::{DType as Storage, Device, Result as Native, Tensor};
use touchstone_reference::backend::{CtcDecode, CtcLabelDenseToSparse, FLOOR, input_lengths};
use touchstone_reference::engine::{Path, beam_search};

use crate::cumulative::running;
use crate::failure::Result;
use crate::ops::{Extreme, constant, filled, keep_where, log_softmax};
use crate::tensor::CandleTensor;

/// What stands where a sequence has ended.
const PADDING: i64 = -1;

pub(crate) fn ctc_decode(call: &CtcDecode<&CandleTensor>) -> Result<Vec<Tensor>> {
    let y_pred = call.y_pred.native().detach();
    let (samples, time, _) = y_pred.dims3()?;
    let lengths = input_lengths(&call.input_length.wholes()?, time)?;
    // In float64: a probability near 1 has a logarithm near 0.
    let floor = call.y_pred.dtype().round(FLOOR);
    let floored = |p: &Tensor| p.to_dtype(Storage::F64)?.affine(1.0, floor);
    let mut results = match call.beam() {
        Some((width, paths)) => searched(&floored(&y_pred)?, &lengths, width, paths)?,
        None if samples == 0 || time == 0 => {
            let device = y_pred.device();
            let scores = filled(Storage::F64, &[samples, 1], 0.0, device)?;
            vec![filled(Storage::I64, &[samples, 0], 0.0, device)?, scores]
        }
        None => greedy(&y_pred, floored, &lengths)?,
    };
    if let Some(scores) = results.last_mut() {
        *scores = scores.to_dtype(y_pred.dtype())?;
    }
    Ok(results)
}

/// The most probable class at each time, repeats collapsed and blanks dropped.
fn greedy(
    y_pred: &Tensor,
    floored: impl Fn(&Tensor) -> Native<Tensor>,
    lengths: &[usize],
) -> Native<Vec<Tensor>> {
    let (samples, time, classes) = y_pred.dims3()?;
    let device = y_pred.device();
    let best = Extreme::Greatest.position(y_pred, 2)?.to_dtype(Storage::I64)?;
    let lengths: Vec<i64> = lengths.iter().map(|&length| length as i64).collect();
    let lengths = Tensor::from_vec(lengths, (samples, 1), device)?;
    let counts = Tensor::arange(0, time as i64, device)?.unsqueeze(0)?.broadcast_lt(&lengths)?;

    let greatest = y_pred.contiguous()?.gather(&best.unsqueeze(2)?, 2)?.squeeze(2)?;
    let scores = keep_where(&counts, &floored(&greatest)?.log()?)?.sum_keepdim(1)?.neg()?;

    let first = filled(Storage::I64, &[samples, 1], -1.0, device)?;
    let before = Tensor::cat(&[&first, &best.narrow(1, 0, time - 1)?], 1)?;
    let blank = constant(&best, (classes - 1) as f64)?;
    let kept = ((counts * best.ne(&before)?)? * best.ne(&blank)?)?;
    Ok(vec![packed(&best, &kept)?, scores])
}

/// The entries of each row that are kept, from the left on, and padding.
fn packed(rows: &Tensor, kept: &Tensor) -> Native<Tensor> {
    let (samples, _) = rows.dims2()?;
    let flags = kept.to_dtype(Storage::I64)?;
    // How many are kept up to each, itself included.
    let up_to = running(flags.t()?.contiguous()?, Tensor::add)?.t()?.contiguous()?;
    let width = up_to.max_all()?.to_scalar::<i64>()?;
    // One column before the others takes what is dropped.
    let places = (up_to * flags)?;
    let columns =
        filled(Storage::I64, &[samples, width as usize + 1], PADDING as f64, rows.device())?;
    columns.scatter(&places, rows, 1)?.narrow(1, 1, width as usize)?.contiguous()
}

/// Beam search, on the host.
fn searched(
    floored: &Tensor,
    lengths: &[usize],
    width: usize,
    paths: usize,
) -> Native<Vec<Tensor>> {
    let (samples, time, classes) = floored.dims3()?;
    let device = floored.device();
    let lines = if floored.elem_count() == 0 {
        Vec::new()
    } else {
        log_softmax(&floored.log()?)?.flatten_all()?.to_vec1::<f64>()?
    };
    let found: Vec<Vec<Path>> = lengths
        .iter()
        .enumerate()
        .map(|(sample, &length)| {
            let lines = &lines[sample * time * classes..][..length * classes];
            beam_search(lines, classes, width, paths)
        })
        .collect();
    let mut results = (0..paths)
        .map(|path| {
            let sequences: Vec<&[usize]> = found.iter().map(|paths| &paths[path].0[..]).collect();
            padded(&sequences, device)
        })
        .collect::<Native<Vec<Tensor>>>()?;
    let scores: Vec<f64> = found.iter().flatten().map(|&(_, score)| score).collect();
    results.push(Tensor::from_vec(scores, (samples, paths), device)?);
    Ok(results)
}

/// Sequences as one tensor.
fn padded(sequences: &[&[usize]], device: &Device) -> Native<Tensor> {
    let width = sequences.iter().map(|labels| labels.len()).max().unwrap_or(0);
    let rows: Vec<i64> = sequences
        .iter()
        .flat_map(|labels| (0..width).map(|i| labels.get(i).map_or(PADDING, |&label| label as i64)))
        .collect();
    Tensor::from_vec(rows, (sequences.len(), width), device)
}

pub(crate) fn ctc_label_dense_to_sparse(
    call: &CtcLabelDenseToSparse<&CandleTensor>,
) -> Result<Vec<Tensor>> {
    let labels = call.labels.native();
    let (samples, width) = labels.dims2()?;
    let lengths = call.lengths(&call.label_lengths.wholes()?, width)?;
    let places: Vec<[usize; 2]> = lengths
        .iter()
        .enumerate()
        .flat_map(|(row, &length)| (0..length).map(move |column| [row, column]))
        .collect();
    let (count, device) = (places.len(), labels.device());
    let indices: Vec<i64> = places.iter().flatten().map(|&at| at as i64).collect();
    let values = if count == 0 {
        filled(labels.dtype(), &[0], 0.0, device)?
    } else {
        let flat: Vec<i64> =
            places.iter().map(|[row, column]| (row * width + column) as i64).collect();
        labels
            .flatten_all()?
            .contiguous()?
            .index_select(&Tensor::from_vec(flat, count, device)?, 0)?
    };
    Ok(vec![
        Tensor::from_vec(indices, (count, 2), device)?,
        values,
        Tensor::from_vec(vec![samples as i64, width as i64], 2, device)?,
    ])
}
