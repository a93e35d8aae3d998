//! Questions about a tensor that are answered when the graph is built.

macro_rules! question {
    (
        $(#[doc = $doc:expr])+
        $Name:ident of $tensor:ident ;
        constraints [$($constraint:expr),*]
        conventions [$($convention:expr),*]
        source $source:expr,
        example $example:expr
    ) => {
        entry! {
            $(#[doc = $doc])+
            $Name = program {
                /// Any tensor.
                tensor $tensor;
            }
            constraints [$($constraint),*]
            conventions [$($convention),*]
            source $source,
            example $example
        }
    };
}

question! {
    /// Whether a tensor is a placeholder.
    IsPlaceholder of x;
    constraints []
    conventions []
    source "Keras 2 backend, is_placeholder",
    example "is_placeholder(placeholder((2,))) = True"
}

question! {
    /// Whether a tensor is a sparse matrix.
    IsSparse of tensor;
    constraints []
    conventions []
    source "Keras backend page, is_sparse",
    example "is_sparse(placeholder((2, 2), sparse=True)) = True"
}

question! {
    /// The shape, with None where a dim is not known yet.
    IntShape of x;
    constraints []
    conventions []
    source "Keras backend page, int_shape",
    example "int_shape(placeholder((2, None))) = (2, None)"
}

question! {
    /// The number of axes.
    Ndim of x;
    constraints []
    conventions []
    source "Keras 1.1 backend, ndim",
    example "ndim(placeholder((2, 3))) = 2"
}

question! {
    /// The name of the element type.
    Dtype of x;
    constraints []
    conventions []
    source "Keras 1.1 backend, dtype",
    example "dtype(placeholder((2, 3))) = 'float32'"
}

question! {
    /// The shape of a variable.
    GetVariableShape of x;
    constraints ["x is a variable"]
    conventions []
    source "Keras 1.1 backend, get_variable_shape",
    example "get_variable_shape(zeros((2, 3))) = (2, 3)"
}

question! {
    /// The number of elements.
    CountParams of x;
    constraints ["every dim is known"]
    conventions ["a scalar has one"]
    source "Keras backend page, count_params",
    example "count_params(zeros((2, 3))) = 6"
}
