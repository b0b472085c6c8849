"""Envelopes of notes, one note and one frame at a time."""

import numpy as np

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

# Oracles ------------------------------------------------------------------------------------------------------------


def _bend(u, curve):
    """A rise from 0 to 1 with u: a line for curve 0, exponential otherwise."""
    return u if curve == 0.0 else (1.0 - np.exp(-curve * u)) / (1.0 - np.exp(-curve))


def _level(t, attack, decay, sustain, curve):
    """Level of a held note t seconds after its start."""
    if t <= 0.0:
        return 0.0
    if t < attack:
        return _bend(t / attack, curve)
    if t < attack + decay:
        return 1.0 - (1.0 - sustain) * _bend((t - attack) / decay, curve)
    return sustain


def _note(t, attack, decay, sustain, release, note_off, note_on, curve):
    """Level of a note at time t in seconds."""
    end = max(note_off, note_on)
    if t <= end:
        return _level(t - note_on, attack, decay, sustain, curve)
    if t >= end + release:
        return 0.0
    return _level(end - note_on, attack, decay, sustain, curve) * (1.0 - _bend((t - end) / release, curve))


@oracle("core.adsr")
def adsr(
    attack, decay, sustain, release, note_off, note_on=None, n_frames=1000, frame_rate=250.0, curve=0.0, min_time=1e-3
):
    attack, decay, release = (np.maximum(x, min_time) for x in (attack, decay, release))
    note_on = np.zeros_like(note_off) if note_on is None else note_on
    notes = np.broadcast_arrays(attack, decay, sustain, release, note_off, note_on)
    out = np.zeros((*notes[0].shape[:-1], n_frames, 1))
    for item in np.ndindex(notes[0].shape[:-1]):
        for i in range(n_frames):
            out[(*item, i, 0)] = _note(i / frame_rate, *(float(x[(*item, 0)]) for x in notes), curve)
    return out


# Cases --------------------------------------------------------------------------------------------------------------


def _column(*values):
    return np.asarray(values)[:, None]


#: Notes with all four phases, ending in the decay, ending in the attack, and starting before the first frame.
NOTES = {
    "attack": _column(0.13, 0.27, 1.03, 0.16),
    "decay": _column(0.24, 0.84, 0.31, 0.4),
    "sustain": _column(0.6, 0.3, 0.8, 0.45),
    "release": _column(0.36, 0.54, 0.43, 0.58),
    "note_off": _column(1.02, 0.63, 0.58, 0.94),
}
NOTE_ON = _column(0.11, 0.02, 0.18, -0.27)
ENVELOPE = {"n_frames": 37, "frame_rate": 20.0}
#: The 4 notes as 2 items of a batch with 2 voices each.
VOICED = {name: x.reshape(2, 2, 1) for name, x in NOTES.items()}
PAIR = {name: x[:2] for name, x in NOTES.items()}

CASES = [
    Case("adsr", "core.adsr", PAIR, ENVELOPE),
    Case("adsr note_on", "core.adsr", {**NOTES, "note_on": NOTE_ON}, ENVELOPE),
    Case("adsr voices", "core.adsr", VOICED, ENVELOPE),
    Case("adsr curve", "core.adsr", {**NOTES, "note_on": NOTE_ON}, {**ENVELOPE, "curve": 4.5}),
    Case("adsr one frame", "core.adsr", {**NOTES, "note_on": NOTE_ON}, {"n_frames": 1}),
    Case("adsr late attack", "core.adsr", {**NOTES, "attack": 9.0 + NOTES["attack"]}, ENVELOPE),
    Case(
        "adsr no time",
        "core.adsr",
        {**NOTES, "attack": 0.0 * NOTES["attack"], "decay": 0.0 * NOTES["decay"]},
        ENVELOPE,
        wrt=("sustain", "release"),
    ),
    Case("adsr ends before it starts", "core.adsr", {**NOTES, "note_on": 2.0 + NOTE_ON}, ENVELOPE),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.adsr")
def _(d):
    times = {name: d.uniform(0.01, 0.5, d.batch, 1) for name in ("attack", "decay", "release", "note_off")}
    inputs = times | {"sustain": d.uniform(0, 1, d.batch, 1)}
    return Call(inputs, {"n_frames": d.samples, "frame_rate": 100.0, "curve": d.choose(0.0, 3.0)}, rtol32=1e-4)
