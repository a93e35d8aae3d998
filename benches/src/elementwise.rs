//! Functions of one element, and of two.

use touchstone_reference::backend as K;

use crate::notes::{CHOSEN, COMPARED, NAN, NODES, PAGES, SAME, STANDARD, ZERO_WEIGHT, ZEROS};
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
        // candle makes NaN 0.
        candle: x.eq(x)?.where_cond(&x.sign()?, x);
        tch: x.f_sign();
        why "candle": NAN;
        why "tch": "NaN has to come through, which libtorch's sign makes 0: a sum over the elements, one more pass that only reads, measured as half of the other, first makes sure that there is none";
        tried: "Tried: nothing; candle's own, and a sum that makes sure that there is no NaN";
    }
    Sin {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::sin(x);
        candle: x.sin();
        tch: x.f_sin();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: STANDARD;
    }
    Cos {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::cos(x);
        candle: x.cos();
        tch: x.f_cos();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: STANDARD;
    }
    Exp {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::exp(x);
        candle: x.exp();
        tch: x.f_exp();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: STANDARD;
    }
    Log {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::log(x);
        candle: x.log();
        tch: x.f_log();
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: STANDARD;
    }
    Log1p {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::log1p(x);
        // Wrong near 0; what is right there has no gradient of candle's that is.
        candle: (x + 1.0)?.log();
        tch: x.f_log1p();
        why "candle": "accurate also where 1+x rounds x away, which the bare composition is not: six more passes, measured as half of the time";
        why "tch": SAME;
        tried: "eight passes, of which the logarithm takes half. Tried: choosing by comparisons instead of adding a tiny number, measured as twice the time";
    }
    Expm1 {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::expm1(x);
        // exp(x) - 1 cancels near 0.
        candle: (x * 0.5)?.tanh()? * (x.exp()? + 1.0)?;
        tch: x.f_expm1();
        why "tch": "the derivative of libtorch's own is its rounded result + 1, which loses e^x far below 0: that of its exp is recorded, one pass more, and saves the addition";
        tried: "nine passes with an exponential and a logarithm, element by element. Tried: tanh(x/2)·(exp(x)+1) and choosing by comparisons, each measured as twice the time";
    }
    Sqrt {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::sqrt(x);
        candle: x.relu()?.sqrt();
        tch: x.f_clamp_min(0.0)?.f_sqrt();
        why "candle": NODES;
        why "tch": "libtorch's derivative at 0 is infinite: one more pass makes sure that no element is 0";
        tried: CHOSEN;
    }
    Clip {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::clip(x, -0.5, 0.5);
        candle: x.clamp(-0.5, 0.5);
        tch: x.f_clamp(-0.5, 0.5);
        why "tch": SAME;
        tried: CHOSEN;
    }
    Pow {
        let x: POSITIVE, [16, 16], [2048, 1024];
        touchstone: K::pow(x, 2.5);
        candle: x.powf(2.5);
        tch: x.f_pow_tensor_scalar(2.5);
        why "candle": ZERO_WEIGHT;
        why "tch": SAME;
        tried: STANDARD;
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
        tried: "Tried: floor, round and a comparison, as the bare composition, measured as ten times the time: numbers that are surely small are rounded by adding and taking away 1.5·2^23";
    }
    Equal {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::equal(x, y);
        candle: x.eq(y);
        tch: x.f_eq_tensor(y);
        why "tch": SAME;
        tried: COMPARED;
    }
    NotEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::not_equal(x, y);
        candle: x.ne(y);
        tch: x.f_ne_tensor(y);
        why "tch": SAME;
        tried: COMPARED;
    }
    Greater {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::greater(x, y);
        candle: x.gt(y);
        tch: x.f_gt_tensor(y);
        why "tch": SAME;
        tried: COMPARED;
    }
    GreaterEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::greater_equal(x, y);
        candle: x.ge(y);
        tch: x.f_ge_tensor(y);
        why "tch": SAME;
        tried: COMPARED;
    }
    Lesser {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::lesser(x, y);
        candle: x.lt(y);
        tch: x.f_lt_tensor(y);
        why "tch": SAME;
        tried: COMPARED;
    }
    LesserEqual {
        let x: CONSTANT, [16, 16], [2048, 1024];
        let y: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::lesser_equal(x, y);
        candle: x.le(y);
        tch: x.f_le_tensor(y);
        why "tch": SAME;
        tried: COMPARED;
    }
    Maximum {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::maximum(x, y);
        // candle drops a NaN on the right.
        candle: y.eq(y)?.where_cond(&x.maximum(y)?, y);
        tch: x.f_maximum(y);
        why "candle": NAN;
        why "tch": SAME;
        tried: CHOSEN;
    }
    Minimum {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::minimum(x, y);
        // As above.
        candle: y.eq(y)?.where_cond(&x.minimum(y)?, y);
        tch: x.f_minimum(y);
        why "candle": NAN;
        why "tch": SAME;
        tried: CHOSEN;
    }
    Add {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::add(x, y);
        candle: x + y;
        tch: x.f_add(y);
        why "candle": PAGES;
        why "tch": SAME;
        tried: ZEROS;
    }
    Subtract {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::subtract(x, y);
        candle: x - y;
        tch: x.f_sub(y);
        why "candle": PAGES;
        why "tch": SAME;
        tried: ZEROS;
    }
    Multiply {
        let x: FLOATS, [16, 16], [2048, 1024];
        let y: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::multiply(x, y);
        candle: x * y;
        tch: x.f_mul(y);
        why "candle": PAGES;
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
        why "candle": PAGES;
        why "tch": SAME;
        tried: "the gradient is summed over axes that are not the last. Tried: as three axes, two nodes more, which matrices now do without";
    }
};
