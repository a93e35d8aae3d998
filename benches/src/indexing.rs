//! Rows by their position.

use candle_core::{DType, Tensor};
use touchstone_reference::backend as K;

use crate::notes::{COMPARED, RANGE, SAME};
use crate::workload::{CONSTANT, FLOATS, Values, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Gather {
        let reference: FLOATS, [16, 8], [16384, 64];
        let indices: Values::Below([16, 16384]), [32], [32768];
        touchstone: K::gather(reference, indices);
        candle: reference.index_select(indices, 0);
        tch: reference.f_index_select(0, indices);
        why "candle": RANGE;
        why "tch": SAME;
        tried: "the gradient is added row by row into zeros as large as the table. Tried: leaving out a reshape to the shape that is there, which saves an eighth, as the engine now does";
    }
    OneHot {
        let indices: Values::Below([16, 16]), [16], [65536];
        touchstone: K::one_hot(indices, 16);
        candle: {
            let classes = Tensor::arange(0_i64, 16, indices.device())?;
            indices.unsqueeze(1)?.broadcast_eq(&classes)?.to_dtype(DType::F32)
        };
        tch: indices.f_one_hot(16)?.f_to_kind(tch::Kind::Float);
        why "tch": SAME;
        tried: COMPARED;
    }
    InTopK {
        let predictions: CONSTANT, [16, 10], [16384, 128];
        let targets: Values::Below([10, 128]), [16], [16384];
        touchstone: K::in_top_k(predictions, targets, 5);
        candle: {
            let own = predictions.gather(&targets.unsqueeze(1)?, 1)?;
            predictions.broadcast_gt(&own)?.to_dtype(DType::F32)?.sum(1)?.lt(5.0)
        };
        tch: {
            let own = predictions.f_gather(1, &targets.f_unsqueeze(1)?, false)?;
            let greater = predictions.f_gt_tensor(&own)?;
            greater.f_sum_dim_intlist(1_i64, false, None::<tch::Kind>)?.f_lt(5)
        };
        why "candle": "a row with a prediction that is not finite is false, which the bare composition does not look for";
        why "tch": "a row with a prediction that is not finite is false, which the bare composition does not look for";
        tried: "a comparison, collected truth by truth, and a sum. Tried: counting in floats, whose sums are vectorised, as the engine does";
    }
};
