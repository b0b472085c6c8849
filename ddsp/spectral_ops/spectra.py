"""Short-time Fourier transform, and magnitudes on linear and mel scales."""

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

#: Added to magnitudes in their gradient, so that silent bins have one. Lost in rounding for magnitudes above 1e-9.
QUIET = 1e-17


@checked
def stft(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    frame_size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
) -> Complex[Array, "... frames bins"]:
    r"""Short-time Fourier transform with a Hann window.

    $$X[m, k] = \sum_n x[m \cdot hop + n] \, w[n] \, e^{-2 \pi i k n / fft\_size}$$

    Frames start at multiples of the hop; they are not centered.

    ![Spectrograms of two pulsed tones, a whole tone apart, at three frame sizes](../figures/frame_sizes.png)

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    frame_size
        Frame size in samples, >= 1. The FFT size is the next power of two.
    overlap
        Overlap of consecutive frames as a fraction of the frame, in [0, 1). The hop is frame_size * (1 - overlap),
        rounded down.
    pad_end
        If True, append zeros so that ceil(time / hop) frames cover all samples.

    Returns
    -------
    spectrum : array
        [..., frames, fft_size // 2 + 1]; complex64 for float32 and narrower inputs, complex128 for float64. Neither the
        window nor the FFT is normalized.

    Raises
    ------
    ValueError
        `frame_size` below 1, `overlap` outside of [0, 1), or a hop below one sample.

    See Also
    --------
    compute_mag : The magnitude.
    ddsp.core.frame : Frames without window and FFT.

    Examples
    --------
    >>> import numpy as np
    >>> stft(np.ones((1, 16)), frame_size=8, overlap=0.5).shape
    (1, 4, 5)
    """
    frame_size, hop_size = _sizes("frame_size", frame_size, overlap)
    return hop_stft(audio, frame_size, (hop_size, 1), pad_end)


def _sizes(name: str, frame_size: int, overlap: float) -> tuple[int, int]:
    """Frame size and hop in samples."""
    frame_size = integer(name, frame_size, 1)
    hop_size = int(frame_size * (1.0 - overlap) + 1e-6)  # rounding of 0.75 and 0.9 must not lose a sample
    if not 0.0 <= overlap < 1.0 or hop_size < 1:
        raise ValueError(
            f"overlap: got {overlap} with {name} {frame_size}, expected at least 0 and a hop of at least one sample"
        )
    return frame_size, hop_size


def hop_stft(audio: Array, frame_size: int, hop: Hop, pad_end: bool) -> Array:
    """STFT for a hop that is an exact fraction of samples."""
    padded, n_frames = _padded(audio, frame_size, hop, pad_end)
    return _spectrum(padded, frame_size, hop)[..., :n_frames, :]


def _padded(audio: Array, frame_size: int, hop: Hop, pad_end: bool) -> tuple[Array, int]:
    """Audio [..., time] padded for its frames, at least for one, and the number of frames."""
    xp = common_backend(audio=audio).xp
    rank("audio", audio, (1, 2, 3), "[time], [batch, time] or [batch, time, 1]")
    audio = audio[:, :, 0] if len(audio.shape) == 3 else audio
    length = axis_size(audio, -1)
    n_frames = design.number_of_frames(length, frame_size, *hop, "same" if pad_end else "valid")
    end = -(-(max(n_frames, 1) - 1) * hop[0] // hop[1]) + frame_size
    return pad_checked(promote_half(xp, audio), (0, max(end - length, 0)), axis=-1), n_frames


def _spectrum(audio: Array, frame_size: int, hop: Hop) -> Array:
    """FFT of the windowed frames, [..., frames, bins]."""
    backend = common_backend(audio=audio)
    frames = backend.frame_view(audio, frame_size, hop[0]) if hop[1] == 1 else None
    frames = frame_by_hop(audio, frame_size, hop) if frames is None else frames
    frames = frames * backend.constant(design.hann(frame_size), audio)
    return backend.xp.fft.rfft(frames, n=_fft_size(frame_size))


def _fft_size(frame_size: int) -> int:
    return 1 << (frame_size - 1).bit_length()


@dataclass(frozen=True, eq=False)
class _Magnitude(ByValue):
    """|X| as a function of audio [batch, time], with a hand-written gradient.

    Autodiff would keep several arrays of the size of the spectrum and differentiate through a complex FFT.
    """

    backend: Adapter
    frame_size: int
    hop_size: int

    def __call__(self, audio: Array) -> Array:
        spectrum = _spectrum(audio, self.frame_size, (self.hop_size, 1))
        re, im = self.backend.xp.real(spectrum), self.backend.xp.imag(spectrum)
        return self.backend.xp.sqrt(re * re + im * im)

    def gradient(self, cotangent: Array, magnitude: Array, audio: Array) -> tuple[Array]:
        """Transpose of the windowed FFT, applied to the cotangent times X / |X|."""
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

    ![Spectrograms of two pulsed tones, a whole tone apart, at three frame sizes](../figures/frame_sizes.png)

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    size
        Frame size in samples.
    overlap
        Overlap of consecutive frames as a fraction of the frame, as in `stft`.
    pad_end
        Append zeros so that frames cover all samples, as in `stft`.

    Returns
    -------
    magnitude : array
        [..., frames, bins], dtype of `audio`. The gradient is finite everywhere. At a silent bin it is the gradient of
        the real part, so training can leave silence.

    Raises
    ------
    ValueError
        `size` below 1, `overlap` outside of [0, 1), or a hop below one sample.

    See Also
    --------
    stft : The complex spectrum.
    compute_logmag : The logarithm.
    compute_mel : Summed into mel bands.

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
    """Natural logarithm of the magnitude of the STFT.

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    size
        Frame size in samples.
    overlap
        Overlap of consecutive frames as a fraction of the frame, as in `stft`.
    pad_end
        Append zeros so that frames cover all samples, as in `stft`.

    Returns
    -------
    log_magnitude : array
        [..., frames, bins], dtype of `audio`; at least log(1e-5), the floor of `ddsp.core.safe_log`.

    See Also
    --------
    compute_mag : The magnitude.
    compute_logmel : On the mel scale.

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
    r"""Mel spectrogram: magnitudes summed with triangular weights, evenly spaced on the HTK mel scale.

    $$mel(f) = 2595 \log_{10}(1 + f / 700)$$

    ![Mel bands, and log mel spectrogram and MFCCs of a flute phrase](../figures/features.png)

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    lo_hz, hi_hz
        Lowest and highest edge in Hz, 0 <= lo_hz < hi_hz <= sample_rate / 2.
    bins
        Number of triangles. Their peaks are 1, and the DC bin of the FFT is left out.
    fft_size
        Frame size in samples.
    overlap
        Overlap of consecutive frames as a fraction of the frame, as in `stft`.
    pad_end
        Append zeros so that frames cover all samples, as in `stft`.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    mel : array
        [..., frames, bins], dtype of `audio`.

    Raises
    ------
    ValueError
        Edges out of order or above half the sample rate.

    Warns
    -----
    UserWarning
        Some bands lie between two bins of the FFT and are therefore always 0. Each set of options warns once.

    See Also
    --------
    compute_logmel : The logarithm.
    compute_mfcc : Cepstral coefficients.
    ddsp.core.hz_to_mel : The mel scale.

    Notes
    -----
    The sides of the triangles are straight in mel, as in TensorFlow and the original. Those of librosa are straight in
    Hz, and by default librosa divides by their widths.

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
    """Warn of bands without a bin of the FFT. The result is kept, so each set of options warns once."""

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
    """Natural logarithm of the mel spectrogram.

    ![Mel bands, and log mel spectrogram and MFCCs of a flute phrase](../figures/features.png)

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    lo_hz, hi_hz
        Lowest and highest edge in Hz, as in `compute_mel`.
    bins
        Number of mel bands.
    fft_size
        Frame size in samples.
    overlap
        Overlap of consecutive frames as a fraction of the frame, as in `stft`.
    pad_end
        Append zeros so that frames cover all samples, as in `stft`.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    log_mel : array
        [..., frames, bins], dtype of `audio`; at least log(1e-5), the floor of `ddsp.core.safe_log`.

    See Also
    --------
    compute_mel : The mel spectrogram.
    compute_mfcc : Its cosine transform.

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
    r"""Mel-frequency cepstral coefficients: the cosine transform of the log mel spectrogram.

    $$c_k = \sqrt{2 / M} \sum_{m=0}^{M-1} logmel_m \cos(\pi k (m + 1/2) / M)$$

    M is `mel_bins` (HTK Book, section 5.6). The first coefficients describe the spectral envelope.

    ![Mel bands, and log mel spectrogram and MFCCs of a flute phrase](../figures/features.png)

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    lo_hz, hi_hz
        Lowest and highest edge in Hz, as in `compute_mel`.
    fft_size
        Frame size in samples.
    mel_bins
        Number of mel bands.
    mfcc_bins
        Number of coefficients, at most `mel_bins`. The first coefficient is the level.
    overlap
        Overlap of consecutive frames as a fraction of the frame, as in `stft`.
    pad_end
        Append zeros so that frames cover all samples, as in `stft`.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    mfcc : array
        [..., frames, mfcc_bins], dtype of `audio`.

    Raises
    ------
    ValueError
        More coefficients than mel bands, or edges that `compute_mel` refuses.

    See Also
    --------
    compute_logmel : The log mel spectrogram.

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
