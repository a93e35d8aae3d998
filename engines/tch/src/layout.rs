//! The same tensor, held in memory in another way.

use tch::{TchError, Tensor};
use touchstone_reference::Layout;

/// How many elements lie before those of an offset tensor.
const BEFORE: i64 = 3;

/// The same elements, held in another way; for a broadcast tensor its rows are equal.
pub(crate) fn arranged(tensor: &Tensor, layout: Layout) -> Result<Tensor, TchError> {
    let shape = tensor.size();
    match layout {
        Layout::Contiguous => tensor.f_contiguous(),
        Layout::Offset => {
            let flat = tensor.f_reshape([-1])?;
            let before = Tensor::f_ones([BEFORE], (flat.kind(), flat.device()))?;
            let all = Tensor::f_cat(&[before, flat.shallow_clone()], 0)?;
            all.f_narrow(0, BEFORE, flat.size()[0])?.f_view(&shape[..])
        }
        Layout::Transposed => {
            let reversed: Vec<i64> = (0..shape.len() as i64).rev().collect();
            tensor.f_permute(&reversed)?.f_contiguous()?.f_permute(&reversed)
        }
        Layout::Gapped => {
            let other = tensor.f_ones_like()?;
            Tensor::f_stack(&[tensor, &other], -1)?.f_select(-1, 0)
        }
        Layout::Broadcast => tensor.f_narrow(0, 0, 1)?.f_expand(&shape[..], false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    #[test]
    fn the_elements_stay_where_they_are() {
        let tensor = Tensor::arange(6, (Kind::Float, tch::Device::Cpu)).reshape([2, 3]);
        for layout in [Layout::Contiguous, Layout::Offset, Layout::Transposed, Layout::Gapped] {
            let held = arranged(&tensor, layout).expect("a matrix can be held so");
            assert!(held.equal(&tensor), "{layout}");
            assert_eq!(
                held.is_contiguous(),
                layout != Layout::Transposed && layout != Layout::Gapped
            );
        }
        let rows = Tensor::ones([2, 3], (Kind::Float, tch::Device::Cpu));
        let held = arranged(&rows, Layout::Broadcast).expect("rows are equal");
        assert!(held.equal(&rows));
        assert_eq!(held.stride(), [0, 1]);
    }
}
