"""Envelopes step by step, with a gate instead of times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from ddsp.processors import ProcessorGroup
from ddsp.synths import ADSR, Harmonic

from .cases import uniform
from .streams import cuts_of

FRAMES, RATE = 40, 50.0
PARAMS = {name: uniform(name, 0.02, 0.3, 2, 1) for name in ("attack", "decay", "sustain", "release")}


def gate_of(*notes, shape=(2,)):
    """A gate that is open in these frames."""
    gate = np.zeros((*shape, FRAMES, 1))
    for start, stop in notes:
        gate[..., start:stop, :] = 1.0
    return gate


def in_steps(envelope, params, gate, cuts):
    state, found = envelope.init_state(len(gate), like=gate, **params), []
    for piece in np.split(gate, cuts, axis=-2):
        frames, state = envelope.step(state, piece)
        found.append(frames)
    rest, _ = envelope.flush(state)
    return np.concatenate([*found, rest], axis=-2)


@pytest.mark.parametrize("curve", [0.0, 4.0])
@pytest.mark.parametrize("voices", [(), (3,)])
@settings(max_examples=10, deadline=None, derandomize=True)
@given(cuts=cuts_of(FRAMES))
def test_a_gate_is_a_note(voices, curve, cuts):
    """Open from frame 5 to 17, also if the release begins within attack or decay."""
    envelope = ADSR(n_frames=FRAMES, frame_rate=RATE, scale_fn=None, curve=curve)
    params = {
        name: np.broadcast_to(x.reshape(2, *(1 for _ in voices), 1), (2, *voices, 1)) for name, x in PARAMS.items()
    }
    for start, stop in ((5, 17), (0, 3), (5, FRAMES)):
        found = in_steps(envelope, params, gate_of((start, stop), shape=(2, *voices)), cuts)
        on, off = (np.full((2, *voices, 1), frame / RATE) for frame in (start, stop))
        np.testing.assert_allclose(found, envelope(**params, note_on=on, note_off=off), rtol=0, atol=1e-12)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(cuts=cuts_of(FRAMES))
def test_notes_follow_each_other(cuts):
    """A new note starts from 0; until then the one before fades."""
    envelope = ADSR(n_frames=FRAMES, frame_rate=RATE, scale_fn=None)
    found = in_steps(envelope, PARAMS, gate_of((3, 12), (14, 30)), cuts)
    for (on, off), frames in (((3, 12), slice(0, 14)), ((14, 30), slice(14, FRAMES))):
        on, off = (np.full((2, 1), frame / RATE) for frame in (on, off))
        expected = envelope(**PARAMS, note_on=on, note_off=off)
        np.testing.assert_allclose(found[:, frames], expected[:, frames], rtol=0, atol=1e-12)


def test_an_envelope_plays_a_synthesizer(grad_backend):
    """In a group that streams; compiled, where a backend compiles."""
    hop, n = 16, 12
    dag = [
        (ADSR(n_frames=n, frame_rate=RATE, scale_fn=None), ["attack", "decay", "sustain", "release", "gate"]),
        (Harmonic(n_samples=n * hop, scale_fn=None), ["adsr/signal", "distribution", "f0_hz"]),
    ]
    group, gate = ProcessorGroup(dag=dag), gate_of((0, 6))[:, :n]
    frames = {"distribution": np.ones((2, n, 4)), "f0_hz": np.full((2, n, 1), 200.0)}
    with grad_backend.scope("float64"):
        inputs = {name: grad_backend.asarray(x) for name, x in {**PARAMS, **frames, "gate": gate}.items()}
        state = group.init_state(2, like=inputs, hop_size=hop)
        audio, state = grad_backend.run(group.step)(state, inputs)
        rest, _ = group.flush(state)
        found = np.concatenate([grad_backend.to_numpy(x) for x in (audio, rest)], axis=1)[:, hop:]
    expected = group({**PARAMS, **frames, "gate": np.full((2, 1), 6 / RATE)})  # the time of note-off
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
