"""Harmonic synthesis, partial by partial, with phase in extended precision."""

from typing import Any

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, Draw, drawn
from tests.oracles import oracle

from ..inputs import AMPLITUDES, DISTRIBUTION, F0, RATE
from .oscillators import (
    get_harmonic_frequencies,
    harmonic_oscillator_bank,
    normalize_harmonics,
    oscillator_bank,
    remove_above_nyquist,
)
from .resampling import resample

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.harmonic_synthesis")
def harmonic_synthesis(
    frequencies, amplitudes, harmonic_shifts=None, harmonic_distribution=None, n_samples=64000, sample_rate=16000,
    amp_resample_method="window",
):  # fmt: skip
    shape_of = harmonic_distribution if harmonic_distribution is not None else harmonic_shifts
    n_harmonics = 1 if shape_of is None else shape_of.shape[-1]
    ratios = np.arange(1, n_harmonics + 1) * (1.0 if harmonic_shifts is None else 1.0 + harmonic_shifts)
    partial_amplitudes = amplitudes if harmonic_distribution is None else amplitudes * harmonic_distribution
    audio = 0.0
    for k in range(n_harmonics):  # one partial at a time: 60 s of audio fit in memory
        frequency = resample(frequencies * (ratios[..., k : k + 1]), n_samples)
        one = partial_amplitudes[..., k : k + 1] if partial_amplitudes.shape[-1] > 1 else partial_amplitudes
        amplitude = resample(one, n_samples, amp_resample_method)
        audio = audio + oscillator_bank(frequency, amplitude, sample_rate)
    return audio


@oracle("core.streaming_harmonic_synthesis")
def streaming_harmonic_synthesis(
    frequencies, amplitudes, harmonic_distribution=None, initial_phase=None, n_samples=64000, sample_rate=16000,
    amp_resample_method="linear",
):  # fmt: skip
    """Unlike in `harmonic_synthesis`, the distribution is normalized. Muting is the same, at each sample."""
    partial_amplitudes = amplitudes
    if harmonic_distribution is not None:
        partial_amplitudes = amplitudes * normalize_harmonics(harmonic_distribution, frequencies, sample_rate)
    frequency = resample(frequencies, n_samples)
    envelopes = resample(partial_amplitudes, n_samples, amp_resample_method)
    partials = get_harmonic_frequencies(frequency, envelopes.shape[-1])
    envelopes = remove_above_nyquist(partials, envelopes, sample_rate)
    return harmonic_oscillator_bank(frequency, envelopes, initial_phase, sample_rate)


@oracle("core.plain_harmonic_synthesis")
def plain_harmonic_synthesis(f0_hz, amplitudes, n_samples=64000, sample_rate=16000, method="window", initial_phase=0.0):
    start = np.full((1, 1, 1), initial_phase)
    return streaming_harmonic_synthesis(f0_hz, amplitudes, None, start, n_samples, sample_rate, method)


def voices_synthesis(frequencies, amplitudes, harmonic_shifts=None, harmonic_distribution=None, **options):
    """Sum of single voices; an axis of length 1 is broadcast."""
    controls = {"frequencies": frequencies, "amplitudes": amplitudes, "harmonic_shifts": harmonic_shifts,
                "harmonic_distribution": harmonic_distribution}  # fmt: skip
    controls = {name: x for name, x in controls.items() if x is not None}
    n_voices = max(x.shape[1] for x in controls.values())
    return sum(
        harmonic_synthesis(**{name: x[:, min(v, x.shape[1] - 1)] for name, x in controls.items()}, **options)
        for v in range(n_voices)
    )


# Cases --------------------------------------------------------------------------------------------------------------

SHIFTS = normal("shifts", 2, 7, 6, scale=0.02)
FRAMES = {"frequencies": F0, "amplitudes": AMPLITUDES, "harmonic_distribution": DISTRIBUTION}


def _synthesis(label, n_samples=155, **more):
    """A case with 155 samples for 7 frames, so the hop is not an integer."""
    method, rtol32 = more.pop("method", "window"), more.pop("rtol32", 8e-6)
    inputs = {**FRAMES, **more}
    inputs = {name: x for name, x in inputs.items() if x is not None}
    kwargs = {"n_samples": n_samples, "sample_rate": RATE, "amp_resample_method": method}
    return Case(f"harmonic_synthesis {label}", "core.harmonic_synthesis", inputs, kwargs, rtol32=rtol32)


def _streaming(label, n_samples=155, method="linear", **more):
    kwargs = {"n_samples": n_samples, "sample_rate": RATE, "amp_resample_method": method}
    inputs = {**FRAMES, **more}
    return Case(f"streaming {label}", "core.streaming_harmonic_synthesis", inputs, kwargs, rtol32=1e-5)


CHORD = {
    "frequencies": uniform("chord f0", 90.0, 700.0, 2, 3, 5, 1),
    "amplitudes": uniform("chord amplitudes", 0.2, 1.0, 2, 3, 5, 1),
    "harmonic_distribution": uniform("chord distribution", 0.1, 1.0, 2, 3, 5, 4),
}
SHORT = {"n_samples": 71, "sample_rate": RATE}


def _chord(label, **more):
    inputs = {**CHORD, **more}
    return Case(f"harmonic_synthesis voices{label}", "core.harmonic_synthesis",
                {name: x for name, x in inputs.items() if x is not None}, SHORT,
                oracle=voices_synthesis, rtol32=8e-6)  # fmt: skip


CASES = [
    _synthesis("window"),
    _synthesis("linear", method="linear"),
    _synthesis("nearest", method="nearest"),
    _synthesis("cubic", method="cubic", rtol32=1.6e-5),
    _synthesis("even hop", n_samples=7 * 24),
    _synthesis("even hop linear", n_samples=7 * 24, method="linear"),
    _synthesis("plain", harmonic_distribution=None),
    _synthesis("shifts", harmonic_shifts=SHIFTS, rtol32=1.6e-5),
    _synthesis("shifts only", harmonic_distribution=None, harmonic_shifts=SHIFTS, rtol32=1.6e-5),
    _synthesis("one sample", n_samples=1, method="linear"),
    _synthesis("fewer samples than frames", n_samples=5, method="linear"),
    Case(
        "plain_harmonic_synthesis",
        "core.plain_harmonic_synthesis",
        {"f0_hz": F0, "amplitudes": DISTRIBUTION},
        {"n_samples": 155, "sample_rate": RATE, "initial_phase": 0.3},
        rtol32=1e-4,
    ),
    _streaming("linear"),
    _streaming("window", method="window", initial_phase=uniform("initial phase", 0.0, 1.0, 2, 1, 1)),
    _chord(""),
    _chord(" shifts", harmonic_shifts=normal("chord shifts", 2, 3, 5, 4, scale=0.02)),
    _chord(" plain", harmonic_distribution=None),
    _chord(" of one timbre", harmonic_distribution=CHORD["harmonic_distribution"][:, :1]),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def harmonic_inputs(d: Draw) -> dict[str, np.ndarray]:
    return {
        "frequencies": d.f0(d.batch, d.frames, 1),
        "amplitudes": d.uniform(0, 1, d.batch, d.frames, 1),
        "harmonic_distribution": d.uniform(0.1, 1, d.batch, d.frames, d.channels),
    }


def synthesis_options(d: Draw) -> dict[str, Any]:
    method = d.choose("linear", "nearest", "cubic", "window")
    n = max(d.samples, d.frames) if method == "window" else d.samples
    return {"n_samples": n, "sample_rate": d.sample_rate, "amp_resample_method": method}


@drawn("core.harmonic_synthesis")
def _(d):
    inputs = harmonic_inputs(d)
    if d.choose(True, False):
        inputs["harmonic_shifts"] = d.normal(d.batch, d.frames, d.channels, scale=0.02)
    return Call(inputs, synthesis_options(d), rtol32=1e-4)


@drawn("core.plain_harmonic_synthesis")
def _(d):
    inputs = {"f0_hz": d.f0(d.batch, d.frames, 1), "amplitudes": d.uniform(0, 1, d.batch, d.frames, d.channels)}
    options = synthesis_options(d)
    options["method"] = options.pop("amp_resample_method")
    return Call(inputs, {**options, "initial_phase": d.choose(0.0, 0.25)}, rtol32=1e-3)


@drawn("core.streaming_harmonic_synthesis")
def _(d):
    return Call(harmonic_inputs(d), synthesis_options(d), rtol32=1e-4)
