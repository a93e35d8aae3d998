//! A simple recurrent layer.

use candle_core::Tensor;
use touchstone_reference::backend as K;

use crate::notes::PRODUCT;
use crate::workload::{FLOATS, Values, Workload};

/// Weights that neither saturate the layer nor make it forget.
const WEIGHTS: Values = Values::Between(-0.1, 0.1);

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Rnn {
        let x: FLOATS, [2, 5, 4], [64, 32, 128];
        let state: FLOATS, [2, 4], [64, 128];
        let w: WEIGHTS, [4, 4], [128, 128];
        let u: WEIGHTS, [4, 4], [128, 128];
        touchstone: {
            let step = |x: &K::Tensor, states: &[K::Tensor]| {
                let h = K::tanh(&K::add(&K::dot(x, w)?, &K::dot(&states[0], u)?)?)?;
                Ok((h.clone(), vec![h]))
            };
            K::rnn(step, x, std::slice::from_ref(state), |rnn| rnn).map(|mut results| results.swap_remove(1))
        };
        candle: {
            let (mut h, mut outputs) = (state.clone(), Vec::new());
            for t in 0..x.dim(1)? {
                h = (x.get_on_dim(1, t)?.contiguous()?.matmul(w)? + h.matmul(u)?)?.tanh()?;
                outputs.push(h.clone());
            }
            Tensor::stack(&outputs, 1)
        };
        tch: {
            let (mut h, mut outputs) = (state.shallow_clone(), Vec::new());
            for x in x.f_unbind(1)? {
                h = x.f_mm(w)?.f_add(&h.f_mm(u)?)?.f_tanh()?;
                outputs.push(h.shallow_clone());
            }
            tch::Tensor::f_stack(&outputs, 1)
        };
        why "tch": "the step is a program that is interpreted: measured as 1.7 microseconds for each of the four operations of each step";
        why "candle": "the step is a program that is interpreted: about one microsecond for each operation of each step";
        tried: PRODUCT;
    }
};
