"""Perceptual frequency scales, and the bands and weights that are designed on them.

The formulas of the scales serve numbers and arrays of any library; `ddsp.core.hearing` exports them as ops.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..extend import host_constant

__all__ = ["a_weighting", "critical_bands", "mel_matrix"]


def bark_of(hz: Any) -> Any:
    """Critical-band rate in Bark."""
    return 26.81 * hz / (1960.0 + hz) - 0.53


def hz_of_bark(bark: Any) -> Any:
    """Inverse of `bark_of`."""
    return 1960.0 * (bark + 0.53) / (26.28 - bark)


def log_mel(xp: Any, hz: Any) -> Any:
    """Mel, divided by 2595 / log(10)."""
    return xp.log1p(hz / 700.0)


def hz_of_log_mel(xp: Any, log_mel: Any) -> Any:
    """Inverse of `log_mel`."""
    return 700.0 * xp.expm1(log_mel)


def bandwidth_of(hz: Any) -> Any:
    """Equivalent rectangular bandwidth in Hz."""
    return 0.108 * hz + 24.7


@host_constant
def mel_matrix(n_mels: int, n_bins: int, sample_rate: float, lo_hz: float, hi_hz: float) -> np.ndarray:
    """Triangular mel filters on the HTK scale, with peaks of 1, without area normalization and without the DC bin.

    ![Mel bands, and log mel spectrogram and MFCCs of a flute phrase](../figures/features.png)

    Parameters
    ----------
    n_mels
        Number of filters.
    n_bins
        Number of bins of the spectrum.
    sample_rate
        Sample rate in Hz.
    lo_hz, hi_hz
        Lowest and highest edge in Hz.

    Returns
    -------
    matrix : array
        [n_bins, n_mels], float64.
    """

    def mel(hz: np.ndarray | float) -> np.ndarray:
        return 1127.0 * log_mel(np, np.asarray(hz, dtype=np.float64))  # the rounded factor of the original

    bins = mel(np.linspace(0.0, sample_rate / 2.0, n_bins, dtype=np.float64)[1:])[:, np.newaxis]
    edges = np.linspace(mel(lo_hz), mel(hi_hz), n_mels + 2, dtype=np.float64)
    lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - lower) / (center - lower), (upper - bins) / (upper - center))
    return np.concatenate([np.zeros((1, n_mels)), np.maximum(triangles, 0.0)])


@host_constant
def critical_bands(n: int, hz_min: float, hz_max: float, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Centers of bands, evenly spaced in Bark or mel, and their equivalent rectangular bandwidths.

    A single band is in the middle of the scale.

    Parameters
    ----------
    n
        Number of bands.
    hz_min, hz_max
        Range of frequencies in Hz.
    scale
        'bark' or 'mel'.

    Returns
    -------
    centers : array
        [n], in Hz.
    widths : array
        [n], in Hz.
    """
    places = np.linspace(0.0, 1.0, n, dtype=np.float64) if n > 1 else np.full(1, 0.5)
    if scale == "bark":
        low, high = bark_of(hz_min), bark_of(hz_max)
        centers = hz_of_bark(low + (high - low) * places)
    else:
        low, high = log_mel(np, hz_min), log_mel(np, hz_max)
        centers = hz_of_log_mel(np, low + (high - low) * places)
    return centers, bandwidth_of(centers)


@host_constant
def a_weighting(n_bins: int, sample_rate: float) -> np.ndarray:
    """A-weighting of power at the frequencies of a real FFT, linear, floored at -80 dB.

    IEC 61672-1:2013, annex E. At 0 Hz, where the curve is minus infinity in dB, the result is the floor.

    ![The Bark and mel scales, equivalent rectangular bandwidths, and the A-weighting](../figures/hearing_scales.png)

    Parameters
    ----------
    n_bins
        Number of bins from 0 Hz to Nyquist.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    weights : array
        [n_bins], float64.
    """
    f2 = np.linspace(0.0, sample_rate / 2.0, n_bins, dtype=np.float64) ** 2
    c = np.asarray([12194.217, 20.598997, 107.65265, 737.86223], dtype=np.float64) ** 2
    gain = c[0] * f2**2 / ((f2 + c[0]) * (f2 + c[1]) * np.sqrt((f2 + c[2]) * (f2 + c[3])))
    db = 2.0 + 20.0 * np.log10(np.maximum(gain, 1e-300))
    return 10.0 ** (np.maximum(db, -80.0) / 10.0)
