//! Reductions over axes.
//!
//! libtorch takes an empty list of axes for all of them; here it reduces nothing.

use tch::{Kind, TchError, Tensor};
use touchstone_reference::arguments::Axes;
use touchstone_reference::functions::reduction::{
    All, Any, Logsumexp, Max, Mean, Min, Prod, Std, Sum, Var,
};
use touchstone_reference::{Label, Spec};

use crate::failure::Computed;
use crate::tensor::{TchTensor, kind_of, known, signed};

/// The axes of a reduction as libtorch takes them; `None` where nothing is reduced.
fn axes_of(axis: &Axes, x: &TchTensor) -> Computed<Option<Vec<i64>>> {
    let axes = axis.resolve(x.tensor.dim(), Label::C(1))?;
    Ok((!axes.is_empty()).then(|| signed(&axes)))
}

/// Whether a reduction over `axes` has nothing to reduce.
fn is_over_nothing(x: &Tensor, axes: &[i64]) -> bool {
    let size = x.size();
    axes.iter().any(|&axis| size[axis as usize] == 0)
}

/// The same number everywhere in the result.
fn filled(spec: &Spec, number: f64, x: &Tensor) -> Computed {
    Ok(Tensor::f_full(known(spec), number, (kind_of(spec.dtype)?, x.device()))?)
}

/// The elements as the floats of which mean and std are taken.
fn floats(x: &TchTensor, spec: &Spec) -> Computed {
    Ok(x.tensor.f_to_kind(kind_of(spec.dtype.computing())?)?)
}

pub(crate) fn sum(call: &Sum<&TchTensor>) -> Computed {
    let x = &call.x.tensor;
    Ok(match axes_of(&call.axis, call.x)? {
        // libtorch would widen integers.
        Some(axes) => x.f_sum_dim_intlist(axes, call.keepdims, x.f_kind()?)?,
        None => x.shallow_clone(),
    })
}

/// amax shares the cotangent among ties; libtorch's max would give it to one of them.
pub(crate) fn max(call: &Max<&TchTensor>, spec: &Spec) -> Computed {
    let x = &call.x.tensor;
    match axes_of(&call.axis, call.x)? {
        None => Ok(x.shallow_clone()),
        // amax refuses to reduce nothing.
        Some(axes) if is_over_nothing(x, &axes) => filled(spec, f64::NEG_INFINITY, x),
        Some(axes) => Ok(x.f_amax(axes, call.keepdims)?),
    }
}

/// As max.
pub(crate) fn min(call: &Min<&TchTensor>, spec: &Spec) -> Computed {
    let x = &call.x.tensor;
    match axes_of(&call.axis, call.x)? {
        None => Ok(x.shallow_clone()),
        Some(axes) if is_over_nothing(x, &axes) => filled(spec, f64::INFINITY, x),
        Some(axes) => Ok(x.f_amin(axes, call.keepdims)?),
    }
}

pub(crate) fn prod(call: &Prod<&TchTensor>) -> Computed {
    let mut x = call.x.tensor.shallow_clone();
    // libtorch takes one axis at a time, and would widen integers.
    for axis in axes_of(&call.axis, call.x)?.unwrap_or_default().into_iter().rev() {
        x = product(&x, axis, call.keepdims)?;
    }
    Ok(x)
}

/// The product along an axis.
fn product(x: &Tensor, axis: i64, keepdims: bool) -> Result<Tensor, TchError> {
    if !x.requires_grad() || x.numel() == 0 {
        return x.f_prod_dim_int(axis, keepdims, x.f_kind()?);
    }
    // libtorch's derivative divides the product by each element, and is 0 where the product
    // underflows. That of a product of two divides by nothing: one half by the other, each of
    // them in one piece.
    let (mut product, mut odd) = (x.f_movedim_int(axis, 0)?.f_contiguous()?, Vec::new());
    while let half @ 1.. = product.size()[0] / 2 {
        let rest = product.size()[0] % 2;
        let mut parts = product.f_split_with_sizes([half, half, rest], 0)?;
        odd.extend(parts.pop().filter(|_| rest == 1));
        product = parts[0].f_mul(&parts[1])?;
    }
    for one in odd {
        product = product.f_mul(&one)?;
    }
    if keepdims { product.f_movedim_int(0, axis) } else { product.f_squeeze_dim(0) }
}

pub(crate) fn mean(call: &Mean<&TchTensor>, spec: &Spec) -> Computed {
    let x = floats(call.x, spec)?;
    Ok(match axes_of(&call.axis, call.x)? {
        Some(axes) => mean_over(&x, &axes, call.keepdims)?,
        None => x,
    })
}

/// The mean along axes, which are at least one.
pub(crate) fn mean_over(x: &Tensor, axes: &[i64], keepdims: bool) -> Result<Tensor, TchError> {
    x.f_mean_dim(axes, keepdims, None::<Kind>)
}

/// In two passes: libtorch's own takes one, which loses the digits that mean and elements share,
/// and is not 0 of equal elements.
pub(crate) fn std(call: &Std<&TchTensor>, spec: &Spec) -> Computed {
    let x = floats(call.x, spec)?;
    match axes_of(&call.axis, call.x)? {
        // Zeros, but of NaN and of infinities.
        None => Ok(x.f_detach()?.f_sub(&x.f_detach()?)?),
        Some(axes) if is_over_nothing(&x, &axes) => filled(spec, f64::NAN, &x),
        Some(axes) => {
            let mean = exact_mean(&x, &axes)?;
            let variance = variance(&x, &mean, &axes, call.keepdims)?;
            // libtorch's derivative of the root at 0 is infinite.
            let flat = variance.f_eq(0.0)?;
            let root = variance.f_masked_fill(&flat, 1.0)?.f_sqrt()?;
            Ok(root.f_masked_fill(&flat, 0.0)?)
        }
    }
}

/// In two passes, as std.
pub(crate) fn var(call: &Var<&TchTensor>, spec: &Spec) -> Computed {
    let x = floats(call.x, spec)?;
    match axes_of(&call.axis, call.x)? {
        None => Ok(x.f_detach()?.f_sub(&x.f_detach()?)?),
        Some(axes) if is_over_nothing(&x, &axes) => filled(spec, f64::NAN, &x),
        Some(axes) => Ok(variance(&x, &exact_mean(&x, &axes)?, &axes, call.keepdims)?),
    }
}

/// The mean along axes, which stay with size 1; of equal elements it is that element, which
/// rounding would miss.
pub(crate) fn exact_mean(x: &Tensor, axes: &[i64]) -> Result<Tensor, TchError> {
    let mean = mean_over(x, axes, true)?;
    let fixed = x.f_detach()?;
    let (greatest, least) = (fixed.f_amax(axes, true)?, fixed.f_amin(axes, true)?);
    let differ = greatest.f_ne_tensor(&least)?;
    let missing = greatest.f_sub(&mean.f_detach()?)?.f_masked_fill(&differ, 0.0)?;
    // Of infinities nothing is missing.
    mean.f_add(&missing.f_nan_to_num(0.0, 0.0, 0.0)?)
}

/// The mean squared distance from the mean.
pub(crate) fn variance(
    x: &Tensor,
    mean: &Tensor,
    axes: &[i64],
    keepdims: bool,
) -> Result<Tensor, TchError> {
    mean_over(&x.f_sub(mean)?.f_square()?, axes, keepdims)
}

pub(crate) fn any(call: &Any<&TchTensor>) -> Computed {
    let truths = call.x.truths()?;
    Ok(match axes_of(&call.axis, call.x)? {
        Some(axes) => truths.f_any_dims(axes, call.keepdims)?,
        None => truths,
    })
}

pub(crate) fn all(call: &All<&TchTensor>) -> Computed {
    let truths = call.x.truths()?;
    Ok(match axes_of(&call.axis, call.x)? {
        Some(axes) => truths.f_all_dims(axes, call.keepdims)?,
        None => truths,
    })
}

/// Not libtorch's own, whose derivative exp(x - result) has lost what the result rounded off.
pub(crate) fn logsumexp(call: &Logsumexp<&TchTensor>, spec: &Spec) -> Computed {
    let x = &call.x.tensor;
    let Some(axes) = axes_of(&call.axis, call.x)? else { return Ok(x.shallow_clone()) };
    if is_over_nothing(x, &axes) {
        return filled(spec, f64::NEG_INFINITY, x);
    }
    let greatest = x.f_detach()?.f_amax(&axes, true)?;
    // Infinities would cancel.
    let greatest = greatest.f_masked_fill(&greatest.f_isinf()?, 0.0)?;
    let sum = x.f_sub(&greatest)?.f_exp_()?.f_sum_dim_intlist(&axes, true, None::<Kind>)?;
    // The derivative of the logarithm at 0 is infinite.
    let nothing = sum.f_eq(0.0)?;
    let log = sum.f_masked_fill(&nothing, 1.0)?.f_log()?.f_add(&greatest)?;
    Ok(log.f_masked_fill(&nothing, f64::NEG_INFINITY)?.f_reshape(known(spec))?)
}
