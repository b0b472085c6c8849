"""The sum of harmonics in rows along which the same harmonics are heard, and its gradient by hand.

Muting is then a matter of the amplitudes of the row, and the sum of a few matrix products. Write harmonic h = c_j + m
with |m| <= M, where the centres c_j lie 2 M + 1 apart. With the angle t of the fundamental,

    sum_h a_h sin(h t) = sum_j sin(c_j t) sum_m even_jm cos(m t) + cos(c_j t) sum_m odd_jm sin(m t),

where even_jm = a_(c_j + m) + a_(c_j - m), odd_jm their difference, and 0 <= m <= M (even_j0 = a_c_j). The amplitudes
are a blend of two frames, start + blend * change; both are summed, and blended in the end. `harmonic_sum` needs twice
the time, most of the difference for what Nyquist cuts.
"""

from __future__ import annotations

import math

from .. import design
from ..extend import Adapter, Array, axis_size
from .harmonic_sum import finite_or_zero, turn

__all__ = ["gradient_of_steady_sum", "sum_steady"]


def sum_steady(backend: Adapter, phase: Array, count: Array, start: Array, change: Array, blend: Array) -> Array:
    """The sum of sines, [batch, rows, samples].

    Parameters
    ----------
    phase, start, change, blend : as in `sum_harmonics`.
    count : how many of the harmonics are heard in each row, [batch, rows, 1], as floats.
    """
    inner, (cosines, sines) = _waves(backend, phase, axis_size(start, 2))
    return _sum(backend, count, start, change, blend, inner, (sines, cosines))


def gradient_of_steady_sum(
    backend: Adapter, cotangent: Array, phase: Array, count: Array, start: Array, change: Array, blend: Array
) -> tuple[Array, Array, Array]:
    """Gradients of sum(cotangent * sum of sines) for phase, start and change."""
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    inner, (cosines, sines) = _waves(backend, phase, n_harmonics)
    # The sum of h a_h cos(h t), by cos((c + m) t) = cos(c t) cos(m t) - sin(c t) sin(m t).
    numbers = (2.0 * math.pi) * _numbers(backend, start)
    slope = _sum(backend, count, numbers * start, numbers * change, blend, inner, (cosines, sines), odd_sign=-1.0)

    ramps = xp.stack([xp.ones_like(blend), blend], axis=2)[:, :, :, None, :] * cotangent[:, :, None, None, :]
    of_pair = 0.0
    for fold, wave, outer in zip(_folds(backend, start), inner, (sines, cosines), strict=True):
        left = ramps * outer[:, :, None, :, :]
        left = xp.reshape(left, (-1, axis_size(left, 1), 2 * axis_size(left, 3), axis_size(left, 4)))
        of_table = xp.matmul(left, xp.matrix_transpose(wave))
        of_pair = of_pair + xp.matmul(xp.reshape(of_table, (-1, axis_size(fold, 1))), xp.matrix_transpose(fold))
    of_pair = _heard(backend, count, xp.reshape(of_pair, (-1, axis_size(start, 1), 2, n_harmonics)))
    return cotangent * finite_or_zero(xp, slope), of_pair[:, :, 0, :], of_pair[:, :, 1, :]


def _numbers(backend: Adapter, like: Array) -> Array:
    """1 ... H."""
    return backend.constant(design.linspace(1.0, axis_size(like, -1), axis_size(like, -1)), like)


def _heard(backend: Adapter, count: Array, pair: Array) -> Array:
    """[batch, rows, 2, harmonics], with zeros for harmonics beyond the count of their row."""
    heard = _numbers(backend, pair) <= count
    return backend.xp.where(heard[:, :, None, :], pair, backend.xp.zeros_like(pair))


def _folds(backend: Adapter, like: Array) -> tuple[Array, Array]:
    """Matrices [harmonics, J (M + 1)] that make `even` and `odd` of amplitudes."""
    even, odd = (backend.constant(x, like) for x in design.fold_matrices(axis_size(like, -1)))
    return even, odd


def _waves(backend: Adapter, phase: Array, n_harmonics: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """cos(m t) and sin(m t), [batch, rows, M + 1, samples]; cos(c_j t) and sin(c_j t), [batch, rows, J, samples]."""
    inner, outer = (
        turn(backend, backend.constant(numbers, phase)[:, None] * phase[:, :, None, :])
        for numbers in design.fold_numbers(n_harmonics)
    )
    return inner, outer


def _sum(
    backend: Adapter, count: Array, start: Array, change: Array, blend: Array, inner: tuple, outer: tuple,
    odd_sign: float = 1.0,
) -> Array:  # fmt: skip
    """sum_j (outer_0j sum_m even_jm inner_0m +- outer_1j sum_m odd_jm inner_1m), of both frames, and blended."""
    xp, rows, samples = backend.xp, axis_size(start, 1), axis_size(blend, 2)
    pair = _heard(backend, count, xp.stack([start, change], axis=2))
    pair = xp.reshape(pair, (-1, axis_size(start, 2)))  # one large matrix product, not one for each row
    products = []
    for fold, wave, factor in zip(_folds(backend, start), inner, outer, strict=True):
        table = xp.reshape(xp.matmul(pair, fold), (-1, rows, 2 * axis_size(factor, 2), axis_size(wave, 2)))
        product = xp.reshape(xp.matmul(table, wave), (-1, rows, 2, axis_size(factor, 2), samples))
        products.append(product * factor[:, :, None, :, :])
    even, odd = products
    both = xp.sum(even + odd if odd_sign > 0.0 else even - odd, axis=3)
    return both[:, :, 0, :] + blend * both[:, :, 1, :]
