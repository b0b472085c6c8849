"""Reductions, cumulative sums, sorting and searching in the TensorFlow namespace."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from .dtypes import DEFAULT_INT, Function, convert, guard, operands, require, tensor, wide
from .manipulation import axes_of, axis_of, concat, cut, shape_of

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "max",
    "mean",
    "min",
    "prod",
    "searchsorted",
    "sort",
    "std",
    "sum",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "var",
]

# Cumulative sums longer than two chunks are computed in chunks: the time of tf.cumsum under XLA on a CPU grows with the
# square of the length (27 s for 16 000 samples x 32 channels), and short float32 sums have smaller rounding errors.
_CHUNK = 64


def _accumulator(x: tf.Tensor, dtype: Any) -> tf.DType:
    """Dtype of a sum: the given one, or at least as wide as the default integer."""
    if dtype is not None:
        return tf.as_dtype(dtype)
    if x.dtype.is_bool or (x.dtype.is_integer and x.dtype.size < DEFAULT_INT.size):
        return tf.uint32 if x.dtype.is_unsigned else DEFAULT_INT
    return x.dtype


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Sum over axes. Small integers are summed in the default integer dtype."""
    x = tensor(x)
    dtype = _accumulator(x, dtype)
    return tf.cast(tf.reduce_sum(convert(x, wide(dtype)), axes_of(x, axis), keepdims), dtype)


def _product(x: tf.Tensor, axis: int) -> tf.Tensor:
    """Product by halves. The gradient of tf.reduce_prod uses tf.cumprod, which XLA lacks for complex numbers."""
    n = x.shape[axis]
    if n is None:
        return tf.reduce_prod(x, axis, keepdims=True)
    if n == 0:
        return tf.reduce_prod(x, axis, keepdims=True)
    while n > 1:
        half = n // 2
        pairs = cut(x, axis, 0, half) * cut(x, axis, half, 2 * half)
        x = tf.concat([pairs, cut(x, axis, 2 * half)], axis) if n % 2 else pairs
        n = n - half
    return x


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Product over axes. Small integers are multiplied in the default integer dtype."""
    x = tensor(x)
    axes, dtype = axes_of(x, axis), _accumulator(x, dtype)
    x = convert(x, wide(dtype))
    for a in axes:
        x = _product(x, a)
    return tf.cast(x if keepdims or not axes else tf.squeeze(x, axes), dtype)


def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Arithmetic mean over axes."""
    x = require("mean", tensor(x), "real floating", "complex floating")
    return tf.cast(tf.reduce_mean(convert(x, wide(x.dtype)), axes_of(x, axis), keepdims), x.dtype)


def _variance(name: str, x: Any, axis: Any, correction: float, keepdims: bool) -> tuple[tf.Tensor, tf.DType]:
    """Variance in a wide dtype, and the dtype of the result."""
    x = require(name, tensor(x), "real floating", "complex floating")
    axes, dtype = axes_of(x, axis), x.dtype.real_dtype
    x = convert(x, wide(x.dtype))
    deviation = x - tf.reduce_mean(x, axes, keepdims=True)
    power = tf.square(tf.abs(deviation)) if x.dtype.is_complex else tf.square(deviation)
    count = tf.cast(tf.reduce_prod([1] + [shape_of(x)[a] for a in axes]), power.dtype) - correction
    return tf.reduce_sum(power, axes, keepdims) / count, dtype


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> tf.Tensor:
    """Variance over axes with the denominator N - correction."""
    return tf.cast(*_variance("var", x, axis, correction, keepdims))


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> tf.Tensor:
    """Standard deviation over axes.

    The gradient is NaN if all values are equal. To avoid it, add a constant to `var` and take the square root.
    """
    variance, dtype = _variance("std", x, axis, correction, keepdims)
    return tf.cast(tf.sqrt(variance), dtype)


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Largest value over axes."""
    x = tensor(x)
    return tf.reduce_max(x, axes_of(x, axis), keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Smallest value over axes."""
    x = tensor(x)
    return tf.reduce_min(x, axes_of(x, axis), keepdims)


def all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Test whether all elements are nonzero."""
    x = tensor(x)
    return tf.reduce_all(convert(x, tf.bool), axes_of(x, axis), keepdims)


def any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Test whether any element is nonzero."""
    x = tensor(x)
    return tf.reduce_any(convert(x, tf.bool), axes_of(x, axis), keepdims)


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Number of nonzero elements."""
    x = tensor(x)
    return tf.reduce_sum(tf.cast(convert(x, tf.bool), DEFAULT_INT), axes_of(x, axis), keepdims)


def _running_sum(x: tf.Tensor, axis: int) -> tf.Tensor:
    """Cumulative sum in chunks, plus a cumulative sum of the chunk sums; the remainder is summed separately."""
    n = x.shape[axis]
    if n is None or n <= 2 * _CHUNK:
        return tf.cumsum(x, axis)
    shape, chunks = shape_of(x), n // _CHUNK
    lead, trail, whole = shape[:axis], shape[axis + 1 :], chunks * _CHUNK
    inside = tf.cumsum(tf.reshape(cut(x, axis, 0, whole), [*lead, chunks, _CHUNK, *trail]), axis + 1)
    sums = tf.squeeze(cut(inside, axis + 1, _CHUNK - 1), [axis + 1])
    running = _running_sum(sums, axis)
    before = tf.concat([tf.zeros_like(cut(running, axis, 0, 1)), cut(running, axis, 0, chunks - 1)], axis)
    out = tf.reshape(inside + tf.expand_dims(before, axis + 1), [*lead, whole, *trail])
    if whole < n:
        rest = tf.cumsum(cut(x, axis, whole), axis) + cut(running, axis, chunks - 1)
        out = tf.concat([out, rest], axis)
    return out


def _running_product(x: tf.Tensor, axis: int) -> tf.Tensor:
    """Cumulative product by doubling steps. The gradient of tf.math.cumprod divides by x, which fails at 0."""
    n, step = x.shape[axis], 1
    if n is None:
        return tf.math.cumprod(x, axis)
    while step < n:
        x = tf.concat([cut(x, axis, 0, step), cut(x, axis, step) * cut(x, axis, 0, n - step)], axis)
        step *= 2
    return x


def _running(
    name: str, op: Function, first: Function, x: Any, axis: Any, dtype: Any, include_initial: bool
) -> tf.Tensor:
    x = tensor(x)
    if axis is None and x.shape.rank != 1:
        raise ValueError(f"{name}: axis: got None, expected an integer for an array of {x.shape.rank} dimensions")
    axis = axis_of(x, axis or 0)
    dtype = _accumulator(x, dtype)
    x = convert(x, wide(dtype))
    if include_initial:
        one = shape_of(x)
        one[axis] = 1
        x = tf.concat([first(one, x.dtype), x], axis)
    return tf.cast(op(x, axis), dtype)


def _sum_by_parts(x: tf.Tensor, axis: int) -> tf.Tensor:
    if x.dtype.is_complex:  # XLA has no complex tf.cumsum
        return tf.complex(_running_sum(tf.math.real(x), axis), _running_sum(tf.math.imag(x), axis))
    if x.dtype.is_unsigned:  # nor unsigned ones; wrapped signed sums have the same bits
        return tf.bitcast(_running_sum(tf.bitcast(x, x.dtype.name[1:]), axis), x.dtype)
    return _running_sum(x, axis)


def cumulative_sum(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> tf.Tensor:
    """Cumulative sum along an axis; int32 wraps modulo 2**32."""
    return _running("cumulative_sum", _sum_by_parts, tf.zeros, x, axis, dtype, include_initial)


def cumulative_prod(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> tf.Tensor:
    """Cumulative product along an axis."""
    return _running("cumulative_prod", _running_product, tf.ones, x, axis, dtype, include_initial)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> tf.Tensor:
    """n-th differences of neighbors along an axis."""
    x = tensor(x)
    axis = axis_of(x, axis)
    x = concat([part for part in (prepend, x, append) if part is not None], axis=axis)
    for _ in range(n):
        ahead, behind = cut(x, axis, 1), cut(x, axis, 0, -1)
        x = tf.not_equal(ahead, behind) if x.dtype.is_bool else ahead - behind
    return x


def _position(op: Function, x: Any, axis: Any, keepdims: bool) -> tf.Tensor:
    x = tensor(x)
    rank = x.shape.rank
    flat = tf.reshape(x, [-1]) if axis is None else x
    where = axis_of(flat, axis or 0)
    found = op(flat, where, DEFAULT_INT)
    if not keepdims:
        return found
    return tf.reshape(found, [1] * rank) if axis is None else tf.expand_dims(found, where)


def argmax(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Position of the first maximum."""
    return _position(tf.argmax, x, axis, keepdims)


def argmin(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> tf.Tensor:
    """Position of the first minimum."""
    return _position(tf.argmin, x, axis, keepdims)


def _sortable(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(x, tf.int32) if x.dtype == tf.uint16 else x  # XLA cannot sort uint16


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> tf.Tensor:
    """Sort along an axis."""
    x = tensor(x)
    return tf.cast(tf.sort(_sortable(x), axis_of(x, axis), "DESCENDING" if descending else "ASCENDING"), x.dtype)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> tf.Tensor:
    """Positions that sort the values; equal values keep their order."""
    x = tensor(x)
    return tf.argsort(_sortable(x), axis_of(x, axis), "DESCENDING" if descending else "ASCENDING", stable)


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> tf.Tensor:
    """Positions at which the values of x2 would be inserted into the sorted vector x1."""
    x1, x2 = operands(x1, x2)
    x1 = x1 if sorter is None else tf.gather(x1, sorter)
    return tf.reshape(tf.searchsorted(x1, tf.reshape(x2, [-1]), side), shape_of(x2))


class UniqueAll(NamedTuple):
    """Distinct values, positions of their first occurrence, index of each element among them, and counts."""

    values: tf.Tensor
    indices: tf.Tensor
    inverse_indices: tf.Tensor
    counts: tf.Tensor


class UniqueCounts(NamedTuple):
    """Distinct values and their counts."""

    values: tf.Tensor
    counts: tf.Tensor


class UniqueInverse(NamedTuple):
    """Distinct values and the index of each element among them."""

    values: tf.Tensor
    inverse_indices: tf.Tensor


def unique_all(x: Any, /) -> UniqueAll:
    """Distinct values in ascending order; each NaN is distinct. Not under XLA, because their number depends on data."""
    x = tensor(x)
    flat = tf.reshape(x, [-1])
    if x.dtype.is_complex:
        order = tf.argsort(tf.math.imag(flat), stable=True)
        order = tf.gather(order, tf.argsort(tf.math.real(tf.gather(flat, order)), stable=True))
    else:
        order = tf.argsort(tf.cast(flat, tf.int8) if x.dtype.is_bool else flat, stable=True)
    ordered = tf.gather(flat, order)
    fresh = tf.concat([tf.ones_like(order[:1], tf.bool), tf.not_equal(ordered[1:], ordered[:-1])], 0)
    group = tf.cumsum(tf.cast(fresh, DEFAULT_INT)) - 1
    inverse = tf.scatter_nd(order[:, None], group, tf.shape(flat))
    counts = tf.math.bincount(group, dtype=DEFAULT_INT)
    inverse = tf.reshape(inverse, tf.shape(x))
    return UniqueAll(tf.boolean_mask(ordered, fresh), tf.boolean_mask(order, fresh), inverse, counts)


def unique_counts(x: Any, /) -> UniqueCounts:
    """Distinct values and their counts."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """Distinct values and the index of each element among them."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Any, /) -> tf.Tensor:
    """Distinct values."""
    return unique_all(x).values


guard(globals())
