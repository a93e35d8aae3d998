//! What a recogniser read, and labels as a sparse matrix. How large the results are depends on
//! values: what is timed ends in sums over them.

use std::collections::BTreeMap;

use candle_core::{D, DType, Tensor};
use touchstone_reference::backend as K;

use crate::notes::{DECODED, SAME, SEARCHED};
use crate::workload::{Values, Workload};

const PROBABILITIES: Values = Values::Constant(&Values::Probabilities);
/// How many prefixes beam search keeps.
const WIDTH: usize = 10;

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    CtcDecode {
        let y_pred: PROBABILITIES, [2, 6, 5], [64, 128, 32];
        let lengths: Values::Below([7, 129]), [2, 1], [64, 1];
        touchstone: read(&K::ctc_decode(y_pred, lengths).tensors()?);
        candle: {
            let (_, time, classes) = y_pred.dims3()?;
            let counts = Tensor::arange(0_i64, time as i64, y_pred.device())?;
            let counts = counts.broadcast_lt(lengths)?.to_dtype(DType::F32)?;
            let logs = (y_pred.max(D::Minus1)? + 1e-8)?.log()?;
            let scores = (logs * counts)?.sum_keepdim(1)?.neg()?;
            let best = y_pred.argmax(D::Minus1)?.to_dtype(DType::I64)?.to_vec2::<i64>()?;
            let lengths: Vec<i64> = lengths.flatten_all()?.to_vec1()?;
            let rows = collapsed(best, &lengths, classes as i64 - 1);
            scores + candle(rows, y_pred)?.sum_keepdim(1)?.to_dtype(DType::F32)?
        };
        tch: {
            let (_, time, classes) = y_pred.size3()?;
            let counts = tch::Tensor::f_arange(time, (tch::Kind::Int64, y_pred.device()))?;
            let (greatest, best) = y_pred.f_max_dim(2, false)?;
            let logs = greatest.f_add_scalar(1e-8)?.f_log()?.f_mul(&counts.f_lt_tensor(lengths)?)?;
            let scores = logs.f_sum_dim_intlist(1_i64, true, None::<tch::Kind>)?.f_neg()?;
            let lengths: Vec<i64> = (&lengths.f_flatten(0, -1)?).try_into()?;
            let rows = collapsed((&best).try_into()?, &lengths, classes - 1);
            let sums = tch(rows)?.f_sum_dim_intlist(1_i64, true, None::<tch::Kind>)?;
            scores.f_add(&sums)
        };
        why "candle": DECODED;
        why "tch": "one search for the greatest, as bare, four fifths of the time; packed by tensor operations on the engine, where the bare composition collapses rows on the host";
        tried: "Tried: float64 for all probabilities, measured as 1.7 times the time of taking it for the greatest ones alone, as the engine now does";
    }
    CtcDecode as "beam search" {
        let y_pred: PROBABILITIES, [2, 4, 4], [8, 64, 16];
        let lengths: Values::Below([5, 65]), [2, 1], [8, 1];
        touchstone: {
            let search = K::ctc_decode(y_pred, lengths).greedy(false);
            read(&search.beam_width(WIDTH as i64).tensors()?)
        };
        candle: {
            let lengths: Vec<i64> = lengths.flatten_all()?.to_vec1()?;
            let (rows, scores) = searched(&y_pred.to_vec3()?, &lengths);
            let scores = Tensor::new(scores, y_pred.device())?.unsqueeze(1)?;
            scores + candle(rows, y_pred)?.sum_keepdim(1)?.to_dtype(DType::F32)?
        };
        tch: {
            let lengths: Vec<i64> = (&lengths.f_flatten(0, -1)?).try_into()?;
            let (rows, scores) = searched(&Vec::try_from(y_pred)?, &lengths);
            let sums = tch(rows)?.f_sum_dim_intlist(1_i64, true, None::<tch::Kind>)?;
            tch::Tensor::f_from_slice(&scores)?.f_unsqueeze(1)?.f_add(&sums)
        };
        why "candle": SEARCHED;
        why "tch": SEARCHED;
        tried: SEARCHED;
    }
    CtcLabelDenseToSparse {
        let labels: Values::Below([5, 100]), [4, 6], [512, 128];
        let lengths: Values::Below([7, 129]), [4], [512];
        touchstone: {
            let found = K::ctc_label_dense_to_sparse(labels, lengths)?;
            K::add(&K::sum(&found[0]).tensor()?, &K::sum(&found[1]).tensor()?)
        };
        candle: {
            let (samples, width) = labels.dims2()?;
            let lengths: Vec<i64> = lengths.to_vec1()?;
            let row = |i: usize| (0..lengths[i]).map(move |j| [i as i64, j]);
            let places: Vec<[i64; 2]> = (0..samples).flat_map(row).collect();
            let flat: Vec<i64> = places.iter().map(|[i, j]| i * width as i64 + j).collect();
            let flat = Tensor::new(flat, labels.device())?;
            let values = labels.flatten_all()?.index_select(&flat, 0)?;
            let indices = Tensor::from_vec(places.concat(), (places.len(), 2), labels.device())?;
            indices.sum_all()? + values.sum_all()?
        };
        tch: {
            let places = tch::Tensor::f_arange(labels.size()[1], (tch::Kind::Int64, labels.device()))?;
            let counts = places.f_lt_tensor(&lengths.f_unsqueeze(1)?)?;
            let (indices, values) = (counts.f_nonzero()?, labels.f_masked_select(&counts)?);
            indices.f_sum(None::<tch::Kind>)?.f_add(&values.f_sum(None::<tch::Kind>)?)
        };
        why "tch": SAME;
        tried: "Tried: nothing; lengths are read back and indices written on the host, as by the bare composition";
    }
};

/// The score of each sample, and the sum of what was read with its padding.
fn read(results: &[K::Tensor]) -> K::Result<K::Tensor> {
    let sums = K::sum(&results[0]).axis(1).keepdims(true).tensor()?;
    K::add(&results[1], &K::cast(&sums, K::DType::Float32)?)
}

/// Repeats taken together, blanks dropped.
fn collapsed(best: Vec<Vec<i64>>, lengths: &[i64], blank: i64) -> Vec<Vec<i64>> {
    let row = |(mut row, &length): (Vec<i64>, &i64)| {
        row.truncate(usize::try_from(length).unwrap_or(0));
        row.dedup();
        row.retain(|&class| class != blank);
        row
    };
    best.into_iter().zip(lengths).map(row).collect()
}

/// Rows of one length, padded with -1.
fn padded(mut rows: Vec<Vec<i64>>) -> Vec<Vec<i64>> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    rows.iter_mut().for_each(|row| row.resize(width, -1));
    rows
}

fn candle(rows: Vec<Vec<i64>>, beside: &Tensor) -> candle_core::Result<Tensor> {
    Tensor::new(padded(rows), beside.device())
}

#[cfg(feature = "tch")]
fn tch(rows: Vec<Vec<i64>>) -> Result<tch::Tensor, tch::TchError> {
    let (rows, count) = (padded(rows), -1);
    let width = rows.first().map_or(0, |row| row.len() as i64);
    tch::Tensor::f_from_slice(&rows.concat())?.f_reshape([count, width])
}

const NEVER: f64 = f64::NEG_INFINITY;

/// log(exp(a) + exp(b)).
fn either(a: f64, b: f64) -> f64 {
    let greater = a.max(b);
    if greater == NEVER { NEVER } else { greater + (a.min(b) - greater).exp().ln_1p() }
}

/// The most probable prefix of each sample, and its log probability. No library has the search: on
/// the host.
fn searched(samples: &[Vec<Vec<f32>>], lengths: &[i64]) -> (Vec<Vec<i64>>, Vec<f32>) {
    let search = |(lines, &length): (&Vec<Vec<f32>>, &i64)| {
        let length = usize::try_from(length).unwrap_or(0);
        // The log probabilities of a prefix that ends in a blank, and of one that does not.
        let mut beam: Vec<(Vec<i64>, [f64; 2])> = vec![(Vec::new(), [0.0, NEVER])];
        for line in &lines[..length] {
            beam = extended(&beam, line);
        }
        let (best, [blank, label]) = beam.swap_remove(0);
        (best, either(blank, label) as f32)
    };
    samples.iter().zip(lengths).map(search).unzip()
}

fn extended(beam: &[(Vec<i64>, [f64; 2])], line: &[f32]) -> Vec<(Vec<i64>, [f64; 2])> {
    let sum: f64 = line.iter().map(|&p| f64::from(p) + 1e-8).sum();
    let logs: Vec<f64> = line.iter().map(|&p| ((f64::from(p) + 1e-8) / sum).ln()).collect();
    let Some((log_blank, logs)) = logs.split_last() else { return Vec::new() };
    let mut next: BTreeMap<Vec<i64>, [f64; 2]> = BTreeMap::new();
    for (prefix, [blank, label]) in beam {
        let both = either(*blank, *label);
        let last = prefix.last().copied();
        let same = next.entry(prefix.clone()).or_insert([NEVER; 2]);
        same[0] = either(same[0], both + log_blank);
        if let Some(last) = last {
            same[1] = either(same[1], label + logs[last as usize]);
        }
        for (class, log) in (0..).zip(logs) {
            // A label is repeated only behind a blank.
            let before = if last == Some(class) { *blank } else { both };
            let longer = next.entry([&prefix[..], &[class]].concat()).or_insert([NEVER; 2]);
            longer[1] = either(longer[1], before + log);
        }
    }
    let mut beam: Vec<_> = next.into_iter().collect();
    beam.sort_by(|(_, a), (_, b)| either(b[0], b[1]).total_cmp(&either(a[0], a[1])));
    beam.truncate(WIDTH);
    beam
}
