//! Explanations that several functions share.

/// candle's comparisons pass over NaN.
pub(crate) const NAN: &str = "NaN has to come through, which the bare operation drops: a sum over \
    the elements, one more pass, first makes sure that there is none";
/// Zero times an infinite slope.
pub(crate) const ZERO_WEIGHT: &str = "a gradient of zero passes nothing on, also where the slope \
    is infinite or NaN: one more pass makes sure that there is no such product, and the value is \
    copied once into candle's graph";
/// What one node of candle's graph costs.
pub(crate) const NODES: &str = "the derivative is the engine's own, put into candle's graph as a \
    node, which copies the value once and adds the gradient into zeros";
/// One selection for all windows.
pub(crate) const WINDOWS: &str = "one selection by position serves windows of every stride, \
    dilation and border; the bare composition is only for windows like these";
/// A fixed cost that the bare call does not have.
pub(crate) const RANGE: &str = "indices out of range are refused, for which the least and the \
    greatest of them are looked for first";

/// What is printed.
pub(crate) const HOST: &str = "the whole tensor is brought to the host before a part of it is \
    shown; the bare library takes what it shows only";
/// Less than a microsecond of work.
pub(crate) const TINY: &str = "there is little to compute, beside which the interpreting shows; \
    not profiled";
/// Numbers in order.
pub(crate) const COUNTED: &str = "place times step plus start, in float64 or int64, then \
    converted, so that no step's error adds up; not profiled";
/// The same calls.
pub(crate) const UNSTEADY: &str = "the same calls of candle on both sides: of several runs some \
    show no difference; not profiled";
/// Draws on tch.
pub(crate) const DRAWN_AT_ONCE: &str = "one call of libtorch draws on both sides: measured on one \
    thread as 1.04 times the time";
/// Draws on candle.
pub(crate) const DRAWN: &str = "drawn in float64 and rounded once, and a limit that does not \
    belong is looked for; not profiled";
/// Steps of a program on candle.
pub(crate) const SLICED: &str = "the step is interpreted; elements are taken apart by slices \
    whose gradients are put together once, where each of candle's own is as large as all of \
    them; not profiled";
/// Steps of a program on tch.
pub(crate) const STEPS: &str = "the step is a program that is interpreted: measured as one and a \
    half microseconds for each operation of each step, which take five here";
/// Best paths.
pub(crate) const DECODED: &str = "packed by tensor operations on the engine, scores in float64; \
    the bare composition collapses rows on the host; not profiled";
/// Beam search.
pub(crate) const SEARCHED: &str = "the search runs on the host on both sides; not profiled";

/// Element-wise functions on candle.
pub(crate) const ONE_THREAD: &str = "candle's element-wise kernels run on one thread and call \
    the standard library element by element, where libtorch uses all threads and vector \
    instructions; the bare call is as slow. Tried: optimising candle fully, as the profile now \
    does";
/// Gradients on candle.
pub(crate) const ZEROS: &str = "candle's backward adds every gradient into zeros of its own, \
    three passes a node on one thread; the bare call is built the same way. Tried: recording a \
    function as one node instead of several, and watching a variable without a copy, as the \
    engine now does";
/// Views on candle.
pub(crate) const STRIDED: &str = "candle copies what is not contiguous element by element \
    through an iterator over positions, on one thread; the bare call does the same. Tried: \
    optimising candle fully, as the profile now does";
/// Reductions on candle.
pub(crate) const REDUCED: &str = "candle reduces on one thread, and only sums are vectorised. \
    Tried: sums as products with ones, which are several times faster over axes that are not the \
    last; no such product gives a maximum";
/// Products on candle.
pub(crate) const PRODUCT: &str = "candle's products are those of the crate gemm. Tried: \
    optimising it fully, as the profile now does";
/// Convolutions on candle.
pub(crate) const CONVOLVED: &str = "a selection of rows and a product of the crate gemm, where \
    libtorch has kernels of its own. Tried: candle's conv2d, which has a wrong gradient off the \
    square, and optimising gemm fully, as the profile now does";
/// The same calls.
pub(crate) const SAME: &str = "the same calls of libtorch on both sides: measured on one thread, \
    both directions take 0.94 to 1.09 times as long, and what is above that here is two threads \
    that wait for each other";
/// Repetition on candle.
pub(crate) const ONES: &str = "the gradient is added up by a product with ones, which pays where \
    there are more repetitions than here";
