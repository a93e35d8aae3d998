//! The summary for people: a table of functions by engines, how much of the bounds was used, and
//! every failure with the command that reproduces it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::record::{CaseRecord, Outcome, RunRecord, Spread};

/// Whether to colour what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With escape sequences, for a terminal.
    Ansi,
    /// Plain text.
    Plain,
}

/// What a piece of text is to its reader.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Good,
    Bad,
    Faint,
    Strong,
}

impl Colour {
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        if self == Colour::Plain || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// What one engine did on one function.
#[derive(Clone, Default)]
struct Cell {
    counts: BTreeMap<Outcome, usize>,
    used: Option<f64>,
}

impl Cell {
    fn add(&mut self, case: &CaseRecord) {
        *self.counts.entry(case.outcome).or_default() += 1;
        self.used = match (self.used, case.used) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }

    fn add_tally(&mut self, spread: &Spread) {
        *self.counts.entry(Outcome::Pass).or_default() += spread.passed;
        self.used = match (self.used, spread.max) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }

    fn failures(&self) -> usize {
        self.counts.iter().filter(|(outcome, _)| outcome.is_failure()).map(|(_, n)| n).sum()
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.counts.get(&outcome).copied().unwrap_or(0)
    }

    fn text(&self) -> String {
        let mut text = format!("{:>5}", self.count(Outcome::Pass));
        let failures = self.failures();
        let _ = if failures == 0 {
            write!(text, "{:>7}", "")
        } else {
            write!(text, "{failures:>5} ✗")
        };
        let _ = match self.used {
            Some(used) => write!(text, "{:>8}", fraction(used)),
            None => write!(text, "{:>8}", ""),
        };
        text
    }
}

/// A fraction of a bound, short.
fn fraction(used: f64) -> String {
    if used == 0.0 {
        "0".into()
    } else if (0.001..1000.0).contains(&used) {
        format!("{used:.3}")
    } else {
        format!("{used:.0e}")
    }
}

/// The summary of a run.
pub fn summary(run: &RunRecord, colour: Colour) -> String {
    let mut text = String::new();
    table(&mut text, run, colour);
    usage(&mut text, run);
    skipped(&mut text, run);
    failures(&mut text, run, colour);
    verdicts(&mut text, run, colour);
    text
}

fn table(text: &mut String, run: &RunRecord, colour: Colour) {
    let mut rows: BTreeMap<&str, BTreeMap<&str, Cell>> = BTreeMap::new();
    for case in &run.cases {
        rows.entry(&case.function).or_default().entry(&case.engine).or_default().add(case);
    }
    for tally in &run.tallies {
        let row = rows.entry(&tally.function).or_default();
        row.entry(&tally.engine).or_default().add_tally(&tally.spread);
    }
    let width = rows.keys().map(|name| name.len()).max().unwrap_or(0).max("function".len());
    let mut heading = format!("{:width$}", "function");
    let mut legend = format!("{:width$}", "");
    for engine in &run.engines {
        let _ = write!(heading, "  {:>20}", engine.name);
        let _ = write!(legend, "  {:>5}{:>7}{:>8}", "pass", "fail", "used");
    }
    let _ = writeln!(text, "{}", colour.paint(Tone::Strong, heading.trim_end()));
    let _ = writeln!(text, "{}", colour.paint(Tone::Faint, legend.trim_end()));
    for (function, engines) in &rows {
        let mut line = format!("{function:width$}");
        for engine in &run.engines {
            let cell = engines.get(engine.name.as_str()).cloned().unwrap_or_default();
            let tone = if cell.failures() > 0 { Tone::Bad } else { Tone::Good };
            let _ = write!(line, "  {}", colour.paint(tone, &cell.text()));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn usage(text: &mut String, run: &RunRecord) {
    let used: Vec<_> = run.engines.iter().filter_map(|e| Some((e, run.usage(&e.name)?))).collect();
    if used.is_empty() {
        return;
    }
    text.push_str("\nerror as a fraction of what is allowed\n");
    for (engine, usage) in used {
        let most: Vec<String> = usage
            .functions
            .iter()
            .take(5)
            .map(|(function, used)| format!("{function} {}", fraction(*used)))
            .collect();
        let _ = writeln!(
            text,
            "  {}: largest {}, median {}; most: {}",
            engine.name,
            fraction(usage.max),
            fraction(usage.median),
            most.join(", "),
        );
    }
}

/// How many functions are named before they are only counted.
const NAMED: usize = 12;

fn skipped(text: &mut String, run: &RunRecord) {
    let mut reasons: BTreeMap<&str, (Vec<&str>, usize)> = BTreeMap::new();
    for left_out in &run.skipped {
        let (functions, cases) = reasons.entry(&left_out.reason).or_default();
        functions.push(&left_out.function);
        *cases += left_out.cases;
    }
    for (reason, (functions, cases)) in reasons {
        let which = if functions.len() > NAMED {
            format!("{} functions", functions.len())
        } else {
            functions.join(", ")
        };
        let _ = writeln!(text, "\nskipped: {cases} lines of {which}; {reason}");
    }
}

/// What a failure is told with: what was found, and how to see it again.
pub fn failure_text(case: &CaseRecord) -> String {
    let mut text = case.message.clone().unwrap_or_else(|| case.outcome.name().to_owned());
    if let Some(used) = case.used {
        let _ = write!(text, " (error / bound {})", fraction(used));
    }
    let _ = write!(text, "\n{}", case.replay);
    text
}

fn failures(text: &mut String, run: &RunRecord, colour: Colour) {
    for case in run.failures() {
        let title = format!(
            "{}::{}::{}: {} in {}",
            case.engine, case.function, case.aspect, case.outcome, case.case
        );
        let told = failure_text(case).replace('\n', "\n    ");
        let _ = writeln!(text, "\n{}\n    {told}", colour.paint(Tone::Bad, &title));
    }
}

fn verdicts(text: &mut String, run: &RunRecord, colour: Colour) {
    text.push('\n');
    for engine in &run.engines {
        let counts: Vec<String> = Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome, run.count(&engine.name, outcome)))
            .filter(|(_, count)| *count > 0)
            .map(|(outcome, count)| format!("{count} {}", outcome.name().replace('_', " ")))
            .collect();
        let failed = run.failures().any(|case| case.engine == engine.name);
        let (tone, verdict) = if failed {
            (Tone::Bad, "does not conform")
        } else if run.too_vacuous(&engine.name) {
            (Tone::Bad, "proves too little: more than 1 comparison in 1000 is vacuous")
        } else {
            (Tone::Good, "conforms")
        };
        let _ = writeln!(
            text,
            "{} {} on {}: {} ({})",
            engine.name,
            engine.version,
            engine.device,
            colour.paint(tone, verdict),
            if counts.is_empty() { "nothing ran".to_owned() } else { counts.join(", ") },
        );
    }
    let _ = writeln!(text, "seed {}", run.seed);
}
