//! Convolutions whose kernel differs from window to window.

mod common;

use common::{check, f32s, f64s, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DataFormat, HostTensor, Result};

#[test]
fn windows_with_their_own_kernels() -> Result<()> {
    // Samples, the sizes of the signal or image, channels, filters; sizes and strides of windows.
    let cases = [
        (2, [5, 4], 3, 2, [2, 3], [1, 1]),
        (1, [7, 5], 2, 1, [3, 2], [2, 3]),
        (2, [3, 2], 1, 3, [3, 2], [4, 1]),
        (2, [4, 3], 2, 2, [2, 3], [usize::MAX / 2, 5]),
        (0, [3, 3], 2, 2, [2, 2], [1, 1]),
        (2, [3, 3], 0, 2, [2, 2], [1, 1]),
        (2, [3, 3], 2, 0, [2, 2], [1, 1]),
    ];
    for (samples, [rows, columns], channels, filters, [height, width], [down, right]) in cases {
        let [down_windows, right_windows] =
            [(rows - height) / down + 1, (columns - width) / right + 1];
        let made = |shape: &[usize], make: Make| make(shape, &numbers(shape.iter().product()));
        let signed = |n: usize| i64::try_from(n).unwrap_or(0);
        for make in [f32s, f64s] {
            for format in [DataFormat::ChannelsFirst, DataFormat::ChannelsLast] {
                let (signals, images) = match format {
                    DataFormat::ChannelsFirst => {
                        (vec![samples, channels, rows], vec![samples, channels, rows, columns])
                    }
                    DataFormat::ChannelsLast => {
                        (vec![samples, rows, channels], vec![samples, rows, columns, channels])
                    }
                };
                let kernel = made(&[down_windows, height * channels, filters], make);
                check(&[made(&signals, make), kernel], |x| {
                    let y = K::local_conv1d(&x[0], &x[1], [signed(height)], [signed(down)]);
                    single(y.data_format(format).tensor())
                })?;
                let windows = [down_windows, right_windows];
                let features = height * width * channels;
                let kernel = made(&[windows[0] * windows[1], features, filters], make);
                check(&[made(&images, make), kernel], |x| {
                    let (size, strides) = ([height, width], [down, right]);
                    let y = K::local_conv2d(
                        &x[0],
                        &x[1],
                        size.map(signed),
                        strides.map(signed),
                        windows.map(signed),
                    );
                    single(y.data_format(format).tensor())
                })?;
            }
        }
    }
    Ok(())
}

type Make = fn(&[usize], &[f64]) -> HostTensor;
