//! A function iterated over the first axis.

use candle_core::Tensor;
use touchstone_reference::backend as K;

use crate::notes::{SLICED, STEPS};
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    MapFn {
        let x: FLOATS, [4, 16], [64, 16384];
        touchstone: K::map_fn(K::square, x);
        candle: {
            let squares = (0..x.dim(0)?).map(|i| x.get(i)?.sqr());
            Tensor::stack(&squares.collect::<Result<Vec<_>, _>>()?, 0)
        };
        tch: {
            let squares = x.f_unbind(0)?.into_iter().map(|element| element.f_square());
            tch::Tensor::f_stack(&squares.collect::<Result<Vec<_>, _>>()?, 0)
        };
        why "candle": SLICED;
        why "tch": STEPS;
        tried: "Tried: candle's own slices, each with a gradient as large as all of them: as in the bare composition, seven to fourteen times the time";
    }
    Foldl {
        let x: FLOATS, [4, 16], [64, 16384];
        touchstone: K::foldl(K::subtract, x, None);
        candle: (1..x.dim(0)?).try_fold(x.get(0)?, |sum, i| sum - x.get(i)?);
        tch: {
            let elements = x.f_unbind(0)?;
            let (first, rest) = elements.split_first().ok_or("no element")?;
            rest.iter().try_fold(first.shallow_clone(), |sum, element| sum.f_sub(element))
        };
        why "candle": SLICED;
        why "tch": STEPS;
        tried: "Tried: candle's own slices, each with a gradient as large as all of them: as in the bare composition, seven to fourteen times the time";
    }
    Foldr {
        let x: FLOATS, [4, 16], [64, 16384];
        touchstone: K::foldr(K::subtract, x, None);
        candle: {
            let last = x.dim(0)? - 1;
            (0..last).rev().try_fold(x.get(last)?, |sum, i| sum - x.get(i)?)
        };
        tch: {
            let elements = x.f_unbind(0)?;
            let (last, rest) = elements.split_last().ok_or("no element")?;
            rest.iter().rev().try_fold(last.shallow_clone(), |sum, element| sum.f_sub(element))
        };
        why "candle": SLICED;
        why "tch": STEPS;
        tried: "Tried: candle's own slices, each with a gradient as large as all of them: as in the bare composition, seven to fourteen times the time";
    }
};
