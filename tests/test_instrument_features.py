"""`ddsp.instruments.compute_features`: frames, units and agreement of the backends."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import analysis, instruments, spectral_ops
from ddsp.pretrained_models import compute_f0

RATE = 16000


def two_notes(seconds=0.4, sample_rate=RATE):
    """330 Hz at a peak of 0.5, then 440 Hz 20 dB below, [1, time]."""
    n = np.arange(round(seconds * sample_rate))
    notes = [a * np.sin(2 * np.pi * hz * n / sample_rate) for hz, a in ((330.0, 0.5), (440.0, 0.05))]
    return np.concatenate(notes)[np.newaxis].astype(np.float32)


@pytest.fixture(scope="module")
def features():
    return instruments.compute_features(two_notes())


def test_frames_are_centered_on_their_time(features):
    """Frame k is at sample 64 k: pitch and loudness change at frame 100."""
    f0_hz, loudness_db = features["f0_hz"][0, :, 0], features["loudness_db"][0, :, 0]
    assert all(x.shape == (1, 200, 1) and x.dtype == np.float32 for x in features.values())
    for frames, pitch in ((slice(8, 96), 330.0), (slice(110, 192), 440.0)):
        assert np.max(np.abs(1200.0 * np.log2(f0_hz[frames] / pitch))) < 20.0
    assert np.all(features["confidence"][0, 8:96] > 0.5)
    middle = 0.5 * (loudness_db[60] + loudness_db[140])
    assert abs(np.argmax(loudness_db < middle) - 104) <= 2  # half of the dB, where the loud half of a window has ended


def test_loudness_is_that_of_spectral_ops(features, monkeypatch):
    """Also in chunks, and with 64 ms at every rate."""
    audio = two_notes()
    whole = spectral_ops.compute_loudness(audio, RATE, 250, n_fft=1024, normalize=True)[:, :200]
    np.testing.assert_allclose(features["loudness_db"][:, :, 0], whole, atol=1e-4)
    monkeypatch.setattr(analysis.tracking, "CHUNK_SAMPLES", 2000)
    pieces = analysis.tracking.loudness_in_chunks(audio, RATE, 64, 200, 1024, normalize=True)
    np.testing.assert_allclose(pieces, whole, atol=1e-4)


def test_pitch_is_that_of_crepe(features):
    """Estimated every 16 ms, and interpolated between."""
    f0_hz, confidence = compute_f0(two_notes(), 62.5)
    np.testing.assert_allclose(features["f0_hz"][0, ::4, 0], f0_hz[0, :50], rtol=1e-5)
    np.testing.assert_allclose(features["confidence"][0, ::4, 0], confidence[0, :50], atol=1e-5)
    glide = np.geomspace(f0_hz[0, 10], f0_hz[0, 11], 5)
    np.testing.assert_allclose(features["f0_hz"][0, 40:45, 0], glide, rtol=1e-5)


@pytest.mark.parametrize(
    ("sample_rate", "hop_size", "n_samples"), [(44100, None, 8821), (8000, 100, 3333), (16000, 1, 40)]
)
def test_frames_cover_the_audio(sample_rate, hop_size, n_samples):
    audio = two_notes(sample_rate=sample_rate)[:, :n_samples]
    found = instruments.compute_features(audio, sample_rate, hop_size)
    hop = hop_size or round(sample_rate / 250)
    assert all(x.shape == (1, -(-n_samples // hop), 1) for x in found.values())
    assert np.all(found["f0_hz"] > 30.0)


def test_silence_is_at_the_floor():
    found = instruments.compute_features(np.zeros((1, 2000), np.float32))
    np.testing.assert_allclose(found["loudness_db"], -80.0, atol=1e-4)
    assert np.all(found["confidence"] == 0.0) and np.all(np.isfinite(found["f0_hz"]))


def test_backends_agree(backend, features):
    """Measured: 1e-5 of the pitch, 3e-5 dB."""
    found = instruments.compute_features(backend.asarray(two_notes(), "float32"))
    for name, tolerance in (("f0_hz", 0.02), ("confidence", 1e-4), ("loudness_db", 1e-3)):
        x = backend.to_numpy(found[name])
        assert x.dtype == np.float32
        np.testing.assert_allclose(x, features[name], atol=tolerance)


def test_bad_arguments():
    with pytest.raises(ValueError, match="audio"):
        instruments.compute_features(np.zeros(100))
    with pytest.raises(ValueError, match=r"audio: got shape \(1, 0\)"):
        instruments.compute_features(np.zeros((1, 0)))
    with pytest.raises(ValueError, match="hop_size: got 0"):
        instruments.compute_features(np.zeros((1, 100)), hop_size=0)
    with pytest.raises(ValueError, match="model_capacity"):
        instruments.compute_features(np.zeros((1, 100)), model_capacity="huge")
