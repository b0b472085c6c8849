"""Trainable values as a flat dict, as files and optimizers need them, or nested by node, as instruments take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..extend import Adapter, Array

__all__ = ["flatten_values", "nest_values"]


def flatten_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Join the names of nested values by dots.

    Parameters
    ----------
    values
        Nested dicts of arrays.

    Returns
    -------
    flat : dict
        Arrays by their path.

    See Also
    --------
    nest_values : The inverse.

    Examples
    --------
    >>> flatten_values({"decoder": {"weight": 1.0, "bias": 2.0}})
    {'decoder.weight': 1.0, 'decoder.bias': 2.0}
    """
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{rest}": x for rest, x in flatten_values(value).items()}
        else:
            flat[name] = value
    return flat


def nest_values(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Split the names of flat values at dots.

    Parameters
    ----------
    flat
        Arrays by their path.

    Returns
    -------
    values : dict
        Nested dicts of arrays.

    See Also
    --------
    flatten_values : The inverse.

    Examples
    --------
    >>> nest_values({"decoder.weight": 1.0, "decoder.bias": 2.0})
    {'decoder': {'weight': 1.0, 'bias': 2.0}}
    """
    values: dict[str, Any] = {}
    for path, x in flat.items():
        *owners, name = path.split(".")
        place = values
        for owner in owners:
            place = place.setdefault(owner, {})
        place[name] = x
    return values


def to_backend(adapter: Adapter, array: np.ndarray) -> Array:
    """Convert a host array to the backend.

    Parameters
    ----------
    adapter
        Adapter of the backend.
    array
        NumPy array.

    Returns
    -------
    converted : array
        The same values in float32, on the default device.
    """
    return adapter.xp.asarray(np.asarray(array, dtype=np.float32))


def different_shape(values: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """What differs between the names and shapes of flat values and the expected ones; empty if nothing does."""
    for name in sorted(expected.keys() | values.keys()):
        found, wanted = (tuple(x[name].shape) if name in x else None for x in (values, expected))
        if found != wanted:
            return f"got {name} of shape {found}, expected {wanted}"
    return ""
