//! Hostile arguments: every function, whatever it is given, answers or refuses; nothing panics
//! (this profile checks arithmetic overflow) and nothing large is allocated.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::sync::Arc;

use touchstone_reference::arguments::{Argument, Arguments};
use touchstone_reference::backend as K;
use touchstone_reference::entry::ParameterKind;
use touchstone_reference::program::Program;
use touchstone_reference::{Dim, Error, Function, Spec};

/// A small generator of its own, so that a failure names the round that repeats it.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    fn int(&mut self) -> i64 {
        self.pick(&[0, 1, 2, -1, -2, 3, 5, -7, 1_000_000_000, i64::MAX, i64::MIN, i64::MAX - 1])
    }

    fn spec(&mut self, small: bool) -> Spec {
        let dtype = self.pick(&[
            K::DType::Float32,
            K::DType::Float32,
            K::DType::Float64,
            K::DType::Float16,
            K::DType::Int32,
            K::DType::Bool,
        ]);
        let rank = self.roll(6);
        let dims: Vec<Dim> = (0..rank)
            .map(|_| {
                if small {
                    Some(self.roll(4))
                } else {
                    self.pick(&[
                        None,
                        Some(0),
                        Some(1),
                        Some(2),
                        Some(3),
                        Some(1 << 29),
                        Some(usize::MAX),
                    ])
                }
            })
            .collect();
        Spec::new(dtype, dims)
    }

    fn plain(&mut self) -> Argument<K::Tensor> {
        match self.roll(8) {
            0 => Argument::Null,
            1 => Argument::Bool(self.roll(2) == 0),
            2 | 3 => Argument::Int(self.int()),
            4 => Argument::Float(self.pick(&[0.0, 0.5, -1.5, 1e300, f64::NAN, f64::INFINITY])),
            5 => Argument::Text(
                self.pick(&["valid", "same", "th", "tf", "max", "float32", "?"]).into(),
            ),
            _ => Argument::List((0..self.roll(5)).map(|_| Argument::Int(self.int())).collect()),
        }
    }
}

fn arguments(
    dice: &mut Dice,
    function: Function,
    tensor: &mut dyn FnMut(&mut Dice) -> Option<K::Tensor>,
) -> Option<Arguments<K::Tensor>> {
    let mut items = Vec::new();
    for parameter in (function.entry().parameters)() {
        if parameter.default.is_some() && dice.roll(3) == 0 {
            continue;
        }
        let argument = match parameter.kind {
            _ if parameter.name == "step_function" => {
                Argument::Program(Arc::new(Program::default()))
            }
            ParameterKind::Tensor => Argument::Tensor(tensor(dice)?),
            ParameterKind::Optional if dice.roll(2) == 0 => Argument::Null,
            ParameterKind::Optional => Argument::Tensor(tensor(dice)?),
            ParameterKind::Tensors => {
                let count = dice.roll(3);
                Argument::Tensors((0..count).map(|_| tensor(dice)).collect::<Option<_>>()?)
            }
            ParameterKind::Plain(_) => dice.plain(),
        };
        items.push((parameter.name.to_owned(), argument));
    }
    Some(Arguments::new(function, items))
}

#[test]
fn inference_answers_or_refuses() {
    let (mut answered, mut refused) = (0, 0);
    for function in Function::ALL {
        for round in 0..2_000_u64 {
            let mut dice = Dice(round * 977 + *function as u64);
            let mut placeholder = |dice: &mut Dice| {
                let spec = dice.spec(false);
                K::placeholder(&spec.dims).dtype(spec.dtype).tensor().ok()
            };
            let Some(arguments) = arguments(&mut dice, *function, &mut placeholder) else {
                continue;
            };
            match K::call_by_name(*function, arguments) {
                Ok(_) => answered += 1,
                Err(Error::Engine { message, .. }) => {
                    panic!("{function}, round {round}: {message}")
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(answered > 1_000 && refused > 10_000, "{answered} answered, {refused} refused");
}

#[test]
fn evaluation_answers_or_refuses() {
    let mut answered = 0;
    for function in Function::ALL {
        for round in 0..1_000_u64 {
            let mut dice = Dice(round * 7919 + *function as u64);
            let mut constant = |dice: &mut Dice| {
                let spec = dice.spec(true);
                let shape = spec.shape().unwrap();
                let count: usize = shape.iter().product();
                let data: Vec<f64> = (0..count)
                    .map(|_| dice.pick(&[0.0, 1.0, -1.0, 0.5, 3.0, f64::NAN, f64::INFINITY]))
                    .collect();
                Some(K::constant(K::HostTensor::from_f64s(spec.dtype, &shape, &data).unwrap()))
            };
            let Some(arguments) = arguments(&mut dice, *function, &mut constant) else { continue };
            let Ok(outputs) = K::call_by_name(*function, arguments) else { continue };
            let large = |t: &K::Tensor| {
                t.spec().shape().is_none_or(|s| s.iter().product::<usize>() > 1 << 16)
            };
            if outputs.iter().any(large) {
                continue;
            }
            let f = K::function(&[], &outputs, &[]).unwrap();
            if let Ok(found) = f.call(&[]) {
                answered += 1;
                for (host, tensor) in found.iter().zip(&outputs) {
                    assert_eq!(
                        Some(host.shape().to_vec()),
                        tensor.spec().shape(),
                        "{function} {round}"
                    );
                    assert_eq!(host.dtype(), tensor.spec().dtype, "{function} {round}");
                }
            }
        }
    }
    assert!(answered > 1_000, "{answered} answered");
}

#[test]
fn a_window_cut_at_both_borders_covers_the_same() {
    use touchstone_reference::arguments::BorderMode::Same;
    use touchstone_reference::functions::convolution::Window;
    let covered = |window: Window, n: usize| -> Vec<Vec<usize>> {
        let before = window.padding(n, Same).0;
        (0..window.count(n, Same).unwrap())
            .map(|o| {
                (0..n)
                    .filter(|at| {
                        (o * window.stride..o * window.stride + window.size)
                            .contains(&(at + before))
                    })
                    .collect()
            })
            .collect()
    };
    for n in 0..7 {
        for stride in 1..5 {
            for size in 1..60 {
                let window = Window { size, stride, dilation: 1 };
                assert_eq!(
                    covered(window.cut(n, Same), n),
                    covered(window, n),
                    "{window:?} over {n}"
                );
            }
            let far = Window { size: 1, stride: usize::MAX, dilation: 1 };
            assert_eq!(covered(far.cut(n, Same), n), covered(far, n));
            assert!(far.cut(n, Same).stride <= n.max(1));
            let huge = Window { size: usize::MAX, stride, dilation: 1 };
            assert!(huge.cut(n, Same).size < 100);
        }
    }
}
