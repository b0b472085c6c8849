"""Ten minutes of audio in float32 are exact to the end. (For phase, see tests/test_phase.py.)"""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import core, spectral_ops

from .ops import ORACLES

RATE = 16000
N = 600 * RATE
#: Number of samples at the end to compare, and before them for filters to settle.
LAST, BEFORE = 500, 3000


@pytest.fixture(scope="module")
def audio():
    return np.random.default_rng(0).standard_normal((1, N)).astype(np.float32)


def end_of(x):
    return x[:, -LAST - BEFORE :].astype(np.float64)


def assert_same_end(actual, expected, rtol=1e-5):
    assert actual.dtype == np.float32 and actual.shape[1] == N
    expected = expected[:, -LAST:]
    np.testing.assert_allclose(actual[:, -LAST:], expected, atol=rtol * np.max(np.abs(expected)))


@pytest.mark.parametrize("op", ["core.fft_convolve", "core.frequency_filter", "core.sinc_filter"])
def test_filters(op, audio):
    rng = np.random.default_rng(1)
    control = {
        "core.fft_convolve": rng.standard_normal((1, 301)),
        "core.frequency_filter": rng.uniform(0, 1, (1, 33)),
        "core.sinc_filter": np.full((1, 1, 1), 0.2),
    }[op]
    actual = getattr(core, op.partition(".")[2])(audio, control.astype(np.float32))
    assert_same_end(actual, ORACLES[op](end_of(audio), control.astype(np.float32).astype(np.float64)))


def test_a_filter_for_each_frame(audio):
    """150000 equal filters give the same result as one filter."""
    magnitudes = np.random.default_rng(2).uniform(0, 1, (1, 1, 17)).astype(np.float32)
    actual = core.frequency_filter(audio, np.repeat(magnitudes, N // 64, axis=1))
    assert_same_end(actual, ORACLES["core.frequency_filter"](end_of(audio), magnitudes[:, 0].astype(np.float64)))


def test_delays_that_move(audio):
    phase = np.random.default_rng(3).uniform(0, 1, (1, N)).astype(np.float32)
    actual = core.variable_length_delay(phase, audio, max_length=400)
    assert_same_end(actual, ORACLES["core.variable_length_delay"](end_of(phase), end_of(audio), max_length=400), 1e-4)


def test_wavetables():
    """A table of one sine at a constant pitch: linear interpolation of 2048 samples has an error of 1e-6."""
    table = np.sin(2 * np.pi * np.arange(2048) / 2048).astype(np.float32)[None]
    f0_hz = np.float32(440.37)
    controls = np.full((1, 1000, 1), f0_hz), np.ones((1, 1000, 1), np.float32)
    actual = core.wavetable_synthesis(*controls, table, N, RATE)
    cycles = np.arange(N - LAST, N) * np.longdouble(f0_hz) / RATE % 1
    expected = np.sin(2 * np.pi * cycles).astype(np.float64)[None]
    assert_same_end(actual, expected, rtol=2e-5)


@pytest.mark.parametrize("method", ["linear", "nearest", "cubic", "window"])
def test_controls(method):
    """Positions between frames are exact fractions, because float32 cannot represent sample N - 1."""
    frames = 1001  # does not divide the number of samples
    x = np.random.default_rng(4).standard_normal((1, frames)).astype(np.float32)
    actual = core.resample(x, N, method)
    assert actual.shape == (1, N) and actual.dtype == np.float32
    few = ORACLES["core.resample"](x.astype(np.float64), 2 * frames, method)  # at every half frame
    np.testing.assert_allclose(actual[0, N // 2], few[0, frames], rtol=1e-5)
    rtol = 1e-3 if method == "cubic" else 1e-6  # slope at the end, over one of 9591 samples per frame
    np.testing.assert_allclose(actual[0, -1], x[0, -1], rtol=rtol)


def test_spectra_and_levels(audio):
    magnitudes = spectral_ops.compute_mag(audio, 512, pad_end=False)
    assert magnitudes.shape == (1, 1 + (N - 512) // 128, 257)
    last = ORACLES["spectral_ops.compute_mag"](audio[:, -512:].astype(np.float64), 512, pad_end=False)
    np.testing.assert_allclose(magnitudes[:, -1], last[:, 0], atol=1e-4)
    loudness = spectral_ops.compute_loudness(audio, padding="valid")
    start = (N - 512) // 64 * 64
    tail = audio[:, start : start + 512].astype(np.float64)
    np.testing.assert_allclose(
        loudness[:, -1:], ORACLES["spectral_ops.compute_loudness"](tail, padding="valid"), atol=1e-4
    )
