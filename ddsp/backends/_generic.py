"""Adapter for other array API libraries that array-api-compat supports (CuPy, array-api-strict, Dask)."""

from __future__ import annotations

import math
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from ._adapter import Adapter


class Completed:
    """A namespace with substitutes for functions that Dask lacks, and clear errors for missing functions.

    `fft` is optional in the standard, so a library may lack it.
    """

    def __init__(self, xp: Any, library: str):
        self.__wrapped__, self.__name__ = xp, library

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            found = getattr(self.__wrapped__, name)
        except AttributeError:
            what = "FFT (`fft`), which ops on spectra and long filters need" if name == "fft" else f"`{name}`"
            raise NotImplementedError(
                f"{self.__name__} has no {what}: use NumPy, PyTorch, JAX or TensorFlow arrays"
            ) from None
        return _InOneChunk(found) if name == "fft" else found

    def take_along_axis(self, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
        """The function of the standard (2024.12), implemented by `take` if the library lacks it."""
        xp = self.__wrapped__
        if hasattr(xp, "take_along_axis"):
            return xp.take_along_axis(x, indices, axis=axis)
        x, indices = (xp.moveaxis(part, axis, -1) for part in (x, indices))
        lead = np.broadcast_shapes(x.shape[:-1], indices.shape[:-1])
        n, k, rows = x.shape[-1], indices.shape[-1], math.prod(lead)
        x, indices = (xp.broadcast_to(part, (*lead, part.shape[-1])) for part in (x, indices))
        indices = xp.reshape(xp.where(indices < 0, indices + n, indices), (rows, k))
        places = indices + n * xp.reshape(xp.arange(rows, dtype=indices.dtype), (rows, 1))
        found = xp.take(xp.reshape(x, (-1,)), xp.reshape(places, (-1,)), axis=0)
        return xp.moveaxis(xp.reshape(found, (*lead, k)), -1, axis)


class _InOneChunk:
    """FFTs that first merge the chunks of the transformed axis: Dask does not transform along an axis of several."""

    def __init__(self, fft: Any):
        self.__wrapped__ = fft

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.__wrapped__, name)

        @wraps(function)
        def in_one_chunk(x: Any, *args: Any, axis: int = -1, **kwargs: Any) -> Any:
            return function(x.rechunk({axis: -1}) if hasattr(x, "rechunk") else x, *args, axis=axis, **kwargs)

        return in_one_chunk if name in ("fft", "ifft", "rfft", "irfft") else function


class GenericAdapter(Adapter):
    """Adapter of the arrays' own array API namespace; noise is drawn on the host, and there is no autodiff."""

    def __init__(self, xp: Any, array_type: type):
        self.name = xp.__name__.removeprefix("array_api_compat.")
        self.xp = Completed(xp, self.name)
        self.Array = (array_type,)


@lru_cache
def _adapter(xp: Any, array_type: type) -> GenericAdapter:
    return GenericAdapter(xp, array_type)


def generic_adapter(x: Any) -> GenericAdapter:
    """Return an adapter for an array of any other library; TypeError for an object that is not an array."""
    import array_api_compat  # imported here because it takes as long to import as NumPy

    if isinstance(x, (np.ma.MaskedArray, np.matrix)):
        what = "a masked array" if isinstance(x, np.ma.MaskedArray) else "a numpy.matrix"
        how = ".filled(0.0) or .compressed()" if isinstance(x, np.ma.MaskedArray) else "numpy.asarray(...)"
        raise TypeError(f"got {what}, which this library does not compute with; use {how} first")
    if not array_api_compat.is_array_api_obj(x):
        raise TypeError(
            f"got a {type(x).__name__}, expected an array (NumPy, PyTorch, JAX, TensorFlow or another array API "
            "library); wrap it first, for example with numpy.asarray(..., dtype='float32')"
        )
    return _adapter(array_api_compat.array_namespace(x), type(x))  # type: ignore[arg-type]
