"""array-api-compat's FFTs for torch, extended to an empty batch, for which MKL raises an error."""

from __future__ import annotations

import torch
from array_api_compat.torch.fft import *  # noqa: F403


def rfft(x: torch.Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> torch.Tensor:
    if x.numel():
        return torch.fft.rfft(x, n=n, dim=axis, norm=norm)
    bins = (x.shape[axis] if n is None else n) // 2 + 1
    return _empty(x, axis, bins, torch.complex128 if x.dtype == torch.float64 else torch.complex64)


def irfft(x: torch.Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> torch.Tensor:
    if x.numel():
        return torch.fft.irfft(x, n=n, dim=axis, norm=norm)
    samples = 2 * (x.shape[axis] - 1) if n is None else n
    return _empty(x, axis, samples, torch.float64 if x.dtype == torch.complex128 else torch.float32)


def _empty(x: torch.Tensor, axis: int, size: int, dtype: torch.dtype) -> torch.Tensor:
    """Empty result that depends on x, so that the gradient of x is an empty tensor instead of None."""
    shape = list(x.shape)
    shape[axis] = size
    return torch.sum(x).real.to(dtype) * torch.zeros(shape, dtype=dtype, device=x.device)
