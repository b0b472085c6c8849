"""Levels of frames of audio: root mean square, power and perceptual loudness."""

from __future__ import annotations

from .. import design
from .._checks import at_least_float32, axis_size, checked, floats, rank
from .._types import Array, Float
from ..core.framing import frame, pad
from ..core.units import DB_RANGE, power_to_db
from .spectra import hop_stft

__all__ = ["compute_loudness", "compute_power", "compute_rms_energy"]

#: Mean squares below this are taken for silence, so that the root never meets 0.
TINY = 1e-30


def _mean_square(audio: Array, sample_rate: int, frame_rate: int, frame_size: int, padding: str) -> Array:
    xp = floats(audio=audio).xp
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    hop_size = _hop(sample_rate, frame_rate)
    frames = at_least_float32(xp, frame(pad(audio, frame_size, hop_size, padding), frame_size, hop_size))
    return xp.mean(frames * frames, axis=-1)


def _hop(sample_rate: int, frame_rate: int) -> int:
    if not 0 < frame_rate <= sample_rate:
        raise ValueError(
            f"frame_rate: got {frame_rate}, expected more than 0 and at most the sample_rate {sample_rate}"
        )
    return int(sample_rate // frame_rate)


@checked
def compute_rms_energy(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: int = 16000,
    frame_rate: int = 250,
    frame_size: int = 512,
    padding: str = "center",
) -> Float[Array, "... frames"]:
    """Root of the mean square of each frame.

    Parameters
    ----------
    audio : [time] or [batch, time].
    sample_rate : in Hz.
    frame_rate : frames a second; the hop is sample_rate // frame_rate samples.
    frame_size : in samples.
    padding : 'center', 'same' or 'valid', as in `get_framed_lengths`.

    Returns
    -------
    [..., frames], same dtype. On silence the value and the gradient are 0 (the original's gradient is NaN).

    Examples
    --------
    >>> import numpy as np
    >>> compute_rms_energy(np.full((1, 640), 0.5), padding="same", frame_size=64).round(6)[0, :3]
    array([0.5, 0.5, 0.5])
    """
    xp = floats(audio=audio).xp
    square = _mean_square(audio, sample_rate, frame_rate, frame_size, padding)
    silent = square < TINY
    rms = xp.where(silent, xp.zeros_like(square), xp.sqrt(xp.where(silent, xp.ones_like(square), square)))
    return xp.astype(rms, audio.dtype)


@checked
def compute_power(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: int = 16000,
    frame_rate: int = 250,
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
    return floats(audio=audio).xp.astype(power, audio.dtype)


@checked
def compute_loudness(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: int = 16000,
    frame_rate: int = 250,
    n_fft: int = 512,
    range_db: float = DB_RANGE,
    ref_db: float = 0.0,
    padding: str = "center",
) -> Float[Array, "... frames"]:
    """Perceptual loudness of each frame: the mean over frequency of A-weighted power, in dB.

    Parameters
    ----------
    audio : [time] or [batch, time].
    sample_rate : in Hz.
    frame_rate : frames a second; the hop is sample_rate // frame_rate samples.
    n_fft : the frame size, in samples.
    range_db : > 0; the result is floored at -range_db.
    ref_db : the level called 0 dB.
    padding : 'center', 'same' or 'valid', as in `get_framed_lengths`.

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
    """
    backend = floats(audio=audio)
    xp = backend.xp
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    hop_size = _hop(sample_rate, frame_rate)
    spectrum = hop_stft(pad(audio, n_fft, hop_size, padding), n_fft, hop_size, pad_end=False)
    re, im = xp.real(spectrum), xp.imag(spectrum)
    power = re * re + im * im
    weights = backend.constant(design.a_weighting(axis_size(power, -1), sample_rate), power)
    return xp.astype(power_to_db(xp.mean(power * weights, axis=-1), ref_db, range_db), audio.dtype)
