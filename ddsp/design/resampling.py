"""The low-pass filter of sample rate conversion, as matrices from input samples to output samples."""

from __future__ import annotations

import numpy as np

from ..extend import host_constant

__all__ = ["HALF_WIDTH", "resampling_matrix", "resampling_rows"]

#: Half the length of the filter, in samples of the lower rate.
HALF_WIDTH = 96
#: Frequency at which the gain is 1/2, relative to the Nyquist frequency of the lower rate.
CUTOFF = 0.956
#: Shape of the Kaiser window. Its side lobes, and the ripple in both bands, are at about -126 dB (Kaiser, 1974).
BETA = 13.0


@host_constant
def resampling_matrix(up: int, down: int, first: int, last: int, start: int, stop: int) -> np.ndarray:
    """Weights of a range of input samples in a range of output samples.

    Output m is at input sample m * down / up. Its weights are c sinc(c d) times a Kaiser window, with the distance d in
    input samples.

    Parameters
    ----------
    up, down
        Ratio of the output rate to the input rate, as a fraction.
    first, last
        Output samples first ... last - 1.
    start, stop
        Input samples start ... stop - 1.

    Returns
    -------
    weights : array
        [inputs, outputs], float64.
    """
    inputs = np.arange(start, stop, dtype=np.int64)[:, np.newaxis]
    outputs = np.arange(first, last, dtype=np.int64)
    return _weights(inputs * up - outputs * down, up, down)


@host_constant
def resampling_rows(up: int, down: int, half: int, width: int = HALF_WIDTH) -> np.ndarray:
    """Weights of the input samples around each output sample, until they repeat.

    Parameters
    ----------
    up, down
        Ratio of the output rate to the input rate, as a fraction.
    half
        Number of input samples before output m and after it: column `half` is input sample floor(m * down / up).
    width
        Half the length of the filter, in samples of the lower rate. A shorter filter is less steep and rejects less.

    Returns
    -------
    weights : array
        [up, 2 * half + 1], float64; row m is for the outputs m, m + up, m + 2 * up and so on.
    """
    outputs = np.arange(up, dtype=np.int64)[:, np.newaxis]
    inputs = outputs * down // up + np.arange(-half, half + 1)
    return _weights(inputs * up - outputs * down, up, down, width)


def _weights(distance: np.ndarray, up: int, down: int, width: int = HALF_WIDTH) -> np.ndarray:
    """c sinc(c d) times a Kaiser window, for distances in units of 1 / up input samples, which are whole numbers."""
    lower, d, shorter = min(1.0, up / down), distance / float(up), np.sqrt(HALF_WIDTH / width)
    cutoff, beta = (1.0 - (1.0 - CUTOFF) * shorter) * lower, BETA / shorter  # the stop band begins at the same place
    place = 1.0 - (d * (lower / width)) ** 2
    window = np.where(place >= 0.0, np.i0(beta * np.sqrt(np.maximum(place, 0.0))) / np.i0(beta), 0.0)
    return cutoff * np.sinc(cutoff * d) * window
