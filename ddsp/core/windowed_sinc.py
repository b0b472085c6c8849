"""Windowed-sinc low-pass and high-pass filters with a time-varying cutoff."""

from __future__ import annotations

import math

from .. import design
from ..extend import Array, Float, checked, common_backend, integer, promote_half
from .convolution import fft_convolve

__all__ = ["sinc", "sinc_filter", "sinc_impulse_response"]


@checked
def sinc(x: Float[Array, ...]) -> Float[Array, ...]:
    r"""Normalized sinc.

    $$\sin(\pi x) / (\pi x)$$

    Parameters
    ----------
    x
        Any shape.

    Returns
    -------
    y : array
        Shape and dtype of the input, 1 at x = 0. The gradient is exact at and near 0 as well.

    See Also
    --------
    sinc_impulse_response : A filter made of it.

    Examples
    --------
    >>> import numpy as np
    >>> sinc(np.asarray([0.0, 0.5, 1.0])).round(4)
    array([1.    , 0.6366, 0.    ])
    """
    xp = common_backend(x=x).xp
    y = math.pi * x
    near = xp.abs(y) < 0.5
    # Taylor series near 0, where the gradient of the quotient would be a difference of large numbers.
    square = xp.where(near, y * y, xp.zeros_like(y))
    series = xp.ones_like(y)
    for n in (12, 10, 8, 6, 4, 2):
        series = 1.0 - series * square / (n * (n + 1.0))
    far = xp.where(near, xp.ones_like(y), y)
    return xp.where(near, series, xp.sin(far) / far)


@checked
def sinc_impulse_response(
    cutoff_frequency: Float[Array, "... 1"],
    window_size: int = 512,
    sample_rate: float | None = None,
    high_pass: bool = False,
) -> Float[Array, "... taps"]:
    """Impulse response of a low-pass or high-pass filter: a sinc with a Hamming window.

    J. O. Smith, "Spectral Audio Signal Processing", 2011, "The window method for FIR filter design".

    ![Frequency responses of low-pass and high-pass filters of two window sizes](../figures/windowed_sinc.png)

    Parameters
    ----------
    cutoff_frequency
        Frequency at which the gain is 1/2, [..., 1]: in Hz with a `sample_rate`, otherwise relative to Nyquist, in [0,
        1]. Values out of range are clipped: a low-pass with its cutoff beyond Nyquist passes everything.
    window_size
        Size of the window, >= 1; the filter has 2 * (window_size // 2) + 1 taps. The window smooths the response over
        about 1.7 sample_rate / window_size Hz. Cutoffs below half of that are indistinguishable: 512 taps reach down to
        about 31 Hz at 16 kHz and 86 Hz at 44.1 kHz.
    sample_rate
        Sample rate in Hz, or None.
    high_pass
        If True, pass frequencies above the cutoff instead of those below.

    Returns
    -------
    impulse_response : array
        [..., taps], dtype of the input, symmetric around the peak at tap taps // 2. At 0 Hz the gain is 1 for the
        low-pass and 0 for the high-pass. float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError
        The last axis of `cutoff_frequency` is not of size 1, or `window_size` below 1.

    See Also
    --------
    sinc_filter : Filters audio with the response.
    frequency_impulse_response : A response with any magnitudes.

    Notes
    -----
    In the original, cutoffs beyond Nyquist double the gain of the frequencies to which they fold back.

    Examples
    --------
    >>> import numpy as np
    >>> sinc_impulse_response(np.asarray([0.5]), window_size=4).round(3)
    array([0.   , 0.204, 0.593, 0.204, 0.   ])
    """
    backend = common_backend(cutoff_frequency=cutoff_frequency)
    xp, dtype = backend.xp, cutoff_frequency.dtype
    if not cutoff_frequency.shape or cutoff_frequency.shape[-1] != 1:
        raise ValueError(f"cutoff_frequency: got shape {tuple(cutoff_frequency.shape)}, expected a last axis of 1")
    cutoff = promote_half(xp, cutoff_frequency)
    cutoff = xp.clip(cutoff if sample_rate is None else cutoff * (2.0 / sample_rate), 0.0, 1.0)
    half = integer("window_size", window_size, 1) // 2
    taps = backend.constant(design.linspace(-half, half, 2 * half + 1), cutoff)
    response = sinc(cutoff * taps) * backend.constant(design.hamming(2 * half + 1), cutoff)
    response = response / xp.sum(response, axis=-1, keepdims=True)  # the sum is the gain at 0 Hz, which is positive
    if high_pass:
        response = xp.where(taps == 0.0, 1.0 - response, -response)
    return xp.astype(response, dtype)


@checked
def sinc_filter(
    audio: Float[Array, "#batch time"],
    cutoff_frequency: Float[Array, "#batch 1"] | Float[Array, "#batch frames 1"],
    window_size: int = 512,
    sample_rate: float | None = None,
    padding: str = "same",
    high_pass: bool = False,
) -> Float[Array, "batch out"]:
    """Filter audio with a windowed-sinc low-pass or high-pass filter, without delay.

    ![Frequency responses of low-pass and high-pass filters of two window sizes](../figures/windowed_sinc.png)

    Parameters
    ----------
    audio
        Audio, [batch, time].
    cutoff_frequency
        Cutoff, [batch, 1], or [batch, frames, 1] for a time-varying filter; in Hz with a `sample_rate`, otherwise
        relative to Nyquist, in [0, 1].
    window_size
        Size of the window, as in `sinc_impulse_response`.
    sample_rate
        Sample rate in Hz, or None.
    padding
        'same' or 'valid', as in `fft_convolve`.
    high_pass
        If True, pass frequencies above the cutoff instead of those below.

    Returns
    -------
    audio : array
        [batch, time], or [batch, time + taps - 1] with 'valid', dtype of the inputs.

    Raises
    ------
    ValueError
        Shapes that do not fit, an unknown `padding`, or frames that do not cover the audio.

    See Also
    --------
    sinc_impulse_response : The impulse response.
    frequency_filter : A filter with any magnitudes.

    Notes
    -----
    The group delay is compensated exactly. In the original the output is 1 sample late.

    Examples
    --------
    >>> import numpy as np
    >>> sinc_filter(np.asarray([[0.0, 0.0, 1.0, 0.0]]), np.asarray([[0.5]]), window_size=2).round(3)
    array([[0.   , 0.046, 0.908, 0.046]])
    """
    common_backend(audio=audio, cutoff_frequency=cutoff_frequency)
    return fft_convolve(audio, sinc_impulse_response(cutoff_frequency, window_size, sample_rate, high_pass), padding)
