//! Reductions along the last axis.

use touchstone_reference::backend as K;

use crate::notes::{NAN, NODES, ONE_NODE, REDUCED, SAME, ZEROS};
use crate::workload::{FLOATS, POSITIVE, Values, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Sum {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::sum(x).axis(1).tensor();
        candle: x.sum(1);
        tch: x.f_sum_dim_intlist(1_i64, false, None::<tch::Kind>);
        why "candle": NODES;
        why "tch": SAME;
        tried: ZEROS;
    }
    Max {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::max(x).axis(1).tensor();
        candle: x.max(1);
        tch: x.f_amax(1_i64, false);
        why "candle": NAN;
        why "tch": SAME;
        tried: "candle compares one by one along a line. Tried: halving lines by candle's vectorised maximum, measured as 1.15 times the time";
    }
    Min {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::min(x).axis(1).tensor();
        candle: x.min(1);
        tch: x.f_amin(1_i64, false);
        why "candle": NAN;
        why "tch": SAME;
        tried: "candle compares one by one along a line. Tried: halving lines by candle's vectorised maximum, measured as 1.15 times the time";
    }
    // candle has no product of all: column by column.
    Prod {
        let x: POSITIVE, [16, 8], [262144, 8];
        touchstone: K::prod(x).axis(1).tensor();
        candle: (1..x.dim(1)?).try_fold(x.get_on_dim(1, 0)?, |product, i| product * x.get_on_dim(1, i)?);
        tch: x.f_prod_dim_int(1, false, None::<tch::Kind>);
        why "tch": "libtorch's derivative divides the product by each element, and is 0 where the product underflows: multiplied in halves, whose derivative divides by nothing";
        why "candle": "axes are brought into one, and longer ones are multiplied in halves, which keeps the gradient free of divisions";
        tried: "Tried: factor by factor for few of them and by halves for many, as the engine does; the derivative by halves takes half the time of candle's own";
    }
    Mean {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::mean(x).axis(1).tensor();
        candle: x.mean(1);
        tch: x.f_mean_dim(1_i64, false, None::<tch::Kind>);
        why "candle": NODES;
        why "tch": SAME;
        tried: ZEROS;
    }
    Std {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::std(x).axis(1).tensor();
        candle: x.broadcast_sub(&x.mean_keepdim(1)?)?.sqr()?.mean(1)?.sqrt();
        tch: x.f_std_dim(1_i64, false, false);
        why "tch": "two passes, and exactly 0 of equal elements, which libtorch's own is not";
        why "candle": NODES;
        tried: REDUCED;
    }
    Var {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::var(x).axis(1).tensor();
        candle: x.broadcast_sub(&x.mean_keepdim(1)?)?.sqr()?.mean(1);
        tch: x.f_var_dim(1_i64, false, false);
        why "tch": "two passes, and exactly 0 of equal elements, which libtorch's own is not";
        why "candle": NODES;
        tried: REDUCED;
    }
    Any {
        let x: Values::Flags, [16, 16], [2048, 1024];
        touchstone: K::any(x).axis(1).tensor();
        candle: x.max(1);
        tch: x.f_any_dim(1, false);
        why "candle": "two microseconds of interpreting, of sixty";
        why "tch": SAME;
        tried: "Tried: nothing; one microsecond of interpreting and candle's own greatest";
    }
    All {
        let x: Values::Flags, [16, 16], [2048, 1024];
        touchstone: K::all(x).axis(1).tensor();
        candle: x.min(1);
        tch: x.f_all_dim(1, false);
        why "candle": "two microseconds of interpreting, of sixty";
        why "tch": SAME;
        tried: "Tried: nothing; one microsecond of interpreting and candle's own least";
    }
    Logsumexp {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::logsumexp(x).axis(1).tensor();
        candle: x.log_sum_exp(1);
        tch: x.f_logsumexp(1_i64, false);
        why "tch": "libtorch's own derivative has lost what the result rounded off, and is NaN where all are infinite: composed of the greatest and the sum of exponentials, in as many passes";
        why "candle": NODES;
        tried: ONE_NODE;
    }
};
