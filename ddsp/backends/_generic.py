"""Any other array API library that array-api-compat knows (CuPy, array-api-strict, Dask): the pure functions work."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ._host import loop, seeds
from ._protocol import Differentiable


class GenericAdapter:
    """The array API namespace of the arrays themselves, with noise drawn on the host and no autodiff."""

    def __init__(self, xp: Any, array_type: type):
        self.xp = xp
        self.Array = (array_type,)
        self.name = xp.__name__.removeprefix("array_api_compat.")

    def constant(self, array: np.ndarray, like: Any) -> Any:
        import array_api_compat

        device = array_api_compat.device(like)
        if array.dtype.kind == "f":
            return self.xp.asarray(array, dtype=like.dtype, device=device)
        return self.xp.asarray(array, device=device)

    def to_numpy(self, array: Any) -> np.ndarray:
        import array_api_compat

        home = array_api_compat.device(self.xp.empty(0))  # the library's default device, which NumPy can read
        return np.array(array_api_compat.to_device(array, home))

    def stop_gradient(self, array: Any) -> Any:
        return array

    def with_gradient(self, f: Differentiable, alone: bool = False) -> Callable:
        return f

    def fusion(self) -> int:
        return 0

    def uniform(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        return self.constant(np.random.default_rng(key).random(shape), like)

    def normal(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        return self.constant(np.random.default_rng(key).standard_normal(shape), like)

    def split(self, key: Any, n: int) -> list[Any]:
        return seeds(key, n)

    def scan(self, step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
        return loop(self.xp, step, init, xs)

    def value_and_grad(self, f: Callable) -> Callable:
        raise RuntimeError(f"{self.name} has no automatic differentiation here: use PyTorch, JAX or TensorFlow arrays")

    def jit(self, f: Callable) -> Callable:
        return f


@lru_cache
def _adapter(xp: Any, array_type: type) -> GenericAdapter:
    return GenericAdapter(xp, array_type)


def generic_adapter(x: Any) -> GenericAdapter:
    """The adapter for an array of a library without one of its own; TypeError for what is no array."""
    import array_api_compat  # not before it is needed: it takes as long as NumPy

    if not array_api_compat.is_array_api_obj(x):
        raise TypeError(
            f"expected an array (NumPy, PyTorch, JAX, TensorFlow or another array API library), "
            f"got {type(x).__name__}; wrap it first, for example with numpy.asarray(..., dtype='float32')"
        )
    return _adapter(array_api_compat.array_namespace(x), type(x))  # type: ignore[arg-type]
