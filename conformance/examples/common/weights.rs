//! Weights, and how they learn.

use touchstone::backend as K;

/// The weights of a model. They begin the same on every engine, for the numbers are drawn here.
pub(crate) struct Weights {
    generator: K::Generator,
    all: Vec<K::Tensor>,
}

impl Weights {
    /// No weights yet; what they begin with follows from the seed.
    pub(crate) fn new(seed: i64) -> Self {
        Weights { generator: K::Generator::new(Some(seed)), all: Vec::new() }
    }

    /// Weights that begin as random numbers. Each result sums `inputs` products, and the range
    /// keeps it as large as the inputs are (LeCun et al., 1998).
    pub(crate) fn random(&mut self, shape: &[usize], inputs: usize) -> K::Result<K::Tensor> {
        let limit = (3.0 / inputs as f64).sqrt();
        let count = shape.iter().product();
        let numbers = (0..count).map(|_| (2.0 * self.generator.uniform() - 1.0) * limit).collect();
        self.variable(shape, numbers)
    }

    /// Weights that begin as zeros.
    pub(crate) fn zeros(&mut self, shape: &[usize]) -> K::Result<K::Tensor> {
        self.variable(shape, vec![0.0; shape.iter().product()])
    }

    fn variable(&mut self, shape: &[usize], numbers: Vec<f64>) -> K::Result<K::Tensor> {
        let variable = K::variable(&host(shape, numbers)?)?;
        self.all.push(variable.clone());
        Ok(variable)
    }

    /// All weights, in the order in which they were made.
    pub(crate) fn all(&self) -> &[K::Tensor] {
        &self.all
    }
}

/// Numbers as a tensor of the default float type.
pub(crate) fn host(shape: &[usize], numbers: Vec<f64>) -> K::Result<K::HostTensor> {
    Ok(K::cast_to_floatx(&K::HostTensor::from_vec(shape, numbers)?))
}

/// Whole numbers as a tensor: labels, lengths, masks.
pub(crate) fn wholes(shape: &[usize], numbers: Vec<usize>) -> K::Result<K::HostTensor> {
    let numbers = numbers.into_iter().map(|number| number as i32).collect();
    Ok(K::HostTensor::from_vec(shape, numbers)?)
}

/// How much of the old mean of gradients stays at each step, and of that of their squares.
const KEPT: [f64; 2] = [0.9, 0.999];

/// Keeps the quotient finite where a gradient is zero.
const FUZZ: f64 = 1e-7;

/// One step of Adam (Kingma and Ba, 2014) as updates: each weight moves against the running mean
/// of its gradient, divided by the root of the running mean of its square.
pub(crate) fn adam(loss: &K::Tensor, weights: &Weights, rate: f64) -> K::Result<Vec<K::Update>> {
    let mut updates = Vec::new();
    // Running means begin at zero. The running mean of ones says how much of them is no longer
    // that zero; as 1 - KEPT to the power of the step it would lose its digits to cancellation.
    let one = K::constant(host(&[], vec![1.0])?);
    let seen_mean = running_mean(&one, KEPT[0], &mut updates)?;
    let seen_square = running_mean(&one, KEPT[1], &mut updates)?;
    let rate = ((K::sqrt(&seen_square)? / seen_mean)? * rate)?;
    for (weight, gradient) in weights.all().iter().zip(K::gradients(loss, weights.all())?) {
        let mean = running_mean(&gradient, KEPT[0], &mut updates)?;
        let square = running_mean(&K::square(&gradient)?, KEPT[1], &mut updates)?;
        let direction = (mean / (K::sqrt(&square)? + FUZZ)?)?;
        updates.push(K::update_sub(weight, &(direction * &rate)?)?);
    }
    Ok(updates)
}

/// The running mean of `x`, this step included: a variable that begins as zeros, and its update.
fn running_mean(x: &K::Tensor, kept: f64, updates: &mut Vec<K::Update>) -> K::Result<K::Tensor> {
    let shape = x.spec().shape().unwrap_or_default();
    let mean = K::variable(&host(&shape, vec![0.0; shape.iter().product()])?)?;
    let new = ((&mean * kept)? + (x * (1.0 - kept))?)?;
    updates.push(K::update(&mean, &new)?);
    Ok(new)
}

/// A state of zeros for each sample of a sequence, as Keras makes it: from the sequence itself,
/// for how many samples there are is known only when they are fed.
pub(crate) fn blank_state(sequence: &K::Tensor, units: usize) -> K::Result<K::Tensor> {
    let zero = K::sum(&(sequence * 0.0)?).axis([1, 2]).tensor()?;
    K::repeat_elements(&K::expand_dims(&zero).tensor()?, units as i64, 1)
}
