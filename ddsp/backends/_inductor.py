"""What Inductor, the compiler of torch.compile, has to be told."""

from __future__ import annotations

import dataclasses

import torch

__all__ = ["allow_scans", "in_memory"]


def allow_scans() -> bool:
    """Let Inductor lower a scan: the loop that it makes of it reads its counter as a number.

    Dynamo allows a graph to read numbers with `fullgraph=True` alone, and Inductor (2.13) then fails at its own loop.
    """
    context = torch._guards.TracingContext.try_get()
    shapes = context and context.fake_mode and context.fake_mode.shape_env
    if shapes:
        shapes.settings = dataclasses.replace(shapes.settings, allow_scalar_outputs=True)
    return True


allow_scans._dynamo_marked_constant = True  # type: ignore[attr-defined]  # it runs while Dynamo traces


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
