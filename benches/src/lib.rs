//! What is timed: each function through the API, on tensors that are already on the engine, and
//! beside it the bare library calls that a user would write instead.
//!
//! Belongs here: workloads and their bare counterparts. Does not belong here: measuring, which is
//! criterion's.

use touchstone_reference::backend as K;

/// A function at one size.
pub struct Workload {
    /// The function, and the size.
    pub name: &'static str,
    /// The shapes of its inputs.
    pub shapes: &'static [&'static [usize]],
    /// The call.
    pub call: fn(&[K::Tensor]) -> K::Result<K::Tensor>,
    /// The same with candle alone.
    pub candle: fn(&[candle_core::Tensor]) -> candle_core::Result<candle_core::Tensor>,
    /// The same with tch alone.
    #[cfg(feature = "tch")]
    pub tch: fn(&[tch::Tensor]) -> Result<tch::Tensor, tch::TchError>,
}

impl std::fmt::Debug for Workload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {:?}", self.name, self.shapes)
    }
}

/// What is timed.
pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "exp 262144",
        shapes: &[&[512, 512]],
        call: |x| K::exp(&x[0]),
        candle: |x| x[0].exp(),
        #[cfg(feature = "tch")]
        tch: |x| x[0].f_exp(),
    },
    Workload {
        name: "dot 256x256x256",
        shapes: &[&[256, 256], &[256, 256]],
        call: |x| K::dot(&x[0], &x[1]),
        candle: |x| x[0].matmul(&x[1]),
        #[cfg(feature = "tch")]
        tch: |x| x[0].f_matmul(&x[1]),
    },
    Workload {
        name: "sum 512x512 over rows",
        shapes: &[&[512, 512]],
        call: |x| K::sum(&x[0]).axis(1).tensor(),
        candle: |x| x[0].sum(1),
        #[cfg(feature = "tch")]
        tch: |x| x[0].f_sum_dim_intlist(1_i64, false, tch::Kind::Float),
    },
    Workload {
        name: "softmax 256x512",
        shapes: &[&[256, 512]],
        call: |x| K::softmax(&x[0]),
        candle: |x| {
            let shifted = x[0].broadcast_sub(&x[0].max_keepdim(1)?)?.exp()?;
            shifted.broadcast_div(&shifted.sum_keepdim(1)?)
        },
        #[cfg(feature = "tch")]
        tch: |x| x[0].f_softmax(-1, tch::Kind::Float),
    },
    Workload {
        name: "conv2d 4x16x32x32 by 32x16x3x3",
        shapes: &[&[4, 16, 32, 32], &[32, 16, 3, 3]],
        call: |x| K::conv2d(&x[0], &x[1]).dim_ordering(K::DimOrdering::Th).tensor(),
        candle: |x| x[0].conv2d(&x[1], 0, 1, 1, 1),
        #[cfg(feature = "tch")]
        tch: |x| x[0].f_conv2d(&x[1], None::<&tch::Tensor>, 1_i64, 0_i64, 1_i64, 1),
    },
];

/// Numbers that are neither all alike nor large.
pub fn data(shape: &[usize]) -> Vec<f32> {
    let count: usize = shape.iter().product();
    (0..count).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect()
}

impl Workload {
    /// The inputs as variables on the engine in use, and a function that leaves its result there.
    pub fn prepare(&self) -> K::Result<K::Callable> {
        let variables = self
            .shapes
            .iter()
            .map(|shape| K::variable(&K::HostTensor::from_vec(shape, data(shape))?))
            .collect::<K::Result<Vec<_>>>()?;
        let result = (self.call)(&variables)?;
        let kept = K::variable(&K::eval(&result)?)?;
        K::function(&[], &[], &[K::update(&kept, &result)?])
    }
}
