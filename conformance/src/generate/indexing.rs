//! gather, one_hot, in_top_k.

use touchstone_reference::{DType, Function, HostTensor};

use super::{Args, Draw, Generator};

pub(super) const GENERATORS: &[Generator] = &[
    Generator { function: Function::Gather, draw: gather },
    Generator { function: Function::OneHot, draw: one_hot },
    Generator { function: Function::InTopK, draw: in_top_k },
];

fn gather(draw: &mut Draw) -> Args {
    let (dtype, mut reference) = (draw.dtype(), draw.shape(1, 6));
    Draw::limit(&mut reference, 60);
    let rows = reference[0];
    let mut indices = draw.shape(0, 3);
    Draw::limit(&mut indices, 12);
    if rows == 0 && !indices.contains(&0) {
        // Nothing can be taken from no rows but nothing.
        indices.insert(0, 0);
    }
    let whole = draw.dtype();
    Args::new()
        .with("reference", draw.tensor(dtype, &reference))
        .with("indices", draw.indices(whole, &indices, 0, rows as i64))
}

/// Classes of which some are out of range, far or by one; those that the dtype does not hold
/// become the nearest that it does.
fn classes(draw: &mut Draw, dtype: DType, shape: &[usize], count: i64) -> HostTensor {
    if !draw.rarely(4) {
        return draw.indices(dtype, shape, -1, count + 1);
    }
    // Whole, and held, by every float type; beyond int32, so that a narrower one would wrap.
    let far = [1024.0, -1024.0, 4_294_967_296.0, -4_294_967_295.0, 65536.0, 256.0];
    let far = if dtype == DType::Float16 { &far[..2] } else { &far[..] };
    draw.tensor_of(dtype, shape, |_, stream| {
        if stream.below(2) == 0 {
            stream.one_of(far)
        } else {
            stream.below(count.max(1) as u64) as f64
        }
    })
}

fn one_hot(draw: &mut Draw) -> Args {
    let (dtype, mut shape) = (draw.dtype(), draw.shape(0, 6));
    Draw::limit(&mut shape, 40);
    let count = draw.one_of(&[3, 1, 2, 5, 7, 0]);
    Args::new().with("indices", classes(draw, dtype, &shape, count)).with("nb_classes", count)
}

fn in_top_k(draw: &mut Draw) -> Args {
    let dtype = draw.float();
    let (samples, count) = (draw.size(), draw.size());
    let whole = draw.dtype();
    let k = match draw.below(4) {
        0 => 1,
        1 => draw.within(0, count as i64 + 1),
        2 => draw.within(1, count as i64),
        _ => draw.one_of(&[0, -1, 100, 1 << 40, i64::MIN, i64::MAX]),
    };
    Args::new()
        .with("predictions", draw.tensor(dtype, &[samples, count]))
        .with("targets", classes(draw, whole, &[samples], count as i64))
        .with("k", k)
}
