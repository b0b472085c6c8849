"""Disabling autocast: it is meant for the matrix products of networks, and phase needs full precision."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch

from ._host import leaves_of, map_tree

__all__ = ["DEVICES", "in_one_dtype", "without_autocast"]

#: Types of devices that support autocast.
DEVICES = ("cpu", "cuda", "mps", "xpu")


def without_autocast(f: Callable, *args: Any, **kwargs: Any) -> Any:
    """Call f with autocast disabled."""
    for device in DEVICES:
        if torch.is_autocast_enabled(device):
            with torch.autocast(device, enabled=False):
                return without_autocast(f, *args, **kwargs)
    return f(*args, **kwargs)


def in_one_dtype(nest: Any) -> Any:
    """Cast the floating-point tensors of a nest to the widest of their dtypes.

    Outputs of a network under autocast have 16 bits, other tensors beside them may have 32.
    """
    floating = [x for x in leaves_of(nest) if isinstance(x, torch.Tensor) and x.is_floating_point()]
    if len({x.dtype for x in floating}) < 2:
        return nest
    widest = reduce(torch.promote_types, (x.dtype for x in floating))
    return map_tree(lambda x: x.to(widest) if any(x is y for y in floating) else x, nest)
