//! A recogniser for strips of digits side by side, of differing length, that is never told where
//! in a strip a digit stands: connectionist temporal classification (Graves et al., 2006).
//!
//! Two gated recurrent units (Cho et al., 2014) read the columns of a strip, one forwards, one
//! backwards. At each column a softmax says which digit it sees there, or none, the blank.

use touchstone::backend as K;

use crate::common::digits::{CLASSES, Digit, SIDE, below, shuffled};
use crate::common::example::{Example, SEED};
use crate::common::weights::{Weights, adam, blank_state, host, wholes};

/// How many digits a strip has at least, and at most.
const DIGITS: [usize; 2] = [2, 4];

/// How many blank columns there may be before, between and after digits.
const GAP: usize = 3;

/// How many numbers each unit remembers.
const UNITS: usize = 32;

/// Adam's rate.
const RATE: f64 = 1e-2;

pub(crate) struct Strips {
    /// (columns, mask, columns a strip, labels, labels a strip) to loss; changes the weights.
    train: K::Callable,
    /// (columns, mask) to probabilities, column by column.
    predict: K::Callable,
    weights: Weights,
}

/// Digits side by side: columns from left to right, and what they say.
#[derive(Clone, Debug)]
pub(crate) struct Strip {
    columns: Vec<[f64; SIDE]>,
    labels: Vec<usize>,
}

impl Strip {
    /// Digits with random gaps before, between and after them.
    fn new(digits: &[Digit], generator: &mut K::Generator) -> Self {
        let mut columns = Vec::new();
        let mut gap = |columns: &mut Vec<[f64; SIDE]>| {
            columns.resize(columns.len() + below(GAP + 1, generator), [0.0; SIDE]);
        };
        for digit in digits {
            gap(&mut columns);
            columns.extend((0..SIDE).map(|column| digit.column(column)));
        }
        gap(&mut columns);
        Strip { columns, labels: digits.iter().map(|digit| digit.label).collect() }
    }
}

impl Example for Strips {
    type Sample = Strip;

    const TITLE: &str = "Recogniser for strips of digits, trained with CTC";
    const EPOCHS: usize = 40;
    const SCORES: &[&str] = &["digits", "whole strips"];

    fn samples(digits: &[Digit], generator: &mut K::Generator) -> Vec<Strip> {
        let digits = shuffled(digits, generator);
        let (mut rest, mut strips) = (digits.as_slice(), Vec::new());
        while !rest.is_empty() {
            let [least, most] = DIGITS;
            let count = least + below(most - least + 1, generator);
            let (these, others) = rest.split_at(count.min(rest.len()));
            strips.push(Strip::new(these, generator));
            rest = others;
        }
        strips
    }

    fn build(_dropped: f64) -> K::Result<Self> {
        let mut weights = Weights::new(SEED);
        let forwards = Unit::new(&mut weights)?;
        let backwards = Unit::new(&mut weights)?;
        let dense = weights.random(&[2 * UNITS, CLASSES + 1], 2 * UNITS)?;
        let dense_bias = weights.zeros(&[CLASSES + 1])?;

        // (strips, columns, rows): a batch is as long as its longest strip, the mask says where
        // the others end.
        let columns = K::placeholder(&[None, None, Some(SIDE)]).tensor()?;
        let whole = |shape: &[Option<usize>]| K::placeholder(shape).dtype(K::DType::Int32).tensor();
        let mask = whole(&[None, None])?;
        let input_length = whole(&[None, Some(1)])?;
        let labels = whole(&[None, Some(DIGITS[1])])?;
        let label_length = whole(&[None, Some(1)])?;

        let there = forwards.read(&columns, &mask, false)?;
        // What was read backwards comes in the order of reading.
        let back = K::reverse(&backwards.read(&columns, &mask, true)?, 1)?;
        let both = K::concatenate(&[there, back]).tensor()?;
        let probabilities = K::softmax(&(K::dot(&both, &dense)? + &dense_bias)?)?;

        let costs = K::ctc_batch_cost(&labels, &probabilities, &input_length, &label_length)?;
        let loss = K::mean(&costs).tensor()?;
        let updates = adam(&loss, &weights, RATE)?;

        let inputs = [columns.clone(), mask.clone(), input_length, labels, label_length];
        let train = K::function(&inputs, &[loss], &updates)?;
        let predict = K::function(&[columns, mask], &[probabilities], &[])?;
        Ok(Strips { train, predict, weights })
    }

    fn training(&self) -> &K::Callable {
        &self.train
    }

    fn lesson(batch: &[Strip]) -> K::Result<Vec<K::HostTensor>> {
        let [columns, mask] = columns(batch)?;
        // Labels past a strip's own are never read.
        let padded = |strip: &Strip| {
            let mut labels = strip.labels.clone();
            labels.resize(DIGITS[1], 0);
            labels
        };
        let numbers = |number: fn(&Strip) -> usize| {
            wholes(&[batch.len(), 1], batch.iter().map(number).collect())
        };
        Ok(vec![
            columns,
            mask,
            numbers(|strip| strip.columns.len())?,
            wholes(&[batch.len(), DIGITS[1]], batch.iter().flat_map(padded).collect())?,
            numbers(|strip| strip.labels.len())?,
        ])
    }

    fn score(&self, batch: &[Strip]) -> K::Result<Vec<(usize, usize)>> {
        let [columns, mask] = columns(batch)?;
        let probabilities = self.predict.call(&[columns, mask])?.swap_remove(0);
        let lengths: Vec<usize> = batch.iter().map(|strip| strip.columns.len()).collect();
        let (mut digits, mut right, mut exact) = (0, 0, 0);
        for (strip, found) in batch.iter().zip(decode(&probabilities, &lengths)?) {
            digits += strip.labels.len();
            right += strip.labels.len().saturating_sub(edits(&strip.labels, &found));
            exact += usize::from(strip.labels == found);
        }
        Ok(vec![(right, digits), (exact, batch.len())])
    }

    fn weights(&self) -> &[K::Tensor] {
        self.weights.all()
    }
}

/// A gated recurrent unit.
struct Unit {
    update: Gate,
    reset: Gate,
    candidate: Gate,
}

impl Unit {
    fn new(weights: &mut Weights) -> K::Result<Self> {
        Ok(Unit {
            update: Gate::new(weights)?,
            reset: Gate::new(weights)?,
            candidate: Gate::new(weights)?,
        })
    }

    /// What the unit makes of each column, in the order in which it reads them.
    fn read(&self, columns: &K::Tensor, mask: &K::Tensor, backwards: bool) -> K::Result<K::Tensor> {
        let step = |column: &K::Tensor, states: &[K::Tensor]| {
            let old = &states[0];
            let update = K::sigmoid(&self.update.of(column, old)?)?;
            let reset = K::sigmoid(&self.reset.of(column, old)?)?;
            let candidate = K::tanh(&self.candidate.of(column, &(reset * old)?)?)?;
            let new = ((&update * old)? + ((1.0 - &update)? * candidate)?)?;
            Ok((new.clone(), vec![new]))
        };
        let blank = blank_state(columns, UNITS)?;
        let mut read =
            K::rnn(step, columns, &[blank], |rnn| rnn.mask(mask.clone()).go_backwards(backwards))?;
        Ok(read.swap_remove(1))
    }
}

/// The weights of one gate.
struct Gate {
    of_column: K::Tensor,
    of_state: K::Tensor,
    bias: K::Tensor,
}

impl Gate {
    fn new(weights: &mut Weights) -> K::Result<Self> {
        Ok(Gate {
            of_column: weights.random(&[SIDE, UNITS], SIDE + UNITS)?,
            of_state: weights.random(&[UNITS, UNITS], SIDE + UNITS)?,
            bias: weights.zeros(&[UNITS])?,
        })
    }

    /// How far the gate opens, before the activation.
    fn of(&self, column: &K::Tensor, state: &K::Tensor) -> K::Result<K::Tensor> {
        (K::dot(column, &self.of_column)? + K::dot(state, &self.of_state)?)? + &self.bias
    }
}

/// The columns of a batch, as many as the longest strip has, and where the strips are: 1 there,
/// 0 after their end.
fn columns(batch: &[Strip]) -> K::Result<[K::HostTensor; 2]> {
    let longest = batch.iter().map(|strip| strip.columns.len()).max().unwrap_or(0);
    let (mut pixels, mut mask) = (Vec::new(), Vec::new());
    for strip in batch {
        for column in 0..longest {
            let there = strip.columns.get(column);
            pixels.extend(there.copied().unwrap_or_default());
            mask.push(usize::from(there.is_some()));
        }
    }
    Ok([host(&[batch.len(), longest, SIDE], pixels)?, wholes(&[batch.len(), longest], mask)?])
}

/// What the probabilities of each strip say: the likeliest class of each column, repeats taken
/// once, blanks left out.
pub(crate) fn decode(
    probabilities: &K::HostTensor,
    lengths: &[usize],
) -> K::Result<Vec<Vec<usize>>> {
    let y_pred = K::constant(probabilities.clone());
    let input_length = K::constant(wholes(&[lengths.len(), 1], lengths.to_vec())?);
    let decoded = K::eval(&K::ctc_decode(&y_pred, &input_length).tensors()?[0])?;
    let width = decoded.shape()[1];
    let labels = decoded.to_i64s();
    // A row ends where the padding begins, -1.
    let read = |strip: usize| {
        labels[strip * width..][..width].iter().map_while(|&label| label.try_into().ok()).collect()
    };
    Ok((0..lengths.len()).map(read).collect())
}

/// How many labels must be changed, put in or left out to make one list of the other.
pub(crate) fn edits(wanted: &[usize], found: &[usize]) -> usize {
    let mut row: Vec<usize> = (0..=found.len()).collect();
    for (i, label) in wanted.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, other) in found.iter().enumerate() {
            let changed = before + usize::from(label != other);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[found.len()]
}
