//! The Keras page on backends, in Rust: its sections in its order, its examples as tests.
//!
//! A function is [`backend`](crate::backend)'s under Keras' own name; what it means in full is on
//! its page of the specification. Three things are written otherwise than in Python. Required
//! arguments stand in the call and the others are set by name, and `tensor()` ends such a call:
//! `K.sum(b, axis=2)` is `K::sum(&b).axis(2).tensor()?`. Dims that are not known are `None`, the
//! others `Some`. And whatever can be refused is a `Result`, so a line ends with `?`.
//!
//! # Switching from one backend to another
//!
//! The configuration file is `~/.keras/keras.json`. If it isn't there, the defaults are in force;
//! it can be created. The file of the page:
//!
//! ```
//! use touchstone_reference::configuration::Configuration;
//!
//! let file = r#"{
//!     "image_dim_ordering": "tf",
//!     "epsilon": 1e-07,
//!     "floatx": "float32",
//!     "backend": "tensorflow"
//! }"#;
//! let configuration = Configuration::parse("keras.json", file)?;
//! assert_eq!(configuration.image_dim_ordering.name(), "tf");
//! assert_eq!(configuration.epsilon, 1e-7);
//! assert_eq!(configuration.floatx.name(), "float32");
//! assert_eq!(configuration.backend, "tensorflow");
//!
//! // But for the engine, these are the defaults.
//! let defaults = Configuration::default();
//! assert_eq!(configuration, Configuration { backend: "tensorflow".into(), ..defaults });
//!
//! // What is wrong is told, with the file and the field.
//! let error = Configuration::parse("keras.json", r#"{"floatx": "float8"}"#).unwrap_err();
//! assert!(error.to_string().contains("keras.json") && error.to_string().contains("floatx"));
//! # Ok::<(), touchstone_reference::Error>(())
//! ```
//!
//! The environment variable `KERAS_BACKEND` overrides what the file says. With
//! `KERAS_BACKEND=reference` set for the program:
//!
//! ```standalone_crate
//! # // The program starts itself again with the variable set.
//! # if std::env::var_os("KERAS_BACKEND").is_none_or(|name| name != "reference") {
//! #     let program = std::env::current_exe().expect("a program has a path");
//! #     let again = std::process::Command::new(program).env("KERAS_BACKEND", "reference").status();
//! #     assert!(again.expect("it starts again").success());
//! #     return Ok(());
//! # }
//! use touchstone::backend as K;
//!
//! println!("Using {} backend.", K::backend()?);
//! assert_eq!(K::backend()?, "reference");
//! # Ok::<(), K::Error>(())
//! ```
//!
//! A program can choose as well. Code against the API does not change with the engine; here one
//! function of tensors, its derivative and a variable's update run on every engine of the build,
//! and agree, to the bit, because these numbers are exact on all of them:
//!
//! ```
//! use touchstone::backend as K;
//! use touchstone::registry;
//!
//! fn loss(x: &K::Tensor, w: &K::Tensor) -> K::Result<K::Tensor> {
//!     let y = K::relu(&K::dot(x, w)?).tensor()?;
//!     K::sum(&K::square(&(y - 1.0)?)?).tensor()
//! }
//!
//! fn train(steps: usize) -> K::Result<Vec<f64>> {
//!     let x = K::placeholder(&[None, Some(2)]).tensor()?;
//!     let w = K::variable(&K::HostTensor::from_vec(&[2, 1], vec![1.0_f32, -0.5])?)?;
//!     let loss = loss(&x, &w)?;
//!     let slope = K::gradients(&loss, &[w.clone()])?.remove(0);
//!     let step = K::update_sub(&w, &(slope * 0.125)?)?;
//!     let train = K::function(&[x], &[loss], &[step])?;
//!     let batch = K::HostTensor::from_vec(&[2, 2], vec![1.0_f32, 0.0, 2.0, 1.0])?;
//!     let mut losses = Vec::new();
//!     for _ in 0..steps {
//!         losses.extend(train.call(&[batch.clone()])?[0].to_f64s());
//!     }
//!     losses.extend(K::get_value(&w)?.to_f64s());
//!     Ok(losses)
//! }
//!
//! for registered in registry::engines() {
//!     K::set_backend(registered.name)?;
//!     assert_eq!(K::backend()?, registered.name);
//!     assert_eq!(train(2)?, [0.25, 0.078125, 0.875, -0.59375], "{}", registered.name);
//! }
//! # Ok::<(), K::Error>(())
//! ```
//!
//! [`set_backend`](crate::backend::set_backend) is for the program; for one piece of it there is
//! [`with_engine`](crate::backend::with_engine):
//!
//! ```
//! use touchstone::backend as K;
//! use touchstone::registry::{Device, engines};
//!
//! # K::set_backend("reference")?;
//! let before = K::backend()?;
//! for registered in engines() {
//!     let engine = (registered.start)(&Device::Cpu)?;
//!     let answer = K::with_engine(engine, || {
//!         assert_eq!(K::backend()?, registered.name);
//!         K::eval(&K::sum(&K::constant(K::HostTensor::from_vec(&[3], vec![1, 2, 3])?)).tensor()?)
//!     })?;
//!     assert_eq!(answer, K::HostTensor::scalar(6));
//! }
//! assert_eq!(K::backend()?, before);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! # Using the abstract backend to write new code
//!
//! The module of functions is imported as
//!
//! ```
//! use touchstone::backend as K;
//! # assert!(K::set_backend("reference").is_ok());
//! ```
//!
//! An input placeholder:
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # K::set_floatx("float32")?;
//! let input = K::placeholder(&[Some(2), Some(4), Some(5)]).tensor()?;
//! assert_eq!(input.spec().to_string(), "float32(2, 4, 5)");
//! // also works:
//! let input = K::placeholder(&[None, Some(4), Some(5)]).tensor()?;
//! assert_eq!(input.spec().to_string(), "float32(None, 4, 5)");
//! // also works:
//! let input = K::PlaceholderBuilder::new().ndim(3).tensor()?;
//! assert_eq!(input.spec().to_string(), "float32(None, None, None)");
//! # Ok::<(), K::Error>(())
//! ```
//!
//! A shared variable:
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! let val = K::HostTensor::from_vec(&[3, 4, 5], (0..60).map(|i| i as f32 / 60.0).collect())?;
//! let var = K::variable(&val)?;
//! assert_eq!(K::get_value(&var)?, val);
//!
//! // All zeros:
//! let var = K::zeros(&[3, 4, 5]).tensor()?;
//! assert_eq!(K::get_value(&var)?.to_f64s(), [0.0; 60]);
//! // All ones:
//! let var = K::ones(&[3, 4, 5]).dtype(K::DType::Float64).name("ones").tensor()?;
//! assert_eq!((K::dtype(&var), K::count_params(&var)?), ("float64", 60));
//! # Ok::<(), K::Error>(())
//! ```
//!
//! Most tensor operations can be done as in TensorFlow or Theano:
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # let of = |data: [f32; 4]| Ok::<_, K::Error>(K::constant(K::HostTensor::from_vec(&[2, 2], data.to_vec())?));
//! # let (b, c, d) = (of([1.0, 2.0, 3.0, 4.0])?, of([1.0, 1.0, 2.0, 2.0])?, of([-1.0, 2.0, -3.0, 4.0])?);
//! let a = (&b + (&c * K::abs(&d)?)?)?;
//! assert_eq!(K::eval(&a)?.to_f64s(), [2.0, 4.0, 9.0, 12.0]);
//!
//! let c = K::dot(&a, &K::transpose(&b)?)?;
//! assert_eq!(K::eval(&c)?.to_f64s(), [10.0, 22.0, 33.0, 75.0]);
//!
//! let a = K::concatenate(&[b.clone(), c]).axis(-1).tensor()?;
//! assert_eq!(K::eval(&a)?.to_f64s(), [1.0, 2.0, 10.0, 22.0, 3.0, 4.0, 33.0, 75.0]);
//!
//! let a = K::softmax(&b)?;
//! let rows = K::eval(&K::sum(&a).axis(-1).tensor()?)?;
//! assert!(rows.to_f64s().iter().all(|total| (total - 1.0).abs() < 1e-6));
//!
//! # let b = K::constant(K::HostTensor::from_vec(&[1, 2, 3], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0])?);
//! let a = K::sum(&b).axis(2).tensor()?;
//! assert_eq!(K::eval(&a)?.to_f64s(), [6.0, 15.0]);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! # Backend functions
//!
//! ## Configuration
//!
//! The fuzz factor, the default float type and the dim ordering are read and set; what cannot be
//! is refused, and changes nothing.
//!
//! ```
//! use touchstone::backend as K;
//!
//! # K::set_backend("reference")?;
//! K::set_epsilon(1e-5)?;
//! assert_eq!(K::epsilon(), 1e-5);
//! assert!(K::set_epsilon(f64::NAN).is_err());
//!
//! K::set_floatx("float16")?;
//! assert_eq!(K::floatx(), "float16");
//! assert!(K::set_floatx("float8").is_err());
//!
//! let array = K::HostTensor::from_vec(&[2], vec![1.0_f64, 2.0])?;
//! assert_eq!(K::cast_to_floatx(&array).dtype(), K::DType::Float16);
//!
//! K::set_image_dim_ordering("th")?;
//! assert_eq!(K::image_dim_ordering(), "th");
//! assert!(K::set_image_dim_ordering("channels_first").is_err());
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## Variables and placeholders
//!
//! A tensor can be asked about before it is computed, and a variable be read and set.
//!
//! ```
//! use touchstone::backend as K;
//!
//! # K::set_backend("reference")?;
//! # K::set_floatx("float32")?;
//! let x = K::placeholder(&[Some(2), None]).tensor()?;
//! assert_eq!((K::ndim(&x), K::dtype(&x)), (2, "float32"));
//! assert_eq!(K::int_shape(&x), [Some(2), None]);
//! assert!(K::is_placeholder(&x) && !K::is_sparse(&x));
//!
//! // The shape as a tensor is known when the program runs.
//! let f = K::function(&[x.clone()], &[K::shape(&x)?, K::ones_like(&x).tensor()?], &[])?;
//! let fed = K::HostTensor::from_vec(&[2, 1], vec![7.0_f32, f32::NAN])?;
//! let found = f.call(&[fed])?;
//! assert_eq!(found[0].to_i64s(), [2, 1]);
//! assert_eq!(found[1].to_f64s(), [1.0, 1.0]);
//!
//! let matrix = K::placeholder(&[None, None]).sparse(true).tensor()?;
//! assert!(K::is_sparse(&matrix) && !K::is_sparse(&K::to_dense(&matrix)?));
//!
//! let (a, b) = (K::eye(2).tensor()?, K::zeros(&[2]).tensor()?);
//! let new = K::HostTensor::from_vec(&[2], vec![1.0_f32, 2.0])?;
//! K::batch_set_value(&[(&b, &new)])?;
//! let values = K::batch_get_value(&[a, b])?;
//! assert_eq!(values[0].to_f64s(), [1.0, 0.0, 0.0, 1.0]);
//! assert_eq!(values[1], new);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## batch_dot
//!
//! The result has x's shape without the dim that is summed over, then y's without that dim and
//! without the batch. One of rank 1 becomes (batch, 1): the page prints it on one line.
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # K::set_floatx("float32")?;
//! let x = K::constant(K::HostTensor::from_vec(&[2, 2], vec![1, 2, 3, 4])?);
//! let y = K::constant(K::HostTensor::from_vec(&[2, 2], vec![5, 6, 7, 8])?);
//! let diagonal = K::eval(&K::batch_dot(&x, &y).axes(1).tensor()?)?;
//! assert_eq!(diagonal, K::HostTensor::from_vec(&[2, 1], vec![17, 53])?);
//!
//! // It is the main diagonal of this product.
//! let product = K::eval(&K::dot(&x, &K::transpose(&y)?)?)?;
//! assert_eq!(product.to_i64s(), [17, 23, 39, 53]);
//!
//! // Shape inference.
//! let x = K::placeholder(&[Some(100), Some(20)]).tensor()?;
//! let y = K::placeholder(&[Some(100), Some(30), Some(20)]).tensor()?;
//! let z = K::batch_dot(&x, &y).axes([1, 2]).tensor()?;
//! assert_eq!(z.spec().dims, [Some(100), Some(30)]);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## Reductions and gather
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! let x = K::constant(K::HostTensor::from_vec(&[2, 2], vec![0.0_f32, 2.0, 3.0, 4.0])?);
//! assert_eq!(K::eval(&K::sum(&x).tensor()?)?, K::HostTensor::scalar(9.0_f32));
//! assert_eq!(K::eval(&K::prod(&x).axis(1).tensor()?)?.to_f64s(), [0.0, 12.0]);
//! assert_eq!(K::sum(&x).axis(0).keepdims(true).tensor()?.spec().to_string(), "float32(1, 2)");
//! assert_eq!(K::eval(&K::any(&x).axis(1).tensor()?)?.as_slice(), Some(&[true, true][..]));
//! assert_eq!(K::eval(&K::all(&x).axis(1).tensor()?)?.as_slice(), Some(&[false, true][..]));
//!
//! let indices = K::constant(K::HostTensor::from_vec(&[3], vec![1, 0, 1])?);
//! let rows = K::gather(&x, &indices)?;
//! assert_eq!(K::eval(&rows)?.to_f64s(), [3.0, 4.0, 0.0, 2.0, 3.0, 4.0]);
//! assert_eq!(rows.spec().dtype, x.spec().dtype);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## Batch normalization
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! let of = |data: [f32; 2]| K::HostTensor::from_vec(&[2], data.to_vec()).map(K::constant);
//! let x = K::constant(K::HostTensor::from_vec(&[2, 2], vec![1.0_f32, 6.0, 3.0, 2.0])?);
//! let (gamma, beta) = (of([1.0, 3.0])?, of([0.0, 10.0])?);
//!
//! let found = K::normalize_batch_in_training(&x, Some(&gamma), Some(&beta), [0])
//!     .epsilon(0.0)
//!     .tensors()?;
//! let [normalised, mean, var] = &found[..] else { unreachable!("three results") };
//! assert_eq!(K::eval(mean)?.to_f64s(), [2.0, 4.0]);
//! assert_eq!(K::eval(var)?.to_f64s(), [1.0, 4.0]);
//! assert_eq!(K::eval(normalised)?.to_f64s(), [-1.0, 13.0, 1.0, 7.0]);
//!
//! // Mind the order: beta, then gamma.
//! let again =
//!     K::batch_normalization(&x, mean, var, Some(&beta), Some(&gamma)).epsilon(0.0).tensor()?;
//! assert_eq!(K::eval(&again)?, K::eval(normalised)?);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## Shapes
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # K::set_floatx("float32")?;
//! let shape_of = |x: K::Result<K::Tensor>| x.map(|x| x.spec().dims.clone());
//! let (s1, s2, s3) = (Some(2), Some(3), Some(4));
//! let x = K::placeholder(&[s1, s2, s3]).tensor()?;
//! assert_eq!(shape_of(K::permute_dimensions(&x, [0, 2, 1]))?, [s1, s3, s2]);
//! assert_eq!(shape_of(K::repeat_elements(&x, 5, 1))?, [s1, Some(3 * 5), s3]);
//! assert_eq!(shape_of(K::batch_flatten(&x))?, [s1, Some(3 * 4)]);
//! assert_eq!(shape_of(K::expand_dims(&x).tensor())?, [s1, s2, s3, Some(1)]);
//! assert_eq!(shape_of(K::expand_dims(&x).dim(0).tensor())?, [Some(1), s1, s2, s3]);
//! assert_eq!(shape_of(K::squeeze(&K::expand_dims(&x).dim(1).tensor()?, 1))?, [s1, s2, s3]);
//!
//! let (samples, dim) = (None, Some(7));
//! let x = K::placeholder(&[samples, dim]).tensor()?;
//! assert_eq!(shape_of(K::repeat(&x, 2))?, [samples, Some(2), dim]);
//!
//! // Like np.repeat.
//! let x = K::constant(K::HostTensor::from_vec(&[2], vec![1, 2])?);
//! assert_eq!(K::eval(&K::repeat_elements(&x, 3, 0)?)?.to_i64s(), [1, 1, 1, 2, 2, 2]);
//! assert_eq!(K::eval(&K::reverse(&x, 0)?)?.to_i64s(), [2, 1]);
//!
//! // From (batch_size, dim1) to (batch_size, dim1, nb_classes).
//! let indices = K::constant(K::HostTensor::from_vec(&[2, 1], vec![2, 0])?);
//! let coded = K::eval(&K::one_hot(&indices, 3)?)?;
//! assert_eq!(coded.shape(), [2, 1, 3]);
//! assert_eq!(coded.to_f64s(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## Images and volumes
//!
//! Where the channels stand is `dim_ordering`: `th` is (samples, channels, rows, columns), `tf`
//! (samples, rows, columns, channels).
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # K::set_floatx("float32")?;
//! use touchstone::backend::DimOrdering::{Tf, Th};
//!
//! let shape_of = |x: K::Result<K::Tensor>| x.map(|x| x.spec().to_string());
//! let (image, volume) = ([Some(2), Some(3), Some(4), Some(5)], [2, 3, 4, 5, 6].map(Some));
//! let image = K::placeholder(&image).tensor()?;
//! let volume = K::placeholder(&volume).tensor()?;
//! let steps = K::placeholder(&[Some(2), Some(3), Some(4)]).tensor()?;
//!
//! let resized = |ordering| K::resize_images(&image, 2, 3).dim_ordering(ordering).tensor();
//! assert_eq!(shape_of(resized(Th))?, "float32(2, 3, 8, 15)");
//! assert_eq!(shape_of(resized(Tf))?, "float32(2, 6, 12, 5)");
//! let resized = K::resize_volumes(&volume, 2, 3, 4).dim_ordering(Th).tensor();
//! assert_eq!(shape_of(resized)?, "float32(2, 3, 8, 15, 24)");
//!
//! assert_eq!(shape_of(K::temporal_padding(&steps).padding(1).tensor())?, "float32(2, 5, 4)");
//! let padded = K::spatial_2d_padding(&image).padding([1, 2]).dim_ordering(Th).tensor();
//! assert_eq!(shape_of(padded)?, "float32(2, 3, 6, 9)");
//! let padded = K::spatial_3d_padding(&volume).padding([1, 2, 3]).dim_ordering(Th).tensor();
//! assert_eq!(shape_of(padded)?, "float32(2, 3, 6, 9, 12)");
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## rnn
//!
//! The step function is a closure that gets the input at one time and the states, and gives an
//! output and the new states. The results are last_output, outputs, then the new states.
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # let of = |shape: &[usize], data: Vec<f32>| K::HostTensor::from_vec(shape, data).map(K::constant);
//! // One sample, three times, one feature; a running total.
//! let inputs = of(&[1, 3, 1], vec![1.0, 2.0, 3.0])?;
//! let start = [of(&[1, 1], vec![0.0])?];
//! let total = |input: &K::Tensor, states: &[K::Tensor]| {
//!     let output = (input + &states[0])?;
//!     Ok((output.clone(), vec![output]))
//! };
//! let results = |settings: fn(K::Rnn<K::Tensor>) -> K::Rnn<K::Tensor>| {
//!     let found = K::rnn(total, &inputs, &start, settings)?;
//!     found.iter().map(|x| Ok(K::eval(x)?.to_f64s())).collect::<K::Result<Vec<_>>>()
//! };
//! assert_eq!(results(|rnn| rnn)?, [vec![6.0], vec![1.0, 3.0, 6.0], vec![6.0]]);
//! assert_eq!(results(|rnn| rnn.go_backwards(true))?[1], [3.0, 5.0, 6.0]);
//! assert_eq!(results(|rnn| rnn.unroll(true).input_length(3))?, results(|rnn| rnn)?);
//!
//! // At a masked step the state stays and the output repeats the one before.
//! let mask = of(&[1, 3], vec![1.0, 0.0, 1.0])?;
//! let masked = K::rnn(total, &inputs, &start, |rnn| rnn.mask(mask))?;
//! assert_eq!(K::eval(&masked[1])?.to_f64s(), [1.0, 1.0, 4.0]);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## switch, stop_gradient, dropout
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # let of = |data: Vec<f32>| K::HostTensor::from_vec(&[data.len()], data).map(K::constant);
//! let condition = K::constant(1.0);
//! let (then, otherwise) = (of(vec![5.0])?, of(vec![7.0])?);
//! assert_eq!(K::eval(&K::switch(&condition, &then, &otherwise)?)?.to_f64s(), [5.0]);
//!
//! // The same values, but zero gradient.
//! let x = K::variable(&K::HostTensor::from_vec(&[1], vec![3.0_f32])?)?;
//! let y = K::sum(&(&x * K::stop_gradient(&x)?)?).tensor()?;
//! assert_eq!(K::eval(&y)?.to_f64s(), [9.0]);
//! assert_eq!(K::eval(&K::gradients(&y, &[x])?[0])?.to_f64s(), [3.0]);
//!
//! // Entries are dropped, the others scaled by 1 / (1 - level); the same seed drops the same.
//! let x = of(vec![1.0; 100])?;
//! let dropped = K::eval(&K::dropout(&x, 0.5).seed(7).tensor()?)?;
//! assert!(dropped.to_f64s().iter().all(|&entry| entry == 0.0 || entry == 2.0));
//! assert_eq!(K::eval(&K::dropout(&x, 0.5).seed(7).tensor()?)?, dropped);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## Convolutions
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! # K::set_floatx("float32")?;
//! use touchstone::backend::BorderMode::{Same, Valid};
//! use touchstone::backend::DimOrdering::{Tf, Th};
//!
//! let shape_of = |x: K::Result<K::Tensor>| x.map(|x| x.spec().to_string());
//! let image = K::placeholder(&[None, Some(3), Some(28), Some(28)]).tensor()?;
//! let kernel = K::placeholder(&[Some(8), Some(3), Some(5), Some(5)]).tensor()?;
//! let conv2d = |mode| K::conv2d(&image, &kernel).border_mode(mode).dim_ordering(Th).tensor();
//! assert_eq!(shape_of(conv2d(Valid))?, "float32(None, 8, 24, 24)");
//! assert_eq!(shape_of(conv2d(Same))?, "float32(None, 8, 28, 28)");
//!
//! // output_shape is what the convolution back would start from.
//! let output_shape = [2, 8, 5, 5].map(Some);
//! let image = K::placeholder(&[Some(2), Some(3), Some(3), Some(3)]).tensor()?;
//! let kernel = K::placeholder(&[Some(8), Some(3), Some(3), Some(3)]).tensor()?;
//! let back = K::deconv2d(&image, &kernel, output_shape).dim_ordering(Th).tensor();
//! assert_eq!(shape_of(back)?, "float32(2, 8, 5, 5)");
//!
//! let volume = K::placeholder(&[Some(2), Some(4), Some(4), Some(4), Some(1)]).tensor()?;
//! let kernel = K::placeholder(&[Some(2), Some(2), Some(2), Some(1), Some(6)]).tensor()?;
//! let conv3d = K::conv3d(&volume, &kernel).strides([2, 2, 2]).dim_ordering(Tf).tensor();
//! assert_eq!(shape_of(conv3d)?, "float32(2, 2, 2, 2, 6)");
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## ctc_batch_cost
//!
//! The loss of each element of a batch, shape (samples, 1); the blank is the last category.
//!
//! ```
//! # use touchstone::backend as K;
//! # K::set_backend("reference")?;
//! let y_true = K::constant(K::HostTensor::from_vec(&[1, 1], vec![0])?);
//! let y_pred = K::constant(K::HostTensor::from_vec(&[1, 2, 2], vec![0.5_f32; 4])?);
//! let input_length = K::constant(K::HostTensor::from_vec(&[1, 1], vec![2])?);
//! let label_length = K::constant(K::HostTensor::from_vec(&[1, 1], vec![1])?);
//! let loss = K::ctc_batch_cost(&y_true, &y_pred, &input_length, &label_length)?;
//! let loss = K::eval(&loss)?;
//! assert_eq!(loss.shape(), [1, 1]);
//! // Three of the four paths of two steps give the label.
//! assert!((loss.to_f64s()[0] - (4.0_f64 / 3.0).ln()).abs() < 1e-6);
//! # Ok::<(), K::Error>(())
//! ```
//!
//! ## backend
//!
//! ```
//! use touchstone::backend as K;
//!
//! K::set_backend("reference")?;
//! assert_eq!(K::backend()?, "reference");
//! assert!(K::set_backend("abacus").is_err());
//! # Ok::<(), K::Error>(())
//! ```
