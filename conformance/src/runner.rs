//! Runs cases on engines: in parallel over cases, with results in the order of cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use touchstone_reference::engine::Engine;
use touchstone_reports::{CaseRecord, EngineRecord, Outcome, Spread, Tally};

use crate::generate::Origin;
use crate::golden::Case;
use crate::judge::{Finding, Reading, judge};

/// What to run cases on.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The engines, in the order of the results.
    pub engines: Vec<Arc<dyn Engine>>,
    /// What random draws are made from.
    pub seed: u64,
    /// What follows a case in the command that replays it: where its file is, if not in the
    /// project's own folder.
    pub replay_options: String,
}

/// What the engines made of a case.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The case.
    pub case: Arc<Case>,
    /// By engine, in the runner's order.
    pub findings: Vec<Vec<Finding>>,
}

/// How often a case is drawn that would prove nothing.
const ATTEMPTS: u64 = 8;

/// What came of drawn cases.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// What passed, by engine, function and aspect.
    pub passed: BTreeMap<(String, String, String), Spread>,
    /// What did not.
    pub records: Vec<CaseRecord>,
}

impl Drawn {
    fn add(&mut self, record: CaseRecord) {
        if record.outcome == Outcome::Pass {
            let place = (record.engine, record.function, record.aspect);
            self.passed.entry(place).or_default().add(record.used);
        } else {
            self.records.push(record);
        }
    }

    /// What passed, for the record of a run.
    pub fn tallies(&self) -> Vec<Tally> {
        let tally =
            |((engine, function, aspect), spread): (&(String, String, String), &Spread)| Tally {
                engine: engine.clone(),
                function: function.clone(),
                aspect: aspect.clone(),
                spread: spread.clone(),
            };
        self.passed.iter().map(tally).collect()
    }
}

impl Runner {
    /// A runner for engines.
    pub fn new(engines: Vec<Arc<dyn Engine>>) -> Self {
        Runner { engines, seed: 0, replay_options: String::new() }
    }

    /// Runs one case on every engine. What the reference says is computed once.
    pub fn judge(&self, case: &Arc<Case>) -> Judged {
        self.judge_by(case, &Reading::all(case))
    }

    /// Draws a case and runs it; one that would prove nothing is drawn again, a few times.
    pub fn judge_drawn(&self, origin: Origin) -> Option<Judged> {
        let mut attempt = 0;
        loop {
            let case = Arc::new(origin.case(self.seed, attempt)?);
            let readings = Reading::all(&case);
            attempt += 1;
            if attempt == ATTEMPTS || readings.iter().all(Reading::is_telling) {
                return Some(self.judge_by(&case, &readings));
            }
        }
    }

    fn judge_by(&self, case: &Arc<Case>, readings: &[Reading]) -> Judged {
        let seed = self.seed ^ stable_hash(&case.id);
        let findings =
            self.engines.iter().map(|engine| judge(case, readings, engine, seed)).collect();
        Judged { case: case.clone(), findings }
    }

    /// Runs cases in parallel; `progress` is called after each.
    pub fn run(&self, cases: &[Arc<Case>], progress: impl Fn() + Sync) -> Vec<Judged> {
        cases
            .par_iter()
            .map(|case| {
                let judged = self.judge(case);
                progress();
                judged
            })
            .collect()
    }

    /// Draws cases and runs them in parallel. What passed is counted, everything else recorded, in
    /// the order of `origins`; `progress` is called after each.
    pub fn run_drawn(&self, origins: &[Origin], progress: impl Fn() + Sync) -> Drawn {
        let mut drawn = Drawn::default();
        let judged: Vec<Vec<CaseRecord>> = origins
            .par_iter()
            .map(|origin| {
                let judged = self.judge_drawn(*origin);
                let records = judged.map_or_else(Vec::new, |judged| self.records(&judged));
                progress();
                records
            })
            .collect();
        for record in judged.into_iter().flatten() {
            drawn.add(record);
        }
        drawn
    }

    /// The engines as a record names them.
    pub fn engine_records(&self) -> Vec<EngineRecord> {
        self.engines
            .iter()
            .map(|engine| EngineRecord {
                name: engine.name().to_owned(),
                version: engine.version(),
                device: engine.device(),
            })
            .collect()
    }

    /// The command that runs a case on an engine again.
    pub fn replay(&self, case: &Case, engine: &str) -> String {
        let seed = if case.id.parse::<Origin>().is_ok() {
            format!(" --seed {}", self.seed)
        } else {
            String::new()
        };
        let options = &self.replay_options;
        format!("cargo touchstone replay {} --engine {engine}{seed}{options}", case.id)
    }

    /// What was found about a case, as records.
    pub fn records(&self, judged: &Judged) -> Vec<CaseRecord> {
        let mut records = Vec::new();
        for (engine, findings) in self.engines.iter().zip(&judged.findings) {
            for finding in findings {
                let mut record = CaseRecord {
                    engine: engine.name().to_owned(),
                    function: judged.case.call.function.name().to_owned(),
                    case: judged.case.id.clone(),
                    aspect: finding.aspect.name().to_owned(),
                    outcome: finding.outcome,
                    used: None,
                    constraint: finding.constraint.clone(),
                    message: finding.message.clone(),
                    replay: self.replay(&judged.case, engine.name()),
                };
                record.set_used(finding.used);
                records.push(record);
            }
        }
        records
    }
}

/// FNV-1a: the same for a text in every build, on every machine, for ever.
pub fn stable_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// One of `count` parts into which cases are split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u64,
    /// How many parts there are.
    pub count: u64,
}

impl Shard {
    /// Whether a case belongs to this part: by its id alone, whatever else there is.
    pub fn holds(&self, id: &str) -> bool {
        stable_hash(id) % self.count == self.index - 1
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parsed {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Shard { index, count }),
            _ => Err(format!("{text:?} is no shard: I/N with I from 1 to N")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(stable_hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(stable_hash("a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn every_case_is_in_one_shard() {
        let shards: Vec<Shard> =
            (1..=3).map(|i| format!("{i}/3").parse().expect("a shard")).collect();
        for id in ["theano/dot/0000", "theano/dot/0001", "tensorflow/rnn/0007"] {
            assert_eq!(shards.iter().filter(|shard| shard.holds(id)).count(), 1);
        }
        for wrong in ["0/3", "4/3", "3", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
