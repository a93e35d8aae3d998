//! Padding and enlarging.

mod common;

use common::{check, f32s, f64s, numbers};
use touchstone_reference::backend as K;
use touchstone_reference::backend::{Axes, DimOrdering, Result};

#[test]
fn enlarged_and_padded_images() -> Result<()> {
    for (images, volumes) in [([2, 3, 2, 1], [1, 2, 3, 2, 1]), ([1, 0, 2, 2], [2, 1, 0, 2, 2])] {
        let made = |shape: &[usize]| f64s(shape, &numbers(shape.iter().product()));
        for ordering in [DimOrdering::Tf, DimOrdering::Th] {
            check(&[made(&images), made(&volumes)], |x| {
                Ok(vec![
                    K::resize_images(&x[0], 2, 3).dim_ordering(ordering).tensor()?,
                    K::resize_volumes(&x[1], 2, 1, 3).dim_ordering(ordering).tensor()?,
                    K::spatial_2d_padding(&x[0]).padding([0, 2]).dim_ordering(ordering).tensor()?,
                    K::spatial_3d_padding(&x[1])
                        .padding([2, 0, 1])
                        .dim_ordering(ordering)
                        .tensor()?,
                    K::asymmetric_spatial_2d_padding(&x[0])
                        .top_pad(1)
                        .bottom_pad(2)
                        .left_pad(3)
                        .right_pad(0)
                        .dim_ordering(ordering)
                        .tensor()?,
                ])
            })?;
        }
    }
    for shape in [[2, 3, 2], [2, 0, 2], [0, 1, 2]] {
        check(&[f32s(&shape, &numbers(shape.iter().product()))], |x| {
            let rows = K::batch_flatten(&x[0])?;
            Ok(vec![
                K::asymmetric_temporal_padding(&x[0]).left_pad(0).right_pad(2).tensor()?,
                K::reverse(&x[0], [-1, 0])?,
                K::reverse(&x[0], Axes::List(Vec::new()))?,
                K::tile(&x[0], [2, 1, 3])?,
                K::tile(&x[0], [2, 0, 3])?,
                K::flatten(&x[0])?,
                K::pack(&[x[0].clone(), x[0].clone()])?,
                K::repeat(&rows, 3)?,
                K::repeat(&rows, 0)?,
                rows,
            ])
        })?;
    }
    Ok(())
}
