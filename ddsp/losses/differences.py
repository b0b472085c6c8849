"""Distances of one array from another."""

from __future__ import annotations

from .._checks import broadcasts_to, checked, floats, one_of
from .._types import Array, Float

__all__ = ["mean_difference", "spectral_convergence"]

#: Added to a product of two squared norms, so that the cosine of silence is 0, with a finite gradient.
COSINE_EPS = 1e-12
#: The least root mean square of a target's magnitudes that `spectral_convergence` divides by: noise of about -80 dB.
QUIET_MAGNITUDE = 1e-3
#: Mean squares below this are taken for 0, so that the root never meets it.
TINY = 1e-30


@checked
def mean_difference(
    target: Float[Array, ""] | Float[Array, "#batch *rest"],
    value: Float[Array, ""] | Float[Array, "#batch *rest"],
    loss_type: str = "L1",
    weights: Float[Array, ...] | float | None = None,
) -> Float[Array, ""]:
    """Average distance of a value from its target.

    Parameters
    ----------
    target, value : two arrays of one shape.
    loss_type : 'L1', the mean of |difference * weights|; 'L2', the mean of difference ** 2 * weights; 'COSINE', the
        mean of (1 - cosine of the angle between the vectors along the last axis) * weights. In any case of letters.
    weights : broadcasts with the differences; for 'COSINE', with [..., 1].

    Returns
    -------
    A scalar, same dtype.

    Raises
    ------
    ValueError : an unknown loss_type.

    Notes
    -----
    'COSINE' raises an AttributeError in the original.

    Examples
    --------
    >>> import numpy as np
    >>> float(mean_difference(np.zeros(2), np.asarray([1.0, -3.0])))
    2.0
    """
    backend = floats(target=target, value=value, weights=weights)
    xp = backend.xp
    one_of("loss_type", loss_type.upper(), ("L1", "L2", "COSINE"))
    if loss_type.upper() == "COSINE":
        product = xp.sum(target * value, axis=-1, keepdims=True)
        squares = xp.sum(target * target, axis=-1, keepdims=True) * xp.sum(value * value, axis=-1, keepdims=True)
        distance = 1.0 - product / xp.sqrt(squares + COSINE_EPS)
        broadcasts_to("weights", weights, tuple(distance.shape), "the cosines")
        return xp.mean(distance if weights is None else distance * weights)
    difference = target - value
    broadcasts_to("weights", weights, tuple(difference.shape), "the differences")
    if loss_type.upper() == "L2":
        difference = difference * difference
        return xp.mean(difference if weights is None else difference * weights)
    return xp.mean(xp.abs(difference if weights is None else difference * weights))


@checked
def spectral_convergence(
    target: Float[Array, "#batch frames bins"],
    value: Float[Array, "#batch frames bins"],
    weights: Float[Array, ...] | float | None = None,
) -> Float[Array, ""]:
    """Spectral convergence: ||target - value|| / ||target||, Frobenius norms of each example's spectrogram.

    Parameters
    ----------
    target, value : magnitudes, [batch, frames, bins].
    weights : multiplies the differences (not the target that they are divided by); broadcasts with them.

    Returns
    -------
    The mean over the batch, a scalar of the same dtype. A target whose root mean square is below 1e-3 (noise of about
    -80 dB) counts as 1e-3, so that silence has a finite value and gradient. At equality the gradient is 0.

    Notes
    -----
    Arik et al., 'Fast spectrogram inversion using multi-head convolutional neural networks', 2018; Yamamoto et al.,
    'Parallel WaveGAN', 2020. Loud partials count most: `logmag_weight` of `SpectralLoss` goes with it.

    Examples
    --------
    >>> import numpy as np
    >>> float(spectral_convergence(np.ones((1, 2, 3)), np.full((1, 2, 3), 1.5)))
    0.5
    """
    xp = floats(target=target, value=value, weights=weights).xp
    broadcasts_to("weights", weights, tuple(target.shape), "the spectrogram")
    difference = target - value if weights is None else (target - value) * weights
    # Means instead of sums: their quotient is the same, and the floor has the unit of a magnitude.
    square, power = (xp.mean(x * x, axis=(1, 2)) for x in (difference, target))
    least = QUIET_MAGNITUDE * QUIET_MAGNITUDE
    same = square < TINY
    root = xp.where(same, xp.zeros_like(square), xp.sqrt(xp.where(same, xp.ones_like(square), square)))
    return xp.mean(root / xp.sqrt(xp.where(power < least, xp.full_like(power, least), power)))
