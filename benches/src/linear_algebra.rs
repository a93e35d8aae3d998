//! Products, and the transposed.

use touchstone_reference::backend as K;

use crate::notes::{PAGES, PRODUCT, SAME, TURNED};
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Dot {
        let x: FLOATS, [16, 16], [512, 512];
        let y: FLOATS, [16, 16], [512, 512];
        touchstone: K::dot(x, y);
        candle: x.matmul(y);
        tch: x.f_mm(y);
        why "candle": PAGES;
        why "tch": SAME;
        tried: PRODUCT;
    }
    BatchDot {
        let x: FLOATS, [4, 8, 8], [32, 128, 128];
        let y: FLOATS, [4, 8, 8], [32, 128, 128];
        touchstone: K::batch_dot(x, y).tensor();
        candle: x.matmul(y);
        tch: x.f_bmm(y);
        why "candle": PAGES;
        why "tch": SAME;
        tried: PRODUCT;
    }
    // A view; the sign changed, so that it is read.
    Transpose {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::negative(&K::transpose(x)?);
        candle: x.t()?.neg();
        tch: x.f_transpose(0, 1)?.f_neg();
        why "tch": SAME;
        tried: TURNED;
    }
};
