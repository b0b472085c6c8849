"""Features step by step: however audio is cut, the frames of a call, which are those of the functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from conftest import require_backend
from ddsp import core, spectral_ops
from ddsp.instruments import compute_features
from ddsp.streaming import Frames, Loudness, MelSpectrogram, Spectrogram

from .cases import normal
from .streams import cuts_of, stream

HOP, FRAMES = 40, 14
AUDIO = normal("audio", 2, HOP * FRAMES)
few = settings(max_examples=15, deadline=None, derandomize=True)


def centered(audio, size):
    """Audio whose frames start where those of a feature do."""
    return np.pad(audio, ((0, 0), (size // 2, size)))


def framed(size):
    return lambda x: core.frame(centered(x, size), size, HOP)[:, :FRAMES]


def magnitude(size):
    return lambda x: spectral_ops.compute_mag(centered(x, size), size, 1 - HOP / size)[:, :FRAMES]


def logmel(x):
    return spectral_ops.compute_logmel(centered(x, 200), 50.0, 3500.0, 8, 200, 0.8, sample_rate=8000)[:, :FRAMES]


def loudness(x):
    found = spectral_ops.compute_loudness(x, 8000, 8000 / HOP, n_fft=99, range_db=70.0, ref_db=3.0)
    return found[:, :FRAMES, None]


#: Features, and the same by the functions for whole sounds. Frames are shorter than a hop, odd, and of whole hops.
FEATURES = [
    *((Frames(size, HOP), framed(size)) for size in (1, 30, 79, 80, 81, 320, 321)),
    (Spectrogram(160, HOP), magnitude(160)),
    (Spectrogram(160, HOP, log=True), lambda x: core.safe_log(magnitude(160)(x))),
    (MelSpectrogram(50.0, 3500.0, 8, 200, HOP, 8000, log=True), logmel),
    (Loudness(8000, HOP, n_fft=99, range_db=70.0, ref_db=3.0, normalize=False), loudness),
]
features = pytest.mark.parametrize("feature, function", FEATURES, ids=lambda x: repr(x) if hasattr(x, "name") else "")


@features
def test_calls_are_the_functions(feature, function):
    np.testing.assert_allclose(feature(AUDIO), function(AUDIO), rtol=0, atol=1e-12)


@features
@pytest.mark.parametrize("name", ["numpy", "torch"])
@few
@given(cuts=cuts_of(FRAMES))
def test_steps_are_the_call(name, feature, function, cuts):
    backend = require_backend(name)
    audio = backend.asarray(AUDIO, "float32")
    found = stream(feature, [audio], [HOP * cut for cut in cuts], hop_size=HOP)
    expected = backend.to_numpy(feature(audio))
    np.testing.assert_allclose(backend.to_numpy(found), expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("size, late", [(1, 0), (80, 0), (81, 1), (160, 1), (161, 2)])
def test_latency_is_the_least(size, late):
    """A frame comes with the hop in which it ends."""
    assert Frames(size, HOP).latency_samples() == late * HOP
    state = Frames(size, HOP).init_state(like=AUDIO)
    newest, _ = Frames(size, HOP).step(state, AUDIO[:1])
    np.testing.assert_array_equal(newest[0, late:], framed(size)(AUDIO)[0, : FRAMES - late])


def test_loudness_of_instruments():
    audio = normal("audio", 1, 1000)
    np.testing.assert_allclose(Loudness()(audio), compute_features(audio)["loudness_db"], rtol=0, atol=1e-12)


def test_compiled_scan():
    backend = require_backend("jax")
    jax, feature = backend.jax, Loudness(8000, HOP, n_fft=200)
    audio = jax.numpy.asarray(AUDIO, "float32")
    blocks = jax.numpy.moveaxis(audio.reshape(2, FRAMES, HOP), 1, 0)
    state = feature.init_state(2, like=audio)
    state, frames = jax.jit(lambda state: jax.lax.scan(lambda s, x: feature.step(s, x)[::-1], state, blocks))(state)
    found = np.concatenate([np.moveaxis(frames[:, :, 0], 0, 1), feature.flush(state)[0]], axis=1)
    np.testing.assert_allclose(found[:, feature.latency_samples() // HOP :], feature(audio), rtol=0, atol=1e-4)


def test_bad_hops():
    feature = Loudness(hop_size=HOP)
    with pytest.raises(ValueError, match="hop_size: got 64, expected that of loudness, 40"):
        feature.init_state(like=AUDIO, hop_size=64)
    with pytest.raises(ValueError, match="audio: got 50 samples, expected a multiple of the hop_size of 40"):
        feature.step(feature.init_state(2, like=AUDIO), AUDIO[:, :50])
    with pytest.raises(ValueError, match="hop_size: got 0, expected an integer of at least 1"):
        Loudness(hop_size=0)
    with pytest.raises(ValueError, match="n_fft: got 0, expected an integer of at least 1"):
        Loudness(n_fft=0)
