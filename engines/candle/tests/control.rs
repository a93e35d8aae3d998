//! switch.

mod common;

use touchstone_reference::backend::{self as K};
use touchstone_reference::{DType, Result};

use common::{check, host, random};

#[test]
fn candle_switch() -> Result<()> {
    let nan = host(DType::Float32, &[2], &[f64::NAN, 1.0])?;
    for condition in [vec![0.0], vec![0.0, 1.0]] {
        let condition = host(DType::Bool, &[condition.len()], &condition)?;
        check("switch", &[condition, nan.clone(), random(DType::Float32, &[2], 0.0)?], &|x| {
            Ok(vec![K::switch(&x[0], &x[1], &x[2])?])
        })?;
    }
    Ok(())
}
