"""Time-varying filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import core
from ..core.filters import filter_flush, filter_step, init_filter
from ..core.streaming import State
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["FIRFilter"]


@dataclass(frozen=True)
class FIRFilter(Processor):
    """Time-varying linear-phase filter with a magnitude response for each frame.

    ![Given gains, and the frequency responses of filters of 257 and 33 taps](../figures/fir.png)

    Parameters
    ----------
    window_size
        Number of taps of the window of the impulse response; 0, or more than 2 * (bands - 1), for all taps.
    scale_fn
        Maps network outputs to magnitudes >= 0; None leaves them unchanged.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.frequency_filter : The filter as a function.
    ddsp.synths.FilteredNoise : White noise through such a filter.

    Examples
    --------
    >>> import numpy as np
    >>> FIRFilter(scale_fn=None)(np.asarray([[1.0, 2.0, 3.0]]), np.full((1, 3, 5), 0.5)).round(6)
    array([[0.5, 1. , 1.5]])
    """

    window_size: int = 257
    scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    name: str = "fir_filter"

    frame_inputs: ClassVar[tuple[str, ...]] = ("magnitudes",)

    @checked
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
    ) -> dict[str, Array]:
        """Scale network outputs to magnitudes.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        magnitudes
            Gain of each band from 0 Hz to Nyquist, before `scale_fn`: [batch, frames, bands], or [batch, bands] for a
            constant filter. The filter changes every ceil(time / frames) samples, and each frame must have at least one
            sample.

        Returns
        -------
        controls : dict
            `audio`, unchanged, and `magnitudes`, linear.
        """
        common_backend(audio=audio, magnitudes=magnitudes)
        if self.scale_fn is not None:
            magnitudes = self.scale_fn(magnitudes)
        return {"audio": audio, "magnitudes": magnitudes}

    @checked
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
    ) -> Float[Array, "batch time"]:
        """Filter the audio.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        magnitudes
            Linear gain of each band from 0 Hz to Nyquist, [batch, frames, bands] or [batch, bands].

        Returns
        -------
        audio : array
            Filtered audio, [batch, time]. The group delay is compensated.
        """
        return core.frequency_filter(audio, magnitudes, window_size=self.window_size)

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: half of the window.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            `window_size` // 2, also if the filter has fewer taps. With a `window_size` of 2 * (bands - 1), which is all
            taps, it is bands - 1.
        """
        return max(self.window_size, 0) // 2

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Samples a frame of magnitudes. With a constant filter, blocks may have any number of samples.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...]. In float32 at least.

        Raises
        ------
        ValueError
            A `window_size` below 1.
        """
        return init_filter(batch, like, hop_size, self.window_size)

    @checked
    def step_signal(
        self,
        state: State,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
    ) -> tuple[Array, State]:
        """Filter the next samples.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples of the dry signal, [batch, frames * hop_size], or any number of them with a constant
            filter.
        magnitudes
            Linear gain of each band from 0 Hz to Nyquist, [batch, frames, bands] or [batch, bands].

        Returns
        -------
        audio : array
            As many samples as there are in `audio`, `latency_samples` late.
        state : dict
            State for the samples that follow.

        Raises
        ------
        ValueError
            Another number of samples than that of the frames.
        """
        return filter_step(state, audio, magnitudes, self.window_size)

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
        return filter_flush(state, self.window_size)
