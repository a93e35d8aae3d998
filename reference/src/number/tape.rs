//! `Tape`: a number that remembers how it was computed, for derivatives and for bounds.
//!
//! A tape value is Copy and nests: the partial derivatives that a `Tape<T>` records are
//! themselves numbers of type `T`, so that a tape over a tape bounds gradients.

use std::cell::RefCell;
use std::thread::LocalKey;

use super::{Elementary, Format, Local, Number, Truth, in_format};
use crate::dtype::DType;

/// How the cotangent of a node comes about from the products of its consumers' cotangents and
/// their partial derivatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cotangent {
    /// Their sum, in the format in force.
    Summed,
    /// Their sum, rounded to float16: the node is one use of an element of a float16 tensor.
    Rounded,
    /// Each is a float16 number already, and they are added in float16: the node is an element of
    /// a float16 tensor, its consumers are the uses of it.
    AddedNarrow,
}

impl Cotangent {
    /// That of an element of a tensor.
    fn of(dtype: DType) -> Self {
        if dtype == DType::Float16 { Cotangent::AddedNarrow } else { Cotangent::Summed }
    }

    /// T's own arithmetic may record on T's arena, which must not be borrowed here.
    fn collect<T: Number>(self, consumers: &[T], partials: &[T]) -> T {
        match self {
            Cotangent::Summed => T::dot(consumers, partials),
            Cotangent::Rounded => T::dot(consumers, partials).stored(Format::half()),
            Cotangent::AddedNarrow => {
                let terms: Vec<T> =
                    consumers.iter().zip(partials).map(|(x, y)| x.times(*y)).collect();
                match terms[..] {
                    [only] => only,
                    _ => in_format(Format::half(), || T::sum(&terms)),
                }
            }
        }
    }
}

/// The record of one evaluation: each node's value, and its parents with the partial derivatives.
#[derive(Debug)]
pub struct Arena<T> {
    values: Vec<T>,
    cotangents: Vec<Cotangent>,
    /// The nodes in which several numbers are joined.
    joints: Vec<u32>,
    /// The nodes that are results of functions and not finite.
    unbounded: Vec<u32>,
    starts: Vec<u32>,
    parents: Vec<u32>,
    partials: Vec<T>,
}

impl<T: Copy> Arena<T> {
    const fn new() -> Self {
        Arena {
            values: Vec::new(),
            cotangents: Vec::new(),
            joints: Vec::new(),
            unbounded: Vec::new(),
            starts: Vec::new(),
            parents: Vec::new(),
            partials: Vec::new(),
        }
    }

    fn edges(&self, node: u32) -> impl Iterator<Item = (u32, T)> {
        let start = self.starts[node as usize] as usize;
        let end = self.starts.get(node as usize + 1).map_or(self.parents.len(), |&s| s as usize);
        self.parents[start..end].iter().copied().zip(self.partials[start..end].iter().copied())
    }

    fn clear(&mut self) {
        self.values.clear();
        self.cotangents.clear();
        self.joints.clear();
        self.unbounded.clear();
        self.starts.clear();
        self.parents.clear();
        self.partials.clear();
    }
}

/// A number that a tape can be laid over.
pub trait Taped: Number {
    /// Whether the tape over it stands for differentiation, so that `stop_gradient` cuts it; the
    /// tape over [`Local`] carries errors, which nothing stops.
    const DIFFERENTIATES: bool;
    /// This thread's record.
    fn arena() -> &'static LocalKey<RefCell<Arena<Self>>>;
}

macro_rules! taped {
    ($type:ty, $differentiates:expr) => {
        impl Taped for $type {
            const DIFFERENTIATES: bool = $differentiates;
            fn arena() -> &'static LocalKey<RefCell<Arena<Self>>> {
                thread_local!(static ARENA: RefCell<Arena<$type>> = const { RefCell::new(Arena::new()) });
                &ARENA
            }
        }
    };
}

taped!(f64, true);
taped!(Local, false);
taped!(Tape<Local>, true);

const NO_NODE: u32 = u32::MAX;

/// A number and its place on the tape.
#[derive(Clone, Copy, Debug)]
pub struct Tape<T> {
    value: T,
    node: u32,
}

impl<T: Taped> Tape<T> {
    /// Forgets everything recorded on this thread; numbers recorded before must not be used after.
    pub fn reset() {
        T::arena().with_borrow_mut(Arena::clear);
    }

    /// How many nodes are recorded on this thread.
    pub fn recorded() -> usize {
        T::arena().with_borrow(|arena| arena.values.len())
    }

    /// An independent variable.
    pub fn input(value: T) -> Self {
        Self::push(value, &[])
    }

    /// The number without its place on the tape.
    pub fn untaped(self) -> T {
        self.value
    }

    /// A number of the reading below, which does not depend on any independent variable.
    pub fn lift(value: T) -> Self {
        Self::record(value, &[])
    }

    fn push(value: T, edges: &[(u32, T)]) -> Self {
        T::arena().with_borrow_mut(|arena| {
            let node = u32::try_from(arena.values.len()).unwrap_or(NO_NODE);
            arena.starts.push(arena.parents.len() as u32);
            arena.values.push(value);
            arena.cotangents.push(Cotangent::Summed);
            for &(parent, partial) in edges {
                arena.parents.push(parent);
                arena.partials.push(partial);
            }
            Tape { value, node }
        })
    }

    /// A computed value. It needs a place on the tape if it depends on something there or has an
    /// error of its own.
    fn record(value: T, edges: &[(u32, T)]) -> Self {
        if edges.is_empty() && !value.is_inexact() {
            Tape { value, node: NO_NODE }
        } else {
            Self::push(value, edges)
        }
    }

    /// The same number, whose cotangent comes about in this way.
    fn collecting(self, cotangent: Cotangent) -> Self {
        if T::DIFFERENTIATES && !self.is_constant() {
            T::arena().with_borrow_mut(|arena| arena.cotangents[self.node as usize] = cotangent);
        }
        self
    }

    fn is_constant(self) -> bool {
        self.node == NO_NODE
    }

    fn edge(self, partial: impl FnOnce() -> T) -> Option<(u32, T)> {
        (!self.is_constant()).then(|| (self.node, partial()))
    }

    fn unary(self, value: T, partial: impl FnOnce() -> T) -> Self {
        match self.edge(partial) {
            Some(edge) => Self::record(value, &[edge]),
            None => Self::record(value, &[]),
        }
    }

    fn nary(value: T, edges: impl Iterator<Item = Option<(u32, T)>>) -> Self {
        let edges: Vec<_> = edges.flatten().collect();
        Self::record(value, &edges)
    }

    /// A value in which several numbers are joined.
    fn joint(value: T, edges: impl Iterator<Item = Option<(u32, T)>>) -> Self {
        let joint = Self::nary(value, edges);
        if !joint.is_constant() {
            T::arena().with_borrow_mut(|arena| arena.joints.push(joint.node));
        }
        joint
    }

    fn values(terms: &[Self]) -> Vec<T> {
        terms.iter().map(|t| t.value).collect()
    }

    /// The parents of a node whose cotangents are open: there is no contract where the result of a
    /// function is not finite, nor where nothing is multiplied by infinity in a sum of products.
    fn open_parents(node: u32, has_weight: bool) -> Vec<u32> {
        T::arena().with_borrow(|arena| {
            let no_contract = arena.unbounded.binary_search(&node).is_ok();
            let joint = !has_weight && arena.joints.binary_search(&node).is_ok();
            if !no_contract && !joint {
                return Vec::new();
            }
            let is_open = |partial: &T| no_contract || !partial.value().is_finite();
            arena.edges(node).filter(|(_, partial)| is_open(partial)).map(|(at, _)| at).collect()
        })
    }

    /// The derivatives of `output` with respect to `inputs`, where it depends on them.
    pub fn gradients(output: Self, inputs: &[Self]) -> Vec<Option<T>> {
        if output.is_constant() {
            return vec![None; inputs.len()];
        }
        let mut pending: Vec<Vec<(T, T)>> = vec![Vec::new(); output.node as usize + 1];
        let mut adjoints: Vec<Option<T>> = vec![None; output.node as usize + 1];
        pending[output.node as usize].push((T::one(), T::one()));
        for node in (0..=output.node).rev() {
            let terms = std::mem::take(&mut pending[node as usize]);
            if terms.is_empty() {
                continue;
            }
            let (consumers, partials): (Vec<T>, Vec<T>) = terms.into_iter().unzip();
            let cotangent = T::arena().with_borrow(|arena| arena.cotangents[node as usize]);
            let adjoint = cotangent.collect(&consumers, &partials);
            adjoints[node as usize] = Some(adjoint);
            let has_weight = adjoint.value() != 0.0 || adjoint.greater(T::zero()) != Truth::Tie;
            for parent in Self::open_parents(node, has_weight) {
                let anything = T::within(0.0, f64::NEG_INFINITY, f64::INFINITY);
                pending[parent as usize].push((T::one(), anything));
            }
            // What has no weight passes nothing on: a branch that is infinite but not taken
            // does not turn the sum into NaN.
            if !has_weight {
                continue;
            }
            T::arena().with_borrow(|arena| {
                for (parent, partial) in arena.edges(node) {
                    pending[parent as usize].push((adjoint, partial));
                }
            });
        }
        inputs
            .iter()
            .map(|input| {
                if input.is_constant() {
                    None
                } else {
                    adjoints.get(input.node as usize).copied().flatten()
                }
            })
            .collect()
    }
}

impl Tape<Local> {
    /// How far an honest implementation may lie from the value: to first order, the sum of all
    /// local errors weighted with the derivative of this number by them, or the running error,
    /// whichever is smaller where both hold.
    pub fn bound(self) -> f64 {
        if self.value.returned().running() == 0.0 {
            return 0.0;
        }
        let running = self.value.running();
        if self.is_constant() || running == 0.0 || super::undecided() {
            return running;
        }
        let first_order = Local::arena().with_borrow(|arena| {
            let mut adjoints = std::collections::BTreeMap::from([(self.node, 1.0_f64)]);
            let mut bound = 0.0;
            while let Some((node, adjoint)) = adjoints.pop_last() {
                if adjoint == 0.0 {
                    continue;
                }
                let local = arena.values[node as usize].local;
                if local > 0.0 {
                    bound += adjoint.abs() * local;
                }
                for (parent, partial) in arena.edges(node) {
                    *adjoints.entry(parent).or_insert(0.0) += adjoint * partial.value;
                }
            }
            // The second order, for which the first is small.
            bound * 1.01
        });
        if first_order.is_nan() { running } else { first_order.min(running) }
    }
}

impl<T: Taped> Number for Tape<T> {
    fn constant(x: f64) -> Self {
        Tape { value: T::constant(x), node: NO_NODE }
    }

    fn within(chosen: f64, low: f64, high: f64) -> Self {
        Self::record(T::within(chosen, low, high), &[])
    }

    fn value(self) -> f64 {
        self.value.value()
    }

    fn whole(self) -> i64 {
        self.value.whole()
    }

    fn apply(self, f: Elementary) -> Self {
        let value = self.value.apply(f);
        self.unary(value, || f.derivative(self.value, value))
    }

    fn plus(self, other: Self) -> Self {
        let value = self.value.plus(other.value);
        Self::nary(value, [self.edge(T::one), other.edge(T::one)].into_iter())
    }

    fn minus(self, other: Self) -> Self {
        let value = self.value.minus(other.value);
        Self::nary(value, [self.edge(T::one), other.edge(|| T::constant(-1.0))].into_iter())
    }

    fn times(self, other: Self) -> Self {
        let value = self.value.times(other.value);
        Self::nary(value, [self.edge(|| other.value), other.edge(|| self.value)].into_iter())
    }

    fn over(self, other: Self) -> Self {
        let value = self.value.over(other.value);
        let left = self.edge(|| other.value.apply(Elementary::Reciprocal));
        let right = other.edge(|| value.over(other.value).negated());
        Self::nary(value, [left, right].into_iter())
    }

    fn sum(terms: &[Self]) -> Self {
        let value = T::sum(&Self::values(terms));
        Self::nary(value, terms.iter().map(|t| t.edge(T::one)))
    }

    fn dot(a: &[Self], b: &[Self]) -> Self {
        let value = T::dot(&Self::values(a), &Self::values(b));
        let left = a.iter().zip(b).map(|(x, y)| x.edge(|| y.value));
        let right = a.iter().zip(b).map(|(x, y)| y.edge(|| x.value));
        Self::joint(value, left.chain(right))
    }

    fn product(factors: &[Self]) -> Self {
        let values = Self::values(factors);
        let value = T::product(&values);
        let others = |i: usize| {
            let rest: Vec<T> =
                values.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, x)| *x).collect();
            let product = T::product(&rest);
            let count = rest.iter().filter(|x| x.value().abs() != 1.0).count();
            if !T::DIFFERENTIATES || count < 2 || !product.value().is_finite() {
                return product;
            }
            // The cotangent may come in before the others, which it makes round.
            let error = super::format().gamma(count) * product.value().abs();
            product.plus(T::within(0.0, -error, error))
        };
        Self::joint(value, factors.iter().enumerate().map(|(i, x)| x.edge(|| others(i))))
    }

    fn log_sum_exp(terms: &[Self]) -> Self {
        if let [only] = terms {
            // Nothing follows from -inf where there are several, so that either conforms.
            let nothing = only.value() == f64::NEG_INFINITY;
            let weight = || if nothing { T::within(1.0, 0.0, 1.0) } else { T::one() };
            return only.unary(only.value, weight);
        }
        let values = Self::values(terms);
        let value = T::log_sum_exp(&values);
        if terms.iter().all(|t| t.is_constant()) || value.value() == f64::NEG_INFINITY {
            return Self::record(value, &[]);
        }
        if !value.value().is_finite() {
            let unknown = || T::constant(f64::NAN);
            return Self::joint(value, terms.iter().map(|term| term.edge(unknown)));
        }
        // Terms of no weight take no part, so that -inf brings no NaN.
        let taking_part: Vec<usize> =
            (0..terms.len()).filter(|&i| values[i].value() != f64::NEG_INFINITY).collect();
        let weights = T::softmax(&taking_part.iter().map(|&i| values[i]).collect::<Vec<_>>());
        Self::joint(value, taking_part.iter().zip(&weights).map(|(&i, &w)| terms[i].edge(|| w)))
    }

    fn softmax(logits: &[Self]) -> Vec<Self> {
        let weights = T::softmax(&Self::values(logits));
        let constant = logits.iter().all(|t| t.is_constant());
        weights
            .iter()
            .enumerate()
            .map(|(i, &y)| {
                if constant {
                    return Self::record(y, &[]);
                }
                let partial = |j: usize| {
                    if i == j { y.times(T::one().minus(y)) } else { y.times(weights[j]).negated() }
                };
                Self::joint(y, logits.iter().enumerate().map(|(j, x)| x.edge(|| partial(j))))
            })
            .collect()
    }

    fn variance(terms: &[Self]) -> Self {
        let values = Self::values(terms);
        let value = T::variance(&values);
        if terms.iter().all(|t| t.is_constant()) {
            return Self::record(value, &[]);
        }
        let n = T::constant(terms.len() as f64);
        // The mean need not be the sum over the count: it may have been updated term by term.
        let exact = T::mean(&values);
        let spread = values.iter().map(|x| x.value().abs()).sum::<f64>() / terms.len() as f64;
        let error =
            if spread.is_finite() { super::format().gamma(terms.len()) * spread } else { 0.0 };
        let all_equal = values.iter().all(|x| x.value() == values[0].value());
        let near = |m: f64| T::within(m, m - error, m + error);
        let mean = if all_equal {
            exact
        } else {
            exact.plus(near(exact.value()).minus(T::constant(exact.value())))
        };
        Self::joint(value, terms.iter().map(|x| x.edge(|| x.value.minus(mean).scaled(2.0).over(n))))
    }

    fn max(terms: &[Self]) -> Self {
        let values = Self::values(terms);
        let value = T::max(&values);
        if terms.iter().all(|t| t.is_constant()) {
            return Self::record(value, &[]);
        }
        let candidates: Vec<usize> =
            (0..terms.len()).filter(|&i| value.greater(values[i]) != Truth::Yes).collect();
        let count = candidates.len() as f64;
        let tied = candidates.iter().all(|&i| value.greater(values[i]) == Truth::Tie);
        let weight = |i: usize| {
            if count == 1.0 {
                return T::one();
            }
            if tied {
                return T::within(1.0 / count, 0.0, 1.0);
            }
            Truth::Unknown(true).decided();
            T::within(f64::from(u8::from(values[i].value() == value.value())), 0.0, 1.0)
        };
        Self::joint(value, candidates.iter().map(|&i| terms[i].edge(|| weight(i))))
    }

    fn greater(self, other: Self) -> Truth {
        self.value.greater(other.value)
    }

    fn select(truth: Truth, a: Self, b: Self) -> Self {
        let value = T::select(truth, a.value, b.value);
        match truth {
            Truth::Yes => a,
            Truth::No | Truth::Tie => b,
            Truth::Unknown(likely) => Self::between(value, likely, a, b),
        }
    }

    fn kink(truth: Truth, a: Self, b: Self) -> Self {
        if truth == Truth::Tie && T::DIFFERENTIATES {
            return Self::between(T::kink(truth, a.value, b.value), false, a, b);
        }
        Self::select(truth, a, b)
    }

    fn widened(self, factor: f64) -> Self {
        self.unary(self.value.widened(factor), T::one)
    }

    fn stopped(self) -> Self {
        if T::DIFFERENTIATES { Self::lift(self.value) } else { self }
    }

    fn marked(self, dtype: DType) -> Self {
        let marked = match self.edge(T::one) {
            Some(edge) => Self::push(self.value, &[edge]),
            None => Self::push(self.value, &[]),
        };
        marked.collecting(Cotangent::of(dtype))
    }

    fn returned(self) -> Self {
        let value = self.value.returned();
        if !T::DIFFERENTIATES || self.is_constant() || value.value().is_finite() {
            return Tape { value, node: self.node };
        }
        let result = self.unary(value, T::one);
        T::arena().with_borrow_mut(|arena| arena.unbounded.push(result.node));
        result
    }

    fn used(self) -> Self {
        if T::DIFFERENTIATES {
            self.unary(self.value, T::one).collecting(Cotangent::Rounded)
        } else {
            self
        }
    }

    fn stored(self, format: Format) -> Self {
        self.unary(self.value.stored(format), T::one).collecting(Cotangent::of(format.dtype()))
    }
}

impl<T: Taped> Tape<T> {
    /// Either of two, with any split of the derivative between them.
    fn between(value: T, likely: bool, a: Self, b: Self) -> Self {
        let weight = |chosen: bool| T::within(f64::from(u8::from(chosen)), 0.0, 1.0);
        Self::nary(value, [a.edge(|| weight(likely)), b.edge(|| weight(!likely))].into_iter())
    }
}
