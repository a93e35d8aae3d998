//! Padding and enlarging.

use touchstone_reference::backend as K;

use crate::notes::{PAGES, SAME};
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    ResizeImages {
        let x: FLOATS, [1, 2, 8, 8], [8, 16, 64, 64];
        touchstone: K::resize_images(x, 2, 2).dim_ordering(K::DimOrdering::Th).tensor();
        candle: {
            let (_, _, rows, columns) = x.dims4()?;
            x.upsample_nearest2d(2 * rows, 2 * columns)
        };
        tch: {
            let (_, _, rows, columns) = x.size4()?;
            x.f_upsample_nearest2d([2 * rows, 2 * columns], None, None)
        };
        why "tch": SAME;
        tried: "Tried: candle's own enlargement, exact for factors that are powers of 2 and used there, with the sum over each pixel's copies as one node: backwards half the time of the bare call";
    }
    ResizeVolumes {
        let x: FLOATS, [1, 2, 4, 4, 4], [4, 8, 16, 32, 32];
        touchstone: K::resize_volumes(x, 2, 2, 2).dim_ordering(K::DimOrdering::Th).tensor();
        candle: {
            let (n, c, d, h, w) = x.dims5()?;
            let once = x.reshape(&[n * c, d, 1, h, 1, w, 1])?;
            once.broadcast_as(&[n * c, d, 2, h, 2, w, 2])?.reshape((n, c, 2 * d, 2 * h, 2 * w))
        };
        tch: {
            let (_, _, d, h, w) = x.size5()?;
            x.f_upsample_nearest3d([2 * d, 2 * h, 2 * w], None, None, None)
        };
        why "candle": "axis by axis, three copies of which the last is as large as the one of the bare composition: more axes at once are more than candle copies in every build";
        why "tch": SAME;
        tried: "three copies element by element. Tried: the sums over each element's copies as one node: backwards half the time of the bare composition";
    }
    TemporalPadding {
        let x: FLOATS, [4, 8, 8], [64, 256, 128];
        touchstone: K::temporal_padding(x).tensor();
        candle: x.pad_with_zeros(1, 1, 1);
        tch: x.f_constant_pad_nd([0, 0, 1, 1]);
        why "candle": PAGES;
        why "tch": SAME;
        tried: "one copy and one node of candle's for each axis. Tried: memory that the process keeps, measured as four fifths of the time backwards";
    }
    AsymmetricTemporalPadding {
        let x: FLOATS, [4, 8, 8], [64, 256, 128];
        touchstone: K::asymmetric_temporal_padding(x).left_pad(2).right_pad(1).tensor();
        candle: x.pad_with_zeros(1, 2, 1);
        tch: x.f_constant_pad_nd([0, 0, 2, 1]);
        why "candle": PAGES;
        why "tch": SAME;
        tried: "one copy and one node of candle's for each axis. Tried: memory that the process keeps, measured as four fifths of the time backwards";
    }
    Spatial2dPadding {
        let x: FLOATS, [1, 2, 8, 8], [16, 32, 64, 64];
        touchstone: K::spatial_2d_padding(x).dim_ordering(K::DimOrdering::Th).tensor();
        candle: x.pad_with_zeros(2, 1, 1)?.pad_with_zeros(3, 1, 1);
        tch: x.f_constant_pad_nd([1, 1, 1, 1]);
        why "candle": PAGES;
        why "tch": SAME;
        tried: "one copy and one node of candle's for each axis. Tried: memory that the process keeps, measured as four fifths of the time backwards";
    }
    AsymmetricSpatial2dPadding {
        let x: FLOATS, [1, 2, 8, 8], [16, 32, 64, 64];
        touchstone: K::asymmetric_spatial_2d_padding(x)
            .top_pad(2)
            .left_pad(2)
            .dim_ordering(K::DimOrdering::Th)
            .tensor();
        candle: x.pad_with_zeros(2, 2, 1)?.pad_with_zeros(3, 2, 1);
        tch: x.f_constant_pad_nd([2, 1, 2, 1]);
        why "candle": PAGES;
        why "tch": SAME;
        tried: "one copy and one node of candle's for each axis. Tried: memory that the process keeps, measured as four fifths of the time backwards";
    }
    Spatial3dPadding {
        let x: FLOATS, [1, 2, 4, 4, 4], [8, 16, 16, 32, 32];
        touchstone: K::spatial_3d_padding(x).dim_ordering(K::DimOrdering::Th).tensor();
        candle: x.pad_with_zeros(2, 1, 1)?.pad_with_zeros(3, 1, 1)?.pad_with_zeros(4, 1, 1);
        tch: x.f_constant_pad_nd([1, 1, 1, 1, 1, 1]);
        why "candle": PAGES;
        why "tch": SAME;
        tried: "one copy and one node of candle's for each axis. Tried: memory that the process keeps, measured as four fifths of the time backwards";
    }
};
