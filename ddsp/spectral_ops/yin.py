"""Fundamental frequency by YIN: the lag at which audio differs least from its past."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import design
from ..core.chunks import map_in_chunks
from ..core.framing import Hop, frame_by_hop, hop_between
from ..core.padding import pad_checked
from ..extend import Adapter, Array, Float, axis_size, checked, common_backend, host_constant, promote_half, rank

__all__ = ["compute_yin"]

#: Frames whose root mean square is below this (-80 dB of full scale) are silent, as in `compute_f0`.
SILENCE_RMS = 1e-4
#: Curvature of the difference function, in the power of a sample, below which it is taken for rounding.
FLAT = 1e-12
#: Lags per period of the highest pitch. Between them a parabola finds the minimum, within 4 cents.
LAGS_PER_PERIOD = 24
#: Largest size of the difference functions of a chunk of frames.
CHUNK = 2**20


class Yin(NamedTuple):
    """Settings of `compute_yin`, and the sizes that follow from them.

    The window has the length of the longest period. It is centered on the frame, and it is compared with the samples
    before it, up to the longest period back. So a frame ends half a period after its time.
    """

    sample_rate: float
    fmin: float
    fmax: float
    threshold: float

    @property
    def window(self) -> int:
        """Samples that are compared: the longest period."""
        return math.ceil(self.sample_rate / self.fmin)

    @property
    def back(self) -> int:
        """Samples before the window: the largest lag, and its neighbor."""
        return self.window + 1

    @property
    def reach(self) -> tuple[int, int]:
        """Samples of a frame before its time, and from there on."""
        return self.back + self.window // 2, self.window - self.window // 2

    @property
    def oversampling(self) -> int:
        """Lags for each sample."""
        return 1 << max(math.ceil(math.log2(LAGS_PER_PERIOD * self.fmax / self.sample_rate)), 0)

    @property
    def lags(self) -> tuple[int, int]:
        """Smallest and largest lag of a pitch, in units of 1 / oversampling samples."""
        rate = self.sample_rate * self.oversampling
        return max(int(rate / self.fmax), 2), math.ceil(rate / self.fmin)

    def check(self) -> None:
        """Raise ValueError unless the limits are in order, and the shortest period has at least 4 samples."""
        if not 0.0 < self.fmin < self.fmax <= self.sample_rate / 4.0:
            raise ValueError(
                f"fmin, fmax: got {self.fmin} and {self.fmax}, expected 0 < fmin < fmax <= {self.sample_rate / 4.0}, a "
                "fourth of the sample rate"
            )
        if not 0.0 <= self.threshold <= 1.0:
            raise ValueError(f"threshold: got {self.threshold}, expected a number from 0 to 1")


@checked
def compute_yin(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: float = 16000,
    frame_rate: float = 250,
    fmin: float = 80.0,
    fmax: float = 2100.0,
    threshold: float = 0.15,
) -> tuple[Float[Array, "*batch n_frames"], Float[Array, "*batch n_frames"]]:
    r"""Estimate the fundamental frequency and its confidence with YIN, without a network.

    $$d(\tau) = \sum_n (x[n] - x[n - \tau])^2, \quad d'(\tau) = \frac{d(\tau)}{\frac{1}{\tau} \sum_{t=1}^{\tau} d(t)}$$

    The sum is over a window of one longest period, 1 / fmin, which is centered on the time of the frame. The period is
    the smallest lag at which d' has a minimum that is at most `threshold` above its deepest one, refined by a parabola
    (de Cheveigné and Kawahara, 2002, "YIN, a fundamental frequency estimator for speech and music").

    Parameters
    ----------
    audio
        Audio, [time] or [batch, time], 0 beyond its ends.
    sample_rate
        Sample rate in Hz.
    frame_rate
        Frame rate in Hz, at most `sample_rate`, not necessarily a whole number. Frame k is at the time k / frame_rate,
        rounded to the nearest sample, so there is no drift.
    fmin, fmax
        Lowest and highest pitch in Hz, 0 < fmin < fmax <= sample_rate / 4. A frame needs audio from 1.5 / fmin before
        its time to 0.5 / fmin after it.
    threshold
        Largest difference of the chosen minimum of d' to the deepest one, from 0 to 1. Multiples of the period have
        minima that are as deep, so the smallest lag is chosen. A larger threshold accepts weaker minima, with more
        errors an octave above the pitch; a smaller one has more errors below it.

    Returns
    -------
    f0_hz : array
        [..., 1 + floor(time * frame_rate / sample_rate)], fmin ... fmax, always finite, dtype of `audio`; fmin in
        frames without a minimum.
    confidence : array
        1 - d', the share of the power that repeats, in [0, 1]; above 0.8 there usually is a pitch. 0 in frames without
        a minimum, and in silence (RMS below -80 dB of full scale).

    Raises
    ------
    ValueError
        Limits that are not in order, a threshold out of range, or a frame rate above the sample rate.

    See Also
    --------
    compute_f0 : CREPE, more robust in noise, with windows of 64 ms and about a hundred times the cost.
    ddsp.streaming.YinPitch : The same step by step.

    Notes
    -----
    Differentiable with respect to the audio, through the parabola. If the shortest period has less than 24 samples, d
    is computed at fractions of samples, by band-limited interpolation. The threshold is relative to the deepest
    minimum, not to 0 as in the paper, so it also works in noise.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440.0 * np.arange(4000) / 16000)
    >>> f0_hz, confidence = compute_yin(tone)
    >>> f0_hz.shape, f0_hz[30].round(2), confidence[30].round(3)
    ((63,), np.float64(440.0), np.float64(1.0))
    """
    backend = common_backend(audio=audio)
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    settings, hop = Yin(sample_rate, fmin, fmax, threshold), hop_between(sample_rate, frame_rate)
    settings.check()
    batch = audio if len(audio.shape) == 2 else audio[None, :]
    before, after = settings.reach
    # Frame k starts at round(k * hop), of the padded audio; the last one is at the end of the audio, or before it.
    found = yin_of_frames(pad_checked(batch, (before, after), axis=1), settings, hop)
    f0_hz, confidence = (backend.xp.astype(x[:, :, 0], audio.dtype) for x in found)
    return (f0_hz, confidence) if len(audio.shape) == 2 else (f0_hz[0, ...], confidence[0, ...])


def yin_of_frames(audio: Float[Array, "batch time"], settings: Yin, hop: Hop) -> tuple[Array, ...]:
    """Pitch and confidence of the whole frames of audio, [batch, frames, 1], in float32 at least."""
    backend = common_backend(audio=audio)
    audio = promote_half(backend.xp, audio)
    frames = frame_by_hop(audio, settings.back + settings.window, hop)
    n_frames, n_lags = axis_size(frames, 1), settings.oversampling * settings.back

    def found(frames: Array) -> tuple[Array, ...]:
        return _pitch(backend, frames, settings)

    n_chunks = -(-(audio.shape[0] or 1) * n_frames * n_lags // CHUNK)
    return map_in_chunks(backend, found, (frames,), n_frames, n_chunks)


def _pitch(backend: Adapter, frames: Array, settings: Yin) -> tuple[Array, Array]:
    """Pitch and confidence of frames, [batch, frames, 1]."""
    xp, (first, last) = backend.xp, settings.lags
    frames = frames - xp.mean(frames, axis=2, keepdims=True)
    window = frames[:, :, settings.back :]
    audible = xp.mean(window * window, axis=2, keepdims=True) >= SILENCE_RMS**2
    # The level has no effect on the result, but on its gradient, which would overflow in soft frames.
    level = xp.mean(frames * frames, axis=2, keepdims=True)
    frames = frames / backend.stop_gradient(xp.sqrt(xp.clip(level, SILENCE_RMS**2, None)))
    difference = _difference(backend, frames, settings)
    normalized = _normalized(backend, difference)
    inner, left, right = (normalized[:, :, first + i : last + 1 + i] for i in (0, -1, 1))
    is_minimum = (inner < left) & (inner <= right)
    depth = xp.where(is_minimum, inner, xp.full_like(inner, 2.0))
    deepest = xp.min(depth, axis=2, keepdims=True)
    lags = backend.constant(design.integers(last - first + 1), frames) + first
    good = is_minimum & (depth <= deepest + settings.threshold)
    lag = xp.min(xp.where(good, lags, xp.full_like(lags, last)), axis=2, keepdims=True)
    pick = [[xp.take_along_axis(x, lag + i, axis=2) for i in (-1, 0, 1)] for x in (difference, normalized)]
    shift = _vertex(xp, *pick[0])
    period = (xp.astype(lag, shift.dtype) + shift) * (1.0 / settings.oversampling)
    f0_hz = xp.clip(settings.sample_rate / period, settings.fmin, settings.fmax)
    before, value, after = pick[1]
    confidence = xp.clip(1.0 - (value - 0.25 * (before - after) * shift), 0.0, 1.0)
    sure, zero = audible & (deepest < 2.0), xp.zeros_like(confidence)
    return xp.where(deepest < 2.0, f0_hz, zero + settings.fmin), xp.where(sure, confidence, zero)


def _difference(backend: Adapter, frames: Array, settings: Yin) -> Array:
    """Difference function d at the lags from 0 to `back`, [batch, frames, lags].

    d is the power of the window, plus that of the samples it is compared with, minus twice their product: correlations
    of the frame, which are products of spectra.
    """
    xp, size = backend.xp, settings.back + settings.window
    fft_size, n_lags = design.fast_fft_size(size), settings.oversampling * settings.back + 1
    only_window = backend.constant(_only_window(settings.back, size), frames)
    window = frames * only_window
    power, whole, windowed, places = (
        xp.fft.rfft(x, n=fft_size) for x in (frames * frames, frames, window, only_window)
    )
    spectrum = xp.conj(power) * places - 2.0 * xp.conj(whole) * windowed
    if settings.oversampling > 1:
        spectrum = spectrum[..., : (fft_size + 1) // 2]  # half the sample rate lies between lags
    correlation = xp.fft.irfft(spectrum, n=fft_size * settings.oversampling)[..., :n_lags]
    energy = xp.sum(window * window, axis=2, keepdims=True)
    return xp.clip(energy + correlation * settings.oversampling, 0.0, None)


@host_constant
def _only_window(back: int, size: int) -> np.ndarray:
    """1 in the window of a frame, and 0 before it."""
    return np.where(np.arange(size) < back, 0.0, 1.0)


def _normalized(backend: Adapter, difference: Array) -> Array:
    """Difference function divided by its mean over the lags from 1 on; 1 where that is 0, and at lag 0."""
    xp, n_lags = backend.xp, axis_size(difference, 2) - 1
    total = xp.cumulative_sum(difference[:, :, 1:], axis=2)
    lags = backend.constant(design.linspace(1.0, n_lags, n_lags), difference)
    some = total > 0.0
    ratio = difference[:, :, 1:] * lags / xp.where(some, total, xp.ones_like(total))
    return xp.concat([xp.ones_like(difference[:, :, :1]), xp.where(some, ratio, xp.ones_like(ratio))], axis=2)


def _vertex(xp: Any, before: Array, value: Array, after: Array) -> Array:
    """Place of the vertex of a parabola through three neighboring values, from -1 to 1; 0 if they are on a line."""
    curvature = before - 2.0 * value + after
    bent = curvature > FLAT
    vertex = 0.5 * (before - after) / xp.where(bent, curvature, xp.ones_like(curvature))
    return xp.where(bent, xp.clip(vertex, -1.0, 1.0), xp.zeros_like(vertex))
