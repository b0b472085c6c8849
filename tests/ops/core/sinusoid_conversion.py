"""Conversion between sinusoids and harmonics."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import AMPLITUDES, DISTRIBUTION, F0, RATE
from .math import safe_divide
from .oscillators import get_harmonic_frequencies, normalize_harmonics

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.sinusoidal_to_harmonic")
def sinusoidal_to_harmonic(
    sin_amps, sin_freqs, f0_hz, harmonic_width=0.1, n_harmonics=100, sample_rate=16000, normalize=False
):
    """Each harmonic sums the sinusoids under a Gaussian around it. f0 = 0 has no harmonics."""
    harmonics = np.zeros((*sin_amps.shape[:2], n_harmonics))
    place = safe_divide(sin_freqs, f0_hz)
    for k in range(n_harmonics):
        weights = np.exp(-(((place - (k + 1)) / harmonic_width) ** 2))
        if normalize:
            weights = weights / np.maximum(weights.sum(-1, keepdims=True), 1.0)
        audible = (k + 1) * f0_hz[..., 0] < sample_rate / 2
        harmonics[..., k] = audible * (weights * sin_amps).sum(-1)
    total = harmonics.sum(-1, keepdims=True)
    return total, safe_divide(harmonics, total)


@oracle("core.harmonic_to_sinusoidal")
def harmonic_to_sinusoidal(harm_amp, harm_dist, f0_hz, sample_rate=16000):
    frequencies = get_harmonic_frequencies(f0_hz, harm_dist.shape[-1])
    return harm_amp * normalize_harmonics(harm_dist, f0_hz, sample_rate), frequencies


# Cases --------------------------------------------------------------------------------------------------------------

SINUSOIDS = {
    "sin_amps": uniform("sin amps", 0.1, 1.0, 2, 7, 11),
    "sin_freqs": uniform("sin freqs", 60.0, 2500.0, 2, 7, 11),
    "f0_hz": F0,
}
HARMONICS = {"harm_amp": AMPLITUDES, "harm_dist": DISTRIBUTION, "f0_hz": F0}


def _collect(label, **more):
    """A case with harmonics from below 100 Hz to above Nyquist, and more sinusoids than in a chunk."""
    inputs = {**SINUSOIDS, **{name: more.pop(name) for name in list(more) if name in SINUSOIDS}}
    kwargs = {"n_harmonics": 13, "sample_rate": RATE, "harmonic_width": 0.3, **more}
    name = f"sinusoidal_to_harmonic {label}"
    return Case(name, "core.sinusoidal_to_harmonic", inputs, kwargs, rtol32=8e-6 if label == "narrow" else 4e-6)


CASES = [
    _collect("plain"),
    _collect("normalize", normalize=True),
    _collect("narrow", harmonic_width=0.05, sin_freqs=F0 * uniform("ratios", 0.97, 1.03, 2, 7, 11) * np.arange(1, 12)),
    _collect("no fundamental", f0_hz=np.where(F0 > 400.0, F0, 0.0)),
    _collect("above Nyquist", f0_hz=F0 + RATE / 2),
    Case("harmonic_to_sinusoidal", "core.harmonic_to_sinusoidal", HARMONICS, {"sample_rate": RATE}),
    Case(
        "harmonic_to_sinusoidal above Nyquist",
        "core.harmonic_to_sinusoidal",
        {**HARMONICS, "f0_hz": F0 + RATE / 2},
        {"sample_rate": RATE},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.sinusoidal_to_harmonic")
def _(d):
    shape = (d.batch, d.frames, d.channels)
    inputs = {
        "sin_amps": d.uniform(0.1, 1, *shape),
        "sin_freqs": d.uniform(100, 3000, *shape),
        "f0_hz": d.uniform(100, 400, d.batch, d.frames, 1),
    }
    kwargs = {"n_harmonics": d.integer(1, 12), "sample_rate": d.sample_rate, "normalize": d.choose(True, False)}
    return Call(inputs, {**kwargs, "harmonic_width": d.choose(0.1, 0.5)}, rtol32=1e-4)


@drawn("core.harmonic_to_sinusoidal")
def _(d):
    inputs = {
        "harm_amp": d.uniform(0, 1, d.batch, d.frames, 1),
        "harm_dist": d.uniform(0.1, 1, d.batch, d.frames, d.channels),
        "f0_hz": d.f0(d.batch, d.frames, 1),
    }
    return Call(inputs, {"sample_rate": d.sample_rate})
