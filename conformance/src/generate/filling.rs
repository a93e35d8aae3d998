//! What tensors are filled with: each kind of numbers finds mistakes that the others hide.

use touchstone_reference::{DType, HostTensor};

/// A kind of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// Whole numbers small enough that sums and products of them are exact in any order.
    Whole,
    /// Normally distributed.
    Normal,
    /// Halves, signed zeros, 1 and its neighbours, numbers at which functions turn.
    Points,
    /// Few different numbers, a little apart or not at all.
    Ties,
    /// Numbers at which functions saturate or overflow.
    Large,
    /// Numbers near and below the smallest normal one.
    Tiny,
    /// Normally distributed, with NaN or an infinity first, in the middle or last.
    NotFinite,
    /// The same row again and again.
    Rows,
}

impl Filling {
    /// Any numbers; those that say most about most functions are drawn most.
    pub const ANY: &'static [Filling] = {
        use Filling::{Large, Normal, NotFinite, Points, Rows, Ties, Tiny, Whole};
        &[
            Whole, Whole, Normal, Normal, Normal, Normal, Normal, Points, Points, Ties, Rows,
            Large, Tiny, NotFinite,
        ]
    };
    /// Numbers of moderate size.
    pub const MODERATE: &'static [Filling] = {
        use Filling::{Normal, Points, Rows, Ties, Whole};
        &[Whole, Normal, Normal, Normal, Points, Ties, Rows]
    };
    /// Numbers that are finite.
    pub const FINITE: &'static [Filling] = {
        use Filling::{Large, Normal, Points, Rows, Ties, Tiny, Whole};
        &[Whole, Whole, Normal, Normal, Normal, Normal, Points, Ties, Rows, Large, Tiny]
    };
}

/// Numbers that follow from a seed (SplitMix64).
#[derive(Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Stream(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `n`, which is at least 1.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A number from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number of a distribution close to the standard normal one: a sum of twelve uniform ones.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// One of some numbers.
    pub fn one_of(&mut self, items: &[f64]) -> f64 {
        items[self.below(items.len() as u64) as usize]
    }
}

const POINTS: [f64; 22] = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 2.0, -2.0, 0.2, -0.2, 3.0, -3.0, 1e-3,
    -1e-3, 0.999, 1.001, 6.0, -2.500001,
];

fn large(dtype: DType, stream: &mut Stream) -> f64 {
    let greatest = dtype.greatest();
    let sign = if stream.below(2) == 0 { 1.0 } else { -1.0 };
    sign * stream.one_of(&[
        10.0,
        20.0,
        89.0,
        104.0,
        710.0,
        1e4,
        greatest.sqrt(),
        greatest / 4.0,
        greatest,
    ])
}

/// The smallest positive normal number of a float type.
fn smallest(dtype: DType) -> f64 {
    match dtype.size() {
        2 => 2_f64.powi(-14),
        4 => f64::from(f32::MIN_POSITIVE),
        _ => f64::MIN_POSITIVE,
    }
}

fn tiny(dtype: DType, stream: &mut Stream) -> f64 {
    let smallest = smallest(dtype);
    let sign = if stream.below(2) == 0 { 1.0 } else { -1.0 };
    sign * stream.one_of(&[
        0.0,
        smallest,
        smallest / 2.0,
        smallest / 512.0,
        smallest * 3.0,
        smallest.sqrt(),
        1.0,
    ])
}

fn float(
    filling: Filling,
    dtype: DType,
    position: usize,
    count: usize,
    stream: &mut Stream,
) -> f64 {
    match filling {
        Filling::Whole => stream.below(7) as f64 - 3.0,
        Filling::Normal | Filling::Rows => stream.normal(),
        Filling::Points => stream.one_of(&POINTS),
        Filling::Ties => {
            let unit = 2.0 * dtype.round(1.0 + 2_f64.powi(-9)) - 2.0;
            stream.one_of(&[1.0, 1.0, 1.0 + unit, -1.0, 1.0 - unit])
        }
        Filling::Large => large(dtype, stream),
        Filling::Tiny => tiny(dtype, stream),
        Filling::NotFinite => {
            let x = stream.normal();
            let what = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][stream.below(3) as usize];
            let place = [0, count / 2, count.saturating_sub(1)][stream.below(3) as usize];
            // Mostly one place, sometimes none.
            if position == place { what } else { x }
        }
    }
}

fn whole(filling: Filling, dtype: DType, stream: &mut Stream) -> i64 {
    let (least, greatest) = dtype.range().unwrap_or((0, 1));
    let number = match filling {
        Filling::Large => {
            // Products and sums of the greatest numbers lie outside the contract.
            let root = greatest.isqrt() / 8;
            stream.below(2 * root.clamp(1, 1 << 20) as u64 + 1) as i128 - root.clamp(1, 1 << 20)
        }
        Filling::Whole
        | Filling::Normal
        | Filling::Points
        | Filling::Ties
        | Filling::Tiny
        | Filling::NotFinite
        | Filling::Rows => stream.below(9) as i128 - 4,
    };
    number.clamp(least, greatest) as i64
}

/// A tensor from numbers, each rounded to its type. The shapes that are drawn are small.
pub(super) fn host(dtype: DType, shape: &[usize], numbers: &[f64]) -> HostTensor {
    HostTensor::from_f64s(dtype, shape, numbers).expect("as many numbers as the shape holds")
}

/// A tensor filled with numbers of a kind.
pub(super) fn fill(filling: Filling, dtype: DType, shape: &[usize], seed: u64) -> HostTensor {
    let mut stream = Stream::new(seed);
    let count: usize = shape.iter().product();
    let row = match (filling, shape) {
        (Filling::Rows, [_, rest @ ..]) => rest.iter().product::<usize>().max(1),
        _ => count.max(1),
    };
    if dtype.is_float() {
        let mut numbers: Vec<f64> =
            (0..row.min(count)).map(|i| float(filling, dtype, i, count, &mut stream)).collect();
        repeat(&mut numbers, count);
        return host(dtype, shape, &numbers);
    }
    let mut numbers: Vec<i64> = (0..row.min(count))
        .map(|_| {
            if dtype == DType::Bool {
                stream.below(2) as i64
            } else {
                whole(filling, dtype, &mut stream)
            }
        })
        .collect();
    repeat(&mut numbers, count);
    HostTensor::from_i64s(dtype, shape, &numbers).expect("as many numbers as the shape holds")
}

/// The numbers again and again until there are `count`.
fn repeat<T: Copy>(numbers: &mut Vec<T>, count: usize) {
    let row = numbers.len();
    for i in row..count {
        numbers.push(numbers[i - row]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_stands_where_it_should() {
        let mut places = std::collections::BTreeSet::new();
        for seed in 0..64 {
            let tensor = fill(Filling::NotFinite, DType::Float32, &[5], seed);
            let found = tensor.to_f64s();
            places.extend((0..5).filter(|i| !found[*i].is_finite()));
        }
        assert_eq!(places.into_iter().collect::<Vec<_>>(), [0, 2, 4]);
    }

    #[test]
    fn rows_are_equal() {
        assert!(fill(Filling::Rows, DType::Float64, &[3, 4], 7).has_equal_rows());
        assert!(fill(Filling::Rows, DType::Int32, &[3, 4], 7).has_equal_rows());
        assert!(!fill(Filling::Normal, DType::Float64, &[3, 4], 7).has_equal_rows());
    }
}
