//! Joining, reshaping, reordering, repeating. What is only a view has its sign changed, so that
//! it is read.

use candle_core::Tensor;
use touchstone_reference::backend as K;

use crate::notes::{SAME, TURNED, ZEROS};
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Reverse {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::reverse(x, 1);
        candle: x.flip(&[1]);
        tch: x.f_flip([1_i64]);
        why "tch": SAME;
        tried: "candle's flip selects element by element. Tried: a product with a matrix of ones and zeros, measured as six times the time, which spreads NaN besides";
    }
    Concatenate {
        let x: FLOATS, [16, 16], [2048, 512];
        let y: FLOATS, [16, 16], [2048, 512];
        touchstone: K::concatenate(&[x.clone(), y.clone()]).tensor();
        candle: Tensor::cat(&[x, y], 1);
        tch: tch::Tensor::f_cat(&[x, y], 1);
        why "tch": SAME;
        tried: ZEROS;
    }
    Reshape {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::negative(&K::reshape(x, vec![8, -1])?);
        candle: x.reshape((8, ()))?.neg();
        tch: x.f_reshape([8, -1])?.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    PermuteDimensions {
        let x: FLOATS, [4, 8, 8], [32, 256, 256];
        touchstone: K::negative(&K::permute_dimensions(x, vec![2, 0, 1])?);
        candle: x.permute((2, 0, 1))?.neg();
        tch: x.f_permute([2, 0, 1])?.f_neg();
        why "tch": SAME;
        tried: TURNED;
    }
    ExpandDims {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::negative(&K::expand_dims(x).tensor()?);
        candle: x.unsqueeze(2)?.neg();
        tch: x.f_unsqueeze(2)?.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    Squeeze {
        let x: FLOATS, [16, 1, 16], [2048, 1, 1024];
        touchstone: K::negative(&K::squeeze(x, 1)?);
        candle: x.squeeze(1)?.neg();
        tch: x.f_squeeze_dim(1)?.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    RepeatElements {
        let x: FLOATS, [16, 16], [1024, 512];
        touchstone: K::repeat_elements(x, 3, 1);
        candle: {
            let (rows, columns) = x.dims2()?;
            x.unsqueeze(2)?.broadcast_as((rows, columns, 3))?.reshape((rows, columns * 3))
        };
        tch: x.f_repeat_interleave_self_int(3, 1, None);
        why "tch": SAME;
        tried: "copied element by element. Tried: stacking the same tensor, measured as 1.6 times the time";
    }
    Repeat {
        let x: FLOATS, [16, 16], [1024, 512];
        touchstone: K::negative(&K::repeat(x, 4)?);
        candle: x.unsqueeze(1)?.repeat((1, 4, 1))?.neg();
        tch: x.f_unsqueeze(1)?.f_expand([-1, 4, -1], false)?.f_neg();
        why "candle": "the gradient is put into candle's graph as a node, which copies the value once";
        why "tch": SAME;
        tried: "copied line by line on one thread. Tried: joining the same tensor, measured as no faster; the gradient by a product with ones, slower than adding pairs, as the engine now does";
    }
    Tile {
        let x: FLOATS, [16, 16], [512, 1024];
        touchstone: K::tile(x, [2, 2]);
        candle: x.repeat((2, 2));
        tch: x.f_repeat([2, 2]);
        why "candle": "the gradient is put into candle's graph as a node, which copies the value once";
        why "tch": SAME;
        tried: "copied line by line on one thread. Tried: joining the same tensor, measured as no faster; the gradient by a product with ones, slower than adding pairs, as the engine now does";
    }
    Flatten {
        let x: FLOATS, [4, 8, 8], [32, 256, 256];
        touchstone: K::negative(&K::flatten(x)?);
        candle: x.flatten_all()?.neg();
        tch: x.f_flatten(0, -1)?.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    BatchFlatten {
        let x: FLOATS, [4, 8, 8], [32, 256, 256];
        touchstone: K::negative(&K::batch_flatten(x)?);
        candle: x.flatten_from(1)?.neg();
        tch: x.f_flatten(1, -1)?.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    Pack {
        let x: FLOATS, [16, 16], [1024, 1024];
        let y: FLOATS, [16, 16], [1024, 1024];
        touchstone: K::pack(&[x.clone(), y.clone()]);
        candle: Tensor::stack(&[x, y], 0);
        tch: tch::Tensor::f_stack(&[x, y], 0);
        why "tch": SAME;
        tried: ZEROS;
    }
    Stack {
        let x: FLOATS, [16, 16], [1024, 1024];
        let y: FLOATS, [16, 16], [1024, 1024];
        touchstone: K::stack(&[x.clone(), y.clone()]).axis(1).tensor();
        candle: Tensor::stack(&[x, y], 1);
        tch: tch::Tensor::f_stack(&[x, y], 1);
        why "tch": SAME;
        tried: ZEROS;
    }
};
