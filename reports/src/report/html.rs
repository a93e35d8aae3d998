//! The report as one page that needs nothing else.

use pulldown_cmark::{Event, Options, Parser};

use super::Sources;
use super::model::Model;

const TEMPLATE: &str = include_str!("report.html");
const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// The report as one HTML page.
pub fn html(model: &Model, sources: &Sources) -> Result<String, serde_json::Error> {
    let data = serde_json::to_string(model)?;
    let findings = sources.findings.as_deref().map(prose).unwrap_or_default();
    // Each placeholder stands once, and what was filled in is not looked at again.
    let parts: [(&str, String); 4] = [
        ("{{style}}", STYLE.to_owned()),
        ("{{findings}}", findings),
        ("{{data}}", in_script(&data)),
        ("{{script}}", SCRIPT.to_owned()),
    ];
    let mut page = String::with_capacity(TEMPLATE.len() + data.len() + 64 * 1024);
    let mut rest = TEMPLATE;
    for (name, part) in parts {
        let (before, after) = rest.split_once(name).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(&part);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// JSON that no `</script>` can end.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Markdown as HTML; tags in it are shown, not followed.
fn prose(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(tag) | Event::InlineHtml(tag) => Event::Text(tag),
        Event::Start(_)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_)
        | Event::FootnoteReference(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::Rule
        | Event::TaskListMarker(_) => event,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    html
}
