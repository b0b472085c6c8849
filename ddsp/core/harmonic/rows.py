"""Harmonic synthesis in rows of samples: layout, phase, and the choice of a form for each row.

A row is a frame, or a part of one (`design/rows.py` has a diagram). In a row f0 is a ramp and amplitudes are a blend of
two frames, so no array of [batch, time, harmonics] is needed.
"""

from __future__ import annotations

from typing import NamedTuple

from ... import design
from ...extend import Adapter, Array, axis_size
from ..hops import Hops, hops_of, hops_to_rows, rows_to_samples
from ..phase import Phase, phase_of, row_phase
from .forms import Form, choose_form
from .nyquist import F0Ramp, audible_harmonics, crossed_rows, pick_rows, put_rows
from .sums import HarmonicSum


class HarmonicRows(NamedTuple):
    """The controls of a harmonic tone in rows of samples.

    Attributes
    ----------
    phase
        Of the fundamental in cycles, [batch, rows, samples].
    start, change
        Amplitudes at the start of each row's frame, and their change to the next frame, [batch, rows, harmonics].
    n_audible
        Number of harmonics below Nyquist, a float: at each sample, [batch, rows, samples], or in rows that no harmonic
        leaves, [batch, rows, 1].
    blend
        How far each sample is towards the next frame, 0 to 1, [1, rows or 1, samples].
    """

    phase: Array
    start: Array
    change: Array
    n_audible: Array
    blend: Array

    def pick(self, backend: Adapter, rows: Array) -> HarmonicRows:
        """The controls of some rows, by `pick_rows`."""
        return HarmonicRows(*(pick_rows(backend, x, rows) for x in self))


def synthesize_frames(
    backend: Adapter,
    f0_hz: Array,
    amplitudes: Array,
    n_samples: int,
    sample_rate: float,
    method: str,
    initial_phase: Array | None = None,
) -> tuple[Array, Array]:
    """`synthesize_rows` of frames, [batch, frames, ...], with initial and last phase in cycles."""
    xp = backend.xp
    # Broadcast a batch of 1.
    f0_hz, amplitudes = f0_hz + xp.zeros_like(amplitudes[:, :, :1]), amplitudes + xp.zeros_like(f0_hz)
    initial = None
    if initial_phase is not None:
        f0_hz = f0_hz + xp.zeros_like(initial_phase)
        initial = phase_of(backend, initial_phase + xp.zeros_like(f0_hz[:, :1, :]))
    hops = hops_of(xp, f0_hz), hops_of(xp, amplitudes)
    audio, last = synthesize_rows(backend, *hops, n_samples, sample_rate, method, initial)
    return audio, last.cycles


def synthesize_rows(
    backend: Adapter,
    f0_hz: Hops,
    amplitudes: Hops,
    n_samples: int,
    sample_rate: float,
    method: str,
    initial: Phase | None = None,
) -> tuple[Array, Phase]:
    """Audio [batch, n_samples] of harmonics 1 ... H of f0, and the phase of the fundamental at the last sample.

    Parameters
    ----------
    f0_hz
        [batch, hops, 1], interpolated linearly.
    amplitudes
        [batch, hops, H], interpolated by `method` ('nearest', 'linear' or 'window'), and muted sample by sample where
        the harmonic reaches half the sample rate.
    initial
        Phase of the fundamental before the first sample; None for 0.
    """
    xp, n_hops = backend.xp, axis_size(f0_hz.start, 1)
    phase, *last = backend.outline(
        phase_in_rows, *f0_hz, *(initial or ()), n_samples=n_samples, sample_rate=float(sample_rate)
    )
    start, change = hops_to_rows(backend, amplitudes, n_samples)
    blend = backend.constant(design.row_blend(n_hops, n_samples, method), phase)[None, ...]
    fixed = Hops(*(backend.stop_gradient(x) for x in f0_hz))
    audio = _sum_rows(backend, phase, start, change, blend, fixed, n_samples, float(sample_rate) / 2.0)
    _, segments, length, _ = design.row_shape(n_hops, n_samples)
    audio = xp.reshape(audio, (-1, axis_size(audio, 1), segments, length, 1))
    return rows_to_samples(backend, audio, n_hops, n_samples)[..., 0], Phase(*last)


def phase_in_rows(
    backend: Adapter, start: Array, change: Array, *initial: Array, n_samples: int, sample_rate: float
) -> tuple[Array, ...]:
    """Phase at each sample of the rows, [batch, rows, samples], and the `Phase` of the last sample, from f0 in hops."""
    f0_hz = Hops(start, change)
    phase, last = row_phase(backend, f0_hz, n_samples, 1.0 / sample_rate, Phase(*initial) if initial else None)
    rows, segments, length, _ = design.row_shape(axis_size(start, 1), n_samples)
    return backend.xp.reshape(phase, (-1, rows, segments * length)), *last


def audible_in_rows(
    backend: Adapter, start: Array, change: Array, n_samples: int, nyquist: float, n_harmonics: int
) -> tuple[Array]:
    """`audible_harmonics` at each sample of the rows, [batch, rows, samples], of f0 in hops."""
    f0 = f0_ramp(backend, Hops(start, change), n_samples)
    crossed, ends = crossed_rows(backend, f0, nyquist, n_harmonics)
    crossings = backend.concrete_nonzero(backend.xp.reshape(crossed, (-1,)))
    if crossings is None:
        return (audible_harmonics(backend, f0, nyquist, n_harmonics),)
    n_audible = ends[..., :1] + backend.xp.zeros_like(f0.ramp_high)
    if crossings.shape[0]:
        of_crossed = audible_harmonics(backend, f0.pick(backend, crossings), nyquist, n_harmonics)
        n_audible = put_rows(backend, n_audible, crossed, of_crossed)
    return (n_audible,)


def crossed_in_rows(
    backend: Adapter, start: Array, change: Array, n_samples: int, nyquist: float, n_harmonics: int
) -> tuple[Array, Array]:
    """`crossed_rows` of f0 in hops."""
    return crossed_rows(backend, f0_ramp(backend, Hops(start, change), n_samples), nyquist, n_harmonics)


def f0_ramp(backend: Adapter, f0_hz: Hops, n_samples: int) -> F0Ramp:
    """f0 in rows of samples, of f0 in hops."""
    split = design.ramp_split(axis_size(f0_hz.start, 1), n_samples)
    return F0Ramp(
        *hops_to_rows(backend, f0_hz, n_samples), *(backend.constant(x, f0_hz.start)[None, ...] for x in split)
    )


def _sum_rows(
    backend: Adapter,
    phase: Array,
    start: Array,
    change: Array,
    blend: Array,
    f0_hz: Hops,
    n_samples: int,
    nyquist: float,
) -> Array:
    """Audio, [batch, rows, samples].

    In eager mode, rows in which no harmonic crosses Nyquist (usually most of them) use a cheaper form. The form of a
    row does not depend on other rows, so a row of a stream has the same samples as that of the whole sound.
    """
    xp, n_harmonics, form = backend.xp, axis_size(start, 2), choose_form(backend, phase)
    sum_cut = backend.with_gradient(HarmonicSum(backend, form), isolate=True)
    if form is Form.RECURRENCE:
        (n_audible,) = backend.outline(
            audible_in_rows, *f0_hz, n_samples=n_samples, nyquist=nyquist, n_harmonics=n_harmonics
        )
        return sum_cut(*HarmonicRows(phase, start, change, n_audible, blend))
    crossed, ends = backend.outline(
        crossed_in_rows, *f0_hz, n_samples=n_samples, nyquist=nyquist, n_harmonics=n_harmonics
    )
    crossings = backend.concrete_nonzero(xp.reshape(crossed, (-1,)))
    rows, n_rows = HarmonicRows(phase, start, change, ends[..., :1], blend), crossed.shape[0] * crossed.shape[1]

    def cut(rows: HarmonicRows, f0: F0Ramp) -> Array:
        return sum_cut(*rows._replace(n_audible=audible_harmonics(backend, f0, nyquist, n_harmonics)))

    sum_uncut = backend.with_gradient(HarmonicSum(backend, Form.PAIRS))
    if crossings is not None and crossings.shape[0] == 0:
        return sum_uncut(*rows)
    f0 = f0_ramp(backend, f0_hz, n_samples)
    if crossings is None or crossings.shape[0] == n_rows:
        return cut(rows, f0)
    # One form for all rows, and the other for the fewer rows that are put in their places: this needs the least memory.
    if 2 * crossings.shape[0] <= n_rows:
        picked = cut(rows.pick(backend, crossings), f0.pick(backend, crossings))
        return put_rows(backend, sum_uncut(*rows), crossed, picked)
    others = backend.concrete_nonzero(xp.reshape(~crossed, (-1,)))
    return put_rows(backend, cut(rows, f0), ~crossed, sum_uncut(*rows.pick(backend, others)))
