"""The short-time Fourier transform, and magnitudes on linear and mel scales."""

from __future__ import annotations

from .. import design
from .._checks import at_least_float32, axis_size, floats, integer, rank
from .._types import Array, Complex, Float
from ..core.framing import frame
from ..core.math import pad_axis, safe_log

__all__ = [
    "compute_logmag", "compute_logmel", "compute_mag", "compute_mel", "compute_mfcc", "hop_stft", "stft",
]  # fmt: skip

#: What a silent bin counts as, so that its magnitude has a gradient; below the rounding of float32 from 1e-9 on.
QUIET = 1e-17
#: Added to squares, so that no root meets 0: negligible beside QUIET ** 2, and no denormal of float32.
TINY = 1e-37


def stft(
    audio: Float[Array, "... time"], frame_size: int = 2048, overlap: float = 0.75, pad_end: bool = True
) -> Complex[Array, "... frames bins"]:
    """Short-time Fourier transform with a Hann window; frames start at multiples of the hop, none is centred.

    X[m, k] = sum_n x[m * hop + n] w[n] exp(-2 pi i k n / fft_size)

    Parameters
    ----------
    audio : [time], [batch, time] or [batch, time, 1].
    frame_size : >= 1, in samples. The FFT has the next power of two.
    overlap : in [0, 1), the share of a frame that the next one covers; the hop is frame_size * (1 - overlap), floored.
    pad_end : pad zeros at the end, so that ceil(time / hop) frames cover all samples.

    Returns
    -------
    [..., frames, fft_size // 2 + 1], complex64 for float32 and less, complex128 for float64. Neither the window nor the
    FFT is normalised.

    Examples
    --------
    >>> import numpy as np
    >>> stft(np.ones((1, 16)), frame_size=8, overlap=0.5).shape
    (1, 4, 5)
    """
    hop_size = int(frame_size * (1.0 - overlap) + 1e-6)  # 0.75 and 0.9 must not fall a rounding error short
    if not 0.0 <= overlap < 1.0 or hop_size < 1:
        raise ValueError(f"overlap: got {overlap}, expected at least 0 and a hop of at least one sample")
    return hop_stft(audio, integer("frame_size", frame_size, 1), hop_size, pad_end)


def hop_stft(audio: Array, frame_size: int, hop_size: int, pad_end: bool) -> Array:
    """`stft` by its hop in samples."""
    backend = floats(audio=audio)
    xp = backend.xp
    rank("audio", audio, (1, 2, 3), "[time], [batch, time] or [batch, time, 1]")
    audio = audio[:, :, 0] if len(audio.shape) == 3 else audio
    audio = at_least_float32(xp, audio)
    length = axis_size(audio, -1)
    if length < frame_size and not pad_end:
        # No frame fits. Not every FFT takes an empty batch, so this is one frame cut off again.
        return hop_stft(pad_axis(audio, (0, frame_size - length), axis=-1), frame_size, hop_size, False)[..., :0, :]
    if pad_end:
        end = (-(-length // hop_size) - 1) * hop_size + frame_size
        audio = pad_axis(audio, (0, max(end - length, 0)), axis=-1)
    frames = frame(audio, frame_size, hop_size) * backend.constant(design.hann(frame_size), audio)
    return xp.fft.rfft(frames, n=1 << (frame_size - 1).bit_length())


def compute_mag(
    audio: Float[Array, "... time"], size: int = 2048, overlap: float = 0.75, pad_end: bool = True
) -> Float[Array, "... frames bins"]:
    """Magnitude of the STFT.

    Parameters
    ----------
    audio, overlap, pad_end : as in `stft`.
    size : the frame size, in samples.

    Returns
    -------
    [..., frames, bins], dtype of audio. The gradient is finite everywhere: a silent bin counts as 1e-17, and its
    gradient is the real part's, so a loss can lead away from silence.

    Examples
    --------
    >>> import numpy as np
    >>> compute_mag(np.zeros((1, 16)), size=8).shape
    (1, 8, 5)
    """
    xp = floats(audio=audio).xp
    spectrum = stft(audio, size, overlap, pad_end)
    # Plain steps alone: a choice between silent bins and others would be several more passes over memory.
    re, im = xp.real(spectrum) + QUIET, xp.imag(spectrum)
    magnitude = xp.sqrt(re * re + im * im + TINY)
    return xp.astype(magnitude, audio.dtype)


def compute_logmag(
    audio: Float[Array, "... time"], size: int = 2048, overlap: float = 0.75, pad_end: bool = True
) -> Float[Array, "... frames bins"]:
    """Natural logarithm of `compute_mag`, with the floor of `ddsp.core.safe_log`.

    Parameters
    ----------
    audio, size, overlap, pad_end : as in `compute_mag`.

    Returns
    -------
    [..., frames, bins], dtype of audio, at least log(1e-5).

    Examples
    --------
    >>> import numpy as np
    >>> compute_logmag(np.zeros((1, 8)), size=8).max().round(3)
    np.float64(-11.513)
    """
    return safe_log(compute_mag(audio, size, overlap, pad_end))


def compute_mel(
    audio: Float[Array, "... time"],
    lo_hz: float = 0.0,
    hi_hz: float = 8000.0,
    bins: int = 64,
    fft_size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
    sample_rate: float = 16000,
) -> Float[Array, "... frames bins"]:
    """Mel spectrogram: magnitudes summed under triangles that are evenly spaced on the HTK mel scale.

    Parameters
    ----------
    audio, overlap, pad_end : as in `stft`.
    lo_hz, hi_hz : lowest and highest edge, 0 <= lo_hz < hi_hz <= sample_rate / 2.
    bins : number of triangles; their peaks are 1, and the DC bin of the FFT is left out.
    fft_size : the frame size, in samples.
    sample_rate : in Hz.

    Returns
    -------
    [..., frames, bins], dtype of audio.

    Raises
    ------
    ValueError : edges out of order or above half the sample rate.

    Examples
    --------
    >>> import numpy as np
    >>> compute_mel(np.ones((1, 4096))).shape
    (1, 8, 64)
    """
    if not 0.0 <= lo_hz < hi_hz <= sample_rate / 2.0:
        raise ValueError(f"hi_hz: got {hi_hz} with lo_hz {lo_hz}, expected 0 <= lo_hz < hi_hz <= {sample_rate / 2.0}")
    backend = floats(audio=audio)
    mag = compute_mag(audio, fft_size, overlap, pad_end)
    matrix = design.mel_matrix(integer("bins", bins, 1), axis_size(mag, -1), sample_rate, lo_hz, hi_hz)
    return backend.xp.matmul(mag, backend.constant(matrix, mag))


def compute_logmel(
    audio: Float[Array, "... time"],
    lo_hz: float = 80.0,
    hi_hz: float = 7600.0,
    bins: int = 64,
    fft_size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
    sample_rate: float = 16000,
) -> Float[Array, "... frames bins"]:
    """Natural logarithm of `compute_mel`, with the floor of `ddsp.core.safe_log`.

    Parameters
    ----------
    audio, lo_hz, hi_hz, bins, fft_size, overlap, pad_end, sample_rate : as in `compute_mel`.

    Returns
    -------
    [..., frames, bins], dtype of audio, at least log(1e-5).

    Examples
    --------
    >>> import numpy as np
    >>> compute_logmel(np.ones((1, 4096))).shape
    (1, 8, 64)
    """
    return safe_log(compute_mel(audio, lo_hz, hi_hz, bins, fft_size, overlap, pad_end, sample_rate))


def compute_mfcc(
    audio: Float[Array, "... time"],
    lo_hz: float = 20.0,
    hi_hz: float = 8000.0,
    fft_size: int = 1024,
    mel_bins: int = 128,
    mfcc_bins: int = 13,
    overlap: float = 0.75,
    pad_end: bool = True,
    sample_rate: float = 16000,
) -> Float[Array, "... frames mfcc_bins"]:
    """Mel-frequency cepstral coefficients: a cosine transform of `compute_logmel`, its outline without the detail.

    c_k = sqrt(2 / mel_bins) sum_m logmel_m cos(pi k (m + 1/2) / mel_bins), as in the HTK Book, section 5.6.

    Parameters
    ----------
    audio, lo_hz, hi_hz, fft_size, overlap, pad_end, sample_rate : as in `compute_mel`.
    mel_bins : number of mel bands.
    mfcc_bins : number of coefficients, at most mel_bins; the first one is the level.

    Returns
    -------
    [..., frames, mfcc_bins], dtype of audio.

    Raises
    ------
    ValueError : more coefficients than mel bands, or as in `compute_mel`.

    Examples
    --------
    >>> import numpy as np
    >>> compute_mfcc(np.ones((1, 4096))).shape
    (1, 16, 13)
    """
    if integer("mfcc_bins", mfcc_bins, 1) > mel_bins:
        raise ValueError(f"mfcc_bins: got {mfcc_bins}, expected at most the {mel_bins} mel_bins")
    backend = floats(audio=audio)
    logmel = compute_logmel(audio, lo_hz, hi_hz, mel_bins, fft_size, overlap, pad_end, sample_rate)
    return backend.xp.matmul(logmel, backend.constant(design.dct_matrix(mel_bins, mfcc_bins), logmel))
