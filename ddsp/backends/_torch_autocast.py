"""Autocast, switched off: matrix products inside an op are not those of a network, and phase needs its bits."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch

from ._host import leaves_of, map_tree

__all__ = ["DEVICES", "in_one_dtype", "without_autocast"]

#: Kinds of devices that may have autocast switched on.
DEVICES = ("cpu", "cuda", "mps", "xpu")


def without_autocast(f: Callable, *args: Any, **kwargs: Any) -> Any:
    """f of the arguments, in their dtypes."""
    for device in DEVICES:
        if torch.is_autocast_enabled(device):
            with torch.autocast(device, enabled=False):
                return without_autocast(f, *args, **kwargs)
    return f(*args, **kwargs)


def in_one_dtype(nest: Any) -> Any:
    """A nest whose floating tensors have the widest of their dtypes: a network's, in 16 bits, beside others."""
    floating = [x for x in leaves_of(nest) if isinstance(x, torch.Tensor) and x.is_floating_point()]
    if len({x.dtype for x in floating}) < 2:
        return nest
    widest = reduce(torch.promote_types, (x.dtype for x in floating))
    return map_tree(lambda x: x.to(widest) if any(x is y for y in floating) else x, nest)
