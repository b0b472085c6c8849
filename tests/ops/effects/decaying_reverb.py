"""Reverb of learned noise under an exponential envelope."""

import math

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import AUDIO
from .reverb import reverb_signal

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("effects.DecayingReverb.get_controls")
def decaying_reverb_controls(init, audio, gain, decay, noise):
    length = init["reverb_length"]
    level, share = (1.0 / (1.0 + math.exp(-x[0])) for x in (gain, decay))
    envelope = np.asarray([1000.0 ** (-n / (share * max(length - 1, 1))) for n in range(length)])
    ir = level * envelope / math.sqrt(sum(envelope**2)) * np.tanh(noise)
    return {"audio": audio, "ir": ir[None]}


@oracle("effects.DecayingReverb.__call__")
def decaying_reverb_call(init, **inputs):
    return reverb_signal(init, **decaying_reverb_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

VALUES = {"gain": normal("gain", 1), "decay": normal("decay", 1), "noise": normal("decaying", 61)}
DECAY = {"audio": AUDIO, **VALUES}

CASES = [
    Case("DecayingReverb", "effects.DecayingReverb.__call__", DECAY, init={"reverb_length": 61}),
    Case("DecayingReverb controls", "effects.DecayingReverb.get_controls", DECAY, init={"reverb_length": 61}),
    Case(
        "DecayingReverb wet",
        "effects.DecayingReverb.__call__",
        DECAY,
        init={"reverb_length": 61, "add_dry": False},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("effects.DecayingReverb.__call__")
def _(d):
    taps = d.integer(1, 60)
    inputs = {"audio": d.audio(), "gain": d.normal(1), "decay": d.normal(1), "noise": d.normal(taps)}
    return Call(inputs, init={"reverb_length": taps, "add_dry": d.choose(True, False)}, rtol32=1e-4)
