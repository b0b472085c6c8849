"""Workarounds for Inductor, the compiler of torch.compile."""

from __future__ import annotations

import dataclasses

import torch

from ._torch_outline import compiling_for_cpu

__all__ = ["allow_scans", "in_memory", "realized"]


def allow_scans() -> bool:
    """Allow scalar outputs in the graph, which Inductor needs to lower a scan.

    Inductor lowers a scan to a loop that reads its counter as a number. Dynamo allows a graph to read numbers only with
    `fullgraph=True`; otherwise Inductor (2.13) fails at its own loop.
    """
    context = torch._guards.TracingContext.try_get()
    shapes = context and context.fake_mode and context.fake_mode.shape_env
    if shapes:
        shapes.settings = dataclasses.replace(shapes.settings, allow_scalar_outputs=True)
    return True


allow_scans._dynamo_marked_constant = True  # type: ignore[attr-defined]  # it runs while Dynamo traces


def in_memory(x: torch.Tensor) -> torch.Tensor:
    """Materialize x under torch.compile on a CPU: compute it once and store it.

    Inductor fuses the operations of x into each loop that reads it, even if they are then computed many times. A loop
    with a stride of 2, which reads the real parts of complex numbers, is not vectorized, nor is the code fused into it.
    PyTorch copies x, so there is nothing to compile.
    """
    return torch.ops.ddsp.copied(x) if compiling_for_cpu(x) and x.ndim else x


@torch.library.custom_op("ddsp::copied", mutates_args=())
def _copied(x: torch.Tensor) -> torch.Tensor:
    return x.clone(memory_format=torch.contiguous_format)


@_copied.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return x.new_empty(x.shape)


_copied.register_autograd(lambda ctx, cotangent: cotangent)


def realized(x: torch.Tensor) -> torch.Tensor:
    """Store x, if it is the result of elementwise operations, without a copy of what is stored already.

    Inductor traces an elementwise operation once for every use of its result until the result is stored. In the sums of
    harmonics, where each step uses the one before twice, that is most of the time to compile. A view of a part of an
    array is left alone: without Inductor, as in `aot_eager`, the operation fails for it.
    """
    if not x.is_contiguous():
        return x
    import torch._inductor.inductor_prims  # registers the operation

    return torch.ops.prims.inductor_force_stride_order(x, x.stride())
