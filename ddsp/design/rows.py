"""Rows and segments of samples inside frames, in which the exact phase and harmonic synthesis compute.

A frame of controls spans a hop of samples. A *segment* is a run of at most 64 samples inside a frame; phase is a closed
formula in it, and only the advances over whole segments are summed. A *row* is what is computed with one f0 ramp and
one pair of amplitudes. If all hops have one length, a row is a frame:

    frames      |        frame 0        |        frame 1        |      hop 128
    rows        |         row 0         |         row 1         |
    segments    |  0.0      |   0.1     |   1.0     |   1.1     |      2 a row, 64 samples each

If the hop does not divide into equal segments, the last one is filled up with samples that are dropped in the end: hop
71 has 2 segments of 36 samples. All rows are then alike, so the samples of a row do not depend on the number of frames.

If hops differ, a row is one segment, and rows are filled up to one length:

    frames      |      frame 0      |       frame 1       |            70 or 71 samples
    rows        | row 0        |row 1   | row 2       |row 3   |       64 samples each, of which 64, 6, 64, 7 are kept
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ..extend import host_constant
from .interpolation import crossfade, cubic_weights

__all__ = [
    "pair_matrices",
    "pair_numbers",
    "ramp_split",
    "row_blend",
    "row_cubic",
    "row_indices",
    "row_shape",
    "segment_advances",
    "segment_sums",
    "short_terms",
]

#: Longest segment in samples. Phase in a segment is a float32 quadratic, so its error grows with the length.
MAX_SEGMENT = 64


@host_constant
def row_shape(n_frames: int, n_samples: int) -> tuple[int, int, int, bool]:
    """Sizes of the rows for n_samples in n_frames.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.

    Returns
    -------
    rows : int
        Number of rows.
    segments : int
        Segments in a row.
    length : int
        Samples in a segment.
    even : bool
        Whether rows are frames, so that a reshape puts their samples in order; otherwise `row_indices` does.
    """
    if n_samples % n_frames == 0:
        return n_frames, *_equal_segments(n_samples // n_frames), True
    firsts, length = _uneven_segments(n_frames, n_samples)
    return len(firsts), 1, length, False


def _equal_segments(hop: int) -> tuple[int, int]:
    """Number of segments of a hop, and their length: a divisor of the hop, unless it would be short."""
    length = max(d for d in range(1, min(hop, MAX_SEGMENT) + 1) if hop % d == 0)
    if 4 * length < min(hop, MAX_SEGMENT):
        length = math.ceil(hop / math.ceil(hop / MAX_SEGMENT))
    return math.ceil(hop / length), length


def _uneven_segments(n_frames: int, n_samples: int) -> tuple[np.ndarray, int]:
    """First sample of each segment, and the length of the longest."""
    bounds = -(-np.arange(n_frames + 1, dtype=np.int64) * n_samples // n_frames)  # ceil: first sample of each frame
    starts = [np.arange(a, b, MAX_SEGMENT, dtype=np.int64) for a, b in pairwise(bounds)]
    firsts = np.concatenate(starts)
    return firsts, int(np.diff(np.append(firsts, n_samples)).max())


@host_constant
def row_indices(n_frames: int, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices for rows that are not frames.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.

    Returns
    -------
    frame_of_row : array
        Frame of each row, [rows].
    place_of_sample : array
        Place of each sample in the flat layout [rows * length], [n_samples].
    """
    firsts, length = _uneven_segments(n_frames, n_samples)
    sample = np.arange(n_samples, dtype=np.int64)
    row = np.searchsorted(firsts, sample, side="right") - 1
    return firsts * n_frames // n_samples, row * length + sample - firsts[row]


@host_constant
def segment_ramps(n_frames: int, n_samples: int) -> tuple[np.ndarray, ...]:
    """Sums over segments of a frequency that is linear between frames, a + d * ramp.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.

    Returns
    -------
    ramps : tuple
        Five arrays: the sums of 1 and of the ramp over each segment, [rows, segments]; the same sums up to each sample,
        itself included, and the ramp at each sample, [rows, segments, length]. All rows are alike if they are frames,
        and rows is 1.
    """
    _, segments, length, even = row_shape(n_frames, n_samples)
    inside = np.arange(length, dtype=np.int64)
    if even:
        # Everything in units of 1 / denominator of a frame, as integers: exact.
        step, denominator = 1, n_samples // n_frames
        first = (np.arange(segments, dtype=np.int64) * length)[np.newaxis, :]
        counts = np.minimum(denominator - first, length)
    else:
        firsts, _ = _uneven_segments(n_frames, n_samples)
        step, denominator = n_frames, n_samples
        first = (firsts * n_frames % n_samples)[:, np.newaxis]
        counts = np.diff(np.append(firsts, n_samples))[:, np.newaxis]
    count = np.broadcast_to(inside + 1, (*first.shape, length))
    sums = first[..., np.newaxis] * count + step * (inside * (inside + 1) // 2)
    ramp = (first[..., np.newaxis] + step * inside) / float(denominator)
    segment_sum = first * counts + step * (counts * (counts - 1) // 2)
    scale = 1.0 / denominator
    return counts.astype(np.float64), segment_sum * scale, count.astype(np.float64), sums * scale, ramp


@host_constant
def segment_sums(n_frames: int, n_samples: int, scale: float) -> tuple[np.ndarray, ...]:
    """The sums of `segment_ramps` times a scale, with an axis of channels.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.
    scale
        Converts the frequency to cycles a sample.

    Returns
    -------
    sums : tuple
        Of 1 and of the ramp, over each segment, [rows, segments, 1], and up to each sample, [rows, segments, length,
        1].
    """
    return tuple((sums * scale)[..., np.newaxis] for sums in segment_ramps(n_frames, n_samples)[:4])


@host_constant
def ramp_split(n_frames: int, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the ramp of `segment_ramps` into its 12 leading bits and the rest.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.

    Returns
    -------
    ramp_high : array
        The leading bits, [rows or 1, samples of a row].
    ramp_low : array
        The rest, same shape.
    """
    ramp = segment_ramps(n_frames, n_samples)[4]
    first, second, rest = _short_terms(ramp.reshape(ramp.shape[0], -1))
    return first, second + rest


@host_constant
def row_blend(n_frames: int, n_samples: int, method: str) -> np.ndarray:
    """Weight of the later frame at each sample of a row, for interpolation between two frames.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.
    method
        'nearest', 'linear' or 'window'.

    Returns
    -------
    blend : array
        [rows or 1, samples of a row].
    """
    ramp = segment_ramps(n_frames, n_samples)[4]
    blend = {"nearest": 0.0 * ramp, "linear": ramp, "window": crossfade(ramp)}[method]
    return blend.reshape(blend.shape[0], -1)


@host_constant
def row_cubic(n_frames: int, n_samples: int) -> np.ndarray:
    """Weights of four frames at each sample of a row, for cubic interpolation.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.

    Returns
    -------
    weights : array
        [4, rows or 1, samples of a row]: of the frame before, of the two that the sample is between, and of that after.
    """
    ramp = segment_ramps(n_frames, n_samples)[4]
    return np.stack(cubic_weights(ramp.reshape(ramp.shape[0], -1)))


@host_constant
def segment_advances(n_frames: int, n_samples: int, scale: float, bits: int, n_terms: int) -> np.ndarray:
    """Factors of a frame's frequency and of its slope in the phase advance over a segment, as sums of short numbers.

    Parameters
    ----------
    n_frames, n_samples
        Sizes of the controls and of the audio.
    scale
        Converts the frequency to cycles a sample.
    bits
        Significant bits of each term: few enough for exact products.
    n_terms
        Number of terms.

    Returns
    -------
    terms : array
        [2, n_terms, rows, segments], for the frequency and for the slope. Their sum is within 2 ** (-bits * n_terms) of
        the factor, relative to it, or within rounding of float64.
    """
    count, ramp_sum = segment_ramps(n_frames, n_samples)[:2]
    return np.moveaxis(_short_terms(np.stack([count, ramp_sum]) * scale, bits, n_terms)[:-1], 0, 1)


@host_constant
def short_terms(number: float) -> tuple[float, ...]:
    """Split a number into two terms of 12 significant bits and a rest.

    Parameters
    ----------
    number
        Any number.

    Returns
    -------
    terms : tuple
        Three floats that add up to the number.
    """
    return tuple(float(part) for part in _short_terms(np.asarray(number, dtype=np.float64)))


def _short_terms(rest: np.ndarray, bits: int = 12, n_terms: int = 2) -> np.ndarray:
    """Terms of some significant bits, and the rest, along a new first axis."""
    parts = []
    for _ in range(n_terms):
        mantissa, exponent = np.frexp(rest)
        parts.append(np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits))
        rest = rest - parts[-1]  # exact: the part is the leading bits of the rest
    return np.stack([*parts, rest])


@host_constant
def pair_numbers(n_harmonics: int) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and centers of harmonics h = c_j + m with |m| <= M (see `ddsp.core.harmonic.pairs`).

    Parameters
    ----------
    n_harmonics
        Number of harmonics H; M = ceil(sqrt(H)).

    Returns
    -------
    offsets : array
        0 ... M.
    centers : array
        The centers c_j, 2 M + 1 apart.
    """
    reach = math.ceil(math.sqrt(n_harmonics))
    return np.arange(reach + 1.0), np.arange(reach + 1.0, n_harmonics + reach + 1.0, 2.0 * reach + 1.0)


@host_constant
def pair_matrices(n_harmonics: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices that fold the amplitudes of harmonics around centers (see `ddsp.core.harmonic.pairs`).

    Parameters
    ----------
    n_harmonics
        Number of harmonics H.

    Returns
    -------
    even : array
        Gives a_(c_j + m) + a_(c_j - m), and a_c_j for m = 0; [H, J (M + 1)].
    odd : array
        Gives a_(c_j + m) - a_(c_j - m); same shape.
    """
    inner, centers = pair_numbers(n_harmonics)
    harmonics = np.arange(1.0, n_harmonics + 1.0)[:, np.newaxis, np.newaxis]
    above, below = (harmonics == centers[:, np.newaxis] + sign * inner for sign in (1.0, -1.0))
    even, odd = np.where(inner == 0.0, above, above.astype(np.float64) + below), above.astype(np.float64) - below
    return even.reshape(n_harmonics, -1), odd.reshape(n_harmonics, -1)
