"""Spectrograms on the mel scale and their cepstral coefficients."""

from __future__ import annotations

import warnings

import numpy as np

from .. import design
from ..core.math import safe_log
from ..extend import Array, Float, axis_size, checked, common_backend, integer, kept_constant
from .spectra import fft_size_of, frame_and_hop, hop_magnitude

__all__ = ["compute_logmel", "compute_mel", "compute_mfcc"]


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
    fft_size, hop_size = frame_and_hop("fft_size", fft_size, overlap)
    return hop_mel(audio, lo_hz, hi_hz, bins, fft_size, hop_size, pad_end, sample_rate)


def hop_mel(
    audio: Array,
    lo_hz: float,
    hi_hz: float,
    bins: int,
    fft_size: int,
    hop_size: int,
    pad_end: bool,
    sample_rate: float,
) -> Array:
    """`compute_mel` for a hop in samples."""
    if not 0.0 <= lo_hz < hi_hz <= sample_rate / 2.0:
        raise ValueError(f"hi_hz: got {hi_hz} with lo_hz {lo_hz}, expected 0 <= lo_hz < hi_hz <= {sample_rate / 2.0}")
    backend = common_backend(audio=audio)
    mag = hop_magnitude(audio, fft_size, hop_size, pad_end)
    bins = integer("bins", bins, 1)
    _warn_of_empty_bands(bins, fft_size, sample_rate, lo_hz, hi_hz)
    matrix = design.mel_matrix(bins, axis_size(mag, -1), sample_rate, lo_hz, hi_hz)
    return backend.xp.matmul(mag, backend.constant(matrix, mag))


@kept_constant
def _warn_of_empty_bands(bins: int, fft_size: int, sample_rate: float, lo_hz: float, hi_hz: float) -> None:
    """Warn of bands without a bin of the FFT. The result is kept, so each set of options warns once."""

    def empty(size: int) -> int:
        return int(np.sum(design.mel_matrix(bins, size // 2 + 1, sample_rate, lo_hz, hi_hz).max(axis=0) == 0.0))

    first = fft_size_of(fft_size)
    n_empty = empty(first)
    if n_empty:
        enough = next((size for size in (first << k for k in range(1, 8)) if not empty(size)), None)
        hint = f", or an fft_size of {enough}" if enough else ""
        found = f"{n_empty} mel bands have no bin of the FFT and are always 0"
        message = f"bins: got {bins} with fft_size {fft_size}, where {found}; use fewer bins{hint}"
        warnings.warn(message, UserWarning, stacklevel=7)


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
