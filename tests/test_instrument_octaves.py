"""`double_high_pitches`: pitches above the range of CREPE, and no other pitches, are doubled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsp.instruments import octaves

HOP = 256


def harmonics(f0_hz, sample_rate=16000, seconds=0.4, n=8, noise=0.003):
    t = np.arange(round(seconds * sample_rate)) / sample_rate
    tones = [np.sin(2 * np.pi * h * f0_hz * t + h) / h**2 for h in range(1, n + 1) if h * f0_hz < sample_rate / 2]
    return (0.3 * sum(tones) + noise * np.random.default_rng(0).standard_normal(t.size))[np.newaxis]


def doubled(audio, f0_hz, sample_rate=16000, confidence=0.2):
    estimates = np.full((1, -(-audio.shape[1] // HOP)), float(f0_hz))
    return octaves.double_high_pitches(audio, estimates, np.full_like(estimates, confidence), sample_rate, HOP)


@settings(deadline=None, max_examples=40)
@given(st.floats(1905.0, 3900.0), st.sampled_from([16000, 22050, 44100, 48000]))
def test_tones_above_the_range(f0_hz, sample_rate):
    found, confidence = doubled(harmonics(f0_hz, sample_rate), 0.5 * f0_hz, sample_rate)
    np.testing.assert_allclose(found[0, 1:-2], f0_hz)
    assert np.all(confidence[0, 1:-2] > 0.9)


@settings(deadline=None, max_examples=40)
@given(st.floats(80.0, 2000.0), st.sampled_from([8000, 16000, 44100]))
def test_pitches_that_are_right(f0_hz, sample_rate):
    found, confidence = doubled(harmonics(f0_hz, sample_rate), f0_hz, sample_rate)
    assert np.all(found == f0_hz) and np.all(confidence == 0.2)


@pytest.mark.parametrize("f0_hz", [100.0, 440.0, 940.0])
def test_low_pitches_stay_even_without_odd_harmonics(f0_hz):
    assert np.all(doubled(harmonics(2.0 * f0_hz), f0_hz)[0] == f0_hz)


@pytest.mark.parametrize("audio", [np.zeros((1, 4000)), np.random.default_rng(1).standard_normal((1, 16000))])
def test_silence_and_noise(audio):
    assert np.all(doubled(audio, 1200.0)[0] == 1200.0)


def test_short_sounds_and_chunks(monkeypatch):
    """A passage has three estimates; chunks change nothing."""
    tone = harmonics(2093.0)
    assert np.all(doubled(tone[:, : 2 * HOP], 1046.5)[0] == 1046.5)
    assert np.all(doubled(np.ones((1, 1)), 1046.5)[0] == 1046.5)
    whole = doubled(tone, 1046.5)
    monkeypatch.setattr(octaves, "CHUNK_SAMPLES", 5 * 1024)
    for found, expected in zip(doubled(tone, 1046.5), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_backends_agree(backend):
    audio, pitch = harmonics(2093.0), np.concatenate([np.full((1, 12), 1046.5), np.full((1, 13), 500.0)], axis=1)
    arrays = [backend.asarray(x, "float32") for x in (audio, pitch, np.full_like(pitch, 0.2))]
    found, confidence = (backend.to_numpy(x) for x in octaves.double_high_pitches(*arrays, 16000, HOP))
    assert found.dtype == confidence.dtype == np.float32
    np.testing.assert_array_equal(found[0] > 2000.0, np.arange(25) < 12)
    assert np.all((confidence > 0.5) == (found > 2000.0))  # lower at the onset
