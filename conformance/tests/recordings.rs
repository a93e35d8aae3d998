//! The originals as engines: what they computed in float32 must lie within the bounds of the
//! reference in the great majority of lines. They were no party to the definition of the bounds,
//! so this is evidence for these from outside.

use std::path::Path;

use touchstone::golden::{Expect, Golden};
use touchstone::judge::{Answer, Manner, Reading, compare};
use touchstone_reference::DType;

/// The least share of lines that must be covered. What is left are forms that no engine of today
/// uses: Theano's relu is half the sum of x and its absolute value, TensorFlow 1's batch
/// normalisation multiplied out to x·f + (beta - mean·f), which cancels.
const GREAT_MAJORITY: f64 = 0.98;

#[test]
fn the_bounds_cover_what_the_originals_computed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let golden = Golden::load(&[folder]).expect("the project's own cases are well-formed");
    let (mut covered, mut outside) = (0_usize, Vec::new());
    for case in golden.cases.iter().filter(|case| case.disputed.is_none() && !case.is_written()) {
        let Expect::Outputs(recorded) = &case.expect else { continue };
        if recorded.iter().all(|tensor| tensor.dtype() != DType::Float32) {
            continue;
        }
        for reading in Reading::all(case) {
            let Ok(Answer::Tensors(judged)) = reading.answer else { continue };
            let fits = recorded.len() == judged.len()
                && recorded.iter().zip(&judged).all(|(recorded, judged)| {
                    judged.spec.shape().as_deref() == Some(recorded.shape())
                });
            let first =
                recorded.iter().zip(&judged).enumerate().find_map(|(i, (recorded, judged))| {
                    compare(i, recorded, judged, Manner::Value).first
                });
            match (fits, first) {
                (true, None) => covered += 1,
                (_, first) => outside.push(format!("{}: {first:?}", case.id)),
            }
        }
    }
    assert!(covered > 800, "only {covered} lines were looked at");
    let share = covered as f64 / (covered + outside.len()) as f64;
    assert!(share >= GREAT_MAJORITY, "{share:.4} of the lines are covered; not {outside:#?}");
}
