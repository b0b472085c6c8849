"""Constants designed on the host: NumPy float64, cached by their static arguments, never traced.

Each function is a `host_constant`: its arguments are sizes and options, and the adapter's `constant` converts its
result to an array of the caller's library.
"""

from __future__ import annotations

import numpy as np

from ..extend import host_constant
from .framing import frame_starts, number_of_frames, ratio
from .frequency_scales import a_weighting, critical_bands, mel_matrix
from .interpolation import (
    crossfade,
    cubic_weights,
    frame_spans,
    harmonic_fades,
    level_choice,
    level_tops,
    longer_spectrum,
    mirror_indices,
    resample_taps,
)
from .resampling import HALF_WIDTH, resampling_matrix, resampling_rows
from .rows import (
    pair_matrices,
    pair_numbers,
    ramp_split,
    row_blend,
    row_cubic,
    row_indices,
    row_shape,
    segment_advances,
    segment_sums,
    short_terms,
)
from .spectra import (
    dct_matrix,
    fast_fft_size,
    frequency_sampling,
    half_spectrum,
    hamming,
    hann,
    zero_phase_window,
)

__all__ = [
    "HALF_WIDTH",
    "a_weighting",
    "critical_bands",
    "crossfade",
    "cubic_weights",
    "dct_matrix",
    "fast_fft_size",
    "frame_spans",
    "frame_starts",
    "frequency_sampling",
    "half_spectrum",
    "hamming",
    "hann",
    "harmonic_fades",
    "harmonic_numbers",
    "integers",
    "level_choice",
    "level_tops",
    "linspace",
    "longer_spectrum",
    "mel_matrix",
    "mirror_indices",
    "number_of_frames",
    "pair_matrices",
    "pair_numbers",
    "powers",
    "ramp_split",
    "ratio",
    "resample_taps",
    "resampling_matrix",
    "resampling_rows",
    "row_blend",
    "row_cubic",
    "row_indices",
    "row_shape",
    "segment_advances",
    "segment_sums",
    "short_terms",
    "zero_phase_window",
]


@host_constant
def linspace(start: float, stop: float, n: int) -> np.ndarray:
    """Evenly spaced values from start to stop, both included.

    Parameters
    ----------
    start, stop
        First and last value.
    n
        Number of values.

    Returns
    -------
    values : array
        [n], float64.
    """
    return np.linspace(start, stop, n, dtype=np.float64)


@host_constant
def harmonic_numbers(n: int) -> np.ndarray:
    """Harmonic numbers 1, ..., n.

    Parameters
    ----------
    n
        Number of harmonics.

    Returns
    -------
    numbers : array
        [n], float64.
    """
    return np.arange(1.0, n + 1.0)


@host_constant
def powers(base: float, n: int) -> np.ndarray:
    """Powers base ** 0, ..., base ** (n - 1).

    Parameters
    ----------
    base
        Base of the powers.
    n
        Number of powers.

    Returns
    -------
    values : array
        [n], float64.
    """
    return base ** np.arange(n, dtype=np.float64)


@host_constant
def integers(n: int) -> np.ndarray:
    """Integers 0, ..., n - 1.

    Parameters
    ----------
    n
        Number of integers.

    Returns
    -------
    values : array
        [n], int64.
    """
    return np.arange(n, dtype=np.int64)
