"""Modulated delay."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.activations import sigmoid
from ..core.delays import DELAYED, variable_length_delay
from ..core.scaling import exp_sigmoid
from ..core.wavetables import STEP
from ..inputs import RATE

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("effects.ModDelay.get_controls")
def mod_delay_controls(init, audio, gain, phase):
    return {
        "audio": audio,
        "gain": exp_sigmoid(gain) if init.get("gain_scale_fn", "default") is not None else gain,
        "phase": sigmoid(phase) if init.get("phase_scale_fn", "default") is not None else phase,
    }


@oracle("effects.ModDelay.get_signal")
def mod_delay_signal(init, audio, gain, phase):
    """Delays of center_ms +- depth_ms (in the original, center_ms + phase * depth_ms)."""
    center, depth, rate = init.get("center_ms", 15.0), init.get("depth_ms", 10.0), init.get("sample_rate", 16000)
    milliseconds = center + depth * (2 * np.clip(phase, 0.0, 1.0) - 1)
    longest = 2 * int(np.ceil((center + depth) * rate / 1000))  # any sufficient length
    wet = variable_length_delay(milliseconds * rate / 1000 / longest, audio, longest)
    wet = wet * (gain[..., 0] if gain.ndim == 3 else gain)
    return wet + audio if init.get("add_dry", True) else wet


@oracle("effects.ModDelay.__call__")
def mod_delay_call(init, **inputs):
    return mod_delay_signal(init, **mod_delay_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

MODULATED = {"audio": normal("delayed", 2, 67), "gain": normal("gain", 2, 67, 1), "phase": normal("p", 2, 67, 1)}
EFFECT = {"center_ms": 5.0, "depth_ms": 4.9, "sample_rate": RATE}

CASES = [
    Case("ModDelay", "effects.ModDelay.__call__", MODULATED, init=EFFECT, rtol32=1e-5, step=STEP),
    Case("ModDelay controls", "effects.ModDelay.get_controls", MODULATED, init=EFFECT),
    Case(
        "ModDelay signal",
        "effects.ModDelay.get_signal",
        {**MODULATED, "phase": DELAYED["phase"][:, :, 0]},
        init={**EFFECT, "center_ms": 3.2, "depth_ms": 1.1, "add_dry": False},
        rtol32=1e-5,
        step=STEP,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("effects.ModDelay.__call__")
def _(d):
    inputs = {"audio": d.audio(), "gain": d.normal(d.batch, d.samples, 1), "phase": d.normal(d.batch, d.samples, 1)}
    init = {"center_ms": 2.0, "depth_ms": d.choose(0.5, 2.0), "sample_rate": d.sample_rate}
    return Call(inputs, init=init, rtol32=1e-3)
