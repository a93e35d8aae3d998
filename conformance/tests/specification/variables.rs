//! Variables: what a refused value leaves behind, and updates that look at each other.

use touchstone_reference::backend::{self as K, Tensor, Update};
use touchstone_reference::{Function, Label, Result};

use super::Point;
use super::proof::{Proof, Proven, cites, constraint, equal, host, text, variable, vector};

pub(super) const PROOFS: &[Proof] = &[
    (Function::GetValue, constraint(1), only_variables_are_read),
    (Function::BatchGetValue, constraint(1), only_variables_are_read),
    (Function::GetVariableShape, constraint(1), only_variables_are_read),
    (Function::SetValue, constraint(1), only_variables_are_set),
    (Function::BatchSetValue, constraint(1), only_variables_are_set),
    (Function::SetValue, Point::Convention(2), a_refused_value_changes_nothing),
    (Function::BatchSetValue, Point::Convention(2), a_refused_batch_changes_nothing),
    (Function::BatchSetValue, Point::Convention(3), the_last_value_stays),
    (Function::Update, constraint(1), only_variables_are_updated),
    (Function::UpdateAdd, constraint(1), only_variables_are_updated),
    (Function::UpdateSub, constraint(1), only_variables_are_updated),
    (Function::MovingAverageUpdate, constraint(1), only_variables_are_updated),
    (Function::Update, constraint(2), what_does_not_fit_is_refused_at_the_call),
    (Function::UpdateAdd, constraint(2), what_does_not_fit_is_refused_at_the_call),
    (Function::UpdateSub, constraint(2), what_does_not_fit_is_refused_at_the_call),
    (Function::MovingAverageUpdate, constraint(2), what_does_not_fit_is_refused_at_the_call),
    (Function::Update, Point::Convention(1), two_variables_exchange_their_values),
    (Function::UpdateAdd, Point::Convention(1), two_variables_add_their_old_values),
    (Function::UpdateSub, Point::Convention(1), two_variables_subtract_their_old_values),
];

/// What is no variable: a placeholder, a constant, an expression.
fn others() -> std::result::Result<[Tensor; 3], String> {
    let expression = K::exp(&variable(&[1.0])).map_err(text)?;
    Ok([vector(), K::constant(host(&[1.0])), expression])
}

fn values<const N: usize>(variables: [&Tensor; N]) -> std::result::Result<Vec<Vec<f64>>, String> {
    variables.into_iter().map(|v| Ok(K::get_value(v).map_err(text)?.to_f64s())).collect()
}

fn only_variables_are_read() -> Proven {
    let v = variable(&[1.0]);
    for x in others()? {
        cites(Function::GetValue, Label::C(1), K::get_value(&x))?;
        cites(Function::GetVariableShape, Label::C(1), K::get_variable_shape(&x))?;
        let both = [v.clone(), x];
        cites(Function::BatchGetValue, Label::C(1), K::batch_get_value(&both))?;
    }
    equal(K::get_variable_shape(&v).map_err(text)?, vec![1])
}

fn only_variables_are_set() -> Proven {
    let (v, new) = (variable(&[1.0]), host(&[2.0]));
    for x in others()? {
        cites(Function::SetValue, Label::C(1), K::set_value(&x, &new))?;
        let both = [(&v, &new), (&x, &new)];
        cites(Function::BatchSetValue, Label::C(1), K::batch_set_value(&both))?;
    }
    equal(values([&v])?, vec![vec![1.0]])
}

fn a_refused_value_changes_nothing() -> Proven {
    let v = variable(&[1.0, 2.0]);
    for value in [&[3.0][..], &[3.0, 4.0, 5.0], &[]] {
        cites(Function::SetValue, Label::C(2), K::set_value(&v, &host(value)))?;
        equal(values([&v])?, vec![vec![1.0, 2.0]])?;
    }
    Ok(())
}

fn a_refused_batch_changes_nothing() -> Proven {
    let (a, b) = (variable(&[1.0]), variable(&[2.0, 3.0]));
    let (fitting, wrong) = (host(&[9.0]), host(&[9.0]));
    for batch in [[(&a, &fitting), (&b, &wrong)], [(&b, &wrong), (&a, &fitting)]] {
        cites(Function::BatchSetValue, Label::C(2), K::batch_set_value(&batch))?;
        equal(values([&a, &b])?, vec![vec![1.0], vec![2.0, 3.0]])?;
    }
    Ok(())
}

fn the_last_value_stays() -> Proven {
    let (a, b) = (variable(&[1.0]), variable(&[2.0]));
    let new = [host(&[3.0]), host(&[4.0]), host(&[5.0])];
    K::batch_set_value(&[(&a, &new[0]), (&b, &new[1]), (&a, &new[2])]).map_err(text)?;
    equal(values([&a, &b])?, vec![vec![5.0], vec![4.0]])
}

fn only_variables_are_updated() -> Proven {
    let v = variable(&[1.0]);
    for x in others()? {
        cites(Function::Update, Label::C(1), K::update(&x, &v))?;
        cites(Function::UpdateAdd, Label::C(1), K::update_add(&x, &v))?;
        cites(Function::UpdateSub, Label::C(1), K::update_sub(&x, &v))?;
        let average = K::moving_average_update(&x, &v, 0.5);
        cites(Function::MovingAverageUpdate, Label::C(1), average)?;
    }
    Ok(())
}

/// Each update refuses in its own name what only the call shows not to fit, and changes nothing.
fn what_does_not_fit_is_refused_at_the_call() -> Proven {
    refuses_at_the_call(Function::Update, K::update)?;
    refuses_at_the_call(Function::UpdateAdd, K::update_add)?;
    refuses_at_the_call(Function::UpdateSub, K::update_sub)?;
    refuses_at_the_call(Function::MovingAverageUpdate, |v, x| K::moving_average_update(v, x, 0.5))
}

fn refuses_at_the_call(
    function: Function,
    update: fn(&Tensor, &Tensor) -> Result<Update>,
) -> Proven {
    let (a, b, x) = (variable(&[1.0]), variable(&[1.0, 2.0]), vector());
    let both = [update(&a, &a).map_err(text)?, update(&b, &x).map_err(text)?];
    let f = K::function(&[x], &[], &both).map_err(text)?;
    cites(function, Label::C(2), f.call(&[host(&[1.0, 2.0, 3.0])]))?;
    equal(values([&a, &b])?, vec![vec![1.0], vec![1.0, 2.0]])
}

/// Two variables, each updated with the other by one function.
fn each_by_the_other(update: fn(&Tensor, &Tensor) -> Result<Update>, expected: [f64; 2]) -> Proven {
    let (a, b) = (variable(&[1.0]), variable(&[3.0]));
    let updates = [update(&a, &b).map_err(text)?, update(&b, &a).map_err(text)?];
    K::function(&[], &[], &updates).and_then(|f| f.call(&[])).map_err(text)?;
    equal(values([&a, &b])?, expected.map(|x| vec![x]).to_vec())
}

fn two_variables_exchange_their_values() -> Proven {
    each_by_the_other(K::update, [3.0, 1.0])
}

fn two_variables_add_their_old_values() -> Proven {
    each_by_the_other(K::update_add, [4.0, 4.0])
}

fn two_variables_subtract_their_old_values() -> Proven {
    each_by_the_other(K::update_sub, [-2.0, 2.0])
}
