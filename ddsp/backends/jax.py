"""JAX, eager and under jit, grad and vmap. Float64 needs the user's own x64 switch; nothing here flips it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from . import _jax_namespace as xp
from ._host import has_parts, seeds, valid_key
from ._jax_derivatives import differentiable, is_zero
from ._protocol import Differentiable

__all__ = [
    "Array",
    "constant",
    "fusion",
    "jit",
    "mean_of_parts",
    "name",
    "normal",
    "scan",
    "split",
    "stop_gradient",
    "to_numpy",
    "uniform",
    "value_and_grad",
    "with_gradient",
    "xp",
]

name = "jax"
Array = (jax.Array, jax.core.Tracer)


def constant(array: np.ndarray, like: jax.Array) -> jax.Array:
    return xp.asarray(array, dtype=like.dtype if array.dtype.kind == "f" else None)


def to_numpy(array: jax.Array) -> np.ndarray:
    return np.array(array)


def stop_gradient(array: jax.Array) -> jax.Array:
    return jax.lax.stop_gradient(array)


@lru_cache(maxsize=256)
def with_gradient(f: Differentiable, alone: bool = False) -> Callable:
    f = _Alone(f) if alone and jax.default_backend() == "cpu" else f
    return jax.jit(differentiable(f))  # so that it is fused where the caller runs eagerly, too


@dataclass(frozen=True)
class _Alone:
    """`f` and its gradient, kept from being merged with what stands around them."""

    f: Differentiable

    def __call__(self, *args: jax.Array) -> jax.Array:
        return _alone(self.f, *args)

    def gradient(self, *args: jax.Array) -> tuple[jax.Array, ...]:
        return _alone(self.f.gradient, *args)


def _alone(f: Callable, *args: jax.Array) -> Any:
    """f of args as one branch of a condition that always holds: XLA leaves it as it stands.

    A reshape of the result would otherwise move into the loops of f, which take four times as long then on a CPU.
    (Optimization barriers are gone by the time that XLA cuts loops.)
    """
    first = jax.lax.stop_gradient(args[0])
    first = first[:, *[slice(1)] * (first.ndim - 1)]  # of all of the batch, which may lie on several devices
    always = ~(first.sum() * 0.0 > 1.0)
    shapes = jax.eval_shape(f, *args)
    return jax.lax.cond(always, f, lambda *_: jax.tree.map(xp.zeros_like, shapes), *args)


def mean_of_parts(f: Callable, size: int, *arrays: jax.Array, numbers: tuple = ()) -> jax.Array:
    if jax.default_backend() != "cpu" or any(map(_is_spread, arrays)) or not has_parts(arrays, size):
        return f(*arrays, *numbers)
    size = max(i for i in range(1, size + 1) if arrays[0].shape[0] % i == 0)  # parts of a loop are alike
    return _mean_of_parts(f, size, len(arrays))(*arrays, *numbers)


def _is_spread(x: jax.Array) -> bool:
    """Whether the leading axis has an unknown size, or lies on several devices: then there is nothing to cut."""
    sharding = getattr(jax.typeof(x) if isinstance(x, jax.core.Tracer) else x, "sharding", None)
    return not isinstance(x.shape[0], int) or any(getattr(sharding, "spec", ())[:1])


@lru_cache(maxsize=256)
def _mean_of_parts(f: Callable, size: int, n_arrays: int) -> Callable:
    """One loop, that finds the gradients as well where they are wanted."""

    def mean(wrt: tuple[int, ...], operands: tuple) -> tuple[jax.Array, list[jax.Array]]:
        dtype = operands[0].dtype
        # In float16 a small gradient would be 0 before a factor behind the loss can save it.
        operands = tuple(at_least_float32(x) for x in operands)
        arrays, numbers = operands[:n_arrays], operands[n_arrays:]
        n_parts = arrays[0].shape[0] // size

        def step(_: None, part: tuple) -> tuple[None, tuple]:
            if not wrt:
                return None, (f(*part, *numbers), ())
            return None, jax.value_and_grad(f, wrt)(*part, *numbers)

        parts = tuple(x.reshape(n_parts, size, *x.shape[1:]) for x in arrays)
        _, (values, found) = jax.lax.scan(step, None, parts)
        gradients = [
            g.reshape(operands[i].shape) / n_parts if i < n_arrays else xp.mean(g, axis=0)
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


def at_least_float32(x: Any) -> Any:
    return x if getattr(x, "dtype", xp.float32) in (xp.float32, xp.float64) else xp.astype(x, xp.float32)


def fusion() -> int:
    return 3000 if jax.default_backend() == "cpu" else 300  # an accelerator wants large arrays, not short loops


def _key(key: Any) -> Any:
    """The key as JAX takes it, or an int seed."""
    if key is None:
        raise ValueError("key: got None, expected an int seed or a jax.random.key (JAX has no global generator)")
    key = valid_key(key, Array, "or a jax.random.key")
    if isinstance(key, int):
        return key
    legacy = key.dtype == xp.uint32 and key.ndim == 1
    if not legacy and (key.ndim or not jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)):
        raise ValueError(f"key: got {key.dtype} of shape {key.shape}, expected an int seed or one jax.random.key")
    return key


def _new_key(key: Any) -> jax.Array:
    key = _key(key)
    return jax.random.key(key) if isinstance(key, int) else key


def uniform(key: Any, shape: tuple[int, ...], like: jax.Array) -> jax.Array:
    return jax.random.uniform(_new_key(key), shape, like.dtype)


def normal(key: Any, shape: tuple[int, ...], like: jax.Array) -> jax.Array:
    return jax.random.normal(_new_key(key), shape, like.dtype)


def split(key: Any, n: int) -> list[Any]:
    if key is None:
        return seeds(key, n)
    key = _key(key)
    return seeds(key, n) if isinstance(key, int) else list(jax.random.split(key, n))


def scan(step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
    return jax.lax.scan(step, init, xs)


def value_and_grad(f: Callable) -> Callable:
    return jax.value_and_grad(f)


def jit(f: Callable) -> Callable:
    return jax.jit(f)
