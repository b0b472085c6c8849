"""Sum of harmonics with given phases: the inverse of the projection on harmonics."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from .. import design
from ..core.padding import pad_checked
from ..extend import Array, Float, adapter_of, checked, common_backend
from .frames import chunk_frames, over_chunks, to_chunks, top_of_chunks
from .projection import fundamental_phase, harmonic_tables, round_up

__all__ = ["synthesize_harmonics"]


@checked
def synthesize_harmonics(
    cosine: Float[Array, "#batch frames harmonics"],
    sine: Float[Array, "#batch frames harmonics"],
    f0_hz: Float[Array, "#batch frames 1"],
    n_samples: int,
    sample_rate: float,
) -> Float[Array, "batch time"]:
    r"""Sum of harmonics with given phases, cross-faded between frames: the inverse of `harmonic_amplitudes`.

    $$x[n] = \sum_h a_h \cos(2 \pi h \phi[n]) + b_h \sin(2 \pi h \phi[n])$$

    Parameters
    ----------
    cosine, sine
        Amplitudes a and b, as `harmonic_amplitudes` returns them, [batch, frames, harmonics].
    f0_hz
        The fundamental frequency of the projection, in Hz, [batch, frames, 1].
    n_samples
        Length of the audio in samples, a multiple of the number of frames.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    audio : array
        [batch, n_samples], dtype of the inputs.

    See Also
    --------
    harmonic_amplitudes : The amplitudes.
    ddsp.core.harmonic_synthesis : Synthesis from amplitudes without phases.

    Notes
    -----
    Unlike `ddsp.core.harmonic_synthesis` it keeps the phases, so the audio minus this sum is the residual.

    Examples
    --------
    >>> import numpy as np
    >>> f0, one = np.full((1, 4, 1), 4000.0), np.ones((1, 4, 1))
    >>> synthesize_harmonics(one, 0.0 * one, f0, 8, 16000).round(3) + 0.0
    array([[ 0., -1.,  0.,  1.,  0., -1.,  0.,  1.]])
    """
    backend = common_backend(cosine=cosine, sine=sine, f0_hz=f0_hz)
    xp = backend.xp
    n_frames, n_harmonics = int(f0_hz.shape[1]), int(cosine.shape[2])
    hop = n_samples // n_frames
    size = chunk_frames(n_frames, hop)
    phase = xp.reshape(fundamental_phase(f0_hz, n_samples, sample_rate), (-1, n_frames, hop))
    now = xp.stack([cosine, sine], axis=2)
    after = xp.concat([now[:, 1:, ...], now[:, -1:, ...]], axis=1)
    sounding = backend.to_numpy(xp.any((now != 0.0) | (after != 0.0), axis=2))
    count = top_of_chunks(np.max(sounding * np.arange(1, n_harmonics + 1), axis=2, keepdims=True), size)
    count = np.where(count > 0, round_up(np.maximum(count, 1), n_harmonics), 0)
    carry = tuple(to_chunks(x, size) for x in (phase, now, after))
    samples = over_chunks(backend, _sum_step, carry, count[:, np.newaxis], np.arange(len(count))[:, np.newaxis])
    return xp.reshape(xp.reshape(samples, (int(f0_hz.shape[0]), -1, hop))[:, :n_frames, :], (-1, n_samples))


@lru_cache(maxsize=64)
def _sum_step(count: int) -> Callable:
    """A step of `scan` over chunks: the samples of one chunk, [size, hop], of its first `count` harmonics."""

    def step(carry: tuple[Array, ...], place: Array) -> tuple[tuple[Array, ...], Array]:
        backend = adapter_of(carry[0])
        xp = backend.xp
        phase, now, after = (xp.take(x, place, axis=0) for x in carry)
        if not count:
            return carry, xp.zeros_like(phase[0, ...])
        hop = int(phase.shape[2])
        tables = [[xp.stack(x, axis=2) for x in pair] for pair in harmonic_tables(xp, phase, count)]
        blend = backend.constant(design.crossfade(np.arange(hop, dtype=np.float64) / hop), phase)
        start, end = (_weighted(xp, tables, x[:, :, :, :count]) for x in (now, after))
        return carry, (start + blend * (end - start))[0, ...]

    return step


def _weighted(xp: Array, tables: list[list[Array]], amplitudes: Array) -> Array:
    """sum_h a_h cos(h phase) + b_h sin(h phase): the real part of z^h (a - i b)."""
    (c, s), (jc, js) = tables
    n_groups, size = int(jc.shape[2]), int(c.shape[2])
    padded = pad_checked(amplitudes, (0, n_groups * size - int(amplitudes.shape[3])), axis=3)
    shape = (-1, int(padded.shape[1]), n_groups, size)
    a, b = (xp.reshape(padded[:, :, i, :], shape) for i in (0, 1))
    re = xp.matmul(a, c) + xp.matmul(b, s)
    im = xp.matmul(a, s) - xp.matmul(b, c)
    return xp.sum(re * jc - im * js, axis=2)
