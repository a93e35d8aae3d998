//! Tensors that are made; an input only says how large.

use candle_core::Tensor;
use touchstone_reference::backend as K;

use crate::notes::{COUNTED, SAME};
use crate::workload::{CONSTANT, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    ZerosLike {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::zeros_like(x).tensor();
        candle: x.zeros_like();
        tch: x.f_zeros_like();
        why "tch": SAME;
        tried: "zeroed memory from the system on both sides. Tried: filling with 0, measured as 1.3 times the time";
    }
    OnesLike {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::ones_like(x).tensor();
        candle: x.ones_like();
        tch: x.f_ones_like();
        why "tch": SAME;
        tried: "one pass on one thread. Tried: nothing; candle's own fill";
    }
    Arange {
        let x: CONSTANT, [16], [1048576];
        touchstone: K::arange(x.spec().dims[0].map_or(0, |n| n as i64)).tensor();
        candle: Tensor::arange(0_i64, x.elem_count() as i64, x.device());
        tch: tch::Tensor::f_arange(x.size()[0], (tch::Kind::Int, x.device()));
        why "tch": COUNTED;
        tried: "counted on the host, as candle's own is. Tried: candle's own, measured as three times the time";
    }
};
