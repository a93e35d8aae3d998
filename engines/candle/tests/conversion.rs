//! cast, identity, to_dense, print_tensor, shape.

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use touchstone_reference::backend::{self as K, HostTensor};
use touchstone_reference::{DType, Error, Result};

use common::{check, host, on_candle, random};

const HELD: [DType; 11] = [
    DType::Float16,
    DType::Float32,
    DType::Float64,
    DType::Int8,
    DType::Int16,
    DType::Int32,
    DType::Int64,
    DType::UInt8,
    DType::UInt16,
    DType::UInt32,
    DType::Bool,
];

#[test]
fn candle_casts_between_all_dtypes() -> Result<()> {
    for from in HELD {
        let signed = from.range().is_none_or(|(least, _)| least < 0);
        let data = [0.0, 1.75, if signed { -1.75 } else { 2.0 }, 100.0, 0.25, 3.5];
        for to in HELD {
            let fits = to.range().is_none_or(|(least, _)| least < 0);
            let data = data.map(|x: f64| if fits { x } else { x.abs() });
            check(&format!("{from} to {to}"), &[host(from, &[2, 3], &data)?], &|x| {
                Ok(vec![K::cast(&x[0], to)?, K::cast(&K::reshape(&x[0], vec![3, 2])?, to)?])
            })?;
            check(&format!("nothing, {from} to {to}"), &[host(from, &[0, 3], &[])?], &|x| {
                Ok(vec![K::cast(&x[0], to)?])
            })?;
        }
    }
    Ok(())
}

#[test]
fn candle_casts_to_the_nearest() -> Result<()> {
    // Just above halfway between two numbers of float16.
    let above = 1.0 + f64::powi(2.0, -11) + f64::powi(2.0, -22);
    let x = K::constant(host(DType::Float64, &[1], &[above])?);
    let found = on_candle(|| K::eval(&K::cast(&x, DType::Float16)?))?;
    assert_eq!(found.to_f64s(), [1.0 + f64::powi(2.0, -10)]);
    let nan = K::constant(host(DType::Float32, &[2], &[f64::NAN, -0.0])?);
    let found = on_candle(|| K::eval(&K::cast(&nan, DType::Bool)?))?;
    assert_eq!(found.to_f64s(), [1.0, 0.0]);
    let large = K::constant(HostTensor::from_vec(&[1], vec![u32::MAX])?);
    let found = on_candle(|| K::eval(&K::cast(&large, DType::Int64)?))?;
    assert_eq!(found.to_i64s(), [i64::from(u32::MAX)]);
    Ok(())
}

#[test]
fn candle_says_which_dtype_it_has_not() -> Result<()> {
    let x = K::constant(random(DType::Float32, &[2], 0.0)?);
    let unheld = host(DType::UInt64, &[1], &[1.0])?;
    let refused = on_candle(|| {
        Ok([
            K::eval(&K::cast(&x, DType::UInt64)?).err(),
            K::eval(&K::zeros_like(&x).dtype(DType::UInt64).tensor()?).err(),
            K::eval(&K::arange(3).dtype(DType::UInt64).tensor()?).err(),
            K::eval(&K::constant(unheld.clone())).err(),
            K::variable(&unheld).err(),
        ])
    })?;
    for error in refused {
        assert!(
            matches!(&error, Some(Error::Unsupported { reason, .. }) if reason.contains("uint64")),
            "{error:?}"
        );
    }
    Ok(())
}

#[test]
fn candle_passes_tensors_on() -> Result<()> {
    for shape in [&[][..], &[2, 3], &[0, 2]] {
        for dtype in HELD {
            check(&format!("{dtype}{shape:?}"), &[random(dtype, shape, 1.0)?], &|x| {
                Ok(vec![K::identity(&x[0])?, K::to_dense(&x[0])?, K::shape(&x[0])?])
            })?;
        }
    }
    let sparse = random(DType::Float32, &[2, 2], 0.0)?.with_sparse(true);
    check("sparse", &[sparse], &|x| Ok(vec![K::shape(&x[0])?, K::to_dense(&K::identity(&x[0])?)?]))
}

#[test]
fn candle_prints_what_passes() -> Result<()> {
    let printed = Rc::new(RefCell::new(Vec::new()));
    let lines = printed.clone();
    let quarter = K::constant(host(DType::Float16, &[1], &[0.25])?);
    let nothing = K::constant(host(DType::Int8, &[0], &[])?);
    K::with_printer(
        move |line| lines.borrow_mut().push(line.to_owned()),
        || {
            on_candle(|| {
                let printed = K::print_tensor(&quarter).message("x = ").tensor()?;
                let loss = K::sum(&printed).tensor()?;
                let slope = K::gradients(&loss, std::slice::from_ref(&quarter))?;
                assert_eq!(K::eval(&slope[0])?.to_f64s(), [1.0]);
                K::eval(&K::print_tensor(&nothing).tensor()?)
            })
        },
    )?;
    assert_eq!(*printed.borrow(), ["x = [0.25]", "[]"]);
    // Of a long one the host gets a part, which reads as the whole.
    for shape in [&[2000][..], &[9, 7, 30], &[2, 8, 3, 100]] {
        let x = random(DType::Float16, shape, 0.5)?;
        let (lines, long) = (printed.clone(), K::constant(x.clone()));
        let print = || on_candle(|| K::eval(&K::print_tensor(&long).tensor()?));
        assert_eq!(
            K::with_printer(move |line| lines.borrow_mut().push(line.to_owned()), print)?,
            x
        );
        assert_eq!(printed.borrow().last(), Some(&x.to_string()));
    }
    Ok(())
}
