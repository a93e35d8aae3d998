//! Indexing, shapes, padding, enlarging: copies, bit for bit.

mod common;

use touchstone_reference::backend::{self as K, DimOrdering, Tensor};
use touchstone_reference::{DType, Result};

use common::{check, check_both, host, random};

#[test]
fn candle_indexing_and_shaping() -> Result<()> {
    let rows = host(DType::Int32, &[2, 2], &[1.0, 0.0, 1.0, 3.0])?;
    check("gather", &[random(DType::Float32, &[4, 3], 0.0)?, rows], &|x| {
        Ok(vec![K::gather(&x[0], &x[1])?, K::one_hot(&x[1], 2)?])
    })?;
    check_both("shapes", &[&[2, 3, 4], &[2, 0, 4]], 0.0, &|x| {
        Ok(vec![
            K::concatenate(&[x[0].clone(), x[1].clone(), x[0].clone()]).axis(1).tensor()?,
            K::reshape(&K::permute_dimensions(&x[0], vec![2, 0, 1])?, vec![3, -1])?,
            K::squeeze(&K::expand_dims(&x[0]).dim(0).tensor()?, 0)?,
            K::repeat_elements(&x[0], 3, 1)?,
            K::repeat_elements(&x[0], 0, 1)?,
            K::temporal_padding(&x[0]).padding(2).tensor()?,
            K::temporal_padding(&x[1]).tensor()?,
            K::asymmetric_temporal_padding(&x[0]).left_pad(0).right_pad(3).tensor()?,
            K::asymmetric_temporal_padding(&x[1]).tensor()?,
            K::reverse(&x[0], [0, -1])?,
            K::reverse(&K::transpose(&x[0])?, 0)?,
            K::reverse(&x[1], 1)?,
            K::tile(&x[0], [2, 1, 3])?,
            K::tile(&x[0], [2, 0, 3])?,
            K::tile(&x[1], [2, 3, 1])?,
            K::tile(&K::reshape(&x[0], vec![1, 2, 3, 2, 2])?, [2, 1, 3, 2, 2])?,
            K::repeat(&K::batch_flatten(&x[0])?, 3)?,
            K::repeat(&K::batch_flatten(&x[0])?, 0)?,
            K::batch_flatten(&x[1])?,
            K::flatten(&x[0])?,
            K::pack(&[x[0].clone(), x[0].clone()])?,
            K::pack(&[x[1].clone()])?,
            K::stack(&[x[0].clone(), x[0].clone()]).axis(-1).tensor()?,
            K::stack(&[x[0].clone(), x[0].clone()]).axis(1).tensor()?,
            K::stack(&[x[1].clone()]).axis(3).tensor()?,
            K::cumsum(&x[1]).axis(1).tensor()?,
            K::l2_normalize(&x[1], 1)?,
        ])
    })
}

#[test]
fn candle_images_and_volumes() -> Result<()> {
    for ordering in [DimOrdering::Th, DimOrdering::Tf] {
        let shapes: [&[usize]; 3] = [&[2, 3, 2, 3], &[1, 2, 3, 2, 3], &[2, 0, 2, 0]];
        check_both("padding and enlarging", &shapes, 0.0, &|x| {
            let asymmetric = |x: &Tensor| {
                let padded = K::asymmetric_spatial_2d_padding(x).top_pad(2).left_pad(0);
                padded.bottom_pad(0).right_pad(3).dim_ordering(ordering).tensor()
            };
            Ok(vec![
                K::spatial_2d_padding(&x[0]).padding([2, 1]).dim_ordering(ordering).tensor()?,
                asymmetric(&x[0])?,
                asymmetric(&x[2])?,
                K::resize_images(&x[0], 2, 3).dim_ordering(ordering).tensor()?,
                K::resize_images(&x[2], 2, 3).dim_ordering(ordering).tensor()?,
                K::spatial_3d_padding(&x[1]).padding([0, 2, 1]).dim_ordering(ordering).tensor()?,
                K::resize_volumes(&x[1], 2, 1, 3).dim_ordering(ordering).tensor()?,
            ])
        })?;
    }
    Ok(())
}
