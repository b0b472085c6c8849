"""Blocks of samples inside frames: what the exact phase and the harmonic bank count in; blocks of harmonics."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ..extend import host_constant
from .interpolation import crossfade

__all__ = [
    "pair_matrices",
    "pair_numbers",
    "ramp_split",
    "row_blend",
    "row_indices",
    "row_shape",
    "segment_advances",
    "segment_ramps",
    "short_terms",
]

#: Longest block. Phase inside a block is a plain float32 quadratic, so its error grows with the length.
MAX_SEGMENT = 64


@host_constant
def row_shape(n_frames: int, n_samples: int) -> tuple[int, int, int, bool]:
    """Blocks for n_samples that run through n_frames: (rows, blocks a row, samples a block, even).

    Even blocks: a row is a frame, the blocks fill it exactly, a reshape lays samples out. Otherwise a row is one
    block, which holds up to MAX_SEGMENT samples of one frame, and `row_indices` says which.
    """
    if n_samples % n_frames == 0:
        hop = n_samples // n_frames
        length = max(d for d in range(1, min(hop, MAX_SEGMENT) + 1) if hop % d == 0)
        if 4 * length >= min(hop, MAX_SEGMENT):
            return n_frames, hop // length, length, True
    firsts, length = _uneven_segments(n_frames, n_samples)
    return len(firsts), 1, length, False


def _uneven_segments(n_frames: int, n_samples: int) -> tuple[np.ndarray, int]:
    """First sample of each block, and the length of the longest."""
    bounds = -(-np.arange(n_frames + 1, dtype=np.int64) * n_samples // n_frames)  # ceil: first sample of each frame
    starts = [np.arange(a, b, MAX_SEGMENT, dtype=np.int64) for a, b in pairwise(bounds)]
    firsts = np.concatenate(starts)
    return firsts, int(np.diff(np.append(firsts, n_samples)).max())


@host_constant
def row_indices(n_frames: int, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """For uneven blocks: the frame of each block, and the place of each sample in the flat [blocks * length] layout."""
    firsts, length = _uneven_segments(n_frames, n_samples)
    sample = np.arange(n_samples, dtype=np.int64)
    block = np.searchsorted(firsts, sample, side="right") - 1
    return firsts * n_frames // n_samples, block * length + sample - firsts[block]


@host_constant
def segment_ramps(n_frames: int, n_samples: int) -> tuple[np.ndarray, ...]:
    """Sums of a frequency that is linear between frames, a + d * ramp, over the samples of each block.

    Returns (count, ramp_sum) of the whole block, [rows, blocks], and (count, ramp_sum, ramp) for each sample of it,
    [rows, blocks, length]: the running sums include the sample itself. rows is 1 where all frames are alike.
    """
    _, per_row, length, even = row_shape(n_frames, n_samples)
    inside = np.arange(length, dtype=np.int64)
    if even:
        # Everything in units of 1 / denominator of a frame, as integers: exact.
        step, denominator = 1, per_row * length
        first = (np.arange(per_row, dtype=np.int64) * length)[np.newaxis, :]
        counts = np.full((1, per_row), length, dtype=np.int64)
    else:
        firsts, _ = _uneven_segments(n_frames, n_samples)
        step, denominator = n_frames, n_samples
        first = (firsts * n_frames % n_samples)[:, np.newaxis]
        counts = np.diff(np.append(firsts, n_samples))[:, np.newaxis]
    count = np.broadcast_to(inside + 1, (*first.shape, length))
    sums = first[..., np.newaxis] * count + step * (inside * (inside + 1) // 2)
    ramp = (first[..., np.newaxis] + step * inside) / float(denominator)
    block_sum = first * counts + step * (counts * (counts - 1) // 2)
    scale = 1.0 / denominator
    return counts.astype(np.float64), block_sum * scale, count.astype(np.float64), sums * scale, ramp


@host_constant
def ramp_split(n_frames: int, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """The ramp of `segment_ramps` as a number of 12 significant bits, and the rest, [rows or 1, samples of a row]."""
    ramp = segment_ramps(n_frames, n_samples)[4]
    first, second, rest = _short_terms(ramp.reshape(ramp.shape[0], -1))
    return first, second + rest


@host_constant
def row_blend(n_frames: int, n_samples: int, method: str) -> np.ndarray:
    """Weight of the later frame at each sample of a row, [rows or 1, samples], for resampling with two taps."""
    ramp = segment_ramps(n_frames, n_samples)[4]
    blend = {"nearest": 0.0 * ramp, "linear": ramp, "window": crossfade(ramp)}[method]
    return blend.reshape(blend.shape[0], -1)


@host_constant
def segment_advances(n_frames: int, n_samples: int, scale: float) -> np.ndarray:
    """What a frame's frequency and its slope contribute to the advance over a block, as exact sums of short numbers.

    `scale` turns the frequency into cycles a sample. [3, 2, rows, blocks]: two parts of 12 significant bits, whose
    float32 products with another 12-bit number are exact, and a small rest, each of the frequency and of the slope.
    """
    count, ramp_sum = segment_ramps(n_frames, n_samples)[:2]
    return _short_terms(np.stack([count, ramp_sum]) * scale)


@host_constant
def short_terms(number: float) -> tuple[float, ...]:
    """A number as the sum of two of 12 significant bits and a rest."""
    return tuple(float(part) for part in _short_terms(np.asarray(number, dtype=np.float64)))


def _short_terms(rest: np.ndarray) -> np.ndarray:
    parts = []
    for _ in range(2):
        mantissa, exponent = np.frexp(rest)
        parts.append(np.ldexp(np.round(np.ldexp(mantissa, 12)), exponent - 12))
        rest = rest - parts[-1]  # exact: the part is the leading bits of the rest
    return np.stack([*parts, rest])


@host_constant
def pair_numbers(n_harmonics: int) -> tuple[np.ndarray, np.ndarray]:
    """For a sum of harmonics h = c_j + m, |m| <= M: the numbers 0 ... M, and the centres c_j, 2 M + 1 apart."""
    reach = math.ceil(math.sqrt(n_harmonics))
    return np.arange(reach + 1.0), np.arange(reach + 1.0, n_harmonics + reach + 1.0, 2.0 * reach + 1.0)


@host_constant
def pair_matrices(n_harmonics: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices [harmonics, J (M + 1)] that make of amplitudes a_h the tables of `ddsp.core.harmonic.pairs`.

    a_(c_j + m) + a_(c_j - m) and a_(c_j + m) - a_(c_j - m), and a_c_j and 0 for m = 0.
    """
    inner, centres = pair_numbers(n_harmonics)
    harmonics = np.arange(1.0, n_harmonics + 1.0)[:, np.newaxis, np.newaxis]
    above, below = (harmonics == centres[:, np.newaxis] + sign * inner for sign in (1.0, -1.0))
    even, odd = np.where(inner == 0.0, above, above.astype(np.float64) + below), above.astype(np.float64) - below
    return even.reshape(n_harmonics, -1), odd.reshape(n_harmonics, -1)
