"""JAX, eager and under jit, grad and vmap. Float64 needs the user's own x64 switch; nothing here flips it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from . import _jax_namespace as xp
from ._host import has_parts, seeds
from ._protocol import Differentiable

__all__ = [
    "Array", "constant", "fusion", "jit", "mean_of_parts", "name", "normal", "scan", "split", "stop_gradient",
    "to_numpy", "uniform", "value_and_grad", "with_gradient", "xp",
]  # fmt: skip

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
    apply = _alone if alone and jax.default_backend() == "cpu" else lambda f, *args: f(*args)

    def forward(*args: jax.Array) -> tuple:
        result = apply(f, *args)
        return result, (result, *args)

    def backward(kept: tuple, cotangent: jax.Array) -> tuple:
        found = apply(f.gradient, cotangent, *kept)
        return *found, *[None] * (len(kept) - 1 - len(found))

    run = jax.custom_vjp(lambda *args: apply(f, *args))
    run.defvjp(forward, backward)
    return jax.jit(run)  # so that it is fused where the caller runs eagerly, too


def _alone(f: Callable, *args: jax.Array) -> Any:
    """f of args as one branch of a condition that always holds: XLA leaves it as it stands.

    A reshape of the result would otherwise move into the loops of f, which take four times as long then on a CPU.
    (Optimization barriers are gone by the time that XLA cuts loops.)
    """
    always = ~(jax.lax.stop_gradient(args[0]).ravel()[:1].sum() * 0.0 > 1.0)
    shapes = jax.eval_shape(f, *args)
    return jax.lax.cond(always, f, lambda *_: jax.tree.map(lambda x: xp.zeros(x.shape, x.dtype), shapes), *args)


def mean_of_parts(f: Callable, size: int, *arrays: jax.Array) -> jax.Array:
    if jax.default_backend() != "cpu" or not has_parts(arrays, size):
        return f(*arrays)
    size = max(i for i in range(1, size + 1) if arrays[0].shape[0] % i == 0)  # parts of a loop are alike
    return _mean_of_parts(f, size)(*arrays)


@lru_cache(maxsize=256)
def _mean_of_parts(f: Callable, size: int) -> Callable:
    """One loop, that finds the gradients as well where they are wanted: XLA drops those that are not."""

    def mean(f: Callable, arrays: tuple) -> tuple[jax.Array, tuple]:
        def step(total: jax.Array, part: tuple) -> tuple[jax.Array, tuple]:
            value, gradients = f(*part)
            return total + value, gradients

        n_parts = arrays[0].shape[0] // size
        parts = tuple(x.reshape(n_parts, size, *x.shape[1:]) for x in arrays)
        total, gradients = jax.lax.scan(step, xp.zeros((), arrays[0].dtype), parts)
        return total / n_parts, tuple(g.reshape(x.shape) / n_parts for g, x in zip(gradients, arrays, strict=False))

    def forward(*arrays: jax.Array) -> tuple:
        return mean(jax.value_and_grad(f, tuple(range(len(arrays)))), arrays)

    run = jax.custom_vjp(lambda *arrays: mean(lambda *part: (f(*part), ()), arrays)[0])
    run.defvjp(forward, lambda gradients, cotangent: tuple(cotangent * g for g in gradients))
    return jax.jit(run)


def fusion() -> int:
    return 3000 if jax.default_backend() == "cpu" else 300  # an accelerator wants large arrays, not short loops


def _key(key: Any) -> jax.Array:
    if key is None:
        raise ValueError("key: got None, expected an int seed or a jax.random.key (JAX has no global generator)")
    return jax.random.key(key) if isinstance(key, (int, np.integer)) else key


def uniform(key: Any, shape: tuple[int, ...], like: jax.Array) -> jax.Array:
    return jax.random.uniform(_key(key), shape, like.dtype)


def normal(key: Any, shape: tuple[int, ...], like: jax.Array) -> jax.Array:
    return jax.random.normal(_key(key), shape, like.dtype)


def split(key: Any, n: int) -> list[Any]:
    if key is None or isinstance(key, (int, np.integer)):
        return seeds(key, n)
    return list(jax.random.split(key, n))


def scan(step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
    return jax.lax.scan(step, init, xs)


def value_and_grad(f: Callable) -> Callable:
    return jax.value_and_grad(f)


def jit(f: Callable) -> Callable:
    return jax.jit(f)
