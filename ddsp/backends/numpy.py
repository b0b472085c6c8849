"""NumPy: the reference backend. It has no autodiff and no compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from . import _numpy_namespace as xp
from ._host import loop, mean_of_parts, seeds, valid_key
from ._protocol import Differentiable

__all__ = [
    "Array",
    "constant",
    "frames",
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
    "where_true",
    "with_gradient",
    "xp",
]

name = "numpy"
Array = (np.ndarray, np.generic)


def constant(array: np.ndarray, like: Any) -> np.ndarray:
    return array.astype(like.dtype) if array.dtype.kind == "f" else array


def to_numpy(array: Any) -> np.ndarray:
    return np.array(array)


def stop_gradient(array: Any) -> Any:
    return array


def with_gradient(f: Differentiable, alone: bool = False) -> Callable:
    return f


def frames(audio: Any, frame_size: int, hop_size: int) -> Any:
    return np.lib.stride_tricks.sliding_window_view(audio, frame_size, axis=-1)[..., ::hop_size, :]


def where_true(condition: Any) -> Any:
    return np.flatnonzero(condition)


def fusion() -> int:
    return 0


def _key(key: Any) -> Any:
    return valid_key(key, (np.random.Generator,), "a numpy.random.Generator or None")


def uniform(key: Any, shape: tuple[int, ...], like: Any) -> np.ndarray:
    return np.random.default_rng(_key(key)).random(shape).astype(like.dtype)


def normal(key: Any, shape: tuple[int, ...], like: Any) -> np.ndarray:
    return np.random.default_rng(_key(key)).standard_normal(shape).astype(like.dtype)


def split(key: Any, n: int) -> list[Any]:
    key = _key(key)
    return list(key.spawn(n)) if isinstance(key, np.random.Generator) else seeds(key, n)


def scan(step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
    return loop(xp, step, init, xs)


def value_and_grad(f: Callable) -> NoReturn:
    raise RuntimeError(
        "NumPy has no automatic differentiation: use PyTorch, JAX or TensorFlow arrays "
        '(pip install "ddsp-array[torch]", "ddsp-array[jax]" or "ddsp-array[tensorflow]")'
    )


def jit(f: Callable) -> Callable:
    return f
