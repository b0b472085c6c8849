"""Amplitudes of the harmonics of a known fundamental, by projection, and the sum of harmonics with their own phases.

Both follow the fundamental's running phase, so a glide or vibrato inside a window does not blur high harmonics. The
window spans a whole number of periods: the zeros of a Hann window's spectrum then fall on all other harmonics, and
projection is least squares without a matrix to invert. As in `ddsp.core.harmonic_bank`, harmonic h = 1 + k + K j, and
exp(2 pi i h phase) is a product of two short tables, so the sums over samples or harmonics are matrix products.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from .. import design
from .._checks import floats, integer
from .._types import Array, Float
from ..backends import adapter_of
from ..core.math import pad_axis
from ..core.phase import block_phase, from_blocks
from .frames import hop_of, over_frames

__all__ = ["fundamental_phase", "harmonic_amplitudes", "harmonic_sum", "noise_share", "window_periods"]

#: Fewest periods in a window: with 4, the main lobes (2 bins to either side) of neighbours just touch.
PERIODS = 4
#: Shortest window in seconds. Shorter ones follow onsets better and take more noise for harmonics.
SHORTEST = 0.016


def window_periods(f0_hz: Float[Array, ...]) -> Float[Array, ...]:
    """Periods of the fundamental in a window, a whole number: 4, or more where those are shorter than 16 ms."""
    xp = adapter_of(f0_hz).xp
    return xp.clip(xp.round(SHORTEST * f0_hz), PERIODS, None)


def noise_share(voiced: Float[Array, ...], periods: Float[Array, ...]) -> Float[Array, ...]:
    """Share of the power of white noise that is left when its `voiced` times projected harmonics are taken away.

    A Hann window of m periods has a response W of 1 at a harmonic; in units of f0, W sums to 2 / m and W^2 to 1.5 / m.
    So the mean of |1 - g W|^2 over frequency is 1 - (4 g - 1.5 g^2) / m.
    """
    return 1.0 - (4.0 - 1.5 * voiced) * voiced / periods


def fundamental_phase(
    f0_hz: Float[Array, "batch frames 1"], n_samples: int, sample_rate: float
) -> Float[Array, "batch time"]:
    """Phase of the fundamental at each sample in cycles, in [-0.5, 0.5]: that of `ddsp.core.harmonic_synthesis`."""
    backend = floats(f0_hz=f0_hz)
    blocks = block_phase(backend, f0_hz, n_samples, 1.0 / sample_rate)
    return from_blocks(backend, blocks, int(f0_hz.shape[1]), n_samples)[:, :, 0]


def harmonic_amplitudes(
    audio: Float[Array, "batch time"],
    f0_hz: Float[Array, "batch frames 1"],
    n_harmonics: int,
    sample_rate: float,
) -> tuple[Float[Array, "batch frames harmonics"], Float[Array, "batch frames harmonics"]]:
    """Cosine and sine amplitudes of the harmonics of f0 around each frame.

    a_h[k] = 2 sum_n w_k[n] x[n] cos(2 pi h phase[n]) / sum_n w_k[n], and b_h[k] with the sine, so that
    x ~ sum_h a_h cos(2 pi h phase) + b_h sin(2 pi h phase). w_k is a Hann window around sample k * hop.

    Parameters
    ----------
    audio : [batch, time], a whole number of samples (the hop) for each frame.
    f0_hz : fundamental in Hz, > 0, [batch, frames, 1]; linear between frames, as in `ddsp.core.harmonic_synthesis`.
    n_harmonics : >= 1.
    sample_rate : in Hz.

    Returns
    -------
    Two arrays [batch, frames, n_harmonics], linear; 0 for harmonics at half the sample rate and above.

    Notes
    -----
    Not for compilation: the windows' lengths, hence shapes, depend on the values of f0_hz.

    Examples
    --------
    >>> import numpy as np
    >>> f0 = np.full((1, 100, 1), 400.0)
    >>> tone = 0.5 * np.cos(2 * np.pi * 800.0 * np.arange(6400) / 16000)[np.newaxis]
    >>> a, b = harmonic_amplitudes(tone, f0, 3, 16000)
    >>> np.hypot(a, b)[0, 50].round(3)
    array([0. , 0.5, 0. ])
    """
    backend = floats(audio=audio, f0_hz=f0_hz)
    xp = backend.xp
    hop, n_harmonics = hop_of(audio, f0_hz), integer("n_harmonics", n_harmonics, 1)
    phase = fundamental_phase(f0_hz, int(audio.shape[1]), sample_rate)
    half = window_periods(f0_hz[:, :, 0]) / f0_hz[:, :, 0] * (0.5 * sample_rate)
    groups = _groups(backend.to_numpy(xp.max(half, axis=0)), hop)
    margin = max(radius for radius, _ in groups)
    signals = [pad_axis(x, (margin, margin), axis=1) for x in (audio, phase, xp.ones_like(audio))]

    parts = []
    for radius, frames in groups:
        step = _projection_step(radius, margin, hop, n_harmonics)
        parts.append(over_frames(backend, step, (*signals, half), frames, 2 * radius * _table_rows(n_harmonics)))
    inverse = np.argsort(np.concatenate([frames for _, frames in groups]))
    both = xp.take(xp.concat(parts, axis=1), backend.constant(inverse, audio), axis=1)
    numbers = backend.constant(design.linspace(1.0, n_harmonics, n_harmonics), audio)
    below = numbers * f0_hz < 0.5 * sample_rate
    return tuple(xp.where(below, both[:, :, i, :], xp.zeros_like(both[:, :, i, :])) for i in (0, 1))


def _groups(half: np.ndarray, hop: int) -> list[tuple[int, np.ndarray]]:
    """Frames by the radius of their windows in samples: whole hops, a quarter of an octave apart."""
    steps = np.ceil(4.0 * np.log2(np.maximum(half / hop, 1.0))).astype(np.int64)
    return [(hop * math.ceil(2.0 ** (int(s) / 4.0)), np.flatnonzero(steps == s)) for s in np.unique(steps)]


@lru_cache(maxsize=64)
def _projection_step(radius: int, margin: int, hop: int, n_harmonics: int) -> Callable:
    """A step of `scan` over chunks of frames. Cached: JAX compiles again unless the step is the very same object."""
    offsets = np.arange(-radius, radius, dtype=np.int64)

    def step(carry: tuple[Array, ...], frames: Array) -> tuple[tuple[Array, ...], Array]:
        *signals, half = carry
        backend = adapter_of(half)
        xp, n_frames = backend.xp, int(frames.shape[0])
        samples = xp.reshape(frames[:, None] * hop + margin + backend.constant(offsets, half), (-1,))
        x, phase, inside = (xp.reshape(xp.take(s, samples, axis=1), (-1, n_frames, 2 * radius)) for s in signals)
        place = backend.constant(offsets.astype(np.float64), half) / xp.take(half, frames, axis=1)[:, :, None]
        window = xp.where(xp.abs(place) < 1.0, 0.5 + 0.5 * xp.cos(math.pi * place), xp.zeros_like(place)) * inside
        x = x * window * (2.0 / xp.sum(window, axis=2, keepdims=True))
        return carry, _project(xp, x, phase, n_harmonics)

    return step


def _project(xp: Array, x: Array, phase: Array, n_harmonics: int) -> Array:
    """sum_n x cos and x sin of h phase: [batch, frames, 2, harmonics]."""
    (c, s), (jc, js) = _tables(xp, phase, n_harmonics)
    n_blocks, block = int(jc.shape[2]), int(c.shape[2])
    x = x[:, :, None, :]
    rows, columns = xp.concat([x * jc, x * js], axis=2), xp.concat([c, s], axis=2)
    sums = xp.matmul(rows, xp.matrix_transpose(columns))
    cosine, sine = sums[:, :, :n_blocks, :], sums[:, :, n_blocks:, :]
    a = cosine[..., :block] - sine[..., block:]
    b = cosine[..., block:] + sine[..., :block]
    flat = (-1, int(x.shape[1]), n_blocks * block)
    return xp.stack([xp.reshape(a, flat)[:, :, :n_harmonics], xp.reshape(b, flat)[:, :, :n_harmonics]], axis=2)


def _table_rows(n_harmonics: int) -> int:
    """Rows of the tables of `_tables`, all four."""
    return 4 * math.ceil(math.sqrt(n_harmonics))


def _tables(xp: Array, phase: Array, n_harmonics: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Cosines and sines of (1 ... K) phase, and of (0, K ... K (J - 1)) phase; K J >= n_harmonics. On a new axis 2."""
    block = math.ceil(math.sqrt(n_harmonics))
    angle = (2.0 * math.pi) * phase
    c, s = _powers(xp.cos(angle), xp.sin(angle), block)
    jc, js = [xp.ones_like(angle)], [xp.zeros_like(angle)]
    more = math.ceil(n_harmonics / block) - 1
    if more:
        powers = _powers(c[-1], s[-1], more)
        jc, js = jc + powers[0], js + powers[1]
    return (xp.stack(c, axis=2), xp.stack(s, axis=2)), (xp.stack(jc, axis=2), xp.stack(js, axis=2))


def _powers(re: Array, im: Array, n: int) -> tuple[list[Array], list[Array]]:
    """Real and imaginary parts of z ... z^n."""
    c, s = [re], [im]
    for k in range(2, n + 1):
        i, j = k // 2 - 1, k - k // 2 - 1
        c.append(c[i] * c[j] - s[i] * s[j])
        s.append(s[i] * c[j] + c[i] * s[j])
    return c, s


def harmonic_sum(
    cosine: Float[Array, "batch frames harmonics"],
    sine: Float[Array, "batch frames harmonics"],
    f0_hz: Float[Array, "batch frames 1"],
    n_samples: int,
    sample_rate: float,
) -> Float[Array, "batch time"]:
    """Audio of harmonics with phases of their own, cross-faded between frames: what `harmonic_amplitudes` took apart.

    Parameters
    ----------
    cosine, sine : amplitudes as `harmonic_amplitudes` gives them.
    f0_hz : the same fundamental.
    n_samples : a multiple of the number of frames.
    sample_rate : in Hz.

    Returns
    -------
    [batch, n_samples], same dtype. Unlike `ddsp.core.harmonic_synthesis` it keeps the phases, so that audio minus it is
    what the harmonics leave over.

    Examples
    --------
    >>> import numpy as np
    >>> f0, one = np.full((1, 4, 1), 4000.0), np.ones((1, 4, 1))
    >>> harmonic_sum(one, 0.0 * one, f0, 8, 16000).round(3) + 0.0
    array([[ 0., -1.,  0.,  1.,  0., -1.,  0.,  1.]])
    """
    backend = floats(cosine=cosine, sine=sine, f0_hz=f0_hz)
    xp = backend.xp
    n_frames, n_harmonics = int(f0_hz.shape[1]), int(cosine.shape[2])
    hop = n_samples // n_frames
    phase = xp.reshape(fundamental_phase(f0_hz, n_samples, sample_rate), (-1, n_frames, hop))
    now = xp.stack([cosine, sine], axis=2)
    after = xp.concat([now[:, 1:, ...], now[:, -1:, ...]], axis=1)
    frames = np.arange(n_frames, dtype=np.int64)
    samples = over_frames(backend, _sum_step, (phase, now, after), frames, hop * _table_rows(n_harmonics))
    return xp.reshape(samples, (-1, n_samples))


def _sum_step(carry: tuple[Array, ...], frames: Array) -> tuple[tuple[Array, ...], Array]:
    """The samples of a chunk of frames, [batch, chunk, hop]."""
    backend = adapter_of(carry[0])
    xp = backend.xp
    phase, now, after = (xp.take(x, frames, axis=1) for x in carry)
    hop = int(phase.shape[2])
    tables = _tables(xp, phase, int(now.shape[3]))
    blend = backend.constant(design.crossfade(np.arange(hop, dtype=np.float64) / hop), phase)
    start, end = (_weighted(xp, tables, x) for x in (now, after))
    return carry, start + blend * (end - start)


def _weighted(xp: Array, tables: tuple[tuple[Array, Array], tuple[Array, Array]], amplitudes: Array) -> Array:
    """sum_h a_h cos(h phase) + b_h sin(h phase): the real part of z^h (a - i b)."""
    (c, s), (jc, js) = tables
    n_blocks, block = int(jc.shape[2]), int(c.shape[2])
    padded = pad_axis(amplitudes, (0, n_blocks * block - int(amplitudes.shape[3])), axis=3)
    shape = (-1, int(padded.shape[1]), n_blocks, block)
    a, b = (xp.reshape(padded[:, :, i, :], shape) for i in (0, 1))
    re = xp.matmul(a, c) + xp.matmul(b, s)
    im = xp.matmul(a, s) - xp.matmul(b, c)
    return xp.sum(re * jc - im * js, axis=2)
