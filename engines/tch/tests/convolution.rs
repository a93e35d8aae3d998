//! Convolutions and poolings.

mod common;

use common::{INF, NAN, check, f32s, f64s, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{BorderMode, DimOrdering, PoolMode, Result};

#[test]
fn windows_with_uneven_borders() -> Result<()> {
    for make in [f32s, f64s] {
        for (image, kernel, ordering) in [
            ([2, 5, 4, 3], [2, 3, 3, 2], DimOrdering::Tf),
            ([2, 3, 5, 4], [2, 3, 2, 3], DimOrdering::Th),
        ] {
            for mode in [BorderMode::Same, BorderMode::Valid] {
                let images = make(&image, &numbers(120));
                check(&[images.clone(), make(&kernel, &numbers(36))], |x| {
                    single(
                        K::conv2d(&x[0], &x[1])
                            .strides([2, 1])
                            .filter_dilation([1, 1])
                            .border_mode(mode)
                            .dim_ordering(ordering)
                            .tensor(),
                    )
                })?;
                for pool in [PoolMode::Max, PoolMode::Avg] {
                    check(std::slice::from_ref(&images), |x| {
                        single(
                            K::pool2d(&x[0], [2, 3])
                                .strides([1, 2])
                                .border_mode(mode)
                                .dim_ordering(ordering)
                                .pool_mode(pool)
                                .tensor(),
                        )
                    })?;
                }
            }
        }
        check(&[make(&[1, 6, 6, 1], &numbers(36)), make(&[2, 2, 1, 2], &numbers(8))], |x| {
            single(
                K::conv2d(&x[0], &x[1])
                    .strides([2, 3])
                    .filter_dilation([3, 2])
                    .border_mode(BorderMode::Same)
                    .dim_ordering(DimOrdering::Tf)
                    .tensor(),
            )
        })?;
        check(&[make(&[0, 3, 3, 1], &[]), make(&[2, 2, 1, 2], &numbers(8))], |x| {
            single(K::conv2d(&x[0], &x[1]).dim_ordering(DimOrdering::Tf).tensor())
        })?;
    }
    Ok(())
}

#[test]
fn convolutions_over_one_and_three_axes() -> Result<()> {
    for make in [f32s, f64s] {
        for mode in [BorderMode::Same, BorderMode::Valid] {
            let signals = [make(&[2, 7, 3], &numbers(42)), make(&[4, 3, 2], &numbers(24))];
            check(&signals, |x| {
                single(K::conv1d(&x[0], &x[1]).stride(2).border_mode(mode).tensor())
            })?;
            let images = [make(&[2, 6, 5, 1], &numbers(60)), make(&[2, 3, 1, 1], &numbers(6))];
            check(&images, |x| {
                let y = K::atrous_conv2d(&x[0], &x[1]).rate(2).border_mode(mode);
                single(y.dim_ordering(DimOrdering::Tf).tensor())
            })?;
            for (volume, kernel, ordering) in [
                ([1, 4, 3, 5, 2], [2, 3, 2, 2, 1], DimOrdering::Tf),
                ([1, 2, 4, 3, 5], [3, 2, 2, 3, 2], DimOrdering::Th),
            ] {
                let count = kernel.iter().product();
                let volumes = make(&volume, &numbers(120));
                check(&[volumes.clone(), make(&kernel, &numbers(count))], |x| {
                    let y = K::conv3d(&x[0], &x[1]).strides([2, 1, 3]).border_mode(mode);
                    single(y.dim_ordering(ordering).tensor())
                })?;
                for pool in [PoolMode::Max, PoolMode::Avg] {
                    check(std::slice::from_ref(&volumes), |x| {
                        let y = K::pool3d(&x[0], [2, 3, 2]).strides([1, 2, 1]).border_mode(mode);
                        single(y.dim_ordering(ordering).pool_mode(pool).tensor())
                    })?;
                }
            }
        }
        let special = make(&[1, 3, 1, 1, 2], &[NAN, 1.0, 2.0, -INF, 3.0, -INF]);
        for mode in [BorderMode::Same, BorderMode::Valid] {
            check(std::slice::from_ref(&special), |x| {
                let y = K::pool3d(&K::stop_gradient(&x[0])?, [2, 1, 1]).border_mode(mode);
                single(y.dim_ordering(DimOrdering::Tf).tensor())
            })?;
        }
        check(&[make(&[1, 0, 3, 3, 3], &[]), make(&[2, 0, 2, 2, 2], &[])], |x| {
            single(K::conv3d(&x[0], &x[1]).dim_ordering(DimOrdering::Th).tensor())
        })?;
    }
    Ok(())
}

#[test]
fn channels_on_their_own_and_then_together() -> Result<()> {
    for make in [f32s, f64s] {
        for (image, depthwise, pointwise, ordering) in [
            ([2, 5, 4, 3], [2, 3, 3, 2], [1, 1, 6, 2], DimOrdering::Tf),
            ([2, 3, 5, 4], [2, 3, 2, 3], [1, 6, 1, 1], DimOrdering::Th),
            ([2, 5, 4, 3], [2, 3, 3, 0], [1, 1, 0, 2], DimOrdering::Tf),
        ] {
            let given = [image, depthwise, pointwise]
                .map(|shape| make(&shape, &numbers(shape.iter().product())));
            for mode in [BorderMode::Same, BorderMode::Valid] {
                check(&given, |x| {
                    let y = K::separable_conv2d(&x[0], &x[1], &x[2]).strides([2, 1]);
                    single(y.border_mode(mode).dim_ordering(ordering).tensor())
                })?;
            }
        }
    }
    Ok(())
}

#[test]
fn transposed_convolutions_of_any_size() -> Result<()> {
    // The sizes of one row or column of the result, then of the image and the kernel, the stride:
    // cut unevenly, with more behind the last window, with holes between the windows.
    for (mode, n, windows, size, stride) in [
        (BorderMode::Same, 5, 3, 4, 2),
        (BorderMode::Same, 7, 3, 2, 3),
        (BorderMode::Same, 6, 2, 5, 5),
        (BorderMode::Valid, 8, 3, 3, 2),
        (BorderMode::Valid, 9, 2, 2, 4),
    ] {
        let dims = |count: usize| i64::try_from(count).ok();
        for make in [f32s, f64s] {
            let images = make(&[2, windows, 4, 3], &numbers(24 * windows));
            let kernel = make(&[size, 2, 3, 1], &numbers(6 * size));
            check(&[images, kernel], |x| {
                let shape =
                    vec![None, dims(n), dims(4 + usize::from(mode == BorderMode::Valid)), dims(1)];
                let y = K::deconv2d(&x[0], &x[1], shape).strides([stride, 1]).border_mode(mode);
                single(y.dim_ordering(DimOrdering::Tf).tensor())
            })?;
            let images = make(&[2, 3, windows, 4], &numbers(24 * windows));
            let kernel = make(&[2, 3, size, 1], &numbers(6 * size));
            check(&[images, kernel], |x| {
                let shape = vec![dims(2), dims(2), dims(n), dims(4)];
                let y = K::deconv2d(&x[0], &x[1], shape).strides([stride, 1]).border_mode(mode);
                single(y.dim_ordering(DimOrdering::Th).tensor())
            })?;
        }
    }
    Ok(())
}

#[test]
fn windows_that_reach_far() -> Result<()> {
    for pool in [PoolMode::Max, PoolMode::Avg] {
        // Strides beyond the 32 bits that libtorch takes, a window larger than the volume.
        check(&[f32s(&[1, 1, 2, 3], &numbers(6))], |x| {
            let y = K::pool2d(&x[0], [2, 2]).strides([1 << 40, 1]).pool_mode(pool);
            single(y.dim_ordering(DimOrdering::Th).tensor())
        })?;
        check(&[f32s(&[1, 1, 1, 2, 1], &numbers(2))], |x| {
            let y = K::pool3d(&x[0], [3, 3, 3]).border_mode(BorderMode::Same);
            single(y.pool_mode(pool).dim_ordering(DimOrdering::Th).tensor())
        })?;
    }
    Ok(())
}

/// libtorch 2.11 crashes in the derivative of a one-dimensional convolution whose stride leads far
/// beyond the end.
#[test]
fn strides_that_lead_beyond_the_end() -> Result<()> {
    for stride in [7, 1 << 20, i64::MAX] {
        for mode in [BorderMode::Same, BorderMode::Valid] {
            check(&[f32s(&[2, 7, 3], &numbers(42)), f32s(&[3, 3, 3], &numbers(27))], |x| {
                single(K::conv1d(&x[0], &x[1]).stride(stride).border_mode(mode).tensor())
            })?;
        }
        check(&[f32s(&[1, 1, 1, 2], &numbers(2)), f32s(&[2, 2, 2, 3], &numbers(24))], |x| {
            single(
                K::deconv2d(&x[0], &x[1], vec![None, Some(4), Some(3), Some(3)])
                    .strides([stride, 5])
                    .border_mode(BorderMode::Same)
                    .dim_ordering(DimOrdering::Tf)
                    .tensor(),
            )
        })?;
    }
    Ok(())
}
