"""array-api-compat's torch namespace, with functions that suit torch.compile, and FFTs of no signals."""

from __future__ import annotations

import torch
from array_api_compat.torch import *  # noqa: F403
from array_api_compat.torch import linalg  # noqa: F401

from . import _torch_fft as fft  # noqa: F401
from ._inductor import in_memory


def cumulative_sum(
    x: torch.Tensor, /, *, axis: int | None = None, dtype: torch.dtype | None = None, include_initial: bool = False
) -> torch.Tensor:
    """array-api-compat looks the namespace up again in here, through a cache that Dynamo warns of."""
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
