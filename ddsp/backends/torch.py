"""Adapter of PyTorch, eager and under torch.compile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.autograd import forward_ad

from . import _host, _torch_outline
from . import _torch_namespace as xp
from ._adapter import Adapter
from ._differentiable import Differentiable
from ._host import chunks_of, constants, has_chunks, leaves_of, loop, map_tree, mean_over_chunks, seeds, valid_key
from ._inductor import allow_scans, realized
from ._noise import HOST_NOISE, bits_of, host_next_uniform
from ._torch_outline import compiling_for_cpu, exporting, outlined, traced_apart
from ._traits import LARGE_CHUNK, Traits, eager_traits
from .numpy import adapter as numpy_adapter

__all__ = ["Torch", "adapter"]


#: Largest number of elements for which a call of an operation takes longer in PyTorch than in NumPy.
FEW = 64

# When Dynamo traces for torch.export, tensors become constants of the program, but NumPy arrays keep only a shape.
_host.Tracing.to_tensor = staticmethod(lambda array: torch.from_numpy(array.copy()))
_host.Tracing.as_tensors = staticmethod(lambda: torch.compiler.is_dynamo_compiling() and exporting())
_host.Tracing.is_compiling = staticmethod(torch.compiler.is_compiling)


def _is_dense(x: torch.Tensor) -> bool:
    return x.layout is torch.strided and not x.is_nested


_host.Tracing.eager_arrays |= {torch.Tensor: _is_dense, torch.nn.Parameter: _is_dense}


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


def _differentiated_backward(args: tuple[torch.Tensor, ...]) -> bool:
    """Test whether to use the hand-written gradient: reverse mode is possible, and forward mode is not active.

    Forward mode differentiates the function itself.
    """
    if not torch.is_grad_enabled():
        return False
    if not torch.compiler.is_compiling():
        if forward_ad._current_level >= 0:  # jvp, jacfwd, and hessian, which is jacfwd of a gradient
            return False
        if torch._C._are_functorch_transforms_active():  # inside vmap, `requires_grad` is False
            return True
    # Without a differentiated argument, torch.compile (2.13) calls `forward` with one argument too many.
    return any(x.requires_grad for x in args)


def _readable(x: torch.Tensor) -> bool:
    """Test whether values of x can be read and used in branches: no compiler, tracer or transform is active."""
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active() or torch.jit.is_tracing():
        return False
    if type(x) not in (torch.Tensor, torch.nn.Parameter) or torch._C._len_torch_dispatch_stack() or x.is_meta:
        return False  # FakeTensor and other subclasses, make_fx, the meta device
    return not (x.is_cuda and torch.cuda.is_current_stream_capturing())


def _has_gradient(arrays: tuple[torch.Tensor, ...]) -> bool:
    """Test whether eager operations on the arrays compute a tangent, or record for a gradient."""
    if forward_ad._current_level >= 0:
        return True
    return torch.is_grad_enabled() and any(x.requires_grad for x in arrays)


class _MeanOverChunks(torch.autograd.Function):
    """A mean with gradients computed in advance, chunk by chunk, so that no intermediate result is stored."""

    @staticmethod
    def forward(ctx: Any, f: Callable, value: torch.Tensor, gradients: list, *arrays: torch.Tensor) -> torch.Tensor:
        ctx.f, ctx.gradients, ctx.wanted = f, gradients, ctx.needs_input_grad[3:]
        ctx.save_for_backward(*arrays)
        return value

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor) -> tuple:
        arrays = ctx.saved_tensors
        inputs = [x for x, wanted in zip(arrays, ctx.wanted, strict=True) if wanted]
        if torch.is_grad_enabled():  # for second derivatives, autograd computes the gradient again
            gradients = torch.autograd.grad(ctx.f(*arrays), inputs, cotangent, create_graph=True)
        else:
            gradients = tuple((cotangent * g).to(x.dtype) for g, x in zip(ctx.gradients, inputs, strict=True))
        found = iter(gradients)
        return None, None, None, *(next(found) if wanted else None for wanted in ctx.wanted)


def _gradients_of_chunks(f: Callable, arrays: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, list]:
    """The mean of f over chunks, and its gradients in float32 or wider: float16 could underflow before loss scaling."""
    values: list[torch.Tensor] = []
    gradients: list[Sequence[torch.Tensor]] = []
    for share, chunk in chunks_of(arrays):
        leaves = [
            x.detach().to(torch.promote_types(x.dtype, torch.float32)).requires_grad_(like.requires_grad)
            for x, like in zip(chunk, arrays, strict=True)
        ]
        value = share * f(*leaves)
        wanted = [x for x in leaves if x.requires_grad]
        if value.requires_grad:
            gradients.append(torch.autograd.grad(value, wanted, allow_unused=True, materialize_grads=True))
        else:
            gradients.append([torch.zeros_like(x) for x in wanted])
        values.append(value.detach())
    return torch.stack(values).sum().to(arrays[0].dtype), [torch.cat(chunks) for chunks in zip(*gradients, strict=True)]


def _seeded(draw: str, seed: int, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Noise of an int seed; it is the same at every call, so torch.compile can treat it as a constant."""
    return torch.from_numpy(HOST_NOISE[draw](seed, shape, bits_of(xp, dtype))).to(device, dtype)


# The effect of `torch.compiler.assume_constant_result`, which would import the whole compiler.
_seeded._dynamo_marked_constant = True  # type: ignore[attr-defined]


def _key(key: Any) -> Any:
    return valid_key(key, (torch.Generator,), "a torch.Generator or None")


def _draw(draw: str, key: Any, shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    key = _key(key)
    if isinstance(key, int):
        # An int argument may be symbolic under a compiler; `range` makes it concrete.
        return _seeded(draw, range(key).stop, tuple(shape), like.dtype, like.device)
    generator = {} if key is None else {"generator": key}  # Dynamo rejects None here if a size is dynamic
    return getattr(torch, {"uniform": "rand", "normal": "randn"}[draw])(
        shape, dtype=like.dtype, device=like.device, **generator
    )


def _compiled_scan(step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
    """Scan under torch.compile, which would unroll a loop; the scan operator compiles one step.

    The operator requires a tensor in the carry, hence the token.
    """
    from torch._higher_order_ops.scan import scan as torch_scan  # imported here because it imports the compiler

    allow_scans()
    token = torch.zeros((), device=leaves_of(xs)[0].device)

    def with_token(carry: Any, x: Any) -> tuple[Any, Any]:
        inner, y = step(carry[1], x)
        # The carry must keep its memory layout, and outputs must not be views of the same array.
        return (carry[0].clone(), map_tree(_laid_out, inner)), map_tree(lambda part: part.clone(), y)

    (_, carry), ys = torch_scan(with_token, (token, map_tree(_laid_out, init)), xs)
    return carry, ys


def _laid_out(x: torch.Tensor) -> torch.Tensor:
    """Copy in row-major order. (`contiguous` does not change the stride of an axis of size 1.)"""
    return x.clone(memory_format=torch.contiguous_format)


class Torch(Adapter):
    """Adapter of PyTorch."""

    name = "torch"
    Array = (torch.Tensor,)
    xp = xp

    def constant(self, array: np.ndarray, like: torch.Tensor) -> torch.Tensor:
        casts = constants.casts.get(id(array)) if _readable(like) else None
        if casts is None:
            return self._as_tensor(array, like)
        key = like.dtype, like.device
        if key not in casts:
            with torch.inference_mode(False):  # autograd refuses tensors that are made in inference mode
                casts[key] = self._as_tensor(array, like)
        return casts[key]

    def _as_tensor(self, array: np.ndarray, like: torch.Tensor) -> torch.Tensor:
        if exporting() and isinstance(array, np.ndarray):
            array = array.copy()  # for a view, the whole array behind it would be saved
        # Dynamo can read the dtype of a tensor, but not of a NumPy array.
        tensor = torch.as_tensor(array, device=like.device)
        return tensor.to(like.dtype) if tensor.is_floating_point() else tensor

    def to_numpy(self, array: torch.Tensor) -> np.ndarray:
        return array.detach().cpu().numpy().copy()

    def stop_gradient(self, array: torch.Tensor) -> torch.Tensor:
        return array.detach()

    def with_gradient(self, f: Differentiable, isolate: bool = False) -> Callable:
        def run(*args: torch.Tensor) -> torch.Tensor:
            if isolate:
                args = tuple(self.materialize(x) for x in args)
            return _WithGradient.apply(f, *args) if _differentiated_backward(args) else f(*args)

        return run

    def takes_gradient(self, *arrays: torch.Tensor) -> bool:
        return not all(map(_readable, arrays)) or _has_gradient(arrays)

    def outline(self, f: Callable, *arrays: torch.Tensor, **settings: Any) -> tuple[torch.Tensor, ...]:
        if compiling_for_cpu(arrays[0]):
            return outlined(f, arrays, settings)
        host = None if self.takes_gradient(*arrays) else self.host_for(*arrays)
        if host is None:
            return f(self, *arrays, **settings)
        with np.errstate(all="ignore"):
            return tuple(map(self.from_host, f(host, *map(self.to_host, arrays), **settings)))

    def may_replay(self, arrays: tuple[torch.Tensor, ...]) -> bool:
        if not _readable(arrays[0]) or torch.is_autocast_enabled(arrays[0].device.type):
            return False
        return all(map(_is_dense, arrays)) and not _has_gradient(arrays)

    def scalar(self, number: Any, like: torch.Tensor) -> Any:
        # PyTorch converts a number to a tensor at each call, which takes as long as the operation.
        kind = float if like.is_floating_point() else int
        if type(number) in (int, kind) and like.dtype in (torch.float32, torch.float64, torch.int32):
            return torch.tensor(number, dtype=like.dtype, device=like.device)
        return number

    def host_for(self, *arrays: torch.Tensor, most: int = FEW) -> Adapter | None:
        fits = all(x.device.type == "cpu" and x.numel() <= most for x in arrays)
        return numpy_adapter if fits else None

    @staticmethod
    def to_host(x: torch.Tensor) -> np.ndarray:
        """A NumPy array that shares the memory of a tensor on a CPU."""
        return x.detach().resolve_neg().numpy()  # NumPy has no lazy negative, as the imaginary part of a conjugate is

    result_to_host = staticmethod(torch.Tensor.numpy)  # type: ignore[assignment]

    @staticmethod
    def host_setting(x: Any) -> Any:
        """An argument of an operation for NumPy: a NumPy dtype in place of one of PyTorch."""
        return getattr(np, str(x).removeprefix("torch.")) if isinstance(x, torch.dtype) else x

    @staticmethod
    def from_host(x: np.ndarray) -> torch.Tensor:
        """A tensor that shares the memory of a NumPy array."""
        return torch.from_numpy(x)

    def outline_op(
        self, f: Callable, *arrays: torch.Tensor, loops: bool = False, **settings: Any
    ) -> tuple[torch.Tensor, ...]:
        if compiling_for_cpu(arrays[0]):
            if _torch_outline.whole_ops:
                return outlined(f, arrays, settings)
            if not loops:  # Dynamo alone traces a loop
                return traced_apart(f, arrays, settings)
        return f(self, *arrays, **settings)

    def leading_bits(self, x: torch.Tensor, dropped: int) -> torch.Tensor:
        if not _readable(x):  # transforms and exported programs know less operations than eager mode
            return super().leading_bits(x, dropped)
        return (x.view(torch.int64 if x.dtype == torch.float64 else torch.int32) & -(2**dropped)).view(x.dtype)

    def materialize(self, x: torch.Tensor) -> torch.Tensor:
        return realized(x) if compiling_for_cpu(x) and not x.requires_grad else x

    def frame_view(self, audio: torch.Tensor, frame_size: int, hop_size: int) -> torch.Tensor:
        return audio.unfold(-1, frame_size, hop_size)

    def concrete_nonzero(self, condition: torch.Tensor) -> torch.Tensor | None:
        return torch.nonzero(condition)[:, 0] if _readable(condition) else None

    def traits(self, like: torch.Tensor) -> Traits:
        if torch.compiler.is_compiling():
            return Traits(max_fused_ops=300, chunk_samples=LARGE_CHUNK)
        return eager_traits(on_cpu=like.device.type == "cpu")

    def mean_over_chunks(self, f: Callable, *arrays: torch.Tensor, numbers: tuple = ()) -> torch.Tensor:
        if not _readable(arrays[0]) or arrays[0].device.type != "cpu" or not has_chunks(arrays):
            return f(*arrays, *numbers)
        if not (torch.is_grad_enabled() and any(x.requires_grad for x in arrays)):
            return mean_over_chunks(f, *arrays, numbers=numbers)

        def of_chunk(*chunk: torch.Tensor) -> torch.Tensor:
            return f(*chunk, *numbers)

        return _MeanOverChunks.apply(of_chunk, *_gradients_of_chunks(of_chunk, arrays), *arrays)

    def _draw(self, draw: str, key: Any, shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
        return _draw(draw, key, shape, like)

    def next_uniform(self, key: torch.Tensor, count: torch.Tensor, n_samples: int, like: torch.Tensor) -> tuple:
        if key.device.type != "cpu" or not (_readable(key) and _readable(count)):
            return super().next_uniform(key, count, n_samples, like)
        noise, count = map(
            torch.from_numpy, host_next_uniform(key.numpy(), count.numpy(), n_samples, bits_of(xp, like.dtype))
        )
        return noise.to(like.dtype), count

    def is_dense(self, x: torch.Tensor) -> bool:
        return torch.compiler.is_compiling() or _is_dense(x)  # Dynamo has no layout inside a scan

    def split(self, key: Any, n: int) -> list[Any]:
        key = _key(key)
        if isinstance(key, torch.Generator):
            drawn = torch.randint(2**31, (n,), generator=key, device=key.device)
            return [int(seed) for seed in drawn]
        return seeds(key, n)

    def scan(self, step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
        if torch.compiler.is_compiling():
            return _compiled_scan(step, init, xs)
        return loop(xp, step, init, xs)

    def value_and_grad(self, f: Callable) -> Callable:
        def both(params: Any, *args: Any) -> tuple[torch.Tensor, Any]:
            params = map_tree(lambda p: p.detach().requires_grad_(), params)
            value = f(params, *args)
            leaves = leaves_of(params)
            grads = iter(torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True))
            return value.detach(), map_tree(lambda _: next(grads), params)

        return both

    def jit(self, f: Callable, fused: bool = False) -> Callable:
        return torch.compile(f)


adapter = Torch()
