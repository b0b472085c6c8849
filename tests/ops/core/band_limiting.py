"""Band-limited wavetables, by Fourier sums."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

# Oracles ------------------------------------------------------------------------------------------------------------


def with_gains(table, gains):
    """Fourier series of a table [n] at its samples, with gains [..., harmonics] for harmonics 0 ... n // 2."""
    size = len(table)
    turns = np.arange(size) / size
    out = np.zeros((*gains.shape[:-1], size))
    for h in range(size // 2 + 1):
        c = np.sum(table * np.exp(-2j * np.pi * h * turns)) / size
        both = 1.0 if h in (0, size / 2) else 2.0  # h and -h
        out += gains[..., h : h + 1] * both * np.real(c * np.exp(2j * np.pi * h * turns))
    return out


def level_tops(size, per_octave=8):
    """Highest harmonics of the levels of a table of this size, in descending order: rounded powers of 2, and 0."""
    most = size // 2
    tops = {round(2.0 ** (k / per_octave)) for k in range(per_octave * 20)}
    return sorted({t for t in tops if t <= most} | {0, most}, reverse=True)


@oracle("core.band_limited_wavetables")
def band_limited_wavetables(wavetables, levels_per_octave=8):
    size = wavetables.shape[-1]
    levels = [
        [
            with_gains(table, (np.arange(size // 2 + 1) <= top).astype(float))
            for top in level_tops(size, levels_per_octave)
        ]
        for table in wavetables
    ]
    return np.asarray(levels)


# Cases --------------------------------------------------------------------------------------------------------------

SIZE = 24
TABLE = normal("table", 2, SIZE)

CASES = [
    Case("band_limited_wavetables", "core.band_limited_wavetables", {"wavetables": TABLE}),
    Case(
        "band_limited_wavetables odd",
        "core.band_limited_wavetables",
        {"wavetables": TABLE[:, :15]},
        {"levels_per_octave": 1},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.band_limited_wavetables")
def _(d):
    return Call({"wavetables": d.normal(d.batch, d.integer(2, 40))}, {"levels_per_octave": d.choose(1, 8)})
