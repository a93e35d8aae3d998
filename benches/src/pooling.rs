//! The greatest of each window, windows side by side.

use touchstone_reference::backend as K;

use crate::notes::{SAME, WINDOWS};
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Pool2d {
        let x: FLOATS, [1, 2, 8, 8], [16, 32, 64, 64];
        touchstone: K::pool2d(x, [2, 2]).strides([2, 2]).dim_ordering(K::DimOrdering::Th).tensor();
        candle: if x.track_op() {
            // Windows as axes of their own: the gradient of candle's own pooling is wrong.
            let (n, c, h, w) = x.dims4()?;
            x.reshape(&[n, c, h / 2, 2, w / 2, 2])?.max(5)?.max(3)
        } else {
            x.max_pool2d(2)
        };
        tch: x.f_max_pool2d([2, 2], [2, 2], 0, 1, false);
        why "candle": WINDOWS;
        why "tch": SAME;
        tried: "a selection by position and its reverse. Tried: channels as samples, which saves turning the pixels and selects them one by one, backwards 1.6 times the time";
    }
    // candle has none: windows as axes of their own.
    Pool3d {
        let x: FLOATS, [1, 2, 4, 4, 4], [8, 16, 16, 32, 32];
        touchstone: K::pool3d(x, [2, 2, 2])
            .strides([2, 2, 2])
            .dim_ordering(K::DimOrdering::Th)
            .tensor();
        candle: {
            let (n, c, d, h, w) = x.dims5()?;
            let windows = x.reshape(&[n * c, d / 2, 2, h / 2, 2, w / 2, 2])?;
            windows.max(6)?.max(4)?.max(2)?.reshape((n, c, d / 2, h / 2, w / 2))
        };
        tch: x.f_max_pool3d([2, 2, 2], [2, 2, 2], 0, 1, false);
        why "candle": "one selection by position serves windows of every stride, dilation and border: turning the pixels for it is measured as two fifths of the time, selecting them as one. The bare composition is only for windows like these";
        why "tch": SAME;
        tried: "a selection by position and its reverse. Tried: channels as samples, which saves turning the pixels and selects them one by one, measured as 1.4 times the time";
    }
};
