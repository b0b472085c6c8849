"""Conversion between the controls of sinusoids and those of harmonics."""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, promote_half
from .math import safe_divide
from .oscillators import get_harmonic_frequencies, normalize_harmonics, partial_slices, remove_above_nyquist

__all__ = ["harmonic_to_sinusoidal", "sinusoidal_to_harmonic"]


@checked
def sinusoidal_to_harmonic(
    sin_amps: Float[Array, "#batch time sinusoids"],
    sin_freqs: Float[Array, "#batch time sinusoids"],
    f0_hz: Float[Array, "#batch time 1"],
    harmonic_width: float = 0.1,
    n_harmonics: int = 100,
    sample_rate: float = 16000,
    normalize: bool = False,
) -> tuple[Float[Array, "batch time 1"], Float[Array, "batch time harmonics"]]:
    r"""Assign sinusoids to harmonics with Gaussian weights on their distance.

    $$A_k = \sum_s a_s \exp\left( -\left( \frac{f_s / f_0 - k}{harmonic\_width} \right)^2 \right)$$

    Engel et al., 2020, "Self-supervised pitch detection by inverse audio synthesis".

    ![Weights for four harmonics as functions of the frequency of a sinusoid](../figures/harmonic_weights.png)

    Parameters
    ----------
    sin_amps
        Amplitudes a of the sinusoids, linear, >= 0, [batch, time, sinusoids].
    sin_freqs
        Frequencies f of the sinusoids in Hz, [batch, time, sinusoids].
    f0_hz
        Fundamental frequency in Hz, [batch, time, 1]. If it is 0, there are no harmonics and the results are 0.
    harmonic_width
        Width of the weights, relative to f0, > 0.
    n_harmonics
        Number of harmonics, >= 1.
    sample_rate
        Sample rate in Hz. Harmonics at and above half of it are 0.
    normalize
        If True, scale down the weights of a harmonic if their sum exceeds 1, so that several close sinusoids make it no
        louder than the loudest of them.

    Returns
    -------
    harm_amp : array
        Sum of the amplitudes of the harmonics, [batch, time, 1], dtype of the inputs. float16 and bfloat16 are computed
        in float32.
    harm_dist : array
        Share of each harmonic, [batch, time, n_harmonics], with the sum 1 if there are any.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit, or a width that is not positive.

    See Also
    --------
    harmonic_to_sinusoidal : The opposite conversion.
    ddsp.losses.TWMLoss : Finds the fundamental of sinusoids.

    Notes
    -----
    A few sinusoids at a time are compared with all harmonics, so the table of all weights is never in memory at once,
    except if a gradient is recorded.

    Examples
    --------
    >>> import numpy as np
    >>> amps, freqs = np.asarray([[[0.5, 0.3]]]), np.asarray([[[100.0, 305.0]]])
    >>> harm_amp, harm_dist = sinusoidal_to_harmonic(amps, freqs, np.asarray([[[100.0]]]), n_harmonics=4)
    >>> harm_amp.round(3), harm_dist.round(3)
    (array([[[0.734]]]), array([[[0.682, 0.   , 0.318, 0.   ]]]))
    """
    arrays = {"sin_amps": sin_amps, "sin_freqs": sin_freqs, "f0_hz": f0_hz}
    backend = common_backend(**arrays)
    xp, dtype = backend.xp, sin_amps.dtype
    if not harmonic_width > 0.0:
        raise ValueError(f"harmonic_width: got {harmonic_width}, expected more than 0")
    n_harmonics = integer("n_harmonics", n_harmonics, 1)
    amps, freqs, f0 = (promote_half(xp, x) for x in arrays.values())
    # Thirty widths above the last harmonic all weights are 0; the squares of larger distances would overflow.
    place = xp.clip(safe_divide(freqs, f0), None, n_harmonics + 30.0 * harmonic_width)[:, :, None, :]
    numbers = backend.constant(design.harmonic_numbers(n_harmonics), freqs)[:, None]
    harmonics = total = xp.zeros_like(get_harmonic_frequencies(f0, n_harmonics))
    for group in partial_slices(axis_size(freqs, 2)):
        distance = (place[:, :, :, group] - numbers) * (1.0 / harmonic_width)
        weights = xp.exp(-distance * distance)
        harmonics = harmonics + xp.sum(weights * amps[:, :, None, group], axis=3)
        total = total + xp.sum(weights, axis=3)
    if normalize:
        harmonics = harmonics / xp.clip(total, 1.0, None)
    harmonics = remove_above_nyquist(get_harmonic_frequencies(f0, n_harmonics), harmonics, sample_rate)
    harm_amp = xp.sum(harmonics, axis=2, keepdims=True)
    return xp.astype(harm_amp, dtype), xp.astype(safe_divide(harmonics, harm_amp), dtype)


@checked
def harmonic_to_sinusoidal(
    harm_amp: Float[Array, "#batch time 1"],
    harm_dist: Float[Array, "#batch time harmonics"],
    f0_hz: Float[Array, "#batch time 1"],
    sample_rate: float = 16000,
) -> tuple[Float[Array, "batch time harmonics"], Float[Array, "batch time harmonics"]]:
    """Convert the controls of a harmonic synthesizer to those of a sinusoidal one.

    Parameters
    ----------
    harm_amp
        Overall amplitude, linear, [batch, time, 1].
    harm_dist
        Weight of each harmonic, >= 0, [batch, time, harmonics]; normalized to the sum 1 over the harmonics below
        Nyquist.
    f0_hz
        Fundamental frequency in Hz, [batch, time, 1].
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    amplitudes : array
        Linear amplitude of each sinusoid, [batch, time, harmonics], dtype of the inputs; 0 at and above half the sample
        rate.
    frequencies : array
        Frequency of each sinusoid in Hz, [batch, time, harmonics], also of those that are muted.

    See Also
    --------
    sinusoidal_to_harmonic : The opposite conversion.
    normalize_harmonics : The normalization.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 1, 1))
    >>> harmonic_to_sinusoidal(0.6 * one, np.ones((1, 1, 3)), 3000.0 * one)
    (array([[[0.3, 0.3, 0. ]]]), array([[[3000., 6000., 9000.]]]))
    """
    common_backend(harm_amp=harm_amp, harm_dist=harm_dist, f0_hz=f0_hz)
    amplitudes = harm_amp * normalize_harmonics(harm_dist, f0_hz, sample_rate)
    return amplitudes, get_harmonic_frequencies(f0_hz, axis_size(harm_dist, 2))
