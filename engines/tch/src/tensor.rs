//! The native tensor: its dtype beside libtorch's, its way to and from the host.

use half::f16;
use tch::{Device, Kind, TchError, Tensor};
use touchstone_reference::{DType, Elements, Function, HostTensor, Result, Spec};

use crate::failure::{Computed, Failure, failed, torch};

/// A tensor of libtorch. A clone shares the data, and the history if one is recorded.
#[derive(Debug)]
pub struct TchTensor {
    pub(crate) tensor: Tensor,
    pub(crate) dtype: DType,
    /// What plain numbers beside it are rounded to: float16 also while the interpreter has it as
    /// float32.
    pub(crate) plain: DType,
    /// Whether it stands for a sparse matrix; the storage is dense all the same.
    pub(crate) sparse: bool,
}

impl Clone for TchTensor {
    fn clone(&self) -> Self {
        self.with(self.tensor.shallow_clone())
    }
}

impl TchTensor {
    /// A dense tensor whose elements have this dtype.
    pub(crate) fn new(tensor: Tensor, dtype: DType) -> Self {
        TchTensor { tensor, dtype, plain: dtype, sparse: false }
    }

    /// Another tensor in the place of this one.
    pub(crate) fn with(&self, tensor: Tensor) -> Self {
        TchTensor { tensor, ..*self }
    }

    /// dtype, shape and sparseness.
    pub(crate) fn spec(&self) -> Spec {
        let dims: Vec<_> =
            self.tensor.size().into_iter().map(|n| usize::try_from(n).ok()).collect();
        Spec { sparse: self.sparse, ..Spec::new(self.dtype, dims) }
    }

    /// An argument that is a plain number, as it stands beside the tensor.
    pub(crate) fn round(&self, x: f64) -> f64 {
        self.plain.round(x)
    }

    /// The elements as libtorch's 64-bit integers: indices, labels, lengths.
    pub(crate) fn wholes(&self) -> Result<Tensor, TchError> {
        self.tensor.f_to_kind(Kind::Int64)
    }

    /// Which elements are not zero: masks and conditions. NaN is not zero.
    pub(crate) fn truths(&self) -> Result<Tensor, TchError> {
        if self.dtype == DType::Bool {
            Ok(self.tensor.shallow_clone())
        } else {
            self.tensor.f_ne(0)
        }
    }
}

/// Whether there is certainly neither NaN nor infinity, told at a fraction of the cost of looking
/// for them one by one. Only on the CPU: elsewhere the answer would have to be waited for.
pub(crate) fn surely_finite(x: &Tensor) -> Result<bool, TchError> {
    Ok(!x.device().is_cuda() && x.f_sum(None::<Kind>)?.f_double_value(&[])?.is_finite())
}

/// The kind in which libtorch holds a dtype; `None` where tch has no name for one that could.
pub(crate) fn kind(dtype: DType) -> Option<Kind> {
    match dtype {
        DType::Float16 => Some(Kind::Half),
        DType::Float32 => Some(Kind::Float),
        DType::Float64 => Some(Kind::Double),
        DType::Int8 => Some(Kind::Int8),
        DType::Int16 => Some(Kind::Int16),
        DType::Int32 => Some(Kind::Int),
        // tch has no name for libtorch's own uint16 and uint32.
        DType::Int64 | DType::UInt16 | DType::UInt32 => Some(Kind::Int64),
        DType::UInt8 => Some(Kind::Uint8),
        DType::Bool => Some(Kind::Bool),
        DType::UInt64 => None,
    }
}

/// The kind in which libtorch holds a dtype, or the failure that there is none.
pub(crate) fn kind_of(dtype: DType) -> Computed<Kind> {
    kind(dtype).ok_or(Failure::NotCarried(dtype))
}

/// A shape in libtorch's integers. No tensor has dims that they cannot hold.
pub(crate) fn signed(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&n| n as i64).collect()
}

/// The shape that inference found, all of it known when a kernel runs unless values decide on it.
pub(crate) fn known(spec: &Spec) -> Vec<i64> {
    spec.dims.iter().map(|dim| dim.unwrap_or(0) as i64).collect()
}

fn native<T: tch::kind::Element>(
    array: Option<&[T]>,
    shape: &[i64],
    device: Device,
) -> Result<Tensor> {
    // Host tensors are row-major throughout; a mistake there is an error here, not a panic.
    let data = array.ok_or_else(|| failed("the host tensor is not contiguous"))?;
    Tensor::f_from_slice(data)
        .and_then(|flat| flat.f_reshape(shape))
        .and_then(|tensor| tensor.f_to_device(device))
        .map_err(|error| torch(&error))
}

/// From the host to a device.
pub(crate) fn upload(host: &HostTensor, device: Device) -> Result<TchTensor> {
    let shape = signed(host.shape());
    let tensor = match host.elements() {
        Elements::Float16(a) => native(a.as_slice(), &shape, device),
        Elements::Float32(a) => native(a.as_slice(), &shape, device),
        Elements::Float64(a) => native(a.as_slice(), &shape, device),
        Elements::Int8(a) => native(a.as_slice(), &shape, device),
        Elements::Int16(a) => native(a.as_slice(), &shape, device),
        Elements::Int32(a) => native(a.as_slice(), &shape, device),
        Elements::Int64(a) => native(a.as_slice(), &shape, device),
        Elements::UInt8(a) => native(a.as_slice(), &shape, device),
        Elements::Bool(a) => native(a.as_slice(), &shape, device),
        Elements::UInt16(_) | Elements::UInt32(_) => native(Some(&host.to_i64s()), &shape, device),
        // The program's own functions bring tensors to an engine.
        Elements::UInt64(_) => Err(Failure::NotCarried(host.dtype()).by(Function::Variable)),
    }?;
    Ok(TchTensor { sparse: host.is_sparse(), ..TchTensor::new(tensor, host.dtype()) })
}

/// The elements in row-major order, on the host.
pub(crate) fn elements<T: tch::kind::Element>(tensor: &Tensor) -> Result<Vec<T>, TchError> {
    let count = tensor.numel();
    let mut data = vec![T::ZERO; count];
    tensor.f_copy_data(&mut data, count)?;
    Ok(data)
}

/// From a device to the host.
pub(crate) fn download(native: &TchTensor) -> Result<HostTensor> {
    fn host<T: tch::kind::Element + touchstone_reference::Stored>(
        tensor: &Tensor,
        shape: &[usize],
    ) -> Result<HostTensor> {
        let data = elements::<T>(tensor).map_err(|error| torch(&error))?;
        Ok(HostTensor::from_vec(shape, data)?)
    }
    let (tensor, shape) = (&native.tensor, native.spec().shape().unwrap_or_default());
    let host = match native.dtype {
        DType::Float16 => host::<f16>(tensor, &shape),
        DType::Float32 => host::<f32>(tensor, &shape),
        DType::Float64 => host::<f64>(tensor, &shape),
        DType::Int8 => host::<i8>(tensor, &shape),
        DType::Int16 => host::<i16>(tensor, &shape),
        DType::Int32 => host::<i32>(tensor, &shape),
        DType::Int64 => host::<i64>(tensor, &shape),
        DType::UInt8 => host::<u8>(tensor, &shape),
        DType::Bool => host::<bool>(tensor, &shape),
        DType::UInt16 | DType::UInt32 => {
            let data = elements::<i64>(tensor).map_err(|error| torch(&error))?;
            Ok(HostTensor::from_i64s(native.dtype, &shape, &data)?)
        }
        DType::UInt64 => Err(Failure::NotCarried(native.dtype).by(Function::Variable)),
    }?;
    Ok(host.with_sparse(native.sparse))
}
