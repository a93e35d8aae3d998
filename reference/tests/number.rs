//! The number types: derivatives against finite differences, bounds against honest float32
//! arithmetic, exactness where nothing rounds.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use touchstone_reference::DType;
use touchstone_reference::number::{
    Elementary, Format, Integer, Local, Number, Tape, Truth, with_format,
};

const ELEMENTARY: &[Elementary] = &[
    Elementary::Negate,
    Elementary::Abs,
    Elementary::Exp,
    Elementary::Log,
    Elementary::Sqrt,
    Elementary::Reciprocal,
    Elementary::Sin,
    Elementary::Cos,
    Elementary::Tanh,
    Elementary::Sigmoid,
    Elementary::Softplus,
    Elementary::Pow(0.0),
    Elementary::Pow(1.0),
    Elementary::Pow(2.0),
    Elementary::Pow(-1.5),
];

/// Numbers in (0, 4), the same in every run.
fn samples(n: usize) -> Vec<f64> {
    let mut state = 12_345_u64;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            f64::from((state >> 40) as f32) / f64::from(1_u32 << 22) + 0.01
        })
        .collect()
}

fn derivative(f: impl Fn(&[Tape<f64>]) -> Tape<f64>, at: &[f64]) -> Vec<f64> {
    Tape::<f64>::reset();
    let inputs: Vec<_> = at.iter().map(|x| Tape::input(*x)).collect();
    let found = Tape::gradients(f(&inputs), &inputs);
    found.into_iter().map(|g| g.unwrap_or(0.0)).collect()
}

fn check_derivative(name: &str, f: impl Fn(&[Tape<f64>]) -> Tape<f64>, at: &[f64]) {
    let found = derivative(&f, at);
    for i in 0..at.len() {
        let h = 1e-6;
        let shifted = |by: f64| {
            let mut at = at.to_vec();
            at[i] += by;
            f(&at.iter().map(|x| Tape::constant(*x)).collect::<Vec<_>>()).value()
        };
        let expected = (shifted(h) - shifted(-h)) / (2.0 * h);
        let error = (found[i] - expected).abs();
        assert!(error <= 1e-6 * (1.0 + expected.abs()), "{name} {i}: {} for {expected}", found[i]);
    }
}

#[test]
fn derivatives_of_elementary_functions() {
    for f in ELEMENTARY {
        for x in samples(20) {
            check_derivative(&format!("{f:?}"), |v| v[0].apply(*f), &[x]);
        }
    }
}

#[test]
fn derivatives_of_primitives() {
    let at = samples(5);
    check_derivative("sum", Number::sum, &at);
    check_derivative("product", Number::product, &at);
    check_derivative("product with a zero", Number::product, &[2.0, 0.0, 3.0]);
    check_derivative("log_sum_exp", Number::log_sum_exp, &at);
    check_derivative("softmax", |v| Tape::softmax(v)[1], &at);
    check_derivative("variance", Number::variance, &at);
    check_derivative("mean", Number::mean, &at);
    check_derivative("max", Number::max, &at);
    check_derivative("min", Number::min, &at);
    check_derivative("over", |v| v[0].over(v[1]), &at[..2]);
    check_derivative("times itself", |v| v[0].times(v[0]).times(v[1]), &at[..2]);
    check_derivative("dot with itself", |v| Tape::dot(v, v), &at);
}

#[test]
fn a_tie_shares_the_cotangent() {
    let found = derivative(Number::max, &[3.0, 1.0, 3.0]);
    assert_eq!(found, [0.5, 0.0, 0.5]);
}

#[test]
fn the_untaken_branch_is_not_multiplied_by_zero() {
    let found = derivative(
        |v| {
            let taken = v[1];
            let untaken = v[0].apply(Elementary::Log);
            Tape::select(Truth::No, untaken, taken)
        },
        &[0.0, 2.0],
    );
    assert_eq!(found, [0.0, 1.0]);
}

/// The value and bound of an expression in float32.
fn bounded(f: impl Fn(&[Tape<Local>]) -> Tape<Local>, at: &[f64]) -> (f64, f64) {
    Tape::<Local>::reset();
    with_format(DType::Float32, || {
        let inputs: Vec<_> = at.iter().map(|x| Tape::constant(*x)).collect();
        let y = f(&inputs);
        (y.value(), y.bound())
    })
}

#[test]
fn small_integers_are_exact() {
    let at: Vec<f64> = (0..64).map(|i| f64::from(i % 7 - 3)).collect();
    assert_eq!(bounded(Number::sum, &at).1, 0.0);
    assert_eq!(bounded(|v| Tape::dot(v, v), &at).1, 0.0);
    assert_eq!(bounded(|v| v[0].times(v[1]).plus(v[2]), &at).1, 0.0);
    assert_eq!(bounded(Number::max, &at).1, 0.0);
    assert!(bounded(|v| v[1].over(v[0]), &at).1 > 0.0, "2/3 rounds");
}

#[test]
fn honest_float32_stays_within_the_bound_and_a_fault_does_not() {
    let at: Vec<f64> = samples(64).iter().map(|x| f64::from(*x as f32)).collect();
    let single: Vec<f32> = at.iter().map(|x| *x as f32).collect();
    let logits: f32 = single.iter().fold(f32::MIN, |a, b| a.max(*b));
    let cases: [(&str, (f64, f64), f32); 5] = [
        ("sum", bounded(Number::sum, &at), single.iter().sum()),
        ("dot", bounded(|v| Tape::dot(v, v), &at), single.iter().map(|x| x * x).sum()),
        (
            "log_sum_exp",
            bounded(Number::log_sum_exp, &at),
            logits + single.iter().map(|x| (x - logits).exp()).sum::<f32>().ln(),
        ),
        (
            "softmax",
            bounded(|v| Tape::softmax(v)[3], &at),
            (single[3] - logits).exp() / single.iter().map(|x| (x - logits).exp()).sum::<f32>(),
        ),
        ("tanh", bounded(|v| v[0].apply(Elementary::Tanh), &at), single[0].tanh()),
    ];
    for (name, (value, bound), found) in cases {
        let error = (f64::from(found) - value).abs();
        assert!(error <= bound, "{name}: error {error:e} beyond {bound:e}");
        assert!(1e-4 * value.abs() > bound, "{name}: a fault of 1e-4 hides below {bound:e}");
    }
}

#[test]
fn a_recursion_does_not_blow_the_bound_up() {
    let (value, bound) = bounded(
        |v| {
            let mut state = v[0];
            for _ in 0..64 {
                state = Tape::log_sum_exp(&[state, v[1], v[2]]).minus(v[3]);
            }
            state
        },
        &[0.3, 0.7, 0.1, 0.9],
    );
    assert!(bound < 1e-4 * value.abs().max(1.0), "bound {bound:e}");
}

#[test]
fn comparisons_of_computed_numbers_may_be_unknown() {
    with_format(DType::Float32, || {
        let a = Local::constant(0.1).times(Local::constant(3.0));
        assert!(matches!(a.greater(Local::constant(0.3)), Truth::Unknown(_)));
        assert_eq!(Local::constant(2.0).greater(Local::constant(2.0)), Truth::Tie);
        assert_eq!(a.greater(Local::constant(1.0)), Truth::No);
    });
}

#[test]
fn overflow_is_infinite_and_nan_is_nan() {
    let (value, _) = bounded(|v| v[0].apply(Elementary::Exp), &[100.0]);
    assert_eq!(value, f64::INFINITY);
    assert!(bounded(Number::max, &[1.0, f64::NAN, 2.0]).0.is_nan());
}

#[test]
fn integers_are_exact_beyond_double_precision() {
    let big = Integer((1 << 53) + 1);
    assert_eq!(Integer::sum(&[big, Integer(1)]), Integer((1 << 53) + 2));
    assert_eq!(big.negated(), Integer(-((1 << 53) + 1)));
    assert_eq!(Integer(3).apply(Elementary::Pow(4.0)), Integer(81));
}

#[test]
fn float16_is_rounded_once() {
    // By way of float32 this would tie, and go to the even 1.
    let x = 1.0 + 2.0_f64.powi(-11) + 2.0_f64.powi(-40);
    assert_eq!(touchstone_reference::DType::Float16.round(x), 1.0 + 2.0_f64.powi(-10));
}

type Slope = Tape<Tape<Local>>;

/// The derivative of a function of an element of a tensor of `dtype`, and its bound.
fn slope(dtype: DType, f: impl Fn(Slope) -> Slope, at: f64) -> (f64, f64) {
    Slope::reset();
    Tape::<Local>::reset();
    with_format(DType::Float32, || {
        let x = Slope::constant(at).marked(dtype);
        let found = Slope::gradients(f(x), &[x])[0].expect("it depends on x");
        (found.value(), found.bound())
    })
}

/// Whether a bound is what was derived, but for what it adds for second order.
fn is_derived(bound: f64, derived: f64) -> bool {
    (1.0..1.011).contains(&(bound / derived))
}

/// Three uses, each of which hands back a number of float32 that is none of float16.
const WEIGHTS: [f64; 3] = [1.205_399_990_081_787, 2.039_999_961_853_027_3, 0.922_100_007_534_027_1];

#[test]
fn each_use_of_a_float16_number_rounds_its_cotangent_and_each_addition_rounds_once() {
    let weighted = |x: Slope| {
        let uses = WEIGHTS.map(|weight| x.used().times(Slope::constant(weight)));
        Slope::sum(&uses)
    };
    let (value, bound) = slope(DType::Float16, weighted, 0.75);
    let unit = Format::half().unit;
    let derived = unit * value + Format::half().gamma(2) * value * (1.0 + unit);
    assert!(is_derived(bound, derived), "{bound:e}, {derived:e}");
    // Each cotangent rounded, then added in float16.
    let round = |x: f64| DType::Float16.round(x);
    let found = WEIGHTS.iter().fold(0.0, |sum, w| round(sum + round(*w)));
    assert!((found - value).abs() <= bound);
    assert!((found - value).abs() > unit * value, "one rounding would not be enough");
}

#[test]
fn a_chain_of_float16_functions_rounds_once_at_each() {
    // Multiplication by a number of float16 that is exact, so that the value rounds only where it
    // is stored; the cotangent of each factor is the next one.
    let factor = 1.000_976_562_5;
    let chain = |x: Slope| {
        (0..5).fold(x, |x, _| x.used().times(Slope::constant(factor)).stored(Format::half()))
    };
    let (value, bound) = slope(DType::Float16, chain, 1.0);
    // The first cotangent is a number of float16; the other four are rounded.
    let derived = ((1.0 + Format::half().unit).powi(4) - 1.0) * value;
    assert!(is_derived(bound, derived), "{bound:e}, {derived:e}");
}

#[test]
fn numbers_that_float16_holds_are_not_rounded() {
    let (value, bound) =
        slope(DType::Float16, |x| Slope::sum(&[x.used(), x.used().scaled(0.5), x.used()]), 3.0);
    assert_eq!((value, bound), (2.5, 0.0));
}

#[test]
fn float32_has_none_of_it() {
    let weighted = |x: Slope| Slope::sum(&WEIGHTS.map(|weight| x.times(Slope::constant(weight))));
    let (value, bound) = slope(DType::Float32, weighted, 0.75);
    let single = Format::of(DType::Float32);
    assert!(bound <= 1.011 * single.gamma(2) * value, "{bound:e}");
}
