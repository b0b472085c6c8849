"""Layers without memory, which map each frame by itself: dense layer, layer normalization, leaky rectifier."""

from __future__ import annotations

from ..extend import Array, Float, checked, common_backend

__all__ = ["dense", "layer_norm", "leaky_relu"]


@checked
def dense(
    x: Float[Array, "... inputs"], weight: Float[Array, "inputs outputs"], bias: Float[Array, " outputs"]
) -> Float[Array, "... outputs"]:
    r"""Linear map of the last axis.

    $$y = x W + b$$

    Parameters
    ----------
    x
        Inputs, [..., inputs].
    weight
        The matrix W, [inputs, outputs].
    bias
        The offset b, [outputs].

    Returns
    -------
    y : array
        Outputs, [..., outputs].

    See Also
    --------
    causal_convolution : Also uses frames of the past.

    Examples
    --------
    >>> import numpy as np
    >>> dense(np.ones((1, 2)), np.eye(2), np.asarray([0.0, 10.0]))
    array([[ 1., 11.]])
    """
    xp = common_backend(x=x, weight=weight, bias=bias).xp
    return xp.matmul(x, weight) + bias


@checked
def layer_norm(
    x: Float[Array, "... channels"],
    scale: Float[Array, " channels"],
    offset: Float[Array, " channels"],
    eps: float = 1e-5,
) -> Float[Array, "... channels"]:
    r"""Layer normalization (Ba et al., 2016, arXiv:1607.06450): each frame gets mean 0 and variance 1 over channels.

    $$y = a \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b$$

    Parameters
    ----------
    x
        Inputs, [..., channels].
    scale
        The gain a of each channel, [channels].
    offset
        The offset b of each channel, [channels].
    eps
        The number epsilon, > 0.

    Returns
    -------
    y : array
        Shape of `x`.

    Raises
    ------
    ValueError
        An `eps` that is not positive.

    See Also
    --------
    dense : Usually comes before.

    Notes
    -----
    The original normalizes over time as well, so its output depends on the future. Here each frame is normalized by
    itself, and a network can run one frame at a time.

    Examples
    --------
    >>> import numpy as np
    >>> layer_norm(np.asarray([1.0, 3.0]), np.ones(2), np.zeros(2)).round(3)
    array([-1.,  1.])
    """
    xp = common_backend(x=x, scale=scale, offset=offset).xp
    centered = x - xp.mean(x, axis=-1, keepdims=True)
    variance = xp.mean(centered * centered, axis=-1, keepdims=True)
    return scale * (centered / xp.sqrt(variance + eps)) + offset


@checked
def leaky_relu(x: Float[Array, ...], slope: float = 0.2) -> Float[Array, ...]:
    r"""Leaky rectifier (Maas et al., 2013).

    $$y = \max(x, a x)$$

    Parameters
    ----------
    x
        Any shape.
    slope
        The slope a of negative numbers, in [0, 1].

    Returns
    -------
    y : array
        Shape of `x`.

    Raises
    ------
    ValueError
        A slope outside of [0, 1].

    See Also
    --------
    ddsp.core.softplus : Smooth, and 0 for negative numbers.

    Examples
    --------
    >>> import numpy as np
    >>> leaky_relu(np.asarray([-1.0, 0.0, 2.0]))
    array([-0.2,  0. ,  2. ])
    """
    xp = common_backend(x=x).xp
    if not 0.0 <= slope <= 1.0:
        raise ValueError(f"slope: got {slope}, expected a number in [0, 1]")
    # Not `maximum`, because libraries disagree on its slope at 0.
    return xp.where(x >= 0.0, x, slope * x)
