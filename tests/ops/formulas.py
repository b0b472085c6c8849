"""Formulas that oracles of several topics share."""

from fractions import Fraction

import numpy as np


def log_normal(x, mean, std):
    """Logarithm of the density of a normal distribution."""
    return -0.5 * ((x - mean) / std) ** 2 - np.log(std * np.sqrt(2.0 * np.pi))


def exact(hop):
    """Convert a float hop to the simplest fraction close to it."""
    return Fraction(hop).limit_denominator(10**6)


def hann(size):
    """Hann window as in TensorFlow: periodic for even sizes, symmetric for odd ones."""
    period = size if size % 2 == 0 else max(size - 1, 1)
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / period) if size > 1 else np.ones(1)


def mel_matrix(bins, n_fft_bins, sample_rate, lo_hz, hi_hz):
    """Triangular filters of HTK, linear in mel, without area normalization and without DC, as in TensorFlow."""
    fft_mel = 1127.0 * np.log(1.0 + np.linspace(0.0, sample_rate / 2, n_fft_bins) / 700.0)
    lo_mel, hi_mel = (1127.0 * np.log(1.0 + hz / 700.0) for hz in (lo_hz, hi_hz))
    edges = np.linspace(lo_mel, hi_mel, bins + 2)
    matrix = np.zeros((n_fft_bins, bins))
    for band in range(bins):
        low, center, high = edges[band : band + 3]
        rising, falling = (fft_mel - low) / (center - low), (high - fft_mel) / (high - center)
        matrix[:, band] = np.maximum(0.0, np.minimum(rising, falling))
    matrix[0] = 0.0
    return matrix


def a_weighting_db(frequencies):
    """IEC 61672, 0 dB at 1 kHz to within rounding of its constants; never below -80 dB."""
    f2 = np.asarray(frequencies, np.float64) ** 2
    c1, c2, c3, c4 = 12194.217**2, 20.598997**2, 107.65265**2, 737.86223**2
    with np.errstate(divide="ignore"):
        weights = 2.0 + 20.0 * (
            np.log10(c1) + 2 * np.log10(f2)
            - np.log10(f2 + c1) - np.log10(f2 + c2) - 0.5 * np.log10(f2 + c3) - 0.5 * np.log10(f2 + c4)
        )  # fmt: skip
    return np.maximum(weights, -80.0)


def broadcast_batches(*arrays):
    """Broadcast batches of 1 to the largest batch."""
    batch = max(x.shape[0] for x in arrays)
    return [np.broadcast_to(x, (batch, *x.shape[1:])) for x in arrays]
