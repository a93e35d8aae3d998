//! probe
#[path = "../examples/common/mod.rs"]
mod common;
#[path = "../examples/classifier/model.rs"]
mod classifier;
#[path = "../examples/lstm/model.rs"]
mod lstm;
#[path = "../examples/strips/model.rs"]
mod strips;

use std::sync::Arc;
use touchstone::backend as K;
use touchstone::registry::{self, Device};
use touchstone_reference::engine::Engine;
use common::example::Example;
use std::time::Instant;

fn trajectory<E: Example>(engine: &Arc<dyn Engine>, floatx: &str, nudge: f64, seed: i64, steps: usize, digits: usize) -> Vec<f64> {
    K::with_engine(engine.clone(), || {
        K::set_floatx(floatx).unwrap();
        let (all, _) = common::digits::read().unwrap();
        let mut g = K::Generator::new(Some(1));
        let samples = E::samples(&all[..digits], &mut g);
        let e = E::build(0.0).unwrap();
        let mut g = K::Generator::new(Some(seed));
        for w in e.weights() {
            let v = K::get_value(w).unwrap();
            let n: Vec<f64> = v.to_f64s().iter().map(|x| x * (1.0 + nudge * if g.uniform() < 0.5 { -1.0 } else { 1.0 })).collect();
            K::set_value(w, &K::HostTensor::from_f64s(v.dtype(), v.shape(), &n).unwrap()).unwrap();
        }
        (0..steps).map(|_| e.train(&samples).unwrap()).collect()
    })
}

fn probe<E: Example>(steps: usize, digits: usize) {
    let engines: Vec<_> = registry::engines().iter().map(|r| (r.start)(&Device::Cpu).unwrap()).collect();
    let t = Instant::now();
    let exact = trajectory::<E>(&engines[0], "float64", 0.0, 0, steps, digits);
    println!("{} took {:?}\n{exact:.4?}", E::TITLE, t.elapsed());
    let show = |name: &str, l: Vec<f64>, unit: f64| {
        let d: Vec<String> = l.iter().zip(&exact).map(|(a, b)| format!("{:.1e}", (a - b).abs() / unit)).collect();
        println!("{name}: {}", d.join(" "));
    };
    for (n, s) in [(1e-4, 1), (1e-6, 1), (1e-6, 2), (1e-6, 3), (1e-8, 1), (1e-10, 1)] {
        show(&format!("nudge {n}"), trajectory::<E>(&engines[0], "float64", n, s, steps, digits), n);
    }
    for e in &engines {
        for (f, u) in [("float32", f64::from(f32::EPSILON) / 2.0), ("float64", f64::EPSILON / 2.0)] {
            show(&format!("{} {f}", e.name()), trajectory::<E>(e, f, 0.0, 0, steps, digits), u);
        }
    }
}
#[test]
fn c() { probe::<classifier::Classifier>(20, 16) }
#[test]
fn l() { probe::<lstm::Lstm>(15, 8) }
#[test]
fn s() { probe::<strips::Strips>(15, 6) }
