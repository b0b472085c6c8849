"""Synthesizer of damped exponentials."""

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.scaling import exp_sigmoid
from ..core.surrogate import BANK, Z, surrogate_oscillator_bank

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("synths.SurrogateSinusoidal.get_controls")
def surrogate_controls(init, amplitudes, real, imag, initial_phase=None):
    amplitudes = amplitudes if init.get("scale_fn", "default") is None else exp_sigmoid(amplitudes)
    initial_phase = 0.0 * real if initial_phase is None else initial_phase
    return {"amplitudes": amplitudes, "real": real, "imag": imag, "initial_phase": initial_phase}


@oracle("synths.SurrogateSinusoidal.get_signal")
def surrogate_signal(init, **controls):
    return surrogate_oscillator_bank(**controls, n_samples=init.get("n_samples", 64000))


@oracle("synths.SurrogateSinusoidal.__call__")
def surrogate_call(init, **inputs):
    return surrogate_signal(init, **surrogate_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case(
        "SurrogateSinusoidal",
        "synths.SurrogateSinusoidal.__call__",
        {"amplitudes": normal("surrogate network", 2, 3), **Z},
        init={"n_samples": 53},
    ),
    Case("SurrogateSinusoidal controls", "synths.SurrogateSinusoidal.get_controls", BANK),
    Case("SurrogateSinusoidal signal", "synths.SurrogateSinusoidal.get_signal", BANK, init={"n_samples": 53}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("synths.SurrogateSinusoidal.__call__")
def _(d):
    shape = (d.batch, d.channels)
    inputs = {"amplitudes": d.normal(*shape), "real": d.normal(*shape), "imag": d.normal(*shape)}
    return Call(inputs, init={"n_samples": d.samples}, rtol32=1e-4)
