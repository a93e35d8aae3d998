//! ctc_decode, ctc_label_dense_to_sparse: what a recogniser read, and labels as a sparse matrix.

use std::collections::BTreeMap;

use super::ctc::{self, FLOOR};
use super::labels::*;
use super::position::first_greatest;
use super::{dense, floating, plain, ranked, same};
use crate::dtype::DType;
use crate::error::{Label, Refusal};
use crate::number::{Elementary, Integer, Number};
use crate::shape::Spec;
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

entry! {
    /// The most probable label sequences of each sample, read off class probabilities over time.
    ///
    /// Shapes: y_pred (samples, time, classes), input_length (samples,) or (samples, 1). Results:
    /// decoded sequences (samples, width), int64, padded with -1 and as wide as the longest, one
    /// tensor for each of the top paths; then their scores. The blank is the last class. Greedy:
    /// the most probable class at each time, repeats collapsed, blanks dropped; one path, and
    /// scores (samples, 1), the negated log probability of the path with p + 1e-8. Beam search:
    /// prefix search with p + 1e-8 in log space, normalised at each time; prefixes that meet are
    /// summed, equal neighbours separated by a blank are kept apart, and after each time the
    /// beam_width most probable prefixes stay; scores (samples, top_paths), log probabilities.
    CtcDecode = ctc_decode {
        /// The predicted class probabilities at each time.
        tensor y_pred;
        /// How many times of y_pred count, per sample.
        tensor input_length;
        /// Whether to take the best class at each time, rather than to search.
        plain greedy: bool = true;
        /// How many prefixes beam search keeps.
        plain beam_width: i64 = 100;
        /// How many paths beam search gives.
        plain top_paths: i64 = 1;
    }
    constraints [
        "y_pred has rank 3",
        "input_length has shape (samples,) or (samples, 1)",
        "the samples agree",
        "there is at least one class, the blank",
        "every input_length lies in 0..=time",
        "beam search: beam_width and top_paths are positive, and top_paths is at most beam_width",
    ]
    conventions [
        "greedy: the lowest class on ties, beam_width and top_paths are not looked at",
        "beam search: the lexicographically smaller prefix on ties; NaN is as improbable as can be",
        "fewer prefixes than top_paths: the missing ones are empty, with log probability -inf",
        "input_length 0 decodes to nothing, with log probability 0",
        "no gradient flows",
    ]
    source "Keras 1.1 backend on TensorFlow, ctc_decode; decision for equal neighbours and ties",
    example "ctc_decode([[[0.6, 0.4], [0.3, 0.7]]], [2]) = ([[0]], [[0.8675006]])"
}

/// More paths than a call gives: each is a tensor of its own.
const MAX_PATHS: usize = 1 << 16;

impl<T> CtcDecode<T> {
    /// Width of the beam, and how many paths are wanted, where the search is by beam.
    pub fn beam(&self) -> Option<(usize, usize)> {
        let size = |n: i64| usize::try_from(n).unwrap_or(0);
        (!self.greedy).then(|| (size(self.beam_width), size(self.top_paths)))
    }
}

impl CtcDecode<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("y_pred", &self.y_pred)?;
        dense("y_pred", &self.y_pred)?;
        dense("input_length", &self.input_length)?;
        ranked(C1, "y_pred", &self.y_pred, 3)?;
        let lengths = ctc::length_dim("input_length", &self.input_length)?;
        let samples = same(C3, "samples", self.y_pred.dims[0], lengths)?;
        C4.require(self.y_pred.dims[2] != Some(0), || "y_pred has no class".into())?;
        let paths = match self.beam() {
            None => 1,
            Some((width, paths)) => {
                C6.require(paths >= 1 && paths <= width, || {
                    format!("beam_width {}, top_paths {}", self.beam_width, self.top_paths)
                })?;
                Label::G(3).require(paths <= MAX_PATHS, || {
                    format!("top_paths is {paths}, a call has at most {MAX_PATHS} results")
                })?;
                paths
            }
        };
        let mut specs = vec![Spec::new(DType::Int64, [samples, None]); paths];
        specs.push(self.y_pred.with_dims([samples, Some(paths)]));
        Ok(specs)
    }
}

/// A sequence of labels and its score.
type Path<N> = (Vec<usize>, N);

/// Sequences as one tensor, padded with -1.
fn padded(sequences: &[&[usize]]) -> Tensor<Integer> {
    let width = sequences.iter().map(|labels| labels.len()).max().unwrap_or(0);
    Tensor::from_fn(vec![sequences.len(), width], |index| {
        Integer(sequences[index[0]].get(index[1]).map_or(-1, |&label| label as i64))
    })
}

impl<N: Number> CtcDecode<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let probabilities = self.y_pred.floats();
        let &[samples, time, classes] = probabilities.shape() else { return Ok(Vec::new()) };
        let floor: N = plain(self.y_pred.dtype.computing(), FLOOR);
        let lengths = ctc::input_lengths(self.input_length.wholes().data(), time)?;
        let paths: Vec<Vec<Path<N>>> = (0..samples)
            .map(|sample| {
                let p = |t, class| probabilities.at(&[sample, t, class]).stopped();
                let lines: Vec<Vec<N>> = (0..lengths[sample])
                    .map(|t| (0..classes).map(|class| p(t, class)).collect())
                    .collect();
                let logit = |p: N| p.plus(floor).apply(Elementary::Log);
                match self.beam() {
                    None => vec![greedy(&lines, logit)],
                    Some((width, paths)) => {
                        let lines: Vec<Vec<N>> = lines
                            .into_iter()
                            .map(|line| line.into_iter().map(logit).collect())
                            .collect();
                        search(&lines, classes - 1, width, paths)
                    }
                }
            })
            .collect();
        let count = specs.len() - 1;
        let mut results: Vec<Numbers<N>> = (0..count)
            .map(|path| {
                let sequences: Vec<&[usize]> =
                    paths.iter().map(|paths| &paths[path].0[..]).collect();
                Numbers::Whole(padded(&sequences))
            })
            .collect();
        let scores = Tensor::from_fn(vec![samples, count], |index| paths[index[0]][index[1]].1);
        results.push(Numbers::Float(scores));
        Ok(results)
    }
}

/// The most probable class at each time.
fn greedy<N: Number>(lines: &[Vec<N>], logit: impl Fn(N) -> N) -> Path<N> {
    let best: Vec<usize> = lines.iter().map(|line| first_greatest(line)).collect();
    let terms: Vec<N> = lines.iter().zip(&best).map(|(line, &class)| logit(line[class])).collect();
    let blank = lines.first().map_or(0, |line| line.len() - 1);
    let labels = best
        .iter()
        .enumerate()
        .filter(|&(t, &class)| class != blank && (t == 0 || best[t - 1] != class))
        .map(|(_, &class)| class)
        .collect();
    (labels, N::sum(&terms).negated())
}

/// The log probability of a prefix, over the alignments that end in a blank and those that end in
/// its last label; `None` is impossible.
#[derive(Clone, Copy, Debug)]
struct Mass<N> {
    blank: Option<N>,
    label: Option<N>,
}

impl<N: Number> Mass<N> {
    const NONE: Self = Mass { blank: None, label: None };

    fn total(self) -> Option<N> {
        added(self.blank, self.label)
    }
}

/// log(e^a + e^b)
fn added<N: Number>(a: Option<N>, b: Option<N>) -> Option<N> {
    match (a, b) {
        (Some(a), Some(b)) => Some(N::log_sum_exp(&[a, b])),
        (a, b) => a.or(b),
    }
}

/// Prefix beam search.
fn search<N: Number>(lines: &[Vec<N>], blank: usize, width: usize, paths: usize) -> Vec<Path<N>> {
    let mut beam: BTreeMap<Vec<usize>, Mass<N>> =
        BTreeMap::from([(Vec::new(), Mass { blank: Some(N::zero()), label: None })]);
    for line in lines {
        let norm = N::log_sum_exp(line);
        let line: Vec<N> = line.iter().map(|p| p.minus(norm)).collect();
        let mut next: BTreeMap<Vec<usize>, Mass<N>> = BTreeMap::new();
        for (prefix, mass) in &beam {
            let total = mass.total();
            let stays = next.entry(prefix.clone()).or_insert(Mass::NONE);
            stays.blank = added(stays.blank, total.map(|p| p.plus(line[blank])));
            if let Some(&last) = prefix.last() {
                stays.label = added(stays.label, mass.label.map(|p| p.plus(line[last])));
            }
            for (class, &p) in line.iter().enumerate().filter(|&(class, _)| class != blank) {
                // After its own label a prefix grows only where a blank lies between.
                let from = if prefix.last() == Some(&class) { mass.blank } else { total };
                if let Some(from) = from {
                    let grown = next.entry([&prefix[..], &[class]].concat()).or_insert(Mass::NONE);
                    grown.label = added(grown.label, Some(from.plus(p)));
                }
            }
        }
        let kept = ranked_prefixes(next, width);
        beam = kept.into_iter().collect();
    }
    let mut found: Vec<Path<N>> = ranked_prefixes(beam, paths)
        .into_iter()
        .filter_map(|(prefix, mass)| mass.total().map(|p| (prefix, p)))
        .collect();
    found.resize(paths, (Vec::new(), N::constant(f64::NEG_INFINITY)));
    found
}

/// The most probable prefixes, the best first. Where rounding may order them otherwise, that is
/// noted.
fn ranked_prefixes<N: Number>(
    prefixes: BTreeMap<Vec<usize>, Mass<N>>,
    count: usize,
) -> Vec<(Vec<usize>, Mass<N>)> {
    let value = |mass: &Mass<N>| {
        let p = mass.total().map_or(f64::NEG_INFINITY, Number::value);
        if p.is_nan() { f64::NEG_INFINITY } else { p }
    };
    // Stable, and the map is in lexicographic order.
    let mut ranked: Vec<_> = prefixes.into_iter().collect();
    ranked.sort_by(|(_, a), (_, b)| value(b).total_cmp(&value(a)));
    for pair in ranked.windows(2).take(count) {
        if let (Some(better), Some(worse)) = (pair[0].1.total(), pair[1].1.total()) {
            better.greater(worse).decided();
        }
    }
    ranked.truncate(count);
    ranked
}

entry! {
    /// Dense labels as the coordinates and values of a sparse matrix.
    ///
    /// Shapes: labels (samples, max length), label_lengths (samples,) or (samples, 1). Results:
    /// indices (n, 2), int64, row by row; values (n,), as labels; the shape (2,), int64.
    CtcLabelDenseToSparse = ctc_label_dense_to_sparse {
        /// The labels.
        tensor labels;
        /// How many entries of each row count.
        tensor label_lengths;
    }
    constraints [
        "labels has rank 2",
        "label_lengths has shape (samples,) or (samples, 1)",
        "the samples agree",
        "no label_length is negative",
    ]
    conventions ["a length beyond the width means the whole row", "entries past a row's label_length are never read"]
    source "Keras 1.1 backend on TensorFlow, ctc_label_dense_to_sparse",
    example "ctc_label_dense_to_sparse([[3, 4], [5, 6]], [2, 1]) = ([[0, 0], [0, 1], [1, 0]], [3, 4, 5], [2, 2])", moves; several
}

impl<T> CtcLabelDenseToSparse<T> {
    /// How many entries of each row count, of `width` many.
    pub fn lengths(&self, label_lengths: &[i64], width: usize) -> Result<Vec<usize>, Refusal> {
        let length = |&n: &i64| {
            let n = usize::try_from(n).map_err(|_| C4.refuse(format!("label_length {n}")))?;
            Ok(n.min(width))
        };
        label_lengths.iter().map(length).collect()
    }
}

impl CtcLabelDenseToSparse<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        dense("labels", &self.labels)?;
        dense("label_lengths", &self.label_lengths)?;
        ranked(C1, "labels", &self.labels, 2)?;
        let lengths = ctc::length_dim("label_lengths", &self.label_lengths)?;
        same(C3, "samples", self.labels.dims[0], lengths)?;
        Ok(vec![
            Spec::new(DType::Int64, [None, Some(2)]),
            self.labels.with_dims([None]),
            Spec::known(DType::Int64, &[2]),
        ])
    }
}

impl<N: Number> CtcLabelDenseToSparse<&Value<N>> {
    pub(crate) fn evaluate(&self, _specs: &[Spec]) -> Evaluated<N> {
        let &[samples, width] = self.labels.shape() else { return Ok(Vec::new()) };
        let lengths = self.lengths(self.label_lengths.wholes().data(), width)?;
        let places: Vec<[usize; 2]> =
            (0..samples).flat_map(|i| (0..lengths[i]).map(move |j| [i, j])).collect();
        let indices = Tensor::from_fn(vec![places.len(), 2], |index| {
            Integer(places[index[0]][index[1]] as i64)
        });
        let values = crate::tensor::numbers!(self.labels, t => {
            t.moved(&[places.len()], |index, at| at.extend(places[index[0]]))
        });
        let shape = Tensor::new(vec![2], vec![Integer(samples as i64), Integer(width as i64)]);
        Ok(vec![Numbers::Whole(indices), values, Numbers::Whole(shape)])
    }
}
