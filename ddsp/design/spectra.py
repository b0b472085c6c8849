"""Windows, filters and frequency scales."""

from __future__ import annotations

import numpy as np

from ..extend import host_constant

__all__ = [
    "a_weighting",
    "critical_bands",
    "dct_matrix",
    "fast_fft_size",
    "frequency_sampling",
    "half_spectrum",
    "hamming",
    "hann",
    "mel_matrix",
    "zero_phase_window",
]


@host_constant
def hann(size: int) -> np.ndarray:
    """Hann window: periodic for even sizes (copies shifted by size / 2 sum to 1), symmetric for odd sizes.

    ![Hann, Hamming and rectangular windows, and their spectra](../figures/windows.png)

    Parameters
    ----------
    size
        Number of samples.

    Returns
    -------
    window : array
        [size], float64.
    """
    period = max(size - size % 2, 1)
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size, dtype=np.float64) / period) if size > 1 else np.ones(1)


@host_constant
def hamming(size: int) -> np.ndarray:
    """Symmetric Hamming window of an odd size.

    ![Hann, Hamming and rectangular windows, and their spectra](../figures/windows.png)

    Parameters
    ----------
    size
        Number of samples.

    Returns
    -------
    window : array
        [size], float64.
    """
    return np.hamming(size)


@host_constant
def half_spectrum(size: int) -> np.ndarray:
    """Factors that convert the inverse FFT of a real signal to the transpose of its FFT.

    Parameters
    ----------
    size
        FFT size.

    Returns
    -------
    factors : array
        [size // 2 + 1], float64: size at 0 Hz and Nyquist, size / 2 in between.
    """
    factors = np.full(size // 2 + 1, size / 2.0)
    factors[[0, -1] if size % 2 == 0 else [0]] = size
    return factors


@host_constant
def zero_phase_window(ir_size: int, window_size: int) -> np.ndarray:
    """Hann window with its peak at sample 0, circular, with zeros elsewhere.

    Parameters
    ----------
    ir_size
        Number of samples of the result.
    window_size
        Number of taps of the window.

    Returns
    -------
    window : array
        [ir_size], float64.
    """
    distance = np.arange(ir_size, dtype=np.float64)
    distance = np.minimum(distance, ir_size - distance)
    if window_size == 1:
        return np.where(distance == 0.0, 1.0, 0.0)
    window = 0.5 + 0.5 * np.cos(2.0 * np.pi * distance / (window_size - window_size % 2))
    return np.where(distance <= window_size // 2, window, 0.0)


@host_constant
def frequency_sampling(n_frequencies: int, window_size: int, fft_size: int) -> np.ndarray:
    """Matrix from magnitudes to the real frequency response of their windowed filter.

    Parameters
    ----------
    n_frequencies
        Number of magnitudes.
    window_size
        Number of taps of the window.
    fft_size
        FFT size of the response.

    Returns
    -------
    matrix : array
        [n_frequencies, fft_size // 2 + 1], float64.
    """
    taps = 2 * (n_frequencies - 1)
    windowed = np.fft.irfft(np.eye(n_frequencies), n=taps) * zero_phase_window(taps, window_size)
    before = window_size // 2
    gap = np.zeros((n_frequencies, fft_size - window_size))
    circle = np.concatenate([windowed[:, : window_size - before], gap, windowed[:, taps - before :]], axis=1)
    return np.fft.rfft(circle).real


@host_constant
def fast_fft_size(size: int) -> int:
    """Smallest number >= size whose prime factors are 2, 3 and 5.

    Parameters
    ----------
    size
        Lower bound, >= 1.

    Returns
    -------
    fft_size : int
        The number.
    """
    best = 1 << (size - 1).bit_length()
    for odd in (5**five * 3**three for five in range(14) for three in range(21)):
        best = min(best, odd << (-(-size // odd) - 1).bit_length())
    return best


@host_constant
def mel_matrix(n_mels: int, n_bins: int, sample_rate: float, lo_hz: float, hi_hz: float) -> np.ndarray:
    """Triangular mel filters on the HTK scale, with peaks of 1, without area normalization and without the DC bin.

    ![Mel bands, and log mel spectrogram and MFCCs of a flute phrase](../figures/features.png)

    Parameters
    ----------
    n_mels
        Number of filters.
    n_bins
        Number of bins of the spectrum.
    sample_rate
        Sample rate in Hz.
    lo_hz, hi_hz
        Lowest and highest edge in Hz.

    Returns
    -------
    matrix : array
        [n_bins, n_mels], float64.
    """

    def mel(hz: np.ndarray | float) -> np.ndarray:
        return 1127.0 * np.log1p(np.asarray(hz, dtype=np.float64) / 700.0)

    bins = mel(np.linspace(0.0, sample_rate / 2.0, n_bins, dtype=np.float64)[1:])[:, np.newaxis]
    edges = np.linspace(mel(lo_hz), mel(hi_hz), n_mels + 2, dtype=np.float64)
    lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - lower) / (center - lower), (upper - bins) / (upper - center))
    return np.concatenate([np.zeros((1, n_mels)), np.maximum(triangles, 0.0)])


@host_constant
def dct_matrix(n_in: int, n_out: int) -> np.ndarray:
    """First cosines of the discrete cosine transform II, all scaled by sqrt(2 / n_in).

    Parameters
    ----------
    n_in, n_out
        Numbers of inputs and of outputs.

    Returns
    -------
    matrix : array
        [n_in, n_out], float64.
    """
    places = (np.arange(n_in, dtype=np.float64) + 0.5)[:, np.newaxis] * (np.pi / n_in)
    return np.sqrt(2.0 / n_in) * np.cos(places * np.arange(n_out, dtype=np.float64))


@host_constant
def critical_bands(n: int, hz_min: float, hz_max: float, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Centers of bands, evenly spaced in Bark or mel, and their equivalent rectangular bandwidths.

    The formulas are those of `ddsp.core.hearing`. A single band is in the middle of the scale.

    Parameters
    ----------
    n
        Number of bands.
    hz_min, hz_max
        Range of frequencies in Hz.
    scale
        'bark' or 'mel'.

    Returns
    -------
    centers : array
        [n], in Hz.
    widths : array
        [n], in Hz.
    """
    places = np.linspace(0.0, 1.0, n, dtype=np.float64) if n > 1 else np.full(1, 0.5)
    if scale == "bark":
        low, high = (26.81 * hz / (1960.0 + hz) - 0.53 for hz in (hz_min, hz_max))
        bark = low + (high - low) * places
        centers = 1960.0 * (bark + 0.53) / (26.28 - bark)
    else:
        low, high = (np.log1p(hz / 700.0) for hz in (hz_min, hz_max))
        centers = 700.0 * np.expm1(low + (high - low) * places)
    return centers, 0.108 * centers + 24.7


@host_constant
def a_weighting(n_bins: int, sample_rate: float) -> np.ndarray:
    """A-weighting of power at the frequencies of a real FFT, linear, floored at -80 dB.

    IEC 61672-1:2013, annex E. At 0 Hz, where the curve is minus infinity in dB, the result is the floor.

    ![The Bark and mel scales, equivalent rectangular bandwidths, and the A-weighting](../figures/hearing_scales.png)

    Parameters
    ----------
    n_bins
        Number of bins from 0 Hz to Nyquist.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    weights : array
        [n_bins], float64.
    """
    f2 = np.linspace(0.0, sample_rate / 2.0, n_bins, dtype=np.float64) ** 2
    c = np.asarray([12194.217, 20.598997, 107.65265, 737.86223], dtype=np.float64) ** 2
    gain = c[0] * f2**2 / ((f2 + c[0]) * (f2 + c[1]) * np.sqrt((f2 + c[2]) * (f2 + c[3])))
    db = 2.0 + 20.0 * np.log10(np.maximum(gain, 1e-300))
    return 10.0 ** (np.maximum(db, -80.0) / 10.0)
