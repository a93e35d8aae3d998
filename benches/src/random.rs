//! What is drawn; an input without a use of its numbers only says how large.

use candle_core::{DType, Tensor};
use touchstone_reference::backend as K;

use crate::notes::{DRAWN, DRAWN_AT_ONCE};
use crate::workload::{CONSTANT, FLOATS, Workload};

fn shape(x: &K::Tensor) -> Vec<i64> {
    x.spec().dims.iter().flatten().map(|&n| n as i64).collect()
}

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Dropout {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::dropout(x, 0.25).tensor();
        candle: (x * x.rand_like(0.0, 1.0)?.ge(0.25)?.to_dtype(DType::F32)?)? / 0.75;
        tch: x.f_dropout(0.25, true);
        agreement: Mean;
        why "candle": "the same draw on both sides; the quotient is correctly rounded, the bare product with a reciprocal is not";
        tried: "candle draws number by number with the crate rand. Tried: float64, measured as twice the time";
    }
    RandomNormal {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::random_normal(shape(x)).tensor();
        candle: Tensor::randn(0_f32, 1.0, x.dims(), x.device());
        tch: tch::Tensor::f_randn(x.size(), (tch::Kind::Float, x.device()));
        agreement: Mean;
        why "candle": DRAWN;
        why "tch": DRAWN_AT_ONCE;
        tried: "candle draws number by number with the crate rand, for the bare call as well. Tried: float64, rounded, measured as up to four times the time";
    }
    TruncatedNormal {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::truncated_normal(shape(x)).tensor();
        candle: {
            let mut drawn = Tensor::randn(0_f32, 1.0, x.dims(), x.device())?;
            loop {
                let outside = drawn.abs()?.gt(2.0)?;
                if outside.max_all()?.to_scalar::<u8>()? == 0 {
                    break Ok::<_, candle_core::Error>(drawn);
                }
                let again = Tensor::randn(0_f32, 1.0, x.dims(), x.device())?;
                drawn = outside.where_cond(&again, &drawn)?;
            }
        };
        tch: {
            // The inverse of the distribution function, between -2 and 2.
            let uniform = tch::Tensor::f_rand(x.size(), (tch::Kind::Float, x.device()))?;
            let between = uniform.f_mul_scalar(1.908_999)?.f_sub_scalar(0.954_499_7)?;
            between.f_erfinv()?.f_mul_scalar(std::f64::consts::SQRT_2)
        };
        agreement: Mean;
        why "candle": "as the bare composition, then brought to mean and width and kept within the limits, three passes in a hundred";
        why "tch": "brought to mean and width and kept within two of them, three passes in place, which the bare composition for mean 0 and width 1 saves";
        tried: "all numbers are drawn again until none lies outside, five or six times here, as by the bare composition. Tried: float64, rounded, measured as a tenth slower";
    }
    RandomUniform {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::random_uniform(shape(x)).tensor();
        candle: Tensor::rand(0_f32, 1.0, x.dims(), x.device());
        tch: tch::Tensor::f_rand(x.size(), (tch::Kind::Float, x.device()));
        agreement: Mean;
        why "candle": DRAWN;
        why "tch": "rounding may reach the upper limit, which does not belong: one more pass keeps below it, measured as a twentieth of the drawing";
        tried: "candle draws number by number with the crate rand, for the bare call as well. Tried: float64, rounded, measured as up to four times the time";
    }
    RandomBinomial {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::random_binomial(shape(x)).p(0.25).tensor();
        candle: Tensor::rand(0_f32, 1.0, x.dims(), x.device())?.lt(0.25)?.to_dtype(DType::F32);
        tch: x.f_bernoulli_p(0.25);
        agreement: Mean;
        why "candle": DRAWN;
        why "tch": "a uniform number in float64 compared with p, faster than libtorch\'s own draw";
        tried: "candle draws number by number with the crate rand, for the bare call as well. Tried: float64, rounded, measured as up to four times the time";
    }
};
