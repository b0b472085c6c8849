"""Phase: one integrator for every oscillator, exact in float32 arithmetic.

The plain form is a running sum, phase[n] = sum_{m <= n} f[m] / sample_rate: `plain_phase`, which in float32 loses the
phase within seconds. The exact form is `row_phase`. A frequency that is linear between frames has a phase that is
quadratic in a segment of at most 64 samples, in closed form, so only the advances over whole segments are summed. Their
sum is kept in integers of 2**-52 cycles, as two words of 32 bits: after an hour of audio the phase is still right.
Integers have the same sum in any order, so a stream has the phase of the whole sound, however it is cut. Everything is
in cycles, because wrapping at 1 is exact in binary.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from .. import design
from ..extend import Adapter, Array, Float, Int, axis_size, checked_with, common_backend, promote_half, rank
from .hops import Hops, hops_of, hops_to_rows, rows_to_samples

__all__ = ["angular_cumsum"]

#: Frequencies above this limit, NaN and infinity count as 0 in all later phases; the phase of their samples is NaN.
MAX_FREQUENCY = 1e9
#: Bits of the low word of a phase: units of 2**-52 cycles below those of 2**-32.
LOW_BITS = 20


#: Integers of 2**-32 cycles and of 2**-52 cycles.
Words = tuple[Array, Array]


class Phase(NamedTuple):
    """Phase at one moment in cycles, modulo 1: exact as two integers, and as a float, which carries the gradient.

    Attributes
    ----------
    high
        Units of 2**-32 cycles, int32, which wraps, [batch, 1, channels].
    low
        Units of 2**-52 cycles to add, int32, at least 0 and less than 2**20, same shape.
    cycles
        The same phase, rounded, in [-0.5, 0.5], same shape.
    """

    high: Int[Array, "batch 1 channels"]
    low: Int[Array, "batch 1 channels"]
    cycles: Float[Array, "batch 1 channels"]


def wrap_cycles(xp: Array, cycles: Float[Array, ...]) -> Float[Array, ...]:
    """Wrap a phase in cycles to [-0.5, 0.5]."""
    return cycles - xp.round(cycles)


def phase_of(backend: Adapter, cycles: Float[Array, "batch 1 channels"]) -> Phase:
    """The exact phase that a float gives."""
    return Phase(*_words(backend.xp, backend.stop_gradient(cycles)[None, ...], (0,)), cycles)


def plain_phase(frequency: Float[Array, "batch time channels"], scale: float) -> Float[Array, "batch time channels"]:
    """Phase in cycles as the running sum of scale * frequency: the definition, exact in float64 alone."""
    xp = common_backend(frequency=frequency).xp
    return wrap_cycles(xp, xp.cumulative_sum(scale * frequency, axis=1))


def row_phase(
    backend: Adapter, frequency: Hops, n_samples: int, scale: float, initial: Phase | None = None
) -> tuple[Float[Array, "batch rows segments length channels"], Phase]:
    """Phase of a frequency in hops: inclusive running sum of scale * frequency, in cycles.

    The frequency is interpolated linearly. Sample n of the result is the initial phase plus the sum over samples 0 ...
    n, wrapped to [-0.5, 0.5], in the layout of `design.row_shape`. It is NaN in the hops at a frequency that is not
    finite or larger than `MAX_FREQUENCY`; later phases are as if that frequency had been 0.

    Parameters
    ----------
    frequency
        [batch, hops, channels], float32 or float64, any unit.
    n_samples
        Number of samples of all hops.
    scale
        Converts the frequency to cycles a sample (1 / sample_rate for Hz).
    initial
        Phase before the first sample; None for 0.

    Returns
    -------
    phase : array
        Of each sample.
    last : Phase
        Of the last sample, finite for any frequency, from which a stream goes on.
    """
    xp = backend.xp
    n_hops = axis_size(frequency.start, 1)
    value, slope = (x[:, :, None, :] for x in hops_to_rows(backend, frequency, n_samples))
    is_ramp = n_hops != n_samples
    if not is_ramp:
        slope = xp.zeros_like(slope)  # no sample lies between frames: a bad frame must not reach the one before it
    ramps = design.segment_sums(n_hops, n_samples, scale)
    count, ramp_sum, count_inside, sum_inside = (backend.constant(r, value) for r in ramps)
    sane = xp.abs(value) + xp.abs(slope) < MAX_FREQUENCY
    sane_value, sane_slope = (xp.where(sane, x, xp.zeros_like(x)) for x in (value, slope))

    fixed = backend.stop_gradient(sane_value), backend.stop_gradient(sane_slope) if is_ramp else None
    advances = _segment_advances(backend, *fixed, n_hops, n_samples, scale)
    words, cycles = (None, None) if initial is None else (initial[:2], initial[2:])
    high, low = _sums_around(xp, advances, words, _carried)
    dtype = value.dtype
    at_segments = (xp.astype(high, dtype) + xp.astype(low, dtype) * 2.0**-LOW_BITS) * 2.0**-32
    if backend.takes_gradient(value, slope, *(cycles or ())):
        # A float sum carries the gradient; its value cancels.
        plain = sane_value * count + sane_slope * ramp_sum  # [batch, rows, segments, channels]
        (rough,) = _sums_around(xp, (plain,), cycles)
        at_segments = at_segments + (rough - backend.stop_gradient(rough))

    start = xp.reshape(at_segments[:, :-1, :], (-1, *(axis_size(advances[0], axis) for axis in (1, 2, 3))))
    # `where` keeps the gradient of samples without a phase from the frames before.
    start = xp.where(sane, start, xp.full_like(start, math.nan))
    start, value, slope = (x[:, :, :, None, :] for x in (start, value, slope))
    phase = wrap_cycles(xp, start + (value * count_inside + slope * sum_inside))
    return phase, Phase(high[:, -1:, :], low[:, -1:, :], at_segments[:, -1:, :])


def sample_phase(
    frequency: Float[Array, "batch time channels"], scale: float, initial: Phase | None = None
) -> tuple[Float[Array, "batch time channels"], Phase]:
    """`row_phase` of a frequency given at every sample."""
    backend = common_backend(frequency=frequency)
    n_samples = axis_size(frequency, 1)
    rows, last = row_phase(backend, hops_of(backend.xp, frequency), n_samples, scale, initial)
    return rows_to_samples(backend, rows, n_samples, n_samples), last


@checked_with(wide=False)
def angular_cumsum(angular_frequency: Float[Array, "batch time *channels"]) -> Float[Array, "batch time *channels"]:
    r"""Phase as the running sum of angular frequency, wrapped to [0, 2 pi).

    $$\phi[n] = \sum_{m \le n} \omega[m] \bmod 2 \pi$$

    ![Phase error over time: a float32 running sum, and angular_cumsum](../figures/phase.png)

    Parameters
    ----------
    angular_frequency
        In radians a sample, [batch, time] or [batch, time, ...].

    Returns
    -------
    phase : array
        In radians, same shape and dtype; float32 for float16 and bfloat16, which cannot hold a phase. NaN at samples
        with a frequency that is not finite or above 1e9; later phases are as if that frequency had been 0.

    See Also
    --------
    oscillator_bank : Sinusoids with this phase.

    Notes
    -----
    The phase does not drift. The original sums in chunks of `chunk_size` samples, an argument that is gone here, and
    drifts by 0.1 radians in 4 seconds at 16 kHz.

    Examples
    --------
    >>> import numpy as np
    >>> angular_cumsum(np.full((1, 4), np.pi / 2)).round(4)
    array([[1.5708, 3.1416, 4.7124, 0.    ]])
    """
    backend = common_backend(angular_frequency=angular_frequency)
    xp = backend.xp
    rank("angular_frequency", angular_frequency, (2, 3, 4, 5), "[batch, time] or [batch, time, ...]")
    shape = [axis_size(angular_frequency, axis) for axis in range(1, len(angular_frequency.shape))]
    omega = promote_half(xp, angular_frequency)
    omega = xp.reshape(omega, (-1, shape[0], math.prod(shape[1:])))
    cycles, _ = sample_phase(omega, 1.0 / (2.0 * math.pi))
    cycles = xp.where(cycles < 0.0, cycles + 1.0, cycles)
    # A tiny negative phase rounds up to 1 cycle, which is 0.
    radians = xp.where(cycles >= 1.0, xp.zeros_like(cycles), cycles) * (2.0 * math.pi)
    return xp.reshape(radians, (-1, *shape))


# Sums of segments -----------------------------------------------------------------------------------------------


def _segment_advances(
    backend: Adapter, value: Array, slope: Array | None, n_hops: int, n_samples: int, scale: float
) -> Words:
    """Advance of the phase over each segment, [batch, rows, segments, channels].

    A float32 of 24 bits is split in two of 12, whose products with factors of 12 bits are exact, and sums of two such
    products are rounded alike with and without a fused multiply-add; in float64 likewise. So every library and compiler
    finds the same integers.
    """
    xp = backend.xp
    bits, n_terms = (27, 3) if value.dtype == xp.float64 else (12, 4)
    factors = design.segment_advances(n_hops, n_samples, scale, bits, n_terms)
    x = xp.stack([value] if slope is None else [value, slope])[:, None, ...]
    high, low = split_float(backend, x, bits)
    terms = backend.constant(factors, value)  # not a view: torch.export saves it
    terms = terms[: axis_size(x, 0), :, None, :, :, None]
    large = xp.concat([high * terms[:, :2, ...], low * terms[:, :1, ...]], axis=1)
    # Less than 2**-20 of the advance, which may be rounded. A third product would be one too many for the reason above.
    small = high * terms[:, 2:, ...] + low * terms[:, 1:-1, ...]
    return _words(xp, large, (0, 1), small)


def split_float(backend: Adapter, x: Array, bits: int = 12) -> tuple[Array, Array]:
    """Split x into its leading bits, 24 - bits of them in float32 and 53 - bits in float64, and the rest."""
    high = backend.leading_bits(backend.stop_gradient(x), bits)
    return high, x - high


def _words(xp: Array, cycles: Array, axes: tuple[int, ...], small: Array | None = None) -> Words:
    """Sum of cycles, and of `small` numbers of them, over some axes, modulo 1.

    The distance of a number to the nearest integer is exact, and so are the leading 16 bits of that (`coarse`), the
    next 16 (`fine`) and what is left over. Nearest integers throughout: the floor of a tiny negative number would round
    up to a whole cycle. Sums of whole numbers are exact in any order.
    """
    turns = (cycles - xp.round(cycles)) * 65536.0
    coarse = xp.round(turns)
    fine = (turns - coarse) * 65536.0
    fine = fine if small is None else xp.concat([fine, small * 2.0**32], axis=1)
    whole = xp.round(fine)
    low = xp.round((fine - whole) * 2.0**LOW_BITS)
    of_coarse, of_whole, of_low = (xp.astype(xp.sum(x, axis=axes), xp.int32) for x in (coarse, whole, low))
    return _carried(xp, of_coarse * 65536 + of_whole, of_low)  # int32 wraps at a whole cycle


def _carried(xp: Array, high: Array, low: Array) -> Words:
    """Words with 0 <= low < 2**20, of which each phase has only one pair."""
    return high + xp.bitwise_right_shift(low, LOW_BITS), xp.bitwise_and(low, 2**LOW_BITS - 1)


Sums = tuple[Array, ...]


def _kept(xp: Array, *sums: Array) -> Sums:
    return sums


def _sums_around(xp: Array, parts: Sums, initial: Sums | None, settle: Callable[..., Sums] = _kept) -> Sums:
    """Sums over the segments before each segment and, in the end, over all of them, [batch, 1 + segments, channels].

    Parameters
    ----------
    parts
        What is summed, [batch, rows, segments, channels]: one array of floats, or two of words.
    initial
        Sums before the first segment, [batch, 1, channels]; None for 0.
    settle
        Applied to sums of up to 256 numbers. `_carried` for words, so that they do not overflow.
    """
    channels = axis_size(parts[0], 3)
    flat = tuple(xp.reshape(x, (-1, axis_size(x, 1) * axis_size(x, 2), channels)) for x in parts)
    initial = tuple(xp.zeros_like(x[:, :1, :]) for x in flat) if initial is None else initial
    return _running_sum(xp, tuple(xp.concat(both, axis=1) for both in zip(initial, flat, strict=True)), settle)


def _running_sum(xp: Array, parts: Sums, settle: Callable[..., Sums], group: int = 256) -> Sums:
    """Inclusive running sums over axis 1, by groups.

    Groups keep float sums accurate and words from overflow, and XLA's running sum on a CPU from a cost that grows with
    the square of the length. What does not fill a group is summed apart, not padded: Inductor (torch 2.13, CPU)
    returned garbage in the last chunk of a padded, chunked phase.
    """
    n = axis_size(parts[0], 1)
    if n <= group:
        return settle(xp, *(xp.cumulative_sum(x, axis=1, dtype=x.dtype) for x in parts))
    full, channels = n // group, axis_size(parts[0], 2)
    groups = (xp.reshape(x[:, : full * group, :], (-1, full, group, channels)) for x in parts)
    inside = tuple(xp.cumulative_sum(x, axis=2, dtype=x.dtype) for x in groups)
    totals = _running_sum(xp, settle(xp, *(x[:, :, -1, :] for x in inside)), settle, group)
    before = (xp.concat([xp.zeros_like(x[:, :1, :]), x[:, :-1, :]], axis=1) for x in totals)
    sums = (xp.reshape(x + y[:, :, None, :], (-1, full * group, channels)) for x, y in zip(inside, before, strict=True))
    if full * group == n:
        return settle(xp, *sums)
    tails = (xp.cumulative_sum(x[:, full * group :, :], axis=1, dtype=x.dtype) for x in parts)
    rests = (x + y[:, -1:, :] for x, y in zip(tails, totals, strict=True))
    return settle(xp, *(xp.concat(both, axis=1) for both in zip(sums, rests, strict=True)))
