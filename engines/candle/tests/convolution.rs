//! Convolutions and poolings.

mod common;

use touchstone_reference::backend::{self as K, BorderMode, DimOrdering, PoolMode, Tensor};
use touchstone_reference::{DType, Result};

use common::{Build, check, check_both, host, noise};

#[test]
fn candle_windows_values_and_gradients() -> Result<()> {
    for (ordering, image, kernel) in [
        (DimOrdering::Th, [2, 3, 7, 6], [4, 3, 3, 2]),
        (DimOrdering::Tf, [2, 7, 6, 3], [3, 2, 3, 4]),
    ] {
        for mode in [BorderMode::Valid, BorderMode::Same] {
            for (strides, dilation) in [([1, 1], [2, 1]), ([2, 3], [1, 2])] {
                check_both(
                    &format!("conv2d {mode:?} {strides:?}"),
                    &[&image, &kernel],
                    0.0,
                    &|x| {
                        let conv =
                            K::conv2d(&x[0], &x[1]).strides(strides).filter_dilation(dilation);
                        Ok(vec![conv.border_mode(mode).dim_ordering(ordering).tensor()?])
                    },
                )?;
            }
            for pool in [PoolMode::Max, PoolMode::Avg] {
                let build: Build<'_> = &|x| {
                    let pooled = K::pool2d(&x[0], [3, 2]).strides([2, 1]).pool_mode(pool);
                    Ok(vec![pooled.border_mode(mode).dim_ordering(ordering).tensor()?])
                };
                // Below zero, where padding would win; and full of ties.
                check_both("pool2d", &[&image], -3.0, build)?;
                let ties: Vec<f64> = (0..252).map(|i| f64::from(i % 3)).collect();
                check("pool2d of ties", &[host(DType::Float32, &image, &ties)?], build)?;
            }
        }
    }
    Ok(())
}

#[test]
fn candle_signals_and_volumes_values_and_gradients() -> Result<()> {
    use BorderMode::{Same, Valid};
    for (mode, stride) in [(Valid, 1), (Valid, 2), (Same, 1), (Same, 3)] {
        check_both("conv1d", &[&[2, 7, 3], &[4, 3, 2]], 0.0, &|x| {
            Ok(vec![K::conv1d(&x[0], &x[1]).stride(stride).border_mode(mode).tensor()?])
        })?;
    }
    for (ordering, volume, kernel) in [
        (DimOrdering::Th, [2, 2, 4, 3, 5], [3, 2, 2, 3, 2]),
        (DimOrdering::Tf, [2, 4, 3, 5, 2], [2, 3, 2, 2, 3]),
    ] {
        for (mode, strides) in [(Valid, [1, 1, 2]), (Same, [1, 2, 3])] {
            check_both("volumes", &[&volume, &kernel], -2.0, &|x| {
                let conv = K::conv3d(&x[0], &x[1]).strides(strides).border_mode(mode);
                let pooled = |pool| {
                    let pooled = K::pool3d(&x[0], [2, 3, 2]).strides(strides).pool_mode(pool);
                    pooled.border_mode(mode).dim_ordering(ordering).tensor()
                };
                Ok(vec![
                    conv.dim_ordering(ordering).tensor()?,
                    pooled(PoolMode::Max)?,
                    pooled(PoolMode::Avg)?,
                ])
            })?;
        }
    }
    // A window that no memory holds.
    check_both("huge windows", &[&[1, 2, 3, 2, 1], &[1, 2, 3, 1]], -2.0, &|x| {
        let pooled = K::pool3d(&x[0], [i64::MAX, 1, 2]).border_mode(Same);
        let images = K::pool2d(&x[1], [1 << 40, 2]).border_mode(Same);
        let images = images.dim_ordering(DimOrdering::Tf);
        Ok(vec![
            pooled.dim_ordering(DimOrdering::Tf).tensor()?,
            images.pool_mode(PoolMode::Avg).tensor()?,
        ])
    })
}

#[test]
fn candle_transposed_and_separable_convolutions() -> Result<()> {
    let transposed = |ordering: DimOrdering, mode, strides, extent: [i64; 2], x: &[Tensor]| {
        let [rows, columns] = extent.map(Some);
        let shape = match ordering {
            DimOrdering::Th => vec![None, Some(4), rows, columns],
            DimOrdering::Tf => vec![Some(2), rows, columns, Some(4)],
        };
        let result = K::deconv2d(&x[0], &x[1], shape).strides(strides).border_mode(mode);
        result.dim_ordering(ordering).tensor()
    };
    let separable = |ordering: DimOrdering, mode, strides, x: &[Tensor]| {
        let result = K::separable_conv2d(&x[0], &x[2], &x[3]).strides(strides).border_mode(mode);
        result.dim_ordering(ordering).tensor()
    };
    let layouts: [(_, [&[usize]; 4]); 2] = [
        (DimOrdering::Th, [&[2, 3, 3, 4], &[4, 3, 3, 2], &[2, 3, 2, 3], &[5, 6, 1, 1]]),
        (DimOrdering::Tf, [&[2, 3, 4, 3], &[3, 2, 3, 4], &[2, 3, 3, 2], &[1, 1, 6, 5]]),
    ];
    for (ordering, shapes) in layouts {
        // The strides leave elements that no window reaches.
        for (mode, strides, extent) in [
            (BorderMode::Valid, [1, 1], [5, 5]),
            (BorderMode::Valid, [2, 3], [8, 13]),
            (BorderMode::Same, [1, 1], [3, 4]),
            (BorderMode::Same, [2, 3], [5, 11]),
        ] {
            check_both(&format!("{mode:?} {strides:?}"), &shapes, 0.0, &|x| {
                Ok(vec![
                    transposed(ordering, mode, strides, extent, x)?,
                    separable(ordering, mode, strides, x)?,
                ])
            })?;
        }
    }
    check_both("no channels", &[&[1, 0, 2, 2], &[2, 0, 1, 1], &[0, 2, 1, 1]], 0.0, &|x| {
        let shape = [1, 2, 2, 2].map(Some).to_vec();
        let result = K::deconv2d(&x[0], &x[1], shape).dim_ordering(DimOrdering::Th);
        let none = K::conv2d(&x[0], &x[1]).dim_ordering(DimOrdering::Th);
        Ok(vec![result.tensor()?, none.tensor()?])
    })
}

#[test]
fn candle_pooling_without_gradients_passes_nan() -> Result<()> {
    let mut data = noise(36, 1.0, 0.0);
    data[14] = f64::NAN;
    for data in [noise(36, 1.0, -3.0), data] {
        check("pool2d", &[host(DType::Float32, &[1, 6, 6, 1], &data)?], &|x| {
            let x = K::stop_gradient(&x[0])?;
            let pooled = K::pool2d(&x, [2, 3]).strides([1, 2]).border_mode(BorderMode::Same);
            Ok(vec![pooled.dim_ordering(DimOrdering::Tf).tensor()?])
        })?;
    }
    Ok(())
}
