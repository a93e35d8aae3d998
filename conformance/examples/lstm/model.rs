//! A long short-term memory (Hochreiter and Schmidhuber, 1997) that reads a digit column by
//! column. Blank columns before and after it are masked: at them the memory keeps what it has.

use touchstone::backend as K;

use crate::common::digits::{CLASSES, Digit, SIDE, below, shuffled};
use crate::common::example::{Example, SEED, greatest};
use crate::common::weights::{Weights, adam, blank_state, host, wholes};

/// How many numbers the memory holds.
const UNITS: usize = 32;

/// How many columns there are, a digit's and blank ones.
const COLUMNS: usize = 12;

/// Adam's rate.
const RATE: f64 = 1e-2;

pub(crate) struct Lstm {
    /// (columns, mask, labels) to loss; changes the weights.
    train: K::Callable,
    /// (columns, mask) to logits.
    predict: K::Callable,
    weights: Weights,
}

/// A digit with this many blank columns before it, and the rest of them after it.
#[derive(Clone, Debug)]
pub(crate) struct Padded {
    pub(crate) digit: Digit,
    pub(crate) before: usize,
}

impl Example for Lstm {
    type Sample = Padded;

    const TITLE: &str = "Masked LSTM that reads a digit column by column";
    const EPOCHS: usize = 12;
    const SCORES: &[&str] = &["accuracy"];

    fn samples(digits: &[Digit], generator: &mut K::Generator) -> Vec<Padded> {
        let digits = shuffled(digits, generator);
        let pad = |digit| Padded { digit, before: below(COLUMNS - SIDE + 1, generator) };
        digits.into_iter().map(pad).collect()
    }

    fn build(_dropped: f64) -> K::Result<Self> {
        let mut weights = Weights::new(SEED);
        let input_gate = Gate::new(&mut weights)?;
        let forget_gate = Gate::new(&mut weights)?;
        let output_gate = Gate::new(&mut weights)?;
        let candidate = Gate::new(&mut weights)?;
        let dense = weights.random(&[UNITS, CLASSES], UNITS)?;
        let dense_bias = weights.zeros(&[CLASSES])?;

        let columns = K::placeholder(&[None, Some(COLUMNS), Some(SIDE)]).tensor()?;
        let mask = K::placeholder(&[None, Some(COLUMNS)]).dtype(K::DType::Int32).tensor()?;
        let labels = K::placeholder(&[None]).dtype(K::DType::Int32).tensor()?;

        let step = |column: &K::Tensor, states: &[K::Tensor]| {
            let (output, memory) = (&states[0], &states[1]);
            let enters = K::hard_sigmoid(&input_gate.of(column, output)?)?;
            let stays = K::hard_sigmoid(&forget_gate.of(column, output)?)?;
            let leaves = K::hard_sigmoid(&output_gate.of(column, output)?)?;
            let new = K::tanh(&candidate.of(column, output)?)?;
            let memory = ((stays * memory)? + (enters * new)?)?;
            let output = (leaves * K::tanh(&memory)?)?;
            Ok((output.clone(), vec![output, memory]))
        };
        let blank = blank_state(&columns, UNITS)?;
        let read = K::rnn(step, &columns, &[blank.clone(), blank], |rnn| rnn.mask(mask.clone()))?;
        let logits = (K::dot(&read[0], &dense)? + &dense_bias)?;

        let losses =
            K::sparse_categorical_crossentropy(&logits, &labels).from_logits(true).tensor()?;
        let loss = K::mean(&losses).tensor()?;
        let updates = adam(&loss, &weights, RATE)?;

        let train = K::function(&[columns.clone(), mask.clone(), labels], &[loss], &updates)?;
        let predict = K::function(&[columns, mask], &[logits], &[])?;
        Ok(Lstm { train, predict, weights })
    }

    fn training(&self) -> &K::Callable {
        &self.train
    }

    fn lesson(batch: &[Padded]) -> K::Result<Vec<K::HostTensor>> {
        let labels = batch.iter().map(|sample| sample.digit.label).collect();
        Ok(vec![columns(batch)?, mask(batch)?, wholes(&[batch.len()], labels)?])
    }

    fn score(&self, batch: &[Padded]) -> K::Result<Vec<(usize, usize)>> {
        let logits = self.logits(batch)?;
        let right = batch
            .iter()
            .zip(logits.chunks(CLASSES))
            .filter(|(sample, logits)| greatest(logits) == Some(sample.digit.label))
            .count();
        Ok(vec![(right, batch.len())])
    }

    fn weights(&self) -> &[K::Tensor] {
        self.weights.all()
    }
}

impl Lstm {
    /// The logits of a batch, sample by sample.
    pub(crate) fn logits(&self, batch: &[Padded]) -> K::Result<Vec<f64>> {
        Ok(self.predict.call(&[columns(batch)?, mask(batch)?])?[0].to_f64s())
    }
}

/// The weights of one gate.
struct Gate {
    of_column: K::Tensor,
    of_output: K::Tensor,
    bias: K::Tensor,
}

impl Gate {
    fn new(weights: &mut Weights) -> K::Result<Self> {
        Ok(Gate {
            of_column: weights.random(&[SIDE, UNITS], SIDE + UNITS)?,
            of_output: weights.random(&[UNITS, UNITS], SIDE + UNITS)?,
            bias: weights.zeros(&[UNITS])?,
        })
    }

    /// How far the gate opens, before the activation.
    fn of(&self, column: &K::Tensor, output: &K::Tensor) -> K::Result<K::Tensor> {
        (K::dot(column, &self.of_column)? + K::dot(output, &self.of_output)?)? + &self.bias
    }
}

/// The columns of a batch: those of the digits, with blank ones around.
fn columns(batch: &[Padded]) -> K::Result<K::HostTensor> {
    let mut pixels = Vec::with_capacity(batch.len() * COLUMNS * SIDE);
    for Padded { digit, before } in batch {
        for column in 0..COLUMNS {
            match column.checked_sub(*before) {
                Some(column) if column < SIDE => pixels.extend(digit.column(column)),
                Some(_) | None => pixels.extend([0.0; SIDE]),
            }
        }
    }
    host(&[batch.len(), COLUMNS, SIDE], pixels)
}

/// 1 at the columns of the digits, 0 at blank ones.
fn mask(batch: &[Padded]) -> K::Result<K::HostTensor> {
    let counts = |sample: &Padded| {
        let digit = sample.before..sample.before + SIDE;
        (0..COLUMNS).map(move |column| usize::from(digit.contains(&column)))
    };
    wholes(&[batch.len(), COLUMNS], batch.iter().flat_map(counts).collect())
}
