"""Ratios of signals and errors, example by example."""

import numpy as np

from tests.cases import Case
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


# Cases --------------------------------------------------------------------------------------------------------------

#: Audio that resembles its target, with an offset.
CLOSE = {"target_audio": TARGET[:, :253] + 0.05, "audio": (0.7 * TARGET + 0.3 * AUDIO)[:, :253]}


def waveform_case(label, path, inputs=CLOSE, rtol32=2e-6, **options):
    """A case with options of a function, or settings of a class."""
    where = "init" if path.endswith("__call__") else "kwargs"
    return Case(label, path, inputs, wrt=("target_audio", "audio"), rtol32=rtol32, **{where: options})


CASES = [
    waveform_case("si_sdr", "losses.si_sdr"),
    waveform_case("si_sdr offset", "losses.si_sdr", zero_mean=False),
    waveform_case("error_to_signal_ratio", "losses.error_to_signal_ratio"),
    waveform_case("error_to_signal_ratio pre-emphasis", "losses.error_to_signal_ratio", pre_emphasis=0.85),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def sounds(d: Draw) -> dict[str, np.ndarray]:
    shape = (d.batch + 1, d.samples + 3)
    return {"target_audio": d.normal(*shape), "audio": d.normal(*shape)}


@drawn("losses.si_sdr", "losses.error_to_signal_ratio")
def _(d):
    return Call(sounds(d), rtol32=1e-3)
