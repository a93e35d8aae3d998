//! A badge: one engine's verdict as a small picture.

use super::Column;

/// How wide a character of the badge's font is, about.
const CHARACTER: usize = 7;

/// The verdict on an engine, as SVG.
pub fn badge(column: &Column) -> String {
    let (words, colour) = match column.verdict {
        "conforms" => ("conforms", "#2e7d4f"),
        "vacuous" => ("proves too little", "#9a6700"),
        _ => ("does not conform", "#b3261e"),
    };
    let name = format!("touchstone: {} on {}", column.engine.name, column.engine.device);
    let left = name.len() * CHARACTER + 12;
    let right = words.len() * CHARACTER + 12;
    let width = left + right;
    let (middle, other) = (left / 2, left + right / 2);
    let name = escaped(&name);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\" \
         aria-label=\"{name}: {words}\"><title>{name}: {words}</title>\
         <clipPath id=\"r\"><rect width=\"{width}\" height=\"20\" rx=\"3\"/></clipPath>\
         <g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#3b3f45\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/></g>\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" \
         font-size=\"11\"><text x=\"{middle}\" y=\"14\">{name}</text>\
         <text x=\"{other}\" y=\"14\">{words}</text></g></svg>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
