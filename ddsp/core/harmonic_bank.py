"""A bank of harmonics of one fundamental, without an array of [batch, time, harmonics]: layout, phase and muting.

`harmonic_sum` adds the harmonics up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .. import design
from .._checks import axis_size
from .._types import Array
from ..backends import Adapter
from .harmonic_sum import MANY_STEPS, gradient_of_sum, sum_harmonics
from .phase import block_phase, from_blocks, leading_bits, to_blocks, wrap

__all__ = ["harmonic_bank"]

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
    phase = block_phase(backend, f0_hz, n_samples, 1.0 / sample_rate)[..., 0]
    if initial_phase is not None:
        phase = wrap(xp, phase + wrap(xp, initial_phase)[..., None])
    below = _count_below(backend, f0_hz, n_samples, sample_rate / 2.0, axis_size(amplitudes, 2))
    start, change = (x[:, :, 0, 0, :] for x in to_blocks(backend, amplitudes, n_samples))

    rows_of_tone = RowsOfTone(backend, n_frames, n_samples, method)
    sum_rows = backend.with_gradient(rows_of_tone, alone=True)
    audio = sum_rows(xp.reshape(phase, (-1, rows, per_row * length)), start, change, below)
    audio = from_blocks(backend, xp.reshape(audio, (-1, rows, per_row, length, 1)), n_frames, n_samples)[..., 0]
    # Uneven blocks are filled up behind their last sample, so the last phase is found by its sample.
    last = from_blocks(backend, phase[..., None], n_frames, n_samples)[:, -1:, :]
    return audio, last


@dataclass(frozen=True)
class RowsOfTone:
    """The sum of harmonics in rows of samples as a function of arrays, part by part, with its gradient.

    The arrays are the phase of the fundamental, [batch, rows, samples]; the amplitudes at the start of each row's frame
    and their change to the next, [batch, rows, harmonics]; how many harmonics are heard, of the shape of the phase.
    """

    backend: Adapter
    n_frames: int
    n_samples: int
    method: str

    def __call__(self, phase: Array, start: Array, change: Array, below: Array) -> Array:
        """Audio, [batch, rows, samples]."""

        def part(phase: Array, start: Array, change: Array, below: Array, blend: Array) -> tuple:
            return (sum_harmonics(self.backend, phase, below, start, change, blend)[1],)

        if self.backend.fusion():  # nothing much larger than the audio comes up
            return part(phase, start, change, below, self._blend(phase))[0]
        return self._in_parts(part, phase, start, change, below)[0]

    def gradient(
        self, cotangent: Array, audio: Array, phase: Array, start: Array, change: Array, below: Array
    ) -> tuple[Array, ...]:
        """Gradients of sum(cotangent * audio) for phase, start and change."""

        def part(phase: Array, start: Array, change: Array, below: Array, cotangent: Array, blend: Array) -> tuple:
            return gradient_of_sum(self.backend, cotangent, phase, below, start, change, blend)

        return self._in_parts(part, phase, start, change, below, cotangent)

    def _blend(self, like: Array) -> Array:
        """How far each sample of a row is towards the next frame, [1, rows or 1, samples]."""
        return self.backend.constant(design.block_blend(self.n_frames, self.n_samples, self.method), like)[None, ...]

    def _in_parts(self, part: Callable[..., tuple], *arrays: Array) -> tuple:
        """Apply `part` to runs of rows one after the other."""
        rows, samples = axis_size(arrays[0], 1), axis_size(arrays[0], 2)
        if fusion := self.backend.fusion():
            n_parts = -(-rows * samples // (FUSED_PART_SAMPLES if fusion >= MANY_STEPS else LONG_PART_SAMPLES))
        else:
            on_cpu = "cpu" in str(arrays[0].device).lower()
            n_parts = -(-arrays[0].shape[0] * rows * samples // (PART_SAMPLES if on_cpu else LONG_PART_SAMPLES))
        return in_parts(self.backend, part, (*arrays, self._blend(arrays[0])), rows, n_parts)


def _count_below(backend: Adapter, f0_hz: Array, n_samples: int, nyquist: float, n_harmonics: int) -> Array:
    """How many of the harmonics lie below Nyquist at each sample, [batch, rows, samples], as floats.

    A harmonic that is muted one sample early or late is a click, so where it crosses Nyquist must not depend on
    rounding: f0 = value + slope * ramp is kept as a sum of two numbers, and compared by exact products.
    """
    xp = backend.xp
    value, slope = (backend.stop_gradient(x[:, :, 0, 0, :]) for x in to_blocks(backend, f0_hz, n_samples))
    ramps = design.ramp_parts(axis_size(f0_hz, 1), n_samples)
    first, second = (backend.constant(part, f0_hz) for part in ramps)
    high, low = leading_bits(slope)
    step, small = high * first, high * second + low * (first + second)
    f0 = value + step
    rounded = f0 - value
    small = small + ((value - (f0 - rounded)) + (step - rounded))  # what the sum lost (Knuth's two-sum)
    sign = xp.sign(f0)
    f0, small = sign * f0, sign * small
    # Only the harmonic nearest to Nyquist is in doubt.
    nearest = xp.clip(xp.round(nyquist / xp.clip(f0, 1e-3, None)), None, n_harmonics + 1.0)
    high, low = leading_bits(f0)
    above = ((nearest * high - nyquist) + nearest * low) + nearest * small
    return xp.where(above < 0.0, nearest, nearest - 1.0)


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
