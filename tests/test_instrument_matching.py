"""Timbre transfer: which frames an instrument plays, at which pitch and level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsp import instruments
from ddsp.core import hz_to_midi, midi_to_hz
from ddsp.instruments import TransferSettings, find_voiced, hold_pitch, hush, score_of, split_level, tune, voicing

FLUTE = {
    "pitch_midi": {"5": 60.0, "25": 67.0, "50": 76.0, "75": 84.0, "95": 93.0},
    "loudness_db": {"5": -34.0, "25": -20.0, "50": -15.0, "75": -12.0, "95": -8.0},
}


def masks(n=80):
    """Booleans in runs of up to 20 frames."""
    return st.lists(st.tuples(st.booleans(), st.integers(1, 20)), min_size=1, max_size=12).map(
        lambda found: np.concatenate([np.full(length, value) for value, length in found])[:n]
    )


# Voicing --------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=100)
@given(masks(), masks(), masks())
def test_passages_do_not_flicker(sure, likely, loud):
    """Each passage is long enough, is sure somewhere and loud throughout; gaps are long, or silent."""
    n = min(map(len, (sure, likely, loud)))
    sure, likely, loud = sure[:n], likely[:n], loud[:n]
    confidence, loudness_db = np.where(sure, 0.8, np.where(likely, 0.4, 0.1)), np.where(loud, -20.0, -75.0)
    voiced = find_voiced(confidence, loudness_db)
    heard = loudness_db > np.quantile(loudness_db, 0.99) - 50.0
    assert not np.any(voiced & ~heard)
    starts, stops = voicing.runs(voiced)
    for start, stop in zip(starts, stops, strict=True):
        assert stop - start >= voicing.SHORTEST and sure[start:stop].any()
    for stop, start in zip(stops[:-1], starts[1:], strict=True):
        bridgeable = start - stop <= voicing.GAP and heard[stop:start].all()
        # A short passage between two gaps may have been left out.
        assert not bridgeable or (confidence[stop:start] > 0.3).any()


def test_hysteresis_and_gaps():
    confidence = np.repeat([0.4, 0.9, 0.4, 0.2, 0.6, 0.1, 0.4, 0.1, 0.9], [20, 20, 20, 12, 20, 30, 20, 20, 9])
    voiced = find_voiced(confidence, np.full(len(confidence), -20.0))
    # Faint beginnings belong to a passage; the gap of 12 frames is bridged; 20 faint and 9 sure frames are too little.
    np.testing.assert_array_equal(voicing.runs(voiced), [[0], [92]])
    silent = np.where((np.arange(len(confidence)) >= 60) & (np.arange(len(confidence)) < 72), -80.0, -20.0)
    np.testing.assert_array_equal(voicing.runs(find_voiced(confidence, silent)), [[0, 72], [60, 92]])
    assert len(find_voiced(np.zeros(0), np.zeros(0))) == 0


# Pitch ----------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(masks(), st.sampled_from([0, 1, 9]), st.integers(0, 99))
def test_held_pitches_are_those_of_voiced_frames(voiced, smoothing, seed):
    f0_hz = 200.0 * 2.0 ** np.random.default_rng(seed).uniform(-1.0, 1.0, len(voiced))
    f0_hz[~voiced] = 2000.0
    found = hold_pitch(f0_hz, voiced, smoothing)
    assert found.shape == f0_hz.shape
    if voiced.any():
        assert found.min() >= f0_hz[voiced].min() * (1 - 1e-9) and found.max() <= f0_hz[voiced].max() * (1 + 1e-9)
    if smoothing < 2:
        np.testing.assert_array_equal(found[voiced], f0_hz[voiced])


def test_pitch_glides_over_small_intervals_and_steps_over_others():
    voiced = np.asarray([True, False, False, False, True])
    small = hold_pitch(np.asarray([440.0, 9.0, 9.0, 9.0, 466.16]), voiced)
    np.testing.assert_allclose(small, np.geomspace(440.0, 466.16, 5))
    np.testing.assert_allclose(hold_pitch(np.asarray([440.0, 9.0, 9.0, 9.0, 880.0]), voiced), [440, 440, 440, 880, 880])


def test_smoothing_keeps_steps_and_removes_jitter_and_errors(monkeypatch):
    """In pieces of any length."""
    rng, steps = np.random.default_rng(0), np.repeat([60.0, 62.0, 67.0], 60)
    notes = steps + 0.05 * rng.standard_normal(180)
    notes[[30, 31, 32, 100]] += 12.0
    voiced = np.full(180, True)
    whole = hold_pitch(midi_to_hz(notes), voiced, 9)
    error = np.abs(hz_to_midi(whole) - steps)
    assert error.max() < 0.06 and np.sqrt(np.mean(error**2)) < 0.025  # measured: 0.04 and 0.013
    monkeypatch.setattr(voicing, "CHUNK", 7)
    np.testing.assert_allclose(hold_pitch(midi_to_hz(notes), voiced, 9), whole, rtol=1e-12)


def test_tuning_does_not_chatter():
    """A vibrato of half a semitone around the border between two notes."""
    notes = 69.5 + 0.15 * np.sin(0.2 * np.arange(400))
    assert np.unique(tune(midi_to_hz(notes)).round(6)).size == 1
    assert np.unique(tune(midi_to_hz(69.0 + 0.45 * np.sin(0.2 * np.arange(400)))).round(6)).tolist() == [440.0]
    scale = np.repeat([60.1, 61.9, 64.2, 65.0], 20)
    np.testing.assert_allclose(hz_to_midi(tune(midi_to_hz(scale))), np.repeat([60.0, 62.0, 64.0, 65.0], 20))
    np.testing.assert_allclose(hz_to_midi(tune(midi_to_hz(scale), 0.5)), np.repeat([60.05, 61.95, 64.1, 65.0], 20))
    # 60 cents above A4 is still A4 in its passage, and the nearest note in another.
    notes, voiced = np.asarray([69.0, 69.6, 69.6, 69.6]), np.asarray([True, True, False, True])
    np.testing.assert_allclose(hz_to_midi(tune(midi_to_hz(notes), 1.0, voiced)), [69.0, 69.0, 69.0, 70.0])
    with pytest.raises(ValueError, match=r"strength: got 1\.5"):
        tune(np.ones(3), 1.5)


# Level ----------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-200.0, 40.0), min_size=1, max_size=30))
def test_levels_are_split_exactly(levels):
    loudness_db = np.asarray(levels)
    inside, gain = split_level(loudness_db, FLUTE)
    np.testing.assert_allclose(inside + 20.0 * np.log10(gain), loudness_db, atol=1e-9)
    assert (
        inside.min() >= -40.0 and inside.max() <= -5.0 and np.all(gain[(loudness_db > -40) & (loudness_db < -5)] == 1)
    )


def test_unvoiced_frames_fade_to_silence():
    voiced = np.arange(60) < 20
    found = hush(np.full(60, -20.0), voiced)
    assert np.all(found[:20] == -20.0) and np.all(np.diff(found[20:30]) < 0.0) and np.all(found[30:] == -140.0)
    assert np.all(hush(np.full(5, -20.0), np.full(5, False)) == -140.0)


# The score ------------------------------------------------------------------------------------------------------------


def song(notes, n=50, loudness_db=-30.0):
    midi = np.repeat(np.asarray(notes, float), n)
    levels = loudness_db + 5.0 * np.sin(np.arange(len(midi)))
    return {"f0_hz": midi_to_hz(midi), "confidence": np.ones(len(midi)), "loudness_db": levels}


@settings(deadline=None, max_examples=50)
@given(st.integers(25, 110))
def test_melodies_lie_in_the_range_of_the_instrument(note):
    """A melody in the range stays; any other moves by as few octaves as bring it there."""
    found = score_of(song([note, note + 4, note + 7]), FLUTE)
    low, high = np.quantile(hz_to_midi(found.f0_hz), (0.1, 0.9))
    assert low >= 59.5 and high <= 93.5
    if found.octaves:
        nearer = 12 * (found.octaves - np.sign(found.octaves))
        assert not (note + nearer >= 60 and note + 7 + nearer <= 93)


def test_levels_are_matched():
    for level in (-70.0, -30.0, 0.0):
        found = score_of(song([60, 64], loudness_db=level), FLUTE)
        assert np.median(found.loudness_db) == pytest.approx(-15.0, abs=0.5) and np.all(found.gain == 1.0)
        assert found.loudness_moved_db == pytest.approx(-15.0 - level, abs=0.5)
    shifted = score_of(song([60, 64]), FLUTE, TransferSettings(loudness_shift=20.0))
    assert shifted.loudness_db.max() == -5.0 and shifted.gain.max() > 5.0


def test_settings_of_a_transfer():
    plain = score_of(song([60, 64]), FLUTE, TransferSettings(match=False))
    np.testing.assert_allclose(plain.f0_hz, song([60, 64])["f0_hz"], rtol=1e-4)
    assert (plain.octaves, plain.semitones, plain.loudness_moved_db) == (0, 0.0, 0.0)
    moved = score_of(song([60, 64]), FLUTE, TransferSettings(transpose=-3.0, octave=2, match=False))
    np.testing.assert_allclose(moved.f0_hz, plain.f0_hz * 2.0 ** (21.0 / 12.0), rtol=1e-6)
    assert (moved.octaves, moved.semitones) == (2, 21.0)
    with pytest.raises(ValueError, match="got none of pitch_midi and loudness_db"):
        score_of(song([60]), {"pitch_midi": None})


def test_silence_and_noise_are_not_played():
    """Silence, or loud frames without a pitch, on an instrument that does not know such levels."""
    for features in (
        {"f0_hz": np.full(40, 50.0), "confidence": np.zeros(40), "loudness_db": np.full(40, -80.0)},
        {"f0_hz": np.full(40, 1900.0), "confidence": np.full(40, 0.2), "loudness_db": np.full(40, -5.0)},
    ):
        score = score_of(features, FLUTE)
        level = score.loudness_db + 20.0 * np.log10(score.gain)
        assert not score.voiced.any() and score.octaves == 0 and level.max() < -80.0


def test_gain_scales_the_dry_sound():
    instrument = instruments.Instrument(instruments.instrument.nn.make_decoder("least"))
    values, f0_hz, loudness_db = instrument.initial_params(), np.full(300, 440.0), np.full(300, -20.0)
    plain, half = (
        np.concatenate(list(instruments.play(instrument, values, f0_hz, loudness_db, chunk_frames=70, gain=gain)))
        for gain in (None, np.full(300, 0.5))
    )
    np.testing.assert_allclose(half, 0.5 * plain, atol=1e-6)
    with pytest.raises(ValueError, match="gain: got shape"):
        next(instruments.play(instrument, values, f0_hz, loudness_db, gain=np.ones(3)))
