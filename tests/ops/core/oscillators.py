"""Sums of sines, partial by partial, with phase in extended precision."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import DISTRIBUTION, F0, RATE
from .math import safe_divide
from .phase import cycles

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.get_harmonic_frequencies")
def get_harmonic_frequencies(frequencies, n_harmonics):
    return frequencies * np.arange(1, n_harmonics + 1)


@oracle("core.remove_above_nyquist")
def remove_above_nyquist(frequency_envelopes, amplitude_envelopes, sample_rate=16000):
    return np.where(frequency_envelopes >= sample_rate / 2, 0.0, amplitude_envelopes)


@oracle("core.normalize_harmonics")
def normalize_harmonics(harmonic_distribution, f0_hz=None, sample_rate=None):
    if f0_hz is not None and sample_rate is not None:
        frequencies = get_harmonic_frequencies(f0_hz, harmonic_distribution.shape[-1])
        harmonic_distribution = remove_above_nyquist(frequencies, harmonic_distribution, sample_rate)
    return safe_divide(harmonic_distribution, harmonic_distribution.sum(-1, keepdims=True))


@oracle("core.oscillator_bank")
def oscillator_bank(frequency_envelopes, amplitude_envelopes, sample_rate=16000, sum_sinusoids=True):
    amplitudes = remove_above_nyquist(frequency_envelopes, amplitude_envelopes, sample_rate)
    waves = amplitudes * np.sin(2 * np.pi * cycles(frequency_envelopes, sample_rate))
    return waves.sum(-1) if sum_sinusoids else waves


@oracle("core.harmonic_oscillator_bank")
def harmonic_oscillator_bank(frequency, amplitude_envelopes, initial_phase=None, sample_rate=16000):
    """Phases in cycles, with the last one in [-0.5, 0.5] (in the original, radians without wrapping). No muting."""
    phase = cycles(frequency, sample_rate)
    if initial_phase is not None:
        phase = phase + initial_phase
    audio = np.zeros(amplitude_envelopes.shape[:2])
    for k in range(amplitude_envelopes.shape[-1]):
        audio += amplitude_envelopes[..., k] * np.sin(2 * np.pi * ((k + 1) * phase[..., 0] % 1.0))
    last = phase[:, -1:, :1]
    return audio, last - np.round(last)


# Cases --------------------------------------------------------------------------------------------------------------

SAMPLE_F0 = np.repeat(uniform("sample f0", 150.0, 450.0, 2, 11, 1), 9, axis=1)
BANK = {
    "frequency_envelopes": uniform("bank", 50.0, 2500.0, 2, 99, 5),
    "amplitude_envelopes": uniform("bank amplitudes", 0.0, 1.0, 2, 99, 5),
}

CASES = [
    Case("get_harmonic_frequencies", "core.get_harmonic_frequencies", {"frequencies": F0}, {"n_harmonics": 5}),
    Case(
        "remove_above_nyquist", "core.remove_above_nyquist", BANK, {"sample_rate": RATE}, wrt=("amplitude_envelopes",)
    ),
    Case("normalize_harmonics", "core.normalize_harmonics", {"harmonic_distribution": DISTRIBUTION}),
    Case(
        "normalize_harmonics nyquist",
        "core.normalize_harmonics",
        {"harmonic_distribution": DISTRIBUTION, "f0_hz": F0},
        {"sample_rate": RATE},
        wrt=("harmonic_distribution",),
    ),
    Case("oscillator_bank", "core.oscillator_bank", BANK, {"sample_rate": RATE}, rtol32=1e-5),
    Case(
        "oscillator_bank apart",
        "core.oscillator_bank",
        BANK,
        {"sample_rate": RATE, "sum_sinusoids": False},
        rtol32=1e-5,
    ),
    Case(
        "harmonic_oscillator_bank",
        "core.harmonic_oscillator_bank",
        {"frequency": SAMPLE_F0, "amplitude_envelopes": uniform("hob", 0.0, 1.0, 2, 99, 4)},
        {"sample_rate": RATE},
        rtol32=1e-5,
    ),
    Case(
        "harmonic_oscillator_bank phase",
        "core.harmonic_oscillator_bank",
        {
            "frequency": SAMPLE_F0,
            "amplitude_envelopes": uniform("hob", 0.0, 1.0, 2, 99, 4),
            "initial_phase": uniform("initial phase", 0.0, 1.0, 2, 1, 1),
        },
        {"sample_rate": RATE},
        rtol32=1e-5,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.get_harmonic_frequencies")
def _(d):
    return Call({"frequencies": d.f0(d.batch, d.frames, 1)}, {"n_harmonics": d.channels})


@drawn("core.remove_above_nyquist", "core.oscillator_bank")
def _(d):
    shape = (d.batch, d.samples, d.channels)
    inputs = {"frequency_envelopes": d.f0(*shape), "amplitude_envelopes": d.uniform(0, 1, *shape)}
    return Call(inputs, {"sample_rate": d.sample_rate}, rtol32=1e-4)


@drawn("core.normalize_harmonics")
def _(d):
    inputs = {"harmonic_distribution": d.uniform(0.1, 1, d.batch, d.frames, d.channels)}
    if d.choose(True, False):
        return Call(inputs)
    return Call({**inputs, "f0_hz": d.f0(d.batch, d.frames, 1)}, {"sample_rate": d.sample_rate})


@drawn("core.harmonic_oscillator_bank")
def _(d):
    inputs = {
        "frequency": d.f0(d.batch, d.samples, 1),
        "amplitude_envelopes": d.uniform(0, 1, d.batch, d.samples, d.channels),
    }
    return Call(inputs, {"sample_rate": d.sample_rate}, rtol32=1e-4)
