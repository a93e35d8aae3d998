use candle_core::*;
use std::time::Instant;
use std::sync::Arc;
use touchstone_reference::backend::{self as K, HostTensor, Tensor as T};
#[test]
fn probe() -> Result<()> {
    let d = &Device::Cpu;
    let x = Tensor::zeros(vec![2usize; 9], DType::F32, d)?;
    println!("contig {:?}", std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| x.add(&x).is_ok())));
    let t = x.transpose(0, 8)?;
    println!("view {:?}", std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| t.add(&x).is_ok())));
    let v = Var::zeros(vec![1usize; 9], DType::F32, d)?;
    println!("grad {:?}", std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| v.broadcast_as(vec![2usize; 9]).unwrap().sum_all().unwrap().backward().is_ok())));
    let x = Tensor::new(&[2f32, f32::NAN, 1.], d)?;
    println!("min {} argmin {}", x.min(0)?.to_scalar::<f32>()?, x.argmin(0)?.to_scalar::<u32>()?);
    let (a, b) = (Tensor::new(&[1f32, f32::NAN], d)?, Tensor::new(&[f32::NAN, 1f32], d)?);
    println!("minimum {:?}", a.minimum(&b)?.to_vec1::<f32>()?);
    println!("flip of a view {:?}", Tensor::zeros((2, 3), DType::F32, d)?.t()?.flip(&[0]).map(|_| ()));
    println!("cumsum of ints {:?}", Tensor::new(&[1i64, 2], d)?.cumsum(0).map(|_| ()));
    println!("abs {:?}", std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| Tensor::new(&[i64::MIN], d).unwrap().abs().is_ok())));
    let v = Var::new(&[1f32, 5., 5.], d)?;
    println!("min ties {:?}", v.neg()?.min(0)?.backward()?.get(&v).unwrap().to_vec1::<f32>()?);
    let v = Var::new(&[f32::NAN], d)?;
    println!("abs grad NaN {:?}", v.abs()?.backward()?.get(&v).unwrap().to_vec1::<f32>()?);
    println!("elu grad huge {:?}", { let v = Var::new(&[1000f32,-1000.], d)?; v.elu(1.)?.sum_all()?.backward()?.get(&v).unwrap().to_vec1::<f32>()? });
    println!("sin {:?}", Tensor::new(&[1e20f32, 3e7], d)?.sin()?.to_vec1::<f32>()?);
    println!("{} {}", f64::from(1e20f32).sin(), 3e7f64.sin());
    Ok(())
}
#[test]
fn speed() -> touchstone_reference::Result<()> {
    K::with_engine(Arc::new(touchstone_candle::engine()), || {
        for shape in [[1usize << 20, 1], [1, 1 << 20], [1024, 1024]] {
            let data: Vec<f32> = (0..1 << 20).map(|i| 1.0 + (i % 7) as f32 * 1e-7).collect();
            let given = HostTensor::from_vec(&shape, data)?;
            let x = K::placeholder(&[Some(shape[0]), Some(shape[1])]).tensor()?;
            let cases: Vec<(&str, T)> = vec![
                ("add", K::add(&x, &x)?),
                ("sum", K::sum(&x).axis(1).tensor()?),
                ("prod1", K::prod(&x).axis(1).tensor()?),
                ("prod", K::prod(&x).tensor()?),
                ("cumsum1", K::cumsum(&x).axis(1).tensor()?),
                ("cumprod1", K::cumprod(&x).axis(1).tensor()?),
                ("cumsum0", K::cumsum(&x).tensor()?),
                ("max", K::max(&x).axis(1).tensor()?),
                ("lse", K::logsumexp(&x).axis(1).tensor()?),
                ("l2", K::l2_normalize(&x, 1)?),
                ("elu", K::elu(&x).tensor()?), ("sigmoid", K::sigmoid(&x)?),
                ("tile", K::tile(&x, [2, 2])?),
                ("reverse1", K::reverse(&x, 1)?),
                ("repeat", K::repeat(&x, 2)?),
            ];
            for (name, y) in cases {
                let loss = K::sum(&y).tensor()?;
                let f = K::function(&[x.clone()], &[loss.clone()], &[])?;
                let g = K::function(&[x.clone()], &K::gradients(&loss, &[x.clone()])?, &[])?;
                let t = |f: &K::Callable| { f.call(&[given.clone()]).unwrap(); let s = Instant::now(); for _ in 0..3 { f.call(&[given.clone()]).unwrap(); } s.elapsed().as_secs_f64() / 3e-3 };
                println!("{shape:?} {name}: {:.1} ms, with gradient {:.1} ms", t(&f), t(&g));
            }
        }
        Ok(())
    })
}
