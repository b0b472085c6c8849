"""Pitch by YIN: tones, silence and noise, limits, and the steps of `YinPitch`."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp.instruments import compute_features
from ddsp.spectral_ops import compute_yin
from ddsp.streaming import YinPitch

from .streams import cuts_of, stream


def tone(hz, seconds=0.1, rate=16000, harmonics=8):
    time = np.arange(round(seconds * rate)) / rate
    most = min(harmonics, int(0.45 * rate / hz))
    return sum(np.sin(2 * np.pi * h * hz * time + h * h) / h for h in range(1, most + 1))


def cents(found, expected):
    return 1200 * np.abs(np.log2(found / expected))


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_tones(rate):
    """Measured: 1.2 cents at most, above 1800 Hz; below 500 Hz 0.3 cents."""
    for hz in np.geomspace(82.0, 1950.0, 12):
        f0_hz, confidence = compute_yin(tone(hz, rate=rate), rate)
        assert np.max(cents(f0_hz[6:-6], hz)) < (4.0 if hz > 500 else 1.0)
        assert np.min(confidence[6:-6]) > 0.95


def test_silence_noise_and_offsets():
    f0_hz, confidence = compute_yin(np.zeros(1000))
    assert not confidence.any() and np.all(f0_hz == 80.0)
    assert not compute_yin(np.full(4000, 0.7, np.float32))[1][5:-5].any()
    noise = np.random.default_rng(0).standard_normal(16000)
    assert np.quantile(compute_yin(noise)[1], 0.95) < 0.5
    audio = tone(300.0)
    np.testing.assert_allclose(compute_yin(audio + 5.0)[0][6:-6], compute_yin(audio)[0][6:-6], rtol=1e-9)
    soft = compute_yin(1e-5 * audio)
    assert not soft[1].any() and np.all(cents(soft[0][6:-6], 300.0) < 1.0)


def test_a_period_that_is_too_long_is_none():
    """The difference falls up to the longest lag, so there is no minimum."""
    f0_hz, confidence = (x[6:-6] for x in compute_yin(tone(76.0, harmonics=1)))
    assert np.all(f0_hz == 80.0) and not confidence.any()


def test_time_of_a_frame():
    """The window is centered on the frame, and compared with what was before it: 81 Hz need the period before."""
    audio = np.concatenate([tone(500.0, 0.2), tone(700.0, 0.2)])
    f0_hz, _ = compute_yin(audio)
    change = np.argmax(f0_hz > 600.0)
    assert abs(change - 50) <= 1


def test_the_bundled_phrase():
    """Where CREPE is sure as well. Of the whole phrase, 97.8 % are within 25 cents, 0.5 % off by over a semitone."""
    with as_file(files("ddsp") / "data" / "flute_phrase.wav") as path:
        audio, _ = soundfile.read(path, dtype="float32")
    expected = {name: x[0, :, 0] for name, x in compute_features(audio[None, :80000]).items()}
    f0_hz, confidence = (x[: len(expected["f0_hz"])] for x in compute_yin(audio[:80000]))
    voiced = (expected["confidence"] > 0.5) & (confidence > 0.8)
    off = cents(f0_hz, expected["f0_hz"])[voiced]
    print(np.mean(off < 25), np.mean(off < 50), np.mean(off > 100), voiced.mean())
    assert voiced.mean() > 0.9 and np.mean(off < 50) > 0.98 and np.mean(off > 100) < 0.01


@pytest.mark.parametrize("name", ["numpy", "torch"])
@settings(max_examples=10, deadline=None, derandomize=True)
@given(cuts=cuts_of(12), hop=st.sampled_from([16, 40, 100]))
def test_steps_are_the_call(name, cuts, hop):
    backend, rate = require_backend(name), 8000
    pitch = YinPitch(rate, hop, fmin=150.0, fmax=900.0)
    audio = np.stack([tone(hz, 12 * hop / rate, rate) for hz in (220.0, 500.0)])
    audio = backend.asarray(audio + 0.01 * np.random.default_rng(0).standard_normal(audio.shape), "float32")
    found, expected = stream(pitch, [audio], [hop * cut for cut in cuts], hop_size=hop), pitch(audio)
    for key in expected:
        np.testing.assert_allclose(backend.to_numpy(found[key]), backend.to_numpy(expected[key]), rtol=1e-6, atol=1e-6)


def test_the_call_is_the_function():
    audio = np.stack([tone(220.0), tone(500.0)])
    frames = YinPitch(hop_size=64)(audio)
    for x, expected in zip(frames.values(), compute_yin(audio), strict=True):
        np.testing.assert_allclose(x[:, :, 0], expected[:, :-1], rtol=1e-12)


def test_latency():
    """Half of the longest period, without its last hop."""
    assert YinPitch().latency_samples() == 64  # of 100 samples
    assert YinPitch(48000, 128).latency_samples() == 256  # of 300 samples
    assert YinPitch(fmin=200.0).latency_samples() == 0  # 40 samples


def test_bad_limits():
    with pytest.raises(ValueError, match="fmin, fmax: got 500.0 and 300.0, expected 0 < fmin < fmax <= 4000.0"):
        compute_yin(np.zeros(1000), fmin=500.0, fmax=300.0)
    with pytest.raises(ValueError, match="fmin, fmax: got 80.0 and 2100.0, expected 0 < fmin < fmax <= 2000.0"):
        YinPitch(8000)
    with pytest.raises(ValueError, match="threshold: got 1.5, expected a number from 0 to 1"):
        YinPitch(threshold=1.5)
