//! ctc_batch_cost: connectionist temporal classification.

use super::labels::*;
use super::{dense, floating, plain, ranked, same};
use crate::error::Refusal;
use crate::number::{Elementary, Number};
use crate::shape::{Dim, Spec, show_dims};
use crate::tensor::{Evaluated, Inferred, Numbers, Tensor, Value};

entry! {
    /// The negative log probability of each sample's labels, over all alignments.
    ///
    /// Shapes: y_true (samples, max length), y_pred (samples, time, classes), lengths (samples,)
    /// or (samples, 1); the result is (samples, 1). The blank is the last class. With
    /// a = log(y_pred + 1e-8) the loss is the exact CTC loss of log_softmax(a), so that y_pred
    /// need not sum to 1. Entries of y_true past a sample's label_length are never read.
    CtcBatchCost = ctc_batch_cost {
        /// The labels, whole numbers of any dtype.
        tensor y_true;
        /// The predicted class probabilities at each time.
        tensor y_pred;
        /// How many times of y_pred count, per sample.
        tensor input_length;
        /// How many entries of y_true count, per sample.
        tensor label_length;
    }
    constraints [
        "y_true has rank 2 and y_pred rank 3",
        "lengths have shape (samples,) or (samples, 1)",
        "the samples agree",
        "there is at least one class, the blank",
        "every input_length lies in 0..=time",
        "every label_length lies in 0..=max length",
        "every label that counts lies in 0..classes-1: the blank is no label",
    ]
    conventions [
        "label_length 0 costs -Σ log p(blank)",
        "an alignment that is impossible costs +inf for that sample alone, with gradient 0",
        "input_length 0 costs 0 without labels, and is impossible with them",
    ]
    source "Keras 1.1 backend on TensorFlow, ctc_batch_cost; decision for lengths and labels",
    example "ctc_batch_cost([[0]], [[[0.5, 0.5]]], [[1]], [[1]]) = [[0.6931472]]"
}

/// Added to probabilities before the logarithm.
pub const FLOOR: f64 = 1e-8;

/// What the lengths and labels of a batch say, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// How many times count, per sample.
    pub input_lengths: Vec<usize>,
    /// The labels that count, per sample.
    pub labels: Vec<Vec<usize>>,
}

impl Alignment {
    /// Checks lengths and labels against what is there; `y_true` is row-major.
    pub fn check(
        y_true: &[i64],
        max_length: usize,
        input_length: &[i64],
        label_length: &[i64],
        time: usize,
        classes: usize,
    ) -> Result<Self, Refusal> {
        let input_lengths = self::input_lengths(input_length, time)?;
        let label_lengths = within(C6, "label_length", label_length, max_length)?;
        let labels = label_lengths
            .into_iter()
            .enumerate()
            .map(|(sample, length)| {
                let row = &y_true[sample * max_length..][..length];
                row.iter()
                    .map(|&label| {
                        usize::try_from(label).ok().filter(|&l| l + 1 < classes).ok_or_else(|| {
                            C7.refuse(format!(
                                "label {label} of {classes} classes, the last is the blank"
                            ))
                        })
                    })
                    .collect()
            })
            .collect::<Result<Vec<Vec<usize>>, _>>()?;
        Ok(Alignment { input_lengths, labels })
    }

    /// Whether a sample's labels fit in its time: equal neighbours need a blank between them.
    pub fn is_possible(&self, sample: usize) -> bool {
        let labels = &self.labels[sample];
        let repeats = labels.windows(2).filter(|pair| pair[0] == pair[1]).count();
        labels.len() + repeats <= self.input_lengths[sample]
    }
}

/// Numbers from 0 to a limit, as positions or lengths.
fn within(
    label: crate::Label,
    name: &str,
    numbers: &[i64],
    limit: usize,
) -> Result<Vec<usize>, Refusal> {
    let check = |&found: &i64| {
        usize::try_from(found)
            .ok()
            .filter(|&n| n <= limit)
            .ok_or_else(|| label.refuse(format!("{name} {found}, there are {limit}")))
    };
    numbers.iter().map(check).collect()
}

/// C5: how many times count, per sample.
pub fn input_lengths(lengths: &[i64], time: usize) -> Result<Vec<usize>, Refusal> {
    within(C5, "input_length", lengths, time)
}

/// C2: the samples of lengths per sample.
pub(super) fn length_dim(name: &str, x: &Spec) -> Result<Dim, Refusal> {
    let fits = x.rank() == 1 || (x.rank() == 2 && x.dims[1].is_none_or(|n| n == 1));
    C2.require(fits, || format!("{name} has shape {}", show_dims(&x.dims)))?;
    Ok(x.dims[0])
}

impl CtcBatchCost<Spec> {
    pub(crate) fn infer(&self) -> Inferred {
        floating("y_pred", &self.y_pred)?;
        for (name, x) in [
            ("y_true", &self.y_true),
            ("y_pred", &self.y_pred),
            ("input_length", &self.input_length),
            ("label_length", &self.label_length),
        ] {
            dense(name, x)?;
        }
        ranked(C1, "y_true", &self.y_true, 2)?;
        ranked(C1, "y_pred", &self.y_pred, 3)?;
        let inputs = length_dim("input_length", &self.input_length)?;
        let labels = length_dim("label_length", &self.label_length)?;
        let mut samples = self.y_pred.dims[0];
        for other in [self.y_true.dims[0], inputs, labels] {
            samples = same(C3, "samples", samples, other)?;
        }
        C4.require(self.y_pred.dims[2] != Some(0), || "y_pred has no class".into())?;
        Ok(vec![self.y_pred.with_dims([samples, Some(1)])])
    }
}

impl<N: Number> CtcBatchCost<&Value<N>> {
    pub(crate) fn evaluate(&self, specs: &[Spec]) -> Evaluated<N> {
        let probabilities = self.y_pred.floats();
        let &[_, time, classes] = probabilities.shape() else { return Ok(Vec::new()) };
        let alignment = Alignment::check(
            self.y_true.wholes().data(),
            self.y_true.shape()[1],
            self.input_length.wholes().data(),
            self.label_length.wholes().data(),
            time,
            classes,
        )?;
        let floor: N = plain(self.y_pred.dtype.computing(), FLOOR);
        let blank = classes - 1;
        let cost = |index: &[usize]| {
            let sample = index[0];
            if !alignment.is_possible(sample) {
                return N::constant(f64::INFINITY);
            }
            let labels = &alignment.labels[sample];
            let log_probabilities: Vec<Vec<N>> = (0..alignment.input_lengths[sample])
                .map(|t| {
                    let logits: Vec<N> = (0..classes)
                        .map(|c| {
                            probabilities.at(&[sample, t, c]).plus(floor).apply(Elementary::Log)
                        })
                        .collect();
                    let total = N::log_sum_exp(&logits);
                    logits.into_iter().map(|a| a.minus(total)).collect()
                })
                .collect();
            // The extended label: blanks around and between the labels.
            let extended: Vec<usize> = (0..2 * labels.len() + 1)
                .map(|s| if s % 2 == 0 { blank } else { labels[s / 2] })
                .collect();
            total_log_probability(&log_probabilities, &extended, blank).negated()
        };
        Ok(vec![Numbers::Float(Tensor::from_fn(super::known(&specs[0]), cost))])
    }
}

/// log Σ over alignments of Π p: the forward recursion over the extended label.
fn total_log_probability<N: Number>(log_p: &[Vec<N>], extended: &[usize], blank: usize) -> N {
    let impossible = || N::constant(f64::NEG_INFINITY);
    let Some(first) = log_p.first() else { return N::zero() };
    let mut forward: Vec<N> = extended
        .iter()
        .enumerate()
        .map(|(s, &class)| if s < 2 { first[class] } else { impossible() })
        .collect();
    for now in &log_p[1..] {
        forward = (0..extended.len())
            .map(|s| {
                let class = extended[s];
                let mut from = vec![forward[s]];
                if s >= 1 {
                    from.push(forward[s - 1]);
                }
                if s >= 2 && class != blank && class != extended[s - 2] {
                    from.push(forward[s - 2]);
                }
                let reachable = from.iter().any(|a| a.value() != f64::NEG_INFINITY);
                if reachable { N::log_sum_exp(&from).plus(now[class]) } else { impossible() }
            })
            .collect();
    }
    N::log_sum_exp(&forward[extended.len().saturating_sub(2)..])
}
