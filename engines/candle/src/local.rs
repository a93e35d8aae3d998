//! local_conv1d, local_conv2d: the windows by one selection of rows, then one product of matrices
//! a window.

use candle_core::Tensor;
use touchstone_reference::backend::{BorderMode, DataFormat, LocalConv1d, LocalConv2d, Window};

use crate::convolution::{Pixels, Positions, ordered};
use crate::failure::Result;
use crate::ops::filled;
use crate::tensor::CandleTensor;

fn local<const D: usize>(
    inputs: &CandleTensor,
    kernel: &CandleTensor,
    windows: [Window; D],
    format: DataFormat,
    shape: &[usize],
) -> Result<Tensor> {
    let (inputs, kernel) = (inputs.native(), kernel.native());
    if inputs.elem_count() == 0 || kernel.elem_count() == 0 {
        return Ok(filled(inputs.dtype(), shape, 0.0, inputs.device())?);
    }
    let ordering = format.dim_ordering();
    let pixels = Pixels::new(&inputs, ordering)?;
    let positions = Positions::new(windows, pixels.extent, BorderMode::Valid);
    let (samples, channels) = (pixels.samples, pixels.channels);
    let (count, features, filters) = kernel.dims3()?;
    let shown = pixels.shown(&positions)?.reshape((samples, count, positions.size, channels))?;
    // The features in the order in which they lie in the inputs.
    let shown = match format {
        DataFormat::ChannelsLast => shown.permute((1, 0, 2, 3))?,
        DataFormat::ChannelsFirst => shown.permute((1, 0, 3, 2))?,
    };
    let found = shown.reshape((count, samples, features))?.matmul(&kernel.contiguous()?)?;
    // The reshape copies the gradient that comes back, so that its rows lie together.
    let found = found.reshape((count, samples, 1, filters))?.permute((1, 0, 2, 3))?;
    Ok(ordered(&found, samples, positions.count, ordering)?)
}

pub(crate) fn local_conv1d(call: &LocalConv1d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    local(call.inputs, call.kernel, call.windows()?, call.data_format, shape)
}

pub(crate) fn local_conv2d(call: &LocalConv2d<&CandleTensor>, shape: &[usize]) -> Result<Tensor> {
    local(call.inputs, call.kernel, call.windows()?, call.data_format, shape)
}
