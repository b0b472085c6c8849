"""Sample-rate conversion: pass band, stop band, delay and length, in comparison with soxr."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from ddsp.core import resample_audio

RATES = [(44_100, 16_000), (16_000, 48_000), (22_050, 44_100), (96_000, 44_100), (8000, 11_025)]


def tone(hz, rate, n, phase=0.3):
    return np.sin(2 * np.pi * hz * np.arange(n) / rate + phase)


def inside(x, rate):
    """Signal without its ends, at which a tone begins and stops."""
    return x[..., rate // 10 : -rate // 10]


@pytest.mark.parametrize("from_rate, to_rate", RATES)
def test_tones_below_the_edge_pass_without_change_and_without_delay(from_rate, to_rate):
    nyquist = min(from_rate, to_rate) / 2
    for share in (0.001, 0.3, 0.7, 0.913):
        found = resample_audio(tone(share * nyquist, from_rate, from_rate), from_rate, to_rate)
        error = inside(found - tone(share * nyquist, to_rate, to_rate), to_rate)
        assert np.max(np.abs(error)) < 3.5e-6  # -109 dB; measured -121


@pytest.mark.parametrize("from_rate, to_rate", [(44_100, 16_000), (96_000, 44_100), (48_000, 8000)])
def test_nothing_folds_back(from_rate, to_rate):
    for share in (1.0, 1.01, 1.3, 1.9):
        found = resample_audio(tone(share * to_rate / 2, from_rate, from_rate), from_rate, to_rate)
        assert np.max(np.abs(inside(found, to_rate))) < 1.6e-6  # -116 dB; measured -128


def test_quality_is_above_that_of_soxr():
    """Noise up to 0.9 of the lower Nyquist frequency with a period of 1 s: its spectrum gives the exact samples."""
    soxr = pytest.importorskip("soxr")
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(44_100))
    spectrum[int(0.9 * 8000) :] = 0.0
    audio = np.tile(np.fft.irfft(spectrum), 2)
    exact = inside(np.tile(np.fft.irfft(spectrum[:8001], n=16_000) * 16_000 / 44_100, 2), 16_000)

    def error(x):
        return np.linalg.norm(inside(x, 16_000) - exact) / np.linalg.norm(exact)

    found = error(resample_audio(audio, 44_100, 16_000))
    assert found < 2.5e-7  # -132 dB; measured -144
    assert found < error(soxr.resample(audio, 44_100, 16_000, quality="HQ"))
    assert error(resample_audio(audio.astype(np.float32), 44_100, 16_000)) < 1.1e-6


@pytest.mark.parametrize("from_rate, to_rate", [*RATES, (44_100.0, 16_000), (5512.5, 16_000), (12_345, 16_001)])
def test_lengths(from_rate, to_rate):
    for n in (1, 2, 7, 441, 442, 1000):
        for x in (np.zeros(n, np.float32), np.zeros((2, n))):
            found = resample_audio(x, from_rate, to_rate)
            wanted = -(-n * Fraction(to_rate) // Fraction(from_rate))
            assert found.shape == (*x.shape[:-1], wanted) and found.dtype == x.dtype


def test_equal_rates_and_no_samples():
    audio = np.arange(3.0)
    assert resample_audio(audio, 44_100, 44_100.0) is audio
    with pytest.raises(ValueError, match="audio: got shape"):
        resample_audio(audio[:0], 44_100, 16_000)
    assert resample_audio(np.zeros((0, 441)), 44_100, 16_000).shape == (0, 160)


def test_the_gradient_is_the_conversion_back(grad_backend):
    """The filter is symmetric, so the gradient is the reverse conversion times the ratio of the gains."""
    cotangent = np.random.default_rng(1).standard_normal((1, 160))
    with grad_backend.scope("float64"):
        args = [grad_backend.asarray(np.zeros((1, 441)))]
        _, (gradient,) = grad_backend.value_and_grad(
            partial(resample_audio, from_rate=44_100, to_rate=16_000),
            args,
            (0,),
            [grad_backend.asarray(cotangent)],
            grad_backend.plain_mode,
        )
        expected = 160 / 441 * resample_audio(cotangent, 16_000, 44_100)
        np.testing.assert_allclose(grad_backend.to_numpy(gradient), expected, atol=1e-12)


def test_memory_is_bounded():
    """For ten minutes of audio, no array is much larger than the audio."""
    import tracemalloc

    audio = np.zeros(60 * 44_100, np.float32)
    resample_audio(audio[:44_100], 44_100, 16_000)
    tracemalloc.start()
    resample_audio(audio, 44_100, 16_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3.0 * audio.nbytes


@pytest.mark.parametrize(
    "from_rate, to_rate, message",
    [
        (44_100, 0, "to_rate: got 0"),
        (-1.0, 16_000, "from_rate: got -1.0"),
        (float("inf"), 16_000, "from_rate: got inf"),
        (float("nan"), 16_000, "from_rate: got nan"),
        ("44100", 16_000, "from_rate: got '44100'"),
        (44_100, 16_000 * np.pi, "from_rate, to_rate: got 44100 and 50265.48"),
    ],
)
def test_bad_rates(from_rate, to_rate, message):
    with pytest.raises(ValueError, match=message):
        resample_audio(np.zeros(100), from_rate, to_rate)
