//! Element types: their names, their rounding, their limits.

use std::fmt;
use std::str::FromStr;

use half::f16;

/// The element types that a tensor of the API may have, by Keras' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// IEEE half precision.
    Float16,
    /// IEEE single precision.
    Float32,
    /// IEEE double precision.
    Float64,
    /// Signed, 8 bits.
    Int8,
    /// Signed, 16 bits.
    Int16,
    /// Signed, 32 bits.
    Int32,
    /// Signed, 64 bits.
    Int64,
    /// Unsigned, 8 bits.
    UInt8,
    /// Unsigned, 16 bits.
    UInt16,
    /// Unsigned, 32 bits.
    UInt32,
    /// Unsigned, 64 bits.
    UInt64,
    /// Truth value.
    Bool,
}

impl DType {
    /// Every element type.
    pub const ALL: [DType; 12] = [
        DType::Float16,
        DType::Float32,
        DType::Float64,
        DType::Int8,
        DType::Int16,
        DType::Int32,
        DType::Int64,
        DType::UInt8,
        DType::UInt16,
        DType::UInt32,
        DType::UInt64,
        DType::Bool,
    ];

    /// The name Keras uses.
    pub fn name(self) -> &'static str {
        match self {
            DType::Float16 => "float16",
            DType::Float32 => "float32",
            DType::Float64 => "float64",
            DType::Int8 => "int8",
            DType::Int16 => "int16",
            DType::Int32 => "int32",
            DType::Int64 => "int64",
            DType::UInt8 => "uint8",
            DType::UInt16 => "uint16",
            DType::UInt32 => "uint32",
            DType::UInt64 => "uint64",
            DType::Bool => "bool",
        }
    }

    /// True for float16, float32 and float64.
    pub fn is_float(self) -> bool {
        matches!(self, DType::Float16 | DType::Float32 | DType::Float64)
    }

    /// True for the signed and unsigned integers; bool is not one.
    pub fn is_integer(self) -> bool {
        !self.is_float() && self != DType::Bool
    }

    /// The number nearest to `x` that this type holds (ties to even); integers truncate.
    pub fn round(self, x: f64) -> f64 {
        match self {
            DType::Float16 => half_of(x).to_f64(),
            DType::Float32 => f64::from(x as f32),
            DType::Float64 => x,
            DType::Bool => f64::from(u8::from(x != 0.0)),
            DType::Int8
            | DType::Int16
            | DType::Int32
            | DType::Int64
            | DType::UInt8
            | DType::UInt16
            | DType::UInt32
            | DType::UInt64 => x.trunc(),
        }
    }

    /// The type in which a function of this float type computes: float16 widens to float32.
    pub fn computing(self) -> Self {
        if self == DType::Float16 { DType::Float32 } else { self }
    }

    /// The greatest finite number of a float type; integers are never held against one.
    pub fn greatest(self) -> f64 {
        match self {
            DType::Float16 => f16::MAX.to_f64(),
            DType::Float32 => f64::from(f32::MAX),
            DType::Float64
            | DType::Int8
            | DType::Int16
            | DType::Int32
            | DType::Int64
            | DType::UInt8
            | DType::UInt16
            | DType::UInt32
            | DType::UInt64
            | DType::Bool => f64::MAX,
        }
    }

    /// The least and the greatest number of an integer type; `None` for floats and bool.
    pub fn range(self) -> Option<(i128, i128)> {
        fn of<T: Into<i128>>(least: T, greatest: T) -> Option<(i128, i128)> {
            Some((least.into(), greatest.into()))
        }
        match self {
            DType::Int8 => of(i8::MIN, i8::MAX),
            DType::Int16 => of(i16::MIN, i16::MAX),
            DType::Int32 => of(i32::MIN, i32::MAX),
            DType::Int64 => of(i64::MIN, i64::MAX),
            DType::UInt8 => of(u8::MIN, u8::MAX),
            DType::UInt16 => of(u16::MIN, u16::MAX),
            DType::UInt32 => of(u32::MIN, u32::MAX),
            DType::UInt64 => of(u64::MIN, u64::MAX),
            DType::Float16 | DType::Float32 | DType::Float64 | DType::Bool => None,
        }
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            DType::Float64 | DType::Int64 | DType::UInt64 => 8,
            DType::Float32 | DType::Int32 | DType::UInt32 => 4,
            DType::Float16 | DType::Int16 | DType::UInt16 => 2,
            DType::Int8 | DType::UInt8 | DType::Bool => 1,
        }
    }
}

/// The half-precision number nearest to `x`, ties to even. `half` goes by way of float32, which
/// rounds twice; a float32 that is rounded to odd on the way keeps what decides.
fn half_of(x: f64) -> f16 {
    let mut single = x as f32;
    if f64::from(single) != x && !x.is_nan() {
        if f64::from(single).abs() > x.abs() {
            single = f32::from_bits(single.to_bits() - 1);
        }
        single = f32::from_bits(single.to_bits() | 1);
    }
    f16::from_f32(single)
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DType {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        DType::ALL.into_iter().find(|dtype| dtype.name() == name).ok_or_else(|| {
            let names: Vec<_> = DType::ALL.iter().map(|d| d.name()).collect();
            format!("{name:?} is no dtype: one of {}", names.join(", "))
        })
    }
}

/// A Rust type that is an element type of the API.
pub trait Element: Copy + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The name of the type in the API.
    const DTYPE: DType;
    /// The value as a 64-bit float, exact up to 2^53.
    fn to_f64(self) -> f64;
    /// The value as an integer; fractions are cut off.
    fn to_i64(self) -> i64;
    /// The nearest value that the type holds; integers truncate and saturate.
    fn from_f64(x: f64) -> Self;
    /// The value modulo the size of the type.
    fn from_i64(x: i64) -> Self;
}

macro_rules! integer_element {
    ($($type:ty => $dtype:ident),*) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$dtype;
            fn to_f64(self) -> f64 { self as f64 }
            fn to_i64(self) -> i64 { self as i64 }
            fn from_f64(x: f64) -> Self { x as $type }
            fn from_i64(x: i64) -> Self { x as $type }
        }
    )*};
}

integer_element!(i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
                 u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64);

macro_rules! float_element {
    ($($type:ty => $dtype:ident),*) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$dtype;
            fn to_f64(self) -> f64 { self.into() }
            fn to_i64(self) -> i64 { f64::from(self) as i64 }
            fn from_f64(x: f64) -> Self { FromF64::from_f64(x) }
            fn from_i64(x: i64) -> Self { FromF64::from_f64(x as f64) }
        }
    )*};
}

trait FromF64 {
    fn from_f64(x: f64) -> Self;
}
impl FromF64 for f16 {
    fn from_f64(x: f64) -> Self {
        half_of(x)
    }
}
impl FromF64 for f32 {
    fn from_f64(x: f64) -> Self {
        x as f32
    }
}
impl FromF64 for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }
}

float_element!(f16 => Float16, f32 => Float32, f64 => Float64);

impl Element for bool {
    const DTYPE: DType = DType::Bool;
    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }
    fn to_i64(self) -> i64 {
        i64::from(self)
    }
    fn from_f64(x: f64) -> Self {
        x != 0.0
    }
    fn from_i64(x: i64) -> Self {
        x != 0
    }
}
