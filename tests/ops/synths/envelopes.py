"""ADSR envelopes of network outputs."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.envelopes import ENVELOPE, PAIR, adsr

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("synths.ADSR.get_controls")
def adsr_controls(init, attack, decay, sustain, release, note_off, note_on=None):
    if init.get("scale_fn", "default") is not None:
        longest = init.get("max_time", 2.0)
        attack, decay, release = (longest / (1.0 + np.exp(-x)) for x in (attack, decay, release))
        sustain = 1.0 / (1.0 + np.exp(-sustain))
    note_on = 0.0 * note_off if note_on is None else note_on
    times = {"attack": attack, "decay": decay, "sustain": sustain, "release": release}
    return {**times, "note_off": note_off, "note_on": note_on}


@oracle("synths.ADSR.get_signal")
def adsr_signal(init, **controls):
    return adsr(**controls, **{k: init[k] for k in ("n_frames", "frame_rate", "curve") if k in init})


@oracle("synths.ADSR.__call__")
def adsr_call(init, **inputs):
    return adsr_signal(init, **adsr_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

NETWORK = {name: normal(f"adsr {name}", 2, 1) for name in ("attack", "decay", "sustain", "release")}

CASES = [
    Case(
        "ADSR", "synths.ADSR.__call__", {**NETWORK, "note_off": PAIR["note_off"]}, init={**ENVELOPE, "max_time": 0.87}
    ),
    Case("ADSR controls", "synths.ADSR.get_controls", {**NETWORK, "note_off": PAIR["note_off"]}),
    Case("ADSR signal", "synths.ADSR.get_signal", PAIR, init={**ENVELOPE, "curve": 2.0}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("synths.ADSR.__call__")
def _(d):
    names = ("attack", "decay", "sustain", "release")
    inputs = {name: d.normal(d.batch, 1) for name in names} | {"note_off": d.uniform(0.1, 1.0, d.batch, 1)}
    return Call(inputs, init={"n_frames": d.samples, "frame_rate": 100.0}, rtol32=1e-4)
