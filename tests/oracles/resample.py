"""Resampling of controls, at exact rational positions, and framing."""

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import numpy as np


def _positions(n_in, n_out, add_endpoint):
    """Exact positions of the output samples on the input frames, as fractions.

    With an endpoint, the last frame is held for one more hop (the legacy rule of TensorFlow 1). Without one, the first
    and last samples are at the first and last frames.
    """
    if add_endpoint or n_out == 1:
        return [Fraction(i * n_in, n_out) for i in range(n_out)]
    return [Fraction(i * (n_in - 1), n_out - 1) for i in range(n_out)]


def _cubic_kernel(distance, a=-0.75):
    d = abs(distance)
    if d <= 1:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a if d < 2 else 0.0


def _taps(position, n_in, method, add_endpoint):
    """Pairs (frame, weight) for the value at a position; the end frames are repeated beyond the ends."""
    base = floor(position)
    if method == "nearest":
        return [(base if add_endpoint else floor(position + Fraction(1, 2)), 1.0)]
    t = float(position - base)
    if method == "linear":
        return [(base, 1.0 - t), (base + 1, t)]
    # The original reads its kernel from a table of 1024 steps, so the fraction is rounded to this grid.
    t = round(1024 * (position - base)) / 1024
    return [(base + k, _cubic_kernel(t - k)) for k in (-1, 0, 1, 2)]


@lru_cache
def _matrix(n_in, n_out, method, add_endpoint):
    """Weights of the frames for each output sample, [n_out, n_in]."""
    matrix = np.zeros((n_out, n_in))
    for i, position in enumerate(_positions(n_in, n_out, add_endpoint)):
        for frame, weight in _taps(position, n_in, method, add_endpoint):
            matrix[i, min(max(frame, 0), n_in - 1)] += weight
    return matrix


@lru_cache
def _cross_fade_matrix(n_in, n_out, add_endpoint):
    """Periodic Hann windows with 50 % overlap: weights of neighbors are cos^2 and sin^2 of a quarter turn per hop."""
    matrix = np.zeros((n_out, n_in))
    intervals = n_in if add_endpoint else n_in - 1
    for i in range(n_out):
        position = Fraction(i * intervals, n_out)
        base = floor(position)
        rising = np.sin(np.pi / 2 * float(position - base)) ** 2
        matrix[i, base] += 1.0 - rising
        matrix[i, min(base + 1, n_in - 1)] += rising
    return matrix


def resample(inputs, n_timesteps, method="linear", add_endpoint=True):
    """Resample along axis 1, or along a single axis."""
    time = 0 if inputs.ndim == 1 else 1
    if method == "window":
        matrix = _cross_fade_matrix(inputs.shape[time], n_timesteps, add_endpoint)
    else:
        matrix = _matrix(inputs.shape[time], n_timesteps, method, add_endpoint)
    return np.moveaxis(np.tensordot(matrix, inputs, (1, time)), 0, time)


def upsample_with_windows(inputs, n_timesteps, add_endpoint=True):
    return resample(inputs, n_timesteps, "window", add_endpoint)


def bessel_i0(x):
    """Modified Bessel function of order 0 by its power series."""
    total = term = np.ones_like(x)
    for k in range(1, 60):
        term = term * (x / (2 * k)) ** 2
        total = total + term
    return total


def resample_audio(audio, from_rate, to_rate):
    """Each sample is the sum of all audio under a windowed sinc around its time."""
    ratio = exact(to_rate) / exact(from_rate)
    if ratio == 1:
        return audio
    n_out = ceil(audio.shape[-1] * ratio)
    lower = float(min(ratio, 1))
    out = np.zeros((*audio.shape[:-1], n_out))
    for m in range(n_out):
        distance = (np.arange(audio.shape[-1]) - float(m / ratio)) * lower
        inside = np.abs(distance) <= 96.0
        window = bessel_i0(13.0 * np.sqrt(1.0 - (distance[inside] / 96.0) ** 2)) / bessel_i0(np.asarray(13.0))
        out[..., m] = (audio[..., inside] * (0.956 * lower * np.sinc(0.956 * distance[inside]) * window)).sum(axis=-1)
    return out


def center_crop(audio, frame_size):
    half = frame_size // 2
    return audio[:, half : audio.shape[1] - half]


def exact(hop):
    """Convert a float hop to the simplest fraction close to it."""
    return Fraction(hop).limit_denominator(10**6)


def frame(audio, frame_size, hop_size):
    """All whole frames. Frame k starts at the sample nearest to k hops, with halves rounded up."""
    hop, room = exact(hop_size), audio.shape[-1] - frame_size
    starts = [floor(k * hop + Fraction(1, 2)) for k in range(room + 1) if k * hop <= room]
    if not starts:
        return np.zeros((*audio.shape[:-1], 0, frame_size))
    return np.stack([audio[..., start : start + frame_size] for start in starts], axis=-2)


def overlap_and_add(frames, hop_size):
    batch, n_frames, frame_size = frames.shape
    out = np.zeros((batch, (n_frames - 1) * hop_size + frame_size))
    for k in range(n_frames):
        out[:, k * hop_size : k * hop_size + frame_size] += frames[:, k]
    return out


OPS = (resample, resample_audio, upsample_with_windows, center_crop, frame, overlap_and_add)
