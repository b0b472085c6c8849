"""The sum of many harmonics of one fundamental, without an array of [batch, time, harmonics].

Write harmonic h = 1 + k + K j with k < K and j < J. With z = exp(2 pi i phase),

    sum_h a_h sin(2 pi h phase) = Im sum_j z^(K j) sum_k a_(1 + k + K j) z^(1 + k).

The inner sum is a matrix product inside each row of samples, because the amplitudes there are a blend of two frames:
start + blend * change. The outer sum is Horner's rule. So K powers of z and J steps replace K * J sines.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from .. import design
from .._checks import axis_size
from .._types import Array
from ..backends import Adapter
from .math import pad_axis
from .phase import block_phase, from_blocks, leading_bits, to_blocks, wrap

__all__ = ["harmonic_bank"]

#: Samples (of one item of the batch) that are summed at a time, and the most parts that a long signal is cut into: a
#: compiler without a loop construct unrolls them.
PART_SAMPLES = 2**18
MAX_PARTS = 16


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
    n_frames = axis_size(f0_hz, 1)
    rows, per_row, length, _ = design.block_shape(n_frames, n_samples)
    phase = block_phase(backend, f0_hz, n_samples, 1.0 / sample_rate)[..., 0]
    if initial_phase is not None:
        phase = wrap(backend.xp, phase + wrap(backend.xp, initial_phase)[..., None])
    below = _count_below(backend, f0_hz, n_samples, sample_rate / 2.0, axis_size(amplitudes, 2))

    def flat(x: Array) -> Array:  # [batch, rows, blocks, length] -> [batch, rows, samples of the row]
        return backend.xp.reshape(x, (-1, rows, per_row * length))

    table = _amplitude_table(backend, amplitudes, n_samples)
    blend = backend.constant(design.block_blend(n_frames, n_samples, method), phase)[None, ...]

    def part(chunk: tuple[Array, ...]) -> Array:
        phase, below, table, blend = chunk
        return _sum_rows(backend, phase, below, table, blend)

    chunks = (flat(phase), flat(below), table, blend)
    blocks = _in_parts(backend, part, chunks, rows, -(-n_samples // PART_SAMPLES))
    blocks = backend.xp.reshape(blocks, (-1, rows, per_row, length, 1))
    audio = from_blocks(backend, blocks, n_frames, n_samples)[..., 0]
    # Uneven blocks are filled up behind their last sample, so the last phase is found by its sample.
    last = from_blocks(backend, phase[..., None], n_frames, n_samples)[:, -1:, :]
    return audio, last


def _count_below(backend: Adapter, f0_hz: Array, n_samples: int, nyquist: float, n_harmonics: int) -> Array:
    """How many of the harmonics lie below Nyquist at each sample, [batch, rows, blocks, length], as floats.

    A harmonic that is muted one sample early or late is a click, so where it crosses Nyquist must not depend on
    rounding: f0 = value + slope * ramp is kept as a sum of two numbers, and compared by exact products.
    """
    xp = backend.xp
    value, slope = (backend.stop_gradient(x[..., 0]) for x in to_blocks(backend, f0_hz, n_samples))
    ramps = design.ramp_parts(axis_size(f0_hz, 1), n_samples)
    first, second = (backend.constant(part, f0_hz) for part in ramps)
    high, low = leading_bits(slope)
    step, small = high * first, high * second + low * (first + second)
    f0 = value + step
    rounded = f0 - value
    small = small + ((value - (f0 - rounded)) + (step - rounded))  # what the sum lost (Knuth's two-sum)
    sign = xp.where(f0 < 0.0, -xp.ones_like(f0), xp.ones_like(f0))
    f0, small = sign * f0, sign * small
    # Only the harmonic nearest to Nyquist is in doubt.
    nearest = xp.round(nyquist / xp.where(f0 < 1e-3, xp.full_like(f0, 1e-3), f0))
    nearest = xp.where(nearest > n_harmonics + 1.0, xp.full_like(f0, n_harmonics + 1.0), nearest)
    high, low = leading_bits(f0)
    above = ((nearest * high - nyquist) + nearest * low) + nearest * small
    return xp.where(above < 0.0, nearest, nearest - 1.0)


def _amplitude_table(backend: Adapter, amplitudes: Array, n_samples: int) -> Array:
    """[batch, rows, 2 J, K]: for each row the start of its frame's amplitudes, then the change to the next frame."""
    n_harmonics = axis_size(amplitudes, 2)
    block = math.ceil(math.sqrt(n_harmonics))
    n_blocks = math.ceil(n_harmonics / block)
    padded = pad_axis(amplitudes, (0, block * n_blocks - n_harmonics), axis=2)
    start, change = (x[:, :, 0, 0, :] for x in to_blocks(backend, padded, n_samples))
    both = backend.xp.concat([start, change], axis=2)
    return backend.xp.reshape(both, (-1, axis_size(start, 1), 2 * n_blocks, block))


def _sum_rows(backend: Adapter, phase: Array, below: Array, table: Array, blend: Array) -> Array:
    """Audio [batch, rows, samples] for phase, and number of harmonics below Nyquist, of that shape."""
    xp = backend.xp
    n_blocks, block = axis_size(table, 2) // 2, axis_size(table, 3)
    blend = blend[:, :, None, :]
    cosines, sines = _powers(xp, phase, block)

    # Of the J blocks the first few lie below Nyquist as a whole (`whole`); in the next one (`cut`), some harmonics do.
    below = below[:, :, None, :]
    tops = backend.constant(design.linspace(block, block * n_blocks, n_blocks), phase)
    whole = xp.astype(tops[:, None] <= below, phase.dtype)
    cut = xp.concat([xp.ones_like(whole[:, :, :1, :]), whole[:, :, :-1, :]], axis=2) - whole
    numbers = backend.constant(design.linspace(1.0, block, block), phase)[:, None]
    heard = xp.astype(block * xp.sum(whole, axis=2, keepdims=True) + numbers <= below, phase.dtype)

    # Blending the amplitudes of the cut block first (a product of table and `cut`) would be cheaper by one product, but
    # under jax.jit on CPU (jaxlib 0.10.2) the gradient of that product is garbage at times.
    def inner(powers: Array) -> Array:  # [batch, rows, J, samples]
        full, part = xp.matmul(table, powers), xp.matmul(table, heard * powers)
        full, part = (z[:, :, :n_blocks, :] + blend * z[:, :, n_blocks:, :] for z in (full, part))
        return whole * full + cut * part

    re, im = inner(cosines), inner(sines)
    step_re, step_im = cosines[:, :, -1, :], sines[:, :, -1, :]
    x, y = re[:, :, -1, :], im[:, :, -1, :]
    for j in range(n_blocks - 2, -1, -1):
        x, y = x * step_re - y * step_im + re[:, :, j, :], x * step_im + y * step_re + im[:, :, j, :]
    return y


def _powers(xp: Array, phase: Array, n: int) -> tuple[Array, Array]:
    """Real and imaginary parts of z ... z^n, stacked on axis 2: two sines, then complex products."""
    angle = (2.0 * math.pi) * phase
    c, s = [xp.cos(angle)], [xp.sin(angle)]
    for k in range(2, n + 1):
        i, j = k // 2 - 1, k - k // 2 - 1
        c.append(c[i] * c[j] - s[i] * s[j])
        s.append(s[i] * c[j] + c[i] * s[j])
    return xp.stack(c, axis=2), xp.stack(s, axis=2)


def _in_parts(
    backend: Adapter, part: Callable[[tuple[Array, ...]], Array], chunks: tuple[Array, ...], rows: int, n_parts: int
) -> Array:
    """Apply `part` to runs of rows (axis 1) one after the other, so that memory does not grow with the length."""
    xp = backend.xp
    n_parts = min(n_parts, MAX_PARTS, rows)
    if n_parts == 1:
        return part(chunks)
    size = rows // n_parts

    def split(x: Array) -> Array:  # [batch, rows, ...] -> [parts, batch, size, ...]
        x = xp.reshape(
            x[:, : n_parts * size, ...], (-1, n_parts, size, *(axis_size(x, axis) for axis in range(2, len(x.shape))))
        )
        return xp.moveaxis(x, 1, 0)

    per_row = [axis_size(x, 1) == rows for x in chunks]
    moving = tuple(split(x) for x, moves in zip(chunks, per_row, strict=True) if moves)

    def step(carry: tuple, some: tuple) -> tuple[tuple, Array]:
        some_iter = iter(some)
        return carry, part(tuple(next(some_iter) if moves else x for x, moves in zip(chunks, per_row, strict=True)))

    _, done = backend.scan(step, (), moving)
    done = xp.moveaxis(done, 0, 1)
    done = xp.reshape(done, (-1, n_parts * size, axis_size(done, 3)))
    if n_parts * size == rows:
        return done
    rest = tuple(x[:, n_parts * size :, ...] if moves else x for x, moves in zip(chunks, per_row, strict=True))
    return xp.concat([done, part(rest)], axis=1)
