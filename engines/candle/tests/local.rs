//! local_conv1d, local_conv2d.

mod common;

use touchstone_reference::backend::{self as K, DataFormat};
use touchstone_reference::{DType, Result};

use common::{check, check_both, random};

#[test]
fn candle_local_convolutions() -> Result<()> {
    use DataFormat::{ChannelsFirst, ChannelsLast};
    for (format, signal, image) in
        [(ChannelsLast, [2, 7, 3], [2, 5, 4, 3]), (ChannelsFirst, [2, 3, 7], [2, 3, 5, 4])]
    {
        for (stride, windows) in [(1, 4), (2, 2), (7, 1)] {
            check_both("local_conv1d", &[&signal, &[windows, 12, 5]], 0.0, &|x| {
                let conv = K::local_conv1d(&x[0], &x[1], [4], [stride]);
                Ok(vec![conv.data_format(format).tensor()?])
            })?;
        }
        for (strides, output) in [([1, 1], [4, 2]), ([2, 1], [2, 2]), ([3, 2], [2, 1])] {
            let windows = (output[0] * output[1]) as usize;
            check_both("local_conv2d", &[&image, &[windows, 18, 2]], 0.0, &|x| {
                let conv = K::local_conv2d(&x[0], &x[1], [2, 3], strides, output);
                Ok(vec![conv.data_format(format).tensor()?])
            })?;
        }
    }
    let half = [random(DType::Float16, &[1, 3, 2], 0.0)?, random(DType::Float16, &[2, 4, 2], 0.0)?];
    check("float16", &half, &|x| {
        let x = [K::stop_gradient(&x[0])?, K::stop_gradient(&x[1])?];
        Ok(vec![K::local_conv1d(&x[0], &x[1], [2], [1]).data_format(ChannelsLast).tensor()?])
    })
}

#[test]
fn candle_local_convolutions_of_nothing() -> Result<()> {
    let shapes: [[&[usize]; 2]; 3] =
        [[&[0, 3, 2], &[2, 4, 3]], [&[2, 3, 0], &[2, 0, 3]], [&[2, 3, 2], &[2, 4, 0]]];
    for shapes in shapes {
        check_both("nothing", &shapes, 0.0, &|x| {
            let conv = K::local_conv1d(&x[0], &x[1], [2], [1]);
            Ok(vec![conv.data_format(DataFormat::ChannelsLast).tensor()?])
        })?;
    }
    Ok(())
}
