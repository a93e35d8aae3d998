//! JUnit XML: one suite an engine, one test case a record.

use std::fmt::Write as _;

use crate::record::{CaseRecord, Outcome, RunRecord};
use crate::summary::failure_text;

/// The run as JUnit XML.
pub fn junit(run: &RunRecord) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for engine in &run.engines {
        let cases: Vec<&CaseRecord> =
            run.cases.iter().filter(|case| case.engine == engine.name).collect();
        let failures = cases.iter().filter(|case| case.outcome.is_failure()).count();
        let skipped = cases.iter().filter(|case| is_skipped(case)).count();
        // Writing to a String cannot fail.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">",
            escaped(&engine.name),
            cases.len(),
        );
        for case in cases {
            test_case(&mut xml, case);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn is_skipped(case: &CaseRecord) -> bool {
    matches!(case.outcome, Outcome::Skipped | Outcome::Vacuous)
}

fn test_case(xml: &mut String, case: &CaseRecord) {
    let _ = write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\"",
        escaped(&format!("{}::{}", case.engine, case.function)),
        escaped(&format!("{}::{}", case.case, case.aspect)),
    );
    if case.outcome.is_failure() {
        let _ = writeln!(
            xml,
            "><failure type=\"{}\">{}</failure></testcase>",
            case.outcome,
            escaped(&failure_text(case)),
        );
    } else if is_skipped(case) {
        let message = case.message.as_deref().unwrap_or(case.outcome.name());
        let _ = writeln!(xml, "><skipped message=\"{}\"/></testcase>", escaped(message));
    } else {
        xml.push_str("/>\n");
    }
}

/// Text for XML; characters that XML 1.0 has no way to write are replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(character),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_escaped() {
        assert_eq!(escaped("a<b> & \"c\"\u{1}"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}");
    }
}
