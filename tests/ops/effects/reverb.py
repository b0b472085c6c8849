"""Reverb by an impulse response."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.convolution import fft_convolve
from ..inputs import AUDIO

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("effects.Reverb.get_controls")
def reverb_controls(init, audio, ir):
    return {"audio": audio, "ir": ir}


@oracle("effects.Reverb.get_signal", "effects.Reverb.__call__", "effects.TrainableReverb.__call__")
def reverb_signal(init, audio, ir):
    """The first tap of the response, which would be dry signal, is ignored; add_dry adds the dry signal."""
    ir = ir[None] if ir.ndim == 1 else ir[..., 0] if ir.ndim == 3 else ir
    wet = fft_convolve(audio, np.concatenate([0.0 * ir[:, :1], ir[:, 1:]], axis=1), "same", 0)
    return wet + audio if init.get("add_dry", True) else wet


# Cases --------------------------------------------------------------------------------------------------------------

ECHO = {"audio": AUDIO, "ir": normal("echo", 2, 61)}

CASES = [
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
        rtol32=4e-6,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("effects.Reverb.__call__")
def _(d):
    taps = d.integer(1, 60)
    ir = d.normal(*d.choose((taps,), (1, taps), (d.batch, taps), (d.batch, taps, 1)))
    return Call({"audio": d.audio(), "ir": ir}, init={"add_dry": d.choose(True, False)})
