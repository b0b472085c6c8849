"""Frame grids: hops as exact fractions of samples, numbers of frames, and starts of frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..extend import host_constant

__all__ = ["frame_starts", "number_of_frames", "ratio"]

#: Largest denominators that `ratio` tries, in this order.
DENOMINATORS = (1, 10**3, 10**6, 10**9)


@host_constant
def ratio(numerator: float, denominator: float = 1.0) -> tuple[int, int]:
    """Convert a quotient to a fraction of integers in lowest terms.

    Floats that represent decimals, and quotients of such, are recognized: 44100 / 59.94 is 245000 / 333, although 59.94
    is not exact as a float. The fraction is the simplest within 2^-51 of the quotient, a bound on the rounding of two
    operands and a quotient.

    Parameters
    ----------
    numerator, denominator
        Numbers > 0.

    Returns
    -------
    numerator : int
        Numerator in lowest terms.
    denominator : int
        Denominator in lowest terms.
    """
    exact = Fraction(numerator) / Fraction(denominator)
    for limit in DENOMINATORS:
        near = exact.limit_denominator(limit)
        if abs(near - exact) <= exact / 2**51:
            return near.numerator, near.denominator
    return exact.numerator, exact.denominator


@host_constant
def number_of_frames(n_samples: int, frame_size: float, numerator: int, denominator: int, padding: str) -> int:
    """Number of frames of a signal, with a hop of numerator / denominator samples.

    'center': 1 + floor(n_samples / hop). 'same': ceil(n_samples / hop). 'valid': 1 + floor((n_samples - frame_size) /
    hop), or 0 if the signal is shorter than a frame.

    Parameters
    ----------
    n_samples
        Length of the signal in samples.
    frame_size
        Frame size in samples, an int or a Fraction.
    numerator, denominator
        The hop in samples, as a fraction.
    padding
        'center', 'same' or 'valid'.

    Returns
    -------
    n_frames : int
        Number of frames.
    """
    if padding == "same":
        return -(-n_samples * denominator // numerator)
    length = n_samples if padding == "center" else n_samples - frame_size
    return max(int(length * denominator // numerator) + 1, 0) if length >= 0 else 0


@host_constant
def frame_starts(n_frames: int, numerator: int, denominator: int) -> np.ndarray:
    """First samples of frames: k * numerator / denominator, rounded to the nearest, halves up.

    Parameters
    ----------
    n_frames
        Number of frames.
    numerator, denominator
        The hop in samples, as a fraction.

    Returns
    -------
    starts : array
        [n_frames], int64.
    """
    if 2 * n_frames * numerator + denominator < 2**62:
        frames = np.arange(n_frames, dtype=np.int64)
        return (2 * numerator * frames + denominator) // (2 * denominator)
    # Python integers, because a rate such as pi has a denominator that would overflow 64 bits.
    starts = [(2 * k * numerator + denominator) // (2 * denominator) for k in range(n_frames)]
    return np.asarray(starts, dtype=np.int64)
