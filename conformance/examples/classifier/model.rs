//! A convolutional classifier: convolution, pooling, dropout, and a dense layer to ten logits.

use touchstone::backend as K;

use crate::common::digits::{CLASSES, Digit, SIDE, shuffled};
use crate::common::example::{Example, SEED, greatest};
use crate::common::weights::{Weights, adam, host, wholes};

/// Side of the convolution's window.
const WINDOW: usize = 3;

/// How many patterns the convolution looks for.
const PATTERNS: usize = 32;

/// Side of the image that is left after pooling.
const POOLED: usize = SIDE / 2;

/// Adam's rate.
const RATE: f64 = 5e-3;

pub(crate) struct Classifier {
    /// (images, labels, learning phase) to loss; changes the weights.
    train: K::Callable,
    /// (images, learning phase) to logits.
    predict: K::Callable,
    weights: Weights,
}

impl Example for Classifier {
    type Sample = Digit;

    const TITLE: &str = "Convolutional classifier of digits";
    const EPOCHS: usize = 10;
    const SCORES: &[&str] = &["accuracy"];

    fn samples(digits: &[Digit], generator: &mut K::Generator) -> Vec<Digit> {
        shuffled(digits, generator)
    }

    fn build(dropped: f64) -> K::Result<Self> {
        let mut weights = Weights::new(SEED);
        let kernel = weights.random(&[WINDOW, WINDOW, 1, PATTERNS], WINDOW * WINDOW)?;
        let kernel_bias = weights.zeros(&[PATTERNS])?;
        let features = POOLED * POOLED * PATTERNS;
        let dense = weights.random(&[features, CLASSES], features)?;
        let dense_bias = weights.zeros(&[CLASSES])?;

        // (samples, rows, columns, channels): dim_ordering "tf".
        let images = K::placeholder(&[None, Some(SIDE), Some(SIDE), Some(1)]).tensor()?;
        let labels = K::placeholder(&[None]).dtype(K::DType::Int32).tensor()?;

        let x = K::conv2d(&images, &kernel)
            .border_mode(K::BorderMode::Same)
            .dim_ordering(K::DimOrdering::Tf)
            .tensor()?;
        let x = K::relu(&(x + &kernel_bias)?).tensor()?;
        let x = K::pool2d(&x, [2, 2]).strides([2, 2]).dim_ordering(K::DimOrdering::Tf).tensor()?;
        let x = K::batch_flatten(&x)?;
        let x = K::in_train_phase(&K::dropout(&x, dropped).tensor()?, &x)?;
        let logits = (K::dot(&x, &dense)? + &dense_bias)?;

        let losses =
            K::sparse_categorical_crossentropy(&logits, &labels).from_logits(true).tensor()?;
        let loss = K::mean(&losses).tensor()?;
        let updates = adam(&loss, &weights, RATE)?;

        // Left open, the phase is one more input.
        let K::LearningPhase::Open(phase) = K::learning_phase()? else {
            return Err(K::Error::NotFed { name: "learning_phase, which is fixed".into() });
        };
        let train = K::function(&[images.clone(), labels, phase.clone()], &[loss], &updates)?;
        let predict = K::function(&[images, phase], &[logits], &[])?;
        Ok(Classifier { train, predict, weights })
    }

    fn training(&self) -> &K::Callable {
        &self.train
    }

    fn lesson(batch: &[Digit]) -> K::Result<Vec<K::HostTensor>> {
        let labels = batch.iter().map(|digit| digit.label).collect();
        Ok(vec![images(batch)?, wholes(&[batch.len()], labels)?, phase(true)])
    }

    fn score(&self, batch: &[Digit]) -> K::Result<Vec<(usize, usize)>> {
        let found = self.predict.call(&[images(batch)?, phase(false)])?;
        let logits = found[0].to_f64s();
        let right = batch
            .iter()
            .zip(logits.chunks(CLASSES))
            .filter(|(digit, logits)| greatest(logits) == Some(digit.label))
            .count();
        Ok(vec![(right, batch.len())])
    }

    fn weights(&self) -> &[K::Tensor] {
        self.weights.all()
    }
}

/// The pixels of a batch as the model takes them.
fn images(batch: &[Digit]) -> K::Result<K::HostTensor> {
    let pixels = batch.iter().flat_map(|digit| digit.pixels.iter().copied()).collect();
    host(&[batch.len(), SIDE, SIDE, 1], pixels)
}

/// The learning phase as it is fed: 1 in training, 0 in use.
fn phase(training: bool) -> K::HostTensor {
    K::HostTensor::scalar(u8::from(training))
}
