"""Filtered noise synthesizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import core
from ..core.filters import filter_flush, filter_step, init_filter
from ..core.noise import filtered_noise, init_noise, noise_step
from ..core.streaming import State, hop_size_of
from ..extend import Array, Float, Key, axis_size, checked, common_backend
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
    frame_inputs: ClassVar[tuple[str, ...]] = ("magnitudes",)

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
            Random key of the noise: an int seed, whose noise is the same on every backend; a key or generator of the
            backend; or None for the backend's global generator. JAX has no global generator and needs a key.
        noise
            Noise, uniform in [-1, 1), [1 or batch, n_samples], instead of a key.

        Returns
        -------
        audio : array
            [batch, n_samples].
        """
        return filtered_noise(magnitudes, noise, key, self.window_size, "n_samples", self.n_samples)

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: half of the window of the filter.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            `window_size` // 2, also if the filter has fewer taps.
        """
        return max(self.window_size, 0) // 2

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64, key: Key = None) -> State:
        """State before the first step.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Samples a frame.
        key
            Random key of the noise. An int seed gives the noise of a call with this seed.

        Returns
        -------
        state : dict
            'filter', and 'noise' with the key and the number of the next sample, [batch, ...].

        Raises
        ------
        ValueError
            A `window_size` below 1.
        """
        state = init_filter(batch, like, hop_size, self.window_size)
        return {"hop": state["hop"], "filter": state, "noise": init_noise(batch, like, key)}

    @checked
    def step_signal(
        self, state: State, magnitudes: Float[Array, "#batch frames bands"]
    ) -> tuple[Float[Array, "batch time"], State]:
        """Synthesize the next frames.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        magnitudes
            Linear gain of each band from 0 Hz to Nyquist, [batch, frames, bands].

        Returns
        -------
        audio : array
            [batch, frames * hop_size], `latency_samples` late.
        state : dict
            State for the frames that follow.
        """
        noise, after = noise_step(state["noise"], axis_size(magnitudes, 1) * hop_size_of(state), magnitudes)
        audio, filtered = filter_step(state["filter"], noise, magnitudes, self.window_size)
        return audio, {"hop": state["hop"], "filter": filtered, "noise": after}

    def flush(self, state: State) -> tuple[Array, State]:
        """Return the last samples, which latency has held back.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        audio : array
            [batch, latency_samples].
        state : dict
            State in which the stream has ended.
        """
        audio, filtered = filter_flush(state["filter"], self.window_size)
        return audio, {**state, "filter": filtered}
