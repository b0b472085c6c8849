"""Notes on a trained instrument and on the synthesizer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from ddsp import instruments, nn
from ddsp.instruments import KeyboardInstrument, TrainedInstrument, make_synth
from ddsp.streaming import Notes, Stream

from .streams import cuts_of
from .test_instrument_matching import FLUTE

FRAMES, HOP = 60, 64


def small(statistics=FLUTE):
    """An instrument that has not been trained, without reverb."""
    made = instruments.Instrument(nn.make_decoder("least"), reverb=None)
    return TrainedInstrument(made, made.initial_params(), statistics)


def frames_of(*events, voices=1, n=FRAMES):
    notes = Notes(voices)
    for frame, message in events:
        notes.handle(message, frame * HOP / 16000)
    return notes.controls(n)


def played(processor, frames, cuts=(), constants=None):
    like = frames | (constants or {})
    stream = Stream(processor, like=like, hop_size=HOP, key=0)
    edges = [0, *cuts, frames["gate"].shape[-2]]
    blocks = [
        stream.process({name: x[..., start:stop, :] for name, x in frames.items()} | (constants or {}))
        for start, stop in itertools.pairwise(edges)
    ]
    assert stream.latency_samples > 0
    return np.concatenate([*blocks, stream.flush()], axis=1)[0, stream.latency_samples :]


NOTES = ((2, (0x90, 70, 100)), (20, (0x80, 70, 0)), (24, (0x90, 74, 60)), (40, (0x80, 74, 0)))


@settings(max_examples=5, deadline=None, derandomize=True)
@given(cuts=cuts_of(FRAMES))
@pytest.mark.parametrize("voices", [1, 2])
def test_any_split_plays_the_same(voices, cuts):
    frames = frames_of(*NOTES, voices=voices)
    cuts = [cut for cut in cuts if cut]
    found = played(KeyboardInstrument(small()), frames, cuts)
    assert found.shape == (FRAMES * HOP,) and found.dtype == np.float32
    np.testing.assert_allclose(found, played(KeyboardInstrument(small()), frames), atol=1e-6)
    patch = make_synth(16000, voices, HOP, reverb_seconds=0.05)
    split, whole = (played(patch.group, frames, x, patch.inputs) for x in (cuts, ()))
    np.testing.assert_allclose(split, whole, atol=1e-6)


def loudness_of(velocity, statistics=FLUTE, frame=50):
    """Loudness in dB, and gain, that the instrument is asked for while a key is held."""
    keyboard, given = KeyboardInstrument(small(statistics)), {}
    step = instruments.Instrument.step

    class Watched(instruments.Instrument):
        def step(self, state, f0_hz, loudness_db, *, gain, **values):
            given.update(loudness_db=loudness_db, gain=gain, f0_hz=f0_hz)
            return step(self, state, f0_hz, loudness_db, gain=gain, **values)

    plain = keyboard.instrument
    keyboard.instrument = Watched(plain.decoder, None)
    played(keyboard, frames_of((2, (0x90, 60, velocity)), n=frame + 1))
    return {name: float(x[0, frame, 0]) for name, x in given.items()}


def test_velocity_chooses_a_loudness_of_the_recordings():
    """From the 5 % to the 95 % quantile, and the envelope at 48 frames after the start."""
    since = 48 / 250.0
    envelope_db = 20.0 * np.log10(1.0 - 0.2 * (since - 0.03) / 0.3)
    known = FLUTE["loudness_db"]
    for velocity in (1, 64, 127):
        asked = loudness_of(velocity)
        wanted = known["5"] + (known["95"] - known["5"]) * velocity / 127.0 + envelope_db
        assert asked["loudness_db"] + 20.0 * np.log10(asked["gain"]) == pytest.approx(wanted, abs=1e-3)
        assert asked["f0_hz"] == pytest.approx(261.6256, rel=1e-6)
    assert loudness_of(127, {})["loudness_db"] == pytest.approx(-15.0 + envelope_db, abs=1e-3)


def test_it_is_silent_without_a_note():
    """80 dB below the note, before it and after its release."""
    sound = played(KeyboardInstrument(small()), frames_of((10, (0x90, 70, 127)), (20, (0x80, 70, 0)), n=120))
    peak = np.abs(sound[10 * HOP : 20 * HOP]).max()
    assert peak > 1e-3 and max(np.abs(sound[: 8 * HOP]).max(), np.abs(sound[70 * HOP :]).max()) < 1e-4 * peak


def test_the_synthesizer():
    patch = make_synth(16000, 1, HOP, n_harmonics=8, reverb_seconds=0.1)
    sound = played(patch.group, frames_of((0, (0x90, 69, 127)), (40, (0x80, 69, 0)), n=250), (), patch.inputs)
    spectrum = np.abs(np.fft.rfft(sound[8 * HOP : 8 * HOP + 1600] * np.hanning(1600)))
    assert np.argmax(spectrum) == 44 and spectrum[88] > 0.1 * spectrum[44] > 100 * spectrum[66]  # bins of 10 Hz
    assert np.abs(sound[200 * HOP :]).max() < 1e-4 * np.abs(sound).max()
    assert set(make_synth(voices=3).inputs) == {"attack", "decay", "sustain", "release", "ir"}
    with pytest.raises(ValueError, match="voices: got 0"):
        make_synth(voices=0)
    with pytest.raises(ValueError, match="n_harmonics: got 0"):
        make_synth(n_harmonics=0)


def test_backends_play_the_same(grad_backend):
    """Three steps of a compiled instrument. Measured: 4e-7 in PyTorch."""
    if grad_backend.name != "torch":
        pytest.skip("one backend tests it")
    frames = frames_of((0, (0x90, 70, 100)), n=6)
    expected = played(KeyboardInstrument(small()), frames)
    arrays = {name: grad_backend.asarray(x, "float32") for name, x in frames.items()}
    stream = Stream(KeyboardInstrument(small()), like=arrays, hop_size=HOP, key=0)
    found = grad_backend.to_numpy(stream.process(arrays))[0]
    np.testing.assert_allclose(found[stream.latency_samples :], expected[: 6 * HOP - stream.latency_samples], atol=2e-6)


def test_a_keyboard_is_one():
    with pytest.raises(ValueError, match="batch: got 2, expected 1"):
        KeyboardInstrument(small()).init_state(2, like=frames_of())
