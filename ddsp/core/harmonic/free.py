"""Partials with frequencies of their own, one sine each, in groups that bound the memory."""

from __future__ import annotations

import math

from ... import design
from ...extend import Adapter, Array, axis_size, unchecked
from ..hops import Hops, LongHops, interpolate, pick_channels, rows_to_samples
from ..oscillators import remove_above_nyquist, sum_in_groups
from ..phase import Phase, row_phase


def free_partials(
    backend: Adapter,
    frequencies: Hops,
    amplitudes: Hops | LongHops,
    n_samples: int,
    sample_rate: float,
    method: str,
    initial: Phase | None = None,
) -> tuple[Array, Phase]:
    """Audio [batch, n_samples] of partials whose frequencies are unrelated, and their phases at the last sample.

    Parameters
    ----------
    frequencies
        [batch, hops, partials], interpolated linearly.
    amplitudes
        [batch, hops, partials], interpolated by `method`, and muted sample by sample where the frequency reaches half
        the sample rate.
    initial
        Phase of each partial before the first sample; None for 0.
    """
    xp, n_hops, n_partials = backend.xp, axis_size(frequencies.start, 1), axis_size(frequencies.start, 2)
    rows, segments, length, _ = design.row_shape(n_hops, n_samples)
    phases = []

    def render_group(group: slice) -> Array:
        frequency = pick_channels(frequencies, group)
        before = None if initial is None else Phase(*(x[:, :, group] for x in initial))
        phase, last = row_phase(backend, frequency, n_samples, 1.0 / sample_rate, before)
        phases.append(last)
        envelope = interpolate(backend, pick_channels(amplitudes, group), n_samples, method)
        at_samples = interpolate(backend, frequency, n_samples, "linear")
        envelope = unchecked(remove_above_nyquist)(at_samples, envelope, sample_rate)
        cycles = xp.reshape(phase, (-1, rows, segments * length, axis_size(phase, 4)))
        audio = envelope * xp.sin(2.0 * math.pi * cycles)
        return xp.reshape(audio, (-1, rows * segments * length, axis_size(phase, 4)))

    audio = xp.reshape(sum_in_groups(xp, render_group, n_partials), (-1, rows, segments, length, 1))
    last = Phase(*(xp.concat(parts, axis=2) for parts in zip(*phases, strict=True)))
    return rows_to_samples(backend, audio, n_hops, n_samples)[:, :, 0], last
