"""Cases of envelopes, voices and surrogates of sinusoids."""

from __future__ import annotations

import numpy as np

from .cases import Case, normal, uniform
from .cases_core import RATE
from .oracles.voices import voices_controls, voices_synthesis

# Envelopes, at times that are not multiples of a frame (0.05 s), where the pieces meet ---------------------------


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
NETWORK = {name: normal(f"adsr {name}", 2, 1) for name in ("attack", "decay", "sustain", "release")}

ENVELOPES = [
    Case("adsr", "core.adsr", PAIR, ENVELOPE),
    Case("adsr note_on", "core.adsr", {**NOTES, "note_on": NOTE_ON}, ENVELOPE),
    Case("adsr voices", "core.adsr", VOICED, ENVELOPE),
    Case("adsr curve", "core.adsr", {**NOTES, "note_on": NOTE_ON}, {**ENVELOPE, "curve": 4.5}),
    Case("adsr one frame", "core.adsr", {**NOTES, "note_on": NOTE_ON}, {"n_frames": 1}),
    Case("adsr late attack", "core.adsr", {**NOTES, "attack": 9.0 + NOTES["attack"]}, ENVELOPE),
    Case("adsr no time", "core.adsr", {**NOTES, "attack": 0.0 * NOTES["attack"], "decay": 0.0 * NOTES["decay"]},
         ENVELOPE, wrt=("sustain", "release")),
    Case("adsr ends before it starts", "core.adsr", {**NOTES, "note_on": 2.0 + NOTE_ON}, ENVELOPE),
    Case("ADSR", "synths.ADSR.__call__", {**NETWORK, "note_off": PAIR["note_off"]},
         init={**ENVELOPE, "max_time": 0.87}),
    Case("ADSR controls", "synths.ADSR.get_controls", {**NETWORK, "note_off": PAIR["note_off"]}),
    Case("ADSR signal", "synths.ADSR.get_signal", PAIR, init={**ENVELOPE, "curve": 2.0}),
]  # fmt: skip

# Voices ---------------------------------------------------------------------------------------------------------

CHORD = {
    "frequencies": uniform("chord f0", 90.0, 700.0, 2, 3, 5, 1),
    "amplitudes": uniform("chord amplitudes", 0.2, 1.0, 2, 3, 5, 1),
    "harmonic_distribution": uniform("chord distribution", 0.1, 1.0, 2, 3, 5, 4),
}
CHORD_NETWORK = {
    "amplitudes": normal("chord network amplitudes", 2, 3, 5, 1),
    "harmonic_distribution": normal("chord network distribution", 2, 3, 5, 4),
    "f0_hz": CHORD["frequencies"],
}
SHORT = {"n_samples": 71, "sample_rate": RATE}


def _chord(label, **more):
    inputs = {**CHORD, **more}
    return Case(f"harmonic_synthesis voices{label}", "core.harmonic_synthesis",
                {name: x for name, x in inputs.items() if x is not None}, SHORT,
                oracle=voices_synthesis, rtol32=8e-6)  # fmt: skip


def _network_controls(**network):
    return voices_controls(**network, sample_rate=RATE)


def _network_chord(**network):
    controls = _network_controls(**network)
    controls["frequencies"] = controls.pop("f0_hz")
    return voices_synthesis(**controls, **SHORT)


VOICES = [
    _chord(""),
    _chord(" shifts", harmonic_shifts=normal("chord shifts", 2, 3, 5, 4, scale=0.02)),
    _chord(" plain", harmonic_distribution=None),
    _chord(" of one timbre", harmonic_distribution=CHORD["harmonic_distribution"][:, :1]),
    Case("Harmonic voices", "synths.Harmonic.__call__", CHORD_NETWORK, init=SHORT, oracle=_network_chord, rtol32=1e-5),
    Case("Harmonic voices controls", "synths.Harmonic.get_controls", CHORD_NETWORK, init=SHORT,
         oracle=_network_controls, wrt=("amplitudes", "harmonic_distribution")),
]  # fmt: skip

# Surrogates -----------------------------------------------------------------------------------------------------

ANGLE, MAGNITUDE = uniform("surrogate angle", 0.1, 3.0, 2, 3), uniform("surrogate magnitude", 0.9, 0.999, 2, 3)
Z = {"real": MAGNITUDE * np.cos(ANGLE), "imag": MAGNITUDE * np.sin(ANGLE)}
BANK = {
    **Z,
    "amplitudes": uniform("surrogate amplitudes", 0.2, 1.0, 2, 3),
    "initial_phase": uniform("surrogate phase", 0.0, 1.0, 2, 3),
}
SURROGATES = [
    Case("surrogate_oscillator_bank", "core.surrogate_oscillator_bank", BANK, {"n_samples": 53}),
    Case("surrogate_oscillator_bank apart", "core.surrogate_oscillator_bank", Z,
         {"n_samples": 37, "sum_sinusoids": False}),
    Case("surrogate_oscillator_bank one sample", "core.surrogate_oscillator_bank", BANK, {"n_samples": 1}),
    Case("surrogate_oscillator_bank outside", "core.surrogate_oscillator_bank",
         {**BANK, "real": 1.5 * Z["real"], "imag": 1.5 * Z["imag"]}, {"n_samples": 37},
         wrt=("amplitudes", "initial_phase")),
    Case("surrogate_harmonics", "core.surrogate_harmonics", {name: x[:, :1] for name, x in Z.items()},
         {"n_harmonics": 6}),
    Case("surrogate_to_frequencies", "core.surrogate_to_frequencies", Z, {"sample_rate": RATE}),
    Case("surrogate_to_frequencies below", "core.surrogate_to_frequencies", {**Z, "imag": -Z["imag"]}),
    Case("frequencies_to_surrogate", "core.frequencies_to_surrogate", {"frequencies": uniform("hz", 90, 1900, 2, 3)},
         {"magnitude": 0.9, "sample_rate": RATE}),
    Case("SurrogateSinusoidal", "synths.SurrogateSinusoidal.__call__",
         {"amplitudes": normal("surrogate network", 2, 3), **Z}, init={"n_samples": 53}),
    Case("SurrogateSinusoidal controls", "synths.SurrogateSinusoidal.get_controls", BANK),
    Case("SurrogateSinusoidal signal", "synths.SurrogateSinusoidal.get_signal", BANK, init={"n_samples": 53}),
]  # fmt: skip

CASES = [*ENVELOPES, *VOICES, *SURROGATES]
