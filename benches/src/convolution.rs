//! Convolutions, in the order of axes that the bare libraries have, but for conv1d, which has one
//! order only.

use touchstone_reference::backend as K;

use crate::notes::{CONVOLVED, SAME, WINDOWS};
use crate::workload::{FLOATS, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Conv1d {
        let x: FLOATS, [2, 8, 4], [16, 512, 64];
        let kernel: FLOATS, [3, 4, 4], [3, 64, 64];
        touchstone: K::conv1d(x, kernel).tensor();
        candle: if x.track_op() {
            // Products for each element of the kernel: the gradient of candle's own is wrong.
            let ((samples, steps, inputs), (length, ..)) = (x.dims3()?, kernel.dims3()?);
            let count = steps - length + 1;
            let shown = |k: usize| x.narrow(1, k, count)?.reshape((samples * count, inputs));
            let product = |k: usize| shown(k)?.matmul(&kernel.get(k)?);
            let sum = (1..length).try_fold(product(0)?, |sum, k| sum + product(k)?)?;
            sum.reshape((samples, count, ()))
        } else {
            // Contiguous: candle's own is wrong on a view.
            let (x, kernel) = (x.transpose(1, 2)?, kernel.permute((2, 1, 0))?);
            x.contiguous()?.conv1d(&kernel.contiguous()?, 0, 1, 1, 1)?.transpose(1, 2)
        };
        tch: {
            let kernel = kernel.f_permute([2, 1, 0])?;
            let found =
                x.f_transpose(1, 2)?.f_conv1d(&kernel, None::<&tch::Tensor>, 1, 0, 1, 1)?;
            found.f_transpose(1, 2)
        };
        why "candle": WINDOWS;
        why "tch": SAME;
        tried: CONVOLVED;
    }
    Conv2d {
        let x: FLOATS, [1, 2, 8, 8], [8, 32, 64, 64];
        let kernel: FLOATS, [4, 2, 3, 3], [32, 32, 3, 3];
        touchstone: K::conv2d(x, kernel)
            .border_mode(K::BorderMode::Same)
            .dim_ordering(K::DimOrdering::Th)
            .tensor();
        candle: x.conv2d(kernel, 1, 1, 1, 1);
        tch: x.f_conv2d(kernel, None::<&tch::Tensor>, 1, 1, 1, 1);
        why "candle": WINDOWS;
        why "tch": SAME;
        tried: CONVOLVED;
    }
    Deconv2d {
        let x: FLOATS, [1, 2, 8, 8], [8, 32, 32, 32];
        let kernel: FLOATS, [4, 2, 2, 2], [32, 32, 2, 2];
        touchstone: K::deconv2d(x, kernel, doubled(x, kernel))
            .strides([2, 2])
            .dim_ordering(K::DimOrdering::Th)
            .tensor();
        candle: x.conv_transpose2d(&kernel.transpose(0, 1)?.contiguous()?, 0, 0, 2, 1);
        tch: {
            let kernel = kernel.f_transpose(0, 1)?;
            x.f_conv_transpose2d(&kernel, None::<&tch::Tensor>, 2, 0, 0, 1, 1)
        };
        why "tch": "what the windows reach is cut or padded to output_shape, which the bare composition trusts to fit";
        tried: "a product of the crate gemm and an addition by position. Tried: candle's conv_transpose2d, which the bare composition is, slower in both directions";
    }
    AtrousConv2d {
        let x: FLOATS, [1, 2, 8, 8], [8, 32, 64, 64];
        let kernel: FLOATS, [4, 2, 3, 3], [32, 32, 3, 3];
        touchstone: K::atrous_conv2d(x, kernel)
            .rate(2)
            .dim_ordering(K::DimOrdering::Th)
            .tensor();
        candle: x.conv2d(kernel, 0, 1, 2, 1);
        tch: x.f_conv2d(kernel, None::<&tch::Tensor>, 1, 0, 2, 1);
        why "tch": SAME;
        tried: CONVOLVED;
    }
    SeparableConv2d {
        let x: FLOATS, [1, 2, 8, 8], [8, 32, 64, 64];
        let depthwise: FLOATS, [1, 2, 3, 3], [1, 32, 3, 3];
        let pointwise: FLOATS, [4, 2, 1, 1], [32, 32, 1, 1];
        touchstone: K::separable_conv2d(x, depthwise, pointwise)
            .dim_ordering(K::DimOrdering::Th)
            .tensor();
        candle: {
            let channels = x.dim(1)?;
            x.conv2d(&depthwise.transpose(0, 1)?, 0, 1, 1, channels)?.conv2d(pointwise, 0, 1, 1, 1)
        };
        tch: {
            let (kernel, none) = (depthwise.f_transpose(0, 1)?, None::<&tch::Tensor>);
            let middle = x.f_conv2d(&kernel, none, 1, 0, 1, x.size()[1])?;
            middle.f_conv2d(pointwise, none, 1, 0, 1, 1)
        };
        why "candle": "the windows are turned so that each channel's lie together, element by element, measured as two thirds of the time; the bare conv2d selects along each channel, with a wrong gradient off the square";
        why "tch": SAME;
        tried: "the windows are turned so that each channel's lie together, two thirds of the time. Tried: candle's grouped conv2d, faster forwards, slower backwards, with a wrong gradient off the square";
    }
    // candle has none: one conv2d for each plane of the kernel.
    Conv3d {
        let x: FLOATS, [1, 2, 5, 6, 6], [2, 16, 16, 32, 32];
        let kernel: FLOATS, [4, 2, 3, 3, 3], [16, 16, 3, 3, 3];
        touchstone: K::conv3d(x, kernel).dim_ordering(K::DimOrdering::Th).tensor();
        candle: {
            let (n, c, depth, rows, columns) = x.dims5()?;
            let (outputs, _, planes, ..) = kernel.dims5()?;
            let count = depth - planes + 1;
            let plane = |k: usize| {
                let images = x.narrow(2, k, count)?.transpose(1, 2)?;
                let images = images.reshape((n * count, c, rows, columns))?;
                images.conv2d(&kernel.get_on_dim(2, k)?.contiguous()?, 0, 1, 1, 1)
            };
            let sum = (1..planes).try_fold(plane(0)?, |sum, k| sum + plane(k)?)?;
            sum.reshape((n, count, outputs, rows - 2, columns - 2))?.transpose(1, 2)
        };
        tch: x.f_conv3d(kernel, None::<&tch::Tensor>, 1, 0, 1, 1);
        why "tch": SAME;
        tried: CONVOLVED;
    }
};

/// The shape of what windows of two, two apart, are spread over.
fn doubled(x: &K::Tensor, kernel: &K::Tensor) -> Vec<Option<i64>> {
    let (x, kernel) = (&x.spec().dims, &kernel.spec().dims);
    let dim = |dim: Option<usize>, times: i64| dim.map(|n| n as i64 * times);
    vec![dim(x[0], 1), dim(kernel[0], 1), dim(x[2], 2), dim(x[3], 2)]
}
