"""FIR filters by frequency sampling: design and filtering."""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, one_of, promote_half
from .convolution import fft_convolve, filter_frames, filtering_sizes

__all__ = ["apply_window_to_impulse_response", "frequency_filter", "frequency_impulse_response"]

#: Number of magnitudes times FFT size up to which a matrix product designs filters faster than two transforms.
LARGEST_MATRIX = 2**16


@checked
def apply_window_to_impulse_response(
    impulse_response: Float[Array, "... taps"], window_size: int = 0, causal: bool = False
) -> Float[Array, "... window"]:
    """Window an impulse response around its peak and center the peak.

    ![Hann, Hamming and rectangular windows, and their spectra](../figures/windows.png)

    Parameters
    ----------
    impulse_response
        Impulse response, [..., taps]. Without `causal` it has zero phase: its peak is at tap 0 and negative times are
        at the end.
    window_size
        Number of taps of the Hann window, whose peak of 1 is on the peak of the response. Less than 1, or more than
        there are taps: all taps.
    causal
        If True, the peak of the input already is at tap taps // 2.

    Returns
    -------
    impulse_response : array
        [..., window_size], dtype of the input, with the peak at tap window_size // 2.

    See Also
    --------
    frequency_impulse_response : Uses this window.

    Notes
    -----
    The original places a window of odd size one sample off the peak. For an even size below the number of taps it
    returns one tap too few; the missing one is 0.

    Examples
    --------
    >>> import numpy as np
    >>> apply_window_to_impulse_response(np.asarray([1.0, 1.0, 1.0, 1.0]))
    array([0. , 0.5, 1. , 0.5])
    """
    backend = common_backend(impulse_response=impulse_response)
    xp = backend.xp
    taps = axis_size(impulse_response, -1)
    size = window_taps(taps, window_size)
    if causal:
        impulse_response = xp.roll(impulse_response, -(taps // 2), axis=-1)
    windowed = impulse_response * backend.constant(design.zero_phase_window(taps, size), impulse_response)
    before = windowed[..., taps - size // 2 :]
    return xp.concat([before, windowed[..., : size - size // 2]], axis=-1) if size > 1 else windowed[..., :1]


@checked
def frequency_impulse_response(
    magnitudes: Float[Array, "... frequencies"], window_size: int = 0
) -> Float[Array, "... taps"]:
    """Design a linear-phase impulse response from magnitudes by frequency sampling.

    J. O. Smith, "Spectral Audio Signal Processing", 2011, "Windowing a desired impulse response".

    ![Given gains, and the frequency responses of filters of 257 and 33 taps](../figures/fir.png)

    Parameters
    ----------
    magnitudes
        Gains at evenly spaced frequencies from 0 to half the sample rate, [..., frequencies], at least 2.
    window_size
        Number of taps of the Hann window. Less than 1: all 2 * (frequencies - 1) taps.

    Returns
    -------
    impulse_response : array
        [..., taps], dtype of the input, with the peak at tap taps // 2. float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError
        Fewer than 2 magnitudes.

    See Also
    --------
    frequency_filter : Filters audio with the response.
    apply_window_to_impulse_response : The window.

    Examples
    --------
    >>> import numpy as np
    >>> frequency_impulse_response(np.ones(3)).round(6)
    array([0., 0., 1., 0.])
    """
    xp = common_backend(magnitudes=magnitudes).xp
    n_frequencies = _frequencies(magnitudes)
    spectrum = promote_half(xp, magnitudes)
    complex_dtype = xp.complex128 if spectrum.dtype == xp.float64 else xp.complex64
    response = xp.fft.irfft(xp.astype(spectrum, complex_dtype), n=2 * (n_frequencies - 1))
    return xp.astype(apply_window_to_impulse_response(response, window_size), magnitudes.dtype)


@checked
def frequency_filter(
    audio: Float[Array, "#batch time"],
    magnitudes: Float[Array, "#batch frequencies"] | Float[Array, "#batch frames frequencies"],
    window_size: int = 0,
    padding: str = "same",
) -> Float[Array, "batch out"]:
    """Filter audio with a linear-phase FIR filter of given magnitudes, without delay.

    ![Given gains, and the frequency responses of filters of 257 and 33 taps](../figures/fir.png)

    Parameters
    ----------
    audio
        Audio, [batch, time].
    magnitudes
        Gains from 0 Hz to Nyquist, [batch, frequencies], or [batch, frames, frequencies] for a time-varying filter.
    window_size
        Number of taps of the window of the impulse response. Less than 1: all taps.
    padding
        'same' or 'valid', as in `fft_convolve`.

    Returns
    -------
    audio : array
        [batch, time], or [batch, time + taps - 1] with 'valid', dtype of the inputs.

    Raises
    ------
    ValueError
        Fewer than 2 magnitudes, frames that do not cover the audio, or an unknown `padding`.

    See Also
    --------
    frequency_impulse_response : The impulse response.
    fft_convolve : Filter by an impulse response.
    ddsp.effects.FIRFilter : The filter as a processor.
    ddsp.synths.FilteredNoise : Noise through this filter.

    Notes
    -----
    The group delay is compensated exactly. In the original the output is 2 samples late.

    Examples
    --------
    >>> import numpy as np
    >>> frequency_filter(np.asarray([[0.0, 1.0, 0.0, 0.0]]), np.ones((1, 3))).round(6)
    array([[0., 1., 0., 0.]])
    """
    backend = common_backend(audio=audio, magnitudes=magnitudes)
    xp = backend.xp
    one_of("padding", padding, ("same", "valid"))
    n_frames = axis_size(magnitudes, 1) if len(magnitudes.shape) == 3 else 1
    n_frequencies = _frequencies(magnitudes)
    taps = window_taps(2 * (n_frequencies - 1), window_size)
    frame_size, fft_size = filtering_sizes("magnitudes", axis_size(audio, 1), n_frames, taps)
    if n_frequencies * fft_size > LARGEST_MATRIX:
        return fft_convolve(audio, frequency_impulse_response(magnitudes, window_size), padding)
    magnitudes = promote_half(xp, magnitudes)
    matrix = backend.constant(design.frequency_sampling(n_frequencies, taps, fft_size), magnitudes)
    response = xp.matmul(xp.reshape(magnitudes, (-1, n_frames, n_frequencies)), matrix)
    return filter_frames(audio, response, frame_size, fft_size, taps, padding, peak=taps // 2)


def _frequencies(magnitudes: Array) -> int:
    """Number of magnitudes; ValueError if fewer than 2."""
    n_frequencies = axis_size(magnitudes, -1)
    if n_frequencies < 2:
        raise ValueError(f"magnitudes: got {n_frequencies} frequencies, expected at least 2 (0 Hz and Nyquist)")
    return n_frequencies


def window_taps(taps: int, window_size: int) -> int:
    """Size of the window of an impulse response: the requested one, or all taps."""
    return taps if window_size < 1 or window_size > taps else int(window_size)
