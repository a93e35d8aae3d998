//! JSON Lines: one record a line, for programs that read as they go.

use crate::record::RunRecord;

/// Every record of runs, one a line.
pub fn json_lines<'a>(
    runs: impl IntoIterator<Item = &'a RunRecord>,
) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for case in runs.into_iter().flat_map(|run| &run.cases) {
        text.push_str(&serde_json::to_string(case)?);
        text.push('\n');
    }
    Ok(text)
}
