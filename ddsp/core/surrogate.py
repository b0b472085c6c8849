"""Sinusoids with learnable frequencies: damped complex exponentials as surrogates during training.

The error of a sinusoid as a function of its frequency has a valley at the right frequency, two DFT bins wide, and
ripples everywhere else, in which gradient descent gets stuck. A number z inside the unit circle defines a *damped*
sinusoid Re z^n, whose wide resonance has a gradient from distant frequencies. As the frequency approaches the target,
the gradient moves z back to the circle, where Re z^n is the steady sinusoid (Hayes, Saitis and Fazekas, "Sinusoidal
frequency estimation by gradient descent", ICASSP 2023, arXiv:2210.14476).

All arithmetic is real: z is given as its real and imaginary part, whose gradients are the two parts of the paper's
Wirtinger derivative. Powers are computed by products only, without logarithms or angles, so their gradients are exact
everywhere, also at z = 0.
"""

from __future__ import annotations

import math

from ..extend import Array, Float, axis_size, checked, common_backend, integer, promote_half

__all__ = ["frequencies_to_surrogate", "surrogate_harmonics", "surrogate_oscillator_bank", "surrogate_to_frequencies"]

#: |z|^2 below this counts as z = 0, which has no angle: its square underflows in the denominator of the gradient.
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
    r"""Synthesize damped complex exponentials, each from a complex number z = real + i imag.

    $$y[n] = \sum_k a_k \, \Re(e^{2 \pi i \phi_k} z_k^n), \quad n = 0 \dots n\_samples - 1$$

    |z| = 1 is a steady cosine with the frequency `surrogate_to_frequencies(real, imag)`, |z| < 1 a damped one (Hayes,
    Saitis and Fazekas, 2023, arXiv:2210.14476).

    ![Partials of a bell, and surrogates with the widths of their resonances](../figures/sinusoids.png)

    Parameters
    ----------
    real, imag
        Real and imaginary part of z, [batch, sinusoids]. If |z| > 1, the nearest number on the unit circle is used, so
        that powers do not overflow.
    amplitudes
        Linear amplitudes a, [batch, sinusoids]; None for 1.
    initial_phase
        Phase phi of sample 0 in cycles, [batch, sinusoids]; None for 0, a cosine.
    n_samples
        Length of the audio in samples.
    sum_sinusoids
        If True, return the sum of the sinusoids.

    Returns
    -------
    audio : array
        [batch, time], or [batch, time, sinusoids] without the sum; dtype of the inputs. float16 and bfloat16 are
        computed in float32.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.

    See Also
    --------
    surrogate_harmonics : Surrogates of the harmonics of a tone.
    frequencies_to_surrogate : Initial values.
    ddsp.synths.SurrogateSinusoidal : The bank as a processor.

    Notes
    -----
    Outside of the unit circle the gradient is that of the nearest point on it, including its radial part, which moves z
    back inside. (The gradient of the projection itself has no radial part, and would leave z outside, where the
    oscillator is a steady sinusoid with false valleys.)

    To learn a frequency, start on the circle (`frequencies_to_surrogate`) and compare frames of some hundred samples,
    with Adam or a gradient of fixed length. The frequency is found from a distance |f - f_start| below about 4 to 7
    sample_rate / n_samples, that is 4 to 7 bins of the frame's DFT; longer frames have a smaller range in Hz (a fifth
    of 440 Hz is 6 bins of 1024 samples at 16 kHz). The mean squared difference of waveforms works if the phase is
    known, and that of the magnitude spectra of one Hann-windowed frame for any phase; mean *absolute* differences of
    spectra get stuck. Some hundred to a thousand steps of Adam are usual. See `tests/test_surrogate.py`. The bank is
    stationary: pass the frames of a time-varying sound as the batch.

    In float32 z determines the phase of z^n to n * 6e-8 radians; the powers are about as exact as that.

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
    """Surrogates z, z^2, ..., z^n_harmonics of a harmonic tone, from the surrogate z of its fundamental.

    Harmonic h decays as |z|^h, so higher harmonics decay faster.

    Parameters
    ----------
    real, imag
        Real and imaginary part of z, [batch, 1]. |z| > 1 is handled as in `surrogate_oscillator_bank`.
    n_harmonics
        Number of harmonics, >= 1.

    Returns
    -------
    real : array
        Real parts, [batch, n_harmonics], dtype of the inputs. Harmonics above half the sample rate alias.
    imag : array
        Imaginary parts, [batch, n_harmonics].

    See Also
    --------
    surrogate_oscillator_bank : Synthesizes the harmonics.

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
    r"""Frequency of a surrogate z = real + i imag.

    $$f = sample\_rate \, |\arg z| / (2 \pi)$$

    Parameters
    ----------
    real, imag
        Real and imaginary part of z, any shape, the same for both.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    frequencies : array
        Frequency in Hz, from 0 to sample_rate / 2, because z and its conjugate have the same real part. Shape and dtype
        of the inputs. 0 Hz without a gradient if |z| < 1e-12.

    See Also
    --------
    frequencies_to_surrogate : The inverse.

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
    r"""Surrogate of a frequency, as real and imaginary part.

    $$z = magnitude \cdot e^{2 \pi i f / sample\_rate}$$

    ![Frequency and damping of a surrogate during training](../figures/learning.png)

    Parameters
    ----------
    frequencies
        Frequency in Hz, any shape.
    magnitude
        The magnitude |z|: 1 for a steady sinusoid, less for a damped one.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    real : array
        Real part, shape and dtype of the input.
    imag : array
        Imaginary part, shape and dtype of the input.

    See Also
    --------
    surrogate_to_frequencies : The inverse.

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
    """z / max(|z|, 1), with the divisor as a constant in the gradient."""
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
    """z^0 ... z^(n - 1) of [batch, 1, sinusoids], along axis 1, by repeated doubling."""
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
