"""PyTorch, eager and under torch.compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch._higher_order_ops.scan import scan as torch_scan

from . import _torch_namespace as xp
from ._host import has_parts, leaves_of, loop, map_tree, parts_of, seeds, valid_key
from ._host import mean_of_parts as loop_mean_of_parts
from ._inductor import in_memory
from ._protocol import Differentiable

__all__ = [
    "Array", "constant", "frames", "fusion", "jit", "mean_of_parts", "name", "normal", "scan", "split",
    "stop_gradient", "to_numpy", "uniform", "value_and_grad", "where_true", "with_gradient", "xp",
]  # fmt: skip

name = "torch"
Array = (torch.Tensor,)


def constant(array: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    tensor = torch.as_tensor(
        array, device=like.device
    )  # Dynamo cannot ask a NumPy array for its dtype, a tensor it can
    return tensor.to(like.dtype) if tensor.is_floating_point() else tensor


def to_numpy(array: torch.Tensor) -> np.ndarray:
    return array.detach().cpu().numpy().copy()


def stop_gradient(array: torch.Tensor) -> torch.Tensor:
    return array.detach()


class _WithGradient(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(f: Differentiable, *args: torch.Tensor) -> torch.Tensor:
        return f(*args)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        ctx.gradient = inputs[0].gradient
        ctx.save_for_backward(output, *inputs[1:])

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor) -> tuple:
        result, *args = ctx.saved_tensors
        found = ctx.gradient(cotangent, result, *args)
        return None, *found, *[None] * (len(args) - len(found))


def with_gradient(f: Differentiable, alone: bool = False) -> Callable:
    def run(*args: torch.Tensor) -> torch.Tensor:
        if alone:  # what comes in is stored, not made anew in each loop of f that reads it
            args = tuple(x if x.requires_grad else in_memory(x) for x in args)
        # Where nothing is differentiated torch.compile (2.13) calls `forward` with an argument too many.
        if not (torch.is_grad_enabled() and any(x.requires_grad for x in args)):
            return f(*args)
        return _WithGradient.apply(f, *args)

    return run


def frames(audio: torch.Tensor, frame_size: int, hop_size: int) -> torch.Tensor:
    return audio.unfold(-1, frame_size, hop_size)


def _transformed() -> bool:
    """Whether a compiler or a transformation (vmap, grad) is at work, so that no value can be read."""
    return torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()


def where_true(condition: torch.Tensor) -> torch.Tensor | None:
    return None if _transformed() else torch.nonzero(condition)[:, 0]


class _MeanOfParts(torch.autograd.Function):
    """Finds the gradient of each part along with its value, so that nothing of the part need be kept."""

    @staticmethod
    def forward(ctx: Any, f: Callable, size: int, *arrays: torch.Tensor) -> torch.Tensor:
        ctx.f, ctx.wanted = f, ctx.needs_input_grad[2:]
        ctx.save_for_backward(*arrays)
        values, gradients = [], []
        for share, part in parts_of(arrays, size):
            with torch.enable_grad():
                leaves = [x.detach().requires_grad_(wanted) for x, wanted in zip(part, ctx.wanted, strict=True)]
                value = share * f(*leaves)
            if value.requires_grad:
                value.backward()
            values.append(value.detach())
            gradients.append([torch.zeros_like(x) if x.grad is None else x.grad for x in leaves if x.requires_grad])
        ctx.gradients = [torch.cat(parts) for parts in zip(*gradients, strict=True)]
        return torch.stack(values).sum()

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor) -> tuple:
        gradients = tuple(cotangent * x for x in ctx.gradients)
        if torch.is_grad_enabled():  # to be differentiated again: by autograd, from the start
            arrays = ctx.saved_tensors
            inputs = [x for x, wanted in zip(arrays, ctx.wanted, strict=True) if wanted]
            gradients = torch.autograd.grad(ctx.f(*arrays), inputs, cotangent, create_graph=True)
        found = iter(gradients)
        return None, None, *(next(found) if wanted else None for wanted in ctx.wanted)


def mean_of_parts(f: Callable, size: int, *arrays: torch.Tensor, numbers: tuple = ()) -> torch.Tensor:
    if _transformed() or arrays[0].device.type != "cpu" or not has_parts(arrays, size):
        return f(*arrays, *numbers)
    if torch.is_grad_enabled() and any(x.requires_grad for x in arrays):
        return _MeanOfParts.apply(lambda *part: f(*part, *numbers), size, *arrays)
    return loop_mean_of_parts(f, size, *arrays, numbers=numbers)


def fusion() -> int:
    return 300 if torch.compiler.is_compiling() else 0


@torch.compiler.assume_constant_result
def _seeded(draw: str, seed: int, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Noise of an int seed: the same at every call, so torch.compile may hold it as a constant."""
    generator = torch.Generator(device).manual_seed(seed)
    return getattr(torch, draw)(shape, generator=generator, dtype=dtype, device=device)


def _key(key: Any) -> Any:
    return valid_key(key, (torch.Generator,), "a torch.Generator or None")


def _draw(draw: str, key: Any, shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    key = _key(key)
    if isinstance(key, int):
        # A compiler may hold an int argument as a symbol; `range` makes it a constant again.
        return _seeded(draw, range(key).stop, tuple(shape), like.dtype, like.device)
    generator = {} if key is None else {"generator": key}  # Dynamo takes no `None` beside a size that may vary
    return getattr(torch, draw)(shape, dtype=like.dtype, device=like.device, **generator)


def uniform(key: Any, shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    return _draw("rand", key, shape, like)


def normal(key: Any, shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    return _draw("randn", key, shape, like)


def split(key: Any, n: int) -> list[Any]:
    key = _key(key)
    if isinstance(key, torch.Generator):
        drawn = torch.randint(2**31, (n,), generator=key, device=key.device)
        return [int(seed) for seed in drawn]
    return seeds(key, n)


def scan(step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
    if torch.compiler.is_compiling():
        return _compiled_scan(step, init, xs)
    return loop(xp, step, init, xs)


def _compiled_scan(step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
    """torch.compile would unroll the loop; its scan operator compiles one step. It wants a tensor to carry."""
    token = torch.zeros((), device=leaves_of(xs)[0].device)

    def with_token(carry: Any, x: Any) -> tuple[Any, Any]:
        inner, y = step(carry[1], x)
        return (carry[0].clone(), inner), map_tree(lambda part: part.clone(), y)  # it refuses views of one array

    init = map_tree(lambda x: x.contiguous(), init)  # it must be laid out as what the step returns
    (_, carry), ys = torch_scan(with_token, (token, init), xs)
    return carry, ys


def value_and_grad(f: Callable) -> Callable:
    def both(params: Any, *args: Any) -> tuple[torch.Tensor, Any]:
        params = map_tree(lambda p: p.detach().requires_grad_(), params)
        value = f(params, *args)
        leaves = leaves_of(params)
        grads = iter(torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True))
        return value.detach(), map_tree(lambda _: next(grads), params)

    return both


def jit(f: Callable) -> Callable:
    return torch.compile(f)
