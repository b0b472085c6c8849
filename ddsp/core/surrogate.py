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
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..extend import Adapter, Array, Float, Int, axis_size, checked, common_backend, integer, promote_half
from .lookup import gather_per_batch
from .streaming import State, broadcast_batch, hop_size_of, init_hop, integer_zeros

__all__ = ["frequencies_to_surrogate", "surrogate_harmonics", "surrogate_oscillator_bank", "surrogate_to_frequencies"]

#: |z|^2 below this counts as z = 0, which has no angle: its square underflows in the denominator of the gradient.
LEAST_SQUARE = 1e-24
#: Powers are products of one power out of a table of 64 and one of z^64.
SEGMENT_BITS = 6
SEGMENT = 2**SEGMENT_BITS
#: Bits of the largest number of a sample.
COUNT_BITS = 30


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
    backend, dtype = common_backend(**given), real.dtype
    xp, n_samples = backend.xp, integer("n_samples", n_samples, 1)
    powers = _powers(backend, *_into_unit_circle(promote_half(xp, real), promote_half(xp, imag)), n_samples)
    x = _sinusoids(xp, *powers, amplitudes, initial_phase)
    return xp.astype(xp.sum(x, axis=2) if sum_sinusoids else x, dtype)


def surrogate_step(
    state: State, real: Array, imag: Array, amplitudes: Array, initial_phase: Array | None = None
) -> tuple[Float[Array, "batch hop_size"], State]:
    """The next hop of `surrogate_oscillator_bank`, whose arguments do not change over time.

    The state is that of `init_surrogate` or of the previous step; its 'count' is the number of the next sample.
    """
    backend = common_backend(real=real, imag=imag, amplitudes=amplitudes, initial_phase=initial_phase)
    xp, dtype, hop_size = backend.xp, real.dtype, hop_size_of(state)
    real, imag, amplitudes = (broadcast_batch(promote_half(xp, x), state["hop"]) for x in (real, imag, amplitudes))
    powers = _powers_from(backend, *_into_unit_circle(real, imag), state["count"], hop_size)
    audio = xp.sum(_sinusoids(xp, *powers, amplitudes, initial_phase), axis=2)
    return xp.astype(audio, dtype), state | {"count": state["count"] + hop_size}


def init_surrogate(batch: int, like: Any, hop_size: int) -> State:
    """State of `surrogate_step` before the first hop."""
    return init_hop(batch, like, hop_size) | {"count": integer_zeros((batch, 1), like)}


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
    (array([[ 0.  , -0.25,  0.  ]]), array([[ 0.5  ,  0.   , -0.125]]))
    """
    backend, dtype = common_backend(real=real, imag=imag), real.dtype
    xp, n_harmonics = backend.xp, integer("n_harmonics", n_harmonics, 1)
    x, y = _powers(backend, *_into_unit_circle(promote_half(xp, real), promote_half(xp, imag)), n_harmonics + 1)
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


def _sinusoids(xp: Array, x: Array, y: Array, amplitudes: Array | None, initial_phase: Array | None) -> Array:
    """Sinusoids of powers x + i y of z, [batch, time, sinusoids]."""
    if initial_phase is not None:
        angle = 2.0 * math.pi * promote_half(xp, initial_phase)[:, None, :]
        x = xp.cos(angle) * x - xp.sin(angle) * y
    return x if amplitudes is None else promote_half(xp, amplitudes)[:, None, :] * x


def _powers(backend: Adapter, real: Array, imag: Array, n: int) -> tuple[Array, Array]:
    """z^0 ... z^(n - 1) of [batch, sinusoids], on a new axis 1: z^(64 j + i), a product of two short tables."""
    real, imag = real[:, None, :], imag[:, None, :]
    low = _table(backend, real, imag, min(n, SEGMENT))
    high = _table(backend, *_squares(backend, real, imag, SEGMENT_BITS)[-1], -(-n // SEGMENT))
    return _products(backend.xp, high, low, n)


def _powers_from(
    backend: Adapter, real: Array, imag: Array, first: Int[Array, "batch 1"], n: int
) -> tuple[Array, Array]:
    """z^first ... z^(first + n - 1), with the bits that `_powers` gives them, [batch, n, sinusoids].

    `_table` makes z^j by products with z^1, z^2, z^4, ..., one for each bit of j, lowest first. So does this function,
    for 64 j of the segments in which the samples are.
    """
    xp, real, imag = backend.xp, real[:, None, :], imag[:, None, :]
    count, sinusoids = (n + SEGMENT - 2) // SEGMENT + 1, axis_size(real, 2)  # segments, wherever the first sample is
    numbers = backend.constant(np.arange(count, dtype=np.int32), real)
    segment = xp.bitwise_right_shift(first, SEGMENT_BITS) + numbers
    squares = _squares(backend, real, imag, COUNT_BITS)[SEGMENT_BITS:]
    x = xp.ones_like(real) + xp.zeros_like(real[:, :, :1]) * xp.astype(segment, real.dtype)[:, :, None]
    y = xp.zeros_like(x)
    for bit, (step_x, step_y) in enumerate(squares):
        has_bit = (xp.bitwise_right_shift(segment, bit) & 1)[:, :, None] > 0
        x, y = xp.where(has_bit, x * step_x - y * step_y, x), xp.where(has_bit, x * step_y + y * step_x, y)
    products = _products(xp, (x, y), _table(backend, real, imag, SEGMENT), count * SEGMENT)
    place = (first & (SEGMENT - 1)) + backend.constant(np.arange(n, dtype=np.int32), real)
    place = place[:, :, None] * sinusoids + backend.constant(np.arange(sinusoids, dtype=np.int32), real)
    flat = (xp.reshape(part, (-1, count * SEGMENT * sinusoids)) for part in products)
    a, b = (gather_per_batch(xp, part, place) for part in flat)
    return a, b


def _products(xp: Array, high: Sequence[Array], low: Sequence[Array], n: int) -> tuple[Array, Array]:
    """The first n products of numbers of two tables, on axis 1."""
    (a, b), (c, d) = (part[:, :, None, :] for part in high), (part[:, None, :, :] for part in low)
    shape = (-1, axis_size(a, 1) * axis_size(c, 2), axis_size(a, 3))
    x, y = (xp.reshape(part, shape)[:, :n, :] for part in (a * c - b * d, a * d + b * c))
    return x, y


def _square(backend: Adapter, x: Array, y: Array) -> tuple[Array, Array]:
    """z^2 of a number in the unit circle, which stays in it: rounding errors must not grow to infinity."""
    xx, yy = x * x, y * y
    scale = backend.xp.clip(2.0 - backend.stop_gradient(xx + yy), None, 1.0)  # 1 / |z|^2 for |z| > 1
    return scale * (xx - yy), scale * (2.0 * x * y)


def _squares(backend: Adapter, x: Array, y: Array, n: int) -> list[tuple[Array, Array]]:
    """z, z^2, z^4, ..., z^(2^n)."""
    found = [(x, y)]
    for _ in range(n):
        found.append(_square(backend, *found[-1]))
    return found


def _table(backend: Adapter, step_x: Array, step_y: Array, n: int) -> tuple[Array, Array]:
    """z^0 ... z^(n - 1) of [batch, 1, sinusoids], along axis 1, by repeated doubling."""
    xp = backend.xp
    x, y = xp.ones_like(step_x), xp.zeros_like(step_y)
    size = 1
    while size < n:
        more = min(size, n - size)
        a, b = x[:, :more, :], y[:, :more, :]
        x = xp.concat([x, a * step_x - b * step_y], axis=1)
        y = xp.concat([y, a * step_y + b * step_x], axis=1)
        step_x, step_y = _square(backend, step_x, step_y)
        size += more
    return x, y
