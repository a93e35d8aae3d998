//! relu, softmax, sigmoid and their relatives.

use touchstone_reference::backend as K;

use crate::notes::{CHOSEN, NODES, ONE_NODE, SAME, ZEROS};
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
        tried: CHOSEN;
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
        tried: ONE_NODE;
    }
    Sigmoid {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::sigmoid(x);
        candle: (x.neg()?.exp()? + 1.0)?.recip();
        tch: x.f_sigmoid();
        why "candle": NODES;
        why "tch": SAME;
        tried: ONE_NODE;
    }
    HardSigmoid {
        let x: WIDE, [16, 16], [2048, 1024];
        touchstone: K::hard_sigmoid(x);
        candle: x.affine(0.2, 0.5)?.clamp(0.0, 1.0);
        tch: (x.f_mul_scalar(0.2)?.f_add_scalar(0.5)?).f_clamp(0.0, 1.0);
        why "candle": NODES;
        why "tch": SAME;
        tried: CHOSEN;
    }
    Tanh {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::tanh(x);
        candle: x.tanh();
        tch: x.f_tanh();
        why "tch": SAME;
        tried: "the standard library takes twenty nanoseconds an element. Tried: composed of exponential and logarithm, measured as 1.6 times the time";
    }
    Softplus {
        let x: WIDE, [16, 16], [2048, 1024];
        touchstone: K::softplus(x);
        // Wrong far below 0, as log1p is near it.
        candle: x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?;
        tch: x.f_softplus();
        why "candle": "log(1+u) is accurate also where 1+u rounds u away, which the bare composition is not: seven more passes";
        why "tch": SAME;
        tried: "an exponential and a logarithm, element by element, and seven passes that keep small results. Tried: choosing by comparisons instead, measured as 1.4 times the time";
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
        // candle's own cancels near 0.
        candle: {
            let negative = x.minimum(0.0)?;
            x.relu()? + ((&negative * 0.5)?.tanh()? * (negative.exp()? + 1.0)?)?
        };
        tch: x.f_elu();
        why "tch": SAME;
        tried: "exp(x)-1 by nine passes. Tried: that of the lesser of x and 0, which takes a logarithm of exactly 1 from half of the elements, measured as three times as long as another";
    }
};
