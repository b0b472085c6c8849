"""Functions that torch.compile calls as they are: one operation in its graph, run by PyTorch, compiled by nobody.

Dynamo and Inductor take about 20 ms for each elementwise operation of a graph, however small its arrays are. Phase and
muting at frame rate are 100 operations on small arrays. As two calls they take a third less time to compile.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch
from torch.autograd import forward_ad

__all__ = ["can_outline", "outlined"]

Specs = tuple[tuple[tuple[int, ...], torch.dtype], ...]


@lru_cache(maxsize=256)
def _function(name: str, settings: str) -> Callable[[list[torch.Tensor]], tuple[torch.Tensor, ...]]:
    """The function of arrays that two strings stand for. A graph holds strings, and a cache on disk compares them."""
    from .torch import adapter

    module, attribute = name.split(":")
    f, keywords = getattr(importlib.import_module(module), attribute), json.loads(settings)
    return lambda arrays: f(adapter, *arrays, **keywords)


@lru_cache(maxsize=256)
def _specs(name: str, settings: str, given: Specs) -> Specs:
    """Shapes and dtypes of the results for arrays of given shapes and dtypes."""
    arrays = [torch.empty(shape, dtype=dtype, device="meta") for shape, dtype in given]
    return tuple((tuple(y.shape), y.dtype) for y in _function(name, settings)(arrays))


@torch.library.custom_op("ddsp::outlined", mutates_args=())
def _outlined(arrays: list[torch.Tensor], name: str, settings: str) -> list[torch.Tensor]:
    return _apart(_function(name, settings)(arrays), arrays)


def _apart(results: Iterable[torch.Tensor], given: list[torch.Tensor]) -> list[torch.Tensor]:
    """The results, each contiguous in memory of its own, as PyTorch demands of a custom operation."""
    memory = {x.untyped_storage().data_ptr() for x in given}
    apart = []
    for y in results:
        y = y.contiguous()
        apart.append(y.clone() if y.untyped_storage().data_ptr() in memory else y)
        memory.add(apart[-1].untyped_storage().data_ptr())
    return apart


@_outlined.register_fake
def _(arrays: list[torch.Tensor], name: str, settings: str) -> list[torch.Tensor]:
    given = tuple((tuple(x.shape), x.dtype) for x in arrays)
    if all(type(size) is int for shape, _ in given for size in shape):
        with torch.utils._python_dispatch._disable_current_modes():
            specs = _specs(name, settings, given)
    else:  # symbolic sizes
        specs = tuple((tuple(y.shape), y.dtype) for y in _function(name, settings)(arrays))
    return [arrays[0].new_empty(shape, dtype=dtype) for shape, dtype in specs]


@torch.library.custom_op("ddsp::outlined_gradient", mutates_args=())
def _outlined_gradient(
    cotangents: list[torch.Tensor], arrays: list[torch.Tensor], name: str, settings: str
) -> list[torch.Tensor]:
    """Gradients of `outlined` by autograd; the function is computed again, which is cheap at frame rate.

    Those of integers are 0.
    """
    with _recording():
        leaves = [x.detach().requires_grad_(x.is_floating_point()) for x in arrays]
        results = _function(name, settings)(leaves)
        moving = [(y, g) for y, g in zip(results, cotangents, strict=True) if y.requires_grad]
        if not moving:  # f stops the gradient of all its results
            return [torch.zeros_like(x, memory_format=torch.contiguous_format) for x in arrays]
        outputs, of_outputs = zip(*moving, strict=True)
        floats = [x for x in leaves if x.requires_grad]
        found = iter(torch.autograd.grad(outputs, floats, of_outputs, allow_unused=True, materialize_grads=True))
    return _apart((next(found) if x.requires_grad else torch.zeros_like(x) for x in leaves), [*cotangents, *arrays])


@_outlined_gradient.register_fake
def _(cotangents: list[torch.Tensor], arrays: list[torch.Tensor], name: str, settings: str) -> list[torch.Tensor]:
    return [x.new_empty(x.shape) for x in arrays]


@contextmanager
def _recording() -> Iterator[None]:
    """Let autograd record inside a custom operation, which PyTorch runs below autograd."""
    include, exclude = torch._C._dispatch_tls_local_include_set(), torch._C._dispatch_tls_local_exclude_set()
    exclude = exclude.remove(torch._C.DispatchKey.AutogradFunctionality)
    with torch._C._ForceDispatchKeyGuard(include, exclude), torch.enable_grad():
        yield


def _save(ctx: Any, inputs: tuple, output: Any) -> None:
    arrays, ctx.name, ctx.settings = inputs
    ctx.save_for_backward(*arrays)


def _backward(ctx: Any, cotangents: list[torch.Tensor]) -> tuple:
    return torch.ops.ddsp.outlined_gradient(cotangents, list(ctx.saved_tensors), ctx.name, ctx.settings), None, None


_outlined.register_autograd(_backward, setup_context=_save)


def can_outline() -> bool:
    """Test, while Dynamo traces, whether a custom operation has all the rules that are needed: not for transforms."""
    return not (torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0)


def _as_text(settings: tuple[tuple[str, Any], ...]) -> str:
    return json.dumps(dict(settings))


can_outline._dynamo_marked_constant = True  # type: ignore[attr-defined]  # it runs while Dynamo traces
_as_text._dynamo_marked_constant = True  # type: ignore[attr-defined]


def outlined(f: Callable, arrays: tuple[torch.Tensor, ...], settings: dict[str, Any]) -> tuple[torch.Tensor, ...]:
    """Call f(adapter, *arrays, **settings) as one operation, while Dynamo traces. f is a function of a module."""
    # An int may be symbolic while Dynamo traces; `range` makes it concrete.
    known = tuple((k, range(v).stop if isinstance(v, int) else v) for k, v in settings.items())
    return tuple(torch.ops.ddsp.outlined(list(arrays), f"{f.__module__}:{f.__name__}", _as_text(known)))
