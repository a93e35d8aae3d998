//! Running sums and products along the last axis.

use candle_core::Tensor;
use touchstone_reference::backend as K;

use crate::notes::SAME;
use crate::workload::{FLOATS, POSITIVE, Workload};

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Cumsum {
        let x: FLOATS, [16, 16], [2048, 256];
        touchstone: K::cumsum(x).axis(1).tensor();
        candle: x.cumsum(1);
        tch: x.f_cumsum(1, None::<tch::Kind>);
        why "candle": "candle's own is a product with one triangle of ones: quadratic, and NaN where a later element is infinite. Here one more pass first makes sure that all are small, then blocks of 32 are multiplied so";
        why "tch": SAME;
        tried: "Tried: combining rows with the rows 1, 2, 4, … before them, measured as twice the time of blocks that a product with ones adds up, as the engine now does";
    }
    // candle has none: column by column.
    Cumprod {
        let x: POSITIVE, [16, 8], [262144, 8];
        touchstone: K::cumprod(x).axis(1).tensor();
        candle: {
            let mut products = vec![x.get_on_dim(1, 0)?];
            for i in 1..x.dim(1)? {
                products.push((&products[i - 1] * x.get_on_dim(1, i)?)?);
            }
            Tensor::stack(&products, 1)
        };
        tch: x.f_cumprod(1, None::<tch::Kind>);
        why "tch": "libtorch's derivative divides, and is 0 where a product underflows: element by element where a derivative is asked for, each product a node; with the elements in one piece that took 1.3 times libtorch's own, without 1.6";
        why "candle": "turned into rows and back, measured as two thirds of the time; the bare composition takes one step a column, of which there are few here";
        tried: "turned into rows and back, element by element. Tried: column by column as they lie, where joining the columns alone took longer than both turns";
    }
};
