"""NumPy's functions without their layers of Python.

For small arrays, these layers take several times as long as the computation. The functions of this module call NumPy's
innermost functions directly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = [
    "DIRECT",
    "astype",
    "clip",
    "cumulative_sum",
    "matrix_transpose",
    "max",
    "min",
    "permute_dims",
    "reshape",
    "round",
    "stack",
    "sum",
    "take",
    "unstack",
    "zeros_like",
]

#: Number of elements up to which zeros are made by `numpy.zeros`. It gets large arrays from the operating system, which
#: clears each page at its first use.
SMALL = 2**12


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    return x.astype(dtype, copy=copy)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    if min is None and max is not None:
        return np.minimum(x, max)
    return np.maximum(x, min) if max is None and min is not None else np.clip(x, min, max)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> np.ndarray:
    if axis is None or include_initial:
        return np.cumulative_sum(x, axis=axis, dtype=dtype, include_initial=include_initial)
    return np.add.accumulate(x, axis=axis, dtype=dtype)


def matrix_transpose(x: Any, /) -> np.ndarray:
    return x.mT


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)  # type: ignore[call-overload]


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims)  # type: ignore[call-overload]


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> np.ndarray:
    return x.transpose(axes)


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> np.ndarray:
    return x.reshape(shape) if copy is None else np.reshape(x, shape, copy=copy)


def round(x: Any, /) -> Any:
    return np.rint(x) if x.dtype.kind == "f" else np.round(x)


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> np.ndarray:
    at = (slice(None),) * (axis % (arrays[0].ndim + 1))
    return np.concatenate([x[(*at, None)] for x in arrays], axis=len(at))


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.add.reduce(x, axis=axis, dtype=dtype, keepdims=keepdims)  # type: ignore[call-overload]


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> np.ndarray:
    return x.take(indices, axis=axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[np.ndarray, ...]:
    at = (slice(None),) * (axis % x.ndim)
    return tuple(x[(*at, i)] for i in range(x.shape[axis]))


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> np.ndarray:
    return np.zeros(x.shape, x.dtype if dtype is None else dtype) if x.size <= SMALL else np.zeros_like(x, dtype=dtype)


#: The innermost functions, with the same arguments, for recorded steps; that of `round` is for floats.
DIRECT = {
    "astype": np.ndarray.astype,
    "cumulative_sum": np.add.accumulate,
    "max": np.maximum.reduce,
    "min": np.minimum.reduce,
    "permute_dims": np.ndarray.transpose,
    "reshape": np.ndarray.reshape,
    "round": np.rint,
    "sum": np.add.reduce,
    "take": np.ndarray.take,
}
