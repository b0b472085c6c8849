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
from .nyquist import F0Ramp, audible_at_ends, audible_harmonics
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
    rows, segments, length, _ = design.row_shape(n_frames, n_samples)
    phase, last = row_and_last_phase(backend, f0_hz, n_samples, 1.0 / sample_rate)
    phase = phase[..., 0]
    if initial_phase is not None:
        initial_phase = wrap_cycles(xp, initial_phase)
        phase, last = wrap_cycles(xp, phase + initial_phase[..., None]), wrap_cycles(xp, last + initial_phase)
    phase = xp.reshape(phase, (-1, rows, segments * length))
    start, change = _starts_and_changes(backend, amplitudes, n_samples)
    ramps, blend = design.ramp_split(n_frames, n_samples), design.row_blend(n_frames, n_samples, method)
    *ramps, blend = (backend.constant(x, phase)[None, ...] for x in (*ramps, blend))
    f0 = F0Ramp(*(backend.stop_gradient(x) for x in _starts_and_changes(backend, f0_hz, n_samples)), *ramps)
    audio = _sum_rows(backend, phase, start, change, blend, f0, sample_rate / 2.0)
    audio = rows_to_samples(backend, xp.reshape(audio, (-1, rows, segments, length, 1)), n_frames, n_samples)
    return audio[..., 0], last


def _starts_and_changes(backend: Adapter, frames: Array, n_samples: int) -> tuple[Array, Array]:
    """`frames_to_rows` without the axes of segments and samples, [batch, rows, channels]."""
    start, change = (x[:, :, 0, 0, :] for x in frames_to_rows(backend, frames, n_samples))
    return start, change


def _sum_rows(
    backend: Adapter, phase: Array, start: Array, change: Array, blend: Array, f0: F0Ramp, nyquist: float
) -> Array:
    """Audio, [batch, rows, samples].

    In eager mode, rows in which no harmonic crosses Nyquist (usually most of them) use a cheaper form.
    """
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    ends = audible_at_ends(backend, f0, nyquist, n_harmonics)
    # f0 is linear in a row, so its magnitude is largest at one of the ends, and smallest there too unless f0 passes 0.
    crossed = (ends[..., :1] != ends[..., 1:]) | (f0.start * (f0.start + f0.change) < 0.0)
    crossings = backend.concrete_nonzero(xp.reshape(crossed, (-1,)))
    sum_cut = backend.with_gradient(HarmonicSum(backend, choose_form(backend, phase)), isolate=True)
    if crossings is None or not worth_splitting(crossings.shape[0], crossed.shape[0] * crossed.shape[1]):
        n_audible = audible_harmonics(backend, f0, nyquist, n_harmonics)
        return sum_cut(*HarmonicRows(phase, start, change, n_audible, blend))

    sum_uncut = backend.with_gradient(HarmonicSum(backend, Form.PAIRS))
    audio = sum_uncut(*HarmonicRows(phase, start, change, ends[..., :1], blend))
    if crossings.shape[0] == 0:
        return audio

    def pick(x: Array) -> Array:  # [batch, rows, n] -> [1, crossings, n]; what is the same in all rows stays
        n = x.shape[0] * x.shape[1]
        return x if n == 1 else xp.take(xp.reshape(x, (1, n, -1)), crossings % n, axis=1)

    n_audible = audible_harmonics(backend, F0Ramp(*(pick(x) for x in f0)), nyquist, n_harmonics)
    cut = sum_cut(*HarmonicRows(pick(phase), pick(start), pick(change), n_audible, pick(blend)))
    places = xp.cumulative_sum(xp.astype(xp.reshape(crossed, (-1,)), xp.int64)) - 1
    cut = xp.take(cut, xp.clip(places, 0, None), axis=1)
    return xp.where(crossed, xp.reshape(cut, phase.shape), audio)
