"""Phase: one integrator for every oscillator, exact in float32 arithmetic.

The plain form is a running sum, phase[n] = sum_{m <= n} f[m] / sample_rate: `plain_phase`, which in float32 loses the
phase within seconds. The exact form is `row_phase`. A frequency that is linear between frames has a phase that is
quadratic in a segment of at most 64 samples, in closed form, so only the advances over whole segments are summed. Their
sum is kept as wrapping 32-bit integers in units of 2**-32 cycles, with a small float remainder: after an hour of audio
the phase is still right. Everything is in cycles, because wrapping at 1 is exact in binary.
"""

from __future__ import annotations

import math

import numpy as np

from .. import design
from ..extend import Adapter, Array, Float, axis_size, checked_with, common_backend, promote_half, rank

__all__ = ["angular_cumsum"]

#: Frequencies above this limit, NaN and infinity count as 0 in all later phases; the phase of their samples is NaN.
MAX_FREQUENCY = 1e9


def wrap_cycles(xp: Array, cycles: Float[Array, ...]) -> Float[Array, ...]:
    """Wrap a phase in cycles to [-0.5, 0.5]."""
    return cycles - xp.round(cycles)


def plain_phase(frequency: Float[Array, "batch time channels"], scale: float) -> Float[Array, "batch time channels"]:
    """Phase in cycles as the running sum of scale * frequency: the definition, exact in float64 alone."""
    xp = common_backend(frequency=frequency).xp
    return wrap_cycles(xp, xp.cumulative_sum(scale * frequency, axis=1))


def frames_to_rows(
    backend: Adapter, frames: Float[Array, "batch frames channels"], n_samples: int
) -> tuple[Float[Array, "batch rows 1 1 channels"], Float[Array, "batch rows 1 1 channels"]]:
    """Value at the start of the frame of each row, and its change to the next frame."""
    xp = backend.xp
    n_frames = axis_size(frames, 1)
    slope = xp.concat([frames[:, 1:, :], frames[:, -1:, :]], axis=1) - frames
    *_, even = design.row_shape(n_frames, n_samples)
    if not even:
        frame_of_row = backend.constant(design.row_indices(n_frames, n_samples)[0], frames)
        frames, slope = (xp.take(x, frame_of_row, axis=1) for x in (frames, slope))
    return frames[:, :, None, None, :], slope[:, :, None, None, :]


def rows_to_samples(
    backend: Adapter, x: Float[Array, "batch rows segments length channels"], n_frames: int, n_samples: int
) -> Float[Array, "batch time channels"]:
    """Put the samples of rows in order of time."""
    xp = backend.xp
    rows, segments, length, channels = (axis_size(x, axis) for axis in (1, 2, 3, 4))
    *_, even = design.row_shape(n_frames, n_samples)
    if even:
        kept = xp.reshape(x, (-1, rows, segments * length, channels))[:, :, : n_samples // n_frames, :]
        return xp.reshape(kept, (-1, n_samples, channels))
    flat = xp.reshape(x, (-1, rows * segments * length, channels))
    place_of_sample = backend.constant(design.row_indices(n_frames, n_samples)[1], x)
    return xp.take(flat, place_of_sample, axis=1)


def row_phase(
    backend: Adapter, frequency: Float[Array, "batch frames channels"], n_samples: int, scale: float
) -> Float[Array, "batch rows segments length channels"]:
    """Phase of a frequency given at frames: inclusive running sum of scale * frequency, in cycles.

    The frequency is interpolated linearly and held after the last frame. Sample n of the result is the sum over samples
    0 ... n, wrapped to [-0.5, 0.5], in the layout of `design.row_shape`. It is NaN between the neighboring frames of a
    frequency that is not finite or larger than `MAX_FREQUENCY`; later phases are as if that frequency had been 0.

    Parameters
    ----------
    frequency
        [batch, frames, channels], float32 or float64, any unit.
    n_samples
        Number of samples that the frames span.
    scale
        Converts the frequency to cycles a sample (1 / sample_rate for Hz).
    """
    return row_and_last_phase(backend, frequency, n_samples, scale)[0]


def row_and_last_phase(
    backend: Adapter, frequency: Float[Array, "batch frames channels"], n_samples: int, scale: float
) -> tuple[Float[Array, "batch rows segments length channels"], Float[Array, "batch 1 channels"]]:
    """`row_phase`, and the phase of the last sample, which is finite for any frequency, so that a stream can go on."""
    xp = backend.xp
    n_frames = axis_size(frequency, 1)
    value, slope = frames_to_rows(backend, frequency, n_samples)
    if n_frames == n_samples:
        slope = xp.zeros_like(slope)  # no sample lies between frames: a bad frame must not reach the one before it
    ramps = design.segment_ramps(n_frames, n_samples)
    count, ramp_sum, count_inside, sum_inside = (backend.constant(r * scale, frequency)[..., None] for r in ramps[:4])
    sane = xp.abs(value[:, :, 0, :, :]) + xp.abs(slope[:, :, 0, :, :]) < MAX_FREQUENCY
    sane_value, sane_slope = (xp.where(sane, x[:, :, 0, :, :], xp.zeros_like(x[:, :, 0, :, :])) for x in (value, slope))
    plain = sane_value * count + sane_slope * ramp_sum  # [batch, rows, segments, channels]

    fixed_value, fixed_slope = backend.stop_gradient(sane_value), backend.stop_gradient(sane_slope)
    constants = design.segment_advances(n_frames, n_samples, scale)
    if frequency.dtype == xp.float64:
        start = _start_float64(backend, fixed_value, fixed_slope, constants)
    else:
        start = _start_float32(backend, fixed_value, fixed_slope, constants)

    # The float sum carries the gradient; its value cancels.
    rough = _sum_before(xp, plain)
    start = backend.stop_gradient(start) + (rough - backend.stop_gradient(rough))
    last = wrap_cycles(xp, start[:, -1:, -1, :] + plain[:, -1:, -1, :])
    # `where` keeps the gradient of samples without a phase from the frames before.
    start = xp.where(sane, start, xp.full_like(start, math.nan))
    return wrap_cycles(xp, start[:, :, :, None, :] + (value * count_inside + slope * sum_inside)), last


def sample_phase(
    frequency: Float[Array, "batch time channels"], scale: float
) -> tuple[Float[Array, "batch time channels"], Float[Array, "batch 1 channels"]]:
    """`row_and_last_phase` of a frequency given at every sample."""
    backend = common_backend(frequency=frequency)
    n_samples = axis_size(frequency, 1)
    rows, last = row_and_last_phase(backend, frequency, n_samples, scale)
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


# Starts of segments ---------------------------------------------------------------------------------------------


def _start_float64(backend: Adapter, value: Array, slope: Array, constants: np.ndarray) -> Array:
    """Phase at the start of each segment, in cycles, in double precision."""
    xp = backend.xp
    of_value, of_slope = (backend.constant(part[..., None], value) for part in constants.sum(axis=0))
    return wrap_cycles(xp, _sum_before(xp, wrap_cycles(xp, value * of_value + slope * of_slope)))


def _start_float32(backend: Adapter, value: Array, slope: Array, constants: np.ndarray) -> Array:
    """Phase at the start of each segment, in cycles, from float32 and int32 alone.

    A product of two numbers of 12 bits is exact in float32, with or without a fused multiply-add. Its distance to the
    nearest integer is exact too, and so are the leading 16 bits of that (`coarse`) and what is left over (`fine`).
    Nearest integers throughout: the floor of a tiny negative number would round up to a whole cycle.
    """
    xp = backend.xp
    x = xp.stack([value, slope])
    first, second, rest = (backend.constant(part[:, None, :, :, None], value) for part in constants)
    high, low = split_float(x)
    # Less than 2**-20 of the advance: here rounding does not matter.
    small = xp.sum(low * second + x * rest, axis=0)
    products = xp.concat([high * first, high * second, low * first])
    turns = (products - xp.round(products)) * 65536.0
    coarse = xp.round(turns)
    fine = (xp.sum(turns - coarse, axis=0) + small * 65536.0) * 65536.0
    whole = xp.round(fine)
    # In units of 2**-32 cycles, modulo 2**32.
    units = xp.astype(xp.sum(coarse, axis=0), xp.int32) * 65536 + xp.astype(whole, xp.int32)
    exact, remainder = _sum_before(xp, units), _sum_before(xp, fine - whole)
    return (xp.astype(exact, value.dtype) + remainder) * 2.0**-32


def split_float(x: Array) -> tuple[Array, Array]:
    """Split x into its leading bits, 12 of them in float32, and the rest (Veltkamp's splitting)."""
    scaled = 4097.0 * x
    high = scaled - (scaled - x)
    return high, x - high


def _sum_before(xp: Array, x: Array) -> Array:
    """Sum over the segments before each segment, [batch, rows, segments, channels]."""
    rows, segments, channels = (axis_size(x, axis) for axis in (1, 2, 3))
    flat = xp.reshape(x, (-1, rows * segments, channels))
    return xp.reshape(_running_sum(xp, flat) - flat, (-1, rows, segments, channels))


def _running_sum(xp: Array, x: Array, group: int = 256) -> Array:
    """Inclusive running sum over axis 1, int32 modulo 2**32, by groups.

    Groups keep the float sums accurate, and XLA's running sum on a CPU from a cost that grows with the square of the
    length. What does not fill a group is summed apart, not padded: Inductor (torch 2.13, CPU) returned garbage in the
    last chunk of a padded, chunked phase.
    """
    n = axis_size(x, 1)
    if n <= group:
        return xp.cumulative_sum(x, axis=1, dtype=x.dtype)
    full = n // group
    groups = xp.reshape(x[:, : full * group, :], (-1, full, group, axis_size(x, 2)))
    inside = xp.cumulative_sum(groups, axis=2, dtype=x.dtype)
    totals = _running_sum(xp, inside[:, :, -1, :], group)
    before = xp.concat([xp.zeros_like(totals[:, :1, :]), totals[:, :-1, :]], axis=1)
    whole = xp.reshape(inside + before[:, :, None, :], (-1, full * group, axis_size(x, 2)))
    if full * group == n:
        return whole
    tail = xp.cumulative_sum(x[:, full * group :, :], axis=1, dtype=x.dtype) + totals[:, -1:, :]
    return xp.concat([whole, tail], axis=1)
