//! How one function of the API is declared: its parameters, once, as a struct generic over what
//! a tensor is, and its page of specification as values.
//!
//! The same struct serves shape inference (`T` is a [`Spec`](crate::Spec)), evaluation (`T` is a
//! tensor of the reading), an engine (`T` is its native tensor), the symbolic graph, messages and
//! documentation.

use crate::arguments::PlainArgument;
use crate::function::Function;

/// What kind of argument a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A tensor.
    Tensor,
    /// A tensor or `None`.
    Optional,
    /// A list of tensors.
    Tensors,
    /// A plain value, of this Rust type.
    Plain(&'static str),
}

/// One parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Keras' name for it.
    pub name: &'static str,
    /// Tensor or plain value.
    pub kind: ParameterKind,
    /// What values it takes.
    pub expected: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its default, `None` where it is required.
    pub default: Option<PlainArgument>,
}

/// The page of specification of one function.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The function.
    pub function: Function,
    /// A sentence, shapes, semantics.
    pub doc: &'static str,
    /// Numbered constraints, C1 first: what is refused.
    pub constraints: &'static [&'static str],
    /// Numbered conventions, K1 first: ties, NaN, empty, kinks.
    pub conventions: &'static [&'static str],
    /// Where the semantics come from.
    pub source: &'static str,
    /// A call and its answer.
    pub example: &'static str,
    /// Whether results are elements of the arguments, or zeros, moved: then they are the same bit
    /// for bit, the sign of zero and NaN included.
    pub moves_data: bool,
    /// The parameters in Keras' order.
    pub parameters: fn() -> Vec<Parameter>,
}

/// A field's name as Keras writes it: a parameter may be called `fn`, in Rust `r#fn`.
pub(crate) const fn keras_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

macro_rules! field_type {
    (tensor, $T:ident) => { $T };
    (optional, $T:ident) => { Option<$T> };
    (tensors, $T:ident) => { Vec<$T> };
    (plain, $T:ident, $type:ty) => { $type };
}

macro_rules! field_map {
    (tensor, $field:expr, $f:ident) => {
        $f($field)?
    };
    (optional, $field:expr, $f:ident) => {
        match $field {
            Some(t) => Some($f(t)?),
            None => None,
        }
    };
    (tensors, $field:expr, $f:ident) => {
        $field.iter().map(&mut *$f).collect::<Result<Vec<_>, _>>()?
    };
    (plain, $field:expr, $f:ident, $type:ty) => {
        $field.clone()
    };
}

macro_rules! field_parse {
    (tensor, $arguments:ident, $name:expr) => {
        $arguments.tensor($name)?
    };
    (optional, $arguments:ident, $name:expr) => {
        $arguments.optional($name)?
    };
    (optional, $arguments:ident, $name:expr, = $default:expr) => {
        $arguments.optional($name)?
    };
    (tensors, $arguments:ident, $name:expr) => {
        $arguments.tensors($name, true)?
    };
    (tensors, $arguments:ident, $name:expr, = $default:expr) => {
        $arguments.tensors($name, false)?
    };
    (plain, $arguments:ident, $name:expr, $type:ty) => {
        $arguments.plain::<$type>($name, None)?
    };
    (plain, $arguments:ident, $name:expr, $type:ty, = $default:expr) => {
        $arguments.plain::<$type>($name, Some($default))?
    };
}

macro_rules! field_plain {
    (plain, $name:expr, $field:expr) => {
        Some(($name, $crate::arguments::Plain::show(&$field)))
    };
    ($tensor:ident, $name:expr, $field:expr) => {
        None
    };
}

macro_rules! field_tensors {
    (tensor, $name:expr, $field:expr) => {
        Some(($name, vec![$field]))
    };
    (plain, $name:expr, $field:expr) => {
        None
    };
    ($several:ident, $name:expr, $field:expr) => {
        Some(($name, $field.iter().collect()))
    };
}

macro_rules! field_describe {
    (tensor) => {
        ($crate::entry::ParameterKind::Tensor, "a tensor", None)
    };
    (optional) => {
        ($crate::entry::ParameterKind::Optional, "a tensor or None", None)
    };
    (optional = $default:expr) => {
        (
            $crate::entry::ParameterKind::Optional,
            "a tensor or None",
            Some($crate::arguments::Argument::Null),
        )
    };
    (tensors) => {
        ($crate::entry::ParameterKind::Tensors, "a list of tensors", None)
    };
    (tensors = $default:expr) => {
        (
            $crate::entry::ParameterKind::Tensors,
            "a list of tensors",
            Some($crate::arguments::Argument::List(Vec::new())),
        )
    };
    (plain $type:ty) => {
        (
            $crate::entry::ParameterKind::Plain(stringify!($type)),
            <$type as $crate::arguments::Plain>::EXPECTED,
            None,
        )
    };
    (plain $type:ty = $default:expr) => {
        (
            $crate::entry::ParameterKind::Plain(stringify!($type)),
            <$type as $crate::arguments::Plain>::EXPECTED,
            Some($crate::arguments::Plain::show(&{
                let default: $type = $default;
                default
            })),
        )
    };
}

macro_rules! setter {
    (optional, $name:ident, $doc:expr, = $default:expr) => {
        #[doc = $doc]
        #[must_use]
        pub fn $name(mut self, $name: T) -> Self {
            self.$name = Some($name);
            self
        }
    };
    (tensors, $name:ident, $doc:expr, = $default:expr) => {
        #[doc = $doc]
        #[must_use]
        pub fn $name(mut self, $name: Vec<T>) -> Self {
            self.$name = $name;
            self
        }
    };
    (plain, $name:ident, $doc:expr, $type:ty, = $default:expr) => {
        #[doc = $doc]
        #[must_use]
        pub fn $name(mut self, $name: impl Into<$type>) -> Self {
            self.$name = $name.into();
            self
        }
    };
    ($($required:tt)*) => {};
}

/// The typed K function of an entry: required parameters in order; where there are optional
/// ones, a builder that `tensor()` or `tensors()` finishes.
macro_rules! k_function {
    // All parameters seen, none with a default.
    (@split $Name:ident $name:ident $results:ident $docs:tt [$($required:tt)*] []) => {
        k_function!(@plain $Name $name $results $docs [$($required)*]);
    };
    (@split $Name:ident $name:ident $results:ident $docs:tt [$($required:tt)*] [$($optional:tt)+]) => {
        k_function!(@builder $Name $name $docs [$($required)*] [$($optional)+]);
    };
    (@split $Name:ident $name:ident $results:ident $docs:tt [$($required:tt)*] [$($optional:tt)*]
        {$kind:ident $field:ident ($($type:ty)?) ()} $($rest:tt)*) => {
        k_function!(@split $Name $name $results $docs
            [$($required)* {$kind $field ($($type)?)}] [$($optional)*] $($rest)*);
    };
    (@split $Name:ident $name:ident $results:ident $docs:tt [$($required:tt)*] [$($optional:tt)*]
        {$kind:ident $field:ident ($($type:ty)?) ($default:expr)} $($rest:tt)*) => {
        k_function!(@split $Name $name $results $docs
            [$($required)*] [$($optional)* {$kind $field ($($type)?) ($default)}] $($rest)*);
    };
    (@plain $Name:ident $name:ident several [$($doc:expr),+]
        [$({$kind:ident $field:ident ($($type:ty)?)})*]) => {
        $(#[doc = $doc])+
        #[allow(non_snake_case, reason = "Keras' own parameter names")]
        pub fn $name($($field: k_parameter!($kind $($type)?)),*) -> $crate::Result<Vec<$crate::backend::Tensor>> {
            $Name { $($field: k_argument!($kind $field),)* marker: std::marker::PhantomData }.tensors()
        }
    };
    (@plain $Name:ident $name:ident one [$($doc:expr),+]
        [$({$kind:ident $field:ident ($($type:ty)?)})*]) => {
        $(#[doc = $doc])+
        #[allow(non_snake_case, reason = "Keras' own parameter names")]
        pub fn $name($($field: k_parameter!($kind $($type)?)),*) -> $crate::Result<$crate::backend::Tensor> {
            $Name { $($field: k_argument!($kind $field),)* marker: std::marker::PhantomData }.tensor()
        }
    };
    (@builder $Name:ident $name:ident [$($doc:expr),+]
        [$({$kind:ident $field:ident ($($type:ty)?)})*]
        [$({$okind:ident $ofield:ident ($($otype:ty)?) ($default:expr)})+]) => {
        $(#[doc = $doc])+
        #[must_use = "finish with tensor() or tensors()"]
        #[allow(non_snake_case, reason = "Keras' own parameter names")]
        pub fn $name($($field: k_parameter!($kind $($type)?)),*) -> $Name<$crate::backend::Tensor> {
            $Name {
                $($field: k_argument!($kind $field),)*
                $($ofield: k_default!($okind $default),)+
                marker: std::marker::PhantomData,
            }
        }
    };
}

macro_rules! k_parameter {
    (tensor) => { &$crate::backend::Tensor };
    (optional) => { Option<&$crate::backend::Tensor> };
    (tensors) => { &[$crate::backend::Tensor] };
    (plain $type:ty) => { impl Into<$type> };
}

macro_rules! k_argument {
    (tensor $field:ident) => {
        $field.clone()
    };
    (optional $field:ident) => {
        $field.cloned()
    };
    (tensors $field:ident) => {
        $field.to_vec()
    };
    (plain $field:ident) => {
        $field.into()
    };
}

macro_rules! k_default {
    (optional $default:expr) => {
        None
    };
    (tensors $default:expr) => {
        Vec::new()
    };
    (plain $default:expr) => {
        $default
    };
}

/// Whether an entry says that its function only moves data.
macro_rules! entry_moves {
    () => {
        false
    };
    (moves) => {
        true
    };
}

/// The typed K function, and how its builder is finished; functions of the program itself have
/// theirs in [`backend`](crate::backend).
macro_rules! entry_finish {
    ($Name:ident program $($rest:tt)*) => {};
    ($Name:ident $name:ident several $docs:tt $($parameters:tt)*) => {
        entry_finish!(@methods $Name);
        k_function!(@split $Name $name several $docs [] [] $($parameters)*);
    };
    ($Name:ident $name:ident $docs:tt $($parameters:tt)*) => {
        entry_finish!(@methods $Name);
        k_function!(@split $Name $name one $docs [] [] $($parameters)*);
    };
    (@methods $Name:ident) => {
        impl $Name<$crate::backend::Tensor> {
            /// The only result of the call; a call with several is refused.
            pub fn tensor(self) -> $crate::Result<$crate::backend::Tensor> {
                $crate::backend::single(self)
            }
            /// All results of the call.
            pub fn tensors(self) -> $crate::Result<Vec<$crate::backend::Tensor>> {
                $crate::backend::call(self)
            }
        }
    };
}

/// Declares the entry of one function.
///
/// ```text
/// entry! {
///     /// A sentence. Shapes. Semantics.
///     Name = name {
///         /// What it is.
///         tensor x;
///         /// What it is.
///         plain axis: i64 = -1;
///     }
///     constraints ["C1", "C2"]
///     conventions ["K1"]
///     source "…"
///     example "…"
/// }
/// ```
///
/// `example "…", moves` says that the function only moves data, `example "…"; several` that it
/// gives several tensors though none of its parameters has a default.
macro_rules! entry {
    (
        $(#[doc = $doc:expr])+
        $Name:ident = $name:ident {
            $( $(#[doc = $pdoc:expr])+ $kind:ident $field:ident $(: $type:ty)? $(= $default:expr)? ; )*
        }
        constraints [$($constraint:expr),* $(,)?]
        conventions [$($convention:expr),* $(,)?]
        source $source:expr ,
        example $example:expr
        $(, $moves:ident)?
        $(; $several:ident)?
    ) => {
        $(#[doc = $doc])+
        #[doc = "\n\n# Source\n\n"]
        #[doc = $source]
        #[non_exhaustive]
        #[allow(non_snake_case, reason = "Keras' own parameter names")]
        pub struct $Name<T> {
            $( $(#[doc = $pdoc])+ pub $field: field_type!($kind, T $(, $type)?), )*
            // An entry may have no tensor.
            marker: std::marker::PhantomData<T>,
        }

        impl<T: Clone> Clone for $Name<T> {
            fn clone(&self) -> Self {
                $Name { $( $field: self.$field.clone(), )* marker: self.marker }
            }
        }

        impl<T: std::fmt::Debug> std::fmt::Debug for $Name<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Name))$( .field($crate::entry::keras_name(stringify!($field)), &self.$field) )*.finish()
            }
        }

        impl<T> $Name<T> {
            /// The same call on other tensors.
            pub fn try_map<'a, U, E>(
                &'a self,
                #[allow(unused_variables, reason = "an entry may have no tensor")]
                f: &mut dyn FnMut(&'a T) -> Result<U, E>,
            ) -> Result<$Name<U>, E> {
                Ok($Name { $( $field: field_map!($kind, &self.$field, f $(, $type)?), )* marker: std::marker::PhantomData })
            }

            /// The plain arguments, by parameter name.
            pub fn plain_arguments(&self) -> Vec<(&'static str, $crate::arguments::PlainArgument)> {
                let all: Vec<Option<(&'static str, $crate::arguments::PlainArgument)>> =
                    vec![$( field_plain!($kind, $crate::entry::keras_name(stringify!($field)), self.$field) ),*];
                all.into_iter().flatten().collect()
            }

            /// The tensor arguments, by parameter name.
            pub fn tensor_arguments(&self) -> Vec<(&'static str, Vec<&T>)> {
                let all: Vec<Option<(&'static str, Vec<&T>)>> =
                    vec![$( field_tensors!($kind, $crate::entry::keras_name(stringify!($field)), &self.$field) ),*];
                all.into_iter().flatten().collect()
            }

            /// The call with arguments by name.
            pub fn from_arguments(
                #[allow(unused_mut, reason = "an entry may have no parameter")]
                mut arguments: $crate::arguments::Arguments<T>,
            ) -> Result<Self, $crate::Error> {
                let call = $Name {
                    $( $field: field_parse!($kind, arguments, $crate::entry::keras_name(stringify!($field)) $(, $type)? $(, = $default)?), )*
                    marker: std::marker::PhantomData,
                };
                arguments.finish(&[$($crate::entry::keras_name(stringify!($field))),*])?;
                Ok(call)
            }

            $( setter!($kind, $field, concat!($($pdoc),+) $(, $type)? $(, = $default)?); )*
        }

        entry_finish!($Name $name $($several)? [$($doc),+] $({$kind $field ($($type)?) ($($default)?)})*);

        impl $Name<()> {
            pub(crate) const ENTRY: $crate::entry::Entry = $crate::entry::Entry {
                function: $crate::function::Function::$Name,
                doc: concat!($($doc, "\n"),+),
                constraints: &[$($constraint),*],
                conventions: &[$($convention),*],
                source: $source,
                example: $example,
                moves_data: entry_moves!($($moves)?),
                parameters: || vec![$({
                    let (kind, expected, default) = field_describe!($kind $($type)? $(= $default)?);
                    $crate::entry::Parameter {
                        name: $crate::entry::keras_name(stringify!($field)),
                        kind,
                        expected,
                        doc: concat!($($pdoc),+),
                        default,
                    }
                }),*],
            };
        }
    };
}
