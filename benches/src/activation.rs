//! relu, softmax, sigmoid and their relatives.

use touchstone_reference::backend as K;

use crate::notes::{NODES, ONE_THREAD, SAME, ZEROS};
use crate::workload::{FLOATS, Values, Workload};

/// Reaching the flat parts on both sides.
const WIDE: Values = Values::Between(-5.0, 5.0);

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Relu {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::relu(x).tensor();
        candle: x.relu();
        tch: x.f_relu();
        why "candle": NODES;
        why "tch": SAME;
        tried: ZEROS;
    }
    Softmax {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::softmax(x);
        candle: {
            let exponentials = x.broadcast_sub(&x.max_keepdim(1)?)?.exp()?;
            exponentials.broadcast_div(&exponentials.sum_keepdim(1)?)
        };
        tch: x.f_softmax(-1, None);
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Sigmoid {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::sigmoid(x);
        candle: (x.neg()?.exp()? + 1.0)?.recip();
        tch: x.f_sigmoid();
        why "candle": NODES;
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    HardSigmoid {
        let x: WIDE, [16, 16], [2048, 1024];
        touchstone: K::hard_sigmoid(x);
        candle: x.affine(0.2, 0.5)?.clamp(0.0, 1.0);
        tch: (x.f_mul_scalar(0.2)?.f_add_scalar(0.5)?).f_clamp(0.0, 1.0);
        why "candle": NODES;
        why "tch": SAME;
        tried: ZEROS;
    }
    Tanh {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::tanh(x);
        candle: x.tanh();
        tch: x.f_tanh();
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Softplus {
        let x: WIDE, [16, 16], [2048, 1024];
        touchstone: K::softplus(x);
        candle: x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?;
        tch: x.f_softplus();
        why "candle": "log(1+u) is accurate also where 1+u rounds u away, which takes five more passes";
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Softsign {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::softsign(x);
        candle: x / (x.abs()? + 1.0)?;
        tch: x.f_div(&x.f_abs()?.f_add_scalar(1.0)?);
        why "candle": NODES;
        why "tch": SAME;
        tried: ZEROS;
    }
    Elu {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::elu(x).tensor();
        candle: x.elu(1.0);
        tch: x.f_elu();
        why "candle": "exp(x)-1 is taken through tanh, because candle's own elu cancels near 0";
        why "tch": SAME;
        tried: ONE_THREAD;
    }
};
