"""Cross-fade of two signals."""

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.activations import sigmoid
from ..core.resampling import resample
from ..inputs import AUDIO, TARGET

# Oracles ------------------------------------------------------------------------------------------------------------


def mix_controls(signal_one, signal_two, nn_out_mix_level):
    mix_level = resample(sigmoid(nn_out_mix_level), signal_one.shape[1])
    return {"signal_one": signal_one, "signal_two": signal_two, "mix_level": mix_level}


@oracle("processors.Mix.get_signal")
def mix_signal(signal_one, signal_two, mix_level):
    """Gains from the second signal to the first are a quarter circle; the gains of the original do not cross-fade."""
    turn = (mix_level if signal_one.ndim == 3 else mix_level[..., 0]) * np.pi / 2
    return np.sin(turn) * signal_one + np.cos(turn) * signal_two


@oracle("processors.Mix.__call__")
def mix(signal_one, signal_two, nn_out_mix_level):
    return mix_signal(**mix_controls(signal_one, signal_two, nn_out_mix_level))


# Cases --------------------------------------------------------------------------------------------------------------

PAIR = {"signal_one": AUDIO, "signal_two": TARGET}

CASES = [
    Case("Mix", "processors.Mix.__call__", {**PAIR, "nn_out_mix_level": normal("mix", 2, 7, 1)}),
    Case(
        "Mix channels",
        "processors.Mix.__call__",
        {
            "signal_one": AUDIO[:, :, None] * np.ones(2),
            "signal_two": TARGET[:, :, None],
            "nn_out_mix_level": normal("mix", 2, 1, 1),
        },
    ),
    Case("Mix signal", "processors.Mix.get_signal", {**PAIR, "mix_level": uniform("level", 0.0, 1.0, 2, 555, 1)}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("processors.Mix.__call__")
def _(d):
    signals = {name: d.normal(d.batch, d.samples) for name in ("signal_one", "signal_two")}
    level = d.normal(d.batch, d.integer(1, d.samples), 1)
    return Call(signals | {"nn_out_mix_level": level}, rtol32=1e-4)
