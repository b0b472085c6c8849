"""The sum of harmonics in rows that no harmonic leaves at Nyquist, and its gradient by hand.

Muting is then a matter of the amplitudes of the row, and the sum is a few matrix products. Write harmonic h = c_j + m
with |m| <= M, where the centers c_j lie 2 M + 1 apart. With the angle t of the fundamental,

    sum_h a_h sin(h t) = sum_j sin(c_j t) sum_m even_jm cos(m t) + cos(c_j t) sum_m odd_jm sin(m t),

where even_jm = a_(c_j + m) + a_(c_j - m), odd_jm their difference, and 0 <= m <= M (even_j0 = a_c_j). Both frames of a
row, `start` and `change`, are summed, and blended at the end. `products.py` takes twice the time, most of the
difference for the harmonics that Nyquist cuts.
"""

from __future__ import annotations

from ... import design
from ...extend import Adapter, Array, axis_size
from .gradient import blend_ramps, finite_or_zero, slope_rows, with_ramps
from .phasors import cos_sin_cycles

Waves = tuple[Array, Array]


def sum_pairs(backend: Adapter, phase: Array, start: Array, change: Array, n_audible: Array, blend: Array) -> Array:
    """The sum of sines, [batch, rows, samples], of `HarmonicRows` with one n_audible a row."""
    inner, (cosines, sines) = _waves(backend, phase, axis_size(start, 2))
    even, odd = _products(backend, start, change, n_audible, inner, (sines, cosines))
    return _blend(backend, even + odd, blend)


def gradient_of_pairs(
    backend: Adapter, cotangent: Array, phase: Array, start: Array, change: Array, n_audible: Array, blend: Array
) -> tuple[Array, Array, Array]:
    """Gradients of sum(cotangent * sum of sines) for phase, start and change."""
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    inner, (cosines, sines) = _waves(backend, phase, n_harmonics)
    # The slope is a sum of cosines: cos((c + m) t) = cos(c t) cos(m t) - sin(c t) sin(m t).
    _, slope_start, slope_change, *_ = slope_rows(backend, phase, start, change, n_audible, blend)
    even, odd = _products(backend, slope_start, slope_change, n_audible, inner, (cosines, sines))
    of_phase = cotangent * finite_or_zero(xp, _blend(backend, even - odd, blend))

    ramps = blend_ramps(xp, blend) * cotangent[:, :, None, None, :]
    of_pair = 0.0
    for fold, wave, outer in zip(_folds(backend, start), inner, (sines, cosines), strict=True):
        of_table = xp.matmul(with_ramps(xp, outer, ramps), xp.matrix_transpose(wave))
        of_pair = of_pair + xp.matmul(xp.reshape(of_table, (-1, axis_size(fold, 1))), xp.matrix_transpose(fold))
    of_pair = _mute(backend, n_audible, xp.reshape(of_pair, (-1, axis_size(start, 1), 2, n_harmonics)))
    return of_phase, of_pair[:, :, 0, :], of_pair[:, :, 1, :]


def _mute(backend: Adapter, n_audible: Array, pair: Array) -> Array:
    """[batch, rows, 2, harmonics] with zeros for the harmonics above the number of their row."""
    audible = backend.constant(design.harmonic_numbers(axis_size(pair, 3)), pair) <= n_audible
    return backend.xp.where(audible[:, :, None, :], pair, backend.xp.zeros_like(pair))


def _folds(backend: Adapter, like: Array) -> tuple[Array, Array]:
    """Matrices [harmonics, J (M + 1)] that make `even` and `odd` of amplitudes."""
    even, odd = (backend.constant(x, like) for x in design.pair_matrices(axis_size(like, -1)))
    return even, odd


def _waves(backend: Adapter, phase: Array, n_harmonics: int) -> tuple[Waves, Waves]:
    """cos(m t) and sin(m t), [batch, rows, M + 1, samples]; cos(c_j t) and sin(c_j t), [batch, rows, J, samples]."""
    inner, outer = (
        cos_sin_cycles(backend, backend.constant(numbers, phase)[:, None] * phase[:, :, None, :])
        for numbers in design.pair_numbers(n_harmonics)
    )
    return inner, outer


def _products(
    backend: Adapter, start: Array, change: Array, n_audible: Array, inner: Waves, outer: Waves
) -> tuple[Array, Array]:
    """outer_0j sum_m even_jm inner_0m and outer_1j sum_m odd_jm inner_1m, each [batch, rows, 2, J, samples]."""
    xp, rows = backend.xp, axis_size(start, 1)
    pair = _mute(backend, n_audible, xp.stack([start, change], axis=2))
    pair = xp.reshape(pair, (-1, axis_size(start, 2)))  # one large matrix product, not one for each row
    products = []
    for fold, wave, factor in zip(_folds(backend, start), inner, outer, strict=True):
        n_centers, samples = axis_size(factor, 2), axis_size(factor, 3)
        table = xp.reshape(xp.matmul(pair, fold), (-1, rows, 2 * n_centers, axis_size(wave, 2)))
        product = xp.reshape(xp.matmul(table, wave), (-1, rows, 2, n_centers, samples))
        products.append(product * factor[:, :, None, :, :])
    return products[0], products[1]


def _blend(backend: Adapter, both: Array, blend: Array) -> Array:
    """The sum over centers of `start` and `change`, blended, [batch, rows, samples]."""
    both = backend.xp.sum(both, axis=3)
    return both[:, :, 0, :] + blend * both[:, :, 1, :]
