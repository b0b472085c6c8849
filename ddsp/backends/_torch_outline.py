"""Functions that torch.compile calls as they are: one operation in its graph, run by PyTorch, compiled by nobody.

Dynamo and Inductor take about 20 ms for each elementwise operation of a graph, however small its arrays are. Phase and
muting at frame rate are 100 operations on small arrays. As two calls they take a third less time to compile. With
`compile_less`, whole ops are calls.
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

__all__ = ["compile_less", "compiling_for_cpu", "exporting", "outlined", "traced_apart"]

#: True during torch.export; PyTorch has this function from 2.7 on.
exporting = getattr(torch.compiler, "is_exporting", lambda: False)

#: Whether whole ops are calls. Dynamo reads it, so a function compiled with the other value is compiled again.
whole_ops = False

Specs = tuple[tuple[tuple[int, ...], torch.dtype], ...]


@lru_cache(maxsize=256)
def _function(name: str, settings: str) -> Callable[[list[torch.Tensor]], tuple[torch.Tensor, ...]]:
    """The function of arrays that two strings stand for. A graph holds strings, and a cache on disk compares them."""
    from .torch import adapter

    module, attribute = name.split(":")
    f, keywords = getattr(importlib.import_module(module), attribute), json.loads(settings)
    keywords = {name: tuple(x) if isinstance(x, list) else x for name, x in keywords.items()}
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
    cotangents: list[torch.Tensor], arrays: list[torch.Tensor], wanted: list[bool], name: str, settings: str
) -> list[torch.Tensor]:
    """Gradients of `outlined` by autograd for the arrays that are wanted; the function is computed again."""
    with _recording():
        leaves = [x.detach().requires_grad_(is_wanted) for x, is_wanted in zip(arrays, wanted, strict=True)]
        results = _function(name, settings)(leaves)
        inputs = [x for x in leaves if x.requires_grad]
        moving = [(y, g) for y, g in zip(results, cotangents, strict=True) if y.requires_grad]
        if not moving:  # f stops the gradient of all its results
            return [torch.zeros_like(x, memory_format=torch.contiguous_format) for x in inputs]
        outputs, of_outputs = zip(*moving, strict=True)
        found = torch.autograd.grad(outputs, inputs, of_outputs, allow_unused=True, materialize_grads=True)
    return _apart(found, [*cotangents, *arrays])


@_outlined_gradient.register_fake
def _(
    cotangents: list[torch.Tensor], arrays: list[torch.Tensor], wanted: list[bool], name: str, settings: str
) -> list[torch.Tensor]:
    return [x.new_empty(x.shape) for x, is_wanted in zip(arrays, wanted, strict=True) if is_wanted]


@contextmanager
def _recording() -> Iterator[None]:
    """Let autograd record inside a custom operation, which PyTorch runs below autograd."""
    include, exclude = torch._C._dispatch_tls_local_include_set(), torch._C._dispatch_tls_local_exclude_set()
    exclude = exclude.remove(torch._C.DispatchKey.AutogradFunctionality)
    with torch._C._ForceDispatchKeyGuard(include, exclude), torch.enable_grad():
        yield


def _save(ctx: Any, inputs: tuple, output: Any) -> None:
    arrays, ctx.name, ctx.settings = inputs
    ctx.wanted = [x.requires_grad for x in arrays]
    ctx.save_for_backward(*arrays)


def _backward(ctx: Any, cotangents: list[torch.Tensor]) -> tuple:
    arrays = list(ctx.saved_tensors)
    found = iter(torch.ops.ddsp.outlined_gradient(cotangents, arrays, ctx.wanted, ctx.name, ctx.settings))
    return [next(found) if is_wanted else None for is_wanted in ctx.wanted], None, None


_outlined.register_autograd(_backward, setup_context=_save)


def compiling_for_cpu(x: torch.Tensor) -> bool:
    """Test whether torch.compile is tracing for a CPU, without an export or a transform."""
    return torch.compiler.is_compiling() and x.device.type == "cpu" and not exporting() and _can_outline()


def _can_outline() -> bool:
    """Test, while Dynamo traces, whether a custom operation has all the rules that are needed: not for transforms."""
    return not (torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0)


def _as_text(settings: tuple[tuple[str, Any], ...]) -> str:
    return json.dumps(dict(settings))


_can_outline._dynamo_marked_constant = True  # type: ignore[attr-defined]  # it runs while Dynamo traces
_as_text._dynamo_marked_constant = True  # type: ignore[attr-defined]


def _concrete(value: Any) -> Any:
    """A setting as Python values: while Dynamo traces, numbers may be symbolic, which `_as_text` does not take."""
    if isinstance(value, tuple):
        return tuple(_concrete(x) for x in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return range(value).stop
    return float.fromhex(value.hex()) if isinstance(value, float) else value


def outlined(f: Callable, arrays: tuple[torch.Tensor, ...], settings: dict[str, Any]) -> tuple[torch.Tensor, ...]:
    """Call f(adapter, *arrays, **settings) as one operation, while Dynamo traces. f is a function of a module."""
    return tuple(torch.ops.ddsp.outlined(list(arrays), *_words_for(f, settings)))


def _words_for(f: Callable, settings: dict[str, Any]) -> tuple[str, str]:
    """The two strings that encode f with these settings, while Dynamo traces."""
    known = tuple((name, _concrete(value)) for name, value in settings.items())
    return f"{f.__module__}:{f.__name__}", _as_text(known)


def _traced(name: str, settings: str, *arrays: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return _function(name, settings)(list(arrays))


def _let_dynamo_call() -> bool:
    torch._dynamo.allow_in_graph(_traced)
    return True


_let_dynamo_call._dynamo_marked_constant = True  # type: ignore[attr-defined]  # it runs while Dynamo traces


def traced_apart(f: Callable, arrays: tuple[torch.Tensor, ...], settings: dict[str, Any]) -> tuple[torch.Tensor, ...]:
    """Call f(adapter, *arrays, **settings) while Dynamo traces; f is compiled, but traced by AOTAutograd alone.

    AOTAutograd records the operations of f as they run. Dynamo would interpret bytecode, which takes ten times as long.
    """
    _let_dynamo_call()
    return _traced(*_words_for(f, settings), *arrays)


@contextmanager
def compile_less() -> Iterator[None]:
    """Context in which torch.compile calls the large ops of the library instead of compiling them.

    Harmonic synthesis, filters, convolution and the spectral loss are then one operation each in the compiled graph,
    with the speed of eager PyTorch. Compilation takes a fraction of the time, and the compiled function runs slower
    (docs/performance.md). Use it for short runs, and while you change a model. Values and gradients are the same up to
    rounding. It has no effect on other devices than CPUs, in exported programs, and in transforms of `torch.func`.

    A function that has been compiled inside the context is compiled again outside of it, and the other way round. A
    loss is compiled again for other weights.

    Examples
    --------
    >>> import torch
    >>> import ddsp.torch as ddsp
    >>> synth = torch.compile(ddsp.synths.Harmonic(n_samples=640))
    >>> with ddsp.compile_less():  # doctest: +SKIP
    ...     audio = synth(torch.zeros(1, 10, 1), torch.zeros(1, 10, 20), torch.full((1, 10, 1), 220.0))
    """
    global whole_ops
    before, whole_ops = whole_ops, True
    try:
        yield
    finally:
        whole_ops = before
