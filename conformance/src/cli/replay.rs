//! `touchstone replay`: one case again, with everything there is to say about it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use touchstone::generate::Origin;
use touchstone::golden::{Case, Expect, Golden, Value};
use touchstone::judge::{Difference, Finding};
use touchstone::runner::Runner;
use touchstone_reference::Label;
use touchstone_reference::error::GENERAL_CONSTRAINTS;
use touchstone_reports::Outcome;

use super::common::{Engines, Exit, Failure, GoldenPaths, print};

/// Run one case again and show what differs
#[derive(Args, Debug)]
pub(super) struct Replay {
    /// The id of a case, theano/dot/0003 or drawn/dot/17, or a file with one case
    case: String,
    #[command(flatten)]
    engines: Engines,
    #[command(flatten)]
    golden: GoldenPaths,
    /// What random draws are made from
    #[arg(long, default_value_t = 0, value_name = "S")]
    seed: u64,
    /// Print the case as JSON, for a file to be edited and replayed, and run nothing
    #[arg(long)]
    print: bool,
}

impl Replay {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let case = self.case()?;
        if self.print {
            print(&format!("{:#}\n", case.to_json()))?;
            return Ok(Exit::Fine);
        }
        let mut runner = Runner::new(self.engines.start()?);
        runner.seed = self.seed;
        let judged = runner.judge(&case);
        let mut text = describe(&case);
        let mut exit = Exit::Fine;
        for (engine, findings) in runner.engines.iter().zip(&judged.findings) {
            text.push_str(&format!(
                "\n{} {} on {}\n",
                engine.name(),
                engine.version(),
                engine.device()
            ));
            for finding in findings {
                text.push_str(&show(finding));
                if finding.outcome == Outcome::Lost {
                    exit = Exit::Engine;
                } else if finding.outcome.is_failure() && exit == Exit::Fine {
                    exit = Exit::NotConformant;
                }
            }
        }
        print(&text)?;
        Ok(exit)
    }

    fn case(&self) -> Result<Arc<Case>, Failure> {
        let path = Path::new(&self.case);
        if path.is_file() {
            return read(path);
        }
        if let Ok(origin) = self.case.parse::<Origin>() {
            let none = || Failure::Usage(format!("{} has no generator", origin.function));
            let mut runner = Runner::new(Vec::new());
            runner.seed = self.seed;
            return Ok(runner.judge_drawn(origin).ok_or_else(none)?.case);
        }
        let golden: Golden = self.golden.load()?;
        golden.case(&self.case).cloned().ok_or_else(|| {
            Failure::Usage(format!("there is no case {}, and no such file", self.case))
        })
    }
}

/// The case in a file of its own.
fn read(path: &Path) -> Result<Arc<Case>, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok(Arc::new(Case::parse("file", path, 1, &text)?))
}

/// Where a case stands, if it stands anywhere.
fn place(case: &Case) -> String {
    if case.line == 0 { String::new() } else { format!(", {}:{}", case.file.display(), case.line) }
}

fn describe(case: &Case) -> String {
    let mut text = format!("{} ({}{})\n", case.id, case.source, place(case));
    let args: Vec<String> =
        case.call.args.iter().map(|(name, value)| format!("{name}={}", brief(value))).collect();
    text.push_str(&format!("  {}({})\n", case.call.function, args.join(", ")));
    let expected = match &case.expect {
        Expect::Outputs(outputs) => {
            outputs.iter().map(|t| t.spec().to_string()).collect::<Vec<_>>().join(", ")
        }
        Expect::Value(value) => value.to_string(),
        Expect::Error(error) => format!("a refusal: {error}"),
        Expect::Random(_) => "random numbers".into(),
        Expect::Decided => "what the reference says".into(),
    };
    let origin = if case.is_written() { "decided" } else { "recorded" };
    text.push_str(&format!("  {origin}: {expected}\n"));
    if let Some((point, words)) = shown(case) {
        text.push_str(&format!("  shows: {point}, {words}\n"));
    }
    if let Some(note) = &case.note {
        text.push_str(&format!("  note: {note}\n"));
    }
    if let Some(disputed) = &case.disputed {
        text.push_str(&format!("  disputed: {}\n", disputed.reason));
    }
    text
}

/// The convention or else the constraint that a written case shows, in words.
fn shown(case: &Case) -> Option<(String, &'static str)> {
    let entry = case.call.function.entry();
    let word = |words: &[&'static str], n: usize| words.get(n.checked_sub(1)?).copied();
    if let Some(n) = case.convention {
        return Some((format!("K{n}"), word(entry.conventions, n)?));
    }
    let label = case.constraint?;
    let words = match label {
        Label::G(n) => word(GENERAL_CONSTRAINTS, n.into()),
        Label::C(n) => word(entry.constraints, n.into()),
    };
    Some((label.to_string(), words?))
}

/// A value short enough for a line.
fn brief(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Float(x) => x.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(brief).collect::<Vec<_>>().join(", "))
        }
        Value::Tensor(tensor) => tensor.spec().to_string(),
        Value::Named(name) => name.clone(),
    }
}

fn show(finding: &Finding) -> String {
    let mut text = format!("  {:9} {}", finding.aspect.name(), finding.outcome);
    if let Some(used) = finding.used {
        text.push_str(&format!(", error / bound {used:.3}"));
    }
    if let Some(constraint) = &finding.constraint {
        text.push_str(&format!(", citing {constraint}"));
    }
    text.push('\n');
    if let Some(message) = &finding.message {
        text.push_str(&format!("            {message}\n"));
    }
    if let Some(Difference { output, index, expected, found, bound }) = &finding.difference {
        text.push_str(&format!(
            "            output {output}, index {index:?}\n\
             \x20             expected {expected:?}\n\
             \x20             found    {found:?}\n\
             \x20             error    {:e}\n\
             \x20             bound    {bound:e}\n",
            (found - expected).abs(),
        ));
    }
    text
}
