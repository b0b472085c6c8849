"""Static checks of arrays: shapes and dtypes, but not values, so code compiles."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ..backends import Adapter, adapter_of, is_number
from ..backends._host import Tracing

__all__ = [
    "axis_of",
    "axis_size",
    "broadcasts_to",
    "common_backend",
    "rank",
    "same_batch",
    "warn",
]


#: Adapters of the classes and dtypes of eager arrays that `common_backend` has accepted. There are few of them.
_accepted: dict[tuple[type, Any], Adapter] = {}


class UnknownSize(ValueError):
    """An op needs a size that is unknown when compiling."""


def broadcasts_to(name: str, x: Any, shape: tuple, what: str) -> None:
    """Raise a ValueError unless x is a number or broadcasts to `shape` without enlarging it.

    Parameters
    ----------
    name
        Name of the argument, for the message.
    x
        Array, number or None.
    shape
        Shape to broadcast to.
    what
        Description of the other array, for the message.
    """
    if x is None or is_number(x):
        return
    own = tuple(x.shape)
    pairs = zip(reversed(own), reversed(shape), strict=False)
    if len(own) > len(shape) or any(a is not None and b is not None and a != 1 and a != b for a, b in pairs):
        raise ValueError(f"{name}: got shape {own}, expected one that broadcasts to {what} of shape {shape}")


def common_backend(**arrays: Any) -> Adapter:
    """Adapter of arrays, which must share one backend and one floating dtype.

    Parameters
    ----------
    **arrays
        Arrays by the name of the argument. None and Python numbers are skipped.

    Returns
    -------
    backend : Adapter
        The adapter.

    Raises
    ------
    TypeError
        Not an array, or arrays of two backends.
    ValueError
        An integer, bool or complex array, or two floating dtypes. The message names the argument.
    """
    if not Tracing.is_compiling():
        backend = _known_backend(arrays)
        if backend is not None:
            return backend
    backend = adapter_of(*arrays.values(), names=tuple(arrays))
    first_name, first_dtype = "", None
    for name, x in arrays.items():
        if x is None or is_number(x):
            continue
        dtype = x.dtype
        if first_dtype is not None and dtype == first_dtype:
            continue
        # For NumPy's dtypes, which JAX uses as well, `kind` takes a tenth of the time.
        if getattr(dtype, "kind", "") != "f" and not backend.xp.isdtype(dtype, "real floating"):
            raise ValueError(f"{name}: got dtype {dtype}, expected a floating dtype; cast it to float32 first")
        # NumPy's other byte order, its longdouble and 8-bit floats are not supported.
        if not getattr(dtype, "isnative", True) or getattr(dtype, "itemsize", 8) not in (2, 4, 8):
            raise ValueError(
                f"{name}: got dtype {dtype}, expected float16, bfloat16, float32 or float64 in this machine's byte "
                "order; cast it first, for example with .astype('float64')"
            )
        if first_dtype is not None:
            raise ValueError(
                f"{name}: got dtype {dtype} beside {first_name} of {first_dtype}, expected one floating dtype; "
                "cast one of them first"
            )
        first_name, first_dtype = name, dtype
        if type(x) in Tracing.eager_arrays and not Tracing.is_compiling():
            _accepted[type(x), dtype] = backend
    return backend


def _known_backend(arrays: dict[str, Any]) -> Adapter | None:
    """The adapter of arrays of one class and dtype that have been accepted before."""
    cls = dtype = is_dense = None
    for x in arrays.values():
        if x is None:
            continue
        if cls is None:
            cls, dtype = type(x), getattr(x, "dtype", None)
            is_dense = Tracing.eager_arrays.get(cls)
        elif type(x) is not cls or x.dtype != dtype:
            return None
        if is_dense is not None and not is_dense(x):
            return None
    return _accepted.get((cls, dtype))  # type: ignore[arg-type]


def rank(name: str, x: Any, allowed: int | Sequence[int], layout: str) -> None:
    """Raise a ValueError unless x has an allowed number of axes.

    Parameters
    ----------
    name
        Name of the argument, for the message.
    x
        Array.
    allowed
        Allowed number of axes, or several.
    layout
        Description of the expected axes, for the message.
    """
    allowed = (allowed,) if isinstance(allowed, int) else allowed
    if len(x.shape) not in allowed:
        raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected {layout}")


def same_batch(**arrays: Any) -> None:
    """Raise a ValueError if the leading sizes of arrays differ. Size 1 broadcasts, and unknown sizes are accepted.

    Sizes are compared in pairs and never hashed, so that a compiler may leave the batch size open.

    Parameters
    ----------
    **arrays
        Arrays by the name of the argument. None is skipped.
    """
    first_name, first = "", None
    for name, x in arrays.items():
        n = None if x is None else x.shape[0]
        if n is None or n == 1:
            continue
        if first is None:
            first_name, first = name, n
        elif n != first:
            raise ValueError(f"batch sizes differ: {first_name} {first}, {name} {n}; expected equal sizes or 1")


def axis_of(x: Any, axis: int) -> int:
    """Index of an axis counted from the front.

    Parameters
    ----------
    x
        Array.
    axis
        Index of an axis; negative counts from the last.

    Returns
    -------
    axis : int
        The index, >= 0.

    Raises
    ------
    ValueError
        The array has no such axis.
    """
    n_axes = len(x.shape)
    if not -n_axes <= axis < n_axes:
        raise ValueError(f"axis: got {axis}, expected one of the {n_axes} axes of an array of shape {tuple(x.shape)}")
    return axis % n_axes


def axis_size(x: Any, axis: int) -> int:
    """Size of an axis as a plain int.

    Parameters
    ----------
    x
        Array.
    axis
        Index of an axis.

    Returns
    -------
    size : int
        The size. torch.compile specializes on it.

    Raises
    ------
    ValueError
        The size is unknown when compiling.
    """
    size = x.shape[axis]
    if size is None:
        raise UnknownSize(f"got an array of shape {tuple(x.shape)}, expected a known size of axis {axis}")
    return range(size).stop


def warn(message: str) -> None:
    """Issue a UserWarning about a setting, at the line that called the public function; in compiled code, when tracing.

    Parameters
    ----------
    message
        The text.
    """
    warnings.warn(message, UserWarning, stacklevel=4)


warn._dynamo_marked_constant = True  # type: ignore[attr-defined]
