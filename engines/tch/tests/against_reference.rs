//! The engine held against the reference: values and gradients of a few small cases a family,
//! chosen where libtorch's own kernels differ from what the functions mean. Every element has to
//! lie within its computed bound.

use std::sync::Arc;

use touchstone_reference::backend as K;
use touchstone_reference::backend::{
    Axes, BorderMode, DType, DimOrdering, Error, HostTensor, PoolMode, Result, Tensor,
};
use touchstone_reference::engine::Engine;
use touchstone_reference::{Function, Label, judging};

fn tch() -> Arc<dyn Engine> {
    Arc::new(touchstone_tch::engine())
}

fn f32s(shape: &[usize], data: &[f64]) -> HostTensor {
    HostTensor::from_f64s(DType::Float32, shape, data).expect("the test's own shape fits")
}

fn f64s(shape: &[usize], data: &[f64]) -> HostTensor {
    HostTensor::from_f64s(DType::Float64, shape, data).expect("the test's own shape fits")
}

fn ints(dtype: DType, shape: &[usize], data: &[i64]) -> HostTensor {
    HostTensor::from_i64s(dtype, shape, data).expect("the test's own shape fits")
}

/// Moderate numbers without a pattern, the same at every run.
fn numbers(count: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * 37 + 11) % 64) as f64 / 16.0 - 1.9).collect()
}

fn fed(inputs: &[HostTensor]) -> Result<Vec<Tensor>> {
    let dims = |host: &HostTensor| host.shape().iter().map(|&n| Some(n)).collect::<Vec<_>>();
    let made = |host: &HostTensor| {
        K::placeholder(&dims(host)).dtype(host.dtype()).sparse(host.is_sparse()).tensor()
    };
    inputs.iter().map(made).collect()
}

/// Results of the engine, and how they compare with the reference's: values, then the gradients
/// of a weighted sum of them by every input of floats.
fn check(
    inputs: &[HostTensor],
    build: impl Fn(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<HostTensor>> {
    let x = fed(inputs)?;
    let mut outputs = build(&x)?;
    let by: Vec<Tensor> =
        x.iter().filter(|t| t.spec().dtype.is_float() && !t.spec().sparse).cloned().collect();
    let mut loss: Option<Tensor> = None;
    for output in outputs.iter().filter(|t| t.spec().dtype.is_float()) {
        let shape = output.spec().shape().expect("the test's shapes are known");
        let weights: Vec<f64> = numbers(shape.iter().product()).iter().map(|x| x + 0.3).collect();
        let weights = HostTensor::from_f64s(output.spec().dtype, &shape, &weights)?;
        let part = K::sum(&K::multiply(output, &K::constant(weights))?).tensor()?;
        loss = Some(match loss {
            None => part,
            Some(others) => K::add(&others, &part)?,
        });
    }
    if let (Some(loss), false) = (&loss, by.is_empty()) {
        outputs.extend(K::gradients(loss, &by)?);
    }
    let function = K::with_engine(tch(), || K::function(&x, &outputs, &[]))?;
    let found = function.call(inputs)?;
    for (i, (expected, found)) in
        judging::bounds(function.program(), inputs)?.iter().zip(&found).enumerate()
    {
        assert_eq!(expected.spec, found.spec(), "result {i}");
        if let Some(wholes) = &expected.wholes {
            assert_eq!(*wholes, found.to_i64s(), "result {i}");
            continue;
        }
        let elements = expected.values.iter().zip(&expected.bounds).zip(found.to_f64s());
        for (at, ((&value, &bound), found)) in elements.enumerate() {
            let equal = value == found || (value.is_nan() && found.is_nan());
            assert!(
                equal || (value - found).abs() <= bound,
                "result {i}, element {at}: expected {value:e} ± {bound:e}, found {found:e}"
            );
        }
    }
    Ok(found)
}

fn single(found: Result<Tensor>) -> Result<Vec<Tensor>> {
    Ok(vec![found?])
}

/// The refusal's function and label; the same on the engine as in the reference.
fn refused(
    inputs: &[HostTensor],
    build: impl Fn(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Option<(Function, Label)> {
    let on = |engine: Arc<dyn Engine>| {
        let x = fed(inputs)?;
        let outputs = build(&x)?;
        K::with_engine(engine, || K::function(&x, &outputs, &[]))?.call(inputs)
    };
    let label = |found: Result<Vec<HostTensor>>| match found {
        Err(Error::Refused { function, label, .. }) => Some((function, label)),
        Ok(_) | Err(_) => None,
    };
    let found = label(on(tch()));
    assert_eq!(found, label(on(Arc::new(touchstone_reference::ReferenceEngine))));
    found
}

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

#[test]
fn elementwise_values_and_gradients() -> Result<()> {
    let x = [0.3, 1.7, -2.5, 40.0, 0.02];
    for make in [f32s, f64s] {
        check(&[make(&[5], &x)], |x| {
            Ok(vec![
                K::exp(&x[0])?,
                K::tanh(&x[0])?,
                K::sigmoid(&x[0])?,
                K::softplus(&x[0])?,
                K::clip(&x[0], -1.0, 1.5)?,
                K::relu(&x[0]).alpha(0.1).max_value(1.0).tensor()?,
                K::pow(&x[0], 3.0)?,
                K::round(&x[0])?,
            ])
        })?;
    }
    // float64 tells softplus(25) from 25.
    let found = check(&[f64s(&[1], &[25.0])], |x| single(K::softplus(&x[0])))?;
    assert!(found[0].to_f64s()[0] > 25.0);
    Ok(())
}

#[test]
fn elementwise_special_points() -> Result<()> {
    let special = f32s(&[6], &[0.0, -4.0, INF, -INF, NAN, 4.0]);
    let value = |build: fn(&Tensor) -> Result<Tensor>| -> Result<Vec<f64>> {
        let x = fed(std::slice::from_ref(&special))?;
        let y = build(&x[0])?;
        let function = K::with_engine(tch(), || K::function(&x, &[y], &[]))?;
        Ok(function.call(std::slice::from_ref(&special))?[0].to_f64s())
    };
    let shown = |x: Vec<f64>| format!("{x:?}");
    assert_eq!(shown(value(K::sqrt)?), "[0.0, 0.0, inf, 0.0, NaN, 2.0]");
    assert_eq!(shown(value(|x| K::pow(x, 0.5))?), "[0.0, NaN, inf, inf, NaN, 2.0]");
    assert_eq!(shown(value(|x| K::pow(x, 0.0))?), "[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]");
    assert_eq!(shown(value(|x| K::clip(x, 3.0, 2.0))?), "[3.0, 3.0, 3.0, 3.0, NaN, 3.0]");
    assert_eq!(shown(value(|x| K::relu(x).tensor())?), "[0.0, 0.0, inf, 0.0, NaN, 4.0]");
    assert_eq!(shown(value(|x| K::maximum(x, x))?), "[0.0, -4.0, inf, -inf, NaN, 4.0]");
    assert_eq!(shown(value(K::sign)?), "[0.0, -1.0, 1.0, -1.0, NaN, 1.0]");
    // The gradient of the root is 0 below 0, and finite at 0 also where the cotangent is 0.
    let x = fed(&[f32s(&[2], &[0.0, -1.0])])?;
    let root = K::multiply(&K::sqrt(&x[0])?, &K::constant(f32s(&[2], &[0.0, 1.0])))?;
    let slope = K::gradients(&K::sum(&root).tensor()?, &x)?;
    let function = K::with_engine(tch(), || K::function(&x, &slope, &[]))?;
    assert_eq!(function.call(&[f32s(&[2], &[0.0, -1.0])])?[0].to_f64s(), [0.0, 0.0]);
    // Integers: limits that the type cannot hold, exponents that it cannot hold.
    let whole = ints(DType::UInt8, &[3], &[0, 1, 250]);
    let found = check(&[whole], |x| single(K::clip(&x[0], -1.5, 1e9)))?;
    assert_eq!(found[0].to_i64s(), [0, 1, 250]);
    let found = check(&[ints(DType::Int8, &[3], &[0, 1, -1])], |x| single(K::pow(&x[0], 200.0)))?;
    assert_eq!(found[0].to_i64s(), [0, 1, 1]);
    Ok(())
}

#[test]
fn reductions_of_little_and_of_nothing() -> Result<()> {
    for make in [f32s, f64s] {
        check(&[make(&[2, 3, 4], &numbers(24))], |x| {
            Ok(vec![
                K::sum(&x[0]).axis([-1, 0]).keepdims(true).tensor()?,
                K::max(&x[0]).axis(1).tensor()?,
                K::mean(&x[0]).axis([0, 2]).tensor()?,
                K::std(&x[0]).axis(-2).tensor()?,
                K::std(&x[0]).tensor()?,
                K::argmax(&x[0]).axis(0).tensor()?,
                K::any(&x[0]).tensor()?,
            ])
        })?;
        check(&[make(&[2, 3], &numbers(6))], |x| {
            let none = || Axes::List(Vec::new());
            Ok(vec![
                K::sum(&x[0]).axis(none()).tensor()?,
                K::max(&x[0]).axis(none()).tensor()?,
                K::mean(&x[0]).axis(none()).tensor()?,
                K::std(&x[0]).axis(none()).tensor()?,
                K::any(&x[0]).axis(none()).tensor()?,
            ])
        })?;
        check(&[make(&[2, 0], &[])], |x| {
            Ok(vec![
                K::sum(&x[0]).axis(1).tensor()?,
                K::max(&x[0]).axis(1).tensor()?,
                K::mean(&x[0]).axis(1).tensor()?,
                K::std(&x[0]).axis(1).tensor()?,
                K::any(&x[0]).axis(1).tensor()?,
            ])
        })?;
    }
    let found = check(&[f32s(&[2, 4], &[1.0, 5.0, 5.0, 0.0, 1.0, NAN, 9.0, NAN])], |x| {
        single(K::argmax(&x[0]).tensor())
    })?;
    assert_eq!(found[0].to_i64s(), [1, 1]);
    Ok(())
}

#[test]
fn std_of_equal_elements_has_no_gradient() -> Result<()> {
    let found = check(&[f32s(&[7], &[0.1; 7])], |x| single(K::std(&x[0]).tensor()))?;
    assert_eq!(found[0].to_f64s(), [0.0]);
    assert_eq!(found[1].to_f64s(), [0.0; 7]);
    // Two passes: the deviation keeps digits that one pass loses beside a large mean.
    check(&[f64s(&[2], &[1000.1223, 1000.1905])], |x| single(K::std(&x[0]).tensor()))?;
    Ok(())
}

#[test]
fn products_with_zeros_have_exact_gradients() -> Result<()> {
    // No zero, one, two, and a product that underflows though what others leave does not.
    let lines = [2.0, -1.5, 0.7, 0.0, 3.0, 0.3, 0.0, -2.0, 0.0, 1e-30, 1e-20, 1e-10];
    for make in [f32s, f64s] {
        for axis in [0, 1] {
            check(&[make(&[4, 3], &lines)], |x| {
                Ok(vec![
                    K::prod(&x[0]).axis(axis).tensor()?,
                    K::cumprod(&x[0]).axis(axis).tensor()?,
                    K::cumsum(&x[0]).axis(axis).tensor()?,
                ])
            })?;
            check(&[make(&[4, 3], &lines)], |x| single(K::cumprod(&x[0]).axis(axis).tensor()))?;
            check(&[make(&[4, 3], &lines)], |x| single(K::prod(&x[0]).axis(axis).tensor()))?;
        }
        for (zeros, axes) in [(0, vec![0, 2]), (1, vec![-1, 0]), (2, vec![0, 1, 2]), (3, vec![1])] {
            let mut x: Vec<f64> = numbers(24).iter().map(|x| x + 0.01).collect();
            x[..zeros].fill(0.0);
            check(&[make(&[2, 3, 4], &x)], |x| {
                let axes = Axes::List(axes.clone());
                single(K::prod(&x[0]).axis(axes).keepdims(zeros == 1).tensor())
            })?;
        }
        for shape in [[2, 0], [0, 2]] {
            check(&[make(&shape, &[])], |x| {
                Ok(vec![
                    K::prod(&x[0]).axis(1).tensor()?,
                    K::cumprod(&x[0]).axis(1).tensor()?,
                    K::cumsum(&x[0]).axis(1).tensor()?,
                    K::prod(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
                ])
            })?;
        }
    }
    for dtype in [DType::Int8, DType::Int32, DType::UInt8] {
        check(&[ints(dtype, &[2, 2], &[2, 3, 4, 1])], |x| {
            Ok(vec![
                K::prod(&x[0]).tensor()?,
                K::cumprod(&x[0]).tensor()?,
                K::cumsum(&x[0]).axis(-1).tensor()?,
                K::square(&x[0])?,
                K::sign(&x[0])?,
            ])
        })?;
    }
    Ok(())
}

#[test]
fn logsumexp_of_huge_and_of_nothing() -> Result<()> {
    for make in [f32s, f64s] {
        let huge = [1e4, 1e4 + 0.5, -1e4, -1e4, -1e4 + 1.0, -INF, 0.3, 0.2, -0.1];
        for axes in [vec![1], vec![0], vec![0, 1]] {
            check(&[make(&[3, 3], &huge)], |x| {
                single(K::logsumexp(&x[0]).axis(Axes::List(axes.clone())).tensor())
            })?;
        }
        check(&[make(&[5], &huge[..5])], |x| {
            single(K::logsumexp(&x[0]).axis(Axes::List(Vec::new())).tensor())
        })?;
        let found = check(&[make(&[3, 2], &[-INF, -INF, INF, 0.0, NAN, INF])], |x| {
            let y = K::logsumexp(&x[0]).axis(1).keepdims(true).tensor()?;
            single(K::stop_gradient(&y))
        })?;
        assert_eq!(found[0].to_f64s()[..2], [-INF, INF]);
        let found = check(&[make(&[2, 0], &[])], |x| single(K::logsumexp(&x[0]).axis(1).tensor()))?;
        assert_eq!(found[0].to_f64s(), [-INF, -INF]);
    }
    Ok(())
}

#[test]
fn l2_normalize_beside_its_floor() -> Result<()> {
    for make in [f32s, f64s] {
        let lines = [3.0, 4.0, 0.0, 0.0, 1e-7, -2e-7, 1e-5, 2e-6, 1e10, -2e9];
        for axis in [-1, 0] {
            check(&[make(&[5, 2], &lines)], |x| single(K::l2_normalize(&x[0], axis)))?;
        }
        check(&[make(&[2, 2], &[NAN, 1.0, 0.0, 2.0])], |x| single(K::l2_normalize(&x[0], 1)))?;
        check(&[make(&[2, 0], &[])], |x| single(K::l2_normalize(&x[0], 1)))?;
    }
    Ok(())
}

#[test]
fn elu_and_softsign_far_from_zero() -> Result<()> {
    let x = [0.3, -0.7, 1e5, 90.0, -15.0, -100.0, -1e-9, 0.0, -INF, INF];
    for make in [f32s, f64s] {
        for alpha in [1.0, 0.1, 0.0, -2.0] {
            check(&[make(&[10], &x)], |x| single(K::elu(&x[0]).alpha(alpha).tensor()))?;
        }
        check(&[make(&[10], &x)], |x| single(K::softsign(&x[0])))?;
        check(&[make(&[8], &x[..8])], |x| {
            Ok(vec![K::square(&x[0])?, K::abs(&x[0])?, K::sin(&x[0])?, K::cos(&x[0])?])
        })?;
        check(&[make(&[10], &x)], |x| Ok(vec![K::sign(&x[0])?, K::abs(&x[0])?]))?;
    }
    Ok(())
}

#[test]
fn least_elements_and_their_places() -> Result<()> {
    let x = [5.0, 1.0, 1.0, 7.0, 0.0, NAN, -9.0, NAN, -INF, 2.0, INF, -INF];
    for make in [f32s, f64s] {
        let found = check(&[make(&[3, 4], &x)], |x| {
            Ok(vec![
                K::argmin(&x[0]).tensor()?,
                K::argmin(&x[0]).axis(0).tensor()?,
                K::all(&x[0]).axis(1).tensor()?,
                // NaN in the value: nothing is asked of the gradient.
                K::stop_gradient(&K::min(&x[0]).axis(1).tensor()?)?,
            ])
        })?;
        assert_eq!(found[0].to_i64s(), [1, 1, 0]);
        check(&[make(&[2, 3, 4], &numbers(24))], |x| {
            Ok(vec![
                K::min(&x[0]).axis([0, 2]).keepdims(true).tensor()?,
                K::var(&x[0]).axis([0, 2]).tensor()?,
                K::var(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
                K::min(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
                K::all(&x[0]).axis(Axes::List(Vec::new())).tensor()?,
            ])
        })?;
        check(&[make(&[2, 0], &[])], |x| {
            Ok(vec![
                K::min(&x[0]).axis(1).tensor()?,
                K::var(&x[0]).axis(1).tensor()?,
                K::all(&x[0]).axis(1).tensor()?,
                K::argmin(&x[0]).axis(0).tensor()?,
            ])
        })?;
        let pair = [make(&[4], &[1.0, 2.0, NAN, 3.0]), make(&[2, 1], &[2.0, NAN])];
        check(&pair, |x| {
            Ok(vec![
                K::minimum(&x[0], &x[1])?,
                K::not_equal(&x[0], &x[1])?,
                K::greater_equal(&x[0], &x[1])?,
                K::lesser(&x[0], &x[1])?,
                K::lesser_equal(&x[0], &x[1])?,
            ])
        })?;
        check(&[make(&[3], &[0.1; 3])], |x| single(K::var(&x[0]).tensor()))?;
    }
    let bools = ints(DType::Bool, &[2, 2], &[1, 1, 0, 1]);
    let found = check(&[bools], |x| {
        Ok(vec![
            K::argmin(&x[0]).tensor()?,
            K::all(&x[0]).axis(1).tensor()?,
            K::var(&x[0]).tensor()?,
        ])
    })?;
    assert_eq!(found[0].to_i64s(), [0, 0]);
    Ok(())
}

#[test]
fn enlarged_and_padded_images() -> Result<()> {
    for (images, volumes) in [([2, 3, 2, 1], [1, 2, 3, 2, 1]), ([1, 0, 2, 2], [2, 1, 0, 2, 2])] {
        let made = |shape: &[usize]| f64s(shape, &numbers(shape.iter().product()));
        for ordering in [DimOrdering::Tf, DimOrdering::Th] {
            check(&[made(&images), made(&volumes)], |x| {
                Ok(vec![
                    K::resize_images(&x[0], 2, 3).dim_ordering(ordering).tensor()?,
                    K::resize_volumes(&x[1], 2, 1, 3).dim_ordering(ordering).tensor()?,
                    K::spatial_2d_padding(&x[0]).padding([0, 2]).dim_ordering(ordering).tensor()?,
                    K::spatial_3d_padding(&x[1])
                        .padding([2, 0, 1])
                        .dim_ordering(ordering)
                        .tensor()?,
                    K::asymmetric_spatial_2d_padding(&x[0])
                        .top_pad(1)
                        .bottom_pad(2)
                        .left_pad(3)
                        .right_pad(0)
                        .dim_ordering(ordering)
                        .tensor()?,
                ])
            })?;
        }
    }
    for shape in [[2, 3, 2], [2, 0, 2], [0, 1, 2]] {
        check(&[f32s(&shape, &numbers(shape.iter().product()))], |x| {
            let rows = K::batch_flatten(&x[0])?;
            Ok(vec![
                K::asymmetric_temporal_padding(&x[0]).left_pad(0).right_pad(2).tensor()?,
                K::reverse(&x[0], [-1, 0])?,
                K::reverse(&x[0], Axes::List(Vec::new()))?,
                K::tile(&x[0], [2, 1, 3])?,
                K::tile(&x[0], [2, 0, 3])?,
                K::flatten(&x[0])?,
                K::pack(&[x[0].clone(), x[0].clone()])?,
                K::repeat(&rows, 3)?,
                K::repeat(&rows, 0)?,
                rows,
            ])
        })?;
    }
    Ok(())
}

#[test]
fn products_of_any_ranks() -> Result<()> {
    for make in [f32s, f64s] {
        check(&[make(&[2, 3, 4], &numbers(24)), make(&[5, 4, 6], &numbers(120))], |x| {
            single(K::dot(&x[0], &x[1]))
        })?;
        check(&[make(&[3], &numbers(3)), make(&[3], &numbers(3))], |x| {
            single(K::dot(&x[0], &x[1]))
        })?;
        check(&[make(&[2, 0], &[]), make(&[0, 3], &[])], |x| single(K::dot(&x[0], &x[1])))?;
        check(&[make(&[2, 3, 4], &numbers(24)), make(&[2, 5, 3, 2], &numbers(60))], |x| {
            single(K::batch_dot(&x[0], &x[1]).axes([1, 2]).tensor())
        })?;
    }
    let large = 3_000_000_001;
    let found = check(
        &[ints(DType::Int64, &[1, 2], &[large, 1]), ints(DType::Int64, &[2], &[large, 1])],
        |x| single(K::dot(&x[0], &x[1])),
    )?;
    assert_eq!(found[0].to_i64s(), [large * large + 1]);
    let sparse = f32s(&[2, 2], &[0.0, 2.0, 0.0, 0.0]).with_sparse(true);
    let found = check(&[sparse, f32s(&[2, 1], &[3.0, 5.0])], |x| single(K::dot(&x[0], &x[1])))?;
    assert_eq!(found[0].to_f64s(), [10.0, 0.0]);
    Ok(())
}

#[test]
fn moved_elements_keep_their_bits() -> Result<()> {
    let x = f32s(&[2, 1, 2], &[-0.0, 1.0, NAN, -0.0]);
    let found = check(&[x], |x| {
        Ok(vec![
            K::concatenate(&[x[0].clone(), x[0].clone()]).axis(1).tensor()?,
            K::repeat_elements(&x[0], 2, -1)?,
            K::temporal_padding(&x[0]).padding(1).tensor()?,
            K::transpose(&x[0])?,
            K::squeeze(&x[0], 1)?,
            K::expand_dims(&x[0]).tensor()?,
            K::reshape(&x[0], vec![-1])?,
            K::permute_dimensions(&x[0], vec![2, 0, 1])?,
        ])
    })?;
    let bits = |host: &HostTensor| -> Vec<bool> {
        host.to_f64s().iter().map(|x| *x == 0.0 && x.is_sign_negative()).collect()
    };
    assert_eq!(bits(&found[6]), [true, false, false, true]);
    let rows = check(&[f32s(&[2, 2], &numbers(4)), ints(DType::Int32, &[3], &[1, 1, 0])], |x| {
        Ok(vec![K::gather(&x[0], &x[1])?, K::one_hot(&x[1], 1)?])
    })?;
    assert_eq!(rows[1].to_f64s(), [0.0, 0.0, 1.0]);
    Ok(())
}

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
fn normalisation_beside_a_large_mean() -> Result<()> {
    for make in [f32s, f64s] {
        let near: Vec<f64> = numbers(12).iter().map(|x| 1000.0 + x).collect();
        let operands = [
            make(&[4, 3], &near),
            make(&[3], &[1000.0, 999.0, 1000.5]),
            make(&[3], &[1.0, 2.0, 0.5]),
            make(&[3], &[0.5, -0.5, 0.0]),
            make(&[3], &[1.5, 1.0, 2.0]),
        ];
        check(&operands, |x| {
            let given = (Some(&x[3]), Some(&x[4]));
            single(K::batch_normalization(&x[0], &x[1], &x[2], given.0, given.1).tensor())
        })?;
        check(&[make(&[4, 3], &near), make(&[3], &[1.5, 1.0, 2.0])], |x| {
            K::normalize_batch_in_training(&x[0], Some(&x[1]), None, vec![0]).tensors()
        })?;
    }
    // Equal elements and no epsilon: 0/0, not a rounding error over itself.
    let x = fed(&[f32s(&[3], &[0.1; 3])])?;
    let y = K::normalize_batch_in_training(&x[0], None, None, vec![0]).epsilon(0.0).tensors()?;
    let function = K::with_engine(tch(), || K::function(&x, &y[..1], &[]))?;
    let found = function.call(&[f32s(&[3], &[0.1; 3])])?[0].to_f64s();
    assert!(found.iter().all(|x| x.is_nan()), "{found:?}");
    Ok(())
}

#[test]
fn losses_at_their_edges() -> Result<()> {
    for make in [f32s, f64s] {
        let edges = [make(&[4], &[0.0, 1.0, 0.5, 0.9]), make(&[4], &[0.0, 0.0, 1.0, 0.3])];
        check(&edges, |x| single(K::binary_crossentropy(&x[0], &x[1]).tensor()))?;
        let logits = [make(&[4], &[0.0, -40.0, 40.0, 1.5]), make(&[4], &[0.3, 0.0, 1.0, 0.5])];
        check(&logits, |x| {
            single(K::binary_crossentropy(&x[0], &x[1]).from_logits(true).tensor())
        })?;
        let rows = [make(&[2, 3], &[0.2, 0.3, 0.9, 0.0, 0.5, 0.5]), make(&[2, 3], &numbers(6))];
        for from_logits in [false, true] {
            check(&rows, |x| {
                let loss = K::categorical_crossentropy(&x[0], &x[1]);
                single(loss.from_logits(from_logits).tensor())
            })?;
            for shape in [vec![2], vec![2, 1]] {
                let classes = ints(DType::Int32, &shape, &[0, 2]);
                check(&[rows[0].clone(), classes], |x| {
                    let loss = K::sparse_categorical_crossentropy(&x[0], &x[1]);
                    single(loss.from_logits(from_logits).tensor())
                })?;
            }
            check(&[make(&[0, 3], &[]), ints(DType::Int32, &[0], &[])], |x| {
                let loss = K::sparse_categorical_crossentropy(&x[0], &x[1]);
                single(loss.from_logits(from_logits).tensor())
            })?;
        }
    }
    Ok(())
}

#[test]
fn places_of_targets_among_predictions() -> Result<()> {
    let rows =
        [[0.1, 0.7, 0.2], [0.3, 0.3, 0.4], [0.1, 0.2, 0.7], [0.1, INF, 0.2], [NAN, 0.9, 0.1]];
    for targets in [[2, 0, 3, 1, 1], [0, 1, -1, 0, 2]] {
        for k in [0, 1, 2, 5] {
            let given = [f32s(&[5, 3], rows.as_flattened()), ints(DType::Int32, &[5], &targets)];
            check(&given, |x| single(K::in_top_k(&x[0], &x[1], k)))?;
        }
    }
    check(&[f32s(&[2, 0], &[]), ints(DType::Int64, &[2], &[0, 1])], |x| {
        single(K::in_top_k(&x[0], &x[1], 1))
    })?;
    Ok(())
}

#[test]
fn what_is_not_taken_has_no_gradient() -> Result<()> {
    let inputs = [ints(DType::UInt8, &[], &[0]), f32s(&[2], &[0.0, 1.0])];
    let found = check(&inputs, |x| {
        let log = K::log(&K::negative(&x[1])?)?;
        single(K::switch(&x[0], &log, &x[1]))
    })?;
    assert!(found[1].to_f64s().iter().all(|x| x.is_finite()));
    let inputs =
        [ints(DType::Bool, &[2], &[1, 0]), f32s(&[2], &[1.0, NAN]), f32s(&[2], &[NAN, 2.0])];
    check(&inputs, |x| single(K::switch(&x[0], &x[1], &x[2])))?;
    let found = check(&[f32s(&[4], &numbers(4))], |x| {
        Ok(vec![
            K::dropout(&x[0], 0.5).seed(Some(7)).tensor()?,
            K::dropout(&x[0], 0.0).tensor()?,
            K::multiply(&K::stop_gradient(&x[0])?, &x[0])?,
        ])
    })?;
    assert_eq!(found[1].to_f64s(), f32s(&[4], &numbers(4)).to_f64s());
    Ok(())
}

/// A step with two states of different widths and a weight from its surroundings.
fn step(weight: &Tensor) -> impl FnOnce(&Tensor, &[Tensor]) -> Result<(Tensor, Vec<Tensor>)> {
    let weight = weight.clone();
    move |x, states| {
        let sum = K::add(&K::dot(x, &weight)?, &states[0])?;
        let new = K::tanh(&sum)?;
        let count = K::add(&states[1], &K::sum(&new).axis(-1).keepdims(true).tensor()?)?;
        Ok((K::multiply(&new, &count)?, vec![new, count]))
    }
}

#[test]
fn rnn_masks_and_directions() -> Result<()> {
    for make in [f32s, f64s] {
        let inputs = [
            make(&[2, 4, 3], &numbers(24)),
            make(&[3, 2], &numbers(6)),
            make(&[2, 2], &numbers(4)),
            make(&[2, 1], &[0.5, -0.5]),
            ints(DType::UInt8, &[2, 4], &[0, 1, 0, 1, 1, 1, 0, 0]),
        ];
        for go_backwards in [false, true] {
            for masked in [false, true] {
                check(&inputs, |x| {
                    K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| {
                        let rnn = rnn.go_backwards(go_backwards);
                        if masked { rnn.mask(x[4].clone()) } else { rnn }
                    })
                })?;
            }
        }
    }
    Ok(())
}

#[test]
fn rnn_keeps_what_is_masked_out_of_the_gradient() -> Result<()> {
    let mut padded = numbers(12);
    padded[9..].fill(NAN);
    let inputs = [
        f32s(&[1, 4, 3], &padded),
        f32s(&[3, 2], &numbers(6)),
        f32s(&[1, 2], &[0.1, 0.2]),
        f32s(&[1, 1], &[0.5]),
        ints(DType::Bool, &[1, 4, 1], &[1, 1, 1, 0]),
    ];
    let found =
        check(&inputs, |x| K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| rnn.mask(x[4].clone())))?;
    assert!(found.iter().all(|t| t.to_f64s().iter().all(|x| x.is_finite())));
    Ok(())
}

#[test]
fn rnn_over_no_time_and_no_samples() -> Result<()> {
    for (samples, time) in [(2, 0), (0, 3)] {
        let zeros = |shape: &[usize]| f32s(shape, &vec![0.0; shape.iter().product()]);
        let inputs = [
            zeros(&[samples, time, 3]),
            f32s(&[3, 2], &numbers(6)),
            zeros(&[samples, 2]),
            zeros(&[samples, 1]),
            zeros(&[samples, time]),
        ];
        check(&inputs, |x| K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| rnn.mask(x[4].clone())))?;
    }
    Ok(())
}

#[test]
fn ctc_with_lengths_of_every_kind() -> Result<()> {
    for make in [f32s, f64s] {
        // Repeated labels, no label, an impossible alignment, unused times with NaN, no time.
        let mut p: Vec<f64> = numbers(5 * 4 * 3).iter().map(|x| x.abs() + 0.01).collect();
        p[3 * 12 + 9..4 * 12].fill(NAN);
        let inputs = [
            ints(DType::Int32, &[5, 2], &[0, 0, 7, 9, 1, 1, 0, 1, -1, -1]),
            make(&[5, 4, 3], &p),
            ints(DType::Int64, &[5, 1], &[4, 4, 2, 3, 0]),
            ints(DType::Int64, &[5], &[2, 0, 2, 2, 0]),
        ];
        let found = check(&inputs, |x| single(K::ctc_batch_cost(&x[0], &x[1], &x[2], &x[3])))?;
        let costs = found[0].to_f64s();
        assert!(costs[2] == INF && costs[4] == 0.0, "{costs:?}");
        assert!(found[1].to_f64s().iter().all(|x| x.is_finite()));
    }
    Ok(())
}

#[test]
fn gradients_by_results_that_share_a_tensor() -> Result<()> {
    // y is x itself in libtorch's eyes, but the derivative by y is 1 and by x is 3.
    let x = fed(&[f32s(&[], &[2.0])])?;
    let y = K::reshape(&x[0], Vec::<i64>::new())?;
    let loss = K::add(&y, &K::add(&x[0], &x[0])?)?;
    let mut slopes = K::gradients(&loss, &[x[0].clone(), y, loss.clone()])?;
    slopes.extend(K::gradients(&K::stop_gradient(&loss)?, &x)?);
    let function = K::with_engine(tch(), || K::function(&x, &slopes, &[]))?;
    let found = function.call(&[f32s(&[], &[2.0])])?;
    let found: Vec<f64> = found.iter().flat_map(HostTensor::to_f64s).collect();
    assert_eq!(found, [3.0, 1.0, 1.0, 0.0]);
    Ok(())
}

#[test]
fn variables_are_trained() -> Result<()> {
    K::with_engine(tch(), || {
        let weight = K::variable(&f64s(&[2], &[1.0, -2.0]))?;
        let loss = K::sum(&K::multiply(&weight, &weight)?).tensor()?;
        let slope = K::gradients(&loss, std::slice::from_ref(&weight))?;
        let step = (&slope[0] * 0.25)?;
        let update = K::update_sub(&weight, &step)?;
        let train = K::function(&[], &[loss], &[update])?;
        let losses: Vec<f64> =
            (0..3).map(|_| Ok(train.call(&[])?[0].to_f64s()[0])).collect::<Result<_>>()?;
        assert_eq!(losses, [5.0, 1.25, 0.3125]);
        assert_eq!(K::get_value(&weight)?.to_f64s(), [0.125, -0.25]);
        Ok(())
    })
}

#[test]
fn float16_is_carried() -> Result<()> {
    let halves = |shape: &[usize], data: &[f64]| HostTensor::from_f64s(DType::Float16, shape, data);
    let inputs = [
        halves(&[2, 3, 3], &numbers(18))?,
        halves(&[3, 2], &numbers(6))?,
        halves(&[2, 2], &numbers(4))?,
        halves(&[2, 1], &[0.5, -0.5])?,
        ints(DType::Bool, &[2, 3], &[1, 1, 0, 0, 1, 1]),
    ];
    let x = fed(&inputs)?;
    let mut y = vec![K::exp(&x[0])?, K::mean(&x[0]).tensor()?];
    y.extend(K::rnn(step(&x[1]), &x[0], &x[2..4], |rnn| rnn.mask(x[4].clone()))?);
    let function = K::with_engine(tch(), || K::function(&x, &y, &[]))?;
    for (expected, found) in
        judging::bounds(function.program(), &inputs)?.iter().zip(function.call(&inputs)?)
    {
        assert_eq!(expected.spec, found.spec());
        for (i, found) in found.to_f64s().into_iter().enumerate() {
            assert!((expected.values[i] - found).abs() <= expected.bounds[i]);
        }
    }
    Ok(())
}

#[test]
fn bad_values_are_refused() {
    let rows = f32s(&[2, 1], &[1.0, 2.0]);
    for index in [-1, 2] {
        let label = refused(&[rows.clone(), ints(DType::Int64, &[1], &[index])], |x| {
            single(K::gather(&x[0], &x[1]))
        });
        assert_eq!(label, Some((Function::Gather, Label::C(2))));
        let label = refused(&[rows.clone(), ints(DType::Int64, &[2], &[0, index])], |x| {
            single(K::sparse_categorical_crossentropy(&x[0], &x[1]).tensor())
        });
        assert_eq!(label, Some((Function::SparseCategoricalCrossentropy, Label::C(3))));
    }
    for (labels, inputs, lengths, label) in
        [([2, 0], 2, 1, 7), ([-1, 0], 2, 1, 7), ([0, 0], 3, 1, 5), ([0, 0], 2, 3, 6)]
    {
        let given = [
            ints(DType::Int64, &[1, 2], &labels),
            f32s(&[1, 2, 3], &[0.2; 6]),
            ints(DType::Int64, &[1], &[inputs]),
            ints(DType::Int64, &[1], &[lengths]),
        ];
        let found = refused(&given, |x| single(K::ctc_batch_cost(&x[0], &x[1], &x[2], &x[3])));
        assert_eq!(found, Some((Function::CtcBatchCost, Label::C(label))));
    }
}

#[test]
fn what_is_not_carried_is_an_error() {
    let found = tch().store(&ints(DType::UInt16, &[1], &[1]));
    assert!(matches!(found, Err(Error::Engine { .. })));
    for device in ["", "gpu", "cuda:", "cuda:x", "cuda:7"] {
        assert!(matches!(touchstone_tch::engine_on(device), Err(Error::Engine { .. })), "{device}");
    }
    assert!(touchstone_tch::engine_on("cpu").is_ok());
}
