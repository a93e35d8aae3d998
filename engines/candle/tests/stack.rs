//! The stack that recorded programs run on is deep enough where it is not made deeper.

mod common;

use std::hint::black_box;

use touchstone_reference::backend::{self as K, Tensor};
use touchstone_reference::{DType, Result};

use common::{on_candle, random};

/// What the engine takes one recorded call to need at most, in KiB.
const CALL: usize = 64;

/// Runs on what is left of the stack after all but so much of it has been used up.
#[inline(never)]
fn with_stack(left: usize, run: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    let used = black_box([0_u8; 512]);
    let more = stacker::remaining_stack().is_some_and(|remaining| remaining > left);
    let result = if more { with_stack(left, run) } else { run() };
    black_box(&used);
    result
}

type Link = fn(&Tensor) -> Result<Tensor>;

/// Calls that leave many nodes behind, or much on the stack: the product, the windows, the moments.
const LINKS: [Link; 6] = [
    |x| Ok(K::normalize_batch_in_training(x, None, None, vec![0_i64]).tensors()?.swap_remove(0)),
    |x| K::softmax(x),
    |x| K::dot(x, x),
    |x| K::l2_normalize(&K::cumsum(x).tensor()?, 1),
    |x| {
        let image = K::reshape(x, vec![1, 4, 4, 1])?;
        let kernel = K::reshape(x, vec![4, 4, 1, 1])?;
        K::reshape(
            &K::conv2d(&image, &kernel).border_mode(K::BorderMode::Same).tensor()?,
            vec![4, 4],
        )
    },
    |x| {
        let volume = K::reshape(x, vec![1, 2, 2, 2, 2])?;
        K::reshape(&K::pool3d(&volume, [1, 1, 1]).tensor()?, vec![4, 4])
    },
];

#[test]
fn candle_needs_no_deeper_stack_than_it_asks_for() -> Result<()> {
    let run = || {
        on_candle(|| {
            for (link, links) in LINKS.iter().flat_map(|link| [0, 1, 2, 5].map(|n| (link, n))) {
                let x = K::variable(&random(DType::Float32, &[4, 4], 0.0)?)?;
                let end = (0..links).try_fold(x.clone(), |x, _| link(&x))?;
                let loss = K::sum(&end).tensor()?;
                let function = K::function(&[], &K::gradients(&loss, &[x])?, &[])?;
                // Somewhere on the way the engine begins to take what is left for enough.
                let calls = 1 + links * 4;
                for left in (8..=4 + calls * CALL).step_by(4) {
                    with_stack(left << 10, &mut || function.call(&[]).map(drop))?;
                }
            }
            Ok(())
        })
    };
    let deep = std::thread::Builder::new().stack_size(8 << 20);
    deep.spawn(run).expect("a thread").join().expect("no panic")
}
