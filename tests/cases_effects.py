"""Cases of effects."""

from __future__ import annotations

from .cases import Case, normal, uniform
from .cases_filters import MAGNITUDES
from .cases_spectral import AUDIO
from .oracles.effects import METHODS

ECHO = {"audio": AUDIO, "ir": normal("echo", 2, 61)}
#: 61 samples in 5 frames of 13, the last one shorter.
DECAY = {
    "audio": AUDIO,
    "gain": normal("gain", 2, 1),
    "decay": normal("decay", 2, 1),
    "noise": uniform("decaying noise", -1.0, 1.0, 1, 61),
}
NOISY = {"audio": AUDIO, "magnitudes": 3.0 + MAGNITUDES, "noise": uniform("room noise", -1.0, 1.0, 2, 61)}
SHORT = {"reverb_length": 61}


def _reverb(audio, ir):
    return METHODS["effects.Reverb.__call__"]({}, audio, ir)


REVERB = [
    Case("Reverb", "effects.Reverb.__call__", ECHO, rtol32=4e-6),
    Case(
        "Reverb wet", "effects.Reverb.get_signal", {**ECHO, "ir": ECHO["ir"][:1]}, init={"add_dry": False}, rtol32=4e-6
    ),
    Case("Reverb controls", "effects.Reverb.get_controls", ECHO),
    Case(
        "TrainableReverb",
        "effects.TrainableReverb.__call__",
        ECHO,
        init={"reverb_length": 61},
        oracle=_reverb,
        rtol32=4e-6,
    ),
]

CASES = [
    *REVERB,
    Case("ExpDecayReverb", "effects.ExpDecayReverb.__call__", DECAY, init=SHORT),
    Case("ExpDecayReverb controls", "effects.ExpDecayReverb.get_controls", DECAY, init=SHORT),
    Case(
        "ExpDecayReverb plain and wet",
        "effects.ExpDecayReverb.__call__",
        {**DECAY, "gain": DECAY["gain"][0], "noise": uniform("noises", -1.0, 1.0, 2, 61)},
        init={**SHORT, "scale_fn": None, "add_dry": False},
    ),
    Case(
        "ExpDecayReverb trainable",
        "effects.ExpDecayReverb.__call__",
        {**DECAY, "gain": DECAY["gain"][0], "decay": DECAY["decay"][0]},
        init={**SHORT, "trainable": True},
    ),
    Case(
        "ExpDecayReverb of one sample",
        "effects.ExpDecayReverb.__call__",
        {**DECAY, "noise": DECAY["noise"][:, :1]},
        init={"reverb_length": 1},
        wrt=("audio",),
    ),
    Case("FilteredNoiseReverb", "effects.FilteredNoiseReverb.__call__", NOISY, init=SHORT),
    Case(
        "FilteredNoiseReverb controls",
        "effects.FilteredNoiseReverb.get_controls",
        NOISY,
        init={**SHORT, "window_size": 9, "initial_bias": -2.0},
    ),
    Case(
        "FilteredNoiseReverb trainable",
        "effects.FilteredNoiseReverb.__call__",
        {**NOISY, "magnitudes": NOISY["magnitudes"][0], "noise": NOISY["noise"][:1]},
        init={**SHORT, "trainable": True, "n_frames": 5, "n_filter_banks": 9, "add_dry": False},
    ),
    Case(
        "FIRFilter",
        "effects.FIRFilter.__call__",
        {"audio": AUDIO, "magnitudes": normal("fir", 2, 5, 9)},
        init={"window_size": 11},
    ),
    Case("FIRFilter controls", "effects.FIRFilter.get_controls", {"audio": AUDIO, "magnitudes": MAGNITUDES}),
    Case("FIRFilter signal", "effects.FIRFilter.get_signal", {"audio": AUDIO, "magnitudes": MAGNITUDES}),
    Case(
        "FIRFilter fixed, one sample",
        "effects.FIRFilter.__call__",
        {"audio": AUDIO[:, :1], "magnitudes": MAGNITUDES[:, 0]},
        init={"scale_fn": None},
    ),
]
