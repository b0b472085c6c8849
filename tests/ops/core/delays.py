"""Delays of variable length, sample by sample."""

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import broadcast_batches
from .wavetables import ENDS, STEP

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.variable_length_delay")
def variable_length_delay(phase, audio, max_length=512):
    """Linear interpolation of past samples, with silence before the first one.

    The delay line of the original ends one sample earlier and continues periodically with the current sample.
    """
    phase = phase[..., 0] if phase.ndim == 3 else phase
    phase, audio = broadcast_batches(phase, audio)
    out = np.zeros(audio.shape)
    for b, n in np.ndindex(*audio.shape):
        past = [audio[b, n - k] if k <= n else 0.0 for k in range(max_length + 1)]
        out[b, n] = np.interp(phase[b, n] * max_length, np.arange(max_length + 1), past)
    return out


# Cases --------------------------------------------------------------------------------------------------------------

DELAYED = {"phase": uniform("delay phase", 0.0, 1.0, 2, 67, 1), "audio": normal("delayed", 2, 67)}

CASES = [
    Case("variable_length_delay", "core.variable_length_delay", DELAYED, {"max_length": 40}, rtol32=1e-5, step=STEP),
    Case(
        "variable_length_delay longer",
        "core.variable_length_delay",
        {**DELAYED, "phase": DELAYED["phase"][:, :, 0]},
        {"max_length": 100},
        rtol32=2e-5,
        step=STEP,
    ),
    Case(
        "variable_length_delay ends",
        "core.variable_length_delay",
        {"phase": ENDS, "audio": normal("ends", 2, 8)},
        {"max_length": 3},
        wrt=("audio",),
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.variable_length_delay")
def _(d):
    phase = d.uniform(0, 1, d.batch, d.samples, *d.choose((), (1,))) * d.choose(0.0, 1.0)
    return Call({"phase": phase, "audio": d.audio()}, {"max_length": d.integer(2, 90)}, rtol32=1e-4)
