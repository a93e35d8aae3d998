"use strict";
// The page is drawn from the data that it carries; the part after # says which part is shown.
const data = JSON.parse(document.getElementById("data").textContent);
const BAD = ["mismatch", "wrong_acceptance", "wrong_rejection", "unsupported", "lost", "non_deterministic"];
const main = document.getElementById("main");

// An element: attributes by name, handlers by on…, children as text or elements.
const SVG = new Set(["svg", "rect", "line", "text", "title", "g", "path"]);
function h(tag, attributes, ...children) {
  const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
const number = (n) => n.toLocaleString("en");
const sum = (list) => list.reduce((a, b) => a + b, 0);
const failed = (counts) => sum(BAD.map((outcome) => counts[outcome] || 0));
const words = (name) => name.replaceAll("_", " ");
const fraction = (x) => x === null || x === undefined ? "exact" : x === 0 ? "0" : x >= 0.001 ? x.toFixed(3) : x.toExponential(0);
const title = (column) => `${column.name} on ${column.device}`;
const link = (name) => `#/f/${encodeURIComponent(name)}`;
const ASPECTS = ["value", "gradient", "shape", "dtype", "rejection"];
// The aspects of a cell, those that every function has first.
const aspects = (cell) => Object.entries(cell.aspects).sort(([a], [b]) => (ASPECTS.indexOf(a) + 1 || 9) - (ASPECTS.indexOf(b) + 1 || 9));
const VERDICT = { conforms: ["✓", "conforms", "good"], fails: ["✗", "does not conform", "bad"], vacuous: ["◌", "proves too little", "warn"] };

// What one engine made of one function, as a mark, a word and a class.
function mark(cell) {
  const bad = failed(cell.counts), pass = cell.counts.pass || 0;
  if (bad) return ["✗", `${number(bad)} fail`, "bad"];
  if (cell.counts.vacuous && !pass) return ["◌", "vacuous", "warn"];
  if (pass) return ["✓", number(pass), "good"];
  return ["–", "not run", "faint"];
}

const chosen = { text: "", family: "", show: "all" };
const SHOW = {
  all: ["All", () => true],
  failing: ["Failing", (f) => f.cells.some((cell) => failed(cell.counts))],
  vacuous: ["Vacuous", (f) => f.cells.some((cell) => cell.counts.vacuous)],
  emulated: ["Emulated", (f) => f.support.some(([, how]) => how.some((s) => s.how === "emulated"))],
  close: ["Near its bound", (f) => f.cells.some((cell) => cell.used > 0.5)],
};

function verdicts() {
  return h("div", { class: "verdicts" }, data.columns.map((column) => {
    const [sign, word, tone] = VERDICT[column.verdict];
    const counts = Object.entries(column.counts).filter(([outcome]) => outcome !== "pass");
    return h("section", { class: `card verdict ${column.verdict}`, "aria-label": title(column) },
      h("b", {}, column.name), " ", h("span", { class: "faint small" }, `${column.version} · ${column.device}`),
      h("span", { class: `big ${tone}` }, `${sign} ${word}`),
      h("span", { class: "small" }, `${number(column.counts.pass || 0)} aspects pass`),
      h("span", { class: "small faint" }, counts.map(([outcome, n]) => `, ${number(n)} ${words(outcome)}`).join("")));
  }));
}

function matrix() {
  const status = h("span", { class: "faint small", role: "status", "aria-live": "polite" });
  const body = h("tbody");
  const families = [...new Set(data.functions.map((f) => f.family))];
  function fill() {
    const wanted = data.functions.filter((f) => SHOW[chosen.show][1](f)
      && (!chosen.family || f.family === chosen.family)
      && (!chosen.text || `${f.name} ${f.family} ${f.doc[0] || ""}`.toLowerCase().includes(chosen.text.toLowerCase())));
    body.replaceChildren();
    let family = null;
    for (const f of wanted) {
      if (f.family !== family) {
        family = f.family;
        body.append(h("tr", { class: "family" }, h("th", { colspan: data.columns.length + 1, scope: "colgroup" }, words(family || "other"))));
      }
      body.append(h("tr", { "data-function": f.name }, h("th", { scope: "row" }, h("a", { href: link(f.name), title: f.doc[0] }, f.name)),
        f.cells.map((cell, i) => {
          const [sign, word, tone] = mark(cell);
          const used = cell.used || 0;
          return h("td", { class: tone === "bad" && "fails" }, h("a", { class: "cell", href: `${link(f.name)}/${i}`, "aria-label": `${f.name} ${title(data.columns[i])}: ${word}${tone === "good" ? " pass" : ""}, error at most ${fraction(cell.used)} of the bound` },
            h("span", { class: tone, "aria-hidden": "true" }, sign), h("span", {}, word),
            h("span", { class: used > 1 ? "meter over" : "meter", title: `largest error / bound: ${fraction(cell.used)}` }, h("i", { style: `width:${Math.min(100, used * 100)}%` }))));
        })));
    }
    status.textContent = `${wanted.length} of ${data.functions.length} functions`;
  }
  const search = h("input", { type: "search", id: "search", placeholder: "Search functions", "aria-label": "Search functions", value: chosen.text, oninput: (e) => { chosen.text = e.target.value; fill(); } });
  const family = h("select", { "aria-label": "Family", onchange: (e) => { chosen.family = e.target.value; fill(); } },
    h("option", { value: "" }, "All families"), families.map((name) => h("option", { value: name, selected: name === chosen.family }, words(name || "other"))));
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Which functions" }, Object.entries(SHOW).map(([key, [label]]) =>
    h("button", { type: "button", "data-show": key, "aria-pressed": String(chosen.show === key), onclick: (e) => {
      chosen.show = key;
      for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip === e.currentTarget));
      fill();
    } }, label)));
  fill();
  return [h("h1", {}, "Does each engine implement the Keras backend API?"),
    h("p", { class: "faint" }, "Every function was called with recorded, written and drawn arguments. An answer conforms if each of its elements lies within a bound that is computed from the definition of the function and the data; nothing was tuned."),
    verdicts(),
    h("div", { class: "tools" }, search, family, chips, status),
    h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "vh" }, "Functions by engines: how many aspects of cases pass, and the largest error as a fraction of its bound"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "function"), data.columns.map((c) => h("th", { scope: "col" }, title(c), h("span", { class: "vh" }, ": passes, and error of bound"))))), body)),
    h("p", { class: "faint small" }, "The bar is the largest error as a fraction of what is allowed: a tenth is healthy, more than all of it is a failure.")];
}

// How the errors of what passed lie within their bounds.
function histogram(cell) {
  const aspects = [["value", "v"], ["gradient", "g"]].filter(([name]) => cell.aspects[name] && cell.aspects[name].spread.passed);
  if (!aspects.length) return h("p", { class: "faint small" }, "nothing to compare passed");
  const labels = ["exact", ...data.classes.map((limit) => limit < 0.01 ? `≤10${"⁻"}${"⁰¹²³⁴⁵⁶⁷⁸⁹"[Math.round(-Math.log10(limit))]}` : `≤${limit}`)];
  const W = 520, H = 150, base = 120, step = W / labels.length, wide = (step - 10) / aspects.length;
  const most = Math.max(...aspects.flatMap(([name]) => { const s = cell.aspects[name].spread; return [s.exact, ...s.classes]; }), 1);
  const tall = (n) => n ? Math.max(2, 100 * Math.log10(1 + n) / Math.log10(1 + most)) : 0;
  const said = aspects.map(([name]) => `${name}: ${number(cell.aspects[name].spread.passed)} passed, ${number(cell.aspects[name].spread.exact)} exact, largest ${fraction(cell.aspects[name].spread.max)} of the bound`).join("; ");
  return [h("svg", { class: "plot", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": said },
    h("line", { class: "axis", x1: 0, x2: W, y1: base, y2: base }),
    labels.map((label, i) => h("text", { x: i * step + step / 2, y: base + 15, "text-anchor": "middle" }, label)),
    aspects.flatMap(([name, tone], a) => { const s = cell.aspects[name].spread; return [s.exact, ...s.classes].map((n, i) => n > 0 &&
      h("g", {}, h("title", {}, `${name}, ${labels[i]}: ${number(n)}`), h("rect", { class: tone, rx: 2, x: i * step + 5 + a * wide, width: wide - 2, y: base - tall(n), height: tall(n) }),
        h("text", { x: i * step + 5 + a * wide + wide / 2 - 1, y: base - tall(n) - 4, "text-anchor": "middle" }, n > 9999 ? `${Math.round(n / 1000)}k` : n))); }),
    h("text", { x: W, y: H - 2, "text-anchor": "end" }, "error as a fraction of the bound, counts on a logarithmic scale")),
  h("div", { class: "legend" }, aspects.map(([name, tone]) => h("span", {}, h("i", { class: tone }), `${name}s, largest ${fraction(cell.aspects[name].spread.max)}`)))];
}

// Time through the API over the time of the bare library.
function speed(rows) {
  const cells = [["small_forward", "small, forward"], ["small_backward", "small, backward"], ["large_forward", "large, forward"], ["large_backward", "large, backward"]];
  return rows.map((row) => {
    const present = cells.filter(([key]) => row[key]);
    const most = Math.max(2, ...present.map(([key]) => row[key].ratio)), W = 520, x = (r) => 110 + (W - 230) * r / most;
    return h("div", {}, h("h3", {}, `${row.engine}${row.function.includes(",") ? " · " + row.function : ""}`),
      h("svg", { class: "plot", viewBox: `0 0 ${W} ${present.length * 22 + 18}`, role: "img", "aria-label": present.map(([key, label]) => `${label}: ${row[key].ratio.toFixed(2)} times the bare library`).join("; ") },
        present.map(([key, label], i) => [h("text", { x: 100, y: i * 22 + 14, "text-anchor": "end" }, label),
          h("rect", { class: row[key].ratio > 1.1 && key.startsWith("large") ? "slow" : "v", rx: 2, x: 110, y: i * 22 + 3, height: 14, width: Math.max(1, x(row[key].ratio) - 110) }),
          h("text", { x: x(row[key].ratio) + 6, y: i * 22 + 14 }, `${row[key].ratio.toFixed(2)} · ${row[key].microseconds >= 1000 ? (row[key].microseconds / 1000).toFixed(2) + " ms" : row[key].microseconds.toFixed(1) + " µs"}`)]),
        h("line", { class: "one", x1: x(1), x2: x(1), y1: 0, y2: present.length * 22 }), h("text", { x: x(1), y: present.length * 22 + 13, "text-anchor": "middle" }, "the bare library")),
      row.why && h("p", { class: "faint small" }, row.why));
  });
}

function copy(text) {
  return h("button", { type: "button", onclick: async (e) => {
    const button = e.currentTarget;
    try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; } catch { button.textContent = "Select it"; }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
}

function failure(f, named) {
  return h("section", { class: "card failure", "data-case": f.case },
    h("header", {}, h("b", {}, f.engine), named && h("a", { href: link(f.function) }, f.function), h("span", { class: "bad" }, `${f.aspect}: ${words(f.outcome)}`), h("code", {}, f.case)),
    f.message && h("pre", {}, f.message), f.used !== null && h("p", { class: "small" }, `error / bound ${fraction(f.used)}`),
    h("div", { class: "replay" }, h("code", { tabindex: 0, "aria-label": "command that replays it" }, f.replay), copy(f.replay)));
}

function page(name, at) {
  const index = data.functions.findIndex((f) => f.name === name);
  if (index < 0) return [h("h1", {}, "No such function"), h("p", {}, "The report has none called ", h("code", {}, name), ".")];
  const f = data.functions[index], beside = (d) => data.functions[(index + d + data.functions.length) % data.functions.length].name;
  const failures = data.failures.filter((failure) => failure.function === name);
  const labels = (letter, list) => h("ol", { class: "labels" }, list.map((text, i) => {
    const label = `${letter}${i + 1}`, seen = sum(f.cells.map((cell) => cell.refusals[label] || 0));
    return h("li", {}, h("b", { class: "mono" }, label), h("span", {}, text), letter === "C" && seen ? h("span", { class: "faint small", title: "refusals that cite it" }, `${number(seen)} ✓`) : "");
  }));
  return [h("p", { class: "small" }, h("a", { href: "#/" }, "All functions"), ` · ${words(f.family)} · `, h("a", { href: link(beside(-1)), rel: "prev" }, "‹ ", beside(-1)), " · ", h("a", { href: link(beside(1)), rel: "next" }, beside(1), " ›")),
    h("h1", { class: "mono" }, f.name), f.doc[0] && h("p", {}, f.doc[0]),
    h("div", { class: "two" },
      h("div", {}, f.signature && h("pre", {}, f.signature), f.doc.slice(1).map((text) => h("p", {}, text)),
        f.parameters.length > 0 && [h("h2", {}, "Parameters"), h("dl", {}, f.parameters.map((p) => [h("dt", {}, p.name, p.default !== null && h("span", { class: "faint" }, ` = ${p.default}`)), h("dd", { class: "small" }, `${p.expected}. ${p.doc}`)]))],
        f.constraints.length > 0 && [h("h2", {}, "Constraints"), labels("C", f.constraints)],
        f.conventions.length > 0 && [h("h2", {}, "Conventions"), labels("K", f.conventions)],
        f.example && [h("h2", {}, "Example"), h("pre", {}, f.example)], f.rust && [h("h2", {}, "In Rust"), h("pre", {}, f.rust)],
        f.source && h("p", { class: "faint small" }, `Source: ${f.source}`)),
      h("div", {},
        failures.length > 0 && [h("h2", {}, `Failures (${failures.length})`), failures.slice(0, 50).map((x) => failure(x, false))],
        h("h2", {}, "Engines"), data.columns.map((column, i) => {
          const cell = f.cells[i], [sign, word, tone] = mark(cell), support = (f.support.find(([engine]) => engine === column.name) || [null, []])[1];
          return h("section", { class: "card", id: `column-${i}`, style: "margin-bottom:1rem" }, h("h3", { style: "margin-top:0" }, h("span", { class: tone }, sign), ` ${title(column)} `, h("span", { class: "faint small" }, tone === "good" ? `${word} pass` : word)),
            support.map((s) => h("p", { class: "small" }, h("span", { class: `tag ${s.how}` }, s.how), ` ${s.dtypes.join(", ")}`, s.note && h("span", { class: "faint" }, `: ${s.note}`))),
            Object.keys(cell.aspects).length > 0 && h("table", { class: "small" }, h("thead", {}, h("tr", {}, ["aspect", "pass", "exact", "fail", "largest error / bound"].map((t, k) => h("th", { scope: "col", class: k && "num" }, t)))),
              h("tbody", {}, aspects(cell).map(([aspect, a]) => h("tr", {}, h("th", { scope: "row" }, aspect), h("td", { class: "num" }, number(a.spread.passed)), h("td", { class: "num" }, number(a.spread.exact)), h("td", { class: a.failed ? "num bad" : "num" }, number(a.failed)), h("td", { class: "num" }, a.spread.max === null ? "–" : fraction(a.spread.max)))))),
            histogram(cell));
        }),
        f.speed.length > 0 && [h("h2", {}, "Speed beside the bare library"), h("div", { class: "card" }, speed(f.speed))]))];
}

function failuresPage() {
  if (!data.failures.length) return [h("h1", {}, "Nothing fails"), h("p", { class: "faint" }, "Every aspect of every case conforms, on every engine of this report.")];
  return [h("h1", {}, `${number(data.failures.length)} failures`), data.failures.slice(0, 500).map((f) => failure(f, true)), data.failures.length > 500 && h("p", {}, "The first 500 are shown; cases.jsonl beside this page has them all.")];
}

function findings() {
  const body = h("div", {});
  body.append(document.getElementById("findings").content.cloneNode(true));
  return body.childElementCount ? [body] : [h("h1", {}, "Findings"), h("p", { class: "faint" }, "None are part of this report.")];
}

function mutants() {
  if (!data.mutants) return [h("h1", {}, "Mutants"), h("p", { class: "faint" }, "This report was made without them.")];
  const all = data.mutants.mutants, kinds = [...new Set(all.map((m) => m.kind))];
  const family = (m) => (data.functions.find((f) => f.name === m.function) || { family: "" }).family || "other";
  const families = [...new Set(data.functions.map((f) => f.family))].filter((name) => all.some((m) => family(m) === name));
  if (all.some((m) => family(m) === "other")) families.push("other");
  const dead = all.filter((m) => m.killed).length;
  return [h("h1", {}, `${dead} of ${all.length} planted faults are noticed`),
    h("p", { class: "faint" }, `One fault at a time was planted in an engine that otherwise conforms, and the suite run with seed ${data.mutants.seed}. A suite that cannot fail is worth nothing.`),
    h("div", { class: "scroll" }, h("table", { class: "heat" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "family"), kinds.map((k) => h("th", { scope: "col" }, k)))),
      h("tbody", {}, families.map((name) => h("tr", {}, h("th", { scope: "row" }, words(name)), kinds.map((kind) => {
        const of = all.filter((m) => m.kind === kind && family(m) === name), killed = of.filter((m) => m.killed).length;
        return h("td", { class: of.length ? killed === of.length ? "full" : "part" : "faint" }, of.length ? `${killed} of ${of.length}` : "·");
      })))))),
    h("h2", {}, "Each of them"), h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["fault", "function", "kind", "noticed", "by"].map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", {}, all.map((m) => h("tr", {}, h("td", {}, m.name), h("td", {}, h("a", { href: link(m.function) }, m.function)), h("td", {}, m.kind), h("td", { class: m.killed ? "good" : "bad" }, m.killed ? m.named_right ? "✓" : "✓, elsewhere" : "✗"), h("td", { class: "small mono" }, m.by.slice(0, 2).join(", ")))))))];
}

function speedPage() {
  const rows = data.functions.flatMap((f) => f.speed.map((row) => [f, row]));
  if (!rows.length) return [h("h1", {}, "Speed"), h("p", { class: "faint" }, "This report was made without times.")];
  const engines = [...new Set(rows.map(([, row]) => row.engine))];
  const mean = (list) => Math.exp(sum(list.map(Math.log)) / list.length);
  const cell = (row, key) => row && row[key] ? h("td", { class: row[key].ratio > 1.1 && key.startsWith("large") ? "num bad" : "num" }, row[key].ratio.toFixed(2)) : h("td", { class: "num faint" }, "–");
  const names = [...new Set(rows.map(([, row]) => row.function))];
  return [h("h1", {}, "Time beside the bare library"),
    h("p", { class: "faint" }, `Each number is the time of a function through the API over that of the shortest correct composition of bare library calls, measured in turns in one run of ${data.timed[1]} on ${data.timed[0]}.`),
    h("div", { class: "verdicts" }, engines.map((engine) => {
      const large = rows.filter(([, row]) => row.engine === engine).flatMap(([, row]) => [row.large_forward, row.large_backward]).filter(Boolean).map((c) => c.ratio);
      return h("section", { class: "card" }, h("b", {}, engine), h("span", { class: "big", style: "display:block;font-size:1.55rem" }, `× ${mean(large).toFixed(2)}`), h("span", { class: "small faint" }, "geometric mean at the large size"));
    })),
    h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "function"), engines.flatMap((engine) => [h("th", { scope: "col", class: "num" }, engine, h("br"), "forward"), h("th", { scope: "col", class: "num" }, engine, h("br"), "backward")]))),
      h("tbody", {}, names.map((name) => h("tr", {}, h("th", { scope: "row" }, h("a", { href: link(name.split(",")[0]) }, name)), engines.flatMap((engine) => {
        const found = rows.find(([, row]) => row.engine === engine && row.function === name);
        return [cell(found && found[1], "large_forward"), cell(found && found[1], "large_backward")];
      }))))))];
}

function history() {
  return [h("h1", {}, "Runs"), h("p", { class: "faint" }, "Oldest first, as given to the report."), h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["run", "engine", "verdict", "pass", "fail", "vacuous"].map((t, i) => h("th", { scope: "col", class: i > 2 && "num" }, t)))),
    h("tbody", {}, data.history.flatMap((run) => run.engines.map((column, i) => { const [sign, word, tone] = VERDICT[column.verdict]; return h("tr", {}, h("td", {}, i ? "" : run.label), h("td", {}, title(column)), h("td", { class: tone }, `${sign} ${word}`), h("td", { class: "num" }, number(column.counts.pass || 0)), h("td", { class: "num" }, number(failed(column.counts))), h("td", { class: "num" }, number(column.counts.vacuous || 0))); })))))];
}

const PARTS = [["", "Matrix", matrix], ["failures", "Failures", failuresPage], ["speed", "Speed", speedPage], ["findings", "Findings", findings], ["mutants", "Mutants", mutants], ["history", "Runs", history]];

function show() {
  const [, part = "", name, at] = location.hash.split("/").map(decodeURIComponent);
  const found = PARTS.find(([key]) => key === part) || PARTS[0];
  document.getElementById("nav").replaceChildren(...PARTS.map(([key, label]) => h("a", { href: `#/${key}`, "aria-current": part === key && "page" }, label, key === "failures" && data.failures.length > 0 && h("span", { class: "n" }, data.failures.length))));
  main.replaceChildren(...(part === "f" ? page(name, at) : found[2]()).flat(Infinity).filter(Boolean));
  document.title = `${part === "f" ? name : found[1]} · Touchstone report`;
  const column = at !== undefined && document.getElementById(`column-${at}`);
  if (column) column.scrollIntoView(); else scrollTo(0, 0);
}

// Reading localStorage may be refused in a page opened from a file.
function remembered(theme) {
  try { return theme ? localStorage.setItem("theme", theme) : localStorage.getItem("theme"); } catch { return null; }
}
function paint(theme) { document.documentElement.dataset.theme = theme; }
function turn() { const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark"; paint(theme); remembered(theme); }
paint(remembered() || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
document.getElementById("theme").addEventListener("click", turn);

document.addEventListener("keydown", (e) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  if (e.key === "Escape" && typing) e.target.blur();
  if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "/") { e.preventDefault(); if (!document.getElementById("search")) location.hash = "#/"; setTimeout(() => document.getElementById("search").focus()); }
  if (e.key === "t") turn();
  const beside = { "[": "prev", "]": "next" }[e.key], step = beside && main.querySelector(`a[rel=${beside}]`);
  if (step) location.hash = step.getAttribute("href");
});
document.getElementById("footer").replaceChildren(
  h("p", {}, `Touchstone ${data.version}, seed ${data.seed}. `, h("kbd", {}, "/"), " search, ", h("kbd", {}, "["), " ", h("kbd", {}, "]"), " the function before and after, ", h("kbd", {}, "t"), " light or dark."),
  data.commands.length ? h("p", {}, "Made by ", data.commands.map((command, i) => [i ? ", " : "", h("code", {}, command)])) : "");
addEventListener("hashchange", () => { show(); main.focus({ preventScroll: true }); });
show();
