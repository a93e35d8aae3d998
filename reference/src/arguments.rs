//! Arguments by Keras' parameter names, and the kinds of plain values they hold.

use std::sync::Arc;

use crate::error::{Error, Label, Refusal};
use crate::function::Function;
use crate::program::Program;
use crate::{DType, shape};

/// One argument of a call; `T` is what a tensor is to the caller.
#[derive(Clone, Debug)]
pub enum Argument<T> {
    /// Python's `None`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A string.
    Text(String),
    /// A list of plain values.
    List(Vec<Argument<T>>),
    /// A tensor.
    Tensor(T),
    /// A list of tensors.
    Tensors(Vec<T>),
    /// A traced step function.
    Program(Arc<Program>),
}

impl<T> Argument<T> {
    /// The kind of value, for messages.
    pub fn kind(&self) -> String {
        match self {
            Argument::Null => "None".into(),
            Argument::Bool(b) => format!("the truth value {b}"),
            Argument::Int(i) => format!("the number {i}"),
            Argument::Float(x) => format!("the number {x}"),
            Argument::Text(s) => format!("the string {s:?}"),
            Argument::List(items) => {
                format!(
                    "the list [{}]",
                    items.iter().map(Argument::kind).collect::<Vec<_>>().join(", ")
                )
            }
            Argument::Tensor(_) => "a tensor".into(),
            Argument::Tensors(ts) => format!("a list of {} tensors", ts.len()),
            Argument::Program(_) => "a step function".into(),
        }
    }
}

/// Arguments of one call, by Keras' parameter names.
#[derive(Clone, Debug)]
pub struct Arguments<T> {
    function: Function,
    items: Vec<(String, Argument<T>)>,
}

impl<T> Arguments<T> {
    /// The arguments of a call of `function`.
    pub fn new(function: Function, items: Vec<(String, Argument<T>)>) -> Self {
        Arguments { function, items }
    }

    fn take(&mut self, name: &str) -> Option<Argument<T>> {
        let at = self.items.iter().position(|(n, _)| n == name)?;
        Some(self.items.swap_remove(at).1)
    }

    fn wrong(&self, argument: &str, found: String, expected: &str) -> Error {
        Error::Kind {
            function: self.function,
            argument: argument.into(),
            found,
            expected: expected.into(),
        }
    }

    pub(crate) fn tensor(&mut self, name: &'static str) -> Result<T, Error> {
        match self.take(name) {
            Some(Argument::Tensor(t)) => Ok(t),
            Some(other) => Err(self.wrong(name, other.kind(), "a tensor")),
            None => Err(Error::MissingArgument { function: self.function, argument: name }),
        }
    }

    pub(crate) fn optional(&mut self, name: &'static str) -> Result<Option<T>, Error> {
        match self.take(name) {
            Some(Argument::Tensor(t)) => Ok(Some(t)),
            Some(Argument::Null) | None => Ok(None),
            Some(other) => Err(self.wrong(name, other.kind(), "a tensor or None")),
        }
    }

    pub(crate) fn tensors(&mut self, name: &'static str, required: bool) -> Result<Vec<T>, Error> {
        match self.take(name) {
            Some(Argument::Tensors(ts)) => Ok(ts),
            Some(Argument::List(items)) if items.is_empty() => Ok(Vec::new()),
            Some(Argument::Null) | None if !required => Ok(Vec::new()),
            None => Err(Error::MissingArgument { function: self.function, argument: name }),
            Some(other) => Err(self.wrong(name, other.kind(), "a list of tensors")),
        }
    }

    pub(crate) fn plain<P: Plain>(
        &mut self,
        name: &'static str,
        default: Option<P>,
    ) -> Result<P, Error> {
        let Some(argument) = self.take(name) else {
            return default
                .ok_or(Error::MissingArgument { function: self.function, argument: name });
        };
        let found = argument.kind();
        let plain = argument
            .without_tensors()
            .ok_or_else(|| self.wrong(name, found.clone(), P::EXPECTED))?;
        P::parse(&plain).map_err(|unfit| match unfit {
            Unfit::Kind => self.wrong(name, found.clone(), P::EXPECTED),
            Unfit::Value => Label::G(1)
                .refuse(format!("{name} is {found}, allowed is {}", P::EXPECTED))
                .by(self.function),
        })
    }

    pub(crate) fn finish(self, allowed: &[&'static str]) -> Result<(), Error> {
        match self.items.into_iter().next() {
            None => Ok(()),
            Some((argument, _)) => Err(Error::UnknownArgument {
                function: self.function,
                argument,
                allowed: allowed.to_vec(),
            }),
        }
    }
}

/// No tensor: what a plain argument is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Never {}

/// A plain argument, which holds no tensor.
pub type PlainArgument = Argument<Never>;

impl<T> Argument<T> {
    fn without_tensors(self) -> Option<PlainArgument> {
        Some(match self {
            Argument::Null => Argument::Null,
            Argument::Bool(b) => Argument::Bool(b),
            Argument::Int(i) => Argument::Int(i),
            Argument::Float(x) => Argument::Float(x),
            Argument::Text(s) => Argument::Text(s),
            Argument::List(items) => Argument::List(
                items.into_iter().map(Argument::without_tensors).collect::<Option<_>>()?,
            ),
            Argument::Program(p) => Argument::Program(p),
            Argument::Tensor(_) | Argument::Tensors(_) => return None,
        })
    }
}

/// Why a plain value does not fit its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Another kind of value altogether.
    Kind,
    /// The right kind, but not an allowed value.
    Value,
}

/// A kind of plain parameter value: how it is read and how it is shown.
pub trait Plain: Clone {
    /// What a reader is told to give.
    const EXPECTED: &'static str;
    /// The value out of an argument.
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit>;
    /// The value as an argument.
    fn show(&self) -> PlainArgument;
}

/// A plain argument that is a number.
enum Numeric {
    Whole(i64),
    Real(f64),
}

fn numeric(argument: &PlainArgument) -> Option<Numeric> {
    if let Argument::Int(i) = argument {
        return Some(Numeric::Whole(*i));
    }
    if let Argument::Float(x) = argument { Some(Numeric::Real(*x)) } else { None }
}

fn text(argument: &PlainArgument) -> Option<&str> {
    if let Argument::Text(text) = argument { Some(text) } else { None }
}

impl Plain for bool {
    const EXPECTED: &'static str = "True or False";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if let Argument::Bool(b) = argument {
            return Ok(*b);
        }
        match numeric(argument) {
            Some(Numeric::Whole(0)) => Ok(false),
            Some(Numeric::Whole(1)) => Ok(true),
            Some(Numeric::Whole(_) | Numeric::Real(_)) | None => Err(Unfit::Kind),
        }
    }
    fn show(&self) -> PlainArgument {
        Argument::Bool(*self)
    }
}

impl Plain for i64 {
    const EXPECTED: &'static str = "a whole number";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        match numeric(argument) {
            Some(Numeric::Whole(i)) => Ok(i),
            Some(Numeric::Real(x)) if x.fract() == 0.0 && x.abs() < 9e15 => Ok(x as i64),
            Some(Numeric::Real(_)) => Err(Unfit::Value),
            None => Err(Unfit::Kind),
        }
    }
    fn show(&self) -> PlainArgument {
        Argument::Int(*self)
    }
}

impl Plain for f64 {
    const EXPECTED: &'static str = "a number";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        match (numeric(argument), text(argument)) {
            (Some(Numeric::Whole(i)), _) => Ok(i as f64),
            (Some(Numeric::Real(x)), _) => Ok(x),
            // What JSON cannot write as a number.
            (None, Some("NaN")) => Ok(f64::NAN),
            (None, Some("Infinity")) => Ok(f64::INFINITY),
            (None, Some("-Infinity")) => Ok(f64::NEG_INFINITY),
            (None, _) => Err(Unfit::Kind),
        }
    }
    fn show(&self) -> PlainArgument {
        Argument::Float(*self)
    }
}

/// A plain number of either kind, as it was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// A whole number, exact.
    Whole(i64),
    /// Any other.
    Real(f64),
}

impl Scalar {
    /// The nearest double.
    pub fn value(self) -> f64 {
        match self {
            Scalar::Whole(i) => i as f64,
            Scalar::Real(x) => x,
        }
    }

    /// The number, if it is whole.
    pub fn whole(self) -> Option<i64> {
        match self {
            Scalar::Whole(i) => Some(i),
            Scalar::Real(x) => (x.fract() == 0.0 && x.abs() < 9e15).then_some(x as i64),
        }
    }
}

impl From<i64> for Scalar {
    fn from(i: i64) -> Self {
        Scalar::Whole(i)
    }
}

impl From<i32> for Scalar {
    fn from(i: i32) -> Self {
        Scalar::Whole(i.into())
    }
}

impl From<f64> for Scalar {
    fn from(x: f64) -> Self {
        Scalar::Real(x)
    }
}

impl Plain for Scalar {
    const EXPECTED: &'static str = "a number";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        match numeric(argument) {
            Some(Numeric::Whole(i)) => Ok(Scalar::Whole(i)),
            Some(Numeric::Real(_)) | None => f64::parse(argument).map(Scalar::Real),
        }
    }
    fn show(&self) -> PlainArgument {
        match self {
            Scalar::Whole(i) => Argument::Int(*i),
            Scalar::Real(x) => Argument::Float(*x),
        }
    }
}

impl Plain for String {
    const EXPECTED: &'static str = "a string";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if let Argument::Text(s) = argument { Ok(s.clone()) } else { Err(Unfit::Kind) }
    }
    fn show(&self) -> PlainArgument {
        Argument::Text(self.clone())
    }
}

impl Plain for DType {
    const EXPECTED: &'static str = "the name of a dtype";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if let Argument::Text(s) = argument {
            s.parse().map_err(|_| Unfit::Value)
        } else {
            Err(Unfit::Kind)
        }
    }
    fn show(&self) -> PlainArgument {
        Argument::Text(self.name().into())
    }
}

impl<P: Plain> Plain for Option<P> {
    const EXPECTED: &'static str = P::EXPECTED;
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if matches!(argument, Argument::Null) { Ok(None) } else { P::parse(argument).map(Some) }
    }
    fn show(&self) -> PlainArgument {
        self.as_ref().map_or(Argument::Null, Plain::show)
    }
}

impl<P: Plain> Plain for Vec<P> {
    const EXPECTED: &'static str = "a list";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if let Argument::List(items) = argument {
            items.iter().map(P::parse).collect()
        } else {
            Err(Unfit::Kind)
        }
    }
    fn show(&self) -> PlainArgument {
        Argument::List(self.iter().map(Plain::show).collect())
    }
}

impl<P: Plain, const N: usize> Plain for [P; N] {
    const EXPECTED: &'static str = match N {
        1 => "a list of 1",
        2 => "a list of 2",
        3 => "a list of 3",
        _ => "a list of fixed length",
    };
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        Vec::parse(argument)?.try_into().map_err(|_| Unfit::Value)
    }
    fn show(&self) -> PlainArgument {
        Argument::List(self.iter().map(Plain::show).collect())
    }
}

impl Plain for Arc<Program> {
    const EXPECTED: &'static str = "a step function";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if let Argument::Program(p) = argument { Ok(p.clone()) } else { Err(Unfit::Kind) }
    }
    fn show(&self) -> PlainArgument {
        Argument::Program(self.clone())
    }
}

/// The axes of a reduction: all of them, one, or a list.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Axes {
    /// `None`: every axis.
    #[default]
    All,
    /// One axis; negative counts from the end.
    One(i64),
    /// Several axes; an empty list reduces nothing.
    List(Vec<i64>),
}

impl Axes {
    /// The axes as sorted positions; out of range and repeated axes are refused with `label`.
    pub fn resolve(&self, rank: usize, label: Label) -> Result<Vec<usize>, Refusal> {
        let axes = match self {
            Axes::All => return Ok((0..rank).collect()),
            Axes::One(axis) => std::slice::from_ref(axis),
            Axes::List(axes) => axes,
        };
        let mut resolved = Vec::with_capacity(axes.len());
        for &axis in axes {
            let at = shape::axis_of(axis, rank)
                .ok_or_else(|| label.refuse(format!("axis {axis} of a tensor of rank {rank}")))?;
            label.require(!resolved.contains(&at), || format!("axis {axis} is given twice"))?;
            resolved.push(at);
        }
        resolved.sort_unstable();
        Ok(resolved)
    }
}

impl Plain for Axes {
    const EXPECTED: &'static str = "None, an axis or a list of axes";
    fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
        if matches!(argument, Argument::Null) {
            return Ok(Axes::All);
        }
        if matches!(argument, Argument::List(_)) {
            return Vec::parse(argument).map(Axes::List);
        }
        i64::parse(argument).map(Axes::One)
    }
    fn show(&self) -> PlainArgument {
        match self {
            Axes::All => Argument::Null,
            Axes::One(axis) => Argument::Int(*axis),
            Axes::List(axes) => axes.show(),
        }
    }
}

impl From<i64> for Axes {
    fn from(axis: i64) -> Self {
        Axes::One(axis)
    }
}
impl<const N: usize> From<[i64; N]> for Axes {
    fn from(axes: [i64; N]) -> Self {
        Axes::List(axes.to_vec())
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $expected:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// The word Keras uses.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
        }

        impl Plain for $name {
            const EXPECTED: &'static str = $expected;
            fn parse(argument: &PlainArgument) -> Result<Self, Unfit> {
                let Argument::Text(text) = argument else { return Err(Unfit::Kind) };
                match text.as_str() { $($text => Ok($name::$variant),)* _ => Err(Unfit::Value) }
            }
            fn show(&self) -> PlainArgument {
                Argument::Text(self.name().into())
            }
        }
    };
}

choice! {
    /// Whether a window may reach over the border.
    BorderMode, "'valid' or 'same'" {
        /// Only whole windows.
        Valid = "valid",
        /// Zeros around, so that the output has `ceil(n / stride)` elements.
        Same = "same",
    }
}

choice! {
    /// Where the channels of an image stand.
    DimOrdering, "'th' or 'tf'" {
        /// (samples, channels, rows, columns); kernels (out, in, rows, columns).
        Th = "th",
        /// (samples, rows, columns, channels); kernels (rows, columns, in, out).
        Tf = "tf",
    }
}

choice! {
    /// What a pooling window gives.
    PoolMode, "'max' or 'avg'" {
        /// Its greatest element.
        Max = "max",
        /// The mean of its elements, padding not counted.
        Avg = "avg",
    }
}

choice! {
    /// Where the channels stand, in the words of later Keras.
    DataFormat, "'channels_first' or 'channels_last'" {
        /// (samples, channels, …), Keras 1's `th`.
        ChannelsFirst = "channels_first",
        /// (samples, …, channels), Keras 1's `tf`.
        ChannelsLast = "channels_last",
    }
}

impl DataFormat {
    /// Keras 1's word for it.
    pub fn dim_ordering(self) -> DimOrdering {
        match self {
            DataFormat::ChannelsFirst => DimOrdering::Th,
            DataFormat::ChannelsLast => DimOrdering::Tf,
        }
    }
}

impl From<DimOrdering> for DataFormat {
    fn from(ordering: DimOrdering) -> Self {
        match ordering {
            DimOrdering::Th => DataFormat::ChannelsFirst,
            DimOrdering::Tf => DataFormat::ChannelsLast,
        }
    }
}
