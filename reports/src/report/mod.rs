//! The report: what runs found, beside what functions mean and how fast they are, as one page that
//! works without a network, and as text for a pull request.

mod badge;
mod html;
mod markdown;
mod model;
mod page;

pub use badge::badge;
pub use html::html;
pub use markdown::markdown;
pub use model::{Column, Model};
pub use page::{Page, Parameter, Supported};

use crate::mutants::MutantMatrix;
use crate::performance::Performance;
use crate::record::RunRecord;

/// What a report is made of.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Runs by their labels, oldest first. The last run of an engine on a device is the one that is
    /// shown in full.
    pub runs: Vec<(String, RunRecord)>,
    /// What each function means, in the order of the table.
    pub pages: Vec<Page>,
    /// How fast functions are.
    pub performance: Option<Performance>,
    /// Which planted faults were noticed.
    pub mutants: Option<MutantMatrix>,
    /// What was found wrong in libraries, as Markdown.
    pub findings: Option<String>,
    /// The commands that made all this.
    pub commands: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{CaseRecord, EngineRecord, Outcome};

    fn case(engine: &str, function: &str, outcome: Outcome) -> CaseRecord {
        CaseRecord {
            engine: engine.into(),
            function: function.into(),
            case: format!("s/{function}/0000"),
            aspect: "value".into(),
            outcome,
            used: Some(0.25),
            constraint: None,
            message: Some("</script><b>&\u{2028}".into()),
            replay: "touchstone replay".into(),
        }
    }

    fn run(engine: &str, outcomes: &[Outcome]) -> RunRecord {
        let record = |device: &str| EngineRecord {
            name: engine.into(),
            version: "1".into(),
            device: device.into(),
        };
        let cases = outcomes.iter().map(|outcome| case(engine, "tanh", *outcome)).collect();
        RunRecord::new("0", 7, vec![record("cpu")], vec![], cases)
    }

    fn sources(runs: Vec<(String, RunRecord)>) -> Sources {
        let page = |name: &str, family: &str| Page {
            name: name.into(),
            family: family.into(),
            doc: vec!["A sentence.".into()],
            ..Page::default()
        };
        let pages = vec![page("tanh", "a"), page("dot", "b"), page("exp", "a")];
        Sources { runs, pages, ..Sources::default() }
    }

    #[test]
    fn the_last_run_of_an_engine_is_shown_and_the_others_are_history() {
        let sources = sources(vec![
            ("old".into(), run("x", &[Outcome::Mismatch])),
            ("new".into(), run("x", &[Outcome::Pass, Outcome::Pass])),
            ("other".into(), run("y", &[Outcome::Lost])),
        ]);
        let model = Model::new(&sources);
        let verdicts: Vec<_> = model.columns.iter().map(|c| (c.run.as_str(), c.verdict)).collect();
        assert_eq!(verdicts, [("new", "conforms"), ("other", "fails")]);
        assert_eq!(model.history.len(), 3);
        assert_eq!(model.failures.len(), 1);
        let names: Vec<_> = model.functions.iter().map(|f| f.page.name.as_str()).collect();
        assert_eq!(names, ["tanh", "exp", "dot"], "a family stands together");
        let tanh = &model.functions[0];
        assert_eq!(tanh.cells[0].counts.get(&Outcome::Pass), Some(&2));
        assert_eq!(tanh.cells[0].used, Some(0.25));
        assert_eq!(tanh.cells[1].aspects["value"].failed, 1);
    }

    #[test]
    fn a_function_that_the_table_lacks_is_shown_too() {
        let mut run = run("x", &[]);
        run.cases.push(case("x", "future", Outcome::Pass));
        let model = Model::new(&sources(vec![("r".into(), run)]));
        assert!(model.functions.iter().any(|f| f.page.name == "future"));
    }

    #[test]
    fn nothing_in_the_data_ends_the_page() {
        let mut sources = sources(vec![("r".into(), run("x", &[Outcome::Mismatch]))]);
        sources.findings = Some("# Found\n\n<script>alert(1)</script> {{data}}\n".into());
        let page = html(&Model::new(&sources), &sources).expect("a page");
        assert_eq!(page.matches("</script>").count(), 2, "data and script, nothing else");
        assert!(page.contains("&lt;script&gt;alert(1)"), "tags in Markdown are shown");
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            let found = page.replace("http://www.w3.org/2000/svg", "").contains(outside);
            assert!(!found, "the page asks for {outside}");
        }
    }

    #[test]
    fn markdown_tells_verdicts_and_failures() {
        let sources = sources(vec![("r".into(), run("x", &[Outcome::Mismatch, Outcome::Pass]))]);
        let text = markdown(&Model::new(&sources));
        assert!(text.contains("| x 1 | cpu | ❌ does not conform | 1 | 1 |"), "{text}");
        assert!(text.contains("touchstone replay"), "{text}");
    }

    #[test]
    fn a_badge_says_the_verdict() {
        let model = Model::new(&sources(vec![("r".into(), run("x<", &[Outcome::Pass]))]));
        let svg = badge(&model.columns[0]);
        assert!(svg.contains("conforms") && svg.contains("x&lt; on cpu"), "{svg}");
    }
}
