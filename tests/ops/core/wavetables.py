"""Wavetables, sample by sample: Fourier sums and np.interp."""

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import broadcast_batches
from ..inputs import RATE
from .band_limiting import SIZE, TABLE, level_tops, with_gains
from .phase import cycles
from .resampling import resample

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.linear_lookup")
def linear_lookup(phase, wavetables):
    """Linear interpolation of the periodic table on [0, 1]; outside, it falls to 0 within one sample."""
    phase = phase[..., 0] if phase.ndim == 3 else phase
    tables = wavetables[:, None] if wavetables.ndim == 2 else wavetables
    phase, tables = broadcast_batches(phase, tables)
    size = tables.shape[-1]
    corners = np.arange(-1, size + 2) / size
    out = np.zeros(phase.shape)
    for b, n in np.ndindex(*phase.shape):
        table = tables[b, min(n, tables.shape[1] - 1)]
        out[b, n] = np.interp(phase[b, n], corners, [0.0, *table, table[0], 0.0])
    return out


@oracle("core.harmonic_distribution_to_wavetable")
def harmonic_distribution_to_wavetable(harmonic_distribution, n_wavetable=2048):
    turns = np.arange(n_wavetable) / n_wavetable
    table = np.zeros((*harmonic_distribution.shape[:-1], n_wavetable))
    for k in range(harmonic_distribution.shape[-1]):
        half = 0.5 if 2 * (k + 1) == n_wavetable else 1.0
        table += half * harmonic_distribution[..., k : k + 1] * np.cos(2 * np.pi * (k + 1) * turns)
    return table


def _gain_of_level(size, top, count):
    """Gain of the harmonics of the level that ends at `top`, if `count` harmonics are below Nyquist.

    They fade over a ninth of `top`, or less if the next level is nearer.
    """
    if top == 0:
        return np.ones_like(count)
    above = [t for t in level_tops(size) if t > top]
    width = min([top / 9, *(t - top for t in above)])
    return np.clip((count - top) / width, 0.0, 1.0)


def _limited_static(table, f0, sample_rate):
    """Table at each sample, [time, n], with the gains of its levels."""
    size = len(table)
    count = sample_rate / 2 / np.maximum(np.abs(f0), sample_rate / 2 / size)
    tops = level_tops(size)
    gains = [_gain_of_level(size, min(t for t in tops if t >= h), count) for h in range(size // 2 + 1)]
    return with_gains(table, np.stack(gains, axis=-1))


def _limited_frames(tables, f0_frames, f0, n_samples, sample_rate):
    """Tables of frames, one per frame of f0, band-limited to the highest f0 from the previous to the next frame."""
    frames, size = tables.shape
    n_rows = frames * int(np.ceil(f0_frames / frames))
    tables = resample(tables[None], max(n_rows, frames))[0]
    n_rows = len(tables)
    out = []
    for row in range(n_rows):
        near = [abs(f0[n]) for n in range(n_samples) if row - 1 <= n * n_rows / n_samples < row + 1]
        if row == n_rows - 1:
            near = [abs(f0[n]) for n in range(n_samples) if row - 1 <= n * n_rows / n_samples]
        count = sample_rate / 2 / max([*near, sample_rate / 2 / size])
        h = np.arange(size // 2 + 1)
        out.append(with_gains(tables[row], np.where(h > 0, np.clip((count - h) * 9 / np.maximum(h, 1), 0, 1), 1.0)))
    return np.asarray(out)


@oracle("core.wavetable_synthesis")
def wavetable_synthesis(frequencies, amplitudes, wavetables, n_samples=64000, sample_rate=16000, band_limit=False):
    """The phase is exclusive: the first sample has phase 0."""
    tables = wavetables[:, None] if wavetables.ndim == 2 else wavetables
    frequencies, amplitudes, tables = broadcast_batches(frequencies, amplitudes, tables)
    f0 = resample(frequencies, n_samples)
    inclusive = cycles(f0, sample_rate)[..., 0]
    phase = np.concatenate([np.zeros_like(inclusive[:, :1]), inclusive[:, :-1]], axis=1)
    if band_limit and tables.shape[1] == 1:
        tables = np.stack([_limited_static(t[0], f[:, 0], sample_rate) for t, f in zip(tables, f0, strict=True)])
    elif band_limit:
        n_frames = frequencies.shape[1]
        tables = np.stack(
            [_limited_frames(t, n_frames, f[:, 0], n_samples, sample_rate) for t, f in zip(tables, f0, strict=True)]
        )
    tables = resample(tables, n_samples)
    tables = _lengthened(tables) if band_limit else tables
    return resample(amplitudes, n_samples, "window")[..., 0] * linear_lookup(phase, tables)


def _lengthened(tables):
    """Fourier series of tables at 32 times their samples, at most 8192."""
    size = tables.shape[-1]
    n = max(size, min(32 * size, 8192))
    h = np.arange(size // 2 + 1)
    weights = np.where((h == 0) | (2 * h == size), 1.0, 2.0) / size
    turns = np.exp(2j * np.pi * np.outer(h, np.arange(n)) / n)
    return np.real((np.fft.rfft(tables) * weights) @ turns) if n > size else tables


# Cases --------------------------------------------------------------------------------------------------------------

FRAMES = normal("table frames", 2, 3, SIZE)
PHASE = uniform("table phase", 0.0, 1.0, 2, 37, 1)
ENDS = np.asarray([[0.0, 1.0, 1.0 - 2.0**-24, 0.5, -0.03, 1.03, -7.0, 9.0]])  # edges of the range, and values outside
#: Step of finite differences; a larger one would cross the corners of a table.
STEP = 1e-6
#: Steep tables amplify the rounding error of a float32 phase.
TONE = {
    "frequencies": uniform("table f0", 90.0, 700.0, 2, 7, 1),
    "amplitudes": uniform("table amplitudes", 0.2, 1.0, 2, 5, 1),
}
#: f0 rises until many of the table's 12 harmonics are above Nyquist.
HIGH = {**TONE, "frequencies": np.sort(uniform("table high f0", 150.0, 2300.0, 2, 7, 1), axis=1)}


def _synthesis(label, wavetables, inputs=TONE, n_samples=155, **more):
    rtol32 = more.pop("rtol32", 2e-5)
    kwargs = {"n_samples": n_samples, "sample_rate": RATE, **more}
    inputs = {**inputs, "wavetables": wavetables}
    path = "core.wavetable_synthesis"
    return Case(f"wavetable_synthesis {label}", path, inputs, kwargs, rtol32=rtol32, step=STEP)


CASES = [
    Case("linear_lookup", "core.linear_lookup", {"phase": PHASE, "wavetables": TABLE}, rtol32=1e-5, step=STEP),
    Case(
        "linear_lookup each",
        "core.linear_lookup",
        {"phase": PHASE[..., 0], "wavetables": normal("each", 2, 37, 8)},
        rtol32=1e-5,
        step=STEP,
    ),
    Case(
        "linear_lookup ends",
        "core.linear_lookup",
        {"phase": ENDS, "wavetables": TABLE[:1, None]},
        wrt=("wavetables",),
        rtol32=1e-5,
    ),
    Case(
        "linear_lookup one table",
        "core.linear_lookup",
        {"phase": PHASE, "wavetables": TABLE[:1]},
        rtol32=1e-5,
        step=STEP,
    ),
    Case(
        "linear_lookup one sample",
        "core.linear_lookup",
        {"phase": PHASE, "wavetables": TABLE[:, :1]},
        wrt=("wavetables",),
        rtol32=1e-5,
    ),
    Case(
        "harmonic_distribution_to_wavetable",
        "core.harmonic_distribution_to_wavetable",
        {"harmonic_distribution": normal("cosines", 2, 3, 5)},
        {"n_wavetable": 24},
    ),
    Case(
        "harmonic_distribution_to_wavetable odd",
        "core.harmonic_distribution_to_wavetable",
        {"harmonic_distribution": normal("cosines", 2, 5)},
        {"n_wavetable": 11},
    ),
    _synthesis("static", TABLE),
    _synthesis("frames", FRAMES),
    _synthesis("one frame", FRAMES[:, :1]),
    _synthesis("one table", TABLE[:1]),
    _synthesis("as many frames as samples", normal("each", 2, 37, 8), n_samples=37),
    _synthesis("more frames than samples", normal("each", 2, 37, 8), n_samples=7),
    _synthesis("one sample", TABLE, {name: x[:, :1] for name, x in TONE.items()}, n_samples=1),
    _synthesis("band-limited", TABLE, HIGH, band_limit=True),
    _synthesis("band-limited frames", FRAMES, HIGH, band_limit=True),
    _synthesis("band-limited one sample", FRAMES, {k: x[:, :1] for k, x in HIGH.items()}, n_samples=1, band_limit=True),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.linear_lookup")
def _(d):
    size = d.integer(1, 40)
    phase = d.uniform(-0.2, 1.2, d.batch, d.samples, *d.choose((), (1,)))
    shape = d.choose((d.batch, size), (1, size), (d.batch, d.samples, size))
    return Call({"phase": phase, "wavetables": d.normal(*shape)}, rtol32=1e-3)  # 40 samples x rounding of phase


@drawn("core.harmonic_distribution_to_wavetable")
def _(d):
    inputs = {"harmonic_distribution": d.uniform(0, 1, d.batch, d.frames, d.channels)}
    return Call(inputs, {"n_wavetable": d.integer(2 * d.channels, 60)})


@drawn("core.wavetable_synthesis")
def _(d):
    size = d.integer(2, 40)
    inputs = {
        "frequencies": d.uniform(0.0, 0.4 * d.sample_rate, d.batch, d.frames, 1),
        "amplitudes": d.uniform(0, 1, d.batch, d.integer(1, min(7, d.samples)), 1),
        "wavetables": d.normal(*d.choose((d.batch, size), (d.batch, d.integer(1, 7), size))),
    }
    kwargs = {"n_samples": d.samples, "sample_rate": d.sample_rate, "band_limit": d.choose(True, False)}
    return Call(inputs, kwargs, rtol32=1e-3)
