"""Arithmetic with finite values and finite gradients."""

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
]


@checked
def diff(x: Float[Array, ...], axis: int = -1) -> Float[Array, ...]:
    """Finite difference along an axis.

    $$y[n] = x[n + 1] - x[n]$$

    Parameters
    ----------
    x
        Any shape, with at least one element along `axis`.
    axis
        Axis of the difference; negative counts from the last.

    Returns
    -------
    difference : array
        Dtype of the input, one element fewer along `axis`.

    Raises
    ------
    ValueError
        `axis` is out of range.

    See Also
    --------
    ddsp.losses.SpectralLoss : Compares differences of spectrograms.

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
    """Replace NaN by a value. Infinities are not replaced.

    Parameters
    ----------
    x
        Any shape.
    value
        The replacement for NaN.

    Returns
    -------
    x : array
        Shape and dtype of the input. The gradient is 0 at NaN.

    See Also
    --------
    safe_divide : Division without NaN.
    safe_log : Logarithm without NaN.

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
    """Divide, with a floor for the magnitude of the denominator.

    Parameters
    ----------
    numerator, denominator
        Arrays that broadcast; one of them may be a Python number.
    eps
        Smallest magnitude of the denominator, > 0. A smaller denominator is replaced by `eps` with its sign. In
        float16, which overflows at 65504, `eps` is at least 2 ** -14.

    Returns
    -------
    quotient : array
        The broadcast shape; finite for finite inputs. The denominator has no gradient if it is replaced.

    See Also
    --------
    safe_log : Logarithm with a floor.

    Notes
    -----
    The original replaces only an exact 0, so with a denominator of 1e-30 the quotient is 1e30 times the numerator.

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
    r"""Natural logarithm with a floor.

    $$\log(\max(x, eps))$$

    Parameters
    ----------
    x
        Any shape.
    eps
        Floor of x, > 0.

    Returns
    -------
    logarithm : array
        Shape and dtype of the input, at least log(eps). The gradient is 0 below the floor and at most 1 / eps above.

    See Also
    --------
    logb : Logarithm to any base.
    log10 : Decimal logarithm.

    Notes
    -----
    The original replaces only x <= 0, so there log(1e-30) is less than log(0) and has a gradient of 1e30.

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
    r"""Logarithm to any base, with a floor.

    $$\log(\max(x, eps)) / \log(base)$$

    Parameters
    ----------
    x
        Any shape.
    base
        Base, a Python number > 0 other than 1.
    eps
        Floor of x, > 0.

    Returns
    -------
    logarithm : array
        Shape and dtype of the input.

    Raises
    ------
    ValueError
        `base` is 1.

    See Also
    --------
    safe_log : Natural logarithm.
    log10 : Decimal logarithm.

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
    r"""Decimal logarithm with a floor.

    $$\log_{10}(\max(x, eps))$$

    Parameters
    ----------
    x
        Any shape.
    eps
        Floor of x, > 0.

    Returns
    -------
    logarithm : array
        Shape and dtype of the input.

    See Also
    --------
    logb : Logarithm to any base.
    amplitude_to_db : Decibels.

    Examples
    --------
    >>> import numpy as np
    >>> log10(np.asarray([100.0])).round(6)
    array([2.])
    """
    return logb(x, 10.0, eps)


@checked
def log_scale(x: Float[Array, ...], min_x: float, max_x: float) -> Float[Array, ...]:
    r"""Map [-1, 1] to [min_x, max_x] on a logarithmic scale.

    $$y = min\_x^{1 - u} \, max\_x^{u}, \quad u = (x + 1) / 2$$

    ![soft_limit compared with clipping, and a logarithmic scale of frequency](../figures/limits.png)

    Parameters
    ----------
    x
        Any shape, in [-1, 1].
    min_x, max_x
        Values at -1 and at 1, > 0.

    Returns
    -------
    y : array
        Shape and dtype of the input.

    See Also
    --------
    unit_to_hz : Maps [0, 1] to frequencies.

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
def gradient_reversal(x: Float[Array, ...]) -> Float[Array, ...]:
    """Return x unchanged and reverse the sign of the gradient (Ganin and Lempitsky, 2015).

    Parameters
    ----------
    x
        Any shape.

    Returns
    -------
    x : array
        Shape, dtype and values of the input.

    See Also
    --------
    nan_to_num : Replaces values instead of gradients.

    Examples
    --------
    >>> import numpy as np
    >>> gradient_reversal(np.asarray([2.0]))
    array([2.])
    """
    return common_backend(x=x).stop_gradient(2.0 * x) - x
