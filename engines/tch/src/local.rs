//! local_conv1d, local_conv2d: windows as views, then one product for each of them, in a batch.

use touchstone_reference::Spec;
use touchstone_reference::arguments::DataFormat;
use touchstone_reference::functions::convolution::{Window, batch_axes};
use touchstone_reference::functions::local::{LocalConv1d, LocalConv2d};

use crate::failure::Computed;
use crate::tensor::{TchTensor, known, signed};

pub(crate) fn local_conv1d(call: &LocalConv1d<&TchTensor>, spec: &Spec) -> Computed {
    correlated(call.inputs, call.kernel, call.windows()?, call.data_format, spec)
}

pub(crate) fn local_conv2d(call: &LocalConv2d<&TchTensor>, spec: &Spec) -> Computed {
    correlated(call.inputs, call.kernel, call.windows()?, call.data_format, spec)
}

fn correlated<const D: usize>(
    inputs: &TchTensor,
    kernel: &TchTensor,
    windows: [Window; D],
    data_format: DataFormat,
    spec: &Spec,
) -> Computed {
    let axes = batch_axes::<D>(data_format.dim_ordering());
    // Each spatial axis becomes one of windows; the elements of a window follow all other axes.
    let mut views = inputs.tensor.shallow_clone();
    for (axis, window) in axes.spatial.into_iter().zip(windows) {
        // A longer stride finds no second window either, and libtorch multiplies by it.
        let stride = (window.stride as i64).min(views.size()[axis].max(1));
        views = views.f_unfold(axis as i64, window.size as i64, stride)?;
    }
    // Windows, then samples, then features in the order in which they lie in the inputs.
    let elements: Vec<usize> = (D + 2..2 * D + 2).collect();
    let features = match data_format {
        DataFormat::ChannelsFirst => [&[axes.channels], &elements[..]].concat(),
        DataFormat::ChannelsLast => [&elements[..], &[axes.channels]].concat(),
    };
    let order = [&axes.spatial[..], &[0], &features].concat();
    let kernel = &kernel.tensor;
    let (size, shape) = (kernel.size(), known(spec));
    let rows = views.f_permute(signed(&order))?.f_reshape([size[0], shape[0], size[1]])?;
    // (windows, samples, filters), and back to the order of the inputs.
    let found = rows.f_bmm(kernel)?;
    let apart: Vec<i64> =
        axes.spatial.iter().map(|&axis| shape[axis]).chain([shape[0], size[2]]).collect();
    let mut back = vec![D as i64; D + 2];
    back[axes.channels] = D as i64 + 1;
    for (at, axis) in axes.spatial.into_iter().enumerate() {
        back[axis] = at as i64;
    }
    Ok(found.f_reshape(apart)?.f_permute(back)?)
}
