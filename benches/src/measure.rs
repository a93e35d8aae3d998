//! Timing of two sides against each other: in turns, so that what else the machine does meets
//! both.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::contest::{Contest, Side};

/// What a contest took.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The median time of one run through the API, in seconds.
    pub ours: f64,
    /// The median ratio of it to the bare runs beside it.
    pub ratio: f64,
}

/// A batch of runs is at least this long, so that reading the clock costs nothing beside it.
const BATCH: Duration = Duration::from_micros(200);
/// Fewer rounds than this have no median worth the name.
const ROUNDS: usize = 5;

/// The seconds that so many runs take, each.
fn time(side: &mut dyn Side, runs: u32) -> Outcome<f64> {
    let start = Instant::now();
    for _ in 0..runs {
        side.run()?;
    }
    Ok(start.elapsed().as_secs_f64() / f64::from(runs))
}

/// How many runs make a batch.
fn batch(side: &mut dyn Side) -> Outcome<u32> {
    let mut runs = 1;
    while runs < 1 << 16 {
        if time(side, runs)? * f64::from(runs) >= BATCH.as_secs_f64() {
            break;
        }
        runs *= 2;
    }
    Ok(runs)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What one round took: two batches of each side.
#[derive(Clone, Copy)]
struct Round {
    ours: f64,
    bare: f64,
}

/// Rounds of ours, bare, bare, ours until the time is used up, after both are warm. The quieter
/// half of them counts: another program on the same cores makes a round longer, never shorter.
pub fn measure(contest: &mut Contest, budget: Duration) -> Outcome<Timing> {
    let (ours, bare) = (&mut *contest.ours, &mut *contest.bare);
    // Finding out how many runs to take together warms both up.
    let (our_runs, bare_runs) = (batch(ours)?, batch(bare)?);
    let mut rounds = Vec::new();
    let start = Instant::now();
    while rounds.len() < ROUNDS || start.elapsed() < budget {
        let first = time(ours, our_runs)?;
        let beside = time(bare, bare_runs)? + time(bare, bare_runs)?;
        rounds.push(Round { ours: first + time(ours, our_runs)?, bare: beside });
    }
    let length =
        |round: &Round| round.ours * f64::from(our_runs) + round.bare * f64::from(bare_runs);
    rounds.sort_by(|a, b| length(a).total_cmp(&length(b)));
    rounds.truncate(rounds.len().div_ceil(2));
    Ok(Timing {
        ours: median(rounds.iter().map(|round| round.ours / 2.0).collect()),
        ratio: median(rounds.iter().map(|round| round.ours / round.bare).collect()),
    })
}
