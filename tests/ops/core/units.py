"""Units of pitch."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn, drawn_elementwise
from tests.oracles import oracle

from ..inputs import HZ, X

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.midi_to_hz")
def midi_to_hz(notes, midi_zero_silence=False):
    hz = 440.0 * 2.0 ** ((notes - 69.0) / 12.0)
    return np.where(notes == 0.0, 0.0, hz) if midi_zero_silence else hz


@oracle("core.hz_to_midi")
def hz_to_midi(frequencies):
    """MIDI note numbers, 0 for frequencies <= 0."""
    frequencies = np.asarray(frequencies, np.float64)
    positive = np.where(frequencies > 0.0, frequencies, 1.0)
    return np.where(frequencies > 0.0, 69.0 + 12.0 * np.log2(positive / 440.0), 0.0)


@oracle("core.unit_to_midi")
def unit_to_midi(unit, midi_min=20.0, midi_max=90.0, clip=False):
    unit = np.clip(unit, 0.0, 1.0) if clip else unit
    return midi_min + unit * (midi_max - midi_min)


@oracle("core.midi_to_unit")
def midi_to_unit(midi, midi_min=20.0, midi_max=90.0, clip=False):
    unit = (midi - midi_min) / (midi_max - midi_min)
    return np.clip(unit, 0.0, 1.0) if clip else unit


@oracle("core.unit_to_hz")
def unit_to_hz(unit, hz_min, hz_max, clip=False):
    """Differs from the original at unit 0 if hz_min is 0: the result is 0 Hz, not MIDI note 0 (8.18 Hz)."""
    hz = midi_to_hz(unit_to_midi(unit, hz_to_midi(hz_min), hz_to_midi(hz_max), clip))
    return np.where(unit <= 0.0, 0.0, hz) if hz_min == 0.0 else hz


@oracle("core.hz_to_unit")
def hz_to_unit(hz, hz_min, hz_max, clip=False):
    return midi_to_unit(hz_to_midi(hz), hz_to_midi(hz_min), hz_to_midi(hz_max), clip)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("midi_to_hz", "core.midi_to_hz", {"notes": uniform("notes", 1.0, 127.0, 3, 7)}),
    Case(
        "midi_to_hz silence", "core.midi_to_hz", {"notes": np.asarray([0.0, 69.0])}, {"midi_zero_silence": True}, wrt=()
    ),
    Case("hz_to_midi", "core.hz_to_midi", {"frequencies": HZ}),
    Case("unit_to_midi", "core.unit_to_midi", {"unit": uniform("unit", 0.0, 1.0, 3, 7)}),
    Case("unit_to_midi clip", "core.unit_to_midi", {"unit": X}, {"clip": True, "midi_min": 30.0}),
    Case("midi_to_unit", "core.midi_to_unit", {"midi": uniform("midi", 0.0, 127.0, 3, 7)}, {"midi_max": 100.0}),
    Case(
        "unit_to_hz",
        "core.unit_to_hz",
        {"unit": uniform("unit", 0.0, 1.0, 3, 7)},
        {"hz_min": 25.0, "hz_max": 7e3},
        rtol32=3e-6,
    ),
    Case(
        "unit_to_hz from 0",
        "core.unit_to_hz",
        {"unit": np.asarray([0.0, 0.25, 1.0])},
        {"hz_min": 0.0, "hz_max": 4e3},
        wrt=(),
    ),
    Case("hz_to_unit", "core.hz_to_unit", {"hz": HZ}, {"hz_min": 25.0, "hz_max": 7e3}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

drawn_elementwise("notes", 0.0, 127.0, "core.midi_to_hz")
drawn_elementwise("frequencies", 8.0, 2e4, "core.hz_to_midi")
drawn_elementwise("unit", 0.0, 1.0, "core.unit_to_midi")
drawn_elementwise("midi", 0.0, 127.0, "core.midi_to_unit")


@drawn("core.unit_to_hz")
def _(d):
    return Call({"unit": d.uniform(0, 1, d.batch, d.frames)}, {"hz_min": d.choose(0.0, 20.0), "hz_max": 8000.0})


@drawn("core.hz_to_unit")
def _(d):
    return Call({"hz": d.uniform(20, 8000, d.batch, d.frames)}, {"hz_min": 20.0, "hz_max": d.choose(4e3, 8e3)})
