//! `cargo xtask performance`: every function on every engine beside its bare library, and the
//! table of it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its user")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use touchstone::glob::Glob;
use touchstone::registry::{self, Device};
use touchstone_benches::contest::Contest;
use touchstone_benches::measure::measure;
use touchstone_benches::workload::{Direction, Size, Workload};
use touchstone_benches::{Outcome, missing, workloads};
use touchstone_reference::Function;
use touchstone_reference::engine::Engine;
use touchstone_reports::{Performance, Ratio, Timed};

/// Time every function on every engine beside the bare library, and write the table.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask performance", max_term_width = 100)]
struct Arguments {
    /// Only this engine; may be given several times
    #[arg(long)]
    engine: Vec<String>,
    /// Only functions whose names match: `*` is any text, `?` any one character
    #[arg(long, default_value = "*")]
    function: Glob,
    /// How long each of the contests takes, in seconds
    #[arg(long, default_value_t = 0.25)]
    seconds: f64,
    /// The folder for performance.md and performance.json; without it a run over only some of
    /// the functions or engines writes nothing
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let budget = Duration::try_from_secs_f64(arguments.seconds)?;
    let engines = engines(&arguments.engine)?;
    let wanted: Vec<&'static Workload> = workloads()
        .into_iter()
        .filter(|workload| arguments.function.matches(workload.function.name()))
        .collect();
    let mut report = Performance {
        command: "cargo xtask performance".into(),
        machine: machine(),
        engines: engines.iter().map(|e| format!("{}: {}", e.name(), e.version())).collect(),
        computed: Function::ALL.iter().filter(|function| function.is_call()).count(),
        missing: missing().iter().map(|function| function.name().to_owned()).collect(),
        rows: Vec::new(),
    };
    for workload in &wanted {
        for engine in &engines {
            let mut row = untimed(workload, engine.name());
            for size in Size::ALL {
                for &direction in workload.directions() {
                    match contest(workload, engine, size, direction, budget) {
                        Ok(timing) => *cell(&mut row, size, direction) = Some(timing),
                        Err(error) => {
                            let failure = format!("{} {}: {error}", size.name(), direction.name());
                            row.failures.push(failure);
                        }
                    }
                }
            }
            print(&mut row);
            report.rows.push(row);
        }
    }
    let whole = wanted.len() == workloads().len() && arguments.engine.is_empty();
    if let Some(folder) = arguments.out.clone().or_else(|| whole.then(reports)) {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("performance.md"), report.markdown())?;
        let data = serde_json::to_string_pretty(&report)? + "\n";
        std::fs::write(folder.join("performance.json"), data)?;
        println!("wrote performance.md and performance.json to {}", folder.display());
    }
    let failed = report.rows.iter().any(|row| !row.failures.is_empty());
    Ok(ExitCode::from(u8::from(failed)))
}

fn contest(
    workload: &'static Workload,
    engine: &Arc<dyn Engine>,
    size: Size,
    direction: Direction,
    budget: Duration,
) -> Outcome<Ratio> {
    let mut contest = Contest::new(workload, engine, size, direction)?;
    contest.judge(workload.agreement)?;
    let timing = measure(&mut contest, budget)?;
    Ok(Ratio { microseconds: timing.ours * 1e6, ratio: timing.ratio })
}

/// A row that has no times yet.
fn untimed(workload: &Workload, engine: &str) -> Timed {
    Timed {
        function: workload.name(),
        engine: engine.to_owned(),
        why: workload.why(engine).map(ToOwned::to_owned),
        tried: workload.tried.map(ToOwned::to_owned),
        ..Timed::default()
    }
}

/// Where a row has what one contest gave.
fn cell(row: &mut Timed, size: Size, direction: Direction) -> &mut Option<Ratio> {
    match (size, direction) {
        (Size::Small, Direction::Forward) => &mut row.small_forward,
        (Size::Small, Direction::Backward) => &mut row.small_backward,
        (Size::Large, Direction::Forward) => &mut row.large_forward,
        (Size::Large, Direction::Backward) => &mut row.large_backward,
    }
}

/// The engines asked for; by default all that have a bare library beside them.
fn engines(names: &[String]) -> Outcome<Vec<Arc<dyn Engine>>> {
    if names.is_empty() {
        // The reference defines; it is not meant to be fast.
        let timed = registry::engines().into_iter().filter(|engine| engine.name != "reference");
        return timed.map(|engine| Ok((engine.start)(&Device::Cpu)?)).collect();
    }
    names.iter().map(|name| Ok(registry::start(name, &Device::Cpu)?)).collect()
}

/// One line of progress.
fn print(row: &mut Timed) {
    let mut line = format!("{:<32} {:<8}", row.function, row.engine);
    for size in Size::ALL {
        for direction in Direction::ALL {
            line += &match cell(row, size, direction) {
                Some(cell) => format!("{:>8.2}", cell.ratio),
                None => format!("{:>8}", "–"),
            };
        }
    }
    for cell in [row.large_forward, row.large_backward].into_iter().flatten() {
        line += &format!("{:>12.0} µs", cell.microseconds);
    }
    println!("{line}");
    for failure in &row.failures {
        println!("    {failure}");
    }
}

/// The folder of the workspace that holds reports.
fn reports() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join("reports")
}

/// The processor and how many threads there are.
fn machine() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unnamed processor", |(_, model)| model);
    format!("{model}, {threads} threads, {}", std::env::consts::OS)
}
