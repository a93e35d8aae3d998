//! Annotations for GitHub's log: one line a failure.

use crate::record::RunRecord;
use crate::summary::failure_text;

/// One `::error` command a failure; nothing where there is none.
pub fn annotations(run: &RunRecord) -> String {
    let mut text = String::new();
    for case in run.failures() {
        let title =
            format!("{}::{}::{}: {}", case.engine, case.function, case.aspect, case.outcome);
        let message = failure_text(case);
        text.push_str(&format!("::error title={}::{}\n", property(&title), data(&message)));
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_github_would_misread_is_escaped() {
        assert_eq!(data("50 %\nof a: b"), "50 %25%0Aof a: b");
        assert_eq!(property("a::b, c"), "a%3A%3Ab%2C c");
    }
}
