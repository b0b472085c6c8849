"""Arithmetic that stays finite, in value and in gradient."""

from __future__ import annotations

import math

from ..extend import Array, Float, axis_of, checked, checked_with, common_backend, floor_for

__all__ = [
    "diff",
    "gradient_reversal",
    "log10",
    "log_scale",
    "logb",
    "nan_to_num",
    "safe_divide",
    "safe_log",
    "sigmoid",
    "soft_limit",
    "softplus",
]


@checked
def diff(x: Float[Array, ...], axis: int = -1) -> Float[Array, ...]:
    """Finite difference x[n + 1] - x[n] along an axis.

    Parameters
    ----------
    x : any shape, with at least one element along `axis`.
    axis : the axis to difference; negative counts from the last.

    Returns
    -------
    Same dtype, one element fewer along `axis`.

    Raises
    ------
    ValueError : `axis` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> diff(np.asarray([1.0, 4.0, 9.0]))
    array([3., 5.])
    """
    common_backend(x=x)
    before = (slice(None),) * axis_of(x, axis)
    return x[(*before, slice(1, None), ...)] - x[(*before, slice(None, -1), ...)]


@checked
def nan_to_num(x: Float[Array, ...], value: float = 0.0) -> Float[Array, ...]:
    """Replace NaN by a value; infinities stay.

    Parameters
    ----------
    x : any shape.
    value : what stands for NaN.

    Returns
    -------
    Same shape and dtype. The gradient is 0 where x is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> nan_to_num(np.asarray([1.0, np.nan]))
    array([1., 0.])
    """
    xp = common_backend(x=x).xp
    return xp.where(xp.isnan(x), xp.full_like(x, value), x)


@checked_with(wide=False)
def safe_divide(
    numerator: Float[Array, "*#shape"] | float, denominator: Float[Array, "*#shape"] | float, eps: float = 1e-7
) -> Float[Array, ...]:
    """numerator / denominator, with a denominator closer to 0 than eps taken as eps (of its sign).

    Parameters
    ----------
    numerator, denominator : broadcast against each other; one of them may be a Python number.
    eps : > 0, the least magnitude divided by; in float16, which ends at 65504, no less than 2 ** -14.

    Returns
    -------
    The broadcast shape, finite for finite input. The denominator gets no gradient where eps stands for it.

    Notes
    -----
    The original replaces an exact 0 alone, so 1e-30 in the denominator gives 1e30 times the numerator.

    Examples
    --------
    >>> import numpy as np
    >>> safe_divide(np.asarray([1.0, 0.0]), np.asarray([2.0, 0.0]))
    array([0.5, 0. ])
    """
    if isinstance(denominator, (int, float)):
        return numerator / (denominator if abs(denominator) >= eps else math.copysign(eps, denominator))
    xp = common_backend(numerator=numerator, denominator=denominator).xp
    eps = floor_for(xp, denominator.dtype, eps, max(eps, 2.0**-14))
    least = xp.where(denominator < 0.0, xp.full_like(denominator, -eps), xp.full_like(denominator, eps))
    return numerator / xp.where(xp.abs(denominator) < eps, least, denominator)


@checked
def safe_log(x: Float[Array, ...], eps: float = 1e-5) -> Float[Array, ...]:
    """Natural logarithm with a floor: log(max(x, eps)).

    Parameters
    ----------
    x : any shape.
    eps : > 0, the floor.

    Returns
    -------
    Same shape and dtype, at least log(eps). The gradient is 0 below the floor, at most 1 / eps above it.

    Notes
    -----
    The original floors x <= 0 alone, so log(1e-30) is less than log(0) there and its gradient is 1e30.

    Examples
    --------
    >>> import numpy as np
    >>> safe_log(np.asarray([1.0, 0.0])).round(3)
    array([  0.   , -11.513])
    """
    xp = common_backend(x=x).xp
    return xp.log(xp.clip(x, eps, None))


@checked
def logb(x: Float[Array, ...], base: float = 2.0, eps: float = 1e-5) -> Float[Array, ...]:
    """Logarithm to a base, with the floor of `safe_log`: log(max(x, eps)) / log(base).

    Parameters
    ----------
    x : any shape.
    base : > 0, not 1; a Python number.
    eps : > 0, the floor of x.

    Returns
    -------
    Same shape and dtype.

    Examples
    --------
    >>> import numpy as np
    >>> logb(np.asarray([8.0]))
    array([3.])
    """
    if base == 1.0:
        raise ValueError("base: got 1, expected a number above 0 that is not 1")
    return safe_log(x, eps) * (1.0 / math.log(base))


@checked
def log10(x: Float[Array, ...], eps: float = 1e-5) -> Float[Array, ...]:
    """Decimal logarithm with the floor of `safe_log`.

    Parameters
    ----------
    x : any shape.
    eps : > 0, the floor of x.

    Returns
    -------
    Same shape and dtype.

    Examples
    --------
    >>> import numpy as np
    >>> log10(np.asarray([100.0])).round(6)
    array([2.])
    """
    return logb(x, 10.0, eps)


@checked
def log_scale(x: Float[Array, ...], min_x: float, max_x: float) -> Float[Array, ...]:
    """Map [-1, 1] to [min_x, max_x], evenly on a logarithmic scale.

    Parameters
    ----------
    x : any shape, in [-1, 1].
    min_x, max_x : > 0, the values at -1 and at 1.

    Returns
    -------
    Same shape and dtype.

    Examples
    --------
    >>> import numpy as np
    >>> log_scale(np.asarray([-1.0, 0.0, 1.0]), 1.0, 100.0).round(6)
    array([  1.,  10., 100.])
    """
    xp = common_backend(x=x).xp
    unit = (x + 1.0) * 0.5
    return xp.exp((1.0 - unit) * math.log(min_x) + unit * math.log(max_x))


@checked
def softplus(x: Float[Array, ...]) -> Float[Array, ...]:
    """log(1 + exp(x)), without overflow.

    Parameters
    ----------
    x : any shape.

    Returns
    -------
    Same shape and dtype, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> softplus(np.asarray([-800.0, 0.0, 800.0])).round(4)
    array([0.000e+00, 6.931e-01, 8.000e+02])
    """
    xp = common_backend(x=x).xp
    x = xp.clip(x, -1e4, None)  # of minus infinity the sum below would be NaN
    size = xp.abs(x)
    # Half and half, so that the slope at 0 is 1/2 whatever a library takes for the slope of max(x, 0) there.
    return 0.5 * (x + size) + xp.log1p(xp.exp(-size))


@checked
def sigmoid(x: Float[Array, ...]) -> Float[Array, ...]:
    """Logistic function 1 / (1 + exp(-x)), without overflow.

    Parameters
    ----------
    x : any shape.

    Returns
    -------
    Same shape and dtype, in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> sigmoid(np.asarray([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    return common_backend(x=x).xp.exp(-softplus(-x))


@checked
def soft_limit(x: Float[Array, ...], x_min: float = 0.0, x_max: float = 1.0) -> Float[Array, ...]:
    """Limit to [x_min, x_max] with soft knees: x_min + softplus(x - x_min) - softplus(x - x_max).

    Parameters
    ----------
    x : any shape.
    x_min, x_max : the limits.

    Returns
    -------
    Same shape and dtype, in [x_min, x_max]; close to x well inside the range.

    Notes
    -----
    The original is off by x_min inside the range (20 becomes 40 in [20, 8000]); for x_min = 0 the two agree.

    Examples
    --------
    >>> import numpy as np
    >>> soft_limit(np.asarray([-1e3, 100.0, 1e9]), 20.0, 8000.0)
    array([  20.,  100., 8000.])
    """
    common_backend(x=x)
    return softplus(x - x_min) - softplus(x - x_max) + x_min


@checked
def gradient_reversal(x: Float[Array, ...]) -> Float[Array, ...]:
    """The values of x with the sign of the gradient reversed (Ganin and Lempitsky, 2015).

    Parameters
    ----------
    x : any shape.

    Returns
    -------
    Same shape, dtype and values.

    Examples
    --------
    >>> import numpy as np
    >>> gradient_reversal(np.asarray([2.0]))
    array([2.])
    """
    return common_backend(x=x).stop_gradient(2.0 * x) - x
