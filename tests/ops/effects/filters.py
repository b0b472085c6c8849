"""FIR filter of network outputs."""

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.filters import frequency_filter
from ..core.scaling import exp_sigmoid
from ..inputs import AUDIO, MAGNITUDES

# Oracles ------------------------------------------------------------------------------------------------------------


def scaled(init, x):
    return x if init.get("scale_fn", "default") is None else exp_sigmoid(x)


@oracle("effects.FIRFilter.get_controls")
def fir_controls(init, audio, magnitudes):
    return {"audio": audio, "magnitudes": scaled(init, magnitudes)}


@oracle("effects.FIRFilter.get_signal")
def fir_signal(init, audio, magnitudes):
    return frequency_filter(audio, magnitudes, init.get("window_size", 257))


@oracle("effects.FIRFilter.__call__")
def fir_call(init, **inputs):
    return fir_signal(init, **fir_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
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


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("effects.FIRFilter.__call__")
def _(d):
    magnitudes = d.normal(d.batch, d.frames_of_a_filter(), d.integer(2, 20))
    return Call({"audio": d.audio(), "magnitudes": magnitudes}, init={"window_size": d.integer(0, 40)}, rtol32=1e-4)
