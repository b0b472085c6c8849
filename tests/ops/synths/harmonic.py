"""Harmonic synthesizer, of one and of several voices."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.harmonic import CHORD, SHORT, harmonic_inputs, harmonic_synthesis, synthesis_options, voices_synthesis
from ..core.oscillators import normalize_harmonics
from ..core.scaling import exp_sigmoid
from ..inputs import AMPLITUDES, DISTRIBUTION, F0, RATE

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("synths.Harmonic.get_controls")
def harmonic_controls(init, amplitudes, harmonic_distribution, f0_hz):
    if init.get("scale_fn", "default") is not None:
        amplitudes, harmonic_distribution = exp_sigmoid(amplitudes), exp_sigmoid(harmonic_distribution)
    below_nyquist = init.get("normalize_below_nyquist", True)
    distribution = normalize_harmonics(
        harmonic_distribution, f0_hz if below_nyquist else None, init.get("sample_rate", 16000)
    )
    return {"amplitudes": amplitudes, "harmonic_distribution": distribution, "f0_hz": f0_hz}


@oracle("synths.Harmonic.get_signal")
def harmonic_signal(init, amplitudes, harmonic_distribution, f0_hz):
    return harmonic_synthesis(
        f0_hz,
        amplitudes,
        harmonic_distribution=harmonic_distribution,
        n_samples=init.get("n_samples", 64000),
        sample_rate=init.get("sample_rate", 16000),
        amp_resample_method=init.get("amp_resample_method", "window"),
    )


def voices_controls(amplitudes, harmonic_distribution, f0_hz, sample_rate):
    """Controls of several voices, normalized voice by voice."""
    distribution = [
        normalize_harmonics(exp_sigmoid(harmonic_distribution[:, v]), f0_hz[:, v], sample_rate)
        for v in range(f0_hz.shape[1])
    ]
    distribution = np.stack(distribution, axis=1)
    return {"amplitudes": exp_sigmoid(amplitudes), "harmonic_distribution": distribution, "f0_hz": f0_hz}


@oracle("synths.Harmonic.__call__")
def harmonic_call(init, **inputs):
    return harmonic_signal(init, **harmonic_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

HARMONIC = {"n_samples": 155, "sample_rate": RATE}
NETWORK = {
    "amplitudes": normal("network amplitudes", 2, 7, 1),
    "harmonic_distribution": normal("network distribution", 2, 7, 6),
    "f0_hz": F0,
}
SCALED = {"amplitudes": AMPLITUDES, "harmonic_distribution": DISTRIBUTION, "f0_hz": F0}
CHORD_NETWORK = {
    "amplitudes": normal("chord network amplitudes", 2, 3, 5, 1),
    "harmonic_distribution": normal("chord network distribution", 2, 3, 5, 4),
    "f0_hz": CHORD["frequencies"],
}


def _network_controls(**network):
    return voices_controls(**network, sample_rate=RATE)


def _network_chord(**network):
    controls = _network_controls(**network)
    controls["frequencies"] = controls.pop("f0_hz")
    return voices_synthesis(**controls, **SHORT)


CASES = [
    Case("Harmonic", "synths.Harmonic.__call__", NETWORK, init=HARMONIC, rtol32=1e-5),
    Case(
        "Harmonic controls",
        "synths.Harmonic.get_controls",
        NETWORK,
        init=HARMONIC,
        wrt=("amplitudes", "harmonic_distribution"),
    ),
    Case(
        "Harmonic signal",
        "synths.Harmonic.get_signal",
        SCALED,
        init={**HARMONIC, "amp_resample_method": "linear"},
        rtol32=8e-6,
    ),
    Case("Harmonic voices", "synths.Harmonic.__call__", CHORD_NETWORK, init=SHORT, oracle=_network_chord, rtol32=1e-5),
    Case(
        "Harmonic voices controls",
        "synths.Harmonic.get_controls",
        CHORD_NETWORK,
        init=SHORT,
        oracle=_network_controls,
        wrt=("amplitudes", "harmonic_distribution"),
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("synths.Harmonic.__call__", "synths.Harmonic.get_signal")
def _(d):
    inputs = harmonic_inputs(d)
    inputs["f0_hz"] = inputs.pop("frequencies")
    return Call(inputs, init=synthesis_options(d), rtol32=1e-4)
