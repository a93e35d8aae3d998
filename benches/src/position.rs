//! Positions of the greatest and the least.

use touchstone_reference::backend as K;

use crate::notes::{NAN, SAME};
use crate::workload::{CONSTANT, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Argmax {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::argmax(x).tensor();
        // candle passes over NaN.
        candle: {
            let nan = x.ne(x)?;
            nan.max(1)?.where_cond(&nan.argmax(1)?, &x.argmax(1)?)
        };
        tch: x.f_argmax(1, false);
        why "candle": NAN;
        why "tch": SAME;
        tried: "candle compares one by one along a line. Tried: nothing; no other kernel of candle's gives a position";
    }
    Argmin {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::argmin(x).tensor();
        // candle passes over NaN.
        candle: {
            let nan = x.ne(x)?;
            nan.max(1)?.where_cond(&nan.argmax(1)?, &x.argmin(1)?)
        };
        tch: x.f_argmin(1, false);
        why "candle": NAN;
        why "tch": SAME;
        tried: "candle compares one by one along a line. Tried: nothing; no other kernel of candle's gives a position";
    }
};
