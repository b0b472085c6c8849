"""The gradient of the sum of harmonics, by hand: autodiff stores or recomputes too much.

With g the cotangent of the audio and t = 2 pi phase, the gradient for the phase is 2 pi g sum_h h a_h cos(h t), one
more sum of harmonics, and the gradient for the amplitude of harmonic h is sum_n g sin(h t). In groups,

    sin((1 + k + K j) t) = sin(K j t) cos((1 + k) t) + cos(K j t) sin((1 + k) t),

which is a matrix product over the samples of a row.
"""

from __future__ import annotations

import math

from ... import design
from ...extend import Adapter, Array, axis_size
from .groups import group_sizes, group_starts, mute_groups
from .phasors import cos_sin_cycles


def slope_rows(
    backend: Adapter, phase: Array, start: Array, change: Array, n_audible: Array, blend: Array
) -> tuple[Array, ...]:
    """`HarmonicRows` with amplitudes 2 pi h a_h, whose sum of cosines is the slope of the audio over the phase."""
    numbers = backend.constant((2.0 * math.pi) * design.harmonic_numbers(axis_size(start, 2)), start)
    return phase, numbers * start, numbers * change, n_audible, blend


def finite_or_zero(xp: Array, slope: Array) -> Array:
    """0 in place of NaN and infinity: a bad sample must not spoil the frames before it, which its phase is a sum of.

    The difference is 0 for finite numbers alone, and takes fewer steps than `isfinite`.
    """
    return xp.where(slope - slope == 0.0, slope, xp.zeros_like(slope))


def gradient_of_sum(
    backend: Adapter,
    cotangent: Array,
    slope: Array,
    phase: Array,
    start: Array,
    change: Array,
    n_audible: Array,
    blend: Array,
) -> tuple[Array, Array, Array]:
    """Gradients of sum(cotangent * sum of sines) for phase, start and change; `slope` is the sum of `slope_rows`."""
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    of_phase = cotangent * finite_or_zero(xp, slope)

    size, n_groups = group_sizes(n_harmonics)
    inner = backend.constant(design.harmonic_numbers(size), phase)[:, None]
    cosines, sines = cos_sin_cycles(backend, inner * phase[:, :, None, :])
    outer = group_starts(backend, phase, size, n_groups)
    re, im = cos_sin_cycles(backend, outer * phase[:, :, None, :])
    muting = mute_groups(backend, phase, n_audible, size, n_groups)
    cotangent = cotangent[:, :, None, :]
    cut_sines = muting.sine[:, :, None, :] * cosines + muting.cosine[:, :, None, :] * sines
    of_cut, weight = (muting.audible * cotangent) * cut_sines, muting.whole * cotangent
    ramps = blend_ramps(xp, blend)
    pairs = ((weight * im, cosines), (weight * re, sines), (muting.cut, of_cut))
    both = sum(xp.matmul(with_ramps(xp, left, ramps), xp.matrix_transpose(right)) for left, right in pairs)
    of_start, of_change = (
        xp.reshape(part, (-1, axis_size(phase, 1), n_groups * size))[:, :, :n_harmonics]
        for part in (both[:, :, :n_groups, :], both[:, :, n_groups:, :])
    )
    return of_phase, of_start, of_change


def blend_ramps(xp: Array, blend: Array) -> Array:
    """The weights of `start` and of `change` at each sample, 1 and the blend, [1, rows or 1, 2, 1, samples]."""
    return xp.stack([xp.ones_like(blend), blend], axis=2)[:, :, :, None, :]


def with_ramps(xp: Array, left: Array, ramps: Array) -> Array:
    """[batch, rows, J, samples] times each of the two ramps, [batch, rows, 2 J, samples]."""
    x = ramps * left[:, :, None, :, :]
    return xp.reshape(x, (-1, axis_size(x, 1), 2 * axis_size(x, 3), axis_size(x, 4)))
