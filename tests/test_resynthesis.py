"""`ddsp.analysis`: recordings to controls and back, at 500 frames per second."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import analysis
from ddsp.analysis import offset, resynthesis, tracking
from tests.command import tone


@pytest.mark.parametrize("n_samples", [1, 100, 3 * 16000])
def test_remove_offset(n_samples, monkeypatch):
    audio = tone(seconds=3.0)[:n_samples].astype(np.float32)
    plain, shifted = analysis.remove_offset(audio, 16000), analysis.remove_offset(audio + np.float32(0.5), 16000)
    np.testing.assert_allclose(plain, shifted, atol=2e-7)
    if n_samples > 16000:
        assert np.abs(plain - audio).max() < 0.005
    monkeypatch.setattr(offset, "CHUNK_SAMPLES", 7000)
    np.testing.assert_allclose(analysis.remove_offset(audio, 16000), plain, atol=1e-7)
    assert not np.any(analysis.remove_offset(np.full(5000, 0.3, np.float32), 16000))


def test_a_given_pitch_is_placed_at_frames():
    """Linear between close values; half-way where it jumps or ends."""
    times, f0_hz = np.asarray([0.0, 0.1, 0.2, 0.3]), np.asarray([100.0, 104.0, 208.0, 0.0])
    found, confidence = (x[0, :, 0] for x in analysis.place_pitch(times, f0_hz, 16000 // 2, 16000))
    assert found.dtype == np.float64 and found.shape == (250,)
    np.testing.assert_allclose(found[:51], 100.0 * 1.04 ** (np.arange(51) / 50.0), rtol=1e-6)
    np.testing.assert_allclose(found[[51, 74, 76, 77, 249]], [104.0, 104.0, 208.0, 208.0, 208.0], rtol=1e-6)
    assert np.all(confidence[:124] == 1.0) and np.all(confidence[126:] == 0.0)
    for few in ([220.0], [0.0, np.nan]):
        found, confidence = analysis.place_pitch(times[: len(few)], np.asarray(few), 800, 16000)
        np.testing.assert_allclose(found, 220.0 if len(few) == 1 else tracking.UNVOICED_HZ, rtol=1e-6)
        assert np.all(confidence == (len(few) == 1))


def test_chunks_of_a_long_sound_join(monkeypatch):
    """Harmonics that come and go, a pitch that moves, noise: in six chunks as in one."""
    rng, hop, n_frames = np.random.default_rng(0), 88, 900
    seconds = np.arange(n_frames, dtype=np.float32)[None, :, None] * np.float32(hop / 44100)
    distribution = np.tile(np.exp(-np.arange(30, dtype=np.float32) / 5), (1, n_frames, 1))
    distribution[:, :300, 10:] = 0.0
    distribution /= distribution.sum(axis=2, keepdims=True)
    controls = {
        "amplitudes": rng.uniform(0, 0.5, (1, n_frames, 1)).astype(np.float32),
        "harmonic_distribution": distribution,
        "f0_hz": 240.0 + 120.0 * np.sin(5.0 * seconds),
        "magnitudes": rng.uniform(0, 0.1, (1, n_frames, resynthesis.N_BANDS)).astype(np.float32),
    }
    noise, told = rng.uniform(-1.0, 1.0, (1, n_frames * hop)).astype(np.float32), []
    whole = analysis.render_controls(controls, 44100, noise=noise)
    monkeypatch.setattr(resynthesis, "CHUNK_SAMPLES", 15000)
    joined = analysis.render_in_chunks(controls, noise, 44100, progress=told.append)
    assert joined.shape == whole.shape and np.abs(joined - whole).max() < 4e-6
    assert len(told) == 6 and told[-1] == 1.0


def test_frames_cover_the_sound():
    for rate in (8000, 11025, 44100, 96000):
        for n in (1, 100, rate + 1):
            hop, frames = analysis.hop_and_count(n, rate)
            assert (frames - 1) * hop < n <= frames * hop


def test_long_recordings_tell_their_progress():
    told = {"pitch": [], "analysis": []}
    audio = 0.3 * np.sin(2 * np.pi * 440.0 / 16000 * np.arange(10 * 16000)).astype(np.float32)[None]
    f0_hz, confidence = analysis.track_pitch(audio, progress=told["pitch"].append)
    analysis.analyze_recording(audio, 16000, f0_hz, confidence, progress=told["analysis"].append)
    for shares in told.values():
        assert len(shares) > 1 and shares == sorted(shares) and shares[-1] == pytest.approx(1.0)


def test_speed_keeps_jumps():
    f0 = np.asarray([100.0] * 4 + [200.0] * 4)[np.newaxis, :, np.newaxis].astype(np.float32)
    controls = {"f0_hz": f0, "amplitudes": np.arange(8, dtype=np.float32)[np.newaxis, :, np.newaxis]}
    slow = analysis.change_speed(controls, 0.25)
    assert slow["f0_hz"].shape == (1, 32, 1) and set(np.unique(slow["f0_hz"])) == {100.0, 200.0}
    np.testing.assert_allclose(slow["amplitudes"][0, :29, 0], np.arange(29) / 4.0)
    assert (
        analysis.change_speed(controls, 3.0)["f0_hz"].shape == (1, 3, 1)
        and analysis.change_speed(controls, 1.0) is controls
    )
