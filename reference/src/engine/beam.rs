//! Prefix beam search on the host, for engines: no library of tensors has kernels for it, and it
//! looks at every number once.

use std::cmp::Ordering;
use std::collections::HashMap;

/// A label sequence and its log probability.
pub type Path = (Vec<usize>, f64);

/// The root of the tree of prefixes: the empty one.
const ROOT: usize = 0;

/// A prefix: its parent in the tree, and its last label.
#[derive(Clone, Copy, Debug)]
struct Prefix {
    parent: usize,
    label: usize,
}

/// The log probability of a prefix over alignments that end in a blank, and in its last label.
#[derive(Clone, Copy, Debug)]
struct Mass {
    blank: f64,
    label: f64,
}

const NONE: Mass = Mass { blank: f64::NEG_INFINITY, label: f64::NEG_INFINITY };

impl Mass {
    fn total(self) -> f64 {
        add(self.blank, self.label)
    }
}

/// log(e^a + e^b)
fn add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// The tree of all prefixes met so far.
struct Tree {
    prefixes: Vec<Prefix>,
    children: HashMap<(usize, usize), usize>,
}

impl Tree {
    fn child(&mut self, parent: usize, label: usize) -> usize {
        *self.children.entry((parent, label)).or_insert_with(|| {
            self.prefixes.push(Prefix { parent, label });
            self.prefixes.len() - 1
        })
    }

    fn labels(&self, mut prefix: usize) -> Vec<usize> {
        let mut labels = Vec::new();
        while prefix != ROOT {
            labels.push(self.prefixes[prefix].label);
            prefix = self.prefixes[prefix].parent;
        }
        labels.reverse();
        labels
    }

    /// The better first: the more probable, and of equal ones the lexicographically smaller. NaN
    /// is as improbable as can be.
    fn compare(&self, a: (usize, f64), b: (usize, f64)) -> Ordering {
        let rank = |p: f64| if p.is_nan() { f64::NEG_INFINITY } else { p };
        rank(b.1).total_cmp(&rank(a.1)).then_with(|| self.labels(a.0).cmp(&self.labels(b.0)))
    }

    /// The best of the candidates, the best first.
    fn best(&self, candidates: HashMap<usize, Mass>, count: usize) -> Vec<(usize, Mass)> {
        let mut all: Vec<(usize, Mass, f64)> =
            candidates.into_iter().map(|(prefix, mass)| (prefix, mass, mass.total())).collect();
        let compare =
            |a: &(usize, Mass, f64), b: &(usize, Mass, f64)| self.compare((a.0, a.2), (b.0, b.2));
        if all.len() > count && count > 0 {
            all.select_nth_unstable_by(count - 1, compare);
            all.truncate(count);
        }
        all.sort_unstable_by(compare);
        all.truncate(count);
        all.into_iter().map(|(prefix, mass, _)| (prefix, mass)).collect()
    }
}

/// The `paths` most probable label sequences, the best first, of one sample: `log_p` has a line of
/// log probabilities a time, the last class is the blank. After each time the `width` most probable
/// prefixes stay. Missing paths are empty and impossible.
///
/// ```
/// use touchstone_reference::engine::beam_search;
///
/// let log_p = [0.6_f64, 0.4, 0.3, 0.7].map(f64::ln);
/// let best = beam_search(&log_p, 2, 100, 1);
/// assert_eq!(best[0].0, [0]);
/// assert!((best[0].1 - (0.6_f64 * 0.3 + 0.6 * 0.7 + 0.4 * 0.3).ln()).abs() < 1e-12);
/// ```
pub fn beam_search(log_p: &[f64], classes: usize, width: usize, paths: usize) -> Vec<Path> {
    let Some(blank) = classes.checked_sub(1) else { return Vec::new() };
    let mut tree =
        Tree { prefixes: vec![Prefix { parent: ROOT, label: blank }], children: HashMap::new() };
    let mut beam = vec![(ROOT, Mass { blank: 0.0, ..NONE })];
    for line in log_p.chunks_exact(classes) {
        let mut next: HashMap<usize, Mass> = HashMap::with_capacity(beam.len() * classes);
        for &(prefix, mass) in &beam {
            let total = mass.total();
            let stays = next.entry(prefix).or_insert(NONE);
            stays.blank = add(stays.blank, total + line[blank]);
            let last = (prefix != ROOT).then(|| tree.prefixes[prefix].label);
            if let Some(last) = last {
                stays.label = add(stays.label, mass.label + line[last]);
            }
            for (label, &p) in line[..blank].iter().enumerate() {
                // After its own label a prefix grows only where a blank lies between.
                let from = if last == Some(label) { mass.blank } else { total };
                if from != f64::NEG_INFINITY {
                    let grown = next.entry(tree.child(prefix, label)).or_insert(NONE);
                    grown.label = add(grown.label, from + p);
                }
            }
        }
        beam = tree.best(next, width);
    }
    let last: HashMap<usize, Mass> = beam.into_iter().collect();
    let mut found: Vec<Path> = tree
        .best(last, paths)
        .into_iter()
        .map(|(prefix, mass)| (tree.labels(prefix), mass.total()))
        .collect();
    found.resize(paths, (Vec::new(), f64::NEG_INFINITY));
    found
}
