//! ctc_decode against every alignment, and the engines' beam search against the definition.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use touchstone_reference::backend as K;
use touchstone_reference::engine::beam_search;

/// Log probabilities of one sample, a line a time.
#[derive(Clone, Debug)]
struct Sample {
    classes: usize,
    probabilities: Vec<f64>,
}

impl Sample {
    fn time(&self) -> usize {
        self.probabilities.len() / self.classes
    }

    /// What beam search works on: the floor added, each time normalised.
    fn log_p(&self) -> Vec<f64> {
        self.probabilities
            .chunks(self.classes)
            .flat_map(|line| {
                let total: f64 = line.iter().map(|p| p + 1e-8).sum();
                line.iter().map(move |p| ((p + 1e-8) / total).ln())
            })
            .collect()
    }

    /// The definition's paths, each with its score.
    fn defined(&self, width: i64, paths: usize) -> Vec<(Vec<usize>, f64)> {
        let shape = [1, self.time(), self.classes];
        let y_pred = K::HostTensor::from_vec(&shape, self.probabilities.clone()).unwrap();
        let length = K::HostTensor::from_vec(&[1], vec![self.time() as i64]).unwrap();
        let decoded = K::ctc_decode(&K::constant(y_pred), &K::constant(length))
            .greedy(false)
            .beam_width(width)
            .top_paths(paths as i64)
            .tensors()
            .unwrap();
        let found: Vec<K::HostTensor> = decoded.iter().map(|t| K::eval(t).unwrap()).collect();
        let scores = found[paths].to_f64s();
        (0..paths)
            .map(|path| {
                let labels = found[path].to_i64s();
                (labels.into_iter().filter_map(|l| usize::try_from(l).ok()).collect(), scores[path])
            })
            .collect()
    }

    /// The probability of every label sequence, over all alignments.
    fn by_alignments(&self) -> BTreeMap<Vec<usize>, f64> {
        let (log_p, blank) = (self.log_p(), self.classes - 1);
        let mut all = BTreeMap::new();
        for alignment in 0..self.classes.pow(self.time() as u32) {
            let (mut rest, mut labels, mut before, mut total) = (alignment, Vec::new(), blank, 0.0);
            for line in log_p.chunks(self.classes) {
                let class = rest % self.classes;
                rest /= self.classes;
                total += line[class];
                if class != blank && class != before {
                    labels.push(class);
                }
                before = class;
            }
            *all.entry(labels).or_insert(0.0) += f64::exp(total);
        }
        all
    }
}

fn samples() -> impl Strategy<Value = Sample> {
    (2_usize..4, 1_usize..6).prop_flat_map(|(classes, time)| {
        proptest::collection::vec(0.01_f64..1.0, classes * time)
            .prop_map(move |probabilities| Sample { classes, probabilities })
    })
}

proptest! {
    #[test]
    fn a_wide_beam_finds_the_most_probable_labels(sample in samples()) {
        let all = sample.by_alignments();
        let mut ranked: Vec<_> = all.iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(a.1));
        let found = sample.defined(1000, 2);
        for ((labels, score), expected) in found.iter().zip(ranked) {
            prop_assert!((score - expected.1.ln()).abs() < 1e-9, "{labels:?} {score} {expected:?}");
            prop_assert!((all[labels].ln() - score).abs() < 1e-9);
        }
    }

    #[test]
    fn the_engines_search_is_the_definition(sample in samples(), width in 1_i64..6) {
        let paths = usize::try_from(width).unwrap().min(2);
        let defined = sample.defined(width, paths);
        let found = beam_search(&sample.log_p(), sample.classes, width as usize, paths);
        for (defined, found) in defined.iter().zip(&found) {
            prop_assert_eq!(&defined.0, &found.0);
            prop_assert!(defined.1 == found.1 || (defined.1 - found.1).abs() < 1e-9);
        }
    }
}

#[test]
fn ties_go_to_the_lexicographically_smaller_prefix() {
    let even = Sample { classes: 3, probabilities: vec![1.0; 3] };
    let paths = even.defined(3, 3);
    assert_eq!(
        paths.iter().map(|(labels, _)| labels.clone()).collect::<Vec<_>>(),
        [vec![], vec![0], vec![1]]
    );
    let third = f64::ln(1.0 / 3.0);
    assert_eq!(beam_search(&[third; 3], 3, 2, 2)[1].0, [0]);
}
