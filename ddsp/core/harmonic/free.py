"""Partials with frequencies of their own, one sine each, in groups that bound the memory."""

from __future__ import annotations

import math

from ...extend import Adapter, Array, axis_size
from ..hops import hops_of, rows_to_samples
from ..oscillators import remove_above_nyquist, sum_in_groups
from ..phase import row_phase
from ..resampling import resample


def free_partials(
    backend: Adapter, frequencies: Array, amplitudes: Array, n_samples: int, sample_rate: float, method: str
) -> Array:
    """Audio [batch, n_samples] of partials [batch, frames, partials] whose frequencies are unrelated."""
    xp, n_frames = backend.xp, axis_size(frequencies, 1)

    def render_group(group: slice) -> Array:
        frequency = frequencies[:, :, group]
        rows, _ = row_phase(backend, hops_of(xp, frequency), n_samples, 1.0 / sample_rate)
        cycles = rows_to_samples(backend, rows, n_frames, n_samples)
        envelope = resample(amplitudes[:, :, group], n_samples, method)
        envelope = remove_above_nyquist(resample(frequency, n_samples), envelope, sample_rate)
        return envelope * xp.sin(2.0 * math.pi * cycles)

    return sum_in_groups(xp, render_group, axis_size(frequencies, 2))
