//! Convolutions whose kernel differs from window to window: one product of matrices a window.

use candle_core::Tensor;
use touchstone_reference::backend as K;

use crate::notes::{SAME, WINDOWS};
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    LocalConv1d {
        let x: FLOATS, [2, 8, 4], [16, 128, 32];
        let kernel: FLOATS, [6, 12, 4], [126, 96, 32];
        touchstone: K::local_conv1d(x, kernel, [3], [1])
            .data_format(K::DataFormat::ChannelsLast)
            .tensor();
        candle: {
            let count = kernel.dim(0)?;
            let parts = (0..3).map(|k| x.narrow(1, k, count)).collect::<Result<Vec<_>, _>>()?;
            let windows = Tensor::cat(&parts, 2)?.transpose(0, 1)?.contiguous()?;
            windows.matmul(kernel)?.transpose(0, 1)
        };
        tch: {
            let windows = x.f_unfold(1, 3, 1)?.f_permute([1, 0, 3, 2])?;
            windows.f_flatten(2, 3)?.f_bmm(kernel)?.f_transpose(0, 1)
        };
        why "candle": WINDOWS;
        why "tch": SAME;
        tried: "one product of the crate gemm for each place. Tried: as a batch, as the engine does, half the time of one after another";
    }
    LocalConv2d {
        let x: FLOATS, [1, 5, 5, 2], [8, 18, 18, 16];
        let kernel: FLOATS, [9, 18, 4], [256, 144, 16];
        touchstone: {
            let windows = [1, 2].map(|axis| x.spec().dims[axis].map_or(0, |n| n as i64 - 2));
            K::local_conv2d(x, kernel, [3, 3], [1, 1], windows)
                .data_format(K::DataFormat::ChannelsLast)
                .tensor()
        };
        candle: {
            let (samples, rows, columns, _) = x.dims4()?;
            let (rows, columns) = (rows - 2, columns - 2);
            let part = |k: usize| x.narrow(1, k / 3, rows)?.narrow(2, k % 3, columns);
            let parts = (0..9).map(part).collect::<Result<Vec<_>, _>>()?;
            let windows = Tensor::cat(&parts, 3)?.flatten(1, 2)?.transpose(0, 1)?.contiguous()?;
            windows.matmul(kernel)?.transpose(0, 1)?.reshape((samples, rows, columns, ()))
        };
        tch: {
            let windows = x.f_unfold(1, 3, 1)?.f_unfold(2, 3, 1)?.f_permute([1, 2, 0, 4, 5, 3])?;
            let (samples, rows, columns) = (x.size()[0], windows.size()[0], windows.size()[1]);
            let windows = windows.f_flatten(0, 1)?.f_flatten(2, 4)?;
            let found = windows.f_bmm(kernel)?.f_transpose(0, 1)?;
            found.f_reshape([samples, rows, columns, -1])
        };
        why "candle": WINDOWS;
        why "tch": SAME;
        tried: "one product of the crate gemm for each place. Tried: as a batch, as the engine does, half the time of one after another";
    }
};
