"""Sinusoidal synthesizer."""

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.harmonic import synthesis_options
from ..core.oscillators import oscillator_bank, remove_above_nyquist
from ..core.resampling import resample
from ..core.scaling import exp_sigmoid, frequencies_sigmoid
from ..inputs import DISTRIBUTION, F0
from .harmonic import HARMONIC

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("synths.Sinusoidal.get_controls")
def sinusoidal_controls(init, amplitudes, frequencies):
    if init.get("amp_scale_fn", "default") is not None:
        amplitudes = exp_sigmoid(amplitudes)
    if init.get("freq_scale_fn", "default") is not None:
        frequencies = frequencies_sigmoid(frequencies, hz_max=init.get("sample_rate", 16000) / 2.0)
        amplitudes = remove_above_nyquist(frequencies, amplitudes, init.get("sample_rate", 16000))
    return {"amplitudes": amplitudes, "frequencies": frequencies}


@oracle("synths.Sinusoidal.get_signal")
def sinusoidal_signal(init, amplitudes, frequencies):
    n_samples = init.get("n_samples", 64000)
    envelopes = resample(amplitudes, n_samples, init.get("amp_resample_method", "window"))
    return oscillator_bank(resample(frequencies, n_samples), envelopes, init.get("sample_rate", 16000))


@oracle("synths.Sinusoidal.__call__")
def sinusoidal_call(init, **inputs):
    return sinusoidal_signal(init, **sinusoidal_controls(init, **inputs))


# Cases --------------------------------------------------------------------------------------------------------------

SINES = {"amplitudes": normal("sines", 2, 7, 6), "frequencies": normal("sine frequencies", 2, 7, 6)}

CASES = [
    Case("Sinusoidal", "synths.Sinusoidal.__call__", SINES, init=HARMONIC, rtol32=8e-5),
    Case(
        "Sinusoidal controls",
        "synths.Sinusoidal.get_controls",
        SINES,
        init={**HARMONIC, "sample_rate": 6000},
        rtol32=3e-6,
    ),
    Case(
        "Sinusoidal signal",
        "synths.Sinusoidal.get_signal",
        {"amplitudes": DISTRIBUTION, "frequencies": F0 * (0.9 + DISTRIBUTION)},
        init={**HARMONIC, "amp_resample_method": "linear"},
        rtol32=1.6e-5,
    ),
    Case(
        "Sinusoidal one frame, one sample",
        "synths.Sinusoidal.get_signal",
        {"amplitudes": DISTRIBUTION[:1, :1], "frequencies": 100.0 + 0.0 * DISTRIBUTION[:1, :1]},
        init={"n_samples": 1},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("synths.Sinusoidal.__call__")
def _(d):
    shape = (d.batch, d.frames, d.channels)
    inputs = {"amplitudes": d.normal(*shape), "frequencies": d.normal(*shape)}
    return Call(inputs, init=synthesis_options(d), rtol32=1e-4)
