"""Differences of waveforms, example by example."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, Draw, drawn
from tests.oracles import oracle

from ..inputs import AUDIO, TARGET

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.si_sdr")
def si_sdr(target_audio, audio, zero_mean=True):
    """Ratio of the audio's orthogonal projection on the target to the rest (Le Roux et al., 2019)."""
    ratios = []
    for s, x in zip(target_audio, audio, strict=True):
        s, x = s.ravel(), x.ravel()
        if zero_mean:
            s, x = s - np.mean(s), x - np.mean(x)
        n = len(s)
        projected = np.dot(x, s) / (np.dot(s, s) + 1e-12 * n) * s
        rest = x - projected
        ratios.append(10 * np.log10((np.dot(projected, projected) + 1e-12 * n) / (np.dot(rest, rest) + 1e-12 * n)))
    return np.asarray(ratios)


@oracle("losses.error_to_signal_ratio")
def error_to_signal_ratio(target_audio, audio, pre_emphasis=0.0):
    ratios = []
    for s, x in zip(target_audio, audio, strict=True):
        s, x = (np.convolve(y.ravel(), [1.0, -pre_emphasis])[: y.size] for y in (s, x))
        ratios.append(np.sum((s - x) ** 2) / max(np.sum(s**2), 1e-8 * s.size))
    return np.asarray(ratios)


def _weighted_mean(values, weights):
    return np.mean(values * (1.0 if weights is None else weights))


@oracle("losses.SISDRLoss.__call__")
def si_sdr_loss(target_audio, audio, weights=None, weight=1.0, zero_mean=True):
    return -weight * _weighted_mean(si_sdr(target_audio, audio, zero_mean)[:, None], weights)


@oracle("losses.ESRLoss.__call__")
def esr_loss(target_audio, audio, weights=None, weight=1.0, pre_emphasis=0.0):
    return weight * _weighted_mean(error_to_signal_ratio(target_audio, audio, pre_emphasis)[:, None], weights)


@oracle("losses.DCLoss.__call__")
def dc_loss(target_audio, audio, weights=None, weight=1.0):
    ratios = [np.mean(s - x) ** 2 / max(np.mean(s**2), 1e-8) for s, x in zip(target_audio, audio, strict=True)]
    return weight * _weighted_mean(np.asarray(ratios)[:, None], weights)


@oracle("losses.LogCoshLoss.__call__")
def log_cosh_loss(target_audio, audio, weights=None, weight=1.0, a=1.0):
    return weight * _weighted_mean(np.log(np.cosh(a * (target_audio - audio))) / a, weights)


# Cases --------------------------------------------------------------------------------------------------------------

#: Audio that resembles its target, with an offset.
CLOSE = {"target_audio": TARGET[:, :253] + 0.05, "audio": (0.7 * TARGET + 0.3 * AUDIO)[:, :253]}
WEIGHTED = {**CLOSE, "weights": uniform("example weights", 0.5, 1.5, 2, 1)}


def waveform_case(label, path, inputs=CLOSE, rtol32=2e-6, **options):
    """A case with options of a function, or settings of a class."""
    where = "init" if path.endswith("__call__") else "kwargs"
    return Case(label, path, inputs, wrt=("target_audio", "audio"), rtol32=rtol32, **{where: options})


CASES = [
    waveform_case("si_sdr", "losses.si_sdr"),
    waveform_case("si_sdr offset", "losses.si_sdr", zero_mean=False),
    waveform_case("error_to_signal_ratio", "losses.error_to_signal_ratio"),
    waveform_case("error_to_signal_ratio pre-emphasis", "losses.error_to_signal_ratio", pre_emphasis=0.85),
    waveform_case("SISDRLoss", "losses.SISDRLoss.__call__"),
    waveform_case("SISDRLoss offset", "losses.SISDRLoss.__call__", WEIGHTED, zero_mean=False, weight=0.1),
    waveform_case("ESRLoss", "losses.ESRLoss.__call__"),
    waveform_case("ESRLoss pre-emphasis", "losses.ESRLoss.__call__", WEIGHTED, pre_emphasis=0.95, weight=2.0),
    waveform_case("DCLoss", "losses.DCLoss.__call__"),
    waveform_case("DCLoss weights", "losses.DCLoss.__call__", WEIGHTED, weight=2.0),
    waveform_case("LogCoshLoss", "losses.LogCoshLoss.__call__"),
    waveform_case("LogCoshLoss sharp", "losses.LogCoshLoss.__call__", WEIGHTED, a=9.0, weight=2.0),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def sounds(d: Draw) -> dict[str, np.ndarray]:
    shape = (d.batch + 1, d.samples + 3)
    return {"target_audio": d.normal(*shape), "audio": d.normal(*shape)}


@drawn("losses.si_sdr", "losses.error_to_signal_ratio", "losses.SISDRLoss.__call__", "losses.ESRLoss.__call__")
def _(d):
    return Call(sounds(d), rtol32=1e-3)


@drawn("losses.DCLoss.__call__", "losses.LogCoshLoss.__call__")
def _(d):
    return Call(sounds(d), rtol32=1e-3)
