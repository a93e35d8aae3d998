//! The configuration: what functions take their defaults from, and the learning phase.

entry! {
    /// The name of the engine in use.
    Backend = program {}
    constraints []
    conventions []
    source "Keras 1.1 backend, backend",
    example "backend() = 'tch' after set_backend('tch')"
}

entry! {
    /// The fuzz factor of numeric expressions.
    Epsilon = program {}
    constraints []
    conventions ["1e-7 unless changed"]
    source "Keras backend page, epsilon",
    example "epsilon() = 1e-7"
}

entry! {
    /// Changes the fuzz factor.
    SetEpsilon = program {
        /// The new one.
        plain e: f64;
    }
    constraints ["e is finite and not negative"]
    conventions ["takes effect at once, in every function that uses it"]
    source "Keras backend page, set_epsilon",
    example "after set_epsilon(1e-5), epsilon() = 1e-5"
}

entry! {
    /// The name of the default float type.
    Floatx = program {}
    constraints []
    conventions ["float32 unless changed"]
    source "Keras backend page, floatx",
    example "floatx() = 'float32'"
}

entry! {
    /// Changes the default float type.
    SetFloatx = program {
        /// The new one, by name.
        plain floatx: String;
    }
    constraints ["floatx is float16, float32 or float64"]
    conventions ["tensors that are there already keep their dtype"]
    source "Keras backend page, set_floatx",
    example "after set_floatx('float16'), floatx() = 'float16'"
}

entry! {
    /// A host array in the default float type.
    CastToFloatx = program {
        /// A host tensor.
        tensor x;
    }
    constraints []
    conventions ["numbers are rounded to the nearest"]
    source "Keras backend page, cast_to_floatx",
    example "cast_to_floatx([1, 2]) = [1., 2.] as float32"
}

entry! {
    /// The default dim ordering: 'th' or 'tf'.
    ImageDimOrdering = program {}
    constraints []
    conventions ["'tf' unless changed"]
    source "Keras 1.1 backend, image_dim_ordering",
    example "image_dim_ordering() = 'tf'"
}

entry! {
    /// Changes the default dim ordering.
    SetImageDimOrdering = program {
        /// 'th' or 'tf'.
        plain dim_ordering: String;
    }
    constraints ["dim_ordering is 'th' or 'tf'"]
    conventions []
    source "Keras 1.1 backend, set_image_dim_ordering",
    example "after set_image_dim_ordering('th'), image_dim_ordering() = 'th'"
}

entry! {
    /// The learning phase: 0 test, 1 train, or a placeholder that is fed at the call.
    LearningPhase = program {}
    constraints []
    conventions ["open, a uint8 placeholder, unless set"]
    source "Keras backend page, learning_phase",
    example "learning_phase() = 1 after set_learning_phase(1)"
}

entry! {
    /// Fixes the learning phase.
    SetLearningPhase = program {
        /// 0 test, 1 train.
        plain value: i64;
    }
    constraints ["value is 0 or 1"]
    conventions []
    source "Keras 1.1 backend, set_learning_phase",
    example "after set_learning_phase(0), in_train_phase([1.], [2.]) = [2.]"
}
