"""Filter magnitudes of noise: the spectrum of the residual in the bands of `FilteredNoise`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from .. import design
from ..core.noise import NOISE_POWER
from ..core.padding import pad_checked
from ..extend import Array, Float, adapter_of, checked, common_backend, host_constant, integer, rank
from .frames import over_frames

__all__ = ["noise_magnitudes"]

#: Length of the window in seconds; longer if the filter has more taps.
WINDOW = 0.016


@checked
def noise_magnitudes(
    audio: Float[Array, "batch time"], n_frames: int, sample_rate: float, n_bands: int = 65
) -> Float[Array, "batch frames bands"]:
    r"""Estimate magnitudes with which `FilteredNoise(scale_fn=None)` synthesizes similar noise.

    $$M = c \sqrt{\frac{S}{1/3}}$$

    S is the power density of the audio, |X|^2 / sum w^2 in a Hann window w around the middle of each frame, averaged
    over triangular bands. 1/3 is the power density of noise that is uniform in [-1, 1). The factor c >= 1 compensates
    the Hann window of the filter, which averages magnitudes of neighboring bands, not powers. Without c, noise is
    resynthesized 0.1 to 1.3 dB too soft; with c it is within 0.2 dB (white noise, pink noise, and a band of 600 Hz, at
    8 to 48 kHz).

    Parameters
    ----------
    audio
        Noise, or the residual of a sound without its harmonics, [batch, time], with a whole number of samples for each
        frame.
    n_frames
        Number of frames, >= 1.
    sample_rate
        Sample rate in Hz.
    n_bands
        Number of bands, >= 2, evenly spaced from 0 Hz to half the sample rate.

    Returns
    -------
    magnitudes : array
        Linear, [batch, n_frames, n_bands], dtype of `audio`.

    Raises
    ------
    ValueError
        The number of samples is not a multiple of `n_frames`.

    See Also
    --------
    analyze : Estimates all controls of a sound.
    ddsp.synths.FilteredNoise : Synthesizes noise from the magnitudes.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, (1, 16000))
    >>> magnitudes = noise_magnitudes(noise, 250, 16000)
    >>> magnitudes.shape, float(np.sqrt(np.mean(magnitudes**2)).round(2))
    ((1, 250, 65), 0.1)
    """
    return filter_magnitudes(band_levels(audio, n_frames, sample_rate, n_bands))


def filter_magnitudes(levels: Array) -> Array:
    """Magnitudes of a filter whose power, after its Hann window, is that of the levels [batch, frames, bands]."""
    xp = adapter_of(levels).xp
    mean = _smooth(xp, levels)
    return xp.where(
        mean > 0.0, levels * xp.sqrt(_smooth(xp, levels**2)) / xp.where(mean > 0.0, mean, 1.0 + mean), levels
    )


def _smooth(xp: Array, x: Array) -> Array:
    """Convolution over bands that is equivalent to a Hann window over all taps; bands are mirrored at the ends."""
    below, above = xp.concat([x[:, :, 1:2], x[:, :, :-1]], axis=2), xp.concat([x[:, :, 1:], x[:, :, -2:-1]], axis=2)
    return 0.5 * x + 0.25 * (below + above)


def band_levels(audio: Array, n_frames: int, sample_rate: float, n_bands: int) -> Array:
    """The levels sqrt(S / (1 / 3)) of `noise_magnitudes`."""
    backend = common_backend(audio=audio)
    rank("audio", audio, 2, "[batch, time]")
    n_bands, n_frames, n_samples = integer("n_bands", n_bands, 2), integer("n_frames", n_frames, 1), audio.shape[1]
    if n_samples % n_frames:
        raise ValueError(
            f"n_frames: got {n_frames} for {n_samples} samples, expected a divisor of the number of samples"
        )
    hop = n_samples // n_frames
    size = max(2 * (n_bands - 1), hop, round(WINDOW * sample_rate)) // 2 * 2
    before = size // 2 - hop // 2
    padded = pad_checked(audio, (before, size), axis=1)
    step = _band_step(size, hop, n_bands)
    return over_frames(backend, step, (padded,), np.arange(n_frames, dtype=np.int64), 4 * size)


@lru_cache(maxsize=64)
def _band_step(size: int, hop: int, n_bands: int) -> Callable:
    offsets = np.arange(size, dtype=np.int64)

    def step(carry: tuple[Array, ...], frames: Array) -> tuple[tuple[Array, ...], Array]:
        (audio,) = carry
        backend = adapter_of(audio)
        xp, n_frames = backend.xp, int(frames.shape[0])
        samples = xp.reshape(frames[:, None] * hop + backend.constant(offsets, audio), (-1,))
        windowed = xp.reshape(xp.take(audio, samples, axis=1), (-1, n_frames, size))
        spectrum = xp.fft.rfft(windowed * backend.constant(design.hann(size), audio), n=size)
        power = xp.real(spectrum) ** 2 + xp.imag(spectrum) ** 2
        bands = xp.matmul(power, backend.constant(_band_matrix(size, n_bands), audio))
        return carry, xp.sqrt(bands)

    return step


@host_constant
def _band_matrix(size: int, n_bands: int) -> np.ndarray:
    """Weights [bins, bands] from |X|^2 in a Hann window to M^2: triangles between the centers of adjacent bands."""
    place = np.linspace(0.0, n_bands - 1.0, size // 2 + 1, dtype=np.float64)[:, np.newaxis]
    weights = np.maximum(1.0 - np.abs(place - np.arange(n_bands, dtype=np.float64)), 0.0)
    return weights / (weights.sum(axis=0) * np.sum(design.hann(size) ** 2) * NOISE_POWER)
