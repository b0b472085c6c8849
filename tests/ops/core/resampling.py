"""Resampling of controls, at exact rational positions."""

from fractions import Fraction
from functools import lru_cache
from math import floor

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import CONTROLS

# Oracles ------------------------------------------------------------------------------------------------------------


def _positions(n_in, n_out, add_endpoint):
    """Exact positions of the output samples on the input frames, as fractions.

    With an endpoint, the last frame is held for one more hop (the legacy rule of TensorFlow 1). Without one, the first
    and last samples are at the first and last frames.
    """
    if add_endpoint or n_out == 1:
        return [Fraction(i * n_in, n_out) for i in range(n_out)]
    return [Fraction(i * (n_in - 1), n_out - 1) for i in range(n_out)]


def _cubic_kernel(distance, a=-0.75):
    """Weight of a frame at this distance, in frames: Keys's kernel."""
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


@oracle("core.resample")
def resample(inputs, n_timesteps, method="linear", add_endpoint=True):
    """Resample along axis 1, or along a single axis."""
    time = 0 if inputs.ndim == 1 else 1
    if method == "window":
        matrix = _cross_fade_matrix(inputs.shape[time], n_timesteps, add_endpoint)
    else:
        matrix = _matrix(inputs.shape[time], n_timesteps, method, add_endpoint)
    return np.moveaxis(np.tensordot(matrix, inputs, (1, time)), 0, time)


@oracle("core.upsample_with_windows")
def upsample_with_windows(inputs, n_timesteps, add_endpoint=True):
    return resample(inputs, n_timesteps, "window", add_endpoint)


# Cases --------------------------------------------------------------------------------------------------------------


def _resample(label, x, n, method="linear", add_endpoint=True):
    kwargs = {"n_timesteps": n, "method": method, "add_endpoint": add_endpoint}
    return Case(f"resample {label}", "core.resample", {"inputs": x}, kwargs)


CASES = [
    *(_resample(f"{m} up", CONTROLS, 53, m) for m in ("linear", "nearest", "cubic", "window")),
    *(_resample(f"{m} up aligned", CONTROLS, 53, m, False) for m in ("linear", "nearest", "cubic", "window")),
    *(_resample(f"{m} down", CONTROLS, 4, m) for m in ("linear", "nearest", "cubic")),
    _resample("to one", CONTROLS, 1),
    _resample("from one", CONTROLS[:, :1], 5, "window"),
    _resample("1d", CONTROLS[0, :, 0], 16),
    _resample("2d", CONTROLS[..., 0], 21, "window"),
    _resample("4d", normal("4d", 2, 5, 3, 2), 21, "cubic"),
    Case("upsample_with_windows", "core.upsample_with_windows", {"inputs": CONTROLS}, {"n_timesteps": 30}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.resample")
def _(d):
    shape = d.choose((d.frames,), (d.batch, d.frames), (d.batch, d.frames, d.channels))
    method, endpoint = d.choose("linear", "nearest", "cubic", "window"), d.choose(True, False)
    least = d.frames if method == "window" else 1
    n = d.integer(least, 60) if endpoint or d.frames > 1 else d.integer(1, 60)
    if method == "window" and not endpoint and d.frames == 1:
        endpoint = True  # windows between the first and the last frame need two frames
    return Call({"inputs": d.normal(*shape)}, {"n_timesteps": n, "method": method, "add_endpoint": endpoint})


@drawn("core.upsample_with_windows")
def _(d):
    return Call({"inputs": d.normal(d.batch, d.frames, d.channels)}, {"n_timesteps": d.integer(d.frames, 90)})
