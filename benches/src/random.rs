//! What is drawn.

use candle_core::DType;
use touchstone_reference::backend as K;

use crate::notes::ZEROS;
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Dropout {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::dropout(x, 0.25).tensor();
        candle: (x * x.rand_like(0.0, 1.0)?.ge(0.25)?.to_dtype(DType::F32)?)? / 0.75;
        tch: x.f_dropout(0.25, true);
        agreement: Mean;
        tried: ZEROS;
    }
};
