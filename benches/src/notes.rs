//! Explanations that several functions share.

/// candle's comparisons pass over NaN.
pub(crate) const NAN: &str = "NaN has to come through: a sum over the elements, one more pass \
    that only reads, measured as a tenth of a comparison with each, first makes sure that there \
    is none";
/// Zero times an infinite slope.
pub(crate) const ZERO_WEIGHT: &str = "a gradient of zero passes nothing on, also where the slope \
    is infinite or NaN: a sum makes sure that there is no such product, and the value is copied \
    once into candle's graph, measured as 0.4 nanoseconds an element";
/// What one node of candle's graph costs.
pub(crate) const NODES: &str = "the derivative is the engine's own, put into candle's graph as a \
    node, which copies the value once, measured as 0.3 nanoseconds an element, and adds the \
    gradient into zeros";
/// One selection for all windows.
pub(crate) const WINDOWS: &str = "one selection by position serves windows of every stride, \
    dilation and border, for which the pixels are turned first; the bare composition is only for \
    windows like these";
/// A fixed cost that the bare call does not have.
pub(crate) const RANGE: &str = "indices out of range are refused, for which the least and the \
    greatest of them are looked for first";

/// Numbers in order.
pub(crate) const COUNTED: &str = "place times step plus start, in float64 or int64, then \
    converted, so that no step's error adds up: measured on one thread as 0.98 to 1.04 times the \
    time";
/// Draws on tch.
pub(crate) const DRAWN_AT_ONCE: &str = "one call of libtorch draws on both sides: measured on \
    one thread as 1.04 times the time";
/// Draws on candle.
pub(crate) const DRAWN: &str = "one call of candle draws on both sides: measured on one thread \
    as 0.95 to 1.06 times the time";
/// Steps of a program on candle.
pub(crate) const SLICED: &str = "the step is interpreted, measured as one microsecond beside \
    four of work; elements are taken apart by slices whose gradients are put together once, \
    where each of candle's own is as large as all of them";
/// Steps of a program on tch.
pub(crate) const STEPS: &str = "the step is a program that is interpreted: measured as one and a \
    half microseconds for each operation of each step, which take five here";
/// Best paths.
pub(crate) const DECODED: &str = "one search for the greatest, where the bare composition has \
    two; packed by tensor operations on the engine, where it collapses rows on the host";
/// Beam search.
pub(crate) const SEARCHED: &str = "the search runs on the host on both sides";

/// Gradients on candle.
pub(crate) const ZEROS: &str = "candle's backward adds every gradient into zeros of its own, \
    three passes a node; the bare call is built the same way. Tried: watching a variable without \
    a copy, as the engine now does, and memory that the process keeps, which takes away the \
    difference to the bare call and not the time";
/// Reductions on candle.
pub(crate) const REDUCED: &str = "candle reduces on one thread, and only sums are vectorised. \
    Tried: sums as products with ones, which are several times faster over axes that are not the \
    last; no such product gives a maximum";
/// Products on candle.
pub(crate) const PRODUCT: &str = "candle's products are those of the crate gemm. Tried: \
    optimising it fully, as the profile now does";
/// Convolutions on candle.
pub(crate) const CONVOLVED: &str = "a selection of rows and a product of the crate gemm, where \
    libtorch has kernels of its own. Tried: candle's own convolution, measured as up to twice \
    the time, with a wrong gradient off the square";
/// The same calls.
pub(crate) const SAME: &str = "the same calls of libtorch on both sides: measured on one thread, \
    both directions take 0.94 to 1.09 times as long, and what is above that here is two threads \
    that wait for each other";
/// The same calls, in other memory.
pub(crate) const PAGES: &str = "the same calls of candle on both sides: on one thread, with an \
    allocator that keeps its memory (MALLOC_TRIM_THRESHOLD_), measured as 0.97 to 1.07 times the \
    time; what is above that is memory given back and taken again";
/// Functions of the standard library on candle.
pub(crate) const STANDARD: &str = "candle calls the standard library's function for each \
    element, where libtorch has vector instructions; the bare call is as slow. Tried: optimising \
    candle fully, as the profile now does; no other kernel of candle's gives it";
/// Exponentials and logarithms with a derivative of the engine's own.
pub(crate) const ONE_NODE: &str = "exponentials or logarithms of the standard library, element \
    by element, where libtorch has vector instructions. Tried: the derivative as one node \
    instead of candle's own, measured as 0.3 to 0.8 of the bare composition's time, as the \
    engine does";
/// Comparisons on candle.
pub(crate) const COMPARED: &str = "candle collects truths one by one, 1.6 nanoseconds each; the \
    bare call does the same. Tried: the sign of the difference, measured as 1.6 times the time, \
    and NaN where infinities meet";
/// Derivatives that choose on candle.
pub(crate) const CHOSEN: &str = "the derivative compares, and candle collects truths one by one, \
    1.6 nanoseconds each. Tried: choosing from a number shown in the shape instead of zeros in \
    memory, measured as half the time of the choice, as the engine now does";
/// Other orders of axes on candle.
pub(crate) const TURNED: &str = "candle copies what is not contiguous element by element, four \
    to five nanoseconds each, on one thread; the bare call does the same. Tried: a product with \
    ones and zeros, measured as five times the time, which spreads NaN besides";
