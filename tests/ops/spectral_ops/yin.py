"""Pitch by YIN, by sums over each frame and lag."""

import math
from fractions import Fraction
from functools import lru_cache

import numpy as np

from tests.cases import Case, normal
from tests.oracles import oracle

from ..formulas import exact

# Oracles ------------------------------------------------------------------------------------------------------------


@lru_cache
def _interpolation(size, places, finer):
    """Fourier interpolation of [size] values with this period at places / finer, without half the sample rate."""
    k, lags = np.arange(1, (size + 1) // 2), np.arange(size)
    distance = np.arange(places)[:, None] / finer - lags
    return (1.0 + 2.0 * np.sum(np.cos(2 * np.pi * k * distance[:, :, None] / size), axis=2)) / size


def _difference(frame, window, size, finer):
    """d at all lags, in units of 1 / finer samples: the interpolation of its values in a ring of `size` samples."""
    back = len(frame) - window
    ring = np.pad(frame, (0, size - len(frame)))
    now = slice(back, back + window)
    lagged = np.stack([np.roll(ring, lag)[now] for lag in range(size)])
    rest = np.sum(lagged**2 - 2.0 * ring[now] * lagged, axis=1)
    if finer == 1:
        return np.sum(ring[now] ** 2) + rest[: back + 1]
    return np.sum(ring[now] ** 2) + _interpolation(size, finer * back + 1, finer) @ rest


def _smooth(size):
    return all(size % p for p in range(7, size + 1) if all(p % q for q in range(2, p)))


@oracle("spectral_ops.compute_yin")
def compute_yin(audio, sample_rate=16000, frame_rate=250, fmin=80.0, fmax=2100.0, threshold=0.15):
    """The smallest lag of a minimum of d' that is at most the threshold above the deepest, frame by frame."""
    if audio.ndim == 1:
        return tuple(x[0] for x in compute_yin(audio[None], sample_rate, frame_rate, fmin, fmax, threshold))
    hop, window = exact(Fraction(sample_rate) / Fraction(frame_rate)), math.ceil(sample_rate / fmin)
    back, finer = window + 1, 1
    while sample_rate * finer < 24 * fmax:
        finer *= 2
    size = next(n for n in range(back + window, 9 * window) if _smooth(n))
    first, last = max(int(sample_rate * finer / fmax), 2), math.ceil(sample_rate * finer / fmin)
    n_frames = 1 + math.floor(audio.shape[1] / hop)
    found = np.zeros((2, len(audio), n_frames))
    for b, one in enumerate(np.pad(audio, [(0, 0), (back + window // 2, window)])):
        for k in range(n_frames):
            start = math.floor(k * hop + Fraction(1, 2))
            frame = one[start : start + back + window]
            frame = frame - np.mean(frame)
            d = np.maximum(_difference(frame, window, size, finer), 0.0)
            normalized = np.ones(len(d))
            means = np.cumsum(d[1:]) / np.arange(1, len(d))
            normalized[1:] = np.where(means > 0.0, d[1:] / np.where(means > 0.0, means, 1.0), 1.0)
            minima = [
                lag for lag in range(first, last + 1)
                if normalized[lag] < normalized[lag - 1] and normalized[lag] <= normalized[lag + 1]
            ]  # fmt: skip
            if not minima:
                found[:, b, k] = fmin, 0.0
                continue
            deepest = min(normalized[lag] for lag in minima)
            lag = next(lag for lag in minima if normalized[lag] <= deepest + threshold)
            (p, q, r), (u, v, w) = d[lag - 1 : lag + 2], normalized[lag - 1 : lag + 2]
            shift = np.clip(0.5 * (p - r) / (p - 2 * q + r), -1, 1) if p - 2 * q + r > 0 else 0.0
            audible = np.mean(frame[back:] ** 2) >= 1e-8
            confidence = np.clip(1.0 - (v - 0.25 * (u - w) * shift), 0.0, 1.0) if audible else 0.0
            found[:, b, k] = np.clip(sample_rate / ((lag + shift) / finer), fmin, fmax), confidence
    return found[0], found[1]


# Cases --------------------------------------------------------------------------------------------------------------

TIME = np.arange(300) / 8000
TONES = sum(np.sin(2 * np.pi * h * np.asarray([[310.0], [523.0]]) * TIME + h) / h for h in (1, 2, 3))

CASES = [
    Case(
        "compute_yin",
        "spectral_ops.compute_yin",
        {"audio": TONES + normal("yin", 2, 300, scale=0.02)},
        {"sample_rate": 8000, "frame_rate": 100, "fmin": 200.0, "fmax": 1000.0},
        step=1e-6,
    ),
]
