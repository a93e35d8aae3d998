//! An engine against the reference: every element within its bound. No constants here; the
//! bounds come from the definition and the data.

use touchstone_reference::HostTensor;
use touchstone_reference::judging::Judged;

/// How elements are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Bit for bit, the sign of zero and NaN included: the function only moves data.
    Exact,
    /// Within the bound.
    Value,
    /// Within the bound; where the reference has no number there is no contract.
    Gradient,
}

/// One element that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which result.
    pub output: usize,
    /// Where in it.
    pub index: Vec<usize>,
    /// What the reference has.
    pub expected: f64,
    /// What the engine gave.
    pub found: f64,
    /// How far it may lie away; 0 where it is exact.
    pub bound: f64,
}

impl Difference {
    /// How far the engine lies away.
    pub fn error(&self) -> f64 {
        (self.found - self.expected).abs()
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Difference { output, index, expected, found, bound } = self;
        write!(f, "output {output} at {index:?}: expected {expected:?}, found {found:?}")?;
        write!(f, ", error {:e}, bound {bound:e}", self.error())
    }
}

/// What comparing one result gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// How many elements there are.
    pub elements: usize,
    /// How many of them were compared.
    pub compared: usize,
    /// How many of these against a bound that says something: one no greater than the number.
    pub telling: usize,
    /// The largest error as a fraction of its bound; `None` where everything was exact.
    pub used: Option<f64>,
    /// How many elements differ.
    pub differing: usize,
    /// The first that does.
    pub first: Option<Difference>,
}

impl Comparison {
    /// The comparison of several results together.
    #[must_use]
    pub fn and(self, other: Comparison) -> Self {
        Comparison {
            elements: self.elements + other.elements,
            compared: self.compared + other.compared,
            telling: self.telling + other.telling,
            used: match (self.used, other.used) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            },
            differing: self.differing + other.differing,
            first: self.first.or(other.first),
        }
    }
}

/// What one element shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Element {
    /// It agrees where nothing else would.
    Exact,
    /// It agrees, having used this fraction of its bound, which says something or not.
    Within { used: f64, telling: bool },
    /// Nothing can be said about it.
    Open,
    /// It differs, by this fraction of its bound.
    Differs(f64),
}

/// The index of a position in row-major order.
pub(super) fn unravel(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (i, &n) in shape.iter().enumerate().rev() {
        index[i] = position % n.max(1);
        position /= n.max(1);
    }
    index
}

/// Compares a result of the same shape as the reference's.
pub fn compare(output: usize, found: &HostTensor, judged: &Judged, manner: Manner) -> Comparison {
    let largest = found.dtype().greatest();
    let mut comparison = Comparison { elements: judged.values.len(), ..Comparison::default() };
    let wholes = judged.wholes.as_ref().map(|wholes| (wholes, found.to_i64s()));
    let range = found.dtype().range();
    // What becomes of a whole number that its type does not hold lies outside the contract.
    let overflows = |n: i64| range.is_some_and(|(least, most)| !(least..=most).contains(&n.into()));
    for (position, number) in found.to_f64s().into_iter().enumerate() {
        let (expected, bound) = (judged.values[position], judged.bounds[position]);
        let element = match &wholes {
            Some((expected, found)) if expected[position] == found[position] => Element::Exact,
            Some((expected, _)) if overflows(expected[position]) => Element::Open,
            Some(_) => Element::Differs(f64::INFINITY),
            None => element(number, expected, bound, largest, manner),
        };
        comparison.note(element, || Difference {
            output,
            index: unravel(position, found.shape()),
            expected,
            found: number,
            bound,
        });
    }
    comparison
}

impl Comparison {
    fn note(&mut self, element: Element, difference: impl FnOnce() -> Difference) {
        match element {
            Element::Exact => {
                self.compared += 1;
                self.telling += 1;
            }
            Element::Within { used, telling } => {
                self.compared += 1;
                self.telling += usize::from(telling);
                self.used = Some(self.used.unwrap_or(0.0).max(used));
            }
            Element::Open => {}
            Element::Differs(used) => {
                self.compared += 1;
                self.differing += 1;
                self.used = Some(self.used.unwrap_or(0.0).max(used));
                self.first.get_or_insert_with(difference);
            }
        }
    }
}

fn element(found: f64, expected: f64, bound: f64, largest: f64, manner: Manner) -> Element {
    let only = |agrees: bool| if agrees { Element::Exact } else { Element::Differs(f64::INFINITY) };
    if manner == Manner::Gradient && !expected.is_finite() {
        return Element::Open;
    }
    if bound == f64::INFINITY {
        return Element::Open;
    }
    if expected.is_nan() {
        return only(found.is_nan());
    }
    if manner == Manner::Exact {
        return only(found.to_bits() == expected.to_bits());
    }
    if expected.is_infinite() {
        return only(found == expected);
    }
    if !bound.is_finite() {
        return Element::Open;
    }
    if found.is_infinite() {
        let overflows = expected.abs() + bound >= largest;
        return only(overflows && found.is_sign_negative() == expected.is_sign_negative());
    }
    let error = (found - expected).abs();
    if bound == 0.0 {
        return only(error == 0.0);
    }
    let used = error / bound;
    if used <= 1.0 {
        Element::Within { used, telling: bound <= expected.abs() }
    } else {
        Element::Differs(used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: f64 = f32::MAX as f64;

    fn value(found: f64, expected: f64, bound: f64) -> Element {
        element(found, expected, bound, MAX, Manner::Value)
    }

    #[test]
    fn a_bound_is_a_bound() {
        assert_eq!(value(1.5, 1.0, 1.0), Element::Within { used: 0.5, telling: true });
        assert_eq!(value(2.0, 1.0, 2.0), Element::Within { used: 0.5, telling: false });
        assert_eq!(value(3.0, 1.0, 1.0), Element::Differs(2.0));
        assert_eq!(value(1.0, 1.0, 0.0), Element::Exact);
        assert_eq!(value(1.0 + f64::EPSILON, 1.0, 0.0), Element::Differs(f64::INFINITY));
    }

    #[test]
    fn what_is_not_a_number_says_so() {
        assert_eq!(value(f64::NAN, f64::NAN, f64::NAN), Element::Exact);
        assert_eq!(value(0.0, f64::NAN, f64::NAN), Element::Differs(f64::INFINITY));
        assert!(matches!(value(f64::NAN, 0.0, 1.0), Element::Differs(_)));
        assert_eq!(element(1.0, f64::NAN, 0.0, MAX, Manner::Gradient), Element::Open);
        assert_eq!(element(1.0, f64::INFINITY, 0.0, MAX, Manner::Gradient), Element::Open);
    }

    #[test]
    fn infinity_is_infinity_unless_the_interval_overflows() {
        assert_eq!(value(f64::INFINITY, f64::INFINITY, 0.0), Element::Exact);
        assert!(matches!(value(MAX, f64::INFINITY, 0.0), Element::Differs(_)));
        assert!(matches!(value(f64::INFINITY, 1.0, 1.0), Element::Differs(_)));
        assert_eq!(value(f64::INFINITY, MAX, MAX * 1e-7), Element::Exact);
        assert!(matches!(value(f64::NEG_INFINITY, MAX, MAX * 1e-7), Element::Differs(_)));
    }

    #[test]
    fn a_bound_without_end_proves_nothing() {
        assert_eq!(value(7.0, 1.0, f64::INFINITY), Element::Open);
        assert_eq!(value(7.0, 1.0, f64::NAN), Element::Open);
    }

    #[test]
    fn the_sign_of_zero_counts_where_data_only_moves() {
        assert_eq!(value(-0.0, 0.0, 0.0), Element::Exact);
        assert!(matches!(element(-0.0, 0.0, 0.0, MAX, Manner::Exact), Element::Differs(_)));
        assert_eq!(element(f64::NAN, f64::NAN, 0.0, MAX, Manner::Exact), Element::Exact);
    }

    #[test]
    fn positions_are_row_major() {
        assert_eq!(unravel(5, &[2, 3]), [1, 2]);
        assert_eq!(unravel(0, &[]), [0_usize; 0]);
    }
}
