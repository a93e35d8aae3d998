//! The engine's kernels: one arm a function, and what the interpreter asks for besides.

use candle_core::{Device, DeviceLocation, Tensor};
use touchstone_reference::engine::{Kernels, StepRunner, Support};
use touchstone_reference::{Call, DType, Function, HostTensor, Layout, Result, Spec, show_dims};

use crate::derivative::{self, Watch};
use crate::failure::{self, Failure};
use crate::ops::Extreme;
use crate::tensor::{self, CandleTensor, rounded_to_half};
use crate::{
    NAME, activation, control, conversion, convolution, creation, ctc, cumulative, decoding,
    elementwise, indexing, iteration, linear_algebra, local, loss, normalization, ops, random,
    recurrent, reduction, shaping, spatial, support,
};

/// The stack on which long recorded programs run: candle walks and drops its graph recursively,
/// about half a kilobyte a node.
const STACK: usize = 512 << 20;

/// More than one call needs of it: none has as many as 128 nodes one after the other, and what the
/// kernels themselves need was measured as between one and four kilobytes a call.
const CALL: usize = 64 << 10;

/// candle's tensor operations on one device.
#[derive(Clone, Debug)]
pub struct CandleKernels {
    device: Device,
}

impl CandleKernels {
    /// The kernels on a device.
    pub fn new(device: Device) -> Self {
        CandleKernels { device }
    }

    /// Computes a call whose results are not all empty. Where a shape depends on values there is
    /// none in `shapes`.
    fn compute(
        &self,
        call: &Call<&CandleTensor>,
        specs: &[Spec],
        shapes: &[Vec<usize>],
        run_step: &StepRunner<'_, CandleTensor>,
    ) -> failure::Result<Vec<Tensor>> {
        let (spec, shape) = (&specs[0], &shapes[0]);
        let one = match call {
            Call::Cast(c) => conversion::cast(c),
            Call::ToDense(c) => Ok(c.tensor.native()),
            Call::Identity(c) => Ok(c.x.native()),
            Call::PrintTensor(c) => conversion::print_tensor(c),
            Call::Shape(c) => conversion::shape(c.x),
            Call::ZerosLike(_) => creation::constant(spec, shape, 0.0, &self.device),
            Call::OnesLike(_) => creation::constant(spec, shape, 1.0, &self.device),
            Call::Arange(c) => creation::arange(c, &self.device),
            Call::Dot(c) => linear_algebra::dot(c, shape),
            Call::BatchDot(c) => linear_algebra::batch_dot(c, shape),
            Call::Transpose(c) => linear_algebra::transpose(c.x),
            Call::Gather(c) => indexing::gather(c, shape),
            Call::OneHot(c) => indexing::one_hot(c, spec),
            Call::InTopK(c) => indexing::in_top_k(c, shape),
            Call::Reverse(c) => shaping::reverse(c),
            Call::Sum(c) => reduction::sum(c.x, &c.axis, spec, shape),
            Call::Max(c) => reduction::extreme(Extreme::Greatest, c.x, &c.axis, spec, shape),
            Call::Min(c) => reduction::extreme(Extreme::Least, c.x, &c.axis, spec, shape),
            Call::Prod(c) => reduction::prod(c.x, &c.axis, spec, shape),
            Call::Mean(c) => reduction::mean(c.x, &c.axis, spec, shape),
            Call::Std(c) => reduction::std(c.x, &c.axis, spec, shape),
            Call::Var(c) => reduction::var(c.x, &c.axis, spec, shape),
            Call::Any(c) => reduction::any(c.x, &c.axis, spec, shape),
            Call::All(c) => reduction::all(c.x, &c.axis, spec, shape),
            Call::Argmax(c) => reduction::position_of(Extreme::Greatest, c.x, c.axis),
            Call::Argmin(c) => reduction::position_of(Extreme::Least, c.x, c.axis),
            Call::Logsumexp(c) => reduction::logsumexp(c.x, &c.axis, spec, shape),
            Call::Cumsum(c) => cumulative::cumsum(c.x, c.axis),
            Call::Cumprod(c) => cumulative::cumprod(c.x, c.axis),
            Call::Square(c) => elementwise::square(c.x),
            Call::Abs(c) => elementwise::abs(c.x),
            Call::Sign(c) => elementwise::sign(c.x),
            Call::Sin(c) => elementwise::sin(c.x),
            Call::Cos(c) => elementwise::cos(c.x),
            Call::Exp(c) => elementwise::exp(c.x),
            Call::Log(c) => elementwise::log(c.x),
            Call::Log1p(c) => elementwise::log1p(c.x),
            Call::Expm1(c) => elementwise::expm1(c.x),
            Call::Sqrt(c) => elementwise::sqrt(c),
            Call::Clip(c) => elementwise::clip(c),
            Call::Pow(c) => elementwise::pow(c),
            Call::Round(c) => elementwise::round(c),
            Call::Equal(c) => elementwise::compare(c.x, c.y, Tensor::broadcast_eq),
            Call::NotEqual(c) => elementwise::compare(c.x, c.y, Tensor::broadcast_ne),
            Call::Greater(c) => elementwise::compare(c.x, c.y, Tensor::broadcast_gt),
            Call::GreaterEqual(c) => elementwise::compare(c.x, c.y, Tensor::broadcast_ge),
            Call::Lesser(c) => elementwise::compare(c.x, c.y, Tensor::broadcast_lt),
            Call::LesserEqual(c) => elementwise::compare(c.x, c.y, Tensor::broadcast_le),
            Call::Maximum(c) => elementwise::extreme(Extreme::Greatest, c.x, c.y, shape),
            Call::Minimum(c) => elementwise::extreme(Extreme::Least, c.x, c.y, shape),
            Call::Add(c) => elementwise::arithmetic(c.x, c.y, Tensor::broadcast_add),
            Call::Subtract(c) => elementwise::arithmetic(c.x, c.y, Tensor::broadcast_sub),
            Call::Multiply(c) => elementwise::arithmetic(c.x, c.y, Tensor::broadcast_mul),
            Call::Divide(c) => Ok(ops::divide(&c.x.native(), &c.y.native(), shape)?),
            Call::Negative(c) => elementwise::negative(c.x),
            Call::BiasAdd(c) => elementwise::bias_add(c),
            Call::Relu(c) => activation::relu(c),
            Call::Softmax(c) => activation::softmax(c.x),
            Call::Sigmoid(c) => activation::sigmoid(c.x),
            Call::HardSigmoid(c) => activation::hard_sigmoid(c.x),
            Call::Tanh(c) => Ok(c.x.native().tanh()?),
            Call::Softplus(c) => activation::softplus(c.x),
            Call::Softsign(c) => activation::softsign(c.x),
            Call::Elu(c) => activation::elu(c),
            Call::Concatenate(c) => shaping::concatenate(c, shape),
            Call::Reshape(c) => shaping::reshape(c.x, shape),
            Call::PermuteDimensions(c) => shaping::permute_dimensions(c),
            Call::ExpandDims(c) => shaping::reshape(c.x, shape),
            Call::Squeeze(c) => shaping::reshape(c.x, shape),
            Call::RepeatElements(c) => shaping::repeat_elements(c),
            Call::Repeat(c) => shaping::repeat(c),
            Call::Tile(c) => shaping::tile(c),
            Call::Flatten(c) => shaping::reshape(c.x, shape),
            Call::BatchFlatten(c) => shaping::reshape(c.x, shape),
            Call::Pack(c) => shaping::stack(&c.x, 0, shape),
            Call::Stack(c) => shaping::stack(&c.x, c.axis, shape),
            Call::ResizeImages(c) => spatial::resize_images(c),
            Call::ResizeVolumes(c) => spatial::resize_volumes(c),
            Call::TemporalPadding(c) => {
                spatial::padded(c.x, &[1], &[[c.padding, c.padding]], shape)
            }
            Call::AsymmetricTemporalPadding(c) => {
                spatial::padded(c.x, &[1], &[[c.left_pad, c.right_pad]], shape)
            }
            Call::Spatial2dPadding(c) => spatial::spatial_2d_padding(c, shape),
            Call::AsymmetricSpatial2dPadding(c) => spatial::asymmetric_spatial_2d_padding(c, shape),
            Call::Spatial3dPadding(c) => spatial::spatial_3d_padding(c, shape),
            Call::CategoricalCrossentropy(c) => loss::categorical_crossentropy(c, shape),
            Call::SparseCategoricalCrossentropy(c) => {
                loss::sparse_categorical_crossentropy(c, shape)
            }
            Call::BinaryCrossentropy(c) => loss::binary_crossentropy(c),
            Call::L2Normalize(c) => normalization::l2_normalize(c),
            Call::BatchNormalization(c) => normalization::batch_normalization(c),
            Call::NormalizeBatchInTraining(c) => {
                return normalization::normalize_batch_in_training(c, specs, &shapes[1]);
            }
            Call::Conv1d(c) => convolution::conv1d(c, shape),
            Call::Conv2d(c) => convolution::conv2d(c, shape),
            Call::Deconv2d(c) => convolution::deconv2d(c, shape),
            Call::AtrousConv2d(c) => convolution::atrous_conv2d(c, shape),
            Call::SeparableConv2d(c) => convolution::separable_conv2d(c, shape),
            Call::Conv3d(c) => convolution::conv3d(c, shape),
            Call::Pool2d(c) => convolution::pool2d(c),
            Call::Pool3d(c) => convolution::pool3d(c),
            Call::LocalConv1d(c) => local::local_conv1d(c, shape),
            Call::LocalConv2d(c) => local::local_conv2d(c, shape),
            Call::Dropout(c) => random::dropout(c),
            Call::RandomNormal(c) => random::random_normal(c, shape, &self.device),
            Call::TruncatedNormal(c) => random::truncated_normal(c, shape, &self.device),
            Call::RandomUniform(c) => random::random_uniform(c, shape, &self.device),
            Call::RandomBinomial(c) => random::random_binomial(c, shape, &self.device),
            Call::Switch(c) => control::switch(c),
            Call::StopGradient(c) => Ok(c.variables.native().detach()),
            Call::Rnn(c) => return recurrent::rnn(c, specs, shapes, run_step),
            Call::MapFn(c) => iteration::map_fn(c, spec, shape, run_step),
            Call::Foldl(c) => iteration::foldl(c, run_step),
            Call::Foldr(c) => iteration::foldr(c, run_step),
            Call::CtcBatchCost(c) => ctc::ctc_batch_cost(c, shape),
            Call::CtcDecode(c) => return decoding::ctc_decode(c),
            Call::CtcLabelDenseToSparse(c) => return decoding::ctc_label_dense_to_sparse(c),
        };
        Ok(vec![one?])
    }

    /// Zeros without elements, where all results are so and nothing is to be seen on the way to
    /// them, a refusal or a print: many of candle's kernels fail on them.
    fn empties(
        &self,
        function: Function,
        specs: &[Spec],
        shapes: &[Vec<usize>],
    ) -> failure::Result<Option<Vec<Tensor>>> {
        let looks = matches!(
            function,
            Function::Gather
                | Function::CtcBatchCost
                | Function::PrintTensor
                | Function::MapFn
                | Function::Foldl
                | Function::Foldr
        );
        if looks || !shapes.iter().all(|shape| shape.contains(&0)) {
            return Ok(None);
        }
        let empty = |(spec, shape): (&Spec, &Vec<usize>)| {
            Ok::<_, Failure>(ops::filled(tensor::storage(spec.dtype)?, shape, 0.0, &self.device)?)
        };
        specs.iter().zip(shapes).map(empty).collect::<failure::Result<Vec<_>>>().map(Some)
    }

    fn results(
        &self,
        call: &Call<&CandleTensor>,
        specs: &[Spec],
        run_step: &StepRunner<'_, CandleTensor>,
    ) -> failure::Result<Vec<CandleTensor>> {
        let shapes: Vec<Vec<usize>> =
            specs.iter().map(|spec| spec.shape().unwrap_or_default()).collect();
        let computed = match self.empties(call.function(), specs, &shapes)? {
            Some(empties) => empties,
            None => self.compute(call, specs, &shapes, run_step)?,
        };
        computed
            .into_iter()
            .zip(specs)
            .map(|(tensor, spec)| {
                if !spec.admits(spec.dtype, tensor.dims()) {
                    return Err(Failure::engine(format!(
                        "the result has shape {:?}, not {}",
                        tensor.dims(),
                        show_dims(&spec.dims)
                    )));
                }
                // Of operands that are no floats: the interpreter casts where they are float16.
                let tensor =
                    if spec.dtype == DType::Float16 { rounded_to_half(&tensor)? } else { tensor };
                Ok(CandleTensor::new(tensor, spec.dtype).with_sparse(spec.sparse))
            })
            .collect()
    }

    fn differentiate(
        &self,
        loss: &CandleTensor,
        variables: &[CandleTensor],
    ) -> failure::Result<Vec<Option<CandleTensor>>> {
        let root = loss.native();
        if !root.track_op() {
            return Ok(vec![None; variables.len()]);
        }
        let slots =
            || variables.iter().filter_map(|variable| variable.watch().and_then(Watch::slot));
        slots().for_each(|slot| drop(derivative::take(slot)));
        let store = root.backward()?;
        let found: Vec<Option<Tensor>> = variables
            .iter()
            .map(|variable| match variable.watch()? {
                Watch::Leaf => store.get(&variable.native()).cloned(),
                Watch::Tap(slot) => derivative::peek(slot),
            })
            .collect();
        // Not kept: it would keep the gradients of this loss alive with the variables.
        slots().for_each(|slot| drop(derivative::take(slot)));
        let finished = |(gradient, variable): (Option<Tensor>, &CandleTensor)| {
            let Some(gradient) = gradient else { return Ok(None) };
            let gradient = gradient.detach();
            let half = variable.dtype() == DType::Float16;
            let gradient = if half { rounded_to_half(&gradient)? } else { gradient };
            Ok(Some(CandleTensor::new(gradient, variable.dtype())))
        };
        found.into_iter().zip(variables).map(finished).collect()
    }
}

impl Kernels for CandleKernels {
    type Tensor = CandleTensor;

    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> String {
        format!("candle-core {CANDLE_VERSION}")
    }

    fn device(&self) -> String {
        match self.device.location() {
            DeviceLocation::Cpu => "cpu".into(),
            DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
            DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
        }
    }

    fn support(&self, function: Function, dtype: DType) -> Support {
        support::support(function, dtype)
    }

    fn upload(&self, host: &HostTensor) -> Result<CandleTensor> {
        tensor::upload(host, &self.device).map_err(Failure::outside)
    }

    fn arrange(&self, tensor: CandleTensor, layout: Layout) -> Result<CandleTensor> {
        tensor::arrange(tensor, layout).map_err(Failure::outside)
    }

    fn download(&self, tensor: &CandleTensor) -> Result<HostTensor> {
        tensor::download(tensor).map_err(Failure::outside)
    }

    fn spec(&self, tensor: &CandleTensor) -> Spec {
        tensor.spec()
    }

    fn cast(&self, tensor: &CandleTensor, dtype: DType) -> Result<CandleTensor> {
        tensor::cast(tensor, dtype).map_err(Failure::outside)
    }

    fn call(
        &self,
        call: &Call<&CandleTensor>,
        specs: &[Spec],
        run_step: &StepRunner<'_, CandleTensor>,
    ) -> Result<Vec<CandleTensor>> {
        self.results(call, specs, run_step).map_err(|failure| failure.by(call.function()))
    }

    fn scope<R>(&self, recorded: usize, run: impl FnOnce() -> R) -> R {
        if recorded == 0 {
            return run();
        }
        // A new stack costs more than a small program, which the present one may well hold.
        stacker::maybe_grow(recorded.saturating_mul(CALL), STACK, run)
    }

    fn watch(&self, tensor: &CandleTensor) -> Result<CandleTensor> {
        tensor.watched().map_err(Failure::outside)
    }

    fn settle(&self, tensor: &CandleTensor) -> Result<CandleTensor> {
        tensor.settled().map_err(Failure::outside)
    }

    fn gradients(
        &self,
        loss: &CandleTensor,
        variables: &[CandleTensor],
    ) -> Result<Vec<Option<CandleTensor>>> {
        self.differentiate(loss, variables).map_err(Failure::outside)
    }
}

/// The version of candle-core that the manifest pins.
const CANDLE_VERSION: &str = "0.11.1";
