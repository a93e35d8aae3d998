//! Positions of the greatest and the least.

use touchstone_reference::backend as K;

use crate::notes::{NAN, REDUCED, SAME};
use crate::workload::{CONSTANT, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Argmax {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::argmax(x).tensor();
        candle: x.argmax(1);
        tch: x.f_argmax(1, false);
        why "candle": NAN;
        why "tch": SAME;
        tried: REDUCED;
    }
    Argmin {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::argmin(x).tensor();
        candle: x.argmin(1);
        tch: x.f_argmin(1, false);
        why "candle": NAN;
        why "tch": SAME;
        tried: REDUCED;
    }
};
