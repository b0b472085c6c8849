"""The sum of harmonics by elementwise steps alone, for compilers that fuse them into one loop.

Clenshaw's recurrence, with t the angle of the fundamental,

    x_k = a_k + 2 cos(t) x_(k+1) - x_(k+2),

gives the sums of cosines and of sines of a group at once (Clenshaw, 1955); Horner's rule in z ** K adds the groups up.
Over all harmonics at once, instead of K at a time, the recurrence would lose digits near t = 0. One loop keeps
everything in registers: 7 operations a harmonic, where `products.py` passes over memory for each of its steps.
"""

from __future__ import annotations

from ...extend import Adapter, Array, axis_size
from .forms import groups_at_once
from .groups import group_sizes, group_starts, in_groups
from .phasors import cos_sin_cycles, horner


def sum_recurrence(
    backend: Adapter, phase: Array, start: Array, change: Array, n_audible: Array, blend: Array
) -> tuple[Array, Array]:
    """Real and imaginary part of sum_h a_h z ** h, [batch, rows, samples], of `HarmonicRows`."""
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    size, n_groups = group_sizes(n_harmonics)
    start, change = (in_groups(xp, x, size, n_groups)[..., None] for x in (start, change))
    re, im = (backend.materialize(x)[:, :, None, :] for x in cos_sin_cycles(backend, phase))
    rest = n_audible[:, :, None, :] - group_starts(backend, phase, size, n_groups)
    blend, twice, zero = blend[:, :, None, :], 2.0 * re, xp.zeros_like(re)

    at_once = groups_at_once(backend, phase, n_harmonics, n_groups)
    sums: list[tuple[Array, Array]] = []
    for j in range(0, n_groups, at_once):
        group = slice(j, j + at_once)
        # Lists over the harmonics of a group, of [batch, rows, groups, 1].
        starts, changes = (xp.unstack(x[:, :, group, :, :], axis=3) for x in (start, change))
        x, before = zero, zero
        for k in range(size - 1, -1, -1):
            amplitude = xp.where(rest[:, :, group, :] > float(k), starts[k] + blend * changes[k], zero)
            x, before = amplitude + (twice * x - before), x
        x, y = re * x - before, im * x
        sums += zip(xp.unstack(x, axis=2), xp.unstack(y, axis=2), strict=True)
    re, im = (backend.materialize(x) for x in cos_sin_cycles(backend, float(size) * phase))
    return horner(sums, re, im)
