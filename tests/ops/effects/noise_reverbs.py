"""Reverbs of shaped noise."""

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import AUDIO, MAGNITUDES
from ..synths.noise import noise_controls, noise_signal
from .filters import scaled
from .reverb import reverb_signal

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("effects.ExpDecayReverb.get_controls")
def exp_decay_controls(init, audio, gain, decay, noise):
    """Time is from 0 to 1 over the response of any length."""
    length = init["reverb_length"]
    ir = np.zeros((max(np.size(gain), noise.shape[0]), length))
    for n in range(length):
        fall = np.exp(-(2.0 + np.exp(decay)) * n / max(length - 1, 1))
        ir[:, n : n + 1] = scaled(init, gain) * fall * noise[:, n : n + 1]
    return {"audio": audio, "ir": ir}


@oracle("effects.FilteredNoiseReverb.get_controls")
def noise_reverb_controls(init, audio, magnitudes, noise):
    magnitudes = magnitudes[None] if magnitudes.ndim == 2 else magnitudes
    synth = {"initial_bias": -3.0, **init}
    return {"audio": audio, "ir": noise_signal(synth, **noise_controls(synth, magnitudes), noise=noise)}


@oracle("effects.ExpDecayReverb.__call__")
def exp_decay_call(init, **inputs):
    return reverb_signal(init, **exp_decay_controls(init, **inputs))


@oracle("effects.FilteredNoiseReverb.__call__")
def noise_reverb_call(init, **inputs):
    return reverb_signal(init, **noise_reverb_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

#: 61 samples in 5 frames of 13, the last one shorter.
DECAY = {
    "audio": AUDIO,
    "gain": normal("gain", 2, 1),
    "decay": normal("decay", 2, 1),
    "noise": uniform("decaying noise", -1.0, 1.0, 1, 61),
}
NOISY = {"audio": AUDIO, "magnitudes": 3.0 + MAGNITUDES, "noise": uniform("room noise", -1.0, 1.0, 2, 61)}
SHORT = {"reverb_length": 61}

CASES = [
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
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("effects.ExpDecayReverb.__call__")
def _(d):
    taps = d.integer(1, 60)
    shapes = {"gain": (d.batch, 1), "decay": (d.batch, 1), "noise": (1, taps)}
    inputs = {"audio": d.audio()} | {name: d.normal(*shape) for name, shape in shapes.items()}
    return Call(inputs, init={"reverb_length": taps, "add_dry": d.choose(True, False)}, rtol32=1e-4)


@drawn("effects.FilteredNoiseReverb.__call__")
def _(d):
    bands, noise = d.integer(2, 9), d.normal(d.batch, d.samples)
    inputs = {"audio": d.audio(), "magnitudes": d.normal(d.batch, d.frames_of_a_filter(), bands), "noise": noise}
    return Call(inputs, init={"reverb_length": d.samples, "window_size": d.integer(0, 20)}, rtol32=1e-4)
