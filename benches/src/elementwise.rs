//! Functions of one element, and of two.

use touchstone_reference::backend as K;

use crate::workload::{CONSTANT, FLOATS, POSITIVE, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Square {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::square(x);
        candle: x.sqr();
        tch: x.f_square();
    }
    Abs {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::abs(x);
        candle: x.abs();
        tch: x.f_abs();
    }
    Sign {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::sign(x);
        candle: x.sign();
        tch: x.f_sign();
    }
    Sin {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::sin(x);
        candle: x.sin();
        tch: x.f_sin();
    }
    Cos {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::cos(x);
        candle: x.cos();
        tch: x.f_cos();
    }
    Exp {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::exp(x);
        candle: x.exp();
        tch: x.f_exp();
    }
    Log {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::log(x);
        candle: x.log();
        tch: x.f_log();
    }
    Sqrt {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::sqrt(x);
        candle: x.relu()?.sqrt();
        tch: x.f_clamp_min(0.0)?.f_sqrt();
    }
    Clip {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::clip(x, -0.5, 0.5);
        candle: x.clamp(-0.5, 0.5);
        tch: x.f_clamp(-0.5, 0.5);
    }
    Pow {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::pow(x, 2.5);
        candle: x.powf(2.5);
        tch: x.f_pow_tensor_scalar(2.5);
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
    }
    Equal {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::equal(x, y);
        candle: x.eq(y);
        tch: x.f_eq_tensor(y);
    }
    NotEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::not_equal(x, y);
        candle: x.ne(y);
        tch: x.f_ne_tensor(y);
    }
    Greater {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::greater(x, y);
        candle: x.gt(y);
        tch: x.f_gt_tensor(y);
    }
    GreaterEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::greater_equal(x, y);
        candle: x.ge(y);
        tch: x.f_ge_tensor(y);
    }
    Lesser {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::lesser(x, y);
        candle: x.lt(y);
        tch: x.f_lt_tensor(y);
    }
    LesserEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::lesser_equal(x, y);
        candle: x.le(y);
        tch: x.f_le_tensor(y);
    }
    Maximum {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::maximum(x, y);
        candle: x.maximum(y);
        tch: x.f_maximum(y);
    }
    Minimum {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::minimum(x, y);
        candle: x.minimum(y);
        tch: x.f_minimum(y);
    }
    Add {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::add(x, y);
        candle: x + y;
        tch: x.f_add(y);
    }
    Subtract {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::subtract(x, y);
        candle: x - y;
        tch: x.f_sub(y);
    }
    Multiply {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::multiply(x, y);
        candle: x * y;
        tch: x.f_mul(y);
    }
    Divide {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::divide(x, y);
        candle: x / y;
        tch: x.f_div(y);
    }
    Negative {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::negative(x);
        candle: x.neg();
        tch: x.f_neg();
    }
};
