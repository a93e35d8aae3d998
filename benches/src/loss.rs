//! Crossentropies of probabilities.

use touchstone_reference::backend as K;

use crate::notes::{ONE_NODE, RANGE, SAME};
use crate::workload::{Values, Workload};

/// Probabilities that stand alone.
const ALONE: Values = Values::Between(0.01, 0.99);

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    CategoricalCrossentropy {
        let output: Values::Probabilities, [16, 10], [16384, 128];
        let target: Values::Constant(&Values::Probabilities), [16, 10], [16384, 128];
        touchstone: K::categorical_crossentropy(output, target).tensor();
        candle: {
            let p = output.broadcast_div(&output.sum_keepdim(1)?)?.clamp(1e-7, 1.0 - 1e-7)?;
            (target * p.log()?)?.sum(1)?.neg()
        };
        tch: {
            let sum = output.f_sum_dim_intlist(1_i64, true, None::<tch::Kind>)?;
            let logs = output.f_div(&sum)?.f_clamp(1e-7, 1.0 - 1e-7)?.f_log()?;
            target.f_mul(&logs)?.f_sum_dim_intlist(1_i64, false, None::<tch::Kind>)?.f_neg()
        };
        why "tch": SAME;
        tried: ONE_NODE;
    }
    SparseCategoricalCrossentropy {
        let output: Values::Probabilities, [16, 10], [16384, 128];
        let target: Values::Below([10, 128]), [16], [16384];
        touchstone: K::sparse_categorical_crossentropy(output, target).tensor();
        candle: {
            let own = output.gather(&target.unsqueeze(1)?, 1)?.squeeze(1)?;
            (own / output.sum(1)?)?.clamp(1e-7, 1.0 - 1e-7)?.log()?.neg()
        };
        tch: {
            let own = output.f_gather(1, &target.f_unsqueeze(1)?, false)?.f_squeeze_dim(1)?;
            let p = own.f_div(&output.f_sum_dim_intlist(1_i64, false, None::<tch::Kind>)?)?;
            p.f_clamp(1e-7, 1.0 - 1e-7)?.f_log()?.f_neg()
        };
        why "candle": RANGE;
        why "tch": RANGE;
        tried: "candle's backward adds the gradient of the entries that count into zeros as large as all of them. Tried: leaving out a reshape to the shape that is there, which saves a third, as the engine now does";
    }
    BinaryCrossentropy {
        let output: ALONE, [16, 16], [2048, 1024];
        let target: Values::Constant(&ALONE), [16, 16], [2048, 1024];
        touchstone: K::binary_crossentropy(output, target).tensor();
        candle: {
            let p = output.clamp(1e-7, 1.0 - 1e-7)?;
            let hit = (target * p.log()?)?;
            (hit + (1.0 - target)? * (1.0 - p)?.log()?)?.neg()
        };
        tch: {
            let p = output.f_clamp(1e-7, 1.0 - 1e-7)?;
            p.f_binary_cross_entropy(target, None::<&tch::Tensor>, tch::Reduction::None)
        };
        why "tch": "libtorch's own keeps its logarithms above -100 and its divisor above 1e-12 whatever epsilon is: composed of logarithms";
        tried: ONE_NODE;
    }
};
