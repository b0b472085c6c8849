"""Smooth nonlinear functions without overflow: sigmoid, softplus and soft limits."""

from __future__ import annotations

from ..extend import Array, Float, checked, common_backend

__all__ = ["sigmoid", "soft_limit", "softplus"]


@checked
def softplus(x: Float[Array, ...]) -> Float[Array, ...]:
    r"""Softplus without overflow.

    $$\log(1 + e^x)$$

    ![Scalings of network outputs to amplitudes and to frequencies](../figures/scaling.png)

    Parameters
    ----------
    x
        Any shape.

    Returns
    -------
    y : array
        Shape and dtype of the input, >= 0.

    See Also
    --------
    sigmoid : Its derivative.
    soft_limit : Two-sided limit.

    Examples
    --------
    >>> import numpy as np
    >>> softplus(np.asarray([-800.0, 0.0, 800.0])).round(4)
    array([0.000e+00, 6.931e-01, 8.000e+02])
    """
    xp = common_backend(x=x).xp
    x = xp.clip(x, -1e4, None)  # the sum below would be NaN for minus infinity
    size = xp.abs(x)
    # Half x plus half |x|, so that the slope at 0 is 1/2; libraries disagree on the slope of max(x, 0) there.
    return 0.5 * (x + size) + xp.log1p(xp.exp(-size))


@checked
def sigmoid(x: Float[Array, ...]) -> Float[Array, ...]:
    """Logistic function without overflow.

    $$1 / (1 + e^{-x})$$

    ![Scalings of network outputs to amplitudes and to frequencies](../figures/scaling.png)

    Parameters
    ----------
    x
        Any shape.

    Returns
    -------
    y : array
        Shape and dtype of the input, in [0, 1].

    See Also
    --------
    exp_sigmoid : The sigmoid that scales amplitudes.
    softplus : Its integral.

    Examples
    --------
    >>> import numpy as np
    >>> sigmoid(np.asarray([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    return common_backend(x=x).xp.exp(-softplus(-x))


@checked
def soft_limit(x: Float[Array, ...], x_min: float = 0.0, x_max: float = 1.0) -> Float[Array, ...]:
    r"""Limit to [x_min, x_max] with soft knees.

    $$x_{min} + \mathrm{softplus}(x - x_{min}) - \mathrm{softplus}(x - x_{max})$$

    ![soft_limit compared with clipping, and a logarithmic scale of frequency](../figures/limits.png)

    Parameters
    ----------
    x
        Any shape.
    x_min, x_max
        The limits.

    Returns
    -------
    y : array
        Shape and dtype of the input, in [x_min, x_max]; close to x well within the range.

    See Also
    --------
    softplus : The one-sided limit.

    Notes
    -----
    The original is off by x_min within the range: in [20, 8000], 20 becomes 40. For x_min = 0 both agree.

    Examples
    --------
    >>> import numpy as np
    >>> soft_limit(np.asarray([-1e3, 100.0, 1e9]), 20.0, 8000.0)
    array([  20.,  100., 8000.])
    """
    common_backend(x=x)
    return softplus(x - x_min) - softplus(x - x_max) + x_min
