"""JAX, eager and under jit, grad and vmap. Float64 needs the user's own x64 switch; nothing here flips it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from . import _jax_namespace as xp
from ._host import seeds

__all__ = [
    "Array", "constant", "fusion", "jit", "name", "normal", "scan", "split", "stop_gradient", "to_numpy", "uniform",
    "value_and_grad", "with_gradient", "xp",
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
def with_gradient(f: Callable, gradient: Callable) -> Callable:
    def backward(args: tuple, cotangent: jax.Array) -> tuple:
        found = _apart(gradient, cotangent, *args)
        return *found, *[None] * (len(args) - len(found))

    run = jax.custom_vjp(lambda *args: _apart(f, *args))
    run.defvjp(lambda *args: (_apart(f, *args), args), backward)
    return jax.jit(run)  # so that it is fused where the caller runs eagerly, too


def _apart(f: Callable, *args: jax.Array) -> Any:
    """f of args as one branch of a condition that always holds: XLA leaves it as it stands.

    A reshape of the result would otherwise move into the loops of f, which take four times as long then on a CPU.
    (Optimization barriers are gone by the time that XLA cuts loops.)
    """
    always = ~(jax.lax.stop_gradient(args[0]).ravel()[:1].sum() * 0.0 > 1.0)
    shapes = jax.eval_shape(f, *args)
    return jax.lax.cond(always, f, lambda *_: jax.tree.map(lambda x: xp.zeros(x.shape, x.dtype), shapes), *args)


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
