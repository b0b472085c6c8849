"""A bank of harmonics of one fundamental, without an array of [batch, time, harmonics]: layout, phase and muting.

`harmonic_sum` adds the harmonics up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .. import design
from ..extend import Adapter, Array, ByValue, axis_size
from .harmonic_sum import MANY_STEPS, gradient_of_sum, sum_harmonics
from .phase import block_and_last_phase, from_blocks, leading_bits, to_blocks, wrap
from .steady_sum import gradient_of_steady_sum, sum_steady

__all__ = ["harmonic_bank"]

#: f0 in rows of samples: value at the start and slope, [batch, rows, 1], and the two parts of the ramp that the slope
#: is multiplied by, [1, rows or 1, samples].
Rows = tuple[Array, ...]

#: Samples that are summed at a time on a CPU, so that intermediate results stay in its cache.
PART_SAMPLES = 2**14
#: The same in the gradient, of one item of the batch, where a compiler fuses many steps.
FUSED_PART_SAMPLES = 2**12
#: For memory alone: where a compiler fuses few steps and takes long to compile a loop, and on an accelerator.
LONG_PART_SAMPLES = 2**18


def harmonic_bank(
    backend: Adapter,
    f0_hz: Array,
    amplitudes: Array,
    n_samples: int,
    sample_rate: float,
    method: str,
    initial_phase: Array | None = None,
) -> tuple[Array, Array]:
    """Audio [batch, n_samples] of harmonics 1 ... H of f0, and the last phase of the fundamental, [batch, 1, 1].

    Parameters
    ----------
    f0_hz : [batch, frames, 1], linear between frames.
    amplitudes : [batch, frames, H], blended between frames by `method` ('nearest', 'linear' or 'window'), and muted
        sample by sample where the harmonic reaches half the sample rate.
    initial_phase : phase of the fundamental before the first sample, in cycles, [batch, 1, 1].
    """
    xp, n_frames = backend.xp, axis_size(f0_hz, 1)
    # Both with all of the batch, where one serves all.
    f0_hz, amplitudes = f0_hz + xp.zeros_like(amplitudes[:, :, :1]), amplitudes + xp.zeros_like(f0_hz)
    rows, per_row, length, _ = design.block_shape(n_frames, n_samples)
    phase, last = block_and_last_phase(backend, f0_hz, n_samples, 1.0 / sample_rate)
    phase = phase[..., 0]
    if initial_phase is not None:
        initial_phase = wrap(xp, initial_phase)
        phase, last = wrap(xp, phase + initial_phase[..., None]), wrap(xp, last + initial_phase)
    start, change = _of_rows(backend, amplitudes, n_samples)
    ramp, blend = design.ramp_parts(n_frames, n_samples), design.block_blend(n_frames, n_samples, method)
    *ramp, blend = (backend.constant(x, phase)[None, ...] for x in (*ramp, blend))
    f0 = (*(backend.stop_gradient(x) for x in _of_rows(backend, f0_hz, n_samples)), *ramp)
    phase = xp.reshape(phase, (-1, rows, per_row * length))
    audio = _sum_rows(backend, phase, f0, sample_rate / 2.0, start, change, blend)
    audio = from_blocks(backend, xp.reshape(audio, (-1, rows, per_row, length, 1)), n_frames, n_samples)
    return audio[..., 0], last


def _of_rows(backend: Adapter, frames: Array, n_samples: int) -> tuple[Array, Array]:
    """`to_blocks` with one axis for the rows, [batch, rows, channels]."""
    value, slope = (x[:, :, 0, 0, :] for x in to_blocks(backend, frames, n_samples))
    return value, slope


def _sum_rows(
    backend: Adapter, phase: Array, f0: Rows, nyquist: float, start: Array, change: Array, blend: Array
) -> Array:
    """Audio, [batch, rows, samples], of the arrays that `RowsOfTone` takes.

    Where values can be read, the rows that no harmonic leaves at Nyquist, which are most, go a shorter way.
    """
    xp, n_harmonics = backend.xp, axis_size(start, 2)
    ends = _count_at_ends(backend, f0, nyquist, n_harmonics)
    # f0 is linear in a row: its magnitude lies between those of the ends unless it passes 0.
    crossed = (ends[..., :1] != ends[..., 1:]) | (f0[0] * (f0[0] + f0[1]) < 0.0)
    few = backend.where_true(xp.reshape(crossed, (-1,))) if hasattr(backend, "where_true") else None
    sum_rows = backend.with_gradient(RowsOfTone(backend), alone=True)
    if few is None or 2 * few.shape[0] > crossed.shape[0] * crossed.shape[1]:
        return sum_rows(phase, start, change, _count_below(backend, f0, nyquist, n_harmonics), blend)

    audio = backend.with_gradient(RowsOfTone(backend, steady=True))(phase, start, change, ends[..., :1], blend)
    if few.shape[0] == 0:
        return audio

    def picked(x: Array) -> Array:  # [batch, rows, n] -> [1, few, n]; what is the same in all of them stays
        n = x.shape[0] * x.shape[1]
        return x if n == 1 else xp.take(xp.reshape(x, (1, n, -1)), few % n, axis=1)

    below = _count_below(backend, tuple(picked(x) for x in f0), nyquist, n_harmonics)
    others = sum_rows(*(picked(x) for x in (phase, start, change)), below, picked(blend))
    places = xp.cumulative_sum(xp.astype(xp.reshape(crossed, (-1,)), xp.int64)) - 1
    others = xp.take(others, xp.clip(places, 0, None), axis=1)
    return xp.where(crossed, xp.reshape(others, phase.shape), audio)


def _count_at_ends(backend: Adapter, f0: Rows, nyquist: float, n_harmonics: int) -> Array:
    """How many of the harmonics are heard at the first and at the last sample of each row, [batch, rows, 2]."""
    xp, (value, slope, *ramp) = backend.xp, f0
    ends = (value, slope, *(xp.concat([x[..., :1], x[..., -1:]], axis=2) for x in ramp))
    return xp.clip(_count_below(backend, ends, nyquist, n_harmonics), None, float(n_harmonics))


def _count_below(backend: Adapter, f0: Rows, nyquist: float, n_harmonics: int) -> Array:
    """How many of the harmonics lie below Nyquist at each sample, [batch, rows, samples], as floats.

    A harmonic that is muted one sample early or late is a click, so where it crosses Nyquist must not depend on
    rounding: f0 = value + slope * ramp is kept as a sum of two numbers, and compared by exact products.
    """
    xp, (value, slope, first, second) = backend.xp, f0
    high, low = leading_bits(slope)
    step, small = high * first, high * second + low * (first + second)
    f0_hz = value + step
    rounded = f0_hz - value
    small = small + ((value - (f0_hz - rounded)) + (step - rounded))  # what the sum lost (Knuth's two-sum)
    small = xp.where(f0_hz < 0.0, -small, small)
    f0_hz = xp.abs(f0_hz)
    # Only the harmonic nearest to Nyquist is in doubt.
    nearest = xp.clip(xp.round(nyquist / xp.clip(f0_hz, 1e-3, None)), None, n_harmonics + 1.0)
    high, low = leading_bits(f0_hz)
    above = ((nearest * high - nyquist) + nearest * low) + nearest * small
    return xp.where(above < 0.0, nearest, nearest - 1.0)


@dataclass(frozen=True, eq=False)
class RowsOfTone(ByValue):
    """The sum of harmonics in rows of samples as a function of arrays, part by part, with its gradient.

    The arrays are the phase of the fundamental, [batch, rows, samples]; the amplitudes at the start of each row's frame
    and their change to the next, [batch, rows, harmonics]; how many harmonics are heard, of the shape of the phase, or
    [batch, rows, 1] in `steady` rows; how far each sample is towards the next frame, [1, rows or 1, samples].
    """

    backend: Adapter
    steady: bool = False

    def __call__(self, phase: Array, start: Array, change: Array, heard: Array, blend: Array) -> Array:
        """Audio, [batch, rows, samples]."""

        def part(phase: Array, start: Array, change: Array, heard: Array, blend: Array) -> tuple:
            if self.steady:
                return (sum_steady(self.backend, phase, heard, start, change, blend),)
            return (sum_harmonics(self.backend, phase, heard, start, change, blend)[1],)

        if self.backend.fusion():  # nothing much larger than the audio comes up
            return part(phase, start, change, heard, blend)[0]
        return self._in_parts(part, phase, start, change, heard, blend)[0]

    def gradient(
        self, cotangent: Array, audio: Array, phase: Array, start: Array, change: Array, heard: Array, blend: Array
    ) -> tuple[Array, ...]:
        """Gradients of sum(cotangent * audio) for phase, start and change."""
        find = gradient_of_steady_sum if self.steady else gradient_of_sum

        def part(phase: Array, start: Array, change: Array, heard: Array, blend: Array, cotangent: Array) -> tuple:
            return find(self.backend, cotangent, phase, heard, start, change, blend)

        return self._in_parts(part, phase, start, change, heard, blend, cotangent)

    def _in_parts(self, part: Callable[..., tuple], *arrays: Array) -> tuple:
        """Apply `part` to runs of rows one after the other."""
        rows, samples = axis_size(arrays[0], 1), axis_size(arrays[0], 2)
        if fusion := self.backend.fusion():
            n_parts = -(-rows * samples // (FUSED_PART_SAMPLES if fusion >= MANY_STEPS else LONG_PART_SAMPLES))
        else:
            on_cpu = "cpu" in str(getattr(arrays[0], "device", "cpu")).lower()  # Dask's arrays are nowhere
            n_parts = -(-arrays[0].shape[0] * rows * samples // (PART_SAMPLES if on_cpu else LONG_PART_SAMPLES))
        return in_parts(self.backend, part, arrays, rows, n_parts)


def in_parts(
    backend: Adapter, part: Callable[..., tuple], arrays: tuple[Array, ...], rows: int, n_parts: int
) -> tuple[Array, ...]:
    """Apply `part` to runs of rows (axis 1 of what has so many) one after the other; its results joined again."""
    xp = backend.xp
    n_parts = min(n_parts, rows)
    if n_parts <= 1:
        return part(*arrays)
    size = rows // n_parts
    moves = [axis_size(x, 1) == rows for x in arrays]

    def split(x: Array) -> Array:  # [batch, rows, n] -> [parts, batch, size, n]
        x = xp.reshape(x[:, : n_parts * size, :], (-1, n_parts, size, axis_size(x, 2)))
        return xp.moveaxis(x, 1, 0)

    def whole(moving: Iterable[Array]) -> list[Array]:
        some = iter(moving)
        return [next(some) if moved else x for x, moved in zip(arrays, moves, strict=True)]

    def step(carry: tuple, moving: tuple) -> tuple[tuple, tuple]:
        return carry, part(*whole(moving))

    _, done = backend.scan(step, (), tuple(split(x) for x, moved in zip(arrays, moves, strict=True) if moved))
    done = tuple(xp.reshape(xp.moveaxis(x, 0, 1), (-1, n_parts * size, axis_size(x, 3))) for x in done)
    if n_parts * size == rows:
        return done
    rest = part(*(x[:, n_parts * size :, :] if moved else x for x, moved in zip(arrays, moves, strict=True)))
    return tuple(xp.concat(both, axis=1) for both in zip(done, rest, strict=True))
