"""Half precision: inputs and outputs in float16 and bfloat16, computation in float32."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..backends import adapter_of, is_number

__all__ = ["floor_for", "promote_half", "wide_phase"]


def promote_half(xp: Any, x: Any) -> Any:
    """Convert float16 and bfloat16 to float32.

    Parameters
    ----------
    xp
        Namespace of the array.
    x
        Array, number or None.

    Returns
    -------
    x : array
        In float32 or float64. Numbers and None are not changed.
    """
    if x is None or is_number(x) or x.dtype in (xp.float32, xp.float64):
        return x
    return xp.astype(x, xp.float32)


def wide_phase(name: str, phase: Any, like: Any) -> Any:
    """Check and promote a phase that belongs to an array, to at least float32.

    In streams phases are float32 if the audio has 16 bits, because 16 bits would lose the position.

    Parameters
    ----------
    name
        Name of the argument, for the message.
    phase
        Phase, or None.
    like
        Array whose dtype the phase must have; next to 16 bits the phase may be float32.

    Returns
    -------
    phase : array
        The phase in at least float32, or None.

    Raises
    ------
    ValueError
        Any other dtype.
    """
    xp, dtype = adapter_of(like, phase, names=("another", name)).xp, like.dtype
    if phase is None or phase.dtype == dtype or (dtype not in (xp.float32, xp.float64) and phase.dtype == xp.float32):
        return promote_half(xp, phase)
    raise ValueError(f"{name}: got dtype {phase.dtype}, expected {dtype}, or float32 beside less")


def floor_for(xp: Any, dtype: Any, least: float, least_half: float) -> float:
    """Floor of a denominator by dtype: float16 overflows at 65504, other dtypes at 1e38.

    Parameters
    ----------
    xp
        Namespace of the array.
    dtype
        Dtype of the denominator.
    least
        Floor of all dtypes but float16.
    least_half
        Floor of float16.

    Returns
    -------
    floor : float
        The floor.
    """
    if dtype in (xp.float32, xp.float64) or "bfloat16" in str(dtype):
        return least
    return least_half


def half_dtype(arrays: Sequence[Any]) -> Any:
    """The common dtype of arrays of two bytes per element; None if there is none."""
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
    """Call a function with the named arguments promoted from `dtype` to float32, and convert its results back.

    In 16 bits each step of a formula has 3 digits, and constants such as 1e-12 are 0.
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
