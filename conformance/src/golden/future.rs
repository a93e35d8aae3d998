//! The functions of the specification that the table does not have yet.
//!
//! Golden lines of these are counted and left out; a name that is neither here nor in the table
//! is an error of the file. A function that enters the table leaves this list, which a test
//! checks.

/// Keras' names, in alphabetical order.
pub const FUTURE: &[&str] = &[
    "arange",
    "backend",
    "batch_get_value",
    "batch_set_value",
    "bias_add",
    "cast",
    "cast_to_floatx",
    "clear_session",
    "count_params",
    "ctc_decode",
    "ctc_label_dense_to_sparse",
    "dtype",
    "epsilon",
    "expm1",
    "eye",
    "floatx",
    "foldl",
    "foldr",
    "get_value",
    "get_variable_shape",
    "identity",
    "image_dim_ordering",
    "in_test_phase",
    "int_shape",
    "is_placeholder",
    "is_sparse",
    "learning_phase",
    "local_conv1d",
    "local_conv2d",
    "log1p",
    "map_fn",
    "moving_average_update",
    "ndim",
    "ones",
    "ones_like",
    "print_tensor",
    "random_binomial",
    "random_normal",
    "random_normal_variable",
    "random_uniform",
    "random_uniform_variable",
    "set_epsilon",
    "set_floatx",
    "set_image_dim_ordering",
    "set_learning_phase",
    "set_value",
    "shape",
    "stack",
    "to_dense",
    "truncated_normal",
    "update_add",
    "update_sub",
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
