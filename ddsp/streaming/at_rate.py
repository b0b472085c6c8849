"""Processing at another sample rate than that of the blocks."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..design import HALF_WIDTH
from .resampler import Resampler

__all__ = ["AtRate"]


class AtRate:
    """Run a function of blocks at another sample rate than that of the blocks.

    Parameters
    ----------
    process
        Function of NumPy arrays, [time], of any length, that returns as many samples.
    sample_rate
        Sample rate of the blocks in Hz.
    inner_rate
        Sample rate of `process` in Hz.
    width
        Half the length of the filters, as of `Resampler`.

    See Also
    --------
    Resampler : One conversion.
    Rebuffer : A function for blocks of any length, from a processor that works in hops.

    Examples
    --------
    >>> echo = AtRate(lambda audio: audio, 48000, 16000)
    >>> echo.process(np.zeros(128)).shape, echo.latency_samples
    ((128,), 576)
    """

    def __init__(
        self,
        process: Callable[[np.ndarray], np.ndarray],
        sample_rate: float,
        inner_rate: float,
        width: int = HALF_WIDTH,
    ):
        self._process = process
        self._inward, self._outward = (
            Resampler(*rates, width) for rates in ((sample_rate, inner_rate), (inner_rate, sample_rate))
        )
        held = self._inward.held_seconds + self._outward.held_seconds
        #: Samples by which the signal is late, without those of `process`.
        self.latency_samples = math.ceil(held * sample_rate - 1e-6)
        self._ready = np.zeros(self.latency_samples, np.float32)

    def process(self, audio: np.ndarray) -> np.ndarray:
        """Compute as many samples as the block has.

        Parameters
        ----------
        audio
            NumPy array, [time].

        Returns
        -------
        audio : array
            [time].
        """
        inner = self._inward.process(audio)
        found = self._outward.process(self._process(inner))
        ready = np.concatenate([self._ready.astype(audio.dtype, copy=False), found])
        self._ready = ready[len(audio) :]
        return ready[: len(audio)]
