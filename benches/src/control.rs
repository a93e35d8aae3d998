//! One of two, and constants.

use touchstone_reference::backend as K;

use crate::notes::{SAME, ZEROS};
use crate::workload::{CONSTANT, FLOATS, Values, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Switch {
        let condition: Values::Flags, [16, 16], [2048, 1024];
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::switch(condition, x, y);
        candle: condition.where_cond(x, y);
        tch: x.f_where_self(condition, y);
        why "tch": SAME;
        tried: ZEROS;
    }
    // A view; the sign changed, so that it is read.
    StopGradient {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::negative(&K::stop_gradient(x)?);
        candle: x.detach().neg();
        tch: x.f_detach()?.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
};
