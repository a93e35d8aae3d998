//! A workload: one function of the table, called through the API on inputs of two sizes, and
//! beside it the shortest correct composition of bare library calls that a user would write.

use touchstone_reference::Function;
use touchstone_reference::backend as K;

use crate::Outcome;

/// How large the inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As in a unit test: what a call costs besides its numbers.
    Small,
    /// So large that the numbers are what costs.
    Large,
}

impl Size {
    /// Both.
    pub const ALL: [Size; 2] = [Size::Small, Size::Large];

    /// The word for it in names and reports.
    pub fn name(self) -> &'static str {
        match self {
            Size::Small => "small",
            Size::Large => "large",
        }
    }

    fn of<T: Copy>(self, both: [T; 2]) -> T {
        match self {
            Size::Small => both[0],
            Size::Large => both[1],
        }
    }
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The function.
    Forward,
    /// The function, and the gradients of a weighted sum of its result.
    Backward,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Direction::Forward, Direction::Backward];

    /// The word for it in names and reports.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Forward => "forward",
            Direction::Backward => "backward",
        }
    }
}

/// What the elements of an input are.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Floats between two limits.
    Between(f64, f64),
    /// Floats, each line along the last axis a distribution.
    Probabilities,
    /// Whole numbers from 0, below a bound for each size.
    Below([i64; 2]),
    /// One whole number everywhere, for each size.
    Whole([i64; 2]),
    /// Truths.
    Flags,
    /// Floats by which no derivative is asked for, with these values.
    Constant(&'static Values),
}

/// Floats on both sides of 0.
pub const FLOATS: Values = Values::Between(-1.0, 1.0);
/// Floats above 0.
pub const POSITIVE: Values = Values::Between(0.1, 2.0);
/// Floats by which no derivative is asked for.
pub const CONSTANT: Values = Values::Constant(&FLOATS);

/// One input.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Its elements.
    pub values: Values,
    /// Its shape, for each size.
    pub shapes: [&'static [usize]; 2],
}

/// Numbers between 0 and 1 that follow no pattern, the same at every run.
fn uniform(seed: u64) -> impl Iterator<Item = f64> {
    // splitmix64.
    (1_u64..).map(move |i| {
        let mut z = (seed << 32).wrapping_add(i).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    })
}

impl Input {
    /// Whether a derivative by it is asked for.
    pub fn is_differentiated(&self) -> bool {
        match self.values {
            Values::Between(..) | Values::Probabilities => true,
            Values::Below(_) | Values::Whole(_) | Values::Flags | Values::Constant(_) => false,
        }
    }

    /// The input as it lies on the host; `seed` tells the inputs of a call apart.
    pub fn host(&self, size: Size, seed: u64) -> Outcome<K::HostTensor> {
        let shape = size.of(self.shapes);
        let count = shape.iter().product();
        let random = uniform(seed).take(count);
        Ok(match self.values {
            Values::Between(low, high) => {
                let data = random.map(|u| (low + u * (high - low)) as f32).collect();
                K::HostTensor::from_vec::<f32>(shape, data)?
            }
            Values::Probabilities => {
                let mut data: Vec<f32> = random.map(|u| (0.1 + u) as f32).collect();
                for line in data.chunks_mut(shape.last().copied().unwrap_or(1).max(1)) {
                    let sum: f32 = line.iter().sum();
                    line.iter_mut().for_each(|p| *p /= sum);
                }
                K::HostTensor::from_vec(shape, data)?
            }
            Values::Below(bounds) => {
                let bound = size.of(bounds);
                let data = random.map(|u| (u * bound as f64) as i64).collect();
                K::HostTensor::from_vec::<i64>(shape, data)?
            }
            Values::Whole(numbers) => {
                K::HostTensor::from_vec(shape, vec![size.of(numbers); count])?
            }
            Values::Flags => {
                K::HostTensor::from_vec::<bool>(shape, random.map(|u| u < 0.5).collect())?
            }
            Values::Constant(values) => Input { values: *values, ..*self }.host(size, seed)?,
        })
    }
}

/// How the answers of both sides are compared before they are timed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Agreement {
    /// Element by element.
    #[default]
    Elements,
    /// By their mean: they are drawn at random.
    Mean,
}

/// A call on the tensors of one side.
pub type Composition<T> = fn(&[T]) -> Outcome<T>;

/// One function, and what it is compared with.
pub struct Workload {
    /// The function.
    pub function: Function,
    /// Which of its ways, where more than one is timed.
    pub way: Option<&'static str>,
    /// Its inputs.
    pub inputs: &'static [Input],
    /// How answers are compared.
    pub agreement: Agreement,
    /// The call through the API.
    pub touchstone: Composition<K::Tensor>,
    /// The same with candle alone.
    pub candle: Composition<candle_core::Tensor>,
    /// The same with tch alone.
    #[cfg(feature = "tch")]
    pub tch: Composition<tch::Tensor>,
    /// Why an engine, by its name, takes longer than its bare library.
    pub why: &'static [(&'static str, &'static str)],
    /// What was tried where candle takes over twice as long as tch.
    pub tried: Option<&'static str>,
}

impl std::fmt::Debug for Workload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {:?}", self.name(), self.inputs)
    }
}

impl Workload {
    /// The name of the function, and its way.
    pub fn name(&self) -> String {
        match self.way {
            None => self.function.name().to_owned(),
            Some(way) => format!("{}, {way}", self.function.name()),
        }
    }

    /// The inputs on the host.
    pub fn hosts(&self, size: Size) -> Outcome<Vec<K::HostTensor>> {
        self.inputs.iter().zip(1..).map(|(input, seed)| input.host(size, seed)).collect()
    }

    /// The positions of the inputs by which derivatives are asked for.
    pub fn differentiated(&self) -> Vec<usize> {
        (0..self.inputs.len()).filter(|&i| self.inputs[i].is_differentiated()).collect()
    }

    /// What can be timed: not the gradients where there are none.
    pub fn directions(&self) -> &'static [Direction] {
        if self.differentiated().is_empty() { &[Direction::Forward] } else { &Direction::ALL }
    }

    /// The weights of the sum whose gradients are asked for, in the shape of the result.
    pub fn weights(shape: &[usize]) -> Outcome<K::HostTensor> {
        let data = uniform(99).take(shape.iter().product()).map(|u| (0.5 + u) as f32).collect();
        Ok(K::HostTensor::from_vec::<f32>(shape, data)?)
    }

    /// Why the engine takes longer than its bare library.
    pub fn why(&self, engine: &str) -> Option<&'static str> {
        self.why.iter().find(|(name, _)| *name == engine).map(|(_, text)| *text)
    }
}

/// The tensors of a call, to be taken apart by name.
pub(crate) fn named<T, const N: usize>(tensors: &[T]) -> Outcome<&[T; N]> {
    Ok(tensors.try_into()?)
}

/// Workloads, one a function or a way of it: its inputs with their elements and both their shapes, then the same
/// call three times over; at the end, where the numbers ask for it, why an engine is slower than
/// its bare library, and what was tried where candle is slower than tch.
macro_rules! workloads {
    ($(
        $function:ident $(as $way:literal)? {
            $(let $input:ident: $values:expr, $small:expr, $large:expr;)+
            touchstone: $touchstone:expr;
            candle: $candle:expr;
            tch: $tch:expr;
            $(agreement: $agreement:ident;)?
            $(why $engine:literal: $why:expr;)*
            $(tried: $tried:expr;)?
        }
    )*) => {
        &[$($crate::workload::Workload {
            function: touchstone_reference::Function::$function,
            way: workloads!(@option $($way)?),
            inputs: &[$($crate::workload::Input {
                values: $values,
                shapes: [&$small, &$large],
            }),+],
            agreement: workloads!(@agreement $($agreement)?),
            touchstone: |tensors| {
                let [$($input),+] = $crate::workload::named(tensors)?;
                Ok($touchstone?)
            },
            candle: |tensors| {
                let [$($input),+] = $crate::workload::named(tensors)?;
                Ok($candle?)
            },
            #[cfg(feature = "tch")]
            tch: |tensors| {
                let [$($input),+] = $crate::workload::named(tensors)?;
                Ok($tch?)
            },
            why: &[$(($engine, $why)),*],
            tried: workloads!(@option $($tried)?),
        }),*]
    };
    (@agreement) => { $crate::workload::Agreement::Elements };
    (@agreement $agreement:ident) => { $crate::workload::Agreement::$agreement };
    (@option) => { None };
    (@option $value:expr) => { Some($value) };
}
