//! scratch
mod common;
use common::{on_candle,check_both};
use touchstone_reference::backend as K;
use touchstone_reference::{Result};
#[test]
fn exhaustive() -> Result<()> {
    for (name, f, g) in [
        ("expm1", K::expm1 as fn(&K::Tensor) -> Result<K::Tensor>, f64::exp_m1 as fn(f64) -> f64),
        ("log1p", K::log1p, f64::ln_1p),
    ] {
        let x = K::placeholder(&[None]).tensor()?;
        let y = f(&x)?;
        let fun = on_candle(|| K::function(&[x], &[y], &[]))?;
        let mut worst = (0.0_f64, 0.0_f32);
        for sign in [0u32, 1 << 31] {
            let mut bits = 0u32;
            while bits < 0x7f80_0000 {
                let data: Vec<f32> = (0..1_000_000u32).map(|i| (bits + i * 7).min(0x7f7f_ffff) | sign).map(f32::from_bits).collect();
                bits += 7_000_000;
                let host = K::HostTensor::from_vec(&[data.len()], data.clone())?;
                let found = fun.call(&[host])?.remove(0).to_f64s();
                for (&x, &y) in data.iter().zip(&found) {
                    let exact = g(f64::from(x));
                    if exact.is_nan() || !(exact as f32).is_finite() { assert!(y.is_nan() == exact.is_nan() && (y.is_nan() || y == f64::from(exact as f32)), "{x} {y} {exact}"); continue; }
                    let ulp = f64::powi(2.0, (exact.abs().log2().floor() as i32).max(-126) - 23);
                    let e = (y - exact).abs() / ulp;
                    if e > worst.0 { worst = (e, x); }
                }
            }
        }
        println!("{name} worst {worst:?} ulp");
    }
    Ok(())
}
macro_rules! high { ($($n:ident: $e:expr;)*) => {$(
#[test] fn $n() -> Result<()> { let f: fn(&K::Tensor) -> Result<K::Tensor> = $e; check_both("rank 10", &[&[2,1,1,2,1,1,1,1,1,2]], 1.0, &|x| Ok(vec![f(&x[0])?])) })*}}
high! { h_expm1: K::expm1; h_log1p: K::log1p; h_clip: |x| K::clip(x,0.0,0.5); h_relu: |x| K::relu(x).tensor(); h_zeros: |x| K::zeros_like(x).tensor();
 h_map: |x| K::map_fn(K::exp, x); h_exp: K::exp; h_stack: |x| K::stack(&[x.clone(), x.clone()]).axis(3).tensor(); h_dropout: |x| K::dropout(x, 0.5).seed(Some(3)).tensor(); h_add: |x| K::add(x,x);
 h_bias: |x| K::bias_add(x, &K::constant(K::HostTensor::from_vec(&[2], vec![1.0_f32,2.0])?)).tensor(); h_rand: |_| K::random_uniform(vec![1,1,1,1,1,2,1,1,1,1,2]).seed(Some(1)).tensor(); }
