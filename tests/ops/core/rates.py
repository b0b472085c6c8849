"""Conversion of the sample rate, by a sum of windowed sincs."""

from math import ceil

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import exact

# Oracles ------------------------------------------------------------------------------------------------------------


def bessel_i0(x):
    """Modified Bessel function of order 0 by its power series."""
    total = term = np.ones_like(x)
    for k in range(1, 60):
        term = term * (x / (2 * k)) ** 2
        total = total + term
    return total


@oracle("core.resample_audio")
def resample_audio(audio, from_rate, to_rate):
    """Each sample is the sum of all audio under a windowed sinc around its time."""
    ratio = exact(to_rate) / exact(from_rate)
    if ratio == 1:
        return audio
    n_out = ceil(audio.shape[-1] * ratio)
    lower = float(min(ratio, 1))
    out = np.zeros((*audio.shape[:-1], n_out))
    for m in range(n_out):
        distance = (np.arange(audio.shape[-1]) - float(m / ratio)) * lower
        inside = np.abs(distance) <= 96.0
        window = bessel_i0(13.0 * np.sqrt(1.0 - (distance[inside] / 96.0) ** 2)) / bessel_i0(np.asarray(13.0))
        out[..., m] = (audio[..., inside] * (0.956 * lower * np.sinc(0.956 * distance[inside]) * window)).sum(axis=-1)
    return out


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case(
        "resample_audio",
        "core.resample_audio",
        {"audio": normal("audio", 2, 333)},
        {"from_rate": 44100, "to_rate": 16000},
    ),
    Case(
        "resample_audio up",
        "core.resample_audio",
        {"audio": normal("audio", 333)},
        {"from_rate": 16000, "to_rate": 24000.0},
    ),
    Case(
        "resample_audio odd",
        "core.resample_audio",
        {"audio": normal("audio", 2, 70)},
        {"from_rate": 5512.5, "to_rate": 4999},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.resample_audio")
def _(d):
    rates = (8000, 11025, 16000, 22050, 44100, 44100.0, 5512.5, 7919)
    return Call({"audio": d.audio()}, {"from_rate": d.choose(*rates), "to_rate": d.choose(*rates)})
