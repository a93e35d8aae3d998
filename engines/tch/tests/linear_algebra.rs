//! Products of any ranks.

mod common;

use common::{check, f32s, f64s, ints, numbers, single};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{DType, Result};

#[test]
fn products_of_any_ranks() -> Result<()> {
    for make in [f32s, f64s] {
        check(&[make(&[2, 3, 4], &numbers(24)), make(&[5, 4, 6], &numbers(120))], |x| {
            single(K::dot(&x[0], &x[1]))
        })?;
        check(&[make(&[3], &numbers(3)), make(&[3], &numbers(3))], |x| {
            single(K::dot(&x[0], &x[1]))
        })?;
        check(&[make(&[2, 0], &[]), make(&[0, 3], &[])], |x| single(K::dot(&x[0], &x[1])))?;
        check(&[make(&[2, 3, 4], &numbers(24)), make(&[2, 5, 3, 2], &numbers(60))], |x| {
            single(K::batch_dot(&x[0], &x[1]).axes([1, 2]).tensor())
        })?;
    }
    let large = 3_000_000_001;
    let found = check(
        &[ints(DType::Int64, &[1, 2], &[large, 1]), ints(DType::Int64, &[2], &[large, 1])],
        |x| single(K::dot(&x[0], &x[1])),
    )?;
    assert_eq!(found[0].to_i64s(), [large * large + 1]);
    let sparse = f32s(&[2, 2], &[0.0, 2.0, 0.0, 0.0]).with_sparse(true);
    let found = check(&[sparse, f32s(&[2, 1], &[3.0, 5.0])], |x| single(K::dot(&x[0], &x[1])))?;
    assert_eq!(found[0].to_f64s(), [10.0, 0.0]);
    Ok(())
}
