"""Noise through a filter that changes with time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from .. import core
from ..core.noise import uniform_noise
from ..extend import Array, Float, Key, checked, common_backend, integer
from ..processors.base import Processor

__all__ = ["FilteredNoise"]


@dataclass(frozen=True)
class FilteredNoise(Processor):
    """White noise through a filter that changes from frame to frame: breath, bow and wind (Engel et al., 2020).

    Parameters
    ----------
    n_samples : length of the audio.
    window_size : taps of the window of the filter's impulse response; 0, or more than 2 * (bands - 1), for all taps.
    scale_fn : turns network outputs into magnitudes >= 0; None takes them as they are.
    initial_bias : added to the outputs before `scale_fn`, so that training starts with little noise.
    name : the node's name in a `ProcessorGroup`.

    Examples
    --------
    >>> import numpy as np
    >>> FilteredNoise(n_samples=640)(np.zeros((1, 10, 65)), key=0).shape
    (1, 640)
    """

    n_samples: int = 64000
    window_size: int = 257
    scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    initial_bias: float = -5.0
    name: str = "filtered_noise"

    signal_inputs: ClassVar[tuple[str, ...]] = ("key", "noise")

    @checked
    def get_controls(self, magnitudes: Float[Array, "#batch frames bands"]) -> dict[str, Array]:
        """Scale network outputs.

        Parameters
        ----------
        magnitudes : gain of each frequency band from 0 Hz to Nyquist, before `scale_fn`.
            Filters change every ceil(n_samples / frames) samples, and each must have samples to filter: 1000 frames
            for 64000 samples are right, 1001 are not.

        Returns
        -------
        dict of magnitudes (linear).
        """
        common_backend(magnitudes=magnitudes)
        if self.scale_fn is not None:
            magnitudes = self.scale_fn(magnitudes + self.initial_bias)
        return {"magnitudes": magnitudes}

    @checked
    def get_signal(
        self,
        magnitudes: Float[Array, "#batch frames bands"],
        *,
        key: Key = None,
        noise: Float[Array, "#batch n_samples"] | None = None,
    ) -> Float[Array, "batch n_samples"]:
        """Audio [batch, n_samples] of controls as `get_controls` returns them.

        Parameters
        ----------
        magnitudes : linear gains.
        key : where the noise comes from: an int seed, the backend's own key or generator, or None for its global
            generator (JAX has none, and asks for a key).
        noise : the noise itself, uniform in [-1, 1), instead of a key.
        """
        backend = common_backend(magnitudes=magnitudes, noise=noise)
        if noise is None:
            shape = (magnitudes.shape[0], integer("n_samples", self.n_samples, 1))
            noise = uniform_noise(backend, key, shape, magnitudes)
        return core.frequency_filter(noise, magnitudes, window_size=self.window_size)
