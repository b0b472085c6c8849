"""Distances between two arrays."""

from __future__ import annotations

from ..extend import Array, Float, broadcasts_to, checked, checked_with, common_backend, floor_for, one_of, promote_half

__all__ = ["mean_difference", "spectral_convergence"]

#: Smallest norm that 'COSINE' divides by. In float16 the gradient at the first value would overflow.
LEAST_NORM, LEAST_NORM_HALF = 1e-8, 1e-4
#: Smallest root mean square of target magnitudes that `spectral_convergence` divides by: noise of about -80 dB.
QUIET_MAGNITUDE = 1e-3
#: Mean squares below this count as 0, whose root is computed apart: its gradient is infinite.
TINY = 1e-30


@checked_with(wide=False)
def mean_difference(
    target: Float[Array, ""] | Float[Array, "#batch *rest"],
    value: Float[Array, ""] | Float[Array, "#batch *rest"],
    loss_type: str = "L1",
    weights: Float[Array, ...] | float | None = None,
) -> Float[Array, ""]:
    """Average distance of a value from its target.

    Parameters
    ----------
    target, value
        Arrays of the same shape; a batch of 1 broadcasts.
    loss_type
        'L1': mean of |difference * weights|. 'L2': mean of difference ** 2 * weights. 'COSINE': mean of (1 - cosine of
        the angle between the vectors along the last axis) * weights. Upper and lower case are the same. The angle does
        not depend on the lengths of the vectors. A vector shorter than 1e-8 (float16: 1e-4) is divided by that length
        instead of its own; two such vectors have distance 0.
    weights
        Factor of the differences. Broadcasts with them; for 'COSINE', with [..., 1].

    Returns
    -------
    loss : array
        Scalar, dtype of `value`. float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError
        Unknown `loss_type`.

    See Also
    --------
    ParamLoss : The same as a loss with settings.
    spectral_convergence : Difference relative to the norm of the target.

    Notes
    -----
    In the original, 'COSINE' raises an AttributeError.

    Examples
    --------
    >>> import numpy as np
    >>> float(mean_difference(np.zeros(2), np.asarray([1.0, -3.0])))
    2.0
    """
    backend = common_backend(target=target, value=value, weights=weights)
    xp = backend.xp
    one_of("loss_type", loss_type.upper(), ("L1", "L2", "COSINE"))
    dtype = value.dtype
    target, value, weights = (promote_half(xp, x) for x in (target, value, weights))
    if loss_type.upper() == "COSINE":
        difference = _one_minus_cosine(xp, target, value, floor_for(xp, dtype, LEAST_NORM, LEAST_NORM_HALF))
    elif loss_type.upper() == "L2":
        difference = (target - value) * (target - value)
    else:
        difference = target - value
    what = "the cosines" if loss_type.upper() == "COSINE" else "the differences"
    broadcasts_to("weights", weights, tuple(difference.shape), what)
    difference = difference if weights is None else difference * weights
    return xp.astype(xp.mean(xp.abs(difference) if loss_type.upper() == "L1" else difference), dtype)


def _one_minus_cosine(xp: Array, target: Array, value: Array, least: float) -> Array:
    """1 minus the cosine of the angle between vectors, [..., 1]; norms are at least `least`."""
    short, norms = [], []
    for x in (target, value):
        square = xp.sum(x * x, axis=-1, keepdims=True)
        short.append(square < least * least)
        norms.append(xp.sqrt(xp.where(short[-1], xp.full_like(square, least * least), square)))
    distance = 1.0 - xp.sum(target * value, axis=-1, keepdims=True) / (norms[0] * norms[1])
    return xp.where(short[0] & short[1], xp.zeros_like(distance), distance)


@checked
def spectral_convergence(
    target: Float[Array, "#batch frames bins"],
    value: Float[Array, "#batch frames bins"],
    weights: Float[Array, ...] | float | None = None,
) -> Float[Array, ""]:
    r"""Relative difference of two spectrograms, averaged over the batch.

    $$\frac{\lVert S - X \rVert_F}{\lVert S \rVert_F}$$

    S is the target and X the value; the Frobenius norms are those of each example's spectrogram (Arik et al., 2018,
    "Fast spectrogram inversion using multi-head convolutional neural networks"; Yamamoto et al., 2020, "Parallel
    WaveGAN").

    Parameters
    ----------
    target, value
        Magnitudes, [batch, frames, bins].
    weights
        Factor of the differences; broadcasts with them. The norm of the target is not weighted.

    Returns
    -------
    loss : array
        Scalar, dtype of the inputs. float16 and bfloat16 are computed in float32. A target whose root mean square is
        below 1e-3 (noise of about -80 dB) counts as 1e-3, so silence has a finite value and gradient. At equality the
        gradient is 0.

    See Also
    --------
    SpectralLoss : Includes this distance with `convergence_weight`.
    mean_difference : Absolute distances.

    Notes
    -----
    Loud partials dominate this distance. `logmag_weight` of `SpectralLoss` complements it.

    Examples
    --------
    >>> import numpy as np
    >>> float(spectral_convergence(np.ones((1, 2, 3)), np.full((1, 2, 3), 1.5)))
    0.5
    """
    xp, dtype = common_backend(target=target, value=value, weights=weights).xp, target.dtype
    broadcasts_to("weights", weights, tuple(target.shape), "the spectrogram")
    target, value, weights = (promote_half(xp, x) for x in (target, value, weights))
    difference = target - value if weights is None else (target - value) * weights
    # The quotient of means equals that of sums, and with means the floor has the unit of a magnitude.
    square, power = (xp.mean(x * x, axis=(1, 2)) for x in (difference, target))
    least = QUIET_MAGNITUDE * QUIET_MAGNITUDE
    same = square < TINY
    root = xp.where(same, xp.zeros_like(square), xp.sqrt(xp.where(same, xp.ones_like(square), square)))
    return xp.astype(xp.mean(root / xp.sqrt(xp.where(power < least, xp.full_like(power, least), power))), dtype)
