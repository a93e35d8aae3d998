//! What a generator draws from: a sequence of choices, each a small number. Everything about a
//! case follows from it, so that a case is shrunk by making choices smaller and fewer, whatever
//! depends on what in it. Therefore 0 always leads to the simplest thing.

use std::collections::VecDeque;

use touchstone_reference::{DType, HostTensor, Layout};

use super::filling::{Filling, fill};

/// How many choices a case may take; beyond them every choice is 0.
pub const CHOICES: usize = 160;

/// The most elements of a tensor that is drawn: the definitions are index loops, and their bounds
/// are read off a tape.
const ELEMENTS: usize = 240;

/// Sizes by how simple they are: 1 hides mistakes with axes, odd and prime sizes show them.
const SIZES: [usize; 10] = [1, 2, 3, 2, 3, 4, 5, 2, 3, 7];

/// Sizes that leave a remainder wherever something is done in blocks.
const LONG: [usize; 6] = [1, 8, 13, 17, 33, 31];

/// Choices, taken one after the other.
#[derive(Debug)]
pub struct Draw {
    choices: VecDeque<u16>,
    /// Whether sizes of 0 may be drawn.
    empty: bool,
    /// Whether long sizes may be drawn.
    long: bool,
    /// Whether numbers other than small whole ones may be drawn.
    fillings: &'static [Filling],
    /// The default float type of the call.
    floatx: DType,
}

impl Draw {
    /// A generator's view of the choices.
    pub fn new(choices: &[u16]) -> Self {
        let choices = choices.iter().copied().collect();
        let (fillings, floatx) = (Filling::ANY, DType::Float32);
        let mut draw = Draw { choices, empty: false, long: false, fillings, floatx };
        draw.empty = draw.rarely(16);
        draw.long = draw.rarely(8);
        draw
    }

    /// A number below `n`, which is at least 1.
    pub fn below(&mut self, n: usize) -> usize {
        (usize::from(self.choices.pop_front().unwrap_or(0)) * n) >> 16
    }

    /// A number of an inclusive range.
    pub fn within(&mut self, least: i64, greatest: i64) -> i64 {
        let count = greatest.saturating_sub(least).max(0) as usize + 1;
        least + self.below(count) as i64
    }

    /// False, or as probably true.
    pub fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// True once in `n` times.
    pub fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// One of some items, the simplest of which is first.
    pub fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// Something, or nothing.
    pub fn maybe<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| f(self))
    }

    /// The size of an axis that may be empty.
    pub fn size(&mut self) -> usize {
        let size = self.positive();
        if self.empty && self.rarely(3) { 0 } else { size }
    }

    /// The size of an axis that may not be empty.
    pub fn positive(&mut self) -> usize {
        if self.long && self.rarely(3) { self.one_of(&LONG) } else { self.one_of(&SIZES) }
    }

    /// A rank up to `greatest`: those that are used most are drawn most.
    pub fn rank(&mut self, least: usize, greatest: usize) -> usize {
        let usual = self.within(least as i64, greatest.min(least.max(3)) as i64) as usize;
        if self.rarely(6) { self.within(least as i64, greatest as i64) as usize } else { usual }
    }

    /// A shape of a rank in a range, small enough for the definitions.
    pub fn shape(&mut self, least: usize, greatest: usize) -> Vec<usize> {
        let rank = self.rank(least, greatest);
        let mut shape: Vec<usize> = (0..rank).map(|_| self.size()).collect();
        Self::limit(&mut shape, ELEMENTS);
        shape
    }

    /// Makes the longest axes shorter until the shape holds no more than `elements`.
    pub fn limit(shape: &mut [usize], elements: usize) {
        while shape.iter().filter(|n| **n > 0).product::<usize>() > elements {
            match shape.iter_mut().max() {
                Some(longest) => *longest = longest.div_ceil(2),
                None => return,
            }
        }
    }

    /// An axis of a tensor of `rank`, counted from the front or from the back.
    pub fn axis(&mut self, rank: usize) -> i64 {
        let axis = self.below(rank.max(1)) as i64;
        if self.flag() { axis - rank.max(1) as i64 } else { axis }
    }

    /// Two shapes that broadcast against each other.
    pub fn broadcast_pair(&mut self, greatest: usize) -> (Vec<usize>, Vec<usize>) {
        let x = self.shape(0, greatest);
        let mut y: Vec<usize> = x.iter().map(|n| if self.rarely(4) { 1 } else { *n }).collect();
        if self.rarely(4) {
            let dropped = self.below(y.len() + 1);
            y.drain(..dropped);
        }
        let mut x = x;
        for n in &mut x {
            if self.rarely(8) {
                *n = 1;
            }
        }
        if self.flag() { (x, y) } else { (y, x) }
    }

    /// From here on the default float type is this one.
    pub(super) fn configure(&mut self, floatx: DType) {
        self.floatx = floatx;
    }

    /// The default float type of the call.
    pub fn floatx(&self) -> DType {
        self.floatx
    }

    /// A float type.
    pub fn float(&mut self) -> DType {
        use DType::{Float16, Float32, Float64};
        self.one_of(&[Float32, Float32, Float32, Float32, Float64, Float64, Float64, Float16])
    }

    /// A float or integer type.
    pub fn number(&mut self) -> DType {
        if self.rarely(3) { self.integer() } else { self.float() }
    }

    /// An integer type.
    pub fn integer(&mut self) -> DType {
        use DType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32};
        self.one_of(&[Int32, Int64, Int32, UInt8, Int8, Int16, UInt16, UInt32])
    }

    /// Any type.
    pub fn dtype(&mut self) -> DType {
        if self.rarely(10) { DType::Bool } else { self.number() }
    }

    /// From here on only numbers of these kinds: where others say nothing about the function.
    pub fn only(&mut self, fillings: &'static [Filling]) {
        self.fillings = fillings;
    }

    /// What fills a tensor, and from where in the stream of numbers.
    fn filling(&mut self) -> (Filling, u64) {
        let filling = self.one_of(self.fillings);
        (filling, self.below(1 << 16) as u64)
    }

    /// A tensor of a shape with numbers of any kind, held in any way.
    pub fn tensor(&mut self, dtype: DType, shape: &[usize]) -> HostTensor {
        let (filling, seed) = self.filling();
        let layout = self.layout();
        fill(filling, dtype, shape, seed).with_layout(layout)
    }

    /// A tensor whose numbers come from `f`, which is given the position and draws below 2^16.
    pub fn tensor_of(
        &mut self,
        dtype: DType,
        shape: &[usize],
        mut f: impl FnMut(usize, &mut super::filling::Stream) -> f64,
    ) -> HostTensor {
        let mut stream = super::filling::Stream::new(self.below(1 << 16) as u64);
        let layout = self.layout();
        let count: usize = shape.iter().product();
        let numbers: Vec<f64> = (0..count).map(|i| f(i, &mut stream)).collect();
        super::filling::host(dtype, shape, &numbers).with_layout(layout)
    }

    /// Whole numbers from `least` up to but without `end`: indices, labels, lengths.
    pub fn indices(&mut self, dtype: DType, shape: &[usize], least: i64, end: i64) -> HostTensor {
        let count = end.saturating_sub(least).max(1) as u64;
        self.tensor_of(dtype, shape, |_, stream| (least + stream.below(count) as i64) as f64)
    }

    /// Numbers between `least` and `greatest`.
    pub fn between(
        &mut self,
        dtype: DType,
        shape: &[usize],
        least: f64,
        greatest: f64,
    ) -> HostTensor {
        self.tensor_of(dtype, shape, |_, stream| least + (greatest - least) * stream.unit())
    }

    /// How an engine is asked to hold a tensor.
    pub fn layout(&mut self) -> Layout {
        use Layout::{Contiguous, Gapped, Offset, Transposed};
        self.one_of(&[
            Contiguous,
            Contiguous,
            Contiguous,
            Offset,
            Transposed,
            Gapped,
            Layout::Broadcast,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_zeros_is_the_simplest() {
        let mut draw = Draw::new(&[]);
        assert_eq!(draw.below(7), 0);
        assert!(!draw.flag());
        assert_eq!(draw.size(), 1);
        assert_eq!(draw.shape(0, 5), [0_usize; 0]);
        assert_eq!(draw.float(), DType::Float32);
        assert_eq!(draw.layout(), Layout::Contiguous);
    }

    #[test]
    fn every_item_can_be_drawn() {
        let choices: Vec<u16> = (0..=u16::MAX).step_by(97).collect();
        let mut draw = Draw::new(&choices);
        let mut seen = [false; 11];
        for _ in 2..choices.len() {
            seen[draw.below(11)] = true;
        }
        assert_eq!(seen, [true; 11]);
    }

    #[test]
    fn shapes_are_kept_small() {
        let mut shape = [33, 0, 31, 17];
        Draw::limit(&mut shape, 240);
        assert!(shape.iter().filter(|n| **n > 0).product::<usize>() <= 240, "{shape:?}");
        assert_eq!(shape[1], 0);
    }
}
