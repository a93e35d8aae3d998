//! ctc_decode, ctc_label_dense_to_sparse.

use touchstone_reference::Function;

use super::ctc::{length, lengths, probabilities};
use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::CtcDecode, draw: ctc_decode },
    Generator { function: Function::CtcLabelDenseToSparse, draw: ctc_label_dense_to_sparse },
];

fn ctc_decode(draw: &mut Draw) -> Args {
    let (samples, classes) = (draw.size().min(4), draw.positive().min(6));
    let time = draw.size().min(8);
    let input_length: Vec<i64> = (0..samples).map(|_| length(draw, time) as i64).collect();
    let args = Args::new()
        .with("y_pred", probabilities(draw, &[samples, time, classes]))
        .with("input_length", lengths(draw, &input_length));
    match draw.below(5) {
        0 => args,
        // Greedily, nothing else is looked at.
        1 => args.with("greedy", true).with("beam_width", -3_i64).with("top_paths", 9_i64),
        _ => {
            let width = draw.maybe(|draw| draw.one_of(&[1, 2, 3, 5, 10, 20]));
            let paths = draw.maybe(|draw| draw.within(1, width.unwrap_or(100).min(4)));
            args.with("greedy", false).maybe("beam_width", width).maybe("top_paths", paths)
        }
    }
}

fn ctc_label_dense_to_sparse(draw: &mut Draw) -> Args {
    let dtype = draw.dtype();
    let (samples, width) = (draw.size().min(9), draw.size());
    // A length beyond the width means the whole row.
    let numbers: Vec<i64> = (0..samples)
        .map(|_| if draw.rarely(5) { width as i64 + 3 } else { length(draw, width) as i64 })
        .collect();
    Args::new()
        .with("labels", draw.tensor(dtype, &[samples, width]))
        .with("label_lengths", lengths(draw, &numbers))
}
