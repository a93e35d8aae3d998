//! Functions of one element, and of two.

use touchstone_reference::backend as K;

use crate::notes::{NAN, NODES, ONE_THREAD, SAME, ZERO_WEIGHT, ZEROS};
use crate::workload::{CONSTANT, FLOATS, POSITIVE, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Square {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::square(x);
        candle: x.sqr();
        tch: x.f_square();
        why "tch": SAME;
        tried: ZEROS;
    }
    Abs {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::abs(x);
        candle: x.abs();
        tch: x.f_abs();
        why "tch": SAME;
        tried: ZEROS;
    }
    Sign {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::sign(x);
        candle: x.sign();
        tch: x.f_sign();
        why "candle": NAN;
        why "tch": "NaN has to come through, which libtorch's sign makes 0: a sum over the elements, one more pass that only reads, measured as half of the other, first makes sure that there is none";
        tried: ONE_THREAD;
    }
    Sin {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::sin(x);
        candle: x.sin();
        tch: x.f_sin();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Cos {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::cos(x);
        candle: x.cos();
        tch: x.f_cos();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Exp {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::exp(x);
        candle: x.exp();
        tch: x.f_exp();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Log {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::log(x);
        candle: x.log();
        tch: x.f_log();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Log1p {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::log1p(x);
        candle: (x + 1.0)?.log();
        tch: x.f_log1p();
        why "candle": "accurate also where 1+x rounds x away, which takes more passes";
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Expm1 {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::expm1(x);
        candle: x.exp()? - 1.0;
        tch: x.f_expm1();
        why "candle": "taken through tanh, because exp(x)-1 cancels near 0";
        why "tch": "the derivative of libtorch's own is its rounded result + 1, which loses e^x far below 0: that of its exp is recorded, one pass more, and saves the addition";
        tried: ONE_THREAD;
    }
    Sqrt {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::sqrt(x);
        candle: x.relu()?.sqrt();
        tch: x.f_clamp_min(0.0)?.f_sqrt();
        why "candle": NODES;
        why "tch": "libtorch's derivative at 0 is infinite: one more pass makes sure that no element is 0";
        tried: ONE_THREAD;
    }
    Clip {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::clip(x, -0.5, 0.5);
        candle: x.clamp(-0.5, 0.5);
        tch: x.f_clamp(-0.5, 0.5);
        why "tch": SAME;
        tried: ZEROS;
    }
    Pow {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::pow(x, 2.5);
        candle: x.powf(2.5);
        tch: x.f_pow_tensor_scalar(2.5);
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Round {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::round(x);
        candle: {
            // Half to even, which candle's own is not.
            let tie = (x - x.floor()?)?.eq(0.5)?;
            tie.where_cond(&((x * 0.5)?.round()? * 2.0)?, &x.round()?)
        };
        tch: x.f_round();
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Equal {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::equal(x, y);
        candle: x.eq(y);
        tch: x.f_eq_tensor(y);
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    NotEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::not_equal(x, y);
        candle: x.ne(y);
        tch: x.f_ne_tensor(y);
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Greater {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::greater(x, y);
        candle: x.gt(y);
        tch: x.f_gt_tensor(y);
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    GreaterEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::greater_equal(x, y);
        candle: x.ge(y);
        tch: x.f_ge_tensor(y);
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Lesser {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::lesser(x, y);
        candle: x.lt(y);
        tch: x.f_lt_tensor(y);
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    LesserEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::lesser_equal(x, y);
        candle: x.le(y);
        tch: x.f_le_tensor(y);
        why "tch": SAME;
        tried: ONE_THREAD;
    }
    Maximum {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::maximum(x, y);
        candle: x.maximum(y);
        tch: x.f_maximum(y);
        why "candle": NAN;
        why "tch": SAME;
        tried: ZEROS;
    }
    Minimum {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::minimum(x, y);
        candle: x.minimum(y);
        tch: x.f_minimum(y);
        why "candle": NAN;
        why "tch": SAME;
        tried: ZEROS;
    }
    Add {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::add(x, y);
        candle: x + y;
        tch: x.f_add(y);
        why "tch": SAME;
        tried: ZEROS;
    }
    Subtract {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::subtract(x, y);
        candle: x - y;
        tch: x.f_sub(y);
        why "tch": SAME;
        tried: ZEROS;
    }
    Multiply {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::multiply(x, y);
        candle: x * y;
        tch: x.f_mul(y);
        why "tch": SAME;
        tried: ZEROS;
    }
    Divide {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::divide(x, y);
        candle: x / y;
        tch: x.f_div(y);
        why "tch": SAME;
        tried: ZEROS;
    }
    Negative {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::negative(x);
        candle: x.neg();
        tch: x.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    BiasAdd {
        let x: FLOATS, [16, 16], [2048, 1024];
        let bias: FLOATS, [16], [1024];
        touchstone: K::bias_add(x, bias).tensor();
        candle: x.broadcast_add(bias);
        tch: x.f_add(bias);
        why "tch": SAME;
        tried: ZEROS;
    }
};
