"""Levels of audio frames: root mean square, power and perceptual loudness."""

from __future__ import annotations

import numpy as np

from .. import design
from ..core.decibels import DB_RANGE, power_to_db
from ..core.frame_padding import pad_by_hop
from ..core.framing import Hop, frame_by_hop, hop_between
from ..extend import Array, Float, axis_size, checked, common_backend, host_constant, integer, promote_half, rank
from .spectra import hop_stft

__all__ = ["compute_loudness", "compute_power", "compute_rms_energy"]

#: Mean squares below this count as silence, whose root is computed apart: its gradient is infinite.
TINY = 1e-30


def _mean_square(audio: Array, sample_rate: float, frame_rate: float, frame_size: int, padding: str) -> Array:
    xp = common_backend(audio=audio).xp
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    hop, frame_size = hop_between(sample_rate, frame_rate), integer("frame_size", frame_size, 1)
    frames = promote_half(xp, frame_by_hop(pad_by_hop(audio, frame_size, hop, padding), frame_size, hop))
    return xp.mean(frames * frames, axis=-1)


@checked
def compute_rms_energy(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: float = 16000,
    frame_rate: float = 250,
    frame_size: int = 512,
    padding: str = "center",
) -> Float[Array, "... frames"]:
    r"""Root mean square of each frame.

    $$y[k] = \sqrt{\frac{1}{N} \sum_{n} x_k[n]^2}$$

    x_k is frame k of the audio, N the frame size.

    Parameters
    ----------
    audio
        Audio, [time] or [batch, time].
    sample_rate
        Sample rate in Hz.
    frame_rate
        Frame rate in Hz, at most `sample_rate`, not necessarily a whole number. Frame k is at the time k / frame_rate,
        rounded to the nearest sample, so rates that do not divide cause no drift.
    frame_size
        Frame size in samples. Frames shorter than the hop skip samples.
    padding
        'center', 'same' or 'valid', as in `get_framed_lengths`, which returns the number of frames.

    Returns
    -------
    rms : array
        [..., frames], dtype of `audio`. On silence the value and the gradient are 0; in the original the gradient is
        NaN.

    See Also
    --------
    compute_power : The same in dB.
    compute_loudness : Weighted by the sensitivity of the ear.

    Examples
    --------
    >>> import numpy as np
    >>> compute_rms_energy(np.full((1, 640), 0.5), padding="same", frame_size=64).round(6)[0, :3]
    array([0.5, 0.5, 0.5])
    """
    xp = common_backend(audio=audio).xp
    square = _mean_square(audio, sample_rate, frame_rate, frame_size, padding)
    silent = square < TINY
    rms = xp.where(silent, xp.zeros_like(square), xp.sqrt(xp.where(silent, xp.ones_like(square), square)))
    return xp.astype(rms, audio.dtype)


@checked
def compute_power(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: float = 16000,
    frame_rate: float = 250,
    frame_size: int = 512,
    ref_db: float = 0.0,
    range_db: float = DB_RANGE,
    padding: str = "center",
) -> Float[Array, "... frames"]:
    r"""Power of each frame in dB.

    $$y[k] = 10 \log_{10} \frac{1}{N} \sum_{n} x_k[n]^2 - ref\_db$$

    x_k is frame k of the audio, N the frame size.

    Parameters
    ----------
    audio
        Audio, [time] or [batch, time].
    sample_rate
        Sample rate in Hz.
    frame_rate
        Frame rate in Hz, at most `sample_rate`; see `compute_rms_energy`.
    frame_size
        Frame size in samples. Frames shorter than the hop skip samples.
    ref_db
        Level that is returned as 0 dB.
    range_db
        Dynamic range, > 0; the result is floored at -range_db.
    padding
        'center', 'same' or 'valid', as in `get_framed_lengths`.

    Returns
    -------
    power_db : array
        [..., frames] in dB, dtype of `audio`. On silence the gradient is 0; in the original it is NaN.

    See Also
    --------
    compute_rms_energy : The root mean square.
    ddsp.core.power_to_db : The conversion to dB.

    Examples
    --------
    >>> import numpy as np
    >>> compute_power(np.full((1, 640), 0.1), padding="same", frame_size=64).round(6)[0, :2]
    array([-20., -20.])
    """
    power = power_to_db(_mean_square(audio, sample_rate, frame_rate, frame_size, padding), ref_db, range_db)
    return common_backend(audio=audio).xp.astype(power, audio.dtype)


@checked
def compute_loudness(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: float = 16000,
    frame_rate: float = 250,
    n_fft: int = 512,
    range_db: float = DB_RANGE,
    ref_db: float = 0.0,
    padding: str = "center",
    normalize: bool = False,
) -> Float[Array, "... frames"]:
    r"""Perceptual loudness of each frame: the mean over frequency of A-weighted power, in dB.

    $$y[k] = 10 \log_{10} \frac{1}{B} \sum_{b=1}^{B} A_b \, |X[k, b]|^2 - ref\_db$$

    X is the STFT of the audio and A the A-weighting of IEC 61672-1:2013 as a power gain, floored at -80 dB.

    ![The Bark and mel scales, equivalent rectangular bandwidths, and the A-weighting](../figures/hearing_scales.png)

    Parameters
    ----------
    audio
        Audio, [time] or [batch, time].
    sample_rate
        Sample rate in Hz.
    frame_rate
        Frame rate in Hz, at most `sample_rate`; see `compute_rms_energy`.
    n_fft
        Frame size in samples. In short frames low frequencies leak to frequencies with a higher weight: at the default
        of 512 samples, 40 Hz is 4.0 dB too loud at a sample rate of 16 kHz and 11.1 dB at 44.1 kHz; 100 Hz is 0.4 and
        2.1 dB too loud. Frames of 50 ms (sample_rate / 20) are accurate within 0.2 dB from 100 Hz, frames of 0.2 s from
        40 Hz.
    range_db
        Dynamic range, > 0; the result is floored at -range_db.
    ref_db
        Level that is returned as 0 dB.
    padding
        'center', 'same' or 'valid', as in `get_framed_lengths`.
    normalize
        If True, divide the power by the energy of the window. The result is then the A-weighted level of the frame
        relative to a mean square of 1, for any `n_fft`: -3.0 dB for a sine of amplitude 1 at 1 kHz. If False, as in the
        original, it is about 10 log10(3 n_fft / 8) higher: 22.8 dB at 512, and 3 dB more each time `n_fft` doubles.

    Returns
    -------
    loudness_db : array
        [..., frames] in dB, dtype of `audio`: the dB of the mean power, not the mean of dB. On silence the gradient is
        0.

    See Also
    --------
    compute_power : Without weighting.
    ddsp.core.power_to_db : The conversion to dB.

    Notes
    -----
    Frames are zero-padded to a power of two and weighted at the frequencies of that FFT, so any `n_fft` works. The
    original requires a power of two.

    Examples
    --------
    >>> import numpy as np
    >>> compute_loudness(np.zeros((1, 640))).shape
    (1, 11)
    >>> tone = np.sin(2 * np.pi * 1000.0 * np.arange(16000) / 16000)
    >>> [float(compute_loudness(tone, n_fft=n, normalize=True)[125].round(1)) for n in (256, 512, 2048)]
    [-3.0, -3.0, -3.0]
    """
    common_backend(audio=audio)
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    hop, n_fft = hop_between(sample_rate, frame_rate), integer("n_fft", n_fft, 1)
    padded = pad_by_hop(audio, n_fft, hop, padding)
    return hop_loudness(padded, n_fft, hop, sample_rate, range_db, ref_db, normalize)


def hop_loudness(
    audio: Array, n_fft: int, hop: Hop, sample_rate: float, range_db: float, ref_db: float, normalize: bool
) -> Array:
    """`compute_loudness` of the whole frames of audio, for a hop that is an exact fraction of samples."""
    backend = common_backend(audio=audio)
    xp = backend.xp
    spectrum = hop_stft(audio, n_fft, hop, pad_end=False)
    re, im = xp.real(spectrum), xp.imag(spectrum)
    power = re * re + im * im
    weights = backend.constant(_weights(n_fft, axis_size(power, -1), sample_rate, normalize), power)
    return xp.astype(power_to_db(xp.mean(power * weights, axis=-1), ref_db, range_db), audio.dtype)


@host_constant
def _weights(n_fft: int, n_bins: int, sample_rate: float, normalize: bool) -> np.ndarray:
    """A-weighting of power at the bins of an FFT. If normalized, the mean over bins is the mean square of the frame.

    Parseval: the sum of (w x)^2 over a frame is the sum of |X|^2 over all bins of the FFT, divided by its size. Bins
    between 0 Hz and Nyquist count twice in that sum.
    """
    weights = design.a_weighting(n_bins, sample_rate)
    if not normalize:
        return weights
    fft_size = max(2 * (n_bins - 1), 1)
    twice = np.full(n_bins, 2.0)
    twice[[0, -1]] = 1.0
    return weights * twice * n_bins / (fft_size * np.sum(design.hann(n_fft) ** 2))
