"""Two-way mismatch, Gaussian by Gaussian."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import log_normal

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.TWMLoss.get_loss_tensors")
def twm_losses(
    f0_candidates, freqs, amps, sinusoids_scale=0.5, harmonics_scale=0.2, n_harmonic_points=10,
    n_harmonic_gaussians=30, sample_rate=16000,
):  # fmt: skip
    """Both errors of every candidate, by loops over frames and candidates.

    Unlike in the original, candidates below 1 Hz count as 1 Hz, and a fundamental above Nyquist counts as well.
    """
    harmonics = np.arange(1, n_harmonic_gaussians + 1)
    points = np.arange(1, n_harmonic_points + 1)
    importance = np.linspace(1.0, 1.0 / n_harmonic_points, n_harmonic_points)
    found = np.zeros((2, *f0_candidates.shape))
    for batch, frame, candidate in np.ndindex(f0_candidates.shape):
        f0, f, a = f0_candidates[batch, frame, candidate], freqs[batch, frame], amps[batch, frame]

        ratios = f / max(f0, 1.0)
        log_p = np.logaddexp.reduce(log_normal(ratios[:, np.newaxis], harmonics, harmonics_scale), axis=1)
        log_p = log_p - np.log(n_harmonic_gaussians)
        first = -np.sum(log_p * a) / max(np.sum(a), 1e-7)

        height = np.maximum(a, 1e-7)
        height = height / np.sum(height)
        above = 12.0 * np.log2(points[:, np.newaxis]), 12.0 * np.log2(np.maximum(ratios, 1e-5))  # f0, in semitones
        log_p = np.logaddexp.reduce(np.log(height) + log_normal(*above, sinusoids_scale), axis=1)
        counted = (f0 * points < sample_rate / 2) | (points == 1)
        second = -np.sum((log_p * importance)[counted]) / np.sum(counted)
        found[:, batch, frame, candidate] = first, second
    return found[0], found[1]


def twm_error(init, inputs):
    init = dict(init)
    weights = init.pop("sinusoids_weight", 1.0), init.pop("harmonics_weight", 1.0)
    first, second = twm_losses(**inputs, **init)
    return weights[0] * first + weights[1] * second


@oracle("losses.TWMLoss.__call__")
def twm_call(init, **inputs):
    temperature = init.get("softmin_temperature", 1.0)
    error = twm_error({key: value for key, value in init.items() if key != "softmin_temperature"}, inputs)
    best = np.exp((np.min(error, axis=-1, keepdims=True) - error) / temperature)
    return np.mean(error * best / np.sum(best, axis=-1, keepdims=True))


@oracle("losses.TWMLoss.predict_f0")
def twm_predict_f0(init, **inputs):
    best = np.argmin(twm_error(init, inputs), axis=-1)[..., np.newaxis]
    return np.take_along_axis(inputs["f0_candidates"], best, axis=-1)


# Cases --------------------------------------------------------------------------------------------------------------

#: Candidates about an octave apart. The higher ones have harmonics above Nyquist, and some are above it themselves.
CANDIDATES = uniform("candidates", 0.95, 1.05, 2, 3, 5) * [110.0, 220.0, 441.0, 1500.0, 8100.0]
SINUSOIDS = {
    "f0_candidates": CANDIDATES,
    "freqs": uniform("sinusoids", 0.98, 1.02, 2, 3, 4) * [220.0, 437.0, 668.0, 8150.0],
    "amps": uniform("sinusoid amps", 0.05, 0.6, 2, 3, 4),
}
OTHERS = {
    "sinusoids_scale": 0.8, "harmonics_scale": 0.45, "n_harmonic_points": 4, "n_harmonic_gaussians": 7,
    "sample_rate": 8000,
}  # fmt: skip
WEIGHTS = {"sinusoids_weight": 0.4, "harmonics_weight": 1.3}


def _twm(label, method, **init):
    wrt = ("f0_candidates",) if method == "predict_f0" else None
    return Case(f"TWMLoss {label}", f"losses.TWMLoss.{method}", SINUSOIDS, init=init, wrt=wrt)


CASES = [
    _twm("call", "__call__"),
    _twm("temperature", "__call__", softmin_temperature=3.0, **OTHERS, **WEIGHTS),
    _twm("errors", "get_loss_tensors"),
    _twm("errors otherwise", "get_loss_tensors", **OTHERS),
    _twm("predict_f0", "predict_f0"),
    _twm("predict_f0 weights", "predict_f0", **OTHERS, **WEIGHTS),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("losses.TWMLoss.__call__")
def _(d):
    shape = (d.batch + 1, d.frames)
    inputs = {
        "f0_candidates": d.uniform(80, 500, *shape, d.integer(1, 5)),
        "freqs": d.uniform(80, 4000, *shape, d.channels),
        "amps": d.uniform(0.1, 1, *shape, d.channels),
    }
    return Call(inputs, rtol32=1e-3)
