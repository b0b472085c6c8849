"""Scales from unconstrained network outputs to amplitudes and frequencies."""

from __future__ import annotations

import math

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of, warn
from .activations import sigmoid, soft_limit, softplus
from .units import unit_to_hz

__all__ = [
    "exp_sigmoid",
    "frequencies_critical_bands",
    "frequencies_sigmoid",
    "frequencies_softmax",
    "sym_exp_sigmoid",
]


@checked
def exp_sigmoid(
    x: Float[Array, ...], exponent: float = 10.0, max_value: float = 2.0, threshold: float = 1e-7
) -> Float[Array, ...]:
    r"""Exponentiated sigmoid: maps unconstrained values to amplitudes.

    $$y = max\_value \cdot \sigma(x)^{\log(exponent)} + threshold$$

    For x well below 0 the output grows by the factor `exponent` when x increases by 1, so the network controls
    decibels. Above, it saturates (Engel et al., 2020, "DDSP", appendix B.5).

    ![Scalings of network outputs to amplitudes and to frequencies](../figures/scaling.png)

    Parameters
    ----------
    x
        Any shape.
    exponent
        Growth for each unit of x, > 1.
    max_value
        Limit for large x.
    threshold
        Limit for very negative x, >= 0. It keeps logarithms finite.

    Returns
    -------
    y : array
        Shape and dtype of the input, in [threshold, max_value + threshold].

    See Also
    --------
    sym_exp_sigmoid : The symmetric form.
    sigmoid : The logistic function.

    Examples
    --------
    >>> import numpy as np
    >>> exp_sigmoid(np.asarray([0.0, 1e4])).round(4)
    array([0.4054, 2.    ])
    """
    xp = common_backend(x=x).xp
    # In the log domain, because the power of a sigmoid that underflows would lose its gradient.
    return max_value * xp.exp(-math.log(exponent) * softplus(-x)) + threshold


@checked
def sym_exp_sigmoid(x: Float[Array, ...], width: float = 8.0) -> Float[Array, ...]:
    r"""Symmetric exponentiated sigmoid, with its minimum at x = 0.

    $$y = \mathrm{exp\_sigmoid}(width \, (|x| / 2 - 1))$$

    Parameters
    ----------
    x
        Any shape.
    width
        Rate of growth with |x|, > 0.

    Returns
    -------
    y : array
        Shape and dtype of the input, > 0.

    See Also
    --------
    exp_sigmoid : The monotonic form.

    Examples
    --------
    >>> import numpy as np
    >>> sym_exp_sigmoid(np.asarray([-2.0, 2.0])).round(4)
    array([0.4054, 0.4054])
    """
    return exp_sigmoid(width * (common_backend(x=x).xp.abs(x) / 2.0 - 1.0))


def _split_depth(freqs: Array, depth: int) -> Array:
    """[batch, time, sinusoids * depth] -> [batch, time, sinusoids, depth]; inputs with four axes are not changed."""
    xp = common_backend(freqs=freqs).xp
    if len(freqs.shape) == 4:
        return freqs
    time, combined = axis_size(freqs, 1), axis_size(freqs, 2)
    if combined % integer("depth", depth, 1):
        raise ValueError(f"depth: got {depth}, expected a divisor of the {combined} channels of freqs")
    return xp.reshape(freqs, (-1, time, combined // depth, depth))


@checked
def frequencies_softmax(
    freqs: Float[Array, "batch time channels"] | Float[Array, "batch time sinusoids depth"],
    depth: int | None = None,
    hz_min: float = 20.0,
    hz_max: float = 8000.0,
) -> Float[Array, "batch time sinusoids"]:
    r"""Map network outputs to frequencies: the expected bin of a softmax over `depth` bins, evenly spaced in pitch.

    $$f_k = \mathrm{unit\_to\_hz}\left( \sum_{d=0}^{D-1} \frac{d}{D - 1} \, \mathrm{softmax}(x_k)_d \right)$$

    Parameters
    ----------
    freqs
        Network outputs x, [batch, time, sinusoids * depth] or [batch, time, sinusoids, depth].
    depth
        Number D of bins for each sinusoid, if `freqs` has three axes; usually dozens. With a single bin all frequencies
        are `hz_min`, so there is a warning if `depth` is not given. As the `freq_scale_fn` of a synthesizer:
        ``functools.partial(frequencies_softmax, depth=64)``.
    hz_min, hz_max
        Range of frequencies in Hz.

    Returns
    -------
    frequencies : array
        [batch, time, sinusoids] in Hz, dtype of the input.

    Raises
    ------
    ValueError
        The number of channels is not a multiple of `depth`.

    See Also
    --------
    frequencies_sigmoid : By sigmoids.
    frequencies_critical_bands : Around fixed centers.
    unit_to_hz : The pitch scale.

    Examples
    --------
    >>> import numpy as np
    >>> frequencies_softmax(np.zeros((1, 1, 3)), depth=3, hz_min=110.0, hz_max=440.0).round(3)
    array([[[220.]]])
    """
    if depth is None and len(freqs.shape) == 3:
        warn("frequencies_softmax: depth is not given, and with 1 bin for each sinusoid all frequencies are hz_min")
    freqs = _split_depth(freqs, 1 if depth is None else depth)
    backend = common_backend(freqs=freqs)
    xp = backend.xp
    # Subtracting the maximum prevents overflow and does not change the result, so it needs no gradient.
    weights = xp.exp(freqs - backend.stop_gradient(xp.max(freqs, axis=-1, keepdims=True)))
    bins = backend.constant(design.linspace(0.0, 1.0, axis_size(freqs, -1)), freqs)
    unit = xp.sum(weights * bins, axis=-1) / xp.sum(weights, axis=-1)
    return unit_to_hz(unit, hz_min, hz_max)


@checked
def frequencies_sigmoid(
    freqs: Float[Array, "batch time channels"] | Float[Array, "batch time sinusoids depth"],
    depth: int = 1,
    hz_min: float = 0.0,
    hz_max: float = 8000.0,
) -> Float[Array, "batch time sinusoids"]:
    r"""Map network outputs to frequencies: a weighted mean of `depth` sigmoids, each ten times finer than the last.

    $$f_k = \mathrm{unit\_to\_hz}\left( \frac{\sum_d 10^{-d} \, \sigma(x_{kd})}{\sum_d 10^{-d}} \right)$$

    The sums are over d = 0 ... depth - 1.

    ![Scalings of network outputs to amplitudes and to frequencies](../figures/scaling.png)

    Parameters
    ----------
    freqs
        Network outputs x, [batch, time, sinusoids * depth] or [batch, time, sinusoids, depth].
    depth
        Number of sigmoids for each sinusoid, if `freqs` has three axes.
    hz_min, hz_max
        Range of frequencies in Hz, 0 <= hz_min < hz_max. Frequencies increase with each channel. With hz_min = 0 the
        scale starts at MIDI note 0, which is 8.18 Hz.

    Returns
    -------
    frequencies : array
        [batch, time, sinusoids] in Hz, from hz_min to hz_max, dtype of the input.

    Raises
    ------
    ValueError
        The number of channels is not a multiple of `depth`, or hz_min is not below hz_max.

    See Also
    --------
    frequencies_softmax : By a softmax over bins.
    frequencies_critical_bands : Around fixed centers.
    unit_to_hz : The pitch scale.

    Notes
    -----
    The original adds the sigmoids in Hz and ends at hz_max - hz_min: for [110, 440] at 330 Hz. With depth 1 and hz_min
    = 0, the defaults, both agree.

    Examples
    --------
    >>> import numpy as np
    >>> frequencies_sigmoid(np.zeros((1, 1, 1)), hz_min=110.0, hz_max=440.0).round(3)
    array([[[220.]]])
    """
    if not 0.0 <= hz_min < hz_max:
        raise ValueError(f"hz_max: got {hz_max} with hz_min {hz_min}, expected 0 <= hz_min < hz_max")
    freqs = _split_depth(freqs, depth)
    backend = common_backend(freqs=freqs)
    n_sigmoids = axis_size(freqs, -1)
    shares = backend.constant(design.powers(0.1, n_sigmoids), freqs) * (1.0 / sum(0.1**d for d in range(n_sigmoids)))
    return unit_to_hz(backend.xp.sum(sigmoid(freqs) * shares, axis=-1), hz_min, hz_max)


@checked
def frequencies_critical_bands(
    freqs: Float[Array, "batch time channels"] | Float[Array, "batch time sinusoids depth"],
    depth: int = 1,
    depth_scale: float = 10.0,
    bandwidth_scale: float = 1.0,
    hz_min: float = 20.0,
    hz_max: float = 8000.0,
    scale: str = "bark",
) -> Float[Array, "batch time sinusoids"]:
    r"""Map network outputs to frequencies around fixed centers, each within about one critical band.

    $$f_k = \mathrm{soft\_limit}\left( c_k + b \, erb(c_k) \sum_d \tanh(x_{kd}) / s^d \right)$$

    c_k is the center, b the `bandwidth_scale`, s the `depth_scale` and erb the equivalent rectangular bandwidth.

    ![Scalings of network outputs to amplitudes and to frequencies](../figures/scaling.png)

    Parameters
    ----------
    freqs
        Network outputs x, [batch, time, sinusoids * depth] or [batch, time, sinusoids, depth].
    depth
        Number of components for each sinusoid, if `freqs` has three axes.
    depth_scale
        Ratio of the sizes of consecutive components, > 0.
    bandwidth_scale
        Range of a sinusoid to either side, in equivalent rectangular bandwidths of its center.
    hz_min, hz_max
        Range of frequencies in Hz. The centers are evenly spaced on the scale from one end to the other. The center of
        a single sinusoid is in the middle of the scale, and `bandwidth_scale` limits how much of the scale it can
        reach.
    scale
        'bark' or 'mel'.

    Returns
    -------
    frequencies : array
        [batch, time, sinusoids] in Hz, in [hz_min, hz_max], dtype of the input.

    Raises
    ------
    ValueError
        Unknown `scale`, or a number of channels that is not a multiple of `depth`.

    See Also
    --------
    frequencies_sigmoid : By sigmoids over the whole range.
    hz_to_erb : The bandwidth.
    soft_limit : The limit.

    Notes
    -----
    In the original, `soft_limit` raises all frequencies within the range by hz_min, and a single sinusoid is at hz_min.

    Examples
    --------
    >>> import numpy as np
    >>> frequencies_critical_bands(np.zeros((1, 1, 3)), hz_min=100.0).round(1)
    array([[[ 100.7, 1453.9, 7999.3]]])
    """
    one_of("scale", scale, ("bark", "mel"))
    freqs = _split_depth(freqs, depth)
    backend = common_backend(freqs=freqs)
    xp = backend.xp
    shares = backend.constant(design.powers(1.0 / depth_scale, axis_size(freqs, 3)), freqs)
    bands = design.critical_bands(axis_size(freqs, 2), hz_min, hz_max, scale)
    centers, widths = (backend.constant(x, freqs) for x in bands)
    return soft_limit(centers + bandwidth_scale * widths * xp.sum(xp.tanh(freqs) * shares, axis=3), hz_min, hz_max)
