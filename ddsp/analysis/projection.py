"""Projection of audio on the harmonics of a known f0. `harmonic_sum.py` has the inverse.

Projection follows the running phase of the fundamental, so a glide or vibrato within a window does not blur high
harmonics.
The window spans a whole number of periods, so that the zeros of a Hann window's spectrum fall on all other harmonics.
Projection then is least squares without a matrix inversion. Harmonic h = 1 + k + K j, as in `ddsp.core.harmonic`, so
exp(2 pi i h phase) is a product of two short tables, and the sums over samples are matrix products.

The windows of neighboring frames overlap by far more than half, so each sample is multiplied by its sinusoids once for
all frames: sums over samples are kept at nodes 0.6 ms apart, windows are linear between nodes, and each frame adds up
its nodes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from .. import design
from ..core.harmonic.groups import group_sizes
from ..core.harmonic.phasors import powers
from ..core.hops import hops_of, rows_to_samples
from ..core.padding import pad_checked
from ..core.phase import row_phase
from ..extend import Adapter, Array, Float, adapter_of, checked, common_backend, integer
from .frames import chunk_frames, hop_size, over_chunks, to_chunks, top_of_chunks

__all__ = ["harmonic_amplitudes"]

#: Smallest number of periods in a window: with 4, the main lobes (2 bins to either side) of neighbors just touch.
PERIODS = 4
#: Shortest window in seconds. Shorter windows follow onsets better, but mistake more noise for harmonics.
SHORTEST = 0.016
#: Longest window in seconds: 4 periods of 16 Hz.
LONGEST = 0.25
#: Nodes in the shortest window. Linear interpolation of a Hann window between them is within 0.3 % of its peak.
NODES = 24


def window_periods(f0_hz: Float[Array, ...]) -> Float[Array, ...]:
    """Whole number of periods of the fundamental in a window: 4, or more if 4 periods are shorter than 16 ms."""
    xp = adapter_of(f0_hz).xp
    return xp.clip(xp.round(SHORTEST * f0_hz), PERIODS, None)


def noise_share(voiced: Float[Array, ...], periods: Float[Array, ...]) -> Float[Array, ...]:
    """Share of the power of white noise that remains after subtracting `voiced` times its projected harmonics.

    A Hann window of m periods has a response W of 1 at a harmonic; in units of f0, the integral of W is 2 / m and that
    of W^2 is 1.5 / m. The mean of |1 - g W|^2 over frequency is therefore 1 - (4 g - 1.5 g^2) / m.
    """
    return 1.0 - (4.0 - 1.5 * voiced) * voiced / periods


def fundamental_phase(
    f0_hz: Float[Array, "batch frames 1"], n_samples: int, sample_rate: float
) -> Float[Array, "batch time"]:
    """Phase of the fundamental at each sample, in cycles in [-0.5, 0.5], as in `ddsp.core.harmonic_synthesis`."""
    backend = common_backend(f0_hz=f0_hz)
    blocks, _ = row_phase(backend, hops_of(backend.xp, f0_hz), n_samples, 1.0 / sample_rate)
    return rows_to_samples(backend, blocks, int(f0_hz.shape[1]), n_samples)[:, :, 0]


@checked
def harmonic_amplitudes(
    audio: Float[Array, "#batch time"],
    f0_hz: Float[Array, "#batch frames 1"],
    n_harmonics: int,
    sample_rate: float,
) -> tuple[Float[Array, "batch frames harmonics"], Float[Array, "batch frames harmonics"]]:
    r"""Cosine and sine amplitudes of the harmonics of f0, in a window around each frame.

    $$a_h[k] = \frac{2 \sum_n w_k[n] \, x[n] \cos(2 \pi h \phi[n])}{\sum_n w_k[n]}$$

    b_h[k] is the same with the sine, so that x[n] is approximately sum_h a_h cos(2 pi h phi[n]) + b_h sin(2 pi h
    phi[n]). phi is the running phase of f0 in cycles and w_k a Hann window around sample k * hop.

    Parameters
    ----------
    audio
        Audio, [batch, time], with a whole number of samples (the hop) for each frame.
    f0_hz
        Fundamental frequency in Hz, > 0, [batch, frames, 1]. It is interpolated linearly between frames, as in
        `ddsp.core.harmonic_synthesis`.
    n_harmonics
        Number of harmonics, >= 1.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    cosine : array
        Linear amplitudes a_h, [batch, frames, n_harmonics]; 0 for harmonics at and above half the sample rate.
    sine : array
        Linear amplitudes b_h, of the same shape.

    See Also
    --------
    synthesize_harmonics : The inverse.
    analyze : Estimates all controls of a sound.

    Notes
    -----
    This function does not compile: the lengths of the windows, and thus shapes, depend on the values of `f0_hz`.

    Examples
    --------
    >>> import numpy as np
    >>> f0 = np.full((1, 100, 1), 400.0)
    >>> tone = 0.5 * np.cos(2 * np.pi * 800.0 * np.arange(6400) / 16000)[np.newaxis]
    >>> a, b = harmonic_amplitudes(tone, f0, 3, 16000)
    >>> np.hypot(a, b)[0, 50].round(3)
    array([0. , 0.5, 0. ])
    """
    common_backend(audio=audio, f0_hz=f0_hz)
    hop_size(audio, f0_hz)
    return project(audio, f0_hz, integer("n_harmonics", n_harmonics, 1), sample_rate, 0.5 * sample_rate)


def project(
    audio: Array,
    f0_hz: Array,
    n_harmonics: int,
    sample_rate: float,
    below_hz: Array | float,
    where: np.ndarray | None = None,
) -> tuple[Array, Array]:
    """`harmonic_amplitudes` of the harmonics below a frequency, a number or [batch, frames, 1]; 0 for all others.

    If `where` [batch, frames, 1] is given, frames far from the selected ones may be 0 as well.
    """
    backend = adapter_of(audio)
    xp, hop = backend.xp, hop_size(audio, f0_hz)
    n_frames = int(f0_hz.shape[1])
    size = chunk_frames(n_frames, hop)
    # 1 / half the window in samples; below 16 Hz windows do not grow.
    narrowness = xp.clip(f0_hz / window_periods(f0_hz), 1.0 / LONGEST, None) * (2.0 / sample_rate)
    radius = np.ceil(top_of_chunks(1.0 / (hop * backend.to_numpy(narrowness)), size))
    radius = 2 ** np.ceil(np.log2(np.maximum(radius, 1.0))).astype(np.int64)  # few values: each compiles
    margin = int(radius.max())
    phase = fundamental_phase(f0_hz, int(audio.shape[1]), sample_rate)
    blocks = [
        pad_checked(x, (margin, margin + -n_frames % size), axis=1)
        for x in (*(xp.reshape(x, (-1, n_frames, hop)) for x in (audio, phase)), xp.ones_like(f0_hz))
    ]
    chunks = np.arange(len(radius))
    rows = chunks * size + (chunks * size // (n_frames + -n_frames % size)) * 2 * margin + margin - radius
    count = top_of_chunks(np.maximum(np.ceil(backend.to_numpy(below_hz / f0_hz)) - 1, 1).astype(np.int64), size)
    count = np.where(_is_silent(backend, blocks[0], rows, size + 2 * radius), 0, round_up(count, n_harmonics))
    if where is not None:
        count = np.where(top_of_chunks(where, size), count, 0)
    spacing = -(-hop // math.ceil(hop * NODES / (SHORTEST * sample_rate)))

    def step_of(radius: int, count: int) -> Callable:
        return _projection_step(hop, spacing, size, radius, count, n_harmonics)

    carry = (*(xp.reshape(x, (-1, int(x.shape[2]))) for x in blocks), to_chunks(narrowness, size))
    both = over_chunks(backend, step_of, carry, np.stack([radius, count], axis=1), np.stack([chunks, rows], axis=1))
    both = xp.reshape(both, (int(audio.shape[0]), -1, 2, n_harmonics))[:, :n_frames, ...]
    numbers = backend.constant(design.harmonic_numbers(n_harmonics), audio)
    below = numbers * f0_hz < below_hz
    return tuple(xp.where(below, both[:, :, i, :], xp.zeros_like(both[:, :, i, :])) for i in (0, 1))


def round_up(count: np.ndarray, most: int) -> np.ndarray:
    """Round counts up to the next power of 2 or 1.5 times a power of 2, within [1, `most`]."""
    power = 2 ** np.ceil(np.log2(count)).astype(np.int64)
    return np.minimum(np.where((4 * count <= 3 * power) & (power > 2), 3 * power // 4, power), most)


def _is_silent(backend: Adapter, blocks: Array, first: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Mask of the runs of rows of [batch, frames, hop] in which all samples are 0."""
    sound = backend.to_numpy(backend.xp.any(blocks != 0.0, axis=2)).ravel()
    before = np.cumsum(np.pad(sound, (1, 0)))
    return before[first + length] == before[first]


@lru_cache(maxsize=256)
def _projection_step(hop: int, spacing: int, size: int, radius: int, count: int, n_harmonics: int) -> Callable:
    """A step of `scan` over chunks: the [size, 2, n_harmonics] of one chunk, of which the first `count` are computed.

    Cached, because JAX compiles every new step object again.
    """
    n_rows, n_nodes = size + 2 * radius, -(-hop // spacing)
    starts = np.minimum(np.arange(n_nodes + 1) * spacing, hop)  # nodes of a frame, and the first node of the next frame
    lengths = np.diff(starts)
    ramp = np.tile(np.arange(spacing) / lengths[:, np.newaxis], (n_rows, 1))
    weights = [(lengths + 1) / 2.0, (lengths - 1) / 2.0]  # sums of 1 - ramp and of ramp over the samples of a piece
    nodes = (np.arange(-radius, size + radius)[:, np.newaxis] * hop + starts[:-1]).ravel()
    distance = (nodes - np.arange(size)[:, np.newaxis] * hop).astype(np.float64)

    def step(carry: tuple[Array, ...], place: Array) -> tuple[tuple[Array, ...], Array]:
        *signals, narrowness = carry
        backend = adapter_of(narrowness)
        xp = backend.xp
        narrow = xp.take(narrowness, place[:1], axis=0)[0, :, :]
        if not count:
            return carry, pad_checked(
                pad_checked(0.0 * narrow[:, :, None], (0, 1), axis=1), (0, n_harmonics - 1), axis=2
            )
        rows = place[1] + backend.constant(np.arange(n_rows, dtype=np.int64), narrow)
        x, phase, inside = (xp.take(signal, rows, axis=0) for signal in signals)
        x, phase = (_in_pieces(xp, signal, spacing) for signal in (x, phase))
        rising = backend.constant(ramp[np.newaxis], x)
        away = backend.constant(distance, x) * narrow
        window = xp.where(xp.abs(away) < 1.0, 0.5 + 0.5 * xp.cos(math.pi * away), xp.zeros_like(away))
        weight = _at_nodes(xp, *(xp.reshape(inside * backend.constant(w, x), (-1, 1)) for w in weights))
        scale = 2.0 / xp.clip(xp.matmul(window, weight), 1e-6, None)
        sums = scale * xp.matmul(window, _at_nodes(xp, *_project(xp, x, rising, phase, count)))
        sums = xp.reshape(sums, (size, 2, count))
        return carry, pad_checked(sums, (0, n_harmonics - count), axis=2) if count < n_harmonics else sums

    return step


def _in_pieces(xp: Array, rows: Array, spacing: int) -> Array:
    """[rows, hop] -> [1, rows * nodes, spacing], the samples from each node on; the last of a row are zero-padded."""
    missing = -int(rows.shape[1]) % spacing
    return xp.reshape(pad_checked(rows, (0, missing), axis=1) if missing else rows, (1, -1, spacing))


def _at_nodes(xp: Array, falling: Array, rising: Array) -> Array:
    """Sums at nodes: of the piece that begins at the node and of the piece that ends there; each [pieces, ...]."""
    return falling + xp.concat([xp.zeros_like(rising[:1, :]), rising[:-1, :]], axis=0)


def _project(xp: Array, x: Array, rising: Array, phase: Array, n_harmonics: int) -> tuple[Array, Array]:
    """Sums of x cos(h phase) and x sin(h phase), [pieces, 2 * harmonics], weighted with 1 - rising and with rising."""
    (c, s), (jc, js) = harmonic_tables(xp, phase, n_harmonics)
    n_groups, size = len(jc), len(c)
    rows = xp.stack([x, x * rising], axis=2)[:, :, :, None, :] * xp.stack(jc + js, axis=2)[:, :, None, :, :]
    rows = xp.reshape(rows, (1, -1, 4 * n_groups, int(x.shape[2])))
    sums = xp.matmul(rows, xp.matrix_transpose(xp.stack(c + s, axis=2)))
    sums = xp.reshape(sums, (-1, 2, 2, n_groups, 2, size))  # plain, rising; cos, sin of K j; j; cos, sin of k; k
    cosine = sums[:, :, 0, :, 0, :] - sums[:, :, 1, :, 1, :]
    sine = sums[:, :, 0, :, 1, :] + sums[:, :, 1, :, 0, :]
    flat = (-1, 2, n_groups * size)
    both = [xp.reshape(z, flat)[:, :, :n_harmonics] for z in (cosine, sine)]
    both = xp.concat(both, axis=2)
    return both[:, 0, :] - both[:, 1, :], both[:, 1, :]


def harmonic_tables(xp: Array, phase: Array, n_harmonics: int) -> tuple[tuple[list, list], tuple[list, list]]:
    """Cosines and sines of (1 ... K) phase, and of (0, K ... K (J - 1)) phase; K J >= n_harmonics."""
    size, n_groups = group_sizes(n_harmonics)
    angle = (2.0 * math.pi) * phase
    c, s = powers(xp.cos(angle), xp.sin(angle), size)
    jc, js = [xp.ones_like(angle)], [xp.zeros_like(angle)]
    more = n_groups - 1
    if more:
        re, im = powers(c[-1], s[-1], more)
        jc, js = jc + re, js + im
    return (c, s), (jc, js)
