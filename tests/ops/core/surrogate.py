"""Damped exponentials, sample by sample."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, Draw, drawn
from tests.oracles import oracle

from ..inputs import RATE

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.surrogate_oscillator_bank")
def surrogate_oscillator_bank(real, imag, amplitudes=None, initial_phase=None, n_samples=64000, sum_sinusoids=True):
    z = np.asarray(real + 1j * imag, np.clongdouble)
    z = z / np.maximum(np.abs(z), 1.0)
    waves = np.exp(2j * np.pi * initial_phase) if initial_phase is not None else 1.0
    waves = waves * (1.0 if amplitudes is None else amplitudes)
    audio = np.stack([np.real(waves * z**n) for n in range(n_samples)], axis=1).astype(np.float64)
    return audio.sum(axis=2) if sum_sinusoids else audio


@oracle("core.surrogate_harmonics")
def surrogate_harmonics(real, imag, n_harmonics):
    z = real + 1j * imag
    z = (z / np.maximum(np.abs(z), 1.0)) ** np.arange(1, n_harmonics + 1)
    return z.real, z.imag


@oracle("core.surrogate_to_frequencies")
def surrogate_to_frequencies(real, imag, sample_rate=16000):
    return np.abs(np.angle(real + 1j * imag)) / (2.0 * np.pi) * sample_rate


@oracle("core.frequencies_to_surrogate")
def frequencies_to_surrogate(frequencies, magnitude=1.0, sample_rate=16000):
    z = magnitude * np.exp(2j * np.pi * frequencies / sample_rate)
    return z.real, z.imag


# Cases --------------------------------------------------------------------------------------------------------------

ANGLE, MAGNITUDE = uniform("surrogate angle", 0.1, 3.0, 2, 3), uniform("surrogate magnitude", 0.9, 0.999, 2, 3)
Z = {"real": MAGNITUDE * np.cos(ANGLE), "imag": MAGNITUDE * np.sin(ANGLE)}
BANK = {
    **Z,
    "amplitudes": uniform("surrogate amplitudes", 0.2, 1.0, 2, 3),
    "initial_phase": uniform("surrogate phase", 0.0, 1.0, 2, 3),
}

CASES = [
    Case("surrogate_oscillator_bank", "core.surrogate_oscillator_bank", BANK, {"n_samples": 53}),
    Case(
        "surrogate_oscillator_bank apart",
        "core.surrogate_oscillator_bank",
        Z,
        {"n_samples": 37, "sum_sinusoids": False},
    ),
    Case("surrogate_oscillator_bank one sample", "core.surrogate_oscillator_bank", BANK, {"n_samples": 1}),
    Case(
        "surrogate_oscillator_bank outside",
        "core.surrogate_oscillator_bank",
        {**BANK, "real": 1.5 * Z["real"], "imag": 1.5 * Z["imag"]},
        {"n_samples": 37},
        wrt=("amplitudes", "initial_phase"),
    ),
    Case(
        "surrogate_harmonics", "core.surrogate_harmonics", {name: x[:, :1] for name, x in Z.items()}, {"n_harmonics": 6}
    ),
    Case("surrogate_to_frequencies", "core.surrogate_to_frequencies", Z, {"sample_rate": RATE}),
    Case("surrogate_to_frequencies below", "core.surrogate_to_frequencies", {**Z, "imag": -Z["imag"]}),
    Case(
        "frequencies_to_surrogate",
        "core.frequencies_to_surrogate",
        {"frequencies": uniform("hz", 90, 1900, 2, 3)},
        {"magnitude": 0.9, "sample_rate": RATE},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def _surrogate(d: Draw, *shape: int) -> dict[str, np.ndarray]:
    radius, angle = d.uniform(0.9, 1.1, *shape), d.uniform(-3, 3, *shape)
    return {"real": radius * np.cos(angle), "imag": radius * np.sin(angle)}


@drawn("core.surrogate_oscillator_bank")
def _(d):
    shape = (d.batch, d.channels)
    inputs = _surrogate(d, *shape) | {"amplitudes": d.uniform(0, 1, *shape), "initial_phase": d.uniform(0, 1, *shape)}
    return Call(inputs, {"n_samples": d.samples, "sum_sinusoids": d.choose(True, False)}, rtol32=1e-4)


@drawn("core.surrogate_harmonics")
def _(d):
    return Call(_surrogate(d, d.batch, 1), {"n_harmonics": d.channels}, rtol32=1e-4)


@drawn("core.surrogate_to_frequencies")
def _(d):
    return Call(_surrogate(d, d.batch, d.channels), {"sample_rate": d.sample_rate})


@drawn("core.frequencies_to_surrogate")
def _(d):
    return Call({"frequencies": d.f0(d.batch, d.channels)}, {"sample_rate": d.sample_rate, "magnitude": 0.99})
