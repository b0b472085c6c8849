"""Random numbers of an adapter."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._host import seeds, valid_key
from ._noise import HOST_NOISE, bits_of, next_uniform

__all__ = ["RandomNumbers"]


class RandomNumbers:
    """Base class of the adapters: noise of int seeds, drawn on the host."""

    xp: Any
    constant: Any

    def uniform(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        """Draw noise, uniform in [0, 1).

        Parameters
        ----------
        key
            Int seed, whose noise is the same in every library, a key or generator of the array library, or None for its
            global generator. JAX has none, so None is an error there.
        shape
            Shape of the noise.
        like
            Array that gives dtype and device.

        Returns
        -------
        noise : array
            Noise of the given shape.
        """
        return self._draw("uniform", key, shape, like)

    def normal(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        """Draw Gaussian noise of mean 0 and standard deviation 1.

        Parameters
        ----------
        key
            As in `uniform`.
        shape
            Shape of the noise.
        like
            Array that gives dtype and device.

        Returns
        -------
        noise : array
            Noise of the given shape.
        """
        return self._draw("normal", key, shape, like)

    def next_uniform(self, key: Any, count: Any, n_samples: int, like: Any) -> tuple[Any, Any]:
        """Draw the next noise of a stream, uniform in [0, 1).

        Parameters
        ----------
        key
            Words of the key of each item, int32, [batch, 2].
        count
            Number of the next sample, its lower and its upper word, int32, [batch, 2].
        n_samples
            Number of samples.
        like
            Array that gives dtype and device.

        Returns
        -------
        noise : array
            [batch, n_samples], the same in every library.
        count : array
            Number of the sample after them.
        """
        numbers = self.constant(np.arange(n_samples + 1, dtype=np.int32), like)
        return next_uniform(self.xp, key, count, n_samples, numbers, like.dtype)

    def _draw(self, draw: str, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        seed = _seed(key)
        if seed is None:
            seed = int(np.random.default_rng().integers(2**63))
        return self.constant(HOST_NOISE[draw](seed, shape, bits_of(self.xp, like.dtype)), like)

    def split(self, key: Any, n: int) -> list[Any]:
        """Derive n independent keys from one.

        Parameters
        ----------
        key
            As in `uniform`. A generator advances.
        n
            Number of keys.

        Returns
        -------
        keys : list
            Keys for `uniform`, `normal` and `split`; n times None for None.
        """
        return seeds(_seed(key), n)


def _seed(key: Any) -> int | None:
    return valid_key(key, (), "or None")
