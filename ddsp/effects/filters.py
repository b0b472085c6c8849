"""A filter that changes with time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["FIRFilter"]


@dataclass(frozen=True)
class FIRFilter(Processor):
    """A linear-phase filter whose magnitudes change from frame to frame; see `ddsp.core.frequency_filter`.

    Parameters
    ----------
    window_size : taps of the window of the filter's impulse response; 0, or more than 2 * (bands - 1), for all taps.
    scale_fn : turns network outputs into magnitudes >= 0; None takes them as they are.
    name : the node's name in a `ProcessorGroup`.

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
        """Scale network outputs.

        Parameters
        ----------
        audio : the dry signal, [batch, time].
        magnitudes : gain of each frequency band from 0 Hz to Nyquist, before `scale_fn`: [batch, frames, bands], or
            [batch, bands] for a filter that does not change. Filters change every ceil(time / frames) samples, and each
            must have samples to filter.

        Returns
        -------
        dict of audio, unchanged, and magnitudes (linear).
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
        """Filtered audio [batch, time], without delay, of controls as `get_controls` returns them."""
        return core.frequency_filter(audio, magnitudes, window_size=self.window_size)
