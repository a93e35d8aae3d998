//! The handwritten digits.
//!
//! E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
//! Repository, 1998, CC BY 4.0.

use std::io::{self, Read};

use flate2::read::GzDecoder;
use touchstone::backend as K;

/// Rows, and columns, of a digit.
pub(crate) const SIDE: usize = 8;

/// How many digits there are to tell apart.
pub(crate) const CLASSES: usize = 10;

/// The value of a black pixel in the file.
const BLACK: f64 = 16.0;

/// One digit of so many is held back: nothing is learnt from it.
const HELD_BACK: usize = 5;

const FILE: &[u8] = include_bytes!("../data/digits.csv.gz");

/// A digit: its pixels from 0 to 1, row by row, and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Digit {
    pub(crate) pixels: Vec<f64>,
    pub(crate) label: usize,
}

impl Digit {
    /// The pixels of one column, from top to bottom.
    pub(crate) fn column(&self, column: usize) -> [f64; SIDE] {
        std::array::from_fn(|row| self.pixels[row * SIDE + column])
    }
}

/// The digits to learn from, and those held back.
pub(crate) fn read() -> io::Result<(Vec<Digit>, Vec<Digit>)> {
    let mut text = String::new();
    GzDecoder::new(FILE).read_to_string(&mut text)?;
    let mut all = [Vec::new(), Vec::new()];
    for (i, line) in text.lines().enumerate() {
        all[usize::from(i % HELD_BACK == 0)].push(parse(line)?);
    }
    let [digits, held_back] = all;
    Ok((digits, held_back))
}

fn parse(line: &str) -> io::Result<Digit> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("no digit: {line}"));
    let mut numbers = line
        .split(',')
        .map(|field| field.parse::<u8>().map_err(|_| wrong()))
        .collect::<io::Result<Vec<_>>>()?;
    let label = numbers.pop().map(usize::from).filter(|&label| label < CLASSES);
    match label {
        Some(label) if numbers.len() == SIDE * SIDE => {
            let pixels = numbers.into_iter().map(|pixel| f64::from(pixel) / BLACK).collect();
            Ok(Digit { pixels, label })
        }
        Some(_) | None => Err(wrong()),
    }
}

/// A whole number in 0..limit.
pub(crate) fn below(limit: usize, generator: &mut K::Generator) -> usize {
    (generator.uniform() * limit as f64) as usize
}

/// The digits in another order.
pub(crate) fn shuffled(digits: &[Digit], generator: &mut K::Generator) -> Vec<Digit> {
    let mut digits = digits.to_vec();
    for last in (1..digits.len()).rev() {
        digits.swap(last, below(last + 1, generator));
    }
    digits
}
