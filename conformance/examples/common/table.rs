//! Runs an example on engines, and prints how well and how fast it learns there.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use touchstone::backend as K;
use touchstone::registry;

use super::digits::{self, Digit};
use super::example::{BATCH, Example, SEED};

/// Learns on an engine and prints how well it reads digits that were held back, and the time an
/// epoch takes.
#[derive(Debug, Parser)]
struct Options {
    /// The engine, or `all`; if not given, that of KERAS_BACKEND, else all
    #[arg(long)]
    engine: Option<String>,
    /// How many seconds an engine may learn. A slow one, such as the reference, then stops early
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// The fraction that dropout drops.
const DROPPED: f64 = 0.2;

/// What came of learning on an engine.
struct Learnt {
    /// Mean loss of the last epoch's batches.
    loss: f64,
    /// How many epochs there was time for.
    epochs: f64,
    seconds_an_epoch: f64,
    /// Of the digits held back, what fractions were read right.
    scores: Vec<f64>,
}

/// Runs an example as its options say.
pub(crate) fn run<E: Example>() -> ExitCode {
    match try_run::<E>(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn try_run<E: Example>(options: &Options) -> Result<(), Box<dyn Error>> {
    let asked = options.engine.clone().or_else(|| env::var("KERAS_BACKEND").ok());
    let engines = match asked.as_deref() {
        None | Some("all") => registry::engines().iter().map(|e| e.name.to_owned()).collect(),
        Some(name) => vec![name.to_owned()],
    };
    let (digits, held_back) = digits::read()?;
    println!("{}: {} digits, {} held back", E::TITLE, digits.len(), held_back.len());
    println!();
    print!("{:<10} {:>9} {:>10} {:>8}", "engine", "epochs", "s/epoch", "loss");
    for score in E::SCORES {
        print!(" {score:>13}");
    }
    println!();
    let mut stopped = false;
    for engine in engines {
        K::set_backend(&engine)?;
        print!("{engine:<10}");
        io::stdout().flush()?;
        let learnt = learn::<E>(&digits, &held_back, Duration::from_secs(options.seconds))?;
        stopped |= learnt.epochs < E::EPOCHS as f64;
        let epochs = format!("{:.1}/{}", learnt.epochs, E::EPOCHS);
        let seconds = learnt.seconds_an_epoch;
        print!(" {epochs:>9} {seconds:>10.2} {:>8.4}", learnt.loss);
        for score in learnt.scores {
            print!(" {:>11.1} %", 100.0 * score);
        }
        println!();
    }
    if stopped {
        println!("An engine stops after {} s, or as --seconds says.", options.seconds);
    }
    for (missing, how) in registry::missing() {
        println!("{missing:<10} is not in this build: {how}");
    }
    Ok(())
}

/// Learns on the engine in use until every epoch is over, or the time.
fn learn<E: Example>(digits: &[Digit], held_back: &[Digit], time: Duration) -> K::Result<Learnt> {
    let mut generator = K::Generator::new(Some(SEED));
    let example = E::build(DROPPED)?;
    let (mut epochs, mut loss) = (0.0, f64::NAN);
    let start = Instant::now();
    while epochs < E::EPOCHS as f64 && start.elapsed() < time {
        let samples = E::samples(digits, &mut generator);
        let mut losses = Vec::new();
        for batch in samples.chunks(BATCH) {
            if start.elapsed() >= time {
                break;
            }
            losses.push(example.learn(batch)?);
        }
        if !losses.is_empty() {
            loss = losses.iter().sum::<f64>() / losses.len() as f64;
        }
        epochs += losses.len() as f64 / samples.chunks(BATCH).len() as f64;
    }
    let seconds_an_epoch = start.elapsed().as_secs_f64() / epochs;
    let mut scores = vec![(0, 0); E::SCORES.len()];
    for batch in E::samples(held_back, &mut generator).chunks(BATCH) {
        for (sum, found) in scores.iter_mut().zip(example.score(batch)?) {
            *sum = (sum.0 + found.0, sum.1 + found.1);
        }
    }
    let scores = scores.iter().map(|&(right, of)| right as f64 / of as f64).collect();
    Ok(Learnt { loss, epochs, seconds_an_epoch, scores })
}
