"""Distances of one array from another."""

from __future__ import annotations

from .._checks import floats, one_of
from .._types import Array, Float

__all__ = ["mean_difference"]

#: Added to a product of two squared norms, so that the cosine of silence is 0, with a finite gradient.
COSINE_EPS = 1e-12


def mean_difference(
    target: Float[Array, ...],
    value: Float[Array, ...],
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
        return xp.mean(distance if weights is None else distance * weights)
    difference = target - value
    if loss_type.upper() == "L2":
        difference = difference * difference
        return xp.mean(difference if weights is None else difference * weights)
    return xp.mean(xp.abs(difference if weights is None else difference * weights))
