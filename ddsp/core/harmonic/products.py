"""The sum of harmonics by matrix products, for libraries in which each operation is a pass over memory.

With z = exp(2 pi i phase) and h = 1 + k + K j,

    sum_h a_h z ** h = sum_j z ** (K j) sum_k a_(1 + k + K j) z ** (1 + k),

so K powers of z replace H sines. The inner sums of all groups are one matrix product in each row, since the amplitudes
of a row are a blend of two frames, a_h = start_h + blend * change_h. Nyquist cuts at most one group at a sample: its
amplitudes are picked by a second product.
"""

from __future__ import annotations

import math

from ... import design
from ...extend import Adapter, Array, axis_size
from .groups import group_sizes, in_groups, mute_groups
from .phasors import cos_sin_cycles, horner, powers


def sum_products(
    backend: Adapter, phase: Array, start: Array, change: Array, n_audible: Array, blend: Array
) -> tuple[Array, Array]:
    """Real and imaginary part of sum_h a_h z ** h, [batch, rows, samples], of `HarmonicRows`."""
    xp = backend.xp
    size, n_groups = group_sizes(axis_size(start, 2))
    start, change, bad = _without_bad(backend, n_audible, start, change)
    table = xp.concat([in_groups(xp, x, size, n_groups) for x in (start, change)], axis=2)
    z_powers = [xp.stack(part, axis=2) for part in powers(*cos_sin_cycles(backend, phase), size)]
    muting = mute_groups(backend, phase, n_audible, size, n_groups)
    blend = blend[:, :, None, :]

    # Whole groups: a matrix product over k gives all of them, one row for each j.
    products = [xp.matmul(table, part) for part in z_powers]
    re, im = (muting.whole * (both[:, :, :n_groups, :] + blend * both[:, :, n_groups:, :]) for both in products)
    sums = [(re[:, :, j, :], im[:, :, j, :]) for j in range(n_groups)]
    x, y = horner(sums, *(part[:, :, -1, :] for part in z_powers))

    # The cut group: a product over j picks its amplitudes, one row for each k.
    picked = xp.matmul(xp.matrix_transpose(table), xp.concat([muting.cut, blend * muting.cut], axis=2))
    amplitudes = muting.audible * picked
    re, im = (xp.sum(amplitudes * part, axis=2) for part in z_powers)
    x, y = x + (re * muting.cosine - im * muting.sine), y + (re * muting.sine + im * muting.cosine)
    return x + bad, y + bad


def _without_bad(backend: Adapter, n_audible: Array, start: Array, change: Array) -> tuple[Array, Array, Array]:
    """Amplitudes with 0 in place of NaN and infinity; NaN at the samples at which such a harmonic is audible, else 0.

    The products multiply muted harmonics by 0, which does not mute infinity.
    """
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    numbers = backend.constant(design.harmonic_numbers(n_harmonics), start)
    good, zero = xp.isfinite(start) & xp.isfinite(change), xp.zeros_like(start)
    lowest = xp.min(xp.where(good, zero + (n_harmonics + 2.0), zero + numbers), axis=2, keepdims=True)
    silent = xp.zeros_like(n_audible)
    bad = xp.where(n_audible < lowest, silent, silent + math.nan)
    return xp.where(good, start, zero), xp.where(good, change, zero), bad
