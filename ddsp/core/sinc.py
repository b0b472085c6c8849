"""Low-pass and high-pass filters with a cutoff that may change with time: the windowed sinc."""

from __future__ import annotations

import math

from .. import design
from ..extend import Array, Float, checked, common_backend, integer, promote_half
from .convolution import fft_convolve

__all__ = ["sinc", "sinc_filter", "sinc_impulse_response"]


@checked
def sinc(x: Float[Array, ...]) -> Float[Array, ...]:
    """Normalised sinc: sin(pi x) / (pi x), which is 1 at 0.

    Parameters
    ----------
    x : any shape.

    Returns
    -------
    Same shape and dtype. The gradient is exact at and around 0 as well.

    Examples
    --------
    >>> import numpy as np
    >>> sinc(np.asarray([0.0, 0.5, 1.0])).round(4)
    array([1.    , 0.6366, 0.    ])
    """
    xp = common_backend(x=x).xp
    y = math.pi * x
    near = xp.abs(y) < 0.5
    # Near 0 the first terms of the series: the quotient's gradient would be a difference of large numbers.
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
    """Impulse response of a low-pass or high-pass filter: a sinc under a Hamming window.

    J. O. Smith, Spectral Audio Signal Processing, "The window method for FIR filter design".

    Parameters
    ----------
    cutoff_frequency : where the gain is 1/2, [..., 1]: in Hz with a sample_rate, without one relative to Nyquist, in
        [0, 1]. Cutoffs outside of the range count as its ends: beyond Nyquist a low-pass lets everything through.
    window_size : >= 1; the filter has 2 * (window_size // 2) + 1 taps. Its window smooths over about 1.7
        sample_rate / window_size Hz, and a cutoff below half of that has no effect of its own: 512 taps reach down to
        about 31 Hz at 16 kHz and 86 Hz at 44.1 kHz.
    sample_rate : in Hz.
    high_pass : let through what lies above the cutoff, not below it.

    Returns
    -------
    [..., taps], same dtype, symmetric around the peak at tap taps // 2. The low-pass has gain 1 at 0 Hz, the high-pass
    gain 0; float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError : the last axis of cutoff_frequency is not 1, or a window of no samples.

    Notes
    -----
    In the original, cutoffs beyond Nyquist double the gain of the frequencies that they fold back to.

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
    response = response / xp.sum(response, axis=-1, keepdims=True)  # positive: the gain at 0 Hz
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
    """Filter audio with a low-pass or high-pass filter, without delay.

    Parameters
    ----------
    audio : [batch, time].
    cutoff_frequency : [batch, 1], or [batch, frames, 1] for a cutoff that changes from frame to frame; in Hz with a
        sample_rate, otherwise relative to Nyquist, in [0, 1].
    window_size, sample_rate, high_pass : as in `sinc_impulse_response`.
    padding : 'same' or 'valid', as in `fft_convolve`.

    Returns
    -------
    [batch, time], or [batch, time + taps - 1] with 'valid', same dtype.

    Raises
    ------
    ValueError : shapes that do not fit, an unknown padding, or frames that do not cover the audio.

    Notes
    -----
    The group delay is taken off exactly; the original is 1 sample late.

    Examples
    --------
    >>> import numpy as np
    >>> sinc_filter(np.asarray([[0.0, 0.0, 1.0, 0.0]]), np.asarray([[0.5]]), window_size=2).round(3)
    array([[0.   , 0.046, 0.908, 0.046]])
    """
    common_backend(audio=audio, cutoff_frequency=cutoff_frequency)
    return fft_convolve(audio, sinc_impulse_response(cutoff_frequency, window_size, sample_rate, high_pass), padding)
