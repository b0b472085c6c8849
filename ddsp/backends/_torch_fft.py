"""array-api-compat's FFTs of torch, which take an empty batch as well: MKL refuses one."""

from __future__ import annotations

import torch
from array_api_compat.torch.fft import *  # noqa: F403


def rfft(x: torch.Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> torch.Tensor:
    if 0 not in x.shape[:-1] or axis not in (-1, x.ndim - 1):
        return torch.fft.rfft(x, n=n, dim=axis, norm=norm)
    bins = (x.shape[-1] if n is None else n) // 2 + 1
    return torch.complex(*(x.sum(-1, keepdim=True).expand(*x.shape[:-1], bins) for _ in range(2)))


def irfft(x: torch.Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> torch.Tensor:
    if 0 not in x.shape[:-1] or axis not in (-1, x.ndim - 1):
        return torch.fft.irfft(x, n=n, dim=axis, norm=norm)
    samples = 2 * (x.shape[-1] - 1) if n is None else n
    return x.real.sum(-1, keepdim=True).expand(*x.shape[:-1], samples)
