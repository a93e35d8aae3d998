//! How fast functions are beside the bare library: all measurements, as data and as a page.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The greatest geometric mean of ratios, and the greatest ratio that needs no explanation.
const LIMIT: f64 = 1.10;
/// How many times slower than tch candle may be before a page says what was tried.
const BEHIND: f64 = 2.0;

/// What one contest gave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Microseconds of a call through the API.
    pub microseconds: f64,
    /// How many times as long as the bare library that is.
    pub ratio: f64,
}

/// A function on an engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// Keras' name of the function, and which of its ways.
    pub function: String,
    /// The engine.
    pub engine: String,
    /// Small and large, forward and backward; none where nothing can be differentiated.
    pub small_forward: Option<Ratio>,
    /// As above.
    pub small_backward: Option<Ratio>,
    /// As above.
    pub large_forward: Option<Ratio>,
    /// As above.
    pub large_backward: Option<Ratio>,
    /// Why it takes longer than the bare library, where it does.
    pub why: Option<String>,
    /// What was tried where candle is far behind tch.
    pub tried: Option<String>,
    /// What kept a contest from being timed.
    pub failures: Vec<String>,
}

impl Timed {
    fn large(&self) -> impl Iterator<Item = Ratio> {
        [self.large_forward, self.large_backward].into_iter().flatten()
    }

    /// Whether either large ratio asks for an explanation.
    fn is_slow(&self) -> bool {
        self.large().any(|cell| cell.ratio > LIMIT)
    }
}

/// One run of the command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// The command, with its arguments.
    pub command: String,
    /// The processor, and how many threads the libraries had.
    pub machine: String,
    /// The engines with the versions of their libraries.
    pub engines: Vec<String>,
    /// How many functions an engine computes.
    pub computed: usize,
    /// Those of them that are not timed.
    pub missing: Vec<String>,
    /// Every function on every engine.
    pub rows: Vec<Timed>,
}

fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let logs: Vec<f64> = ratios.map(f64::ln).collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

fn show(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn show_time(cell: Option<Ratio>) -> String {
    match cell {
        None => "–".to_owned(),
        Some(cell) if cell.microseconds >= 1000.0 => format!("{:.2} ms", cell.microseconds / 1e3),
        Some(cell) => format!("{:.0} µs", cell.microseconds),
    }
}

impl Performance {
    fn engine_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !names.contains(&row.engine.as_str()) {
                names.push(&row.engine);
            }
        }
        names
    }

    /// The page.
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut page);
        page
    }

    fn write(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "# Performance\n")?;
        writeln!(page, "Written by `{}`, on {}.\n", self.command, self.machine)?;
        for engine in &self.engines {
            writeln!(page, "- {engine}")?;
        }
        writeln!(
            page,
            "\nEach ratio is the time of a function through the API over that of the shortest \
             correct\ncomposition of bare library calls, which stands beside it in \
             `benches/src/<family>.rs`. Both run in\nturns, and the ratio is the median of those \
             of the quieter half of the turns. Backward is forward and the gradients\nof a weighted sum of the \
             result. Results stay on the engine on both sides. Views are read once,\nby changing \
             the sign. The time is that of ours.\n"
        )?;
        self.write_means(page)?;
        self.write_table(page)?;
        self.write_slow(page)?;
        self.write_behind(page)?;
        self.write_failures(page)
    }

    fn write_means(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "## Geometric means of the ratios\n")?;
        writeln!(
            page,
            "| engine | small forward | small backward | large forward | large backward | large |"
        )?;
        writeln!(page, "|---|--:|--:|--:|--:|--:|")?;
        for engine in self.engine_names() {
            let rows = || self.rows.iter().filter(|row| row.engine == engine);
            let mean = |cell: fn(&Timed) -> Option<Ratio>| {
                show(geometric_mean(rows().filter_map(cell).map(|cell| cell.ratio)))
            };
            writeln!(
                page,
                "| {engine} | {} | {} | {} | {} | **{}** |",
                mean(|row| row.small_forward),
                mean(|row| row.small_backward),
                mean(|row| row.large_forward),
                mean(|row| row.large_backward),
                show(geometric_mean(rows().flat_map(Timed::large).map(|cell| cell.ratio))),
            )?;
        }
        writeln!(page)
    }

    fn write_table(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "## Every function\n")?;
        writeln!(
            page,
            "| function | engine | small forward | small backward | large forward | large backward | time forward | time backward |"
        )?;
        writeln!(page, "|---|---|--:|--:|--:|--:|--:|--:|")?;
        for row in &self.rows {
            let ratio = |cell: Option<Ratio>| show(cell.map(|cell| cell.ratio));
            writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                row.function,
                row.engine,
                ratio(row.small_forward),
                ratio(row.small_backward),
                ratio(row.large_forward),
                ratio(row.large_backward),
                show_time(row.large_forward),
                show_time(row.large_backward),
            )?;
        }
        writeln!(page)
    }

    fn write_slow(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "## Above {LIMIT:.2} at the large size\n")?;
        let mut slow: Vec<&Timed> = self.rows.iter().filter(|row| row.is_slow()).collect();
        let worst = |row: &Timed| row.large().map(|cell| cell.ratio).fold(0.0, f64::max);
        slow.sort_by(|a, b| worst(b).total_cmp(&worst(a)));
        for row in slow {
            let ratio = |cell: Option<Ratio>| show(cell.map(|cell| cell.ratio));
            writeln!(
                page,
                "- **{}** on {}, {} forward, {} backward: {}",
                row.function,
                row.engine,
                ratio(row.large_forward),
                ratio(row.large_backward),
                row.why.as_deref().unwrap_or("not profiled"),
            )?;
        }
        writeln!(page)
    }

    fn write_behind(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "## candle over twice as slow as tch, at the large size\n")?;
        for candle in self.rows.iter().filter(|row| row.engine == "candle") {
            let same = |row: &&Timed| row.function == candle.function && row.engine == "tch";
            let Some(tch) = self.rows.iter().find(same) else { continue };
            let times = |candle: Option<Ratio>, tch: Option<Ratio>| {
                candle.zip(tch).map(|(candle, tch)| candle.microseconds / tch.microseconds)
            };
            let forward = times(candle.large_forward, tch.large_forward);
            let backward = times(candle.large_backward, tch.large_backward);
            if [forward, backward].into_iter().flatten().any(|times| times > BEHIND) {
                writeln!(
                    page,
                    "- **{}**, {} times forward, {} backward: {}",
                    candle.function,
                    show(forward),
                    show(backward),
                    candle.tried.as_deref().unwrap_or("nothing tried yet"),
                )?;
            }
        }
        writeln!(page)
    }

    fn write_failures(&self, page: &mut String) -> std::fmt::Result {
        let names = if self.missing.is_empty() { "none".into() } else { self.missing.join(", ") };
        writeln!(page, "## Not timed\n")?;
        writeln!(page, "Without a workload, of {} functions: {names}.", self.computed)?;
        for row in self.rows.iter().filter(|row| !row.failures.is_empty()) {
            for failure in &row.failures {
                writeln!(page, "- **{}** on {}: {failure}", row.function, row.engine)?;
            }
        }
        Ok(())
    }
}
