//! The functions of the specification that the table does not have yet.
//!
//! Golden lines of these are counted and left out; a name that is neither here nor in the table
//! is an error of the file. A function that enters the table leaves this list, which a test
//! checks.

/// Keras' names, in alphabetical order.
pub const FUTURE: &[&str] = &[
    "abs",
    "all",
    "arange",
    "argmin",
    "asymmetric_spatial_2d_padding",
    "asymmetric_temporal_padding",
    "atrous_conv2d",
    "backend",
    "batch_flatten",
    "batch_get_value",
    "batch_set_value",
    "bias_add",
    "cast",
    "cast_to_floatx",
    "clear_session",
    "conv1d",
    "conv3d",
    "cos",
    "count_params",
    "ctc_decode",
    "ctc_label_dense_to_sparse",
    "cumprod",
    "cumsum",
    "deconv2d",
    "dtype",
    "elu",
    "epsilon",
    "expm1",
    "eye",
    "flatten",
    "floatx",
    "foldl",
    "foldr",
    "get_value",
    "get_variable_shape",
    "greater_equal",
    "identity",
    "image_dim_ordering",
    "in_test_phase",
    "in_top_k",
    "int_shape",
    "is_placeholder",
    "is_sparse",
    "l2_normalize",
    "learning_phase",
    "lesser",
    "lesser_equal",
    "local_conv1d",
    "local_conv2d",
    "log1p",
    "logsumexp",
    "map_fn",
    "min",
    "minimum",
    "moving_average_update",
    "ndim",
    "not_equal",
    "ones",
    "ones_like",
    "pack",
    "pool3d",
    "print_tensor",
    "prod",
    "random_binomial",
    "random_normal",
    "random_normal_variable",
    "random_uniform",
    "random_uniform_variable",
    "repeat",
    "resize_images",
    "resize_volumes",
    "reverse",
    "separable_conv2d",
    "set_epsilon",
    "set_floatx",
    "set_image_dim_ordering",
    "set_learning_phase",
    "set_value",
    "shape",
    "sign",
    "sin",
    "softsign",
    "sparse_categorical_crossentropy",
    "spatial_2d_padding",
    "spatial_3d_padding",
    "square",
    "stack",
    "tile",
    "to_dense",
    "truncated_normal",
    "update_add",
    "update_sub",
    "var",
    "zeros",
    "zeros_like",
];

/// The listed name equal to `name`.
pub fn future(name: &str) -> Option<&'static str> {
    FUTURE.binary_search(&name).ok().map(|at| FUTURE[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use touchstone_reference::Function;

    #[test]
    fn the_list_is_sorted() {
        assert!(FUTURE.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn no_name_is_in_the_table_as_well() {
        for function in Function::ALL {
            assert_eq!(future(function.name()), None, "{function} has entered the table");
        }
    }
}
