"""Adapter of NumPy, the reference backend. It has neither autodiff nor a compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from . import _numpy_namespace as xp
from ._adapter import Adapter
from ._host import constants, mean_over_chunks, seeds, valid_key
from ._noise import HOST_NOISE, bits_of, host_next_uniform

__all__ = ["Numpy", "adapter"]


def _key(key: Any) -> Any:
    return valid_key(key, (np.random.Generator,), "a numpy.random.Generator or None")


class Numpy(Adapter):
    """Adapter of NumPy."""

    name = "numpy"
    Array = (np.ndarray, np.generic)
    xp = xp

    def constant(self, array: np.ndarray, like: Any) -> np.ndarray:
        if array.dtype.kind != "f":
            return array
        casts, dtype = constants.casts.get(id(array)), like.dtype
        if casts is None:
            return array.astype(dtype)
        if dtype not in casts:
            cast = array.astype(dtype)
            cast.flags.writeable = False
            casts[dtype] = cast
        return casts[dtype]

    def to_numpy(self, array: Any) -> np.ndarray:
        return np.array(array)

    def takes_gradient(self, *arrays: Any) -> bool:
        return False

    def may_replay(self, arrays: tuple[Any, ...]) -> bool:
        return True

    def leading_bits(self, x: Any, dropped: int) -> np.ndarray:
        return (x.view(np.int64 if x.dtype == np.float64 else np.int32) & -(2**dropped)).view(x.dtype)

    def frame_view(self, audio: Any, frame_size: int, hop_size: int) -> Any:
        return np.lib.stride_tricks.sliding_window_view(audio, frame_size, axis=-1)[..., ::hop_size, :]

    def concrete_nonzero(self, condition: Any) -> Any:
        return np.flatnonzero(condition)

    def mean_over_chunks(self, f: Callable, *arrays: Any, numbers: tuple = ()) -> Any:
        return mean_over_chunks(f, *arrays, numbers=numbers)

    def _draw(self, draw: str, key: Any, shape: tuple[int, ...], like: Any) -> np.ndarray:
        key = _key(key)
        if isinstance(key, int):
            return HOST_NOISE[draw](key, shape, bits_of(np, like.dtype)).astype(like.dtype, copy=False)
        draw = {"uniform": "random", "normal": "standard_normal"}[draw]
        return getattr(np.random.default_rng(key), draw)(shape).astype(like.dtype)

    def next_uniform(self, key: Any, count: Any, n_samples: int, like: Any) -> tuple[Any, Any]:
        noise, count = host_next_uniform(key, count, n_samples, bits_of(np, like.dtype))
        return noise.astype(like.dtype, copy=False), count

    def split(self, key: Any, n: int) -> list[Any]:
        key = _key(key)
        return list(key.spawn(n)) if isinstance(key, np.random.Generator) else seeds(key, n)

    def value_and_grad(self, f: Callable) -> NoReturn:
        raise RuntimeError(
            "NumPy has no automatic differentiation: use PyTorch, JAX or TensorFlow arrays "
            '(pip install "ddsp-array[torch]", "ddsp-array[jax]" or "ddsp-array[tensorflow]")'
        )


adapter = Numpy()
