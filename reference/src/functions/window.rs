//! Windows that slide over signals, images and volumes: what convolutions and poolings share.

use crate::arguments::{BorderMode, DimOrdering};
use crate::error::{Label, Refusal};
use crate::shape::Dim;

/// One axis of a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Elements of the window.
    pub size: usize,
    /// Distance from one window to the next.
    pub stride: usize,
    /// Distance from one element of the window to the next.
    pub dilation: usize,
}

impl Window {
    /// The span of the window, first to last element.
    pub fn extent(self) -> usize {
        self.size.saturating_sub(1).saturating_mul(self.dilation).saturating_add(1)
    }

    /// How many windows there are over `n` elements; `None` where a whole one must fit and does
    /// not.
    pub fn count(self, n: usize, mode: BorderMode) -> Option<usize> {
        match mode {
            BorderMode::Same => Some(n.div_ceil(self.stride)),
            BorderMode::Valid => n.checked_sub(self.extent()).map(|rest| rest / self.stride + 1),
        }
    }

    /// Zeros before and after: `same` has max((out-1)·stride + extent - n, 0) in all, the smaller
    /// half before.
    pub fn padding(self, n: usize, mode: BorderMode) -> (usize, usize) {
        match mode {
            BorderMode::Valid => (0, 0),
            BorderMode::Same => {
                let out = n.div_ceil(self.stride);
                let reach =
                    out.saturating_sub(1).saturating_mul(self.stride).saturating_add(self.extent());
                let total = reach.saturating_sub(n);
                (total / 2, total - total / 2)
            }
        }
    }

    /// The smallest window that covers the same of `n` elements at every position: one that
    /// reaches far over both borders can be cut without anybody noticing, before its padding is
    /// laid out, and a stride that leads beyond the end to its length.
    #[must_use]
    pub fn cut(self, n: usize, mode: BorderMode) -> Self {
        let stride = self.stride.min(n.max(1));
        if mode == BorderMode::Valid || self.dilation != 1 {
            return Window { stride, ..self };
        }
        let travel = n.div_ceil(stride).saturating_sub(1).saturating_mul(stride);
        let enough = travel.saturating_add(n).saturating_mul(2).saturating_add(2);
        Window { size: self.size.min(enough), stride, ..self }
    }

    /// The position on the axis of element `k` of window `o`, or `None` in the padding.
    fn position(self, o: usize, k: usize, n: usize, before: usize) -> Option<usize> {
        (o * self.stride + k * self.dilation).checked_sub(before).filter(|&at| at < n)
    }
}

/// Where the channels and the spatial axes stand in a batch of signals, images or volumes; the
/// samples stand first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchAxes<const D: usize> {
    /// The axis of the channels.
    pub channels: usize,
    /// The spatial axes, outermost first.
    pub spatial: [usize; D],
}

/// Where channels and spatial axes stand in a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelAxes<const D: usize> {
    /// The axis of the output channels.
    pub output: usize,
    /// The axis of the input channels.
    pub input: usize,
    /// The spatial axes, outermost first.
    pub spatial: [usize; D],
}

/// The axes of a batch with D spatial axes in a dim ordering.
pub fn batch_axes<const D: usize>(ordering: DimOrdering) -> BatchAxes<D> {
    match ordering {
        DimOrdering::Th => BatchAxes { channels: 1, spatial: std::array::from_fn(|i| i + 2) },
        DimOrdering::Tf => BatchAxes { channels: D + 1, spatial: std::array::from_fn(|i| i + 1) },
    }
}

/// The axes of a kernel with D spatial axes in a dim ordering.
pub fn kernel_axes<const D: usize>(ordering: DimOrdering) -> KernelAxes<D> {
    match ordering {
        DimOrdering::Th => {
            KernelAxes { output: 0, input: 1, spatial: std::array::from_fn(|i| i + 2) }
        }
        DimOrdering::Tf => {
            KernelAxes { output: D + 1, input: D, spatial: std::array::from_fn(|i| i) }
        }
    }
}

pub(super) fn positive<const D: usize>(
    label: Label,
    name: &str,
    values: [i64; D],
) -> Result<[usize; D], Refusal> {
    label.require(values.iter().all(|&n| n > 0), || format!("{name} is {values:?}"))?;
    Ok(values.map(|n| usize::try_from(n).unwrap_or(usize::MAX)))
}

/// The windows of a kernel or pool of a size, refused where a size, stride or dilation is none.
pub(super) fn windows<const D: usize>(
    label: Label,
    size: [usize; D],
    strides: [i64; D],
    dilation: [i64; D],
) -> Result<[Window; D], Refusal> {
    let strides = positive(label, "strides", strides)?;
    let dilation = positive(label, "dilation", dilation)?;
    Ok(std::array::from_fn(|i| Window { size: size[i], stride: strides[i], dilation: dilation[i] }))
}

/// The dims of the windows' positions, or a refusal where none fits.
pub(super) fn slide<const D: usize>(
    label: Label,
    windows: [Window; D],
    dims: [Dim; D],
    mode: BorderMode,
) -> Result<[Dim; D], Refusal> {
    let mut out = [None; D];
    for i in 0..D {
        let Some(n) = dims[i] else { continue };
        let count = windows[i].count(n, mode).ok_or_else(|| {
            label.refuse(format!("a window that spans {} over {n} elements", windows[i].extent()))
        })?;
        out[i] = Some(count);
    }
    Ok(out)
}

/// What is multiplied with the elements of a kernel: the windows over a batch.
pub(super) struct Slider<const D: usize> {
    pub(super) axes: BatchAxes<D>,
    windows: [Window; D],
    extent: [usize; D],
    before: [usize; D],
}

impl<const D: usize> Slider<D> {
    pub(super) fn new(
        shape: &[usize],
        axes: BatchAxes<D>,
        windows: [Window; D],
        mode: BorderMode,
    ) -> Self {
        let extent = axes.spatial.map(|axis| shape[axis]);
        let before = std::array::from_fn(|i| windows[i].padding(extent[i], mode).0);
        Slider { axes, windows, extent, before }
    }

    /// The elements of one window.
    pub(super) fn size(&self) -> [usize; D] {
        self.windows.map(|window| window.size)
    }

    /// The window whose element `k` lies at `index` of what is slid over, of `shape` many; `None`
    /// where none is there.
    pub(super) fn window_of(
        &self,
        index: &[usize],
        k: &[usize],
        shape: &[usize],
    ) -> Option<Vec<usize>> {
        let mut at = index.to_vec();
        for (i, (axis, k)) in self.axes.spatial.into_iter().zip(k).enumerate() {
            let window = self.windows[i];
            let start = (index[axis] + self.before[i]).checked_sub(k * window.dilation)?;
            let o = start / window.stride;
            if !start.is_multiple_of(window.stride) || o >= shape[axis] {
                return None;
            }
            at[axis] = o;
        }
        Some(at)
    }

    /// Where element `k` of the window at `index` of the result lies in channel `channel`; `None`
    /// in the padding.
    pub(super) fn place(&self, index: &[usize], k: &[usize], channel: usize) -> Option<Vec<usize>> {
        let mut at = index.to_vec();
        at[self.axes.channels] = channel;
        for (i, (axis, k)) in self.axes.spatial.into_iter().zip(k).enumerate() {
            at[axis] = self.windows[i].position(index[axis], *k, self.extent[i], self.before[i])?;
        }
        Some(at)
    }
}
