"""Recordings as training material: silence, features of passages, and what is wrong with a recording."""

from __future__ import annotations

import itertools
from importlib.resources import files

import numpy as np
import pytest
import soundfile

from ddsp import instruments, training
from ddsp.training import recordings
from tests.command import tone

RATE = 16000


def silence(seconds):
    return np.zeros(round(RATE * seconds))


# Silence --------------------------------------------------------------------------------------------------------------


def test_silence_is_cut_and_attack_and_release_are_kept():
    audio = np.concatenate([silence(1.0), tone(), silence(1.0), 0.1 * tone(), silence(0.3), tone(), silence(1.0)])
    first, second = training.cut_silence(audio)
    for passage, start, stop in ((first, 1.0, 1.5), (second, 2.5, 3.8)):
        assert passage.start % 64 == 0 and passage.stop % 64 == 0
        assert 0.13 < start - passage.start / RATE < 0.2  # the level is that of 64 ms, so sounds seem 20 ms longer
        assert 0.28 < passage.stop / RATE - stop < 0.35


@pytest.mark.parametrize(("gain", "n_passages"), [(10 ** (-40 / 20), 2), (10 ** (-50 / 20), 1)])
def test_silence_is_relative_to_the_loudest_sound(gain, n_passages):
    audio = np.concatenate([tone(), silence(1.0), gain * tone()])
    assert len(training.cut_silence(audio)) == n_passages


@pytest.mark.parametrize(("level_db", "n_passages"), [(-60.0, 1), (-80.0, 0)])
def test_silence_is_absolute(level_db, n_passages):
    """Without it, the hiss of a silent recording would be its loudest sound."""
    hiss = 10 ** (level_db / 20) * np.random.default_rng(0).standard_normal(RATE)
    assert len(training.cut_silence(hiss)) == n_passages


def test_clicks_are_no_sound():
    audio = silence(2.0)
    audio[RATE] = 0.05
    assert training.cut_silence(audio) == [] == training.cut_silence(silence(0.001))
    assert len(training.cut_silence(np.concatenate([audio, tone()]))) == 1


def test_long_sounds_are_cut_where_they_are_quietest(monkeypatch):
    monkeypatch.setattr(recordings, "LONGEST", 1.0)
    audio = tone(seconds=2.5)
    audio[round(0.7 * RATE) : round(0.8 * RATE)] *= 0.1
    parts = training.cut_silence(audio)
    assert parts[0].start == 0 and parts[-1].stop == len(audio)
    assert all(a.stop == b.start and a.stop % 64 == 0 for a, b in itertools.pairwise(parts))
    assert all(part.stop - part.start <= RATE for part in parts)
    assert 0.7 < parts[0].stop / RATE < 0.8


# Features -------------------------------------------------------------------------------------------------------------


def test_passages_have_the_features_of_the_recording():
    """At the ends, too, where a passage sees what is around it; and the last frame is filled with zeros."""
    audio = np.concatenate(
        [silence(0.5), tone(seconds=0.4), silence(0.7), tone(seconds=0.4, pitch=500.0), silence(0.1)]
    )
    audio = np.concatenate([audio, 0.001 * np.ones(7)]).astype(np.float32)
    told: list[float] = []
    found = training.prepare_recording(audio, progress=told.append)
    whole = instruments.compute_features(audio[np.newaxis])
    assert told == sorted(told) and told[-1] == pytest.approx(1.0)
    assert len(found["starts"]) == 2 and found["lengths"].sum() == len(found["f0_hz"])
    stops = np.cumsum(found["lengths"])
    for start, length, stop in zip(found["starts"], found["lengths"], stops, strict=True):
        frames, part = slice(start // 64, start // 64 + length), slice(stop - length, stop)
        sound = audio[start : start + 64 * length]
        np.testing.assert_array_equal(found["audio"][64 * part.start :][: len(sound)], sound)
        np.testing.assert_allclose(found["loudness_db"][part], whole["loudness_db"][0, frames, 0], atol=1e-3)
        middle = slice(part.start + 40, part.start + 120), slice(frames.start + 40, frames.start + 120)
        np.testing.assert_allclose(found["f0_hz"][middle[0]], whole["f0_hz"][0, middle[1], 0], rtol=1e-4)
    assert not found["audio"][-(64 - 7) :].any() and len(found["audio"]) == 64 * len(found["f0_hz"])


@pytest.mark.parametrize(("sample_rate", "hop"), [(44100, 176), (8000, 32)])
def test_other_rates(sample_rate, hop):
    found = training.prepare_recording(tone(sample_rate, 0.3), sample_rate)
    assert len(found["audio"]) == hop * len(found["f0_hz"]) and abs(np.median(found["f0_hz"]) - 300.0) < 2.0


def test_nothing_in_nothing_out():
    found = training.prepare_recording(silence(0.5))
    assert all(len(x) == 0 for x in found.values()) and found["audio"].dtype == np.float32


# What is wrong --------------------------------------------------------------------------------------------------------


def notes(pitches, seconds=1.0):
    """Notes with a constant pitch, 0.5 s each at least, and a little noise."""
    return np.mean([tone(seconds=seconds, pitch=pitch) for pitch in pitches], axis=0)


def said(audio):
    found = training.prepare_recording(np.asarray(audio, np.float32))
    return training.inspect_recording(*(found[name] for name in ("audio", "f0_hz", "confidence", "loudness_db")))


def phrase():
    audio, rate = soundfile.read(files("ddsp") / "data" / "flute_phrase.wav", dtype="float32")
    assert rate == RATE
    return audio[: 3 * RATE]


@pytest.mark.parametrize("audio", [notes([300.0]), notes([130.0]), phrase()], ids=["note", "low", "melody"])
def test_one_instrument_is_fine(audio):
    assert said(audio) == []


@pytest.mark.parametrize("pitches", [(300.0, 378.0), (300.0, 425.0), (262.0, 311.0, 415.0)], ids=str)
def test_several_notes_at_a_time_are_suspected(pitches):
    (line,) = said(notes(pitches))
    assert line.startswith("several notes or instruments at a time suspected")


@pytest.mark.parametrize("divisor", [2, 3])
def test_an_octave_error_is_not_a_second_note(divisor):
    audio = notes([200.0])
    f0_hz = np.full(len(audio) // 64, 200.0 * divisor)
    assert recordings.foreign_share(audio[: 64 * len(f0_hz)], f0_hz, f0_hz > 0.0, RATE) < 0.01
    assert recordings.foreign_share(audio[: 64 * len(f0_hz)], f0_hz * 1.12, f0_hz > 0.0, RATE) > 0.9


def test_a_missing_pitch():
    noise = 0.1 * np.random.default_rng(0).standard_normal(RATE)
    assert said(noise) == ["no pitch found: leave it out, unless the instrument is to learn noise"]
    (line,) = said(np.concatenate([noise, noise, 0.3 * notes([300.0], 0.3)]))
    assert line.startswith("only ") and "has a pitch: leave out what is not played" in line
    (line,) = said(notes([2500.0]))
    assert "since the tone near 2500 Hz is above the range of the pitch tracker (1975 Hz)" in line


@pytest.mark.parametrize("gain", [1.0, 3.0])
def test_clipping(gain):
    """At full scale of 16 bits; loud notes are not clipped, and neither are samples that are equal by chance."""
    audio = gain * notes([300.0]) / np.max(np.abs(notes([300.0])))
    clipped = np.round(32767.0 * np.clip(audio, -1.0, 1.0)) / 32768.0
    assert (recordings.clipped_places(clipped.astype(np.float32)) >= 300) == (gain > 1.0)
    assert recordings.clipped_places(0.5 * clipped) == 0
