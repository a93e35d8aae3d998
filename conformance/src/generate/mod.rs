//! Cases that nobody wrote down: drawn by one generator a function, one file a family.
//!
//! A case follows from a seed and its id alone (`drawn/dot/17`), whatever else is run, in whatever
//! order. It is drawn by proptest as a sequence of small choices ([`Draw`]), from which the
//! generator makes the arguments; proptest shrinks the choices, and with them everything that
//! depends on them. A case `bent/dot/17` is a drawn call with an argument bent until it is
//! probably wrong: where the reference refuses it, every engine must, with the same
//! label; where it does not, every engine must agree with the answer.
//!
//! Belongs here: which arguments there are and what tensors hold. Does not belong here: what is
//! expected of them, which is for the reference to say.

mod activation;
mod arguments;
mod bend;
mod configuration;
mod control;
mod conversion;
mod convolution;
mod creation;
mod ctc;
mod cumulative;
mod decoding;
mod distribution;
mod draw;
mod elementwise;
mod filling;
mod indexing;
mod inspection;
mod iteration;
mod linear_algebra;
mod local;
mod loss;
mod normalization;
mod pooling;
mod position;
mod program;
mod random;
mod recurrent;
mod reduction;
mod shaping;
mod sliding;
mod spatial;
mod variables;

pub use arguments::Args;
pub use draw::{CHOICES, Draw};
pub use filling::{Filling, Stream};

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use touchstone_reference::engine::Engine;
use touchstone_reference::{DType, Error, Function, HostTensor, ReferenceEngine};

use crate::case::{Built, Variant, build, within};
use crate::golden::{Call, Case, Expect, Gradient};
use crate::runner::stable_hash;

/// How the arguments of a function are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    /// The function.
    pub function: Function,
    /// Draws arguments that must be accepted.
    pub draw: fn(&mut Draw) -> Args,
}

/// Every generator, by family.
const FAMILIES: &[&[Generator]] = &[
    conversion::GENERATORS,
    creation::GENERATORS,
    linear_algebra::GENERATORS,
    indexing::GENERATORS,
    reduction::GENERATORS,
    position::GENERATORS,
    cumulative::GENERATORS,
    elementwise::GENERATORS,
    activation::GENERATORS,
    shaping::GENERATORS,
    spatial::GENERATORS,
    loss::GENERATORS,
    normalization::GENERATORS,
    convolution::GENERATORS,
    local::GENERATORS,
    pooling::GENERATORS,
    random::GENERATORS,
    control::GENERATORS,
    recurrent::GENERATORS,
    iteration::GENERATORS,
    ctc::GENERATORS,
    decoding::GENERATORS,
    configuration::GENERATORS,
    variables::GENERATORS,
    inspection::GENERATORS,
    program::GENERATORS,
];

/// The generator of a function.
pub fn generator(function: Function) -> Option<&'static Generator> {
    FAMILIES.iter().copied().flatten().find(|generator| generator.function == function)
}

/// What kind of case is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Arguments that must be accepted.
    Drawn,
    /// Arguments of which one was bent.
    Bent,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Drawn => "drawn",
            Kind::Bent => "bent",
        }
    }
}

/// Where a drawn case comes from: with a seed, all there is to know about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The function.
    pub function: Function,
    /// The kind.
    pub kind: Kind,
    /// Its number.
    pub index: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.name(), self.function, self.index)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let wrong = || format!("{id:?} is no drawn case: drawn/FUNCTION/NUMBER or bent/…");
        let mut parts = id.split('/');
        let (Some(kind), Some(function), Some(index), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let kinds = [Kind::Drawn, Kind::Bent];
        let kind = kinds.into_iter().find(|known| known.name() == kind).ok_or_else(wrong)?;
        let function =
            function.parse().map_err(|error: touchstone_reference::Error| error.to_string())?;
        Ok(Origin { function, kind, index: index.parse().map_err(|_| wrong())? })
    }
}

/// How many cases are bent for each that is drawn.
const BENT_OF_DRAWN: (u64, u64) = (1, 2);

/// The origins of a run: `cases` drawn ones a function, and half as many bent ones.
pub fn origins(functions: &[Function], cases: u64) -> Vec<Origin> {
    let bent = cases * BENT_OF_DRAWN.0 / BENT_OF_DRAWN.1;
    let mut all = Vec::new();
    for &function in functions.iter().filter(|function| generator(**function).is_some()) {
        for (kind, count) in [(Kind::Drawn, cases), (Kind::Bent, bent)] {
            all.extend((0..count).map(|index| Origin { function, kind, index }));
        }
    }
    all
}

/// The choices from which a case is made.
pub fn choices() -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), CHOICES)
}

/// Cases of a function, as proptest draws and shrinks them.
pub fn cases(function: Function, kind: Kind) -> impl Strategy<Value = Case> {
    let origin = Origin { function, kind, index: 0 };
    choices().prop_filter_map("the function has no generator", move |choices| {
        case_of(origin, 0, &choices)
    })
}

impl Origin {
    /// The runner that draws the case of a seed.
    pub fn runner(&self, seed: u64, attempt: u64) -> TestRunner {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&stable_hash(&self.to_string()).to_le_bytes());
        bytes[16..24].copy_from_slice(&attempt.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
    }

    /// The case of a seed, in an attempt at one that proves something; `None` where the function
    /// has no generator.
    pub fn case(&self, seed: u64, attempt: u64) -> Option<Case> {
        let tree = choices().new_tree(&mut self.runner(seed, attempt)).ok()?;
        case_of(*self, seed, &tree.current())
    }
}

/// The case that choices lead to.
pub fn case_of(origin: Origin, seed: u64, choices: &[u16]) -> Option<Case> {
    let generator = generator(origin.function)?;
    let mut draw = Draw::new(choices);
    let unknown_dims = draw.rarely(4);
    let floatx = draw.one_of(&[
        DType::Float32,
        DType::Float32,
        DType::Float32,
        DType::Float64,
        DType::Float16,
    ]);
    draw.configure(floatx);
    let bends = match origin.kind {
        Kind::Drawn => 0,
        Kind::Bent => 1 + draw.below(2),
    };
    let Args { mut items } = (generator.draw)(&mut draw);
    for _ in 0..bends {
        bend::bend(&mut draw, origin.function, &mut items);
    }
    let call = Call::new(origin.function, floatx, items);
    let mut case = Case {
        id: origin.to_string(),
        call,
        source: format!("drawn with seed {seed}"),
        file: PathBuf::new(),
        line: 0,
        expect: Expect::Decided,
        gradient: None,
        disputed: None,
        note: None,
        constraint: None,
        convention: None,
        unknown_dims: Some(unknown_dims),
    };
    finish(&mut case, &mut draw).then_some(case)
}

/// Adds what follows from the reference's answer: the label of its refusal, else cotangents of
/// the outputs, or the law of random ones. False where nothing can be said about these.
fn finish(case: &mut Case, draw: &mut Draw) -> bool {
    let reference: Arc<dyn Engine> = Arc::new(ReferenceEngine);
    let variant = Variant::of(case.call.function)[0];
    let bent = case.id.starts_with(Kind::Bent.name());
    let run = |variant| {
        within(&reference, &case.call, || {
            let Built::Graph(graph) = build(&case.call, variant)? else { return Ok(None) };
            if bent {
                graph.run()?;
            }
            Ok::<_, Error>(Some(graph))
        })
    };
    let answer = match run(variant) {
        // A step is traced, and refuses, before the function that it is given to: with dims that
        // it does not know it may be the other way round.
        Err(Error::Refused { function, .. }) if function != case.call.function => {
            run(Variant::all(case)[0])
        }
        // More elements than the definitions can be asked about.
        Err(Error::Unsupported { .. }) => return false,
        answer => answer,
    };
    if let (Ok(_), Some(law)) = (&answer, distribution::law(&case.call)) {
        let Ok(Some(random)) = within(&reference, &case.call, || law(&case.call)) else {
            return false;
        };
        case.expect = Expect::Random(random);
        case.unknown_dims = Some(false);
        return true;
    }
    match answer {
        Ok(Some(graph)) => case.gradient = gradient(&graph, draw),
        Ok(None) => {}
        Err(error) if bent => case.constraint = error.label(),
        Err(_) => {}
    }
    true
}

/// Cotangents for the outputs of a graph; `None` where there is nothing to differentiate, or no
/// product of cotangents and outputs, because one of these is sparse.
fn gradient(graph: &crate::case::Graph, draw: &mut Draw) -> Option<Gradient> {
    if graph.outputs.iter().any(|output| output.spec().sparse) {
        return None;
    }
    let mut cotangent = Vec::new();
    draw.only(&[Filling::Normal, Filling::Whole]);
    for output in &graph.outputs {
        let shape = output.spec().shape()?;
        let dtype = output.spec().dtype;
        cotangent.push(if dtype.is_float() {
            draw.tensor(dtype, &shape)
        } else {
            HostTensor::filled(DType::Float32, &shape, 0.0).ok()?
        });
    }
    let float = |tensors: &Vec<touchstone_reference::backend::Tensor>| {
        tensors.iter().any(|tensor| tensor.spec().dtype.is_float())
    };
    let wrt: Vec<_> = graph
        .operands
        .iter()
        .filter(|(_, tensors)| float(tensors))
        .map(|(name, _)| (name.clone(), Vec::new()))
        .collect();
    let differentiable = graph.outputs.iter().any(|output| output.spec().dtype.is_float());
    (differentiable && !wrt.is_empty()).then_some(Gradient { cotangent, wrt })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::Runner;
    use touchstone_reports::Outcome;

    #[test]
    fn every_function_has_one_generator() {
        for function in Function::ALL {
            let all = FAMILIES.iter().copied().flatten();
            let count = all.filter(|generator| generator.function == *function).count();
            // backend takes no argument, and every engine answers with a name of its own.
            assert_eq!(count, usize::from(*function != Function::Backend), "{function}");
        }
    }

    #[test]
    fn a_case_follows_from_seed_and_id() {
        let origin: Origin = "drawn/dot/17".parse().expect("an id");
        assert_eq!(origin.to_string(), "drawn/dot/17");
        let json = |seed| origin.case(seed, 0).expect("dot has a generator").to_json().to_string();
        assert_eq!(json(3), json(3));
        assert_ne!(json(3), json(4));
        for wrong in ["theano/dot/0003", "drawn/dots/1", "drawn/dot", "drawn/dot/x", "bent/dot/1/2"]
        {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_reference_accepts_what_is_drawn() {
        let runner = Runner::new(vec![Arc::new(ReferenceEngine)]);
        let origins: Vec<Origin> =
            origins(Function::ALL, 12).into_iter().filter(|o| o.kind == Kind::Drawn).collect();
        let drawn = runner.run_drawn(&origins, || {});
        let refused = |record: &&touchstone_reports::CaseRecord| {
            matches!(record.outcome, Outcome::WrongRejection | Outcome::Unsupported | Outcome::Lost)
        };
        let refused: Vec<_> = drawn.records.iter().filter(refused).collect();
        assert!(refused.is_empty(), "{refused:#?}");
        assert!(drawn.tallies().len() > 400);
    }
}
