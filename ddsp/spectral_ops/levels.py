"""Levels of frames of audio: root mean square, power and perceptual loudness."""

from __future__ import annotations

import numpy as np

from .. import design
from ..core.framing import frame_by_hop, hop_between, pad_by_hop
from ..core.units import DB_RANGE, power_to_db
from ..extend import Array, Float, axis_size, checked, common_backend, host_constant, integer, promote_half, rank
from .spectra import hop_stft

__all__ = ["compute_loudness", "compute_power", "compute_rms_energy"]

#: Mean squares below this are taken for silence, so that the root never meets 0.
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
    """Root of the mean square of each frame.

    Parameters
    ----------
    audio : [time] or [batch, time].
    sample_rate : in Hz.
    frame_rate : frames a second, whole or not, at most sample_rate. Frame k belongs to the time k / frame_rate, to the
        nearest sample; where the rates do not divide, nothing drifts.
    frame_size : in samples. Shorter than the hop, frames leave samples out.
    padding : 'center', 'same' or 'valid', as in `get_framed_lengths`, which gives the number of frames.

    Returns
    -------
    [..., frames], same dtype. On silence the value and the gradient are 0 (the original's gradient is NaN).

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
    """Power of each frame in dB: 10 log10 of the mean square.

    Parameters
    ----------
    audio, sample_rate, frame_rate, frame_size, padding : as in `compute_rms_energy`.
    ref_db : the level called 0 dB.
    range_db : > 0; the result is floored at -range_db.

    Returns
    -------
    [..., frames], same dtype, in dB. On silence the gradient is 0 (the original's is NaN).

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
    """Perceptual loudness of each frame: the mean over frequency of A-weighted power, in dB.

    Parameters
    ----------
    audio : [time] or [batch, time].
    sample_rate : in Hz.
    frame_rate : frames a second, as in `compute_rms_energy`.
    n_fft : the frame size, in samples. Short frames smear low frequencies towards those that are weighted more: the
        default of 512 makes 40 Hz 4.0 dB too loud at 16 kHz, and 11.1 dB at 44.1 kHz; 100 Hz 0.4 and 2.1 dB. Frames of
        50 ms (sample_rate / 20) are right within 0.2 dB from 100 Hz, those of 0.2 s from 40 Hz.
    range_db : > 0; the result is floored at -range_db.
    ref_db : the level called 0 dB.
    padding : 'center', 'same' or 'valid', as in `get_framed_lengths`.
    normalize : divide the power by the energy of the window. The result is then the A-weighted level of the frame,
        relative to a mean square of 1, at any n_fft: -3.0 dB for a sine at 1 kHz of amplitude 1. If false, as in the
        original, it is about 10 log10(3 n_fft / 8) higher: 22.8 dB at 512, and 3 dB more for each doubling of n_fft.

    Returns
    -------
    [..., frames], same dtype, in dB: the dB of the mean power, not the mean of dB. On silence the gradient is 0.

    Notes
    -----
    A-weighting after IEC 61672-1:2013, floored at -80 dB. Frames are zero padded to a power of two, and weighted at
    the frequencies of that FFT, so any n_fft works; the original needs a power of two.

    Examples
    --------
    >>> import numpy as np
    >>> compute_loudness(np.zeros((1, 640))).shape
    (1, 11)
    >>> tone = np.sin(2 * np.pi * 1000.0 * np.arange(16000) / 16000)
    >>> [float(compute_loudness(tone, n_fft=n, normalize=True)[125].round(1)) for n in (256, 512, 2048)]
    [-3.0, -3.0, -3.0]
    """
    backend = common_backend(audio=audio)
    xp = backend.xp
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    hop, n_fft = hop_between(sample_rate, frame_rate), integer("n_fft", n_fft, 1)
    spectrum = hop_stft(pad_by_hop(audio, n_fft, hop, padding), n_fft, hop, pad_end=False)
    re, im = xp.real(spectrum), xp.imag(spectrum)
    power = re * re + im * im
    weights = backend.constant(_weights(n_fft, axis_size(power, -1), sample_rate, normalize), power)
    return xp.astype(power_to_db(xp.mean(power * weights, axis=-1), ref_db, range_db), audio.dtype)


@host_constant
def _weights(n_fft: int, n_bins: int, sample_rate: float, normalize: bool) -> np.ndarray:
    """A-weighting of power at the bins of an FFT. Normalized, the mean over the bins is the mean square of the frame.

    Parseval: (w x)^2, summed over a frame, is |X|^2, summed over all bins of the FFT and divided by its size. Bins
    between 0 Hz and Nyquist count twice there.
    """
    weights = design.a_weighting(n_bins, sample_rate)
    if not normalize:
        return weights
    fft_size = max(2 * (n_bins - 1), 1)
    twice = np.full(n_bins, 2.0)
    twice[[0, -1]] = 1.0
    return weights * twice * n_bins / (fft_size * np.sum(design.hann(n_fft) ** 2))
