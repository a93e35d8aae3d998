//! The same tensor, held in memory in another way.

use candle_core::{Result, Tensor};
use touchstone_reference::Layout;

/// How many elements lie before those of an offset tensor.
const BEFORE: usize = 3;

/// The same elements, held in another way; for a broadcast tensor its rows are equal.
pub(crate) fn arranged(tensor: &Tensor, layout: Layout) -> Result<Tensor> {
    let rank = tensor.rank();
    match layout {
        Layout::Contiguous => tensor.contiguous(),
        Layout::Offset => {
            let flat = tensor.flatten_all()?;
            let before = Tensor::ones(BEFORE, flat.dtype(), flat.device())?;
            let all = Tensor::cat(&[&before, &flat], 0)?;
            all.narrow(0, BEFORE, flat.elem_count())?.reshape(tensor.shape())
        }
        Layout::Transposed => {
            let reversed: Vec<usize> = (0..rank).rev().collect();
            tensor.permute(&reversed[..])?.contiguous()?.permute(&reversed[..])
        }
        Layout::Gapped => {
            Tensor::stack(&[tensor, &tensor.ones_like()?], rank)?.narrow(rank, 0, 1)?.squeeze(rank)
        }
        Layout::Broadcast => tensor.narrow(0, 0, 1)?.broadcast_as(tensor.shape()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    fn elements(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().and_then(|flat| flat.to_vec1()).expect("float32")
    }

    #[test]
    fn the_elements_stay_where_they_are() -> Result<()> {
        let tensor = Tensor::arange(0_f32, 6.0, &Device::Cpu)?.reshape((2, 3))?;
        for layout in [Layout::Contiguous, Layout::Offset, Layout::Transposed, Layout::Gapped] {
            let held = arranged(&tensor, layout)?;
            assert_eq!(elements(&held), elements(&tensor), "{layout}");
            let in_order = layout != Layout::Transposed && layout != Layout::Gapped;
            assert_eq!(held.is_contiguous(), in_order, "{layout}");
            assert_eq!(held.layout().start_offset() > 0, layout == Layout::Offset, "{layout}");
        }
        let rows = Tensor::ones((2, 3), DType::F32, &Device::Cpu)?;
        let held = arranged(&rows, Layout::Broadcast)?;
        assert_eq!(elements(&held), elements(&rows));
        assert_eq!(held.stride(), [0, 1]);
        Ok(())
    }
}
