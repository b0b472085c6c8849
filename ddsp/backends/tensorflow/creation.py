"""New tensors: constants, ranges, grids and triangles.

Shapes may contain scalar tensors, so `(tf.shape(x)[0], 5)` is a shape with an unknown batch size.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import tensorflow as tf

from . import dtypes
from .dtypes import SCALARS, astype, convert, guard, operands, tensor
from .manipulation import shape_of

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


def _on(device: Any) -> Any:
    return tf.device(device) if device else contextlib.nullcontext()


def _default(*values: Any) -> tf.DType:
    """The default dtype for Python scalars."""
    kind = np.result_type(*values).kind
    return {"b": tf.bool, "f": dtypes.DEFAULT_FLOAT, "c": dtypes.DEFAULT_COMPLEX}.get(kind, dtypes.DEFAULT_INT)


def sizes(shape: Any) -> list[Any]:
    """Convert a shape argument to a list; an integer is the length of a vector."""
    return list(shape) if isinstance(shape, (tuple, list, tf.TensorShape)) else [shape]


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> tf.Tensor:
    """Convert an array, a Python scalar or a nested sequence to a tensor; Python numbers become float32 and int32."""
    if copy is False and not isinstance(obj, tf.Tensor):
        raise ValueError("copy: got False, but only a tensor can become a tensor without a copy")
    with _on(device):
        if isinstance(obj, (*SCALARS, list, tuple)) and not any(map(tf.is_tensor, tf.nest.flatten(obj))):
            host = np.asarray(obj)
            return tf.constant(host.astype(tf.as_dtype(dtype or _default(host)).as_numpy_dtype))
        x = tensor(obj)
        x = x if dtype is None else astype(x, dtype)
        return tf.identity(x) if copy or device else x


def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> tf.Tensor:
    """Convert an array of another library by DLPack; share its memory if possible."""
    with _on(device):
        y = x if isinstance(x, tf.Tensor) else tf.experimental.dlpack.from_dlpack(x.__dlpack__())
        return tf.identity(y) if copy or device else y


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Constant tensor."""
    with _on(device):
        return tf.fill(sizes(shape), convert(fill_value, tf.as_dtype(dtype or _default(fill_value))))


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Constant tensor of the shape of x, including unknown dimensions."""
    x = tensor(x)
    with _on(device):
        return tf.fill(tf.shape(x), convert(fill_value, tf.as_dtype(dtype or x.dtype)))


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Zeros, by default in float32."""
    with _on(device):
        return tf.zeros(sizes(shape), dtype or dtypes.DEFAULT_FLOAT)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Ones, by default in float32."""
    with _on(device):
        return tf.ones(sizes(shape), dtype or dtypes.DEFAULT_FLOAT)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Zeros of the shape of x."""
    with _on(device):
        return tf.zeros_like(tensor(x), dtype=dtype)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Ones of the shape of x."""
    with _on(device):
        return tf.ones_like(tensor(x), dtype=dtype)


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Zeros, since TensorFlow has no uninitialized tensors."""
    return zeros(shape, dtype=dtype, device=device)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Zeros of the shape of x."""
    return zeros_like(x, dtype=dtype, device=device)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Evenly spaced numbers without `stop`, by default in int32 or float32.

    The length is computed on the host in float64: tf.range accumulates the step in the dtype and can be off by one. An
    integer `stop` may be a scalar tensor, for an unknown size.
    """
    if stop is None:
        start, stop = 0, start
    start, stop, step = (v.item() if isinstance(v, np.generic) else v for v in (start, stop, step))
    with _on(device):
        if not all(isinstance(v, SCALARS) for v in (start, stop, step)):
            index = tf.range(start, stop, step)
            return index if dtype is None else tf.cast(index, dtype)
        dtype = tf.as_dtype(dtype or _default(start, stop, step))
        whole = all(isinstance(v, int) for v in (start, stop, step))
        count = len(range(start, stop, step)) if whole else max(0, math.ceil((stop - start) / step))
        index = tf.range(count, dtype=tf.int64)
        if whole and dtype.is_integer:
            return tf.cast(index * step + start, dtype)
        return tf.cast(tf.cast(index, tf.float64) * step + start, dtype)  # rounded once, at the end


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> tf.Tensor:
    """`num` evenly spaced numbers; the last one equals `stop` exactly if `endpoint`."""
    default = dtypes.DEFAULT_COMPLEX if isinstance(start + stop, complex) else dtypes.DEFAULT_FLOAT
    dtype = tf.as_dtype(dtype or default)
    work = tf.complex128 if dtype.is_complex else tf.float64  # rounded once, at the end
    first, last = convert(start, work), convert(stop, work)
    with _on(device):
        index = tf.range(num, dtype=tf.int32)
        step = (last - first) / convert(max(num - 1 if endpoint else num, 1), work)
        points = convert(index, work) * step + first
        if endpoint and num > 1:
            points = tf.where(index == num - 1, last, points)
        return tf.cast(points, dtype)


def eye(n_rows: int, n_cols: Any = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Ones on the k-th diagonal."""
    with _on(device):
        rows, cols = tf.range(n_rows), tf.range(n_rows if n_cols is None else n_cols)
        return convert(rows[:, None] + k == cols[None, :], tf.as_dtype(dtype or dtypes.DEFAULT_FLOAT))


def _offsets(x: tf.Tensor) -> tf.Tensor:
    """Column number minus row number."""
    shape = tf.shape(x)
    return tf.range(shape[-1])[None, :] - tf.range(shape[-2])[:, None]


def tril(x: Any, /, *, k: int = 0) -> tf.Tensor:
    """Part on and below the k-th diagonal of the last two axes."""
    x = tensor(x)
    return tf.where(_offsets(x) <= k, x, tf.zeros([], x.dtype))


def triu(x: Any, /, *, k: int = 0) -> tf.Tensor:
    """Part on and above the k-th diagonal of the last two axes."""
    x = tensor(x)
    return tf.where(_offsets(x) >= k, x, tf.zeros([], x.dtype))


def meshgrid(*arrays: Any, indexing: str = "xy") -> list[tf.Tensor]:
    """Coordinates of the grid that the vectors span, one tensor per vector."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing: got {indexing!r}, expected 'xy' or 'ij'")
    n = len(arrays)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    vectors = operands(*arrays) if arrays else []
    shape = [shape_of(vectors[i])[0] for i in order]
    return [tf.broadcast_to(tf.reshape(v, [-1 if i == j else 1 for j in order]), shape) for i, v in enumerate(vectors)]


guard(globals())
