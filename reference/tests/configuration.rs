//! The configuration file: what it may hold, and how it is refused.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use touchstone_reference::DType;
use touchstone_reference::arguments::DimOrdering;
use touchstone_reference::backend as K;
use touchstone_reference::configuration::Configuration;

#[test]
fn the_page_s_file_is_read() {
    let text = r#"{"image_dim_ordering": "tf", "epsilon": 1e-07, "floatx": "float32",
                   "backend": "tensorflow", "image_data_format": "channels_last"}"#;
    let found = Configuration::parse("keras.json", text).unwrap();
    assert_eq!(found.floatx, DType::Float32);
    assert_eq!(found.epsilon, 1e-7);
    assert_eq!(found.image_dim_ordering, DimOrdering::Tf);
    assert_eq!(found.backend, "tensorflow");
    // What later Keras wrote is kept.
    assert!(found.to_json().contains("image_data_format"));
    assert_eq!(Configuration::parse("again", &found.to_json()).unwrap(), found);
}

#[test]
fn a_wrong_file_is_refused_by_name_and_field() {
    for (text, field, allowed) in [
        ("{", "(file)", "JSON"),
        ("[]", "(file)", "JSON object"),
        (r#"{"floatx": 32}"#, "floatx", "a string"),
        (r#"{"floatx": "float8"}"#, "floatx", "float16, float32, float64"),
        (r#"{"epsilon": "small"}"#, "epsilon", "a number"),
        (r#"{"epsilon": -1}"#, "epsilon", "≥ 0"),
        (r#"{"image_dim_ordering": "nchw"}"#, "image_dim_ordering", "th, tf"),
        (r#"{"backend": null}"#, "backend", "a string"),
    ] {
        let message = Configuration::parse("keras.json", text).unwrap_err().to_string();
        for part in ["keras.json", field, allowed] {
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}

#[test]
fn a_missing_file_gives_the_defaults() {
    let path = std::path::Path::new("/nowhere/at/all/keras.json");
    assert_eq!(Configuration::read(path).unwrap(), Configuration::default());
}

#[test]
fn setters_take_effect_at_once_and_refuse_nonsense() {
    K::set_floatx("float64").unwrap();
    assert_eq!(K::placeholder(&[]).tensor().unwrap().spec().dtype, DType::Float64);
    assert!(K::set_floatx("int32").is_err());
    K::set_epsilon(1e-3).unwrap();
    assert_eq!(K::epsilon(), 1e-3);
    assert!(K::set_epsilon(f64::NAN).is_err());
    K::set_image_dim_ordering("th").unwrap();
    assert_eq!(K::image_dim_ordering(), "th");
    assert!(K::set_image_dim_ordering("xy").is_err());
}
