"""The sum of many harmonics in rows of samples, and its gradient by hand.

In a row the amplitudes are a blend of two frames, a_h = start_h + blend * change_h. Write harmonic h = 1 + k + K j with
k < K and j < J. With z = exp(2 pi i phase),

    sum_h a_h z^h = sum_j z^(K j) sum_k a_(1 + k + K j) z^(1 + k),

so a few powers of z replace H sines. There are two ways to go about the sums. A compiler that fuses elementwise steps
makes one pass over the samples of them, with everything in registers. Where each step is a pass over memory, matrix
products do better, and better still in rows that Nyquist does not cut (`steady_sum`). Autodiff through any of them
stores or recomputes far too much: the gradient for the amplitudes is a matrix product with the same powers, the
gradient for the phase one more sum.
"""

from __future__ import annotations

import math

from .. import design
from ..extend import Adapter, Array, axis_size
from .padding import pad_checked
from .phase import wrap

__all__ = ["MANY_STEPS", "finite_or_zero", "gradient_of_sum", "sum_harmonics", "turn"]

#: Elementwise steps for each harmonic in `_sum_fused`.
STEPS = 7
#: A compiler that fuses so many steps gets sines as steps, too: its own take ten times as long (XLA).
MANY_STEPS = 1000


def sum_harmonics(
    backend: Adapter, phase: Array, below: Array, start: Array, change: Array, blend: Array
) -> tuple[Array, Array]:
    """Real and imaginary part of sum_h a_h z^h, [batch, rows, samples]: of cosines, and of sines.

    Parameters
    ----------
    phase : of the fundamental, in cycles, [batch, rows, samples].
    below : how many of the harmonics are heard at each sample, of that shape, as floats.
    start, change : amplitudes at the start of each row, and their change to the next frame, [batch, rows, harmonics].
    blend : how far each sample is towards the next frame, [1, rows or 1, samples].
    """
    how = _sum_fused if backend.fusion() else _sum_by_products
    return how(backend, phase, below, start, change, blend)


def gradient_of_sum(
    backend: Adapter, cotangent: Array, phase: Array, below: Array, start: Array, change: Array, blend: Array
) -> tuple[Array, Array, Array]:
    """Gradients of sum(cotangent * sum of sines) for phase, start and change."""
    xp = backend.xp
    n_harmonics = axis_size(start, 2)
    numbers = backend.constant((2.0 * math.pi) * design.linspace(1.0, n_harmonics, n_harmonics), phase)
    slope, _ = sum_harmonics(backend, phase, below, numbers * start, numbers * change, blend)
    of_phase = cotangent * finite_or_zero(xp, slope)

    block, n_blocks = _block_sizes(n_harmonics)
    inner = backend.constant(design.linspace(1.0, block, block), phase)[:, None]
    outer = _before_blocks(backend, phase, block, n_blocks)
    cosines, sines = turn(backend, inner * phase[:, :, None, :])
    re, im = turn(backend, outer * phase[:, :, None, :])
    whole, cut, heard, cut_cosine, cut_sine = _muting(backend, phase, below, block, n_blocks)
    # The sine of harmonic 1 + k + K j is im_j cos_k + re_j sin_k: a matrix [J, K], summed over the samples of the row.
    cotangent = cotangent[:, :, None, :]
    of_cut = (heard * cotangent) * (cut_sine[:, :, None, :] * cosines + cut_cosine[:, :, None, :] * sines)
    weight = whole * cotangent
    ramps = xp.stack([xp.ones_like(blend), blend], axis=2)[:, :, :, None, :]  # of the start, and of the change
    both = sum(
        xp.matmul(_side_by_side(xp, ramps * left[:, :, None, :, :]), xp.matrix_transpose(right))
        for left, right in ((weight * im, cosines), (weight * re, sines), (cut, of_cut))
    )
    of_start, of_change = (
        xp.reshape(part, (-1, axis_size(phase, 1), n_blocks * block))[:, :, :n_harmonics]
        for part in (both[:, :, :n_blocks, :], both[:, :, n_blocks:, :])
    )
    return of_phase, of_start, of_change


def finite_or_zero(xp: Array, slope: Array) -> Array:
    """A sample that is no number has no slope: it must not spoil the frames before, which its phase is a sum of.

    The difference is 0 for finite numbers alone, and takes fewer steps than `isfinite`.
    """
    return xp.where(slope - slope == 0.0, slope, xp.zeros_like(slope))


def _side_by_side(xp: Array, x: Array) -> Array:
    """[batch, rows, 2, J, samples] -> [batch, rows, 2 J, samples]."""
    return xp.reshape(x, (-1, axis_size(x, 1), 2 * axis_size(x, 3), axis_size(x, 4)))


def _block_sizes(n_harmonics: int) -> tuple[int, int]:
    """K and J."""
    block = math.ceil(math.sqrt(n_harmonics))
    return block, math.ceil(n_harmonics / block)


def _in_blocks(xp: Array, amplitudes: Array, block: int, n_blocks: int) -> Array:
    """[batch, rows, harmonics] -> [batch, rows, J, K], filled up with zeros."""
    padded = pad_checked(amplitudes, (0, block * n_blocks - axis_size(amplitudes, 2)), axis=2)
    return xp.reshape(padded, (-1, axis_size(amplitudes, 1), n_blocks, block))


def _before_blocks(backend: Adapter, like: Array, block: int, n_blocks: int) -> Array:
    """K j: how many harmonics come before each block, [J, 1]."""
    return backend.constant(design.linspace(0.0, block * (n_blocks - 1.0), n_blocks), like)[:, None]


def _sum_fused(
    backend: Adapter, phase: Array, below: Array, start: Array, change: Array, blend: Array
) -> tuple[Array, Array]:
    """Elementwise steps alone: Clenshaw's recurrence for each block of harmonics, then Horner's rule in z^K over them.

    x_k = a_k + 2 cos(t) x_(k+1) - x_(k+2) gives the sums of cosines and of sines at once (Clenshaw, 1955); over all the
    harmonics, not K at a time, it would lose digits near t = 0.
    """
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    block, n_blocks = _block_sizes(n_harmonics)
    start, change = (_in_blocks(xp, x, block, n_blocks) for x in (start, change))
    re, im = (x[:, :, None, :] for x in turn(backend, phase))
    firsts = _before_blocks(backend, phase, block, n_blocks)
    rest, blend = below[:, :, None, :] - firsts, blend[:, :, None, :]

    # Blocks one by one, or side by side on an axis of their own: a tenth of the steps, but larger intermediate results.
    side_by_side = 1 if STEPS * n_harmonics <= backend.fusion() else n_blocks
    sums, twice = [], 2.0 * re
    for j in range(0, n_blocks, side_by_side):
        some = slice(j, j + side_by_side)
        zero = xp.zeros_like(rest[:, :, some, :])
        x, before = zero, zero
        for k in range(block - 1, -1, -1):
            amplitude = start[:, :, some, k : k + 1] + blend * change[:, :, some, k : k + 1]
            amplitude = xp.where(rest[:, :, some, :] > float(k), amplitude, zero)
            x, before = amplitude + (twice * x - before), x
        x, y = re * x - before, im * x
        sums += [(x[:, :, i, :], y[:, :, i, :]) for i in range(side_by_side)]
    return _horner(sums, *turn(backend, float(block) * phase))


def _sum_by_products(
    backend: Adapter, phase: Array, below: Array, start: Array, change: Array, blend: Array
) -> tuple[Array, Array]:
    """The inner sums as matrix products in each row."""
    xp = backend.xp
    block, n_blocks = _block_sizes(axis_size(start, 2))
    start, change, spoilt = _without_bad(backend, below, start, change)
    table = xp.concat([_in_blocks(xp, x, block, n_blocks) for x in (start, change)], axis=2)
    powers = [xp.stack(part, axis=2) for part in _powers(backend, phase, block)]
    whole, cut, heard, cut_cosine, cut_sine = _muting(backend, phase, below, block, n_blocks)
    blend = blend[:, :, None, :]

    # Blocks that are heard as a whole: a matrix product over k gives all of them, one row for each j.
    products = [xp.matmul(table, part) for part in powers]
    re, im = (whole * (both[:, :, :n_blocks, :] + blend * both[:, :, n_blocks:, :]) for both in products)
    sums = [(re[:, :, j, :], im[:, :, j, :]) for j in range(n_blocks)]
    x, y = _horner(sums, *(part[:, :, -1, :] for part in powers))

    # The block that Nyquist cuts: a product over j picks its amplitudes, one row for each k.
    amplitudes = heard * xp.matmul(xp.matrix_transpose(table), xp.concat([cut, blend * cut], axis=2))
    re, im = (xp.sum(amplitudes * part, axis=2) for part in powers)
    return x + (re * cut_cosine - im * cut_sine) + spoilt, y + (re * cut_sine + im * cut_cosine) + spoilt


def _without_bad(backend: Adapter, below: Array, start: Array, change: Array) -> tuple[Array, Array, Array]:
    """Amplitudes with 0 for those that are not finite; NaN at the samples at which such a harmonic is not muted.

    The products multiply muted harmonics by 0, which does not mute infinity.
    """
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    numbers = backend.constant(design.linspace(1.0, n_harmonics, n_harmonics), start)
    good = xp.isfinite(start) & xp.isfinite(change)
    nothing = xp.zeros_like(start)
    lowest = xp.min(xp.where(good, nothing + (n_harmonics + 2.0), nothing + numbers), axis=2, keepdims=True)
    silent = xp.zeros_like(below)
    spoilt = xp.where(below < lowest, silent, silent + math.nan)
    return xp.where(good, start, nothing), xp.where(good, change, nothing), spoilt


def _muting(
    backend: Adapter, phase: Array, below: Array, block: int, n_blocks: int
) -> tuple[Array, Array, Array, Array, Array]:
    """Which harmonics are heard, as ones and zeros, and where the block that Nyquist cuts begins.

    Returns
    -------
    whole : the blocks that lie below Nyquist, [batch, rows, J, samples].
    cut : the one in which some harmonics do, same shape; none where all blocks are whole.
    heard : which harmonics of the cut block are heard, [batch, rows, K, samples].
    cosine, sine : z^(K j) of the cut block, [batch, rows, samples].
    """
    xp = backend.xp
    firsts = _before_blocks(backend, phase, block, n_blocks)
    numbers = backend.constant(design.linspace(0.0, block - 1.0, block), phase)[:, None]
    # Whole numbers throughout, so clipping tells which are positive, in fewer passes than comparing.
    rest = below[:, :, None, :] - firsts
    whole = xp.clip(rest - (block - 1.0), 0.0, 1.0)
    cut = xp.clip(rest + 1.0, 0.0, 1.0) - whole
    n_whole = xp.floor((below + 0.5) / block)  # the half keeps a rounding from counting
    before = float(block) * xp.clip(n_whole, None, float(n_blocks))
    heard = xp.clip((below - before)[:, :, None, :] - numbers, 0.0, 1.0)
    return whole, cut, heard, *turn(backend, before * phase)


def turn(backend: Adapter, cycles: Array) -> tuple[Array, Array]:
    """Real and imaginary part of exp(2 pi i cycles)."""
    xp, cycles = backend.xp, wrap(backend.xp, cycles)
    if backend.fusion() < MANY_STEPS:
        angle = (2.0 * math.pi) * cycles
        return xp.cos(angle), xp.sin(angle)
    # Taylor's series, from 0 or from half a turn, whichever is nearer.
    half = 0.5 * xp.round(2.0 * cycles)
    rest = cycles - half
    sign, square = 1.0 - 8.0 * half * half, rest * rest
    terms = 12 if cycles.dtype == xp.float64 else 7
    cosine, sine = (_series([_taylor(2 * i + odd) for i in range(terms)], square) for odd in (0, 1))
    return sign * cosine, sign * rest * sine


def _taylor(n: int) -> float:
    """The factor of x ** n in cos(2 pi x), n even, or in sin(2 pi x), n odd."""
    return (-1.0) ** (n // 2) * (2.0 * math.pi) ** n / math.factorial(n)


def _series(factors: list[float], x: Array) -> Array:
    """sum_i factors[i] * x ** i."""
    total = factors[-1] * x + factors[-2]
    for factor in factors[-3::-1]:
        total = total * x + factor
    return total


def _horner(sums: list[tuple[Array, Array]], re: Array, im: Array) -> tuple[Array, Array]:
    """Real and imaginary part of sum_j sums_j w^j, for w = re + i im."""
    x, y = sums[-1]
    for a, b in reversed(sums[:-1]):
        x, y = x * re - y * im + a, x * im + y * re + b
    return x, y


def _powers(backend: Adapter, phase: Array, n: int) -> tuple[list[Array], list[Array]]:
    """Real and imaginary parts of z ... z^n: two sines, then complex products."""
    c, s = ([part] for part in turn(backend, phase))
    for k in range(2, n + 1):
        i, j = k // 2 - 1, k - k // 2 - 1
        c.append(c[i] * c[j] - s[i] * s[j])
        s.append(s[i] * c[j] + c[i] * s[j])
    return c, s
