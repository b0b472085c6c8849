"""array-api-compat's torch namespace, with functions replaced for torch.compile, vmap, autocast and empty FFTs."""

from __future__ import annotations

import builtins

import array_api_compat.torch as compat
import torch
from array_api_compat.torch import *  # noqa: F403
from array_api_compat.torch import linalg  # noqa: F401

from . import _torch_fft as fft  # noqa: F401
from ._inductor import in_memory
from ._torch_autocast import without_autocast


def cumulative_sum(
    x: torch.Tensor, /, *, axis: int | None = None, dtype: torch.dtype | None = None, include_initial: bool = False
) -> torch.Tensor:
    """Cumulative sum without a cached namespace lookup inside, as in array-api-compat, which Dynamo warns about."""
    axis = 0 if axis is None and x.ndim == 1 else axis
    if axis is None:
        raise ValueError("axis: got None, expected an axis (x has more than one)")
    sums = torch.cumsum(x, dim=axis, dtype=dtype)
    if not include_initial:
        return sums
    return torch.cat([torch.zeros_like(sums.narrow(axis, 0, 1)), sums], dim=axis)


def real(x: torch.Tensor, /) -> torch.Tensor:
    return in_memory(torch.real(x))


def imag(x: torch.Tensor, /) -> torch.Tensor:
    return in_memory(torch.imag(x))


def matmul(x1: torch.Tensor, x2: torch.Tensor, /) -> torch.Tensor:
    """Matrix product in the dtype of the arrays: autocast is meant for the products of a network."""
    # The type promotion of array-api-compat takes three times as long as a small product.
    return without_autocast(torch.matmul if x1.dtype == x2.dtype else compat.matmul, x1, x2)


def moveaxis(x: torch.Tensor, source: int, destination: int, /) -> torch.Tensor:
    """Move one axis by a permutation, for which torch.func.vmap has a rule."""
    order = [*builtins.range(x.ndim)]  # the namespace has a `range` of its own
    order.insert(destination % x.ndim, order.pop(source))
    return torch.permute(x, order)


def unstack(x: torch.Tensor, /, *, axis: int = 0) -> tuple[torch.Tensor, ...]:
    """Slices along an axis; array-api-compat uses `torch.moveaxis`, for which torch.func.vmap has no rule."""
    return torch.unbind(x, dim=axis)


def take_along_axis(x: torch.Tensor, indices: torch.Tensor, /, *, axis: int = -1) -> torch.Tensor:
    """Gather along an axis with dynamic sizes; `torch.take_along_dim` would recompile for each batch size."""
    axis %= x.ndim
    others = torch.broadcast_shapes(*((*s.shape[:axis], 1, *s.shape[axis + 1 :]) for s in (x, indices)))
    x, indices = (s.expand(*others[:axis], s.shape[axis], *others[axis + 1 :]) for s in (x, indices))
    return torch.gather(x, axis, indices)


#: The innermost functions of this namespace, with the same arguments, for recorded steps.
DIRECT = {
    "concat": torch.cat,
    "matmul": torch.matmul,
    "reshape": torch.Tensor.reshape,
    "round": torch.round,
    "stack": torch.stack,
    "sum": torch.sum,
    "where": torch.where,
}
