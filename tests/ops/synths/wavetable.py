"""Wavetable synthesizer."""

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.band_limiting import SIZE, TABLE
from ..core.scaling import exp_sigmoid
from ..core.wavetables import STEP, TONE, wavetable_synthesis
from ..inputs import RATE

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("synths.Wavetable.get_controls")
def wavetable_controls(init, amplitudes, wavetables, f0_hz):
    if init.get("scale_fn", "default") is not None:
        amplitudes, wavetables = exp_sigmoid(amplitudes), exp_sigmoid(wavetables)
    return {"amplitudes": amplitudes, "wavetables": wavetables, "f0_hz": f0_hz}


@oracle("synths.Wavetable.get_signal")
def wavetable_signal(init, amplitudes, wavetables, f0_hz):
    names = ("n_samples", "sample_rate", "band_limit")
    return wavetable_synthesis(f0_hz, amplitudes, wavetables, **{name: init[name] for name in names if name in init})


@oracle("synths.Wavetable.__call__")
def wavetable_call(init, **inputs):
    return wavetable_signal(init, **wavetable_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

NETWORK = {"amplitudes": normal("t a", 2, 7, 1), "wavetables": normal("t w", 2, 7, SIZE), "f0_hz": TONE["frequencies"]}
SCALED = {"amplitudes": TONE["amplitudes"], "wavetables": TABLE, "f0_hz": TONE["frequencies"]}

CASES = [
    Case(
        "Wavetable",
        "synths.Wavetable.__call__",
        NETWORK,
        init={"n_samples": 155, "sample_rate": RATE},
        rtol32=2e-5,
        step=STEP,
    ),
    Case("Wavetable controls", "synths.Wavetable.get_controls", NETWORK, wrt=("amplitudes", "wavetables")),
    Case(
        "Wavetable signal",
        "synths.Wavetable.get_signal",
        SCALED,
        init={"n_samples": 155, "sample_rate": RATE, "band_limit": True},
        rtol32=2e-5,
        step=STEP,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("synths.Wavetable.__call__")
def _(d):
    inputs = {
        "amplitudes": d.normal(d.batch, d.frames, 1),
        "wavetables": d.normal(d.batch, d.integer(2, 40)),
        "f0_hz": d.uniform(0.0, 0.4 * d.sample_rate, d.batch, d.frames, 1),
    }
    init = {"n_samples": max(d.samples, d.frames), "sample_rate": d.sample_rate, "band_limit": d.choose(True, False)}
    return Call(inputs, init=init, rtol32=1e-3)
