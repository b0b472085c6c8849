"""Half precision: float16 and bfloat16 go in and come out, and float32 is what is computed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..backends import adapter_of, is_number

__all__ = ["floor_for", "half_dtype", "in_float32", "promote_half", "wide_phase"]


def promote_half(xp: Any, x: Any) -> Any:
    """float16 and bfloat16 widened to float32; float32 and float64, None and Python numbers as they are."""
    if x is None or is_number(x) or x.dtype in (xp.float32, xp.float64):
        return x
    return xp.astype(x, xp.float32)


def wide_phase(name: str, phase: Any, like: Any) -> Any:
    """A phase beside an array, at least float32; ValueError unless it has the array's dtype, or float32 beside less.

    Phases are handed on in float32 where audio has 16 bits, or a stream would lose its place.
    """
    xp, dtype = adapter_of(like, phase, names=("another", name)).xp, like.dtype
    if phase is None or phase.dtype == dtype or (dtype not in (xp.float32, xp.float64) and phase.dtype == xp.float32):
        return promote_half(xp, phase)
    raise ValueError(f"{name}: got dtype {phase.dtype}, expected {dtype}, or float32 beside less")


def floor_for(xp: Any, dtype: Any, least: float, least_half: float) -> float:
    """What numbers of this dtype are not divided by less than: float16 ends at 65504, others reach 1e38."""
    if dtype in (xp.float32, xp.float64) or "bfloat16" in str(dtype):
        return least
    return least_half


def half_dtype(arrays: Sequence[Any]) -> Any:
    """The dtype of arrays of two bytes each, if they have one in common; otherwise None."""
    found = None
    for x in arrays:
        dtype = getattr(x, "dtype", None)
        if dtype is None:
            continue  # None, or a number
        if getattr(dtype, "itemsize", None) != 2 and getattr(dtype, "size", None) != 2:
            return None
        if found is not None and dtype != found:
            return None
        found = dtype
    return found


def in_float32(function: Callable, given: Mapping[str, Any], names: Sequence[str], dtype: Any) -> Any:
    """Call a function with the arguments of these names widened from `dtype` to float32, and its results turned back.

    A formula in 16 bits has 3 digits at each of its steps, and constants such as 1e-12 are 0 there.
    """
    arrays = {name: given[name] for name in names if hasattr(given.get(name), "dtype")}
    xp = adapter_of(*arrays.values()).xp
    if not xp.isdtype(dtype, "real floating"):
        return function(**given)
    found = function(**{**given, **{name: xp.astype(x, xp.float32) for name, x in arrays.items()}})

    def back(result: Any) -> Any:
        if isinstance(result, (tuple, list)):
            return type(result)(back(x) for x in result)
        if isinstance(result, dict):
            return {name: back(x) for name, x in result.items()}
        return xp.astype(result, dtype) if getattr(result, "dtype", None) == xp.float32 else result

    return back(found)
