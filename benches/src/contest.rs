//! Both sides of a workload, set up to be run again and again: tensors are on the engine before,
//! and results stay there until the next run replaces them.

use std::hint::black_box;
use std::sync::Arc;

use touchstone_reference::backend as K;
use touchstone_reference::engine::Engine;

use crate::Outcome;
use crate::bare::{Candle, Library};
use crate::workload::{Agreement, Direction, Size, Workload};

/// The shape and the elements of a result.
pub type Answer = (Vec<usize>, Vec<f64>);

/// One side: what is timed.
pub trait Side {
    /// Runs once.
    fn run(&mut self) -> Outcome<()>;
    /// The results of the last run.
    fn answers(&self) -> Outcome<Vec<Answer>>;
}

/// An engine and its bare library.
pub struct Contest {
    /// The function through the API.
    pub ours: Box<dyn Side>,
    /// The bare composition.
    pub bare: Box<dyn Side>,
}

impl std::fmt::Debug for Contest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a contest")
    }
}

impl Contest {
    /// Sets both sides up, and runs each once.
    pub fn new(
        workload: &'static Workload,
        engine: &Arc<dyn Engine>,
        size: Size,
        direction: Direction,
    ) -> Outcome<Self> {
        let mut ours = ours(workload, engine, size, direction)?;
        let mut bare = bare(workload, engine.name(), size, direction)?;
        ours.run()?;
        bare.run()?;
        Ok(Contest { ours, bare })
    }

    /// Holds the answers of both sides against each other.
    pub fn judge(&self, agreement: Agreement) -> Outcome<()> {
        let (ours, bare) = (self.ours.answers()?, self.bare.answers()?);
        if ours.len() != bare.len() {
            return Err(format!("{} results, {} bare", ours.len(), bare.len()).into());
        }
        ours.iter().zip(&bare).try_for_each(|(ours, bare)| judge(ours, bare, agreement))
    }
}

/// How far results may be apart, as a fraction of the greatest of them.
const TOLERANCE: f64 = 1e-3;

fn judge(ours: &Answer, bare: &Answer, agreement: Agreement) -> Outcome<()> {
    if ours.0 != bare.0 {
        return Err(format!("the shapes are {:?}, bare {:?}", ours.0, bare.0).into());
    }
    let scale = ours.1.iter().chain(&bare.1).fold(0.0_f64, |scale, x| scale.max(x.abs()));
    // NaN is near nothing.
    let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance * scale;
    match agreement {
        Agreement::Elements => {
            let wrong = |(_, (a, b)): &(usize, (&f64, &f64))| !near(**a, **b, TOLERANCE);
            match ours.1.iter().zip(&bare.1).enumerate().find(wrong) {
                Some((at, (a, b))) => Err(format!("element {at} is {a}, bare {b}").into()),
                None => Ok(()),
            }
        }
        Agreement::Mean => {
            let count = ours.1.len().max(1) as f64;
            let mean = |answer: &Answer| answer.1.iter().sum::<f64>() / count;
            let (a, b) = (mean(ours), mean(bare));
            // Eight standard deviations of the mean, for elements as far apart as the greatest.
            if !near(a, b, 8.0 / count.sqrt()) {
                return Err(format!("the mean is {a}, bare {b}").into());
            }
            Ok(())
        }
    }
}

struct Ours {
    callable: K::Callable,
    kept: Vec<K::Tensor>,
}

impl Side for Ours {
    fn run(&mut self) -> Outcome<()> {
        // What is printed is made, and goes nowhere.
        let nowhere = |line: &str| {
            black_box(line);
        };
        K::with_printer(nowhere, || self.callable.call(&[]))?;
        Ok(())
    }

    fn answers(&self) -> Outcome<Vec<Answer>> {
        let answer = |kept: &K::Tensor| {
            let value = K::get_value(kept)?;
            Ok((value.shape().to_vec(), value.to_f64s()))
        };
        self.kept.iter().map(answer).collect()
    }
}

/// A function without inputs that reads variables and updates others with the results: nothing
/// goes to the device or comes back.
fn ours(
    workload: &Workload,
    engine: &Arc<dyn Engine>,
    size: Size,
    direction: Direction,
) -> Outcome<Box<dyn Side>> {
    K::with_engine(engine.clone(), || {
        let inputs =
            workload.hosts(size)?.iter().map(K::variable).collect::<K::Result<Vec<_>>>()?;
        let result = (workload.touchstone)(&inputs)?;
        let results = match direction {
            Direction::Forward => vec![result],
            Direction::Backward => {
                let shape = result.spec().shape().unwrap_or_default();
                let weights = K::variable(&Workload::weights(&shape)?)?;
                let loss = K::sum(&K::multiply(&result, &weights)?).tensor()?;
                let by: Vec<_> =
                    workload.differentiated().into_iter().map(|i| inputs[i].clone()).collect();
                K::gradients(&loss, &by)?
            }
        };
        let zeros = |result: &K::Tensor| -> Outcome<K::Tensor> {
            let shape = result.spec().shape().unwrap_or_default();
            let data = vec![0.0; shape.iter().product()];
            Ok(K::variable(&K::HostTensor::from_f64s(result.spec().dtype, &shape, &data)?)?)
        };
        let kept = results.iter().map(zeros).collect::<Outcome<Vec<_>>>()?;
        let updates = kept.iter().zip(&results).map(|(kept, new)| K::update(kept, new));
        let updates = updates.collect::<K::Result<Vec<_>>>()?;
        let callable = K::function(&[], &[], &updates)?;
        Ok(Box::new(Ours { callable, kept }) as Box<dyn Side>)
    })
}

struct Bare<L: Library> {
    composition: fn(&[L::Tensor]) -> Outcome<L::Tensor>,
    inputs: Vec<L::Tensor>,
    /// The weights and the positions of the inputs, if gradients are asked for.
    gradients: Option<(L::Tensor, Vec<usize>)>,
    /// Kept until the next run is over, as the updated variables of the other side are.
    results: Vec<L::Tensor>,
}

impl<L: Library> Side for Bare<L> {
    fn run(&mut self) -> Outcome<()> {
        let inputs = black_box(&self.inputs);
        self.results = match &self.gradients {
            None => vec![L::unrecorded(|| (self.composition)(inputs))?],
            Some((weights, by)) => {
                let by: Vec<&L::Tensor> = by.iter().map(|&i| &inputs[i]).collect();
                L::gradients(&(self.composition)(inputs)?, weights, &by)?
            }
        };
        Ok(())
    }

    fn answers(&self) -> Outcome<Vec<Answer>> {
        self.results.iter().map(|result| Ok((L::shape(result), L::download(result)?))).collect()
    }
}

fn bare(
    workload: &Workload,
    engine: &str,
    size: Size,
    direction: Direction,
) -> Outcome<Box<dyn Side>> {
    match engine {
        "candle" => bare_on::<Candle>(workload, size, direction),
        #[cfg(feature = "tch")]
        "tch" => bare_on::<crate::bare::Tch>(workload, size, direction),
        other => Err(format!("there is no bare library beside the engine {other}").into()),
    }
}

fn bare_on<L: Library + 'static>(
    workload: &Workload,
    size: Size,
    direction: Direction,
) -> Outcome<Box<dyn Side>> {
    let recorded = direction == Direction::Backward;
    let watched = |i: usize| recorded && workload.inputs[i].is_differentiated();
    let hosts = workload.hosts(size)?;
    let inputs = hosts.iter().enumerate().map(|(i, host)| L::upload(host, watched(i)));
    let inputs = inputs.collect::<Outcome<Vec<_>>>()?;
    let composition = L::composition(workload);
    let gradients = if recorded {
        let shape = L::shape(&L::unrecorded(|| composition(&inputs))?);
        let weights = L::upload(&Workload::weights(&shape)?, false)?;
        Some((weights, workload.differentiated()))
    } else {
        None
    };
    Ok(Box::new(Bare::<L> { composition, inputs, gradients, results: Vec::new() }))
}
