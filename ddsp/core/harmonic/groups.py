"""Groups of harmonics: harmonic h = 1 + k + K j is number k of group j, with K = ceil(sqrt(H)) harmonics a group."""

from __future__ import annotations

import math
from typing import NamedTuple

from ... import design
from ...extend import Adapter, Array, axis_size
from ..padding import pad_checked
from .phasors import cos_sin_cycles


def group_sizes(n_harmonics: int) -> tuple[int, int]:
    """K, the harmonics of a group, and J, the number of groups."""
    size = math.ceil(math.sqrt(n_harmonics))
    return size, math.ceil(n_harmonics / size)


def in_groups(xp: Array, amplitudes: Array, size: int, n_groups: int) -> Array:
    """[batch, rows, harmonics] -> [batch, rows, J, K], the last group filled up with zeros."""
    padded = pad_checked(amplitudes, (0, size * n_groups - axis_size(amplitudes, 2)), axis=2)
    return xp.reshape(padded, (-1, axis_size(amplitudes, 1), n_groups, size))


def group_starts(backend: Adapter, like: Array, size: int, n_groups: int) -> Array:
    """K j, the number of harmonics before each group, [J, 1]."""
    return backend.constant(design.linspace(0.0, size * (n_groups - 1.0), n_groups), like)[:, None]


class GroupMuting(NamedTuple):
    """Which groups of harmonics are audible at each sample, as ones and zeros.

    Attributes
    ----------
    whole
        Groups below Nyquist, [batch, rows, J, samples].
    cut
        The group that Nyquist cuts, if there is one, same shape.
    audible
        Audible harmonics of the cut group, [batch, rows, K, samples].
    cosine, sine
        z ** (K j) of the cut group, [batch, rows, samples].
    """

    whole: Array
    cut: Array
    audible: Array
    cosine: Array
    sine: Array


def mute_groups(backend: Adapter, phase: Array, n_audible: Array, size: int, n_groups: int) -> GroupMuting:
    """Find the groups that are audible, and the one that Nyquist cuts.

    All numbers are whole, so clipping tells which are positive in fewer passes than comparing.
    """
    xp = backend.xp
    in_group = backend.constant(design.linspace(0.0, size - 1.0, size), phase)[:, None]
    rest = n_audible[:, :, None, :] - group_starts(backend, phase, size, n_groups)
    whole = xp.clip(rest - (size - 1.0), 0.0, 1.0)
    cut = xp.clip(rest + 1.0, 0.0, 1.0) - whole
    n_whole = xp.floor((n_audible + 0.5) / size)  # the half keeps a rounding error from counting
    before = float(size) * xp.clip(n_whole, None, float(n_groups))
    audible = xp.clip((n_audible - before)[:, :, None, :] - in_group, 0.0, 1.0)
    return GroupMuting(whole, cut, audible, *cos_sin_cycles(backend, before * phase))
