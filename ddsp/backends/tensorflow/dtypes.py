"""Data types of the TensorFlow namespace: their promotion, limits and conversion.

TensorFlow does not combine float32 with float64, and it may convert a float64 host array to float32. Each function of
the namespace therefore converts its operands to the common dtype of the standard first.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import tensorflow as tf

__all__ = [
    "astype",
    "bool",
    "can_cast",
    "complex64",
    "complex128",
    "e",
    "finfo",
    "float32",
    "float64",
    "iinfo",
    "inf",
    "int8",
    "int16",
    "int32",
    "int64",
    "isdtype",
    "nan",
    "newaxis",
    "pi",
    "result_type",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

int8, int16, int32, int64 = tf.int8, tf.int16, tf.int32, tf.int64
uint8, uint16, uint32, uint64 = tf.uint8, tf.uint16, tf.uint32, tf.uint64
float32, float64, complex64, complex128 = tf.float32, tf.float64, tf.complex64, tf.complex128
bool = tf.bool

Function = Callable[..., Any]

e = math.e
pi, inf, nan, newaxis = float(np.pi), float("inf"), float("nan"), None

# Defaults of TensorFlow: `tf.constant(1)` is int32, `tf.constant(1.0)` float32.
DEFAULT_INT, DEFAULT_FLOAT, DEFAULT_COMPLEX = tf.int32, tf.float32, tf.complex64

SCALARS = (int, float, complex)  # bool is an int
_KINDS = {
    "bool": (tf.bool,),
    "signed integer": (tf.int8, tf.int16, tf.int32, tf.int64),
    "unsigned integer": (tf.uint8, tf.uint16, tf.uint32, tf.uint64),
    "real floating": (tf.float32, tf.float64, tf.float16, tf.bfloat16),
    "complex floating": (tf.complex64, tf.complex128),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]


def guard(namespace: dict[str, Any]) -> None:
    """Keep AutoGraph from rewriting the public functions of a module when a user's `tf.function` traces them.

    They contain nothing to convert, and conversion takes many seconds.
    """
    for name in namespace["__all__"]:
        if callable(namespace[name]) and not isinstance(namespace[name], tf.DType):
            namespace[name] = tf.autograph.experimental.do_not_convert(namespace[name])


def tensor(x: Any) -> tf.Tensor:
    """Convert a variable or host array to a tensor of the same dtype; return a tensor unchanged."""
    return x if isinstance(x, tf.Tensor) else tf.convert_to_tensor(x)


def dtype_of(x: Any) -> tf.DType:
    """Dtype of an array, or a dtype in any form that TensorFlow accepts."""
    return tf.as_dtype(getattr(x, "dtype", x))


@lru_cache
def _promote(a: tf.DType, b: tf.DType) -> tf.DType:
    if a == b:
        return a
    if a.is_integer and b.is_integer:
        if a.is_unsigned == b.is_unsigned:
            return max(a, b, key=lambda d: d.size)
        signed, unsigned = (b, a) if a.is_unsigned else (a, b)
        if unsigned.size < 8:
            return tf.as_dtype(f"int{8 * max(signed.size, 2 * unsigned.size)}")
    elif all(d.is_floating or d.is_complex for d in (a, b)):
        parts = {d.real_dtype for d in (a, b)}
        size = 4 if parts == {tf.float16, tf.bfloat16} else max(d.size for d in parts)
        if a.is_complex or b.is_complex:
            return tf.complex128 if size == 8 else tf.complex64
        return next((d for d in parts if d.size == size), tf.float32)
    raise TypeError(f"no common dtype of {a.name} and {b.name}: convert one of them with astype")


@lru_cache
def _promote_scalar(dtype: tf.DType, kind: type) -> tf.DType:
    if dtype.is_bool == (kind is builtins.bool):
        if dtype.is_bool or kind is int or dtype.is_complex or (dtype.is_floating and kind is float):
            return dtype
        if dtype.is_floating:
            return tf.complex128 if dtype == tf.float64 else tf.complex64
    raise TypeError(f"a Python {kind.__name__} does not combine with an array of {dtype.name}")


def result_type(*arrays_and_dtypes: Any) -> tf.DType:
    """Common dtype. Python scalars take the dtype of the arrays; a complex scalar makes a float array complex."""
    scalars = [x for x in arrays_and_dtypes if isinstance(x, SCALARS)]
    others = [dtype_of(x) for x in arrays_and_dtypes if not isinstance(x, SCALARS)]
    if not others:
        raise TypeError("result_type: expected at least one array or dtype beside Python scalars")
    return reduce(_promote_scalar, [_scalar_kind(s) for s in scalars], reduce(_promote, others))


def _scalar_kind(x: Any) -> type:
    return next(t for t in (builtins.bool, int, float, complex) if isinstance(x, t))


def operands(*xs: Any) -> list[tf.Tensor]:
    """Convert the operands of an operation to tensors of their common dtype."""
    dtype = result_type(*xs)
    return [convert(x, dtype) for x in xs]


def convert(x: Any, dtype: tf.DType) -> tf.Tensor:
    """Convert an array or a Python scalar to a tensor of the given dtype."""
    if isinstance(x, SCALARS):
        return tf.constant(_scalar_kind(x)(x), dtype)  # as a Python scalar: NumPy's keeps its dtype
    x = tensor(x)
    if x.dtype == dtype:
        return x
    if dtype.is_bool:
        return tf.not_equal(x, tf.zeros([], x.dtype))
    if dtype.is_complex and x.dtype.is_floating:  # or tf.cast warns of a lost imaginary part in the gradient
        x = tf.cast(x, dtype.real_dtype)
        return tf.complex(x, tf.zeros_like(x))
    return tf.cast(x, dtype)


def wide(dtype: tf.DType) -> tf.DType:
    """Dtype for sums and counts: float32 for half precision, as in PyTorch and JAX.

    The maximum of float16, 65504, is easily exceeded by a sum of squares or the number of elements of a mean.
    """
    return tf.float32 if dtype in (tf.float16, tf.bfloat16) else dtype


def astype(x: Any, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> tf.Tensor:
    """Convert to another dtype. Tensors are immutable, so `copy` has no effect."""
    x, dtype = tensor(x), tf.as_dtype(dtype)
    if x.dtype.is_complex and not (dtype.is_complex or dtype.is_bool):
        raise TypeError(f"astype: {x.dtype.name} to {dtype.name} would lose the imaginary part; use real or imag")
    if device is None:
        return convert(x, dtype)
    with tf.device(device):
        return tf.identity(convert(x, dtype))


def can_cast(from_: Any, to: Any, /) -> builtins.bool:
    """Test whether type promotion allows the conversion of a dtype, or of an array's dtype."""
    try:
        return _promote(dtype_of(from_), tf.as_dtype(to)) == tf.as_dtype(to)
    except TypeError:
        return False


def isdtype(dtype: Any, kind: Any) -> builtins.bool:
    """Test whether a dtype is of a kind such as "real floating", of one of several kinds, or equal to another dtype."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str) and kind not in _KINDS:
        raise ValueError(f"kind: got {kind!r}, expected one of {', '.join(_KINDS)}")
    return tf.as_dtype(dtype) in (_KINDS[kind] if isinstance(kind, str) else (tf.as_dtype(kind),))


class FloatInfo(NamedTuple):
    """Limits of a floating-point dtype as Python floats; for a complex dtype, those of its parts."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: tf.DType


class IntInfo(NamedTuple):
    """Limits of an integer dtype."""

    bits: int
    max: int
    min: int
    dtype: tf.DType


def finfo(type: Any, /) -> FloatInfo:
    """Limits of a floating-point or complex dtype, or of the dtype of an array."""
    part = dtype_of(type).real_dtype
    info = ml_dtypes.finfo(part.as_numpy_dtype)
    eps, high, low, smallest = (float(v) for v in (info.eps, info.max, info.min, info.smallest_normal))
    return FloatInfo(8 * part.size, eps, high, low, smallest, part)


def iinfo(type: Any, /) -> IntInfo:
    """Limits of an integer dtype, or of the dtype of an array."""
    dtype = dtype_of(type)
    info = np.iinfo(dtype.as_numpy_dtype)
    return IntInfo(info.bits, int(info.max), int(info.min), dtype)


class NamespaceInfo:
    """Result of the standard's inspection interface."""

    def capabilities(self) -> dict[str, Any]:
        """Boolean indexing and data-dependent shapes work, except under `jit_compile=True`."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 8}

    def default_device(self) -> str:
        """First GPU of TensorFlow, or the CPU if there is none."""
        return self.devices()[-1]

    def devices(self) -> list[str]:
        """All devices; the preferred one is the last."""
        return [device.name for kind in ("CPU", "GPU") for device in reversed(tf.config.list_logical_devices(kind))]

    def default_dtypes(self, *, device: Any = None) -> dict[str, tf.DType]:
        """Default dtypes of TensorFlow."""
        return {
            "real floating": DEFAULT_FLOAT,
            "complex floating": DEFAULT_COMPLEX,
            "integral": DEFAULT_INT,
            "indexing": DEFAULT_INT,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, tf.DType]:
        """Dtypes of the standard by name, optionally of one kind."""
        standard = [d for d in _KINDS["bool"] + _KINDS["numeric"] if d not in (tf.float16, tf.bfloat16)]
        return {d.name: d for d in standard if kind is None or isdtype(d, kind)}


def require(name: str, x: tf.Tensor, *kinds: str) -> tf.Tensor:
    """Return the tensor; TypeError for dtypes with which TensorFlow would deviate from the standard."""
    if not isdtype(x.dtype, kinds):
        raise TypeError(f"{name}: got {x.dtype.name}, expected {' or '.join(kinds)}")
    return x


guard(globals())
