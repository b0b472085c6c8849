"""Adapter of JAX, eager and under jit, grad and vmap. Float64 needs `jax_enable_x64`, which only the user sets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from . import _jax_namespace as xp
from ._adapter import Adapter
from ._differentiable import Differentiable
from ._host import chunk_items, has_chunks, seeds, valid_key
from ._jax_derivatives import differentiable, is_zero
from ._noise import HOST_NOISE, SEEDED_NOISE, bits_of
from ._traits import LARGE_CHUNK, Traits

__all__ = ["Jax", "adapter"]

ARRAYS = (jax.Array, jax.core.Tracer)


@lru_cache(maxsize=256)
def _with_gradient(f: Differentiable, isolate: bool) -> Callable:
    """Compile f, so that XLA fuses its operations even if the caller runs eagerly."""
    return jax.jit(differentiable(_Isolated(f) if isolate else f))


@dataclass(frozen=True)
class _Isolated:
    """`f` and its gradient, protected from fusion with the surrounding code."""

    f: Differentiable

    def __call__(self, *args: jax.Array) -> jax.Array:
        return _isolated(self.f, *args)

    def gradient(self, *args: jax.Array) -> tuple[jax.Array, ...]:
        return _isolated(self.f.gradient, *args)


def _isolated(f: Callable, *args: jax.Array) -> Any:
    """Compute f(*args) inside a condition that is always true, because XLA does not fuse across a branch.

    Otherwise XLA moves a reshape of the result into the loops of f, which then take four times as long on a CPU.
    (XLA removes optimization barriers before it fuses loops.)
    """
    first = jax.lax.stop_gradient(args[0])
    first = first[:, *[slice(1)] * (first.ndim - 1)]  # the whole batch, which may be on several devices
    always = ~(first.sum() * 0.0 > 1.0)
    shapes = jax.eval_shape(f, *args)
    return jax.lax.cond(always, f, lambda *_: jax.tree.map(xp.zeros_like, shapes), *args)


def _is_spread(x: jax.Array) -> bool:
    """Test whether the leading axis has an unknown size or is sharded over devices, so it cannot be chunked."""
    sharding = getattr(jax.typeof(x) if isinstance(x, jax.core.Tracer) else x, "sharding", None)
    return not isinstance(x.shape[0], int) or any(getattr(sharding, "spec", ())[:1])


@lru_cache(maxsize=256)
def _mean_over_chunks(f: Callable, size: int, n_arrays: int) -> Callable:
    """Compile a loop over chunks that computes the values, and the gradients if they are requested."""

    def mean(wrt: tuple[int, ...], operands: tuple) -> tuple[jax.Array, list[jax.Array]]:
        dtype = operands[0].dtype
        # In float16 a small gradient would underflow before loss scaling.
        wide = (xp.float32, xp.float64)
        operands = tuple(x if getattr(x, "dtype", xp.float32) in wide else xp.astype(x, xp.float32) for x in operands)
        arrays, numbers = operands[:n_arrays], operands[n_arrays:]
        n_chunks = arrays[0].shape[0] // size

        def step(_: None, chunk: tuple) -> tuple[None, tuple]:
            if not wrt:
                return None, (f(*chunk, *numbers), ())
            return None, jax.value_and_grad(f, wrt)(*chunk, *numbers)

        chunks = tuple(x.reshape(n_chunks, size, *x.shape[1:]) for x in arrays)
        _, (values, found) = jax.lax.scan(step, None, chunks)
        gradients = [
            g.reshape(operands[i].shape) / n_chunks if i < n_arrays else xp.mean(g, axis=0)
            for i, g in zip(wrt, found, strict=True)
        ]
        return xp.astype(xp.mean(values), dtype), gradients

    def derivative(operands: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
        wrt = tuple(i for i, t in enumerate(tangents) if not is_zero(t))
        value, gradients = mean(wrt, operands)
        terms = [xp.sum(g * xp.astype(tangents[i], g.dtype)) for i, g in zip(wrt, gradients, strict=True)]
        return value, xp.astype(sum(terms), value.dtype)

    run = jax.custom_jvp(lambda *operands: mean((), operands)[0])
    run.defjvp(derivative, symbolic_zeros=True)
    return jax.jit(run)


def _key(key: Any) -> Any:
    """Check a key: an int seed or a key of JAX."""
    if key is None:
        raise ValueError("key: got None, expected an int seed or a jax.random.key (JAX has no global generator)")
    key = valid_key(key, ARRAYS, "or a jax.random.key")
    if isinstance(key, int):
        return key
    legacy = key.dtype == xp.uint32 and key.ndim == 1
    if not legacy and (key.ndim or not jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)):
        raise ValueError(f"key: got {key.dtype} of shape {key.shape}, expected an int seed or one jax.random.key")
    return key


class Jax(Adapter):
    """Adapter of JAX."""

    name = "jax"
    Array = ARRAYS
    xp = xp

    def constant(self, array: np.ndarray, like: jax.Array) -> jax.Array:
        return xp.asarray(array, dtype=like.dtype if array.dtype.kind == "f" else None)

    def to_numpy(self, array: jax.Array) -> np.ndarray:
        return np.array(array)

    def stop_gradient(self, array: jax.Array) -> jax.Array:
        return jax.lax.stop_gradient(array)

    def with_gradient(self, f: Differentiable, isolate: bool = False) -> Callable:
        return _with_gradient(f, isolate and jax.default_backend() == "cpu")  # type: ignore[arg-type]

    def leading_bits(self, x: jax.Array, dropped: int) -> jax.Array:
        bits = jax.lax.bitcast_convert_type(x, xp.int64 if x.dtype == xp.float64 else xp.int32)
        return jax.lax.bitcast_convert_type(bits & -(2**dropped), x.dtype)

    def traits(self, like: jax.Array) -> Traits:
        if jax.default_backend() != "cpu":
            return Traits(max_fused_ops=300, chunk_samples=LARGE_CHUNK)
        return Traits(
            max_fused_ops=3000, chunk_samples=2**12, polynomial_sine=True, small_products=False
        )  # XLA's sine takes ten times as long

    def mean_over_chunks(self, f: Callable, *arrays: jax.Array, numbers: tuple = ()) -> jax.Array:
        if jax.default_backend() != "cpu" or any(map(_is_spread, arrays)) or not has_chunks(arrays):
            return f(*arrays, *numbers)
        # All chunks of a scan have the same size.
        size = max(i for i in range(1, chunk_items(arrays) + 1) if arrays[0].shape[0] % i == 0)
        return _mean_over_chunks(f, size, len(arrays))(*arrays, *numbers)

    def _draw(self, draw: str, key: Any, shape: tuple[int, ...], like: jax.Array) -> jax.Array:
        key = _key(key)
        if not isinstance(key, int):
            return getattr(jax.random, draw)(key, shape, like.dtype)
        if not isinstance(like, jax.core.Tracer):
            return self.constant(HOST_NOISE[draw](key, shape, bits_of(xp, like.dtype)), like)
        # A compiler computes it again, instead of storing it in the program.
        items, time = (shape[0], math.prod(shape[1:])) if len(shape) > 1 else (1, math.prod(shape))
        numbers = xp.arange(items, dtype=xp.int32)[:, None], xp.arange(time, dtype=xp.int32)
        return xp.reshape(SEEDED_NOISE[draw](xp, key, *numbers, like.dtype), shape)

    def split(self, key: Any, n: int) -> list[Any]:
        if key is None:
            return seeds(key, n)
        key = _key(key)
        return seeds(key, n) if isinstance(key, int) else list(jax.random.split(key, n))

    def scan(self, step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
        return jax.lax.scan(step, init, xs)

    def skip_unless(self, condition: Any, f: Callable, otherwise: Any, *operands: Any) -> Any:
        return jax.lax.cond(condition, f, lambda *_: otherwise, *operands)

    def value_and_grad(self, f: Callable) -> Callable:
        return jax.value_and_grad(f)

    def jit(self, f: Callable, fused: bool = False) -> Callable:
        return jax.jit(f)


adapter = Jax()
