"""Filtered noise synthesizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from .. import core
from ..core.noise import filtered_noise
from ..extend import Array, Float, Key, checked, common_backend
from ..processors.base import Processor

__all__ = ["FilteredNoise"]


@dataclass(frozen=True)
class FilteredNoise(Processor):
    """White noise through a time-varying filter, for breath, bow and wind sounds (Engel et al., 2020, "DDSP",
    arXiv:2001.04643).

    ![Gains of bands over time, and the spectrogram of the filtered noise](../figures/noise.png)

    Parameters
    ----------
    n_samples
        Length of the audio in samples.
    window_size
        Number of taps of the window of the filter's impulse response; 0, or more than 2 * (bands - 1), for all taps.
    scale_fn
        Maps network outputs to magnitudes >= 0; None leaves them unchanged.
    initial_bias
        Added to the outputs before `scale_fn`, so that training starts with little noise.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.frequency_filter : The filter as a function.
    Harmonic : The pitched part of a sound.

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
        """Scale network outputs to magnitudes.

        Parameters
        ----------
        magnitudes
            Gain of each band from 0 Hz to Nyquist, before `scale_fn`, [batch, frames, bands]. The filter changes every
            ceil(n_samples / frames) samples, and each frame must have at least one sample: 64000 samples may have 1000
            frames, but not 1001.

        Returns
        -------
        controls : dict
            `magnitudes`, linear.
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
        """Synthesize audio from controls.

        Parameters
        ----------
        magnitudes
            Linear gain of each band from 0 Hz to Nyquist, [batch, frames, bands].
        key
            Random key of the noise: an int seed, a key or generator of the backend, or None for the backend's global
            generator. JAX has no global generator and needs a key.
        noise
            Noise, uniform in [-1, 1), [1 or batch, n_samples], instead of a key.

        Returns
        -------
        audio : array
            [batch, n_samples].
        """
        return filtered_noise(magnitudes, noise, key, self.window_size, "n_samples", self.n_samples)
