//! The native tensor: candle's, with what candle cannot hold, and its way from and to the host.

use std::sync::{Arc, OnceLock};

use candle_core::{DType as Storage, Device, Tensor, WithDType};
use half::f16;
use touchstone_reference::{DType, HostTensor, Layout, Spec, Stored};

use crate::derivative::{Watch, watch, with_rule};
use crate::failure::{Failure, Result};
use crate::layout::arranged;

/// A tensor of the engine: candle's tensor with the dtype that it stands for.
///
/// bool is stored as uint8; integers but uint8 as int64; float16 as float32 that has been rounded
/// to it, so that cotangents add up in float32; a sparse matrix as a dense one.
#[derive(Clone, Debug)]
pub struct CandleTensor {
    tensor: Tensor,
    dtype: DType,
    /// What plain numbers beside it are rounded to: float16 also while the interpreter has it as
    /// float32.
    plain: DType,
    sparse: bool,
    /// Where its gradient is found, if one may be asked for.
    watch: Option<Watch>,
    /// Of a tensor kept between calls, the variable of candle's that stands for it where it is
    /// watched: making one copies.
    leaf: Option<Arc<OnceLock<Tensor>>>,
}

/// The dtype in which candle holds a dtype of the API, or a failure that says why it does not.
pub(crate) fn storage(dtype: DType) -> Result<Storage> {
    match dtype {
        DType::Float16 | DType::Float32 => Ok(Storage::F32),
        DType::Float64 => Ok(Storage::F64),
        DType::Bool | DType::UInt8 => Ok(Storage::U8),
        DType::Int8
        | DType::Int16
        | DType::Int32
        | DType::Int64
        | DType::UInt16
        | DType::UInt32 => Ok(Storage::I64),
        DType::UInt64 => Err(Failure::unsupported(NO_UINT64)),
    }
}

/// Why there is no uint64.
pub(crate) const NO_UINT64: &str = "candle has no uint64, and nothing else of its holds all of it";

impl CandleTensor {
    /// A dense tensor just computed.
    pub(crate) fn new(tensor: Tensor, dtype: DType) -> Self {
        CandleTensor { tensor, dtype, plain: dtype, sparse: false, watch: None, leaf: None }
    }

    /// The same tensor, kept between calls.
    fn kept(self) -> Self {
        CandleTensor { leaf: Some(Arc::default()), ..self }
    }

    /// The same tensor, marked as sparse or not.
    pub(crate) fn with_sparse(self, sparse: bool) -> Self {
        CandleTensor { sparse, ..self }
    }

    /// The same tensor, watched.
    pub(crate) fn watched(&self) -> Result<Self> {
        let leaf = self.leaf.as_ref().filter(|_| !self.tensor.track_op());
        let (tensor, watch) = match leaf.and_then(|leaf| leaf.get()) {
            Some(variable) => (variable.clone(), Watch::Leaf),
            None => watch(&self.tensor)?,
        };
        if let Some(leaf) = leaf {
            leaf.get_or_init(|| tensor.clone());
        }
        Ok(CandleTensor { tensor, watch: Some(watch), ..self.clone() })
    }

    /// The same tensor without its history.
    pub(crate) fn settled(&self) -> Result<Self> {
        let tensor = self.tensor.detach().contiguous()?;
        Ok(CandleTensor { tensor, watch: None, ..self.clone() }.kept())
    }

    /// Another tensor of candle's that stands for the same dtype.
    pub(crate) fn with(&self, tensor: Tensor) -> Self {
        CandleTensor { tensor, watch: None, leaf: None, ..self.clone() }
    }

    /// candle's tensor.
    pub(crate) fn native(&self) -> Tensor {
        self.tensor.clone()
    }

    /// The dtype it stands for.
    pub(crate) fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape.
    pub(crate) fn dims(&self) -> &[usize] {
        self.tensor.dims()
    }

    /// Where its gradient is found.
    pub(crate) fn watch(&self) -> Option<&Watch> {
        self.watch.as_ref()
    }

    /// dtype, shape and sparseness.
    pub(crate) fn spec(&self) -> Spec {
        Spec { sparse: self.sparse, ..Spec::known(self.dtype, self.dims()) }
    }

    /// A plain number as it stands beside the tensor.
    pub(crate) fn round(&self, x: f64) -> f64 {
        self.plain.round(x)
    }

    /// The same tensor with the dtype that it has outside the function at work.
    pub(crate) fn outside(&self) -> Result<Self> {
        cast(self, self.plain)
    }

    /// 1 where an element is not zero: masks and conditions. NaN is not zero.
    pub(crate) fn truths(&self) -> Result<Tensor> {
        if self.dtype == DType::Bool {
            return Ok(self.tensor.detach());
        }
        Ok(crate::ops::is_not_zero(&self.tensor)?)
    }

    /// The elements as whole numbers on the host, for lengths and labels.
    pub(crate) fn wholes(&self) -> Result<Vec<i64>> {
        let flat = self.tensor.detach().flatten_all()?;
        Ok(if flat.elem_count() == 0 {
            Vec::new()
        } else {
            flat.to_dtype(Storage::I64)?.to_vec1()?
        })
    }
}

/// The same tensor, held in another way.
pub(crate) fn arrange(tensor: CandleTensor, layout: Layout) -> Result<CandleTensor> {
    let held = arranged(&tensor.tensor, layout)?;
    Ok(CandleTensor { tensor: held, ..tensor })
}

/// To the device.
pub(crate) fn upload(host: &HostTensor, device: &Device) -> Result<CandleTensor> {
    let (dtype, shape) = (host.dtype(), host.shape());
    let tensor = match dtype {
        DType::Float16 => copied::<f16>(host, device)?.to_dtype(Storage::F32)?,
        DType::Float32 => copied::<f32>(host, device)?,
        DType::Float64 => copied::<f64>(host, device)?,
        DType::Int64 => copied::<i64>(host, device)?,
        DType::UInt8 => copied::<u8>(host, device)?,
        DType::Bool => {
            let flags: Vec<u8> = host.to_i64s().into_iter().map(|x| u8::from(x != 0)).collect();
            Tensor::from_vec(flags, shape, device)?
        }
        DType::Int8 | DType::Int16 | DType::Int32 | DType::UInt16 | DType::UInt32 => {
            Tensor::from_vec(host.to_i64s(), shape, device)?
        }
        DType::UInt64 => return Err(Failure::unsupported(NO_UINT64)),
    };
    Ok(CandleTensor::new(tensor, dtype).with_sparse(host.is_sparse()).kept())
}

fn copied<T: Stored + WithDType>(host: &HostTensor, device: &Device) -> Result<Tensor> {
    let data =
        host.as_slice::<T>().ok_or_else(|| Failure::engine("host tensor in no row-major order"))?;
    Ok(Tensor::from_slice(data, host.shape(), device)?)
}

/// From the device.
pub(crate) fn download(tensor: &CandleTensor) -> Result<HostTensor> {
    let (dtype, shape) = (tensor.dtype, tensor.dims());
    if tensor.tensor.elem_count() == 0 {
        return Ok(HostTensor::from_i64s(dtype, shape, &[])?.with_sparse(tensor.sparse));
    }
    let flat = tensor.tensor.detach().flatten_all()?;
    let host = match dtype {
        DType::Float16 => {
            HostTensor::from_vec(shape, flat.to_dtype(Storage::F16)?.to_vec1::<f16>()?)?
        }
        DType::Float32 => HostTensor::from_vec(shape, flat.to_vec1::<f32>()?)?,
        DType::Float64 => HostTensor::from_vec(shape, flat.to_vec1::<f64>()?)?,
        DType::Int64 => HostTensor::from_vec(shape, flat.to_vec1::<i64>()?)?,
        DType::UInt8 => HostTensor::from_vec(shape, flat.to_vec1::<u8>()?)?,
        DType::Bool => {
            let flags = flat.to_vec1::<u8>()?.into_iter().map(|x| x != 0).collect();
            HostTensor::from_vec::<bool>(shape, flags)?
        }
        DType::Int8
        | DType::Int16
        | DType::Int32
        | DType::UInt16
        | DType::UInt32
        | DType::UInt64 => HostTensor::from_i64s(dtype, shape, &flat.to_vec1::<i64>()?)?,
    };
    Ok(host.with_sparse(tensor.sparse))
}

/// The same numbers with another dtype: floats are cut off to integers, what is not zero is true.
pub(crate) fn cast(tensor: &CandleTensor, dtype: DType) -> Result<CandleTensor> {
    if dtype == tensor.dtype {
        return Ok(tensor.clone());
    }
    let cast = converted(&tensor.native(), dtype)?;
    let widened = tensor.dtype == DType::Float16 && dtype == DType::Float32;
    let plain = if widened { DType::Float16 } else { dtype };
    Ok(CandleTensor { plain, sparse: tensor.sparse, ..CandleTensor::new(cast, dtype) })
}

/// What is stored of a dtype, in the storage of another.
pub(crate) fn converted(x: &Tensor, dtype: DType) -> Result<Tensor> {
    Ok(match dtype {
        DType::Bool => crate::ops::is_not_zero(x)?,
        DType::Float16 => rounded_to_half(x)?,
        DType::Float32
        | DType::Float64
        | DType::Int8
        | DType::Int16
        | DType::Int32
        | DType::Int64
        | DType::UInt8
        | DType::UInt16
        | DType::UInt32
        | DType::UInt64 => x.to_dtype(storage(dtype)?)?,
    })
}

/// Rounded to float16, held as float32; the gradient is not rounded.
pub(crate) fn rounded_to_half(x: &Tensor) -> Result<Tensor> {
    // By way of float32: from float64 the last 32 bits would be cut off, not rounded.
    let narrow = x.detach().to_dtype(Storage::F32)?;
    let value = narrow.to_dtype(Storage::F16)?.to_dtype(Storage::F32)?;
    let from = x.dtype();
    Ok(with_rule(x, "round to float16", value, move |_, _, gradient| gradient.to_dtype(from))?)
}
