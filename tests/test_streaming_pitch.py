"""Pitch step by step: however audio is cut, the frames of a call, which are near those of CREPE for a whole sound."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp.extend import adapter_of
from ddsp.instruments import compute_features
from ddsp.pretrained_models import causal
from ddsp.streaming import CrepePitch

from .streams import cuts_of, stream

HOP, FRAMES = 64, 14


def notes(*hz, seconds=0.1, rate=16000):
    """Notes of 8 harmonics; 0 Hz for silence."""
    f0 = np.repeat(np.asarray(hz, float), round(seconds * rate))
    phase = 2 * np.pi * np.cumsum(f0) / rate
    return (0.2 * (f0 > 0) * sum(np.sin(h * phase) / h for h in range(1, 9)))[None]


def small_network(frames, *_):
    """In place of CREPE, which takes most of the time: 360 sums of powers of some samples, in [0, 1]."""
    backend = adapter_of(frames)
    weights = backend.constant(np.random.default_rng(1).random((32, 360)) ** 8, frames)
    products = backend.xp.sum((frames[:, ::32] ** 2)[:, :, None] * weights, axis=1)
    return products / (1.0 + products)


@pytest.fixture
def fast():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(causal, "network", small_network)
        yield


@pytest.mark.parametrize("name", ["numpy", "torch"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None, derandomize=True)
@given(
    cuts=cuts_of(FRAMES),
    every=st.integers(1, 4),
    lag=st.integers(0, 2),
    between=st.sampled_from(["glide", "hold"]),
    rate=st.sampled_from([16000, 44100]),
)
def test_steps_are_the_call(fast, name, cuts, every, lag, between, rate):
    backend = require_backend(name)
    pitch = CrepePitch(rate, hop_size=HOP, every=every, lag=lag, between=between)
    one = notes(330.0, 500.0, seconds=0.03, rate=rate)[:, : HOP * FRAMES]
    audio = backend.asarray(np.concatenate([one, 0.7 * one[:, ::-1]], axis=0), "float32")
    found = stream(pitch, [audio], [HOP * cut for cut in cuts], hop_size=HOP)
    for name, expected in pitch(audio).items():
        np.testing.assert_allclose(backend.to_numpy(found[name]), backend.to_numpy(expected), rtol=1e-6, atol=1e-6)


def test_compiled_slots_that_are_empty(fast):
    """A compiler does not know at which hops the estimates are."""
    backend = require_backend("jax")
    pitch, audio = CrepePitch(every=3, lag=1), notes(330.0, 500.0, seconds=0.04).astype("float32")
    expected = pitch(audio)
    found = stream(pitch, [backend.asarray(audio)], range(HOP, audio.shape[1], HOP), step=backend.jax.jit(pitch.step))
    for name, x in found.items():
        np.testing.assert_allclose(backend.to_numpy(x), expected[name], rtol=1e-5, atol=1e-5)


def test_glides_and_jumps():
    """With values of every second hop: a change by less than a semitone takes two hops, a larger one none."""
    settings = CrepePitch(every=2)._settings
    log_f0 = np.log([1.0, 100.0, 104.0, 104.0, 208.0])
    estimates = np.stack([log_f0, np.full(5, 0.5), [0, 1, 1, 1, 1]], axis=-1)[None]
    f0_hz, _, recent = causal._between(estimates, 1, 7, settings)
    np.testing.assert_allclose(f0_hz[0, :, 0], [100, np.sqrt(100 * 104), 104, 104, 104, 208, 208], rtol=1e-12)
    np.testing.assert_array_equal(recent, estimates[:, 3:])
    f0_hz, _, _ = causal._between(estimates, 1, 7, settings._replace(glide=False))
    np.testing.assert_allclose(f0_hz[0, :, 0], [100, 104, 104, 104, 104, 208, 208], rtol=1e-12)


def test_silence_keeps_the_pitch_with_confidence_0():
    frames = CrepePitch()(notes(440.0, 0.0, seconds=0.2))
    assert np.all(np.abs(frames["f0_hz"][0, 5:] - 440.0) < 10.0)
    assert np.all(frames["confidence"][0, 5:40] > 0.8) and not np.any(frames["confidence"][0, 60:])


def test_limits():
    frames = CrepePitch(fmin=300.0, fmax=400.0)(notes(350.0, 600.0, seconds=0.1))
    assert np.all((frames["f0_hz"] >= 300.0) & (frames["f0_hz"] <= 400.0))
    assert np.all(frames["confidence"][0, 5:20] > 0.8) and np.all(frames["confidence"][0, 35:45] < 0.5)


@pytest.mark.parametrize(
    "options, least",
    [({}, 0.95), ({"lag": 2}, 0.97)],
    ids=["causal", "two estimates of look-ahead"],
)
def test_near_the_pitch_of_a_whole_sound(options, least):
    """Where both are voiced, on three seconds of flute. On the whole phrase: 98.4 % and 99.3 % within 25 cents."""
    with as_file(files("ddsp") / "data" / "flute_phrase.wav") as path:
        audio, _ = soundfile.read(path, dtype="float32")
    audio = audio[None, :48000]
    found, expected = CrepePitch(**options)(audio), compute_features(audio)
    voiced = (found["confidence"] > 0.5) & (expected["confidence"] > 0.5)
    cents = 1200 * np.abs(np.log2(found["f0_hz"] / expected["f0_hz"]))[voiced]
    print(np.mean(cents < 25))
    assert voiced.mean() > 0.8 and np.mean(cents < 25) > least


def test_latency():
    """Half a window, 512 samples at 16 kHz, of which the last hop is not waited for."""
    assert CrepePitch().latency_samples() == 448
    assert CrepePitch(hop_size=256).latency_samples() == 256
    assert CrepePitch(lag=2).latency_samples() == 448 + 2 * 4 * 64
    assert CrepePitch(48000, hop_size=128).latency_samples() == 128 * (1822 // 128)


def test_bad_settings():
    with pytest.raises(ValueError, match="between: got 'jump', expected one of"):
        CrepePitch(between="jump")
    with pytest.raises(ValueError, match="every: got 0, expected an integer of at least 1"):
        CrepePitch(every=0)
    with pytest.raises(ValueError, match="from_rate, to_rate: got 11 and 16000"):
        CrepePitch(11)
