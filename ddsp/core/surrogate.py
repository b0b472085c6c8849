"""Sinusoids whose frequency can be learnt: damped complex exponentials that stand for them while they are trained.

The error of a sinusoid as a function of its frequency has a valley at the right frequency, two DFT bins wide, and
ripples everywhere else, so gradient descent gets stuck in one of those. A number z inside the unit circle gives a
*damped* sinusoid Re z^n, whose wide resonance feels a frequency that is far off; as it gets nearer, the gradient takes
z back to the circle, where Re z^n is the steady sinusoid (Hayes, Saitis and Fazekas, "Sinusoidal frequency estimation
by gradient descent", ICASSP 2023, arXiv:2210.14476).

All is real arithmetic: z is given as its real and imaginary part, and their gradients are the two parts of the paper's
Wirtinger derivative. Powers are products alone, with neither a logarithm nor an angle on the way, so their gradients
are right everywhere, at z = 0 too.
"""

from __future__ import annotations

import math

from ..extend import Array, Float, axis_size, checked, common_backend, integer, promote_half

__all__ = ["frequencies_to_surrogate", "surrogate_harmonics", "surrogate_oscillator_bank", "surrogate_to_frequencies"]

#: |z|^2 below this counts as z = 0, which has no angle: its square would underflow in the gradient's denominator.
LEAST_SQUARE = 1e-24


@checked
def surrogate_oscillator_bank(
    real: Float[Array, "#batch sinusoids"],
    imag: Float[Array, "#batch sinusoids"],
    amplitudes: Float[Array, "#batch sinusoids"] | None = None,
    initial_phase: Float[Array, "#batch sinusoids"] | None = None,
    n_samples: int = 64000,
    sum_sinusoids: bool = True,
) -> Float[Array, "batch time ..."]:
    """Audio of damped complex exponentials, from one number z = real + i imag of the complex plane for each.

    out[n] = sum_k a_k Re(exp(2 pi i phase_k) z_k^n),  n = 0 ... n_samples - 1

    |z| = 1 is a steady cosine of the frequency `surrogate_to_frequencies(real, imag)`, |z| < 1 a damped one.

    Parameters
    ----------
    real, imag : the two parts of z, [batch, sinusoids]. Where |z| > 1, the nearest number of the unit circle is taken,
        so that no power overflows.
    amplitudes : linear, same shape; 1 by default.
    initial_phase : phase of sample 0 in cycles, same shape; 0, a cosine, by default.
    n_samples : length of the audio.
    sum_sinusoids : add the sinusoids up.

    Returns
    -------
    [batch, time], or [batch, time, sinusoids] without the sum. Same dtype; float16 and bfloat16 are computed in
    float32.

    Raises
    ------
    ValueError : shapes or dtypes that do not fit.

    Notes
    -----
    Outside the unit circle the gradient is that of the nearest point on it, its radial part included, so that z finds
    its way back in. (The gradient of the projection itself has no radial part there, and would leave z outside, where
    the oscillator is a plain sinusoid with its false valleys.)

    To learn a frequency, start on the circle (`frequencies_to_surrogate`) and compare frames of some hundred samples,
    with Adam or a gradient of fixed length. It is found from within |f - f_start| < about 4 to 7 sample_rate /
    n_samples, that is 4 to 7 bins of the frame's DFT: of a longer frame, a smaller step in Hz (a fifth of 440 Hz is 6
    bins of 1024 samples at 16 kHz). The mean squared difference of waveforms works if the phase is known, and that of
    the magnitude spectra of one Hann-windowed frame for any phase; mean *absolute* differences of spectra get stuck.
    Some hundred to a thousand steps of Adam are usual. See `tests/test_surrogate.py`. The bank is
    stationary: of a sound that changes, give it frames as batch.

    float32 numbers fix the phase of z^n up to n * 6e-8 radians, and that is about how exact the powers are.

    Examples
    --------
    >>> import numpy as np
    >>> surrogate_oscillator_bank(np.asarray([[0.0]]), np.asarray([[0.5]]), n_samples=5)
    array([[ 1.    ,  0.    , -0.25  ,  0.    ,  0.0625]])
    """
    given = {"real": real, "imag": imag, "amplitudes": amplitudes, "initial_phase": initial_phase}
    xp, dtype = common_backend(**given).xp, real.dtype
    n_samples = integer("n_samples", n_samples, 1)
    x, y = _powers(xp, *_into_unit_circle(promote_half(xp, real), promote_half(xp, imag)), n_samples)
    if initial_phase is not None:
        angle = 2.0 * math.pi * promote_half(xp, initial_phase)[:, None, :]
        x = xp.cos(angle) * x - xp.sin(angle) * y
    if amplitudes is not None:
        x = promote_half(xp, amplitudes)[:, None, :] * x
    return xp.astype(xp.sum(x, axis=2) if sum_sinusoids else x, dtype)


@checked
def surrogate_harmonics(
    real: Float[Array, "#batch 1"], imag: Float[Array, "#batch 1"], n_harmonics: int
) -> tuple[Float[Array, "batch harmonics"], Float[Array, "batch harmonics"]]:
    """The surrogates z, z^2 ... z^n_harmonics of a harmonic tone, from that of its fundamental.

    Parameters
    ----------
    real, imag : the two parts of z, [batch, 1]; |z| > 1 is taken as by `surrogate_oscillator_bank`.
    n_harmonics : >= 1.

    Returns
    -------
    real, imag : of each harmonic, [batch, n_harmonics], same dtype. A damped fundamental has harmonics that are damped
        the more, the higher they are. Harmonics above half the sample rate alias.

    Examples
    --------
    >>> import numpy as np
    >>> surrogate_harmonics(np.asarray([[0.0]]), np.asarray([[0.5]]), 3)
    (array([[ 0.  , -0.25, -0.  ]]), array([[ 0.5  ,  0.   , -0.125]]))
    """
    xp, dtype = common_backend(real=real, imag=imag).xp, real.dtype
    n_harmonics = integer("n_harmonics", n_harmonics, 1)
    x, y = _powers(xp, *_into_unit_circle(promote_half(xp, real), promote_half(xp, imag)), n_harmonics + 1)
    return xp.astype(x[:, 1:, 0], dtype), xp.astype(y[:, 1:, 0], dtype)


@checked
def surrogate_to_frequencies(
    real: Float[Array, "*#shape"], imag: Float[Array, "*#shape"], sample_rate: float = 16000
) -> Float[Array, ...]:
    """Frequency of the surrogate z = real + i imag: sample_rate |angle(z)| / (2 pi).

    Parameters
    ----------
    real, imag : the two parts of z, of one shape.
    sample_rate : in Hz.

    Returns
    -------
    Same shape and dtype, in Hz, from 0 to sample_rate / 2: z and its conjugate have the same real part. 0 Hz, with no
    gradient, for |z| < 1e-12.

    Examples
    --------
    >>> import numpy as np
    >>> surrogate_to_frequencies(np.asarray([0.0, -1.0, 0.0]), np.asarray([-0.5, 0.0, 0.0]))
    array([4000., 8000.,    0.])
    """
    xp = common_backend(real=real, imag=imag).xp
    nothing = real * real + imag * imag < LEAST_SQUARE
    real, imag = xp.where(nothing, xp.ones_like(real), real), xp.where(nothing, xp.zeros_like(imag), imag)
    return xp.atan2(xp.abs(imag), real) * (sample_rate / (2.0 * math.pi))


@checked
def frequencies_to_surrogate(
    frequencies: Float[Array, ...], magnitude: float = 1.0, sample_rate: float = 16000
) -> tuple[Float[Array, ...], Float[Array, ...]]:
    """The surrogate of a frequency: magnitude * exp(2 pi i frequency / sample_rate), as real and imaginary part.

    Parameters
    ----------
    frequencies : any shape, in Hz.
    magnitude : |z|; 1 is a steady sinusoid, less a damped one.
    sample_rate : in Hz.

    Returns
    -------
    real, imag : same shape and dtype.

    Examples
    --------
    >>> import numpy as np
    >>> real, imag = frequencies_to_surrogate(np.asarray([4000.0]), magnitude=0.5)
    >>> real.round(6), imag
    (array([0.]), array([0.5]))
    """
    xp = common_backend(frequencies=frequencies).xp
    angle = frequencies * (2.0 * math.pi / sample_rate)
    return magnitude * xp.cos(angle), magnitude * xp.sin(angle)


def _into_unit_circle(real: Array, imag: Array) -> tuple[Array, Array]:
    """z / max(|z|, 1), where the divisor counts as a constant in the gradient."""
    backend = common_backend(real=real, imag=imag)
    xp = backend.xp
    square = backend.stop_gradient(real * real + imag * imag)
    scale = 1.0 / xp.sqrt(xp.where(square > 1.0, square, xp.ones_like(square)))
    return scale * real, scale * imag


def _powers(xp: Array, real: Array, imag: Array, n: int) -> tuple[Array, Array]:
    """z^0 ... z^(n - 1) of [batch, sinusoids], on a new axis 1: z^(j * size + i), a product of two short tables."""
    size = math.isqrt(n - 1) + 1
    x, y = _table(xp, real[:, None, :], imag[:, None, :], size + 1)
    count = -(-n // size)
    a, b = (part[:, :, None, :] for part in _table(xp, x[:, size:, :], y[:, size:, :], count))
    c, d = (part[:, None, :size, :] for part in (x, y))
    shape = (-1, count * size, axis_size(real, 1))
    return tuple(xp.reshape(part, shape)[:, :n, :] for part in (a * c - b * d, a * d + b * c))


def _table(xp: Array, step_x: Array, step_y: Array, n: int) -> tuple[Array, Array]:
    """z^0 ... z^(n - 1) of [batch, 1, sinusoids], along axis 1: their number doubles step by step."""
    x, y = xp.ones_like(step_x), xp.zeros_like(step_y)
    size = 1
    while size < n:
        more = min(size, n - size)
        a, b = x[:, :more, :], y[:, :more, :]
        x = xp.concat([x, a * step_x - b * step_y], axis=1)
        y = xp.concat([y, a * step_y + b * step_x], axis=1)
        step_x, step_y = step_x * step_x - step_y * step_y, 2.0 * step_x * step_y
        size += more
    return x, y
