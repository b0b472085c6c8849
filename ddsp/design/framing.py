"""Frame grids: hops as exact fractions of samples, numbers of frames, where frames start."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..extend import host_constant

__all__ = ["frame_starts", "number_of_frames", "ratio"]

#: Denominators that `ratio` tries, simplest first.
DENOMINATORS = (1, 10**3, 10**6, 10**9)


@host_constant
def ratio(numerator: float, denominator: float = 1.0) -> tuple[int, int]:
    """numerator / denominator as a fraction (of integers) in lowest terms.

    Floats that stand for decimals, and quotients of such, come out as meant: 44100 / 59.94 is 245000 / 333, though
    59.94 is no float. The fraction is the simplest within 2^-51 of the quotient, which the rounding of two operands and
    a quotient stays below.
    """
    exact = Fraction(numerator) / Fraction(denominator)
    for limit in DENOMINATORS:
        near = exact.limit_denominator(limit)
        if abs(near - exact) <= exact / 2**51:
            return near.numerator, near.denominator
    return exact.numerator, exact.denominator


@host_constant
def number_of_frames(n_samples: int, frame_size: float, numerator: int, denominator: int, padding: str) -> int:
    """Frames of frame_size samples, a hop of numerator / denominator samples apart, that n_samples give.

    'center': 1 + floor(n_samples / hop). 'same': ceil(n_samples / hop). 'valid': 1 + floor((n_samples - frame_size) /
    hop), or none where the audio is shorter than a frame. frame_size may be a Fraction.
    """
    if padding == "same":
        return -(-n_samples * denominator // numerator)
    length = n_samples if padding == "center" else n_samples - frame_size
    return max(int(length * denominator // numerator) + 1, 0) if length >= 0 else 0


@host_constant
def frame_starts(n_frames: int, numerator: int, denominator: int) -> np.ndarray:
    """First samples of frames: k * numerator / denominator for k = 0 ... n_frames - 1, rounded to the nearest, once.

    Halves go up.
    """
    if 2 * n_frames * numerator + denominator < 2**62:
        frames = np.arange(n_frames, dtype=np.int64)
        return (2 * numerator * frames + denominator) // (2 * denominator)
    # Python integers: a rate such as pi has a denominator that would overflow 64 bits.
    starts = [(2 * k * numerator + denominator) // (2 * denominator) for k in range(n_frames)]
    return np.asarray(starts, dtype=np.int64)
