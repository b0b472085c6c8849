"""What Inductor, the compiler of torch.compile, has to be told."""

from __future__ import annotations

import torch

__all__ = ["in_memory"]


def in_memory(x: torch.Tensor) -> torch.Tensor:
    """x, under torch.compile on a CPU as an array that is computed once and stored.

    There Inductor merges the steps of x into each loop that reads it, however often that repeats them; and a loop that
    reads every other number (the real parts of complex ones) has no vectors, nor has all that is merged into it. What
    is put together of two arrays is stored. (So is what `as_strided` views, but 2.13 takes the wrong numbers if x is a
    view itself.)
    """
    if not torch.compiler.is_compiling() or x.device.type != "cpu" or x.ndim == 0:
        return x
    middle = x.shape[-1] // 2
    return torch.cat((x[..., :middle], x[..., middle:]), dim=-1)
