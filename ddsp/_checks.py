"""Static checks of arrays and options: ranks, sizes, dtypes, strings. Never of values, so they compile away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .backends import Adapter, adapter_of, is_number

__all__ = ["at_least_float32", "axis_size", "floats", "integer", "one_of", "rank", "same_batch"]


def floats(**arrays: Any) -> Adapter:
    """The adapter of the arrays, once they are found to share one backend and one floating dtype.

    None and Python numbers are passed over.

    Raises
    ------
    TypeError : not an array, or arrays of two backends.
    ValueError : an integer, bool or complex array, or two floating dtypes; the message names the argument.
    """
    backend = adapter_of(*arrays.values())
    first_name, first_dtype = "", None
    for name, x in arrays.items():
        if x is None or is_number(x):
            continue
        dtype = x.dtype
        if first_dtype is not None and dtype == first_dtype:
            continue
        if not backend.xp.isdtype(dtype, "real floating"):
            raise ValueError(f"{name}: got dtype {dtype}, expected a floating dtype; cast it to float32 first")
        if first_dtype is not None:
            raise ValueError(
                f"{name}: got dtype {dtype} beside {first_name} of {first_dtype}, expected one floating dtype; "
                "cast one of them first"
            )
        first_name, first_dtype = name, dtype
    return backend


def at_least_float32(xp: Any, x: Any) -> Any:
    """float16 and bfloat16 widened to float32 (phases and FFTs need it); float32 and float64 as they are."""
    return x if x.dtype in (xp.float32, xp.float64) else xp.astype(x, xp.float32)


def rank(name: str, x: Any, allowed: int | Sequence[int], layout: str) -> None:
    """Raise ValueError unless x has an allowed number of axes; `layout` shows the expected axes."""
    allowed = (allowed,) if isinstance(allowed, int) else allowed
    if len(x.shape) not in allowed:
        raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected {layout}")


def integer(name: str, value: Any, minimum: int) -> int:
    """Raise ValueError unless value is a whole number of at least `minimum`."""
    if isinstance(value, bool) or int(value) != value or value < minimum:
        raise ValueError(f"{name}: got {value!r}, expected an integer of at least {minimum}")
    return int(value)


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Raise ValueError unless value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name}: got {value!r}, expected one of {', '.join(map(repr, choices))}")


def same_batch(**arrays: Any) -> None:
    """Raise ValueError where the leading sizes of two arrays differ; 1 broadcasts, an unknown size passes.

    Sizes are compared two by two and never hashed, so that a compiler may leave the batch size open.
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


def axis_size(x: Any, axis: int) -> int:
    """The size of an axis as a plain int. `range` makes torch.compile fix a size that it holds as a symbol."""
    return range(x.shape[axis]).stop
