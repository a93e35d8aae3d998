//! The same tensor in another form. What is only a view has its sign changed, so that it is read.

use candle_core::{DType, Tensor};
use touchstone_reference::backend as K;

use crate::notes::{SAME, ZEROS};
use crate::workload::{CONSTANT, FLOATS, Values, Workload};

/// Floats that are not all cut off to 0.
const WIDE: Values = Values::Constant(&Values::Between(-5.0, 5.0));

pub(crate) const WORKLOADS: &[Workload] = workloads! {
    Cast {
        let x: WIDE, [16, 16], [2048, 1024];
        touchstone: K::cast(x, K::DType::Int64);
        candle: x.to_dtype(DType::I64);
        tch: x.f_to_kind(tch::Kind::Int64);
        why "tch": SAME;
        tried: "candle converts on one thread, number by number. Tried: optimising it fully, as the profile now does";
    }
    // Of a dense tensor: sparse ones are carried dense by both engines.
    ToDense {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::negative(&K::to_dense(x)?);
        candle: x.neg();
        tch: x.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    Identity {
        let x: FLOATS, [16, 16], [2048, 1024];
        touchstone: K::negative(&K::identity(x)?);
        candle: x.neg();
        tch: x.f_neg();
        why "tch": SAME;
        tried: ZEROS;
    }
    // Printed to nowhere: the text is made and thrown away.
    PrintTensor {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::negative(&K::print_tensor(x).message("x = ").tensor()?);
        candle: {
            std::hint::black_box(format!("x = {x}"));
            x.neg()
        };
        tch: {
            std::hint::black_box(format!("x = {x}"));
            x.f_neg()
        };
        why "candle": "only what is shown is brought to the host, as by the bare library";
        why "tch": "only what is shown is brought to the host, as by the bare library";
        tried: "Tried: bringing the whole tensor to the host, measured as 2.6 times the time of the bare library";
    }
    Shape {
        let x: CONSTANT, [16, 16], [2048, 1024];
        touchstone: K::shape(x);
        candle: {
            let dims: Vec<i64> = x.dims().iter().map(|&n| n as i64).collect();
            Tensor::new(dims, x.device())
        };
        tch: tch::Tensor::f_from_slice(&x.size());
        why "candle": "one microsecond of interpreting for one call, beside two tenths for the tensor";
        why "tch": "one and a half microseconds of interpreting for one call, beside one for the tensor";
        tried: "one microsecond of interpreting, on both engines";
    }
};
