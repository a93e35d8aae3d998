//! What an example is to the code that runs it.

use touchstone::backend as K;

use super::digits::Digit;

/// A model on the engine in use: it learns from samples, and reads them.
pub(crate) trait Example: Sized {
    /// What it learns from and reads, made of digits.
    type Sample;

    /// What the model is.
    const TITLE: &str;

    /// How often it sees every digit.
    const EPOCHS: usize;

    /// What fractions [`score`](Example::score) gives.
    const SCORES: &[&str];

    /// Samples made of all these digits.
    fn samples(digits: &[Digit], generator: &mut K::Generator) -> Vec<Self::Sample>;

    /// The model on the engine in use. `dropped` is the fraction that its dropout drops, if it
    /// has one.
    fn build(dropped: f64) -> K::Result<Self>;

    /// The function that learns from a batch: its weights change, and the loss before that is its
    /// result.
    fn training(&self) -> &K::Callable;

    /// A batch as [`training`](Example::training) takes it.
    fn lesson(batch: &[Self::Sample]) -> K::Result<Vec<K::HostTensor>>;

    /// Reads a batch: for each of [`SCORES`](Example::SCORES) how many were right, and of how many.
    fn score(&self, batch: &[Self::Sample]) -> K::Result<Vec<(usize, usize)>>;

    /// What it learns.
    fn weights(&self) -> &[K::Tensor];

    /// Learns from a batch; the loss before that.
    fn learn(&self, batch: &[Self::Sample]) -> K::Result<f64> {
        Ok(self.training().call(&Self::lesson(batch)?)?[0].to_f64s()[0])
    }
}

/// How many samples are learnt from at once.
pub(crate) const BATCH: usize = 32;

/// What initial weights, orders and paddings follow from.
pub(crate) const SEED: i64 = 1998;

/// Where the greatest of the numbers stands.
pub(crate) fn greatest(numbers: &[f64]) -> Option<usize> {
    (0..numbers.len()).max_by(|&a, &b| numbers[a].total_cmp(&numbers[b]))
}
