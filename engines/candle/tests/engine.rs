//! A few sharp checks a family: values and gradients against the reference, within its bounds.
//! Conformance proper is the conformance crate's.

use std::sync::Arc;

use touchstone_reference::backend::{
    self as K, Axes, BorderMode, DimOrdering, HostTensor, PlaceholderBuilder, PoolMode, Tensor,
};
use touchstone_reference::number::with_format;
use touchstone_reference::{DType, Function, Label, Result, judging};

type Build<'a> = &'a dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>;

/// Numbers without a pattern, the same at every run.
fn noise(count: usize, scale: f64, shift: f64) -> Vec<f64> {
    (0..count)
        .map(|i| ((i * i * 7 + i * 13 + 5) % 101) as f64 / 50.5 - 1.0)
        .map(|x| x * scale + shift)
        .collect()
}

fn host(dtype: DType, shape: &[usize], data: &[f64]) -> Result<HostTensor> {
    Ok(HostTensor::from_f64s(dtype, shape, data)?)
}

fn random(dtype: DType, shape: &[usize], shift: f64) -> Result<HostTensor> {
    host(dtype, shape, &noise(shape.iter().product(), 1.0, shift))
}

/// A sum in which every element of every float has a weight of its own.
fn weighted(outputs: &[Tensor]) -> Result<Option<Tensor>> {
    let mut loss: Option<Tensor> = None;
    for output in outputs.iter().filter(|output| output.spec().dtype.is_float()) {
        let shape = output.spec().shape().unwrap_or_default();
        let weights = K::constant(random(output.spec().dtype, &shape, 0.3)?);
        let term = K::sum(&K::multiply(output, &weights)?).tensor()?;
        loss = Some(match loss {
            Some(loss) => K::add(&loss, &term)?,
            None => term,
        });
    }
    Ok(loss)
}

/// Values, and gradients of a weighted sum by every float, against the reference.
fn check(aspect: &str, inputs: &[HostTensor], build: Build<'_>) -> Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        let places = inputs
            .iter()
            .map(|input| {
                PlaceholderBuilder::new().shape(&input.spec().dims).dtype(input.dtype()).tensor()
            })
            .collect::<Result<Vec<_>>>()?;
        let mut outputs = build(&places)?;
        let by: Vec<Tensor> =
            places.iter().filter(|place| place.spec().dtype.is_float()).cloned().collect();
        if let Some(loss) = weighted(&outputs)?
            && !by.is_empty()
        {
            outputs.extend(K::gradients(&loss, &by)?);
        }
        let function = K::function(&places, &outputs, &[])?;
        let dtype = by.first().map_or(DType::Float32, |place| place.spec().dtype);
        let expected = with_format(dtype, || judging::bounds(function.program(), inputs))?;
        let found = function.call(inputs)?;
        for (i, (expected, found)) in expected.iter().zip(&found).enumerate() {
            assert_eq!(expected.spec, found.spec(), "{aspect}: dtype and shape of result {i}");
            let elements = expected.values.iter().zip(&expected.bounds).zip(found.to_f64s());
            for (at, ((&value, &bound), found)) in elements.enumerate() {
                let equal = value == found || value.is_nan() && found.is_nan();
                assert!(
                    equal || (value - found).abs() <= bound,
                    "{aspect}: result {i} at {at}: {found}, expected {value} ± {bound}",
                );
            }
        }
        Ok(())
    })
}

/// In float32 and float64.
fn check_both(aspect: &str, shapes: &[&[usize]], shift: f64, build: Build<'_>) -> Result<()> {
    for dtype in [DType::Float32, DType::Float64] {
        let inputs =
            shapes.iter().map(|shape| random(dtype, shape, shift)).collect::<Result<Vec<_>>>()?;
        check(&format!("{aspect} in {dtype}"), &inputs, build)?;
    }
    Ok(())
}

#[test]
fn candle_elementwise_values_and_gradients() -> Result<()> {
    check_both("unary", &[&[3, 5]], 0.1, &|x| {
        Ok(vec![
            K::exp(&x[0])?,
            K::sqrt(&x[0])?,
            K::clip(&x[0], -0.5, 0.4)?,
            K::pow(&x[0], 3.0)?,
            K::negative(&K::tanh(&x[0])?)?,
            K::sigmoid(&x[0])?,
            K::softplus(&x[0])?,
            K::softmax(&x[0])?,
            K::hard_sigmoid(&x[0])?,
            K::relu(&x[0]).alpha(0.3).max_value(0.5).tensor()?,
            K::elu(&x[0]).alpha(0.3).tensor()?,
            K::softsign(&x[0])?,
            K::abs(&x[0])?,
            K::square(&x[0])?,
            K::sign(&x[0])?,
            K::sin(&x[0])?,
            K::cos(&x[0])?,
        ])
    })?;
    check_both("powers and logarithms", &[&[20]], 1.5, &|x| {
        Ok(vec![K::log(&x[0])?, K::pow(&x[0], 0.3)?, K::pow(&x[0], -2.0)?, K::pow(&x[0], 0.0)?])
    })?;
    check_both("broadcasting", &[&[2, 1, 3], &[4, 1]], 2.0, &|x| {
        let both = [K::add(&x[0], &x[1])?, K::subtract(&x[0], &x[1])?, K::multiply(&x[0], &x[1])?];
        let chosen = [K::maximum(&x[0], &x[1])?, K::minimum(&x[0], &x[1])?];
        Ok([&both[..], &chosen[..], &[K::divide(&x[0], &x[1])?]].concat())
    })
}

#[test]
fn candle_elementwise_special_points() -> Result<()> {
    let points =
        [0.5, 1.5, 2.5, -0.5, -1.5, 8388609.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0];
    let huge = [1e4, -1e4, 60.0, -60.0, 1e-6, -1e-6, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let inputs = [host(DType::Float32, &[10], &points)?, host(DType::Float32, &[9], &huge)?];
    // Without gradients, which NaN has none of.
    check("special points", &inputs, &|x| {
        let (x, huge) = (K::stop_gradient(&x[0])?, K::stop_gradient(&x[1])?);
        Ok(vec![
            K::round(&x)?,
            K::maximum(&x, &K::pow(&x, 0.5)?)?,
            K::relu(&x).tensor()?,
            K::clip(&x, 1.0, -1.0)?,
            K::softplus(&huge)?,
            K::sigmoid(&huge)?,
            K::elu(&huge).tensor()?,
            K::softsign(&huge)?,
            K::sin(&huge)?,
            K::cos(&x)?,
            K::sign(&x)?,
            K::abs(&x)?,
            K::minimum(&x, &K::pow(&x, 0.5)?)?,
            K::not_equal(&x, &x)?,
            K::greater_equal(&x, &x)?,
            K::lesser(&x, &K::square(&x)?)?,
            K::lesser_equal(&x, &x)?,
            K::argmax(&x).tensor()?,
            K::argmin(&x).tensor()?,
            K::max(&x).tensor()?,
            K::min(&x).tensor()?,
            K::any(&x).tensor()?,
            K::all(&x).tensor()?,
            K::cumsum(&x).tensor()?,
            K::cumprod(&x).tensor()?,
            K::logsumexp(&x).tensor()?,
            K::l2_normalize(&x, 0)?,
        ])
    })
}

#[test]
fn candle_steep_and_flat_places() -> Result<()> {
    let places = [1000.0, 90.0, 1e-6, -1e-6, -1e-3, -1.0, -20.0, -1000.0];
    for dtype in [DType::Float32, DType::Float64] {
        check("elu and softsign", &[host(dtype, &[8], &places)?], &|x| {
            Ok(vec![K::elu(&x[0]).alpha(1.7).tensor()?, K::softsign(&x[0])?])
        })?;
        check("angles", &[host(dtype, &[4], &[1e4, -3e7, 1e20, 355.0 / 113.0])?], &|x| {
            Ok(vec![K::sin(&x[0])?, K::cos(&x[0])?])
        })?;
    }
    let small = K::constant(host(DType::Float32, &[1], &[-1e-6])?);
    let found = K::with_engine(Arc::new(touchstone_candle::engine()), || {
        Ok::<_, touchstone_reference::Error>(K::eval(&K::elu(&small).tensor()?)?.to_f64s()[0])
    })?;
    assert!((found + 9.999995e-7).abs() < 1e-13, "elu does not cancel: {found}");
    Ok(())
}

#[test]
fn candle_gradients_not_taken_bring_no_nan() -> Result<()> {
    let inputs = [host(DType::Float32, &[3], &[1000.0, -1.0, 0.0])?];
    check("elu by switch", &inputs, &|x| {
        let zeros = K::multiply(&x[0], &K::constant(HostTensor::scalar(0.0_f32)))?;
        let positive = K::greater(&x[0], &zeros)?;
        Ok(vec![
            K::switch(&positive, &x[0], &K::exp(&x[0])?)?,
            K::switch(&positive, &K::log(&x[0])?, &x[0])?,
        ])
    })
}

#[test]
fn candle_reductions_values_and_gradients() -> Result<()> {
    for axis in [Axes::All, Axes::One(0), Axes::One(-1), Axes::List(vec![2, 0]), Axes::List(vec![])]
    {
        let build: Build<'_> = &|x| {
            Ok(vec![
                K::sum(&x[0]).axis(axis.clone()).tensor()?,
                K::max(&x[0]).axis(axis.clone()).keepdims(true).tensor()?,
                K::mean(&x[0]).axis(axis.clone()).tensor()?,
                K::std(&x[0]).axis(axis.clone()).tensor()?,
                K::any(&x[0]).axis(axis.clone()).tensor()?,
                K::min(&x[0]).axis(axis.clone()).tensor()?,
                K::prod(&x[0]).axis(axis.clone()).keepdims(true).tensor()?,
                K::var(&x[0]).axis(axis.clone()).tensor()?,
                K::all(&x[0]).axis(axis.clone()).tensor()?,
                K::logsumexp(&x[0]).axis(axis.clone()).keepdims(true).tensor()?,
            ])
        };
        check_both(&format!("over {axis:?}"), &[&[3, 4, 5]], 0.0, build)?;
        check("of ties", &[host(DType::Float32, &[3, 4, 5], &[0.1; 60])?], build)?;
        check("of nothing", &[host(DType::Float32, &[3, 0, 5], &[])?], build)?;
    }
    let ties = [1.0, 5.0, 5.0, 2.0, f64::NAN, f64::NAN, 1.0, 0.0, 0.0];
    check("positions", &[host(DType::Float32, &[3, 3], &ties)?], &|x| {
        let x = K::stop_gradient(&x[0])?;
        Ok(vec![
            K::argmax(&x).tensor()?,
            K::argmin(&x).tensor()?,
            K::argmin(&x).axis(0).tensor()?,
            K::min(&x).axis(1).tensor()?,
        ])
    })
}

#[test]
fn candle_products_with_zeros() -> Result<()> {
    let build: Build<'_> = &|x| {
        Ok(vec![
            K::prod(&x[0]).axis(1).tensor()?,
            K::prod(&x[0]).axis(0).tensor()?,
            K::prod(&K::transpose(&x[0])?).tensor()?,
            K::cumprod(&x[0]).axis(1).tensor()?,
            K::cumprod(&K::transpose(&x[0])?).tensor()?,
            K::cumsum(&x[0]).axis(-1).tensor()?,
            K::cumsum(&x[0]).tensor()?,
        ])
    };
    for dtype in [DType::Float32, DType::Float64] {
        for columns in [1, 2, 3, 7, 8] {
            let mut data = noise(3 * columns, 2.0, 0.1);
            check("no zero", &[host(dtype, &[3, columns], &data)?], build)?;
            data[columns / 2] = 0.0;
            check("one zero", &[host(dtype, &[3, columns], &data)?], build)?;
            data[columns - 1] = 0.0;
            data[3 * columns - 1] = 0.0;
            check("more zeros", &[host(dtype, &[3, columns], &data)?], build)?;
        }
    }
    let infinite = [2.0, f64::INFINITY, 0.5, 3.0, 0.0, f64::NAN, 1.0, 2.0];
    check("infinity", &[host(DType::Float32, &[2, 4], &infinite)?], &|x| {
        build(&[K::stop_gradient(&x[0])?])
    })
}

#[test]
fn candle_sums_of_exponentials_and_norms() -> Result<()> {
    let low = f64::NEG_INFINITY;
    for dtype in [DType::Float32, DType::Float64] {
        let logits = [1e4, 1e4 + 1.0, low, low, low, low, -3e4, -3e4, 5.0, low, 0.5, 0.25];
        check("logsumexp", &[host(dtype, &[4, 3], &logits)?], &|x| {
            Ok(vec![
                K::logsumexp(&x[0]).axis(1).tensor()?,
                K::logsumexp(&x[0]).axis(0).tensor()?,
                K::logsumexp(&x[0]).tensor()?,
            ])
        })?;
        let unbounded = [1.0, f64::INFINITY, low, 2.0, f64::NAN, f64::INFINITY];
        check("of infinities", &[host(dtype, &[2, 3], &unbounded)?], &|x| {
            let x = K::stop_gradient(&x[0])?;
            Ok(vec![K::logsumexp(&x).axis(1).tensor()?, K::logsumexp(&x).axis(0).tensor()?])
        })?;
        let lines = [3.0, 4.0, 0.0, 0.0, 1e-8, -3e-7, 1e-3, 2e-3, -5.0, 1e3];
        check("l2_normalize", &[host(dtype, &[5, 2], &lines)?], &|x| {
            Ok(vec![K::l2_normalize(&x[0], 1)?, K::l2_normalize(&x[0], 0)?])
        })?;
    }
    Ok(())
}

#[test]
fn candle_products_values_and_gradients() -> Result<()> {
    check_both("dot", &[&[2, 3, 4], &[5, 4, 6]], 0.0, &|x| Ok(vec![K::dot(&x[0], &x[1])?]))?;
    check_both("dot of views", &[&[4, 3], &[4, 2]], 0.0, &|x| {
        Ok(vec![K::dot(&K::transpose(&x[0])?, &x[1])?])
    })?;
    check_both("batch_dot", &[&[3, 4, 5], &[3, 2, 5]], 0.0, &|x| {
        let axes = Axes::List(vec![2, 2]);
        Ok(vec![
            K::batch_dot(&x[0], &x[1]).axes(axes).tensor()?,
            K::batch_dot(&x[0], &x[0]).axes(1).tensor()?,
        ])
    })?;
    check_both("contracted dim 0", &[&[2, 0], &[0, 3]], 0.0, &|x| Ok(vec![K::dot(&x[0], &x[1])?]))
}

#[test]
fn candle_indexing_and_shaping() -> Result<()> {
    let rows = host(DType::Int32, &[2, 2], &[1.0, 0.0, 1.0, 3.0])?;
    check("gather", &[random(DType::Float32, &[4, 3], 0.0)?, rows], &|x| {
        Ok(vec![K::gather(&x[0], &x[1])?, K::one_hot(&x[1], 2)?])
    })?;
    check_both("shapes", &[&[2, 3, 4], &[2, 0, 4]], 0.0, &|x| {
        Ok(vec![
            K::concatenate(&[x[0].clone(), x[1].clone(), x[0].clone()]).axis(1).tensor()?,
            K::reshape(&K::permute_dimensions(&x[0], vec![2, 0, 1])?, vec![3, -1])?,
            K::squeeze(&K::expand_dims(&x[0]).dim(0).tensor()?, 0)?,
            K::repeat_elements(&x[0], 3, 1)?,
            K::repeat_elements(&x[0], 0, 1)?,
            K::temporal_padding(&x[0]).padding(2).tensor()?,
            K::temporal_padding(&x[1]).tensor()?,
            K::asymmetric_temporal_padding(&x[0]).left_pad(0).right_pad(3).tensor()?,
            K::asymmetric_temporal_padding(&x[1]).tensor()?,
            K::reverse(&x[0], [0, -1])?,
            K::reverse(&K::transpose(&x[0])?, 0)?,
            K::reverse(&x[1], 1)?,
            K::tile(&x[0], [2, 1, 3])?,
            K::tile(&x[0], [2, 0, 3])?,
            K::tile(&x[1], [2, 3, 1])?,
            K::tile(&K::reshape(&x[0], vec![1, 2, 3, 2, 2])?, [2, 1, 3, 2, 2])?,
            K::repeat(&K::batch_flatten(&x[0])?, 3)?,
            K::repeat(&K::batch_flatten(&x[0])?, 0)?,
            K::batch_flatten(&x[1])?,
            K::flatten(&x[0])?,
            K::pack(&[x[0].clone(), x[0].clone()])?,
            K::pack(&[x[1].clone()])?,
            K::cumsum(&x[1]).axis(1).tensor()?,
            K::l2_normalize(&x[1], 1)?,
        ])
    })
}

#[test]
fn candle_images_and_volumes() -> Result<()> {
    for ordering in [DimOrdering::Th, DimOrdering::Tf] {
        let shapes: [&[usize]; 3] = [&[2, 3, 2, 3], &[1, 2, 3, 2, 3], &[2, 0, 2, 0]];
        check_both("padding and enlarging", &shapes, 0.0, &|x| {
            let asymmetric = |x: &Tensor| {
                let padded = K::asymmetric_spatial_2d_padding(x).top_pad(2).left_pad(0);
                padded.bottom_pad(0).right_pad(3).dim_ordering(ordering).tensor()
            };
            Ok(vec![
                K::spatial_2d_padding(&x[0]).padding([2, 1]).dim_ordering(ordering).tensor()?,
                asymmetric(&x[0])?,
                asymmetric(&x[2])?,
                K::resize_images(&x[0], 2, 3).dim_ordering(ordering).tensor()?,
                K::resize_images(&x[2], 2, 3).dim_ordering(ordering).tensor()?,
                K::spatial_3d_padding(&x[1]).padding([0, 2, 1]).dim_ordering(ordering).tensor()?,
                K::resize_volumes(&x[1], 2, 1, 3).dim_ordering(ordering).tensor()?,
            ])
        })?;
    }
    Ok(())
}

#[test]
fn candle_losses_values_and_gradients() -> Result<()> {
    for logits in [false, true] {
        check_both(&format!("logits {logits}"), &[&[4, 5], &[4, 5]], 1.1, &|x| {
            Ok(vec![
                K::categorical_crossentropy(&x[0], &x[1]).from_logits(logits).tensor()?,
                K::binary_crossentropy(&x[0], &x[1]).from_logits(logits).tensor()?,
            ])
        })?;
    }
    let hard = [
        host(DType::Float32, &[4], &[0.0, 1.0, 1.0, 0.5])?,
        host(DType::Float32, &[4], &[1.0, 0.0, 1.0, 0.5])?,
    ];
    check("saturated", &hard, &|x| Ok(vec![K::binary_crossentropy(&x[0], &x[1]).tensor()?]))
}

#[test]
fn candle_normalization_values_and_gradients() -> Result<()> {
    check_both("given statistics", &[&[4, 3], &[3], &[3], &[3], &[4, 1]], 1.2, &|x| {
        Ok(vec![K::batch_normalization(&x[0], &x[1], &x[2], Some(&x[3]), Some(&x[4])).tensor()?])
    })?;
    check_both("own statistics", &[&[3, 2, 4], &[2], &[2]], 0.5, &|x| {
        K::normalize_batch_in_training(&x[0], Some(&x[1]), Some(&x[2]), vec![0_i64, -1]).tensors()
    })
}

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
fn candle_classes() -> Result<()> {
    for dtype in [DType::Float32, DType::Float64] {
        let flat = host(DType::Int32, &[2, 2], &[1.0, 0.0, 4.0, 3.0])?;
        let column = host(dtype, &[2, 2, 1], &[4.0, 0.0, 2.0, 3.0])?;
        let one = host(DType::UInt8, &[], &[2.0])?;
        let inputs = [random(dtype, &[2, 2, 5], 1.1)?, random(dtype, &[3], 1.1)?];
        for logits in [false, true] {
            let inputs = [&inputs[..], &[flat.clone(), column.clone(), one.clone()]].concat();
            check(&format!("sparse, logits {logits}"), &inputs, &|x| {
                let loss = |output, target| {
                    let loss = K::sparse_categorical_crossentropy(output, target);
                    loss.from_logits(logits).tensor()
                };
                let column = K::stop_gradient(&x[3])?;
                Ok(vec![loss(&x[0], &x[2])?, loss(&x[0], &column)?, loss(&x[1], &x[4])?])
            })?;
        }
        let saturated = host(dtype, &[2, 2], &[0.0, 1.0, 1.0, 0.0])?;
        let classes = host(DType::Int64, &[2], &[0.0, 0.0])?;
        check("clipped", &[saturated, classes], &|x| {
            Ok(vec![K::sparse_categorical_crossentropy(&x[0], &x[1]).tensor()?])
        })?;
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let rows = [0.1, 0.7, 0.2, 0.5, 0.5, 0.5, 1.0, -inf, 0.0, 3.0, nan, 0.0, 1.0, 2.0, inf];
        let rows = host(dtype, &[5, 3], &rows)?;
        for targets in [[2.0, 0.0, 0.0, 0.0, 2.0], [0.0, 3.0, -1.0, 1.0, 1.0]] {
            let targets = host(DType::Int64, &[5], &targets)?;
            check("in_top_k", &[rows.clone(), targets], &|x| {
                let x = [K::stop_gradient(&x[0])?, x[1].clone()];
                (0..4).map(|k| K::in_top_k(&x[0], &x[1], k)).collect()
            })?;
        }
    }
    Ok(())
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

#[test]
fn candle_dropout_and_switch() -> Result<()> {
    check_both("dropout", &[&[4, 4]], 0.0, &|x| {
        let rows = K::dropout(&x[0], 0.5).noise_shape(Some(vec![None, Some(1)])).seed(Some(4));
        Ok(vec![
            K::dropout(&x[0], 0.4).seed(Some(3)).tensor()?,
            rows.tensor()?,
            K::dropout(&x[0], 0.0).tensor()?,
        ])
    })?;
    let nan = host(DType::Float32, &[2], &[f64::NAN, 1.0])?;
    for condition in [vec![0.0], vec![0.0, 1.0]] {
        let condition = host(DType::Bool, &[condition.len()], &condition)?;
        check("switch", &[condition, nan.clone(), random(DType::Float32, &[2], 0.0)?], &|x| {
            Ok(vec![K::switch(&x[0], &x[1], &x[2])?])
        })?;
    }
    Ok(())
}

#[test]
fn candle_rnn_values_and_gradients() -> Result<()> {
    let mask = host(DType::Bool, &[3, 4], &[0., 1., 1., 0., 1., 1., 0., 1., 0., 0., 0., 0.])?;
    for (backwards, masked) in [(false, false), (true, true)] {
        for dtype in [DType::Float32, DType::Float64] {
            let shapes: [&[usize]; 4] = [&[3, 4, 2], &[3, 5], &[2, 5], &[5, 5]];
            let mut inputs =
                shapes.iter().map(|s| random(dtype, s, 0.0)).collect::<Result<Vec<_>>>()?;
            inputs.push(mask.clone());
            check("rnn", &inputs, &|x| {
                let step = |input: &Tensor, states: &[Tensor]| {
                    let sum = K::add(&K::dot(input, &x[2])?, &K::dot(&states[0], &x[3])?)?;
                    let state = K::tanh(&sum)?;
                    Ok((state.clone(), vec![state]))
                };
                K::rnn(step, &x[0], &[x[1].clone()], |rnn| {
                    let rnn = rnn.go_backwards(backwards);
                    if masked { rnn.mask(x[4].clone()) } else { rnn }
                })
            })?;
        }
    }
    Ok(())
}

#[test]
fn candle_ctc_values_and_gradients() -> Result<()> {
    // Repeated labels; lengths of their own; an impossible alignment; nothing at all.
    let labels = host(DType::Int32, &[4, 3], &[0., 0., 2., 1., 1., 99., 0., 1., 2., 7., 7., 7.])?;
    let times = host(DType::Int32, &[4, 1], &[6.0, 5.0, 2.0, 0.0])?;
    let lengths = host(DType::Int32, &[4, 1], &[3.0, 2.0, 3.0, 0.0])?;
    for dtype in [DType::Float32, DType::Float64] {
        let probabilities = random(dtype, &[4, 6, 4], 1.1)?;
        check("ctc", &[labels.clone(), probabilities, times.clone(), lengths.clone()], &|x| {
            Ok(vec![K::ctc_batch_cost(&x[0], &x[1], &x[2], &x[3])?])
        })?;
    }
    Ok(())
}

#[test]
fn candle_other_dtypes() -> Result<()> {
    for dtype in [DType::Int8, DType::Int32, DType::Int64, DType::UInt8, DType::UInt16] {
        let a = host(dtype, &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 5.0])?;
        check(dtype.name(), &[a, host(dtype, &[3], &[1.0, 2.0, 2.0])?], &|x| {
            Ok(vec![
                K::subtract(&x[0], &x[1])?,
                K::maximum(&x[0], &x[1])?,
                K::pow(&x[0], 3.0)?,
                K::relu(&x[0]).max_value(4.0).tensor()?,
                K::sum(&x[0]).axis(0).tensor()?,
                K::prod(&x[1]).tensor()?,
                K::cumsum(&x[0]).axis(1).tensor()?,
                K::cumprod(&x[1]).tensor()?,
                K::square(&x[0])?,
                K::abs(&x[0])?,
                K::sign(&x[0])?,
                K::minimum(&x[0], &x[1])?,
                K::min(&x[0]).axis(1).tensor()?,
                K::argmin(&x[0]).tensor()?,
                K::all(&x[0]).axis(0).tensor()?,
                K::tile(&x[1], [2])?,
                K::reverse(&x[0], 1)?,
                K::mean(&x[0]).axis(0).tensor()?,
                K::var(&x[0]).axis(0).tensor()?,
                K::dot(&x[0], &x[1])?,
                K::equal(&x[0], &x[1])?,
            ])
        })?;
    }
    let half = [random(DType::Float16, &[3, 4], 0.2)?];
    check("float16", &half, &|x| {
        let x = K::stop_gradient(&x[0])?;
        Ok(vec![
            K::softmax(&x)?,
            K::relu(&x).alpha(0.1).tensor()?,
            K::elu(&x).alpha(0.1).tensor()?,
            K::prod(&x).axis(0).tensor()?,
            K::l2_normalize(&K::subtract(&x, &x)?, 1)?,
            K::dot(&x, &K::transpose(&x)?)?,
        ])
    })
}

#[test]
fn candle_refusals_are_typed() -> Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        let table = K::constant(random(DType::Float32, &[3, 2], 0.0)?);
        for index in [3.0, -1.0] {
            let rows = K::constant(host(DType::Int64, &[1], &[index])?);
            let refused = K::eval(&K::gather(&table, &rows)?).err();
            assert_eq!(refused.and_then(|error| error.label()), Some(Label::C(2)), "index {index}");
        }
        for class in [2.0, -1.0] {
            let classes = K::constant(host(DType::Int64, &[3], &[0.0, class, 1.0])?);
            let loss = K::sparse_categorical_crossentropy(&table, &classes).tensor()?;
            let refused = K::eval(&loss).err();
            assert_eq!(refused.and_then(|error| error.label()), Some(Label::C(3)), "class {class}");
        }
        let whole = |data: &[f64]| host(DType::Int32, &[1, data.len()], data).map(K::constant);
        let probabilities = K::constant(random(DType::Float32, &[1, 2, 3], 1.1)?);
        for (label, times, length, expected) in
            [(0.0, 3.0, 1.0, 5), (0.0, 2.0, 2.0, 6), (2.0, 2.0, 1.0, 7)]
        {
            let cost = K::ctc_batch_cost(
                &whole(&[label])?,
                &probabilities,
                &whole(&[times])?,
                &whole(&[length])?,
            )?;
            assert_eq!(
                K::eval(&cost).err().and_then(|error| error.label()),
                Some(Label::C(expected))
            );
        }
        let unheld = K::eval(&K::constant(host(DType::UInt64, &[1], &[1.0])?));
        assert!(unheld.is_err_and(|error| error.label().is_none()), "uint64 is no refusal");
        Ok(())
    })
}

#[test]
fn candle_gradients_by_intermediates_and_variables() -> Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        let x = K::placeholder(&[Some(2)]).tensor()?;
        let y = K::exp(&x)?;
        let loss = K::sum(&K::multiply(&y, &y)?).tensor()?;
        let other = K::sum(&y).tensor()?;
        let mut all = K::gradients(&loss, &[y.clone(), x.clone(), loss.clone()])?;
        all.extend(K::gradients(&other, &[y, x.clone()])?);
        let zeros = host(DType::Float32, &[2], &[0.0, 0.0])?;
        let found: Vec<Vec<f64>> =
            K::function(&[x], &all, &[])?.call(&[zeros])?.iter().map(HostTensor::to_f64s).collect();
        assert_eq!(
            found,
            [vec![2.0, 2.0], vec![2.0, 2.0], vec![1.0], vec![1.0, 1.0], vec![1.0, 1.0]]
        );
        // A step of descent, again and again: x ← x - 0.5·∂(x²)/∂(x) halves nothing, it is 0 at once.
        let weight = K::variable(&host(DType::Float32, &[1], &[3.0])?)?;
        let loss = K::sum(&K::multiply(&weight, &weight)?).tensor()?;
        let quarter = K::multiply(
            &K::gradients(&loss, std::slice::from_ref(&weight))?[0],
            &K::constant(HostTensor::scalar(0.25_f32)),
        )?;
        let train = K::function(&[], &[loss], &[K::update_sub(&weight, &quarter)?])?;
        for _ in 0..4 {
            train.call(&[])?;
        }
        assert_eq!(K::get_value(&weight)?.to_f64s(), [3.0 / 16.0]);
        Ok(())
    })
}

#[test]
fn candle_differentiates_long_chains() -> Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        let steps = 5000;
        let inputs = K::placeholder(&[Some(1), Some(steps), Some(1)]).tensor()?;
        let state = K::placeholder(&[Some(1), Some(1)]).tensor()?;
        let step = |input: &Tensor, states: &[Tensor]| {
            let mut sum = K::add(input, &states[0])?;
            for _ in 0..3 {
                sum = K::negative(&K::negative(&sum)?)?;
            }
            Ok((sum.clone(), vec![sum]))
        };
        let found = K::rnn(step, &inputs, std::slice::from_ref(&state), |rnn| rnn)?;
        let loss = K::sum(&found[0]).tensor()?;
        let by = K::gradients(&loss, &[inputs.clone(), state.clone()])?;
        let given = [
            host(DType::Float32, &[1, steps, 1], &vec![1.0; steps])?,
            host(DType::Float32, &[1, 1], &[0.0])?,
        ];
        let results = K::function(&[inputs, state], &[loss, by[0].clone()], &[])?.call(&given)?;
        assert_eq!(results[0].to_f64s(), [steps as f64]);
        assert_eq!(results[1].to_f64s(), vec![1.0; steps]);
        Ok(())
    })
}

#[test]
fn candle_says_what_it_cannot_hold() {
    use touchstone_reference::engine::{Engine, Support};
    let engine = touchstone_candle::engine();
    for &function in Function::ALL {
        assert!(
            matches!(engine.support(function, DType::UInt64), Support::Unsupported(_)),
            "{function}"
        );
    }
    assert_eq!(engine.support(Function::Exp, DType::Float32), Support::Native);
    let pinned = engine.version().replace("candle-core ", "candle-core = \"");
    assert!(include_str!("../Cargo.toml").contains(&pinned), "the version that the manifest pins");
    assert!(touchstone_candle::engine_on("cpu").is_ok());
    assert!(touchstone_candle::engine_on("tpu:0").is_err());
}
