"""`ddsp.analysis`: recordings to controls and back, at 500 frames per second."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from conftest import require_backend
from ddsp import analysis, core
from ddsp.analysis import offset, resynthesis, tracking
from ddsp.backends import load
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
    """Pitch is linear between close values, and changes half-way if it jumps or ends."""
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
    """Varying harmonics, a moving pitch and noise give the same audio in six chunks as in one."""
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


def test_speed_keeps_jumps_and_glides():
    f0 = np.asarray([100.0] * 4 + [200.0] * 4)[np.newaxis, :, np.newaxis].astype(np.float32)
    controls = {"f0_hz": f0, "amplitudes": np.arange(8, dtype=np.float32)[np.newaxis, :, np.newaxis]}
    slow = analysis.change_speed(controls, 0.25)
    assert slow["f0_hz"].shape == (1, 32, 1) and set(np.unique(slow["f0_hz"])) == {100.0, 200.0}
    np.testing.assert_allclose(slow["amplitudes"][0, :29, 0], np.arange(29) / 4.0)
    assert analysis.change_speed(controls, 3.0)["f0_hz"].shape == (1, 3, 1)
    assert analysis.change_speed(controls, 1.0) is controls
    glide = np.asarray([200.0, 204.0, 208.0, 212.0])[np.newaxis, :, np.newaxis]
    faster = analysis.change_speed({"f0_hz": glide}, 1.5)["f0_hz"]
    np.testing.assert_allclose(faster[0, :, 0], [200.0, 206.0, 212.0])


def controls_of(n_frames=50, n_harmonics=4, n_bands=9):
    rng = np.random.default_rng(0)
    sizes = {"amplitudes": 1, "harmonic_distribution": n_harmonics, "magnitudes": n_bands}
    controls = {name: rng.uniform(0.1, 0.3, (1, n_frames, n)).astype(np.float32) for name, n in sizes.items()}
    return {**controls, "f0_hz": rng.uniform(300.0, 320.0, (1, n_frames, 1)).astype(np.float32)}


def test_a_recording_is_analyzed_on_every_backend(backend):
    """Results are arrays of the backend, with the values of NumPy."""
    audio, f0_hz = (x.astype(np.float32) for x in (tone(seconds=0.1)[None], np.full((1, 50, 1), 301.0)))
    expected = analysis.analyze_recording(audio, 16000, f0_hz, n_harmonics=3, n_bands=17)
    found = analysis.analyze_recording(backend.asarray(audio), 16000, backend.asarray(f0_hz), n_harmonics=3, n_bands=17)
    assert set(found) == {*resynthesis.CONTROLS, "voicing"}
    for name, x in found.items():
        assert backend.is_own(x) and x.shape == expected[name].shape
        np.testing.assert_array_equal(backend.to_numpy(x), expected[name])


def test_sounds_of_a_batch_share_a_pitch_of_one():
    audio = np.stack([tone(seconds=0.1), 0.5 * tone(seconds=0.1)])
    f0_hz = np.full((1, 50, 1), 300.0)
    both = analysis.analyze_recording(audio, 16000, f0_hz, np.ones_like(f0_hz), n_harmonics=3)
    for i in (0, 1):
        one = analysis.analyze_recording(audio[i : i + 1], 16000, f0_hz, n_harmonics=3)
        for name, x in one.items():
            np.testing.assert_allclose(both[name][i : i + 1], x, atol=1e-12, err_msg=name)
    with pytest.raises(ValueError, match="f0_hz: got 49 frames, expected 50"):
        analysis.analyze_recording(audio, 16000, f0_hz[:, 1:])


def test_length_and_hop_of_rendered_controls():
    controls = controls_of()
    whole = analysis.render_controls(controls, 44100, key=1)
    assert whole.shape == (1, 50 * 88)
    np.testing.assert_array_equal(analysis.render_controls(controls, 44100, 4321, key=1), whole[:, :4321])
    np.testing.assert_array_equal(analysis.render_controls(controls, 44100, hop_size=88, key=1), whole)
    assert analysis.render_controls(controls, 44100, noise=np.zeros((1, 50 * 64), np.float32)).shape == (1, 50 * 64)
    with pytest.raises(ValueError, match="n_samples: got 4401, expected at most 4400"):
        analysis.render_controls(controls, 44100, 4401, key=1)
    del controls["magnitudes"]
    with pytest.raises(ValueError, match="controls: got no magnitudes, expected amplitudes, "):
        analysis.render_controls(controls, key=1)


def test_a_phase_to_begin_with():
    """A phase of half a cycle inverts odd harmonics and keeps even ones."""
    controls = controls_of(n_harmonics=2)
    quiet = np.zeros((1, 1600), np.float32)
    for harmonic, sign in ((0, -1.0), (1, 1.0)):
        controls["harmonic_distribution"] = np.tile(np.eye(2, dtype=np.float32)[harmonic], (1, 50, 1))
        at_zero = analysis.render_controls(controls, noise=quiet)
        moved = analysis.render_controls(controls, noise=quiet, initial_phase=np.full((1, 1, 1), 0.5, np.float32))
        assert np.abs(at_zero).max() > 0.1
        np.testing.assert_allclose(moved, sign * at_zero, atol=2e-6)


def test_compiled_chunks_join(monkeypatch):
    """Chunks join to NumPy's result for the whole, with a distribution that is not normalized."""
    require_backend("jax")
    backend, controls = load("jax"), controls_of(200)
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, (1, 6400)).astype(np.float32)
    monkeypatch.setattr(resynthesis, "CHUNK_SAMPLES", 3000)
    render = backend.jit(partial(analysis.render_controls, sample_rate=16000))
    given = {name: backend.xp.asarray(x) for name, x in controls.items()}
    joined = backend.to_numpy(analysis.render_in_chunks(given, backend.xp.asarray(noise), render=render))
    np.testing.assert_allclose(joined, analysis.render_controls(controls, noise=noise), atol=8e-6)


def test_chunks_of_the_loudness_join(monkeypatch):
    audio = np.stack([tone(seconds=2.0), 0.1 * tone(seconds=2.0)])
    whole = analysis.track_loudness(audio)
    np.testing.assert_array_equal(analysis.track_loudness(audio[:1]), whole[:1])
    np.testing.assert_allclose(whole[0] - whole[1], 20.0, atol=1e-9)
    monkeypatch.setattr(tracking, "CHUNK_SAMPLES", 5000)
    np.testing.assert_array_equal(analysis.track_loudness(audio), whole)


def test_offsets_of_a_batch_are_its_own():
    audio = np.stack([tone(), tone() + 0.5]).astype(np.float32)
    both = analysis.remove_offset(audio)
    np.testing.assert_array_equal(both[1], analysis.remove_offset(audio[1]))
    np.testing.assert_allclose(both[0], both[1], atol=2e-7)


def test_pitch_is_tracked_at_any_rate():
    """Also with a user's resampler."""
    called = []

    def resample(audio, from_rate, to_rate):
        called.append((from_rate, to_rate))
        return core.resample_audio(audio, from_rate, to_rate)

    audio = tone(44100, 0.5).astype(np.float32)[None]
    f0_hz, confidence = analysis.track_pitch(audio, 44100, resample=resample)
    assert f0_hz.shape == confidence.shape == (1, 251, 1) and called == [(44100, 16000)]
    assert abs(np.median(f0_hz) - 300.0) < 2.0 and np.median(confidence) > 0.8


@pytest.mark.parametrize("speed", [0.0, -1.0, np.nan])
def test_a_speed_is_above_0(speed):
    with pytest.raises(ValueError, match="speed: got .*, expected"):
        analysis.change_speed(controls_of(), float(speed))


@pytest.mark.parametrize("sample_rate", [8000, 44100])
def test_the_strongest_tone_of_each_window(sample_rate):
    """One tone, two tones with energies 9 to 1, silence, and noise without a tone."""
    seconds = np.arange(sample_rate) / sample_rate
    low, high = (np.sin(2 * np.pi * hz * seconds) for hz in (500.0, 1500.0))
    noise = np.random.default_rng(0).standard_normal(sample_rate)
    audio = np.concatenate([low, low + 3.0 * high, 0.0 * low, noise])
    centers = [sample_rate // 2 + i * sample_rate for i in range(4)]
    hz, share = analysis.strongest_tones(audio, centers, sample_rate)
    np.testing.assert_allclose(hz[:3], [500.0, 1500.0, 0.0], atol=5.0)
    np.testing.assert_allclose(share[:3], [1.0, 0.9, 0.0], atol=0.01)
    assert share[3] < 0.1
    with pytest.raises(ValueError, match="centers: got none"):
        analysis.strongest_tones(audio, [], sample_rate)


def test_share_of_the_harmonics_is_that_of_what_is_rendered():
    controls = {name: x[:, :1] * np.ones((1, 200, 1)) for name, x in controls_of(n_harmonics=3).items()}
    controls["harmonic_distribution"] /= controls["harmonic_distribution"].sum(axis=2, keepdims=True)
    tone, noise = (
        np.mean(analysis.render_controls({**controls, silent: 0.0 * controls[silent]}, key=0) ** 2)
        for silent in ("magnitudes", "amplitudes")
    )
    assert analysis.harmonic_share(controls) == pytest.approx(tone / (tone + noise), abs=0.02)
    assert analysis.harmonic_share({**controls, "amplitudes": 0.0 * controls["amplitudes"]}) == 0.0
