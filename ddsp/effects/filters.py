"""Time-varying filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import core
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
