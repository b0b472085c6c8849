"""The short-time Fourier transform, and magnitudes on linear and mel scales."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from .. import design
from ..core.framing import Hop, frame_by_hop, overlap_and_add
from ..core.math import safe_log
from ..core.padding import pad_checked
from ..extend import (
    Adapter,
    Array,
    ByValue,
    Complex,
    Float,
    axis_size,
    checked,
    common_backend,
    integer,
    kept_constant,
    promote_half,
    rank,
)

__all__ = [
    "compute_logmag",
    "compute_logmel",
    "compute_mag",
    "compute_mel",
    "compute_mfcc",
    "hop_stft",
    "stft",
]

#: Added to magnitudes in their gradient, so that a silent bin has one; below the rounding of float32 from 1e-9 on.
QUIET = 1e-17


@checked
def stft(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    frame_size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
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
    frame_size, hop_size = _sizes("frame_size", frame_size, overlap)
    return hop_stft(audio, frame_size, (hop_size, 1), pad_end)


def _sizes(name: str, frame_size: int, overlap: float) -> tuple[int, int]:
    """Frame and hop in samples."""
    frame_size = integer(name, frame_size, 1)
    hop_size = int(frame_size * (1.0 - overlap) + 1e-6)  # 0.75 and 0.9 must not fall a rounding error short
    if not 0.0 <= overlap < 1.0 or hop_size < 1:
        raise ValueError(
            f"overlap: got {overlap} with {name} {frame_size}, expected at least 0 and a hop of at least one sample"
        )
    return frame_size, hop_size


def hop_stft(audio: Array, frame_size: int, hop: Hop, pad_end: bool) -> Array:
    """`stft` by its hop, an exact fraction of samples."""
    padded, n_frames = _padded(audio, frame_size, hop, pad_end)
    return _spectrum(padded, frame_size, hop)[..., :n_frames, :]


def _padded(audio: Array, frame_size: int, hop: Hop, pad_end: bool) -> tuple[Array, int]:
    """Audio [..., time] that is long enough for its frames, and for one at least, and how many there are."""
    xp = common_backend(audio=audio).xp
    rank("audio", audio, (1, 2, 3), "[time], [batch, time] or [batch, time, 1]")
    audio = audio[:, :, 0] if len(audio.shape) == 3 else audio
    length = axis_size(audio, -1)
    n_frames = design.number_of_frames(length, frame_size, *hop, "same" if pad_end else "valid")
    end = -(-(max(n_frames, 1) - 1) * hop[0] // hop[1]) + frame_size
    return pad_checked(promote_half(xp, audio), (0, max(end - length, 0)), axis=-1), n_frames


def _spectrum(audio: Array, frame_size: int, hop: Hop) -> Array:
    """The FFT of windowed frames, [..., frames, bins]."""
    backend = common_backend(audio=audio)
    if hop[1] == 1 and hasattr(backend, "frames"):
        frames = backend.frames(audio, frame_size, hop[0])  # a view
    else:
        frames = frame_by_hop(audio, frame_size, hop)
    frames = frames * backend.constant(design.hann(frame_size), audio)
    return backend.xp.fft.rfft(frames, n=_fft_size(frame_size))


def _fft_size(frame_size: int) -> int:
    return 1 << (frame_size - 1).bit_length()


@dataclass(frozen=True, eq=False)
class _Magnitude(ByValue):
    """|X| as a function of audio [batch, time], with its gradient.

    Autodiff would keep several arrays as large as the spectrum, and go back through a complex FFT.
    """

    backend: Adapter
    frame_size: int
    hop_size: int

    def __call__(self, audio: Array) -> Array:
        spectrum = _spectrum(audio, self.frame_size, (self.hop_size, 1))
        re, im = self.backend.xp.real(spectrum), self.backend.xp.imag(spectrum)
        return self.backend.xp.sqrt(re * re + im * im)

    def gradient(self, cotangent: Array, magnitude: Array, audio: Array) -> tuple[Array]:
        """The transpose of the windowed FFT, of the cotangent times X / |X|."""
        xp, fft_size = self.backend.xp, _fft_size(self.frame_size)
        factors, window = (
            self.backend.constant(x, audio) for x in (design.half_spectrum(fft_size), design.hann(self.frame_size))
        )
        scale = cotangent * factors / (magnitude + QUIET)
        spectrum = _spectrum(audio, self.frame_size, (self.hop_size, 1)) + QUIET
        frames = xp.fft.irfft(spectrum * xp.astype(scale, spectrum.dtype), n=fft_size)[..., : self.frame_size] * window
        length = axis_size(audio, 1)
        found = overlap_and_add(frames, self.hop_size)[:, :length]
        return (pad_checked(found, (0, length - axis_size(found, 1)), axis=1),)


@checked
def compute_mag(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
) -> Float[Array, "... frames bins"]:
    """Magnitude of the STFT.

    Parameters
    ----------
    audio, overlap, pad_end : as in `stft`.
    size : the frame size, in samples.

    Returns
    -------
    [..., frames, bins], dtype of audio. The gradient is finite everywhere; a silent bin takes that of its real part, so
    a loss can lead away from silence.

    Examples
    --------
    >>> import numpy as np
    >>> compute_mag(np.zeros((1, 16)), size=8).shape
    (1, 8, 5)
    """
    backend = common_backend(audio=audio)
    size, hop_size = _sizes("size", size, overlap)
    padded, n_frames = _padded(audio, size, (hop_size, 1), pad_end)
    magnitude = backend.with_gradient(_Magnitude(backend, size, hop_size))
    mag = magnitude(padded if len(padded.shape) == 2 else padded[None, :])
    mag = backend.xp.astype(mag[:, :n_frames, :], audio.dtype)
    return mag if len(padded.shape) == 2 else mag[0, ...]


@checked
def compute_logmag(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
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


@checked
def compute_mel(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    lo_hz: float = 0.0,
    hi_hz: float = 8000.0,
    bins: int = 64,
    fft_size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
    sample_rate: float = 16000,
) -> Float[Array, "... frames bins"]:
    """Mel spectrogram: magnitudes summed under triangles that are evenly spaced on the HTK mel scale.

    The sides of the triangles are straight in mel, as in TensorFlow and the original; librosa's are straight in Hz, and
    its default divides by their widths.

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

    Warns
    -----
    UserWarning : bands that lie between two bins of the FFT, and so are always 0; once for each such set of options.

    Examples
    --------
    >>> import numpy as np
    >>> compute_mel(np.ones((1, 4096))).shape
    (1, 8, 64)
    """
    if not 0.0 <= lo_hz < hi_hz <= sample_rate / 2.0:
        raise ValueError(f"hi_hz: got {hi_hz} with lo_hz {lo_hz}, expected 0 <= lo_hz < hi_hz <= {sample_rate / 2.0}")
    backend = common_backend(audio=audio)
    _sizes("fft_size", fft_size, overlap)
    mag = compute_mag(audio, fft_size, overlap, pad_end)
    bins = integer("bins", bins, 1)
    _warn_of_empty_bands(bins, fft_size, sample_rate, lo_hz, hi_hz)
    matrix = design.mel_matrix(bins, axis_size(mag, -1), sample_rate, lo_hz, hi_hz)
    return backend.xp.matmul(mag, backend.constant(matrix, mag))


@kept_constant
def _warn_of_empty_bands(bins: int, fft_size: int, sample_rate: float, lo_hz: float, hi_hz: float) -> None:
    """Kept, so that each set of options warns once."""

    def empty(size: int) -> int:
        return int(np.sum(design.mel_matrix(bins, size // 2 + 1, sample_rate, lo_hz, hi_hz).max(axis=0) == 0.0))

    first = _fft_size(fft_size)
    n_empty = empty(first)
    if n_empty:
        enough = next((size for size in (first << k for k in range(1, 8)) if not empty(size)), None)
        hint = f", or an fft_size of {enough}" if enough else ""
        found = f"{n_empty} mel bands have no bin of the FFT and are always 0"
        message = f"bins: got {bins} with fft_size {fft_size}, where {found}; use fewer bins{hint}"
        warnings.warn(message, UserWarning, stacklevel=6)


@checked
def compute_logmel(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
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


@checked
def compute_mfcc(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
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
    backend = common_backend(audio=audio)
    logmel = compute_logmel(audio, lo_hz, hi_hz, mel_bins, fft_size, overlap, pad_end, sample_rate)
    return backend.xp.matmul(logmel, backend.constant(design.dct_matrix(mel_bins, mfcc_bins), logmel))
