//! The kernels as the interpreter sees them: devices, what is supported, differentiation, and
//! which method computes which function.

use std::env;
use std::fmt;

use tch::{Cuda, Device, Tensor};
use touchstone_reference::engine::{Kernels, StepRunner, Support};
use touchstone_reference::{Call, DType, Function, HostTensor, Layout, Result, Spec};

use crate::failure::{Computed, NAME, failed, torch};
use crate::layout::arranged;
use crate::tensor::{TchTensor, download, kind_of, upload};
use crate::{
    activation, control, conversion, convolution, creation, ctc, cumulative, decoding, elementwise,
    indexing, iteration, linear_algebra, local, loss, normalization, pooling, position, random,
    recurrent, reduction, shaping, spatial, support,
};

/// The variable by which libtorch computes float32 products in TF32.
const TF32: &str = "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE";

/// libtorch knows CUDA from the moment that its other half is loaded, and nothing in tch loads it.
const CUDA_IS_NOT_LOADED: &str = "libtorch_cuda.so is not loaded: start the program with \
    LD_PRELOAD naming it (a PyTorch with CUDA has it beside libtorch_cpu.so)";

/// libtorch on one device.
pub struct TchKernels {
    device: Device,
}

impl fmt::Debug for TchKernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "libtorch on {}", self.device())
    }
}

impl TchKernels {
    /// On the CPU.
    pub fn cpu() -> Self {
        TchKernels { device: Device::Cpu }
    }

    /// On a device by name: `cpu`, `cuda` or `cuda:1`.
    pub fn on(device: &str) -> Result<Self> {
        if device == "cpu" {
            return Ok(TchKernels::cpu());
        }
        let index = match device.strip_prefix("cuda") {
            Some("") => Some(0),
            Some(rest) => rest.strip_prefix(':').and_then(|n| n.parse::<usize>().ok()),
            None => None,
        };
        let index =
            index.ok_or_else(|| failed(format!("device {device:?}: cpu, cuda or cuda:N")))?;
        let unusable = |why: String| failed(format!("device {device:?}: {why}"));
        // float32 is float32, not TF32. cuBLAS keeps to it unless this variable tells libtorch
        // otherwise. cuDNN does not, and tch cannot tell it; without cuDNN, convolutions go
        // through cuBLAS.
        if env::var_os(TF32).is_some_and(|value| value == "1") {
            return Err(unusable(format!("{TF32} is set, float32 would be TF32: unset it")));
        }
        Cuda::set_user_enabled_cudnn(false);
        if !tch::utils::has_cudart() {
            return Err(unusable(CUDA_IS_NOT_LOADED.into()));
        }
        let count = usize::try_from(Cuda::device_count()).unwrap_or(0);
        if index >= count {
            return Err(unusable(format!("libtorch finds {count} CUDA devices")));
        }
        Ok(TchKernels { device: Device::Cuda(index) })
    }
}

impl Kernels for TchKernels {
    type Tensor = TchTensor;

    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> String {
        // tch does not say which libtorch it was linked with; 0.24 accepts 2.11 alone.
        "tch 0.24, libtorch 2.11".into()
    }

    fn device(&self) -> String {
        match self.device {
            Device::Cpu => "cpu".into(),
            Device::Cuda(index) => format!("cuda:{index}"),
            Device::Mps => "mps".into(),
            Device::Vulkan => "vulkan".into(),
        }
    }

    fn support(&self, function: Function, dtype: DType) -> Support {
        support::support(function, dtype, self.device)
    }

    fn upload(&self, host: &HostTensor) -> Result<TchTensor> {
        upload(host, self.device)
    }

    fn arrange(&self, tensor: TchTensor, layout: Layout) -> Result<TchTensor> {
        let held = arranged(&tensor.tensor, layout).map_err(|error| torch(&error))?;
        Ok(tensor.with(held))
    }

    fn download(&self, tensor: &TchTensor) -> Result<HostTensor> {
        download(tensor)
    }

    fn spec(&self, tensor: &TchTensor) -> Spec {
        tensor.spec()
    }

    fn cast(&self, tensor: &TchTensor, dtype: DType) -> Result<TchTensor> {
        let kind = kind_of(dtype).map_err(|failure| failure.by(Function::Cast))?;
        let cast = tensor.tensor.f_to_kind(kind).map_err(|error| torch(&error))?;
        let widened = tensor.dtype == DType::Float16 && dtype == DType::Float32;
        let plain = if widened { DType::Float16 } else { dtype };
        Ok(TchTensor { plain, sparse: tensor.sparse, ..TchTensor::new(cast, dtype) })
    }

    fn call(
        &self,
        call: &Call<&TchTensor>,
        specs: &[Spec],
        run_step: &StepRunner<'_, TchTensor>,
    ) -> Result<Vec<TchTensor>> {
        let function = call.function();
        compute(call, specs, self.device, run_step)
            .and_then(|found| specs.iter().zip(found).map(|(s, t)| deliver(t, s)).collect())
            .map_err(|failure| failure.by(function))
    }

    fn scope<R>(&self, recorded: usize, run: impl FnOnce() -> R) -> R {
        if recorded > 0 {
            return tch::with_grad(run);
        }
        // A guard, so that a panic on the way does not leave recording switched off.
        let _guard = tch::no_grad_guard();
        run()
    }

    fn watch(&self, tensor: &TchTensor) -> Result<TchTensor> {
        let watched = if tensor.tensor.requires_grad() {
            // A node of its own: the same tensor may stand for another result of the program,
            // whose derivative must not be mixed up with this one's.
            tensor.tensor.f_alias()
        } else {
            // Detached first: recording is a property of the tensor that is shared with others.
            tensor.tensor.f_detach().and_then(|t| t.f_set_requires_grad(true))
        };
        Ok(tensor.with(watched.map_err(|error| torch(&error))?))
    }

    fn settle(&self, tensor: &TchTensor) -> Result<TchTensor> {
        tensor.tensor.f_detach().map(|t| tensor.with(t)).map_err(|error| torch(&error))
    }

    fn gradients(
        &self,
        loss: &TchTensor,
        variables: &[TchTensor],
    ) -> Result<Vec<Option<TchTensor>>> {
        let recorded: Vec<bool> = variables.iter().map(|v| v.tensor.requires_grad()).collect();
        // libtorch's engine, as tch calls it, reads past a null edge where nothing is recorded.
        if !loss.tensor.requires_grad() || !recorded.contains(&true) {
            return Ok(variables.iter().map(|_| None).collect());
        }
        let wanted: Vec<&Tensor> =
            variables.iter().zip(&recorded).filter(|(_, r)| **r).map(|(v, _)| &v.tensor).collect();
        // The record is kept: another gradient of the program may run through it.
        let found = Tensor::f_run_backward(&[&loss.tensor], &wanted, true, false)
            .map_err(|error| torch(&error))?;
        let mut found = found.into_iter();
        Ok(variables
            .iter()
            .zip(recorded)
            .map(|(variable, recorded)| {
                let gradient = if recorded { found.next() } else { None };
                // What the loss does not depend on comes back as an undefined tensor.
                gradient.filter(Tensor::defined).map(|g| TchTensor::new(g, variable.dtype))
            })
            .collect())
    }
}

/// A result with the dtype and sparseness that inference names; its shape is the kernel's duty.
fn deliver(tensor: Tensor, spec: &Spec) -> Computed<TchTensor> {
    let kind = kind_of(spec.dtype)?;
    let as_is = tensor.f_kind().is_ok_and(|found| found == kind);
    let tensor = if as_is { tensor } else { tensor.f_to_kind(kind)? };
    let found = TchTensor { sparse: spec.sparse, ..TchTensor::new(tensor, spec.dtype) };
    debug_assert!(
        spec.admits(spec.dtype, &found.spec().shape().unwrap_or_default()),
        "{} and not {spec}",
        found.spec()
    );
    Ok(found)
}

fn one(found: Computed) -> Computed<Vec<Tensor>> {
    Ok(vec![found?])
}

/// Which method computes which function.
fn compute(
    call: &Call<&TchTensor>,
    specs: &[Spec],
    device: Device,
    run_step: &StepRunner<'_, TchTensor>,
) -> Computed<Vec<Tensor>> {
    let Some(spec) = specs.first() else {
        return Ok(Vec::new());
    };
    match call {
        Call::Cast(c) => one(conversion::cast(c, spec)),
        Call::ToDense(c) => one(conversion::to_dense(c)),
        Call::Identity(c) => one(conversion::identity(c)),
        Call::PrintTensor(c) => one(conversion::print_tensor(c)),
        Call::Shape(c) => one(conversion::shape(c)),
        Call::ZerosLike(c) => one(creation::zeros_like(c, spec)),
        Call::OnesLike(c) => one(creation::ones_like(c, spec)),
        Call::Arange(c) => one(creation::arange(c, spec, device)),
        Call::Dot(c) => one(linear_algebra::dot(c, spec)),
        Call::BatchDot(c) => one(linear_algebra::batch_dot(c, spec)),
        Call::Transpose(c) => one(linear_algebra::transpose(c)),
        Call::Gather(c) => one(indexing::gather(c, spec)),
        Call::OneHot(c) => one(indexing::one_hot(c, spec)),
        Call::InTopK(c) => one(indexing::in_top_k(c, spec)),
        Call::Reverse(c) => one(shaping::reverse(c)),
        Call::Sum(c) => one(reduction::sum(c)),
        Call::Max(c) => one(reduction::max(c, spec)),
        Call::Min(c) => one(reduction::min(c, spec)),
        Call::Prod(c) => one(reduction::prod(c)),
        Call::Mean(c) => one(reduction::mean(c, spec)),
        Call::Std(c) => one(reduction::std(c, spec)),
        Call::Var(c) => one(reduction::var(c, spec)),
        Call::Any(c) => one(reduction::any(c)),
        Call::All(c) => one(reduction::all(c)),
        Call::Argmax(c) => one(position::argmax(c)),
        Call::Argmin(c) => one(position::argmin(c)),
        Call::Logsumexp(c) => one(reduction::logsumexp(c, spec)),
        Call::Cumsum(c) => one(cumulative::cumsum(c)),
        Call::Cumprod(c) => one(cumulative::cumprod(c)),
        Call::Square(c) => one(elementwise::square(c)),
        Call::Abs(c) => one(elementwise::abs(c)),
        Call::Sign(c) => one(elementwise::sign(c)),
        Call::Sin(c) => one(elementwise::sin(c)),
        Call::Cos(c) => one(elementwise::cos(c)),
        Call::Exp(c) => one(elementwise::exp(c)),
        Call::Log(c) => one(elementwise::log(c)),
        Call::Log1p(c) => one(elementwise::log1p(c)),
        Call::Expm1(c) => one(elementwise::expm1(c)),
        Call::Sqrt(c) => one(elementwise::sqrt(c)),
        Call::Clip(c) => one(elementwise::clip(c)),
        Call::Pow(c) => one(elementwise::pow(c)),
        Call::Round(c) => one(elementwise::round(c)),
        Call::Equal(c) => one(elementwise::equal(c)),
        Call::NotEqual(c) => one(elementwise::not_equal(c)),
        Call::Greater(c) => one(elementwise::greater(c)),
        Call::GreaterEqual(c) => one(elementwise::greater_equal(c)),
        Call::Lesser(c) => one(elementwise::lesser(c)),
        Call::LesserEqual(c) => one(elementwise::lesser_equal(c)),
        Call::Maximum(c) => one(elementwise::maximum(c)),
        Call::Minimum(c) => one(elementwise::minimum(c)),
        Call::Add(c) => one(elementwise::add(c)),
        Call::Subtract(c) => one(elementwise::subtract(c)),
        Call::Multiply(c) => one(elementwise::multiply(c)),
        Call::Divide(c) => one(elementwise::divide(c)),
        Call::Negative(c) => one(elementwise::negative(c)),
        Call::BiasAdd(c) => one(elementwise::bias_add(c)),
        Call::Relu(c) => one(activation::relu(c)),
        Call::Softmax(c) => one(activation::softmax(c)),
        Call::Sigmoid(c) => one(activation::sigmoid(c)),
        Call::HardSigmoid(c) => one(activation::hard_sigmoid(c)),
        Call::Tanh(c) => one(activation::tanh(c)),
        Call::Softplus(c) => one(activation::softplus(c)),
        Call::Softsign(c) => one(activation::softsign(c)),
        Call::Elu(c) => one(activation::elu(c)),
        Call::Concatenate(c) => one(shaping::concatenate(c)),
        Call::Reshape(c) => one(shaping::reshape(c, spec)),
        Call::PermuteDimensions(c) => one(shaping::permute_dimensions(c)),
        Call::ExpandDims(c) => one(shaping::expand_dims(c, spec)),
        Call::Squeeze(c) => one(shaping::squeeze(c, spec)),
        Call::RepeatElements(c) => one(shaping::repeat_elements(c, spec)),
        Call::Repeat(c) => one(shaping::repeat(c, spec)),
        Call::Tile(c) => one(shaping::tile(c)),
        Call::Flatten(c) => one(shaping::flatten(c, spec)),
        Call::BatchFlatten(c) => one(shaping::batch_flatten(c, spec)),
        Call::Pack(c) => one(shaping::pack(c)),
        Call::Stack(c) => one(shaping::stack(c)),
        Call::ResizeImages(c) => one(spatial::resize_images(c, spec)),
        Call::ResizeVolumes(c) => one(spatial::resize_volumes(c, spec)),
        Call::TemporalPadding(c) => one(spatial::temporal_padding(c)),
        Call::AsymmetricTemporalPadding(c) => one(spatial::asymmetric_temporal_padding(c)),
        Call::Spatial2dPadding(c) => one(spatial::spatial_2d_padding(c)),
        Call::AsymmetricSpatial2dPadding(c) => one(spatial::asymmetric_spatial_2d_padding(c)),
        Call::Spatial3dPadding(c) => one(spatial::spatial_3d_padding(c)),
        Call::CategoricalCrossentropy(c) => one(loss::categorical_crossentropy(c)),
        Call::SparseCategoricalCrossentropy(c) => {
            one(loss::sparse_categorical_crossentropy(c, spec))
        }
        Call::BinaryCrossentropy(c) => one(loss::binary_crossentropy(c)),
        Call::L2Normalize(c) => one(normalization::l2_normalize(c)),
        Call::BatchNormalization(c) => one(normalization::batch_normalization(c)),
        Call::NormalizeBatchInTraining(c) => normalization::normalize_batch_in_training(c),
        Call::Conv1d(c) => one(convolution::conv1d(c, spec)),
        Call::Conv2d(c) => one(convolution::conv2d(c, spec)),
        Call::Deconv2d(c) => one(convolution::deconv2d(c, spec)),
        Call::AtrousConv2d(c) => one(convolution::atrous_conv2d(c, spec)),
        Call::SeparableConv2d(c) => one(convolution::separable_conv2d(c, spec)),
        Call::Conv3d(c) => one(convolution::conv3d(c, spec)),
        Call::LocalConv1d(c) => one(local::local_conv1d(c, spec)),
        Call::LocalConv2d(c) => one(local::local_conv2d(c, spec)),
        Call::Pool2d(c) => one(pooling::pool2d(c, spec)),
        Call::Pool3d(c) => one(pooling::pool3d(c, spec)),
        Call::Dropout(c) => one(random::dropout(c)),
        Call::RandomNormal(c) => one(random::random_normal(c, spec, device)),
        Call::TruncatedNormal(c) => one(random::truncated_normal(c, spec, device)),
        Call::RandomUniform(c) => one(random::random_uniform(c, spec, device)),
        Call::RandomBinomial(c) => one(random::random_binomial(c, spec, device)),
        Call::Switch(c) => one(control::switch(c)),
        Call::StopGradient(c) => one(control::stop_gradient(c)),
        Call::Rnn(c) => recurrent::rnn(c, specs, run_step),
        Call::MapFn(c) => one(iteration::map_fn(c, spec, run_step)),
        Call::Foldl(c) => one(iteration::foldl(c, run_step)),
        Call::Foldr(c) => one(iteration::foldr(c, run_step)),
        Call::CtcBatchCost(c) => one(ctc::ctc_batch_cost(c)),
        Call::CtcDecode(c) => decoding::ctc_decode(c),
        Call::CtcLabelDenseToSparse(c) => decoding::ctc_label_dense_to_sparse(c),
    }
}
