"""Harmonic synthesis in rows of samples: layout, phase, and the choice of a form for each row.

A row is a frame, or a part of one (`design/rows.py` has a diagram). In a row f0 is a ramp and amplitudes are a blend of
two frames, so no array of [batch, time, harmonics] is needed.
"""

from __future__ import annotations

from typing import NamedTuple

from ... import design
from ...extend import Adapter, Array, axis_size
from ..phase import frames_to_rows, row_and_last_phase, rows_to_samples, wrap_cycles
from .forms import Form, choose_form, worth_splitting
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


def synthesize_rows(
    backend: Adapter,
    f0_hz: Array,
    amplitudes: Array,
    n_samples: int,
    sample_rate: float,
    method: str,
    initial_phase: Array | None = None,
) -> tuple[Array, Array]:
    """Audio [batch, n_samples] of harmonics 1 ... H of f0, and the last phase of the fundamental, [batch, 1, 1].

    Parameters
    ----------
    f0_hz
        [batch, frames, 1], interpolated linearly.
    amplitudes
        [batch, frames, H], interpolated by `method` ('nearest', 'linear' or 'window'), and muted sample by sample where
        the harmonic reaches half the sample rate.
    initial_phase
        Phase of the fundamental before the first sample, in cycles, [batch, 1, 1].
    """
    xp, n_frames = backend.xp, axis_size(f0_hz, 1)
    # Broadcast a batch of 1.
    f0_hz, amplitudes = f0_hz + xp.zeros_like(amplitudes[:, :, :1]), amplitudes + xp.zeros_like(f0_hz)
    start_phase = () if initial_phase is None else (initial_phase,)
    phase, last = backend.outline(phase_in_rows, f0_hz, *start_phase, n_samples=n_samples, sample_rate=sample_rate)
    start, change = starts_and_changes(backend, amplitudes, n_samples)
    blend = backend.constant(design.row_blend(n_frames, n_samples, method), phase)[None, ...]
    audio = _sum_rows(
        backend, phase, start, change, blend, backend.stop_gradient(f0_hz), n_samples, float(sample_rate) / 2.0
    )
    _, segments, length, _ = design.row_shape(n_frames, n_samples)
    audio = xp.reshape(audio, (-1, axis_size(audio, 1), segments, length, 1))
    return rows_to_samples(backend, audio, n_frames, n_samples)[..., 0], last


def phase_in_rows(
    backend: Adapter, f0_hz: Array, initial_phase: Array | None = None, *, n_samples: int, sample_rate: float
) -> tuple[Array, Array]:
    """Phase at each sample of the rows, [batch, rows, samples], and the last phase, [batch, 1, 1]."""
    xp, n_frames = backend.xp, axis_size(f0_hz, 1)
    phase, last = row_and_last_phase(backend, f0_hz, n_samples, 1.0 / sample_rate)
    phase = phase[..., 0]
    if initial_phase is not None:
        initial_phase = wrap_cycles(xp, initial_phase)
        phase, last = wrap_cycles(xp, phase + initial_phase[..., None]), wrap_cycles(xp, last + initial_phase)
    rows, segments, length, _ = design.row_shape(n_frames, n_samples)
    return xp.reshape(phase, (-1, rows, segments * length)), last


def starts_and_changes(backend: Adapter, frames: Array, n_samples: int) -> tuple[Array, Array]:
    """`frames_to_rows` without the axes of segments and samples, [batch, rows, channels]."""
    start, change = (x[:, :, 0, 0, :] for x in frames_to_rows(backend, frames, n_samples))
    return start, change


def audible_in_rows(backend: Adapter, f0_hz: Array, n_samples: int, nyquist: float, n_harmonics: int) -> tuple[Array]:
    """`audible_harmonics` at each sample of the rows, [batch, rows, samples]."""
    f0 = _f0_ramp(backend, f0_hz, n_samples)
    crossed, ends = crossed_rows(backend, f0, nyquist, n_harmonics)
    crossings = backend.concrete_nonzero(backend.xp.reshape(crossed, (-1,)))
    if crossings is None:
        return (audible_harmonics(backend, f0, nyquist, n_harmonics),)
    n_audible = ends[..., :1] + backend.xp.zeros_like(f0.ramp_high)
    if crossings.shape[0]:
        of_crossed = audible_harmonics(backend, f0.pick(backend, crossings), nyquist, n_harmonics)
        n_audible = put_rows(backend, n_audible, crossed, of_crossed)
    return (n_audible,)


def _f0_ramp(backend: Adapter, f0_hz: Array, n_samples: int) -> F0Ramp:
    ramps = (backend.constant(x, f0_hz)[None, ...] for x in design.ramp_split(axis_size(f0_hz, 1), n_samples))
    return F0Ramp(*starts_and_changes(backend, f0_hz, n_samples), *ramps)


def _sum_rows(
    backend: Adapter,
    phase: Array,
    start: Array,
    change: Array,
    blend: Array,
    f0_hz: Array,
    n_samples: int,
    nyquist: float,
) -> Array:
    """Audio, [batch, rows, samples].

    In eager mode, rows in which no harmonic crosses Nyquist (usually most of them) use a cheaper form.
    """
    xp, n_harmonics, form = backend.xp, axis_size(start, 2), choose_form(backend, phase)
    sum_cut = backend.with_gradient(HarmonicSum(backend, form), isolate=True)
    if form is Form.RECURRENCE:
        (n_audible,) = backend.outline(
            audible_in_rows, f0_hz, n_samples=n_samples, nyquist=nyquist, n_harmonics=n_harmonics
        )
        return sum_cut(*HarmonicRows(phase, start, change, n_audible, blend))
    f0 = _f0_ramp(backend, f0_hz, n_samples)
    crossed, ends = crossed_rows(backend, f0, nyquist, n_harmonics)
    crossings = backend.concrete_nonzero(xp.reshape(crossed, (-1,)))
    if crossings is None or not worth_splitting(crossings.shape[0], crossed.shape[0] * crossed.shape[1]):
        n_audible = audible_harmonics(backend, f0, nyquist, n_harmonics)
        return sum_cut(*HarmonicRows(phase, start, change, n_audible, blend))

    sum_uncut = backend.with_gradient(HarmonicSum(backend, Form.PAIRS))
    audio = sum_uncut(*HarmonicRows(phase, start, change, ends[..., :1], blend))
    if crossings.shape[0] == 0:
        return audio
    n_audible = audible_harmonics(backend, f0.pick(backend, crossings), nyquist, n_harmonics)
    phase, start, change, blend = (pick_rows(backend, x, crossings) for x in (phase, start, change, blend))
    return put_rows(backend, audio, crossed, sum_cut(*HarmonicRows(phase, start, change, n_audible, blend)))
