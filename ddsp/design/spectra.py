"""Windows, filters and sizes of FFTs."""

from __future__ import annotations

import numpy as np

from ..extend import host_constant

__all__ = [
    "dct_matrix",
    "fast_fft_size",
    "frequency_sampling",
    "half_spectrum",
    "hamming",
    "hann",
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
