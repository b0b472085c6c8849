"""Notes of a keyboard: priorities, voices, wheels, the pedal, times, and messages that are none."""

from __future__ import annotations

import itertools

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsp.core import midi_to_hz
from ddsp.streaming import Notes


def on(note, velocity=127, channel=0):
    return (0x90 | channel, note, velocity)


def off(note, channel=0):
    return (0x80 | channel, note, 0)


def played(events, n_frames, **settings):
    """Notes of each voice by frame, rounded, and 0 where the gate is closed, [voices, frames]; frames are seconds."""
    notes = Notes(**{"sample_rate": 1.0, "hop_size": 1, "vibrato_semitones": 0.0, **settings})
    for time, message in events:
        notes.handle(message, time=time)
    found = notes.controls(n_frames)
    numbers = np.round(69.0 + 12.0 * np.log2(found["f0_hz"] / 440.0)) * found["gate"]
    return numbers.reshape(-1, n_frames).astype(int).tolist()


def test_one_voice_plays_the_last_key_that_is_down():
    events = [(0, on(60)), (2, on(64)), (4, off(64)), (6, off(60)), (7, on(67)), (8, on(72)), (9, off(67))]
    assert played(events, 11) == [[60, 60, 64, 64, 60, 60, 0, 67, 72, 72, 72]]
    # Without legato a note begins again: the gate is closed for a frame.
    assert played(events, 11, legato=False) == [[60, 60, 0, 64, 60, 60, 0, 67, 0, 72, 72]]


def test_voices_are_taken_in_turn_and_the_oldest_is_stolen():
    events = [(0, on(60)), (1, on(64)), (2, on(67)), (4, off(64)), (5, on(72)), (6, off(72))]
    assert played(events, 8, voices=2) == [[60, 60, 0, 67, 67, 67, 67, 67], [0, 64, 64, 64, 0, 72, 0, 0]]
    # Among closed voices, the one that ended first.
    ended = [(0, on(60)), (0, on(64)), (1, off(64)), (2, off(60)), (3, on(67))]
    assert played(ended, 4, voices=2) == [[60, 60, 0, 0], [64, 0, 0, 67]]
    # A key that is struck again keeps its voice.
    again = [(0, on(60)), (1, on(64)), (2, on(64)), (4, off(64))]
    assert played(again, 5, voices=3) == [[60] * 5, [0, 64, 0, 64, 0], [0] * 5]


def test_a_note_sounds_for_a_frame_at_least_and_begins_again_after_one_of_the_same_frame():
    assert played([(1.2, on(60)), (1.4, off(60))], 4) == [[0, 0, 60, 0]]
    assert played([(0, on(60)), (2, off(60)), (2, on(60)), (4, off(60))], 6) == [[60, 60, 0, 60, 0, 0]]
    assert played([(0, on(60)), (2, off(60)), (2, on(60)), (2, off(60))], 6) == [[60, 60, 0, 60, 0, 0]]
    assert played([(0, on(60, velocity=1)), (2, on(60, velocity=0))], 3) == [[60, 60, 0]]


def test_the_pedal_holds_notes():
    pedal, lifted = (0xB0, 64, 127), (0xB0, 64, 0)
    events = [(0, on(60)), (1, pedal), (2, off(60)), (3, on(64)), (4, off(64)), (5, lifted)]
    assert played(events, 7, voices=2) == [[60] * 5 + [0, 0], [0, 0, 0, 64, 64, 0, 0]]
    assert played([(0, pedal), (0, on(60)), (1, off(60)), (2, on(60)), (4, lifted)], 6, voices=2) == [
        [60, 60, 0, 60, 60, 60], [0] * 6
    ]  # fmt: skip
    other = [(0, (0xB1, 64, 127)), (0, on(60)), (1, off(60))]
    assert played(other, 2) == [[60, 0]]  # of another channel


@pytest.mark.parametrize("number", [120, 123, 121])
def test_all_notes_off(number):
    events = [(0, on(60)), (0, on(64, channel=1)), (1, (0xB0, 64, 127)), (2, (0xB0, number, 0)), (4, off(60))]
    first = [60, 60, 60, 60, 0] if number == 121 else [60, 60, 0, 0, 0]  # 121 resets the wheels and the pedal alone
    assert played(events, 5, voices=2) == [first, [64] * 5]


def test_wheels():
    notes = Notes(2, 1000.0, 10, vibrato_hz=5.0, vibrato_semitones=0.5)
    notes.handle(on(60))
    notes.handle(on(60, channel=3))
    notes.handle(mido.Message("pitchwheel", pitch=8191))
    for control, value in ((101, 0), (100, 0), (6, 7), (38, 50)):
        notes.handle(mido.Message("control_change", channel=3, control=control, value=value))
    notes.handle(mido.Message("pitchwheel", channel=3, pitch=-8192))
    f0_hz = notes.controls(2)["f0_hz"][0, :, :, 0]
    np.testing.assert_allclose(f0_hz.T, [midi_to_hz(np.asarray([62.0, 52.5]))] * 2, rtol=1e-6)
    notes.handle((0xB0, 1, 127))
    f0_hz = notes.controls(100)["f0_hz"][0, :, :, 0]
    expected = 62.0 + 0.5 * np.sin(2 * np.pi * 5.0 * np.arange(2, 102) / 100.0)
    np.testing.assert_allclose(f0_hz, midi_to_hz(np.stack([expected, np.full(100, 52.5)])), rtol=1e-6)
    notes.handle((0xB0, 121, 0))
    notes.handle((0xB3, 121, 0))
    np.testing.assert_allclose(notes.controls(1)["f0_hz"][0, :, 0, 0], midi_to_hz(np.full(2, 60.0)), rtol=1e-6)


def test_velocity_and_pitch_are_held_after_a_note():
    notes = Notes(sample_rate=1.0, hop_size=1)
    assert notes.controls(1)["f0_hz"].tolist() == [[[440.0]]]
    notes.handle(mido.Message("note_on", note=81, velocity=64))
    notes.handle(mido.Message("note_off", note=81), time=3.0)
    found = notes.controls(4)
    assert [x.shape for x in found.values()] == [(1, 4, 1)] * 3 and notes.seconds == 5.0
    assert found["gate"].ravel().tolist() == [1, 1, 0, 0] and found["f0_hz"].ravel().tolist() == [880.0] * 4
    np.testing.assert_allclose(found["velocity"], 64 / 127, rtol=1e-6)
    assert all(x.dtype == np.float32 for x in found.values())
    for other in ((0xC0, 5), (0xD0, 90), (0xA0, 60, 60), (0xF8,), (0xF0, 1, 2, 0xF7), (0xB0, 7, 90)):
        notes.handle(other)
    assert notes.controls(2)["gate"].max() == 0.0


status = st.sampled_from([0x80, 0x90, 0x91, 0xB0])
message = st.tuples(status, st.sampled_from([1, 60, 61, 62, 64, 123]), st.sampled_from([0, 64, 127]))
events = st.lists(st.tuples(st.floats(0.0, 30.0), message), max_size=20)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(events=events, cuts=st.lists(st.integers(0, 40), max_size=4), voices=st.integers(1, 3), legato=st.booleans())
def test_any_split_gives_the_same(events, cuts, voices, legato):
    """And no key stays down for ever."""
    whole, parts = (Notes(voices, 1.0, 1, legato=legato) for _ in range(2))
    for time, data in [*events, *((31.0, (0xB0 + i, 123, 0)) for i in (0, 1))]:
        whole.handle(data, time)
        parts.handle(data, time)
    edges = [0, *sorted(cuts), 40]
    found = [parts.controls(stop - start) for start, stop in itertools.pairwise(edges)]
    for name, x in whole.controls(40).items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in found], axis=-2), x)
    assert whole.controls(1)["gate"].max() == 0.0


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda n: n.handle((0x90, 60)), "message: got .*expected a status"),
        (lambda n: n.handle((0x90, 60, 200)), "message: got"),
        (lambda n: n.handle(()), "message: got"),
        (lambda n: n.handle("note_on"), "message: got 'note_on', expected a message of mido"),
        (lambda n: n.handle(5), "message: got 5"),
        (lambda n: n.handle((300, 1, 1)), "message: got"),
        (lambda n: n.handle(on(60), time=-1.0), "time: got -1.0, expected finite seconds >= 0"),
        (lambda n: n.handle(on(60), time=np.nan), "time: got nan"),
        (lambda n: n.controls(-1), "n_frames: got -1"),
        (lambda _: Notes(0), "voices: got 0"),
        (lambda _: Notes(hop_size=0), "hop_size: got 0"),
        (lambda _: Notes(sample_rate=-1.0), "sample_rate: got -1.0"),
        (lambda _: Notes(bend_range=np.inf), "bend_range: got inf"),
        (lambda _: Notes(vibrato_hz=-1.0), "vibrato_hz: got -1.0"),
    ],
)
def test_bad_input(give, message):
    with pytest.raises(ValueError, match=message):
        give(Notes())
