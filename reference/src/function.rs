//! The table of functions. Everything that names functions derives from it: the typed calls that
//! engines match on, parsing by Keras' name, shape inference, evaluation by reading, the typed
//! K functions, listings and documentation.

use std::fmt;
use std::str::FromStr;

use crate::arguments::{Arguments, PlainArgument};
use crate::entry::Entry;
use crate::error::Error;
use crate::functions as f;
use crate::number::Number;
use crate::shape::Spec;
use crate::tensor::{Failure, Numbers, Value};

macro_rules! functions {
    (
        calls { $($family:ident :: $Name:ident = $name:ident),* $(,)? }
        program { $($pfamily:ident :: $PName:ident = $pname:ident),* $(,)? }
    ) => {
        /// A function of the Keras backend API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each variant is documented by its entry")]
        pub enum Function { $($Name,)* $($PName,)* }

        impl Function {
            /// Every function, in the order of the table.
            pub const ALL: &'static [Function] = &[$(Function::$Name,)* $(Function::$PName,)*];

            /// Keras' name for it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Function::$Name => stringify!($name),)*
                    $(Function::$PName => stringify!($pname),)*
                }
            }

            /// Its family: the module that holds its entry.
            pub fn family(self) -> &'static str {
                match self {
                    $(Function::$Name => stringify!($family),)*
                    $(Function::$PName => stringify!($pfamily),)*
                }
            }

            /// Whether an engine computes it as a call within a program; the others are part of
            /// the program itself.
            pub fn is_call(self) -> bool {
                match self {
                    $(Function::$Name => true,)*
                    $(Function::$PName => false,)*
                }
            }

            /// Its page of specification.
            pub fn entry(self) -> Entry {
                match self {
                    $(Function::$Name => f::$family::$Name::<()>::ENTRY,)*
                    $(Function::$PName => f::$pfamily::$PName::<()>::ENTRY,)*
                }
            }
        }

        /// A call that an engine computes, with its arguments; `T` is what a tensor is.
        #[derive(Clone, Debug)]
        #[allow(missing_docs, reason = "each variant is documented by its struct")]
        pub enum Call<T> { $($Name(f::$family::$Name<T>),)* }

        impl<T> Call<T> {
            /// The function called.
            pub fn function(&self) -> Function {
                match self { $(Call::$Name(_) => Function::$Name,)* }
            }

            /// The same call on other tensors.
            pub fn try_map<'a, U, E>(
                &'a self,
                f: &mut dyn FnMut(&'a T) -> Result<U, E>,
            ) -> Result<Call<U>, E> {
                Ok(match self { $(Call::$Name(call) => Call::$Name(call.try_map(f)?),)* })
            }

            /// The plain arguments, by parameter name.
            pub fn plain_arguments(&self) -> Vec<(&'static str, PlainArgument)> {
                match self { $(Call::$Name(call) => call.plain_arguments(),)* }
            }

            /// The tensor arguments, by parameter name, in order.
            pub fn tensor_arguments(&self) -> Vec<(&'static str, Vec<&T>)> {
                match self { $(Call::$Name(call) => call.tensor_arguments(),)* }
            }

            /// The call of `function` with arguments by name; functions of the program itself
            /// (placeholder, update, …) are no calls and give `None`.
            pub fn from_arguments(
                function: Function,
                arguments: Arguments<T>,
            ) -> Option<Result<Self, Error>> {
                match function {
                    $(Function::$Name => Some(f::$family::$Name::from_arguments(arguments).map(Call::$Name)),)*
                    $(Function::$PName => None,)*
                }
            }
        }

        impl Call<Spec> {
            pub(crate) fn infer_unchecked(&self) -> Result<Vec<Spec>, Failure> {
                Ok(match self { $(Call::$Name(call) => call.infer()?,)* })
            }
        }

        impl<N: Number> Call<&Value<N>> {
            pub(crate) fn evaluate_numbers(&self, specs: &[Spec]) -> Result<Vec<Numbers<N>>, Failure> {
                match self { $(Call::$Name(call) => call.evaluate(specs),)* }
            }
        }

        $(impl<T> From<f::$family::$Name<T>> for Call<T> {
            fn from(call: f::$family::$Name<T>) -> Self {
                Call::$Name(call)
            }
        })*

        /// Expands `callback! { … }` with Keras' name of every function, in the order of the table.
        #[macro_export]
        macro_rules! for_each_function {
            ($callback:ident) => { $callback! { $($name)* $($pname)* } };
        }
    };
}

functions! {
    calls {
        conversion::Cast = cast,
        conversion::ToDense = to_dense,
        conversion::Identity = identity,
        conversion::PrintTensor = print_tensor,
        conversion::Shape = shape,
        creation::ZerosLike = zeros_like,
        creation::OnesLike = ones_like,
        creation::Arange = arange,
        linear_algebra::Dot = dot,
        linear_algebra::BatchDot = batch_dot,
        linear_algebra::Transpose = transpose,
        indexing::Gather = gather,
        indexing::OneHot = one_hot,
        indexing::InTopK = in_top_k,
        shaping::Reverse = reverse,
        reduction::Sum = sum,
        reduction::Max = max,
        reduction::Min = min,
        reduction::Prod = prod,
        reduction::Mean = mean,
        reduction::Std = std,
        reduction::Var = var,
        reduction::Any = any,
        reduction::All = all,
        position::Argmax = argmax,
        position::Argmin = argmin,
        reduction::Logsumexp = logsumexp,
        cumulative::Cumsum = cumsum,
        cumulative::Cumprod = cumprod,
        elementwise::Square = square,
        elementwise::Abs = abs,
        elementwise::Sign = sign,
        elementwise::Sin = sin,
        elementwise::Cos = cos,
        elementwise::Exp = exp,
        elementwise::Log = log,
        elementwise::Log1p = log1p,
        elementwise::Expm1 = expm1,
        elementwise::Sqrt = sqrt,
        elementwise::Clip = clip,
        elementwise::Pow = pow,
        elementwise::Round = round,
        elementwise::Equal = equal,
        elementwise::NotEqual = not_equal,
        elementwise::Greater = greater,
        elementwise::GreaterEqual = greater_equal,
        elementwise::Lesser = lesser,
        elementwise::LesserEqual = lesser_equal,
        elementwise::Maximum = maximum,
        elementwise::Minimum = minimum,
        elementwise::Add = add,
        elementwise::Subtract = subtract,
        elementwise::Multiply = multiply,
        elementwise::Divide = divide,
        elementwise::Negative = negative,
        elementwise::BiasAdd = bias_add,
        activation::Relu = relu,
        activation::Softmax = softmax,
        activation::Sigmoid = sigmoid,
        activation::HardSigmoid = hard_sigmoid,
        activation::Tanh = tanh,
        activation::Softplus = softplus,
        activation::Softsign = softsign,
        activation::Elu = elu,
        shaping::Concatenate = concatenate,
        shaping::Reshape = reshape,
        shaping::PermuteDimensions = permute_dimensions,
        shaping::ExpandDims = expand_dims,
        shaping::Squeeze = squeeze,
        shaping::RepeatElements = repeat_elements,
        shaping::Repeat = repeat,
        shaping::Tile = tile,
        shaping::Flatten = flatten,
        shaping::BatchFlatten = batch_flatten,
        shaping::Pack = pack,
        shaping::Stack = stack,
        spatial::ResizeImages = resize_images,
        spatial::ResizeVolumes = resize_volumes,
        spatial::TemporalPadding = temporal_padding,
        spatial::AsymmetricTemporalPadding = asymmetric_temporal_padding,
        spatial::Spatial2dPadding = spatial_2d_padding,
        spatial::AsymmetricSpatial2dPadding = asymmetric_spatial_2d_padding,
        spatial::Spatial3dPadding = spatial_3d_padding,
        loss::CategoricalCrossentropy = categorical_crossentropy,
        loss::SparseCategoricalCrossentropy = sparse_categorical_crossentropy,
        loss::BinaryCrossentropy = binary_crossentropy,
        normalization::L2Normalize = l2_normalize,
        normalization::BatchNormalization = batch_normalization,
        normalization::NormalizeBatchInTraining = normalize_batch_in_training,
        convolution::Conv1d = conv1d,
        convolution::Conv2d = conv2d,
        convolution::Deconv2d = deconv2d,
        convolution::AtrousConv2d = atrous_conv2d,
        convolution::SeparableConv2d = separable_conv2d,
        convolution::Conv3d = conv3d,
        local::LocalConv1d = local_conv1d,
        local::LocalConv2d = local_conv2d,
        pooling::Pool2d = pool2d,
        pooling::Pool3d = pool3d,
        random::Dropout = dropout,
        random::RandomNormal = random_normal,
        random::TruncatedNormal = truncated_normal,
        random::RandomUniform = random_uniform,
        random::RandomBinomial = random_binomial,
        control::Switch = switch,
        control::StopGradient = stop_gradient,
        recurrent::Rnn = rnn,
        iteration::MapFn = map_fn,
        iteration::Foldl = foldl,
        iteration::Foldr = foldr,
        ctc::CtcBatchCost = ctc_batch_cost,
        decoding::CtcDecode = ctc_decode,
        decoding::CtcLabelDenseToSparse = ctc_label_dense_to_sparse,
    }
    program {
        configuration::Backend = backend,
        configuration::Epsilon = epsilon,
        configuration::SetEpsilon = set_epsilon,
        configuration::Floatx = floatx,
        configuration::SetFloatx = set_floatx,
        configuration::CastToFloatx = cast_to_floatx,
        configuration::ImageDimOrdering = image_dim_ordering,
        configuration::SetImageDimOrdering = set_image_dim_ordering,
        configuration::LearningPhase = learning_phase,
        configuration::SetLearningPhase = set_learning_phase,
        variables::Variable = variable,
        variables::Zeros = zeros,
        variables::Ones = ones,
        variables::Eye = eye,
        variables::RandomUniformVariable = random_uniform_variable,
        variables::RandomNormalVariable = random_normal_variable,
        variables::GetValue = get_value,
        variables::BatchGetValue = batch_get_value,
        variables::SetValue = set_value,
        variables::BatchSetValue = batch_set_value,
        variables::Update = update,
        variables::UpdateAdd = update_add,
        variables::UpdateSub = update_sub,
        variables::MovingAverageUpdate = moving_average_update,
        inspection::IsPlaceholder = is_placeholder,
        inspection::IsSparse = is_sparse,
        inspection::IntShape = int_shape,
        inspection::Ndim = ndim,
        inspection::Dtype = dtype,
        inspection::GetVariableShape = get_variable_shape,
        inspection::CountParams = count_params,
        program::Placeholder = placeholder,
        program::FunctionCall = function,
        program::Gradients = gradients,
        program::Eval = eval,
        program::InTrainPhase = in_train_phase,
        program::InTestPhase = in_test_phase,
        program::ClearSession = clear_session,
    }
}

impl Function {
    /// Whether it runs a step program and computes nothing beside: its tensors keep their dtype.
    pub fn iterates(self) -> bool {
        matches!(self, Function::Rnn | Function::MapFn | Function::Foldl | Function::Foldr)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Function {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Function::ALL.iter().copied().find(|function| function.name() == name);
        found.ok_or_else(|| Error::UnknownFunction { name: name.into(), nearest: nearest(name) })
    }
}

/// The function whose name shares the longest beginning with `name`, if that is long enough.
fn nearest(name: &str) -> Option<Function> {
    let shared = |function: &Function| {
        function.name().bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count()
    };
    let best = Function::ALL.iter().copied().max_by_key(shared)?;
    (shared(&best) >= 3).then_some(best)
}

impl Call<Spec> {
    /// The dtype and partly known shape of every result, or the constraint that the arguments
    /// break.
    pub fn infer(&self) -> Result<Vec<Spec>, Error> {
        let specs = self.infer_unchecked().map_err(|failure| failure.by(self.function()))?;
        for spec in &specs {
            // An unknown dim counts as 1 here and is checked again when it is known.
            let shape: Vec<usize> = spec.dims.iter().map(|dim| dim.unwrap_or(1)).collect();
            if crate::shape::elements(&shape).is_none() {
                return Err(crate::error::Label::G(3)
                    .refuse(format!(
                        "the result would have shape {}",
                        crate::shape::show_dims(&spec.dims)
                    ))
                    .by(self.function()));
            }
        }
        Ok(specs)
    }
}
