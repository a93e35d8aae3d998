//! Lines and batches brought to a norm.

use touchstone_reference::backend as K;

use crate::notes::{NODES, REDUCED, ZEROS};
use crate::workload::{CONSTANT, FLOATS, POSITIVE, Values, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    L2Normalize {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::l2_normalize(x, 1);
        candle: x.broadcast_div(&x.sqr()?.sum_keepdim(1)?.maximum(1e-12)?.sqrt()?);
        tch: x.f_div(&x.f_norm_scalaropt_dim(2, 1_i64, true)?.f_clamp_min(1e-6)?);
        why "candle": NODES;
        why "tch": "the floor of the squared norm, and the axis looked up at each call";
        tried: REDUCED;
    }
    BatchNormalization {
        let x: FLOATS, [16, 16], [2048, 1024];
        let mean: CONSTANT, [16], [1024];
        let var: Values::Constant(&POSITIVE), [16], [1024];
        let beta: FLOATS, [16], [1024];
        let gamma: FLOATS, [16], [1024];
        touchstone: K::batch_normalization(x, mean, var, Some(beta), Some(gamma)).tensor();
        candle: {
            let scale = (gamma / (var + 1e-4)?.sqrt()?)?;
            x.broadcast_sub(mean)?.broadcast_mul(&scale)?.broadcast_add(beta)
        };
        tch: x.f_batch_norm(
            Some(gamma), Some(beta), Some(mean), Some(var), false, 0.0, 1e-4, false,
        );
        why "tch": "libtorch's own fuses x·s + c, which cancels where the mean is large: here the distance from the mean is taken first, one more pass, measured as nine tenths of libtorch's one";
        tried: ZEROS;
    }
    NormalizeBatchInTraining {
        let x: FLOATS, [16, 16], [2048, 1024];
        let gamma: FLOATS, [16], [1024];
        let beta: FLOATS, [16], [1024];
        touchstone: K::normalize_batch_in_training(x, Some(gamma), Some(beta), vec![0])
            .tensors()
            .map(|mut results| results.swap_remove(0));
        candle: {
            let centred = x.broadcast_sub(&x.mean_keepdim(0)?)?;
            let scale = gamma.broadcast_div(&(centred.sqr()?.mean_keepdim(0)? + 1e-4)?.sqrt()?)?;
            centred.broadcast_mul(&scale)?.broadcast_add(beta)
        };
        tch: x.f_batch_norm(Some(gamma), Some(beta), None, None, true, 0.0, 1e-4, false);
        why "tch": "libtorch's own fuses the value, which cancels where the mean is large: here the distance from the mean is taken first, one more pass; where a derivative is asked for, mean and variance are recorded besides, three more, for they are results too";
        tried: REDUCED;
    }
};
