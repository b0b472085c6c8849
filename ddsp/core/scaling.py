"""From unconstrained network outputs to amplitudes and frequencies."""

from __future__ import annotations

import math

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of, warn
from .math import sigmoid, soft_limit, softplus
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
    """Amplitude from an unconstrained value: max_value * sigmoid(x) ** log(exponent) + threshold.

    For x well below 0 the output grows by the factor `exponent` for each `1` of x, so a network's output moves in
    decibels; above it saturates (Engel et al., 2020, appendix B.5).

    Parameters
    ----------
    x : any shape.
    exponent : > 1, the growth for each unit of x.
    max_value : the limit for large x.
    threshold : >= 0, what remains for very negative x; it keeps logarithms finite.

    Returns
    -------
    Same shape and dtype, in [threshold, max_value + threshold].

    Examples
    --------
    >>> import numpy as np
    >>> exp_sigmoid(np.asarray([0.0, 1e4])).round(4)
    array([0.4054, 2.    ])
    """
    xp = common_backend(x=x).xp
    # In the log domain: a power of a sigmoid that underflows would lose its gradient.
    return max_value * xp.exp(-math.log(exponent) * softplus(-x)) + threshold


@checked
def sym_exp_sigmoid(x: Float[Array, ...], width: float = 8.0) -> Float[Array, ...]:
    """`exp_sigmoid` of width * (|x| / 2 - 1): symmetric, with its minimum at x = 0.

    Parameters
    ----------
    x : any shape.
    width : > 0, how fast the output grows with |x|.

    Returns
    -------
    Same shape and dtype, > 0.

    Examples
    --------
    >>> import numpy as np
    >>> sym_exp_sigmoid(np.asarray([-2.0, 2.0])).round(4)
    array([0.4054, 0.4054])
    """
    return exp_sigmoid(width * (common_backend(x=x).xp.abs(x) / 2.0 - 1.0))


def _split_depth(freqs: Array, depth: int) -> Array:
    """[batch, time, sinusoids * depth] -> [batch, time, sinusoids, depth]; four axes stay as they are."""
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
    """Frequencies as the expected bin of a softmax over `depth` bins, evenly spaced in pitch.

    Parameters
    ----------
    freqs : network outputs, [batch, time, sinusoids * depth] or [batch, time, sinusoids, depth].
    depth : bins for each sinusoid, where freqs has three axes; dozens are usual. A single bin is hz_min whatever the
        network says, so without a depth there is a warning. As the `freq_scale_fn` of a synthesizer:
        ``functools.partial(frequencies_softmax, depth=64)``.
    hz_min, hz_max : the range, in Hz.

    Returns
    -------
    [batch, time, sinusoids], in Hz, same dtype.

    Raises
    ------
    ValueError : the number of channels is no multiple of depth.

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
    # Subtracting the maximum changes nothing but the overflow, so it needs no gradient.
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
    """Frequencies as a weighted mean of `depth` sigmoids on a scale of pitch, each ten times finer than the one before.

    f_k = unit_to_hz(sum_d 10 ** -d sigmoid(freqs_kd) / sum_d 10 ** -d, hz_min, hz_max),  d = 0 ... depth - 1

    Parameters
    ----------
    freqs : network outputs, [batch, time, sinusoids * depth] or [batch, time, sinusoids, depth].
    depth : sigmoids for each sinusoid, where freqs has three axes.
    hz_min, hz_max : the range, in Hz, 0 <= hz_min < hz_max. Each channel raises the frequency. With hz_min = 0 the
        scale starts at MIDI note 0, which is 8.18 Hz.

    Returns
    -------
    [batch, time, sinusoids], in Hz, from hz_min to hz_max, same dtype.

    Raises
    ------
    ValueError : the number of channels is no multiple of depth, or a range without a width.

    Notes
    -----
    The original adds the sigmoids up in Hz and ends at hz_max - hz_min: with [110, 440] at 330 Hz. With depth 1 and
    hz_min = 0, as by default, the two agree.

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
    """Frequencies that move around fixed centres, each by about one critical band.

    f_k = soft_limit(centre_k + bandwidth_scale erb(centre_k) sum_d tanh(freqs_kd) / depth_scale ** d)

    Parameters
    ----------
    freqs : network outputs, [batch, time, sinusoids * depth] or [batch, time, sinusoids, depth].
    depth : components for each sinusoid, where freqs has three axes.
    depth_scale : > 0, how many times finer each component is than the one before.
    bandwidth_scale : how far a sinusoid moves to either side, in equivalent rectangular bandwidths of its centre.
    hz_min, hz_max : the range, in Hz. The centres are evenly spaced from one end to the other on the scale; that of a
        single sinusoid is in the middle of the scale, where bandwidth_scale says how much of it can be reached.
    scale : 'bark' or 'mel'.

    Returns
    -------
    [batch, time, sinusoids], in Hz, same dtype, in [hz_min, hz_max].

    Raises
    ------
    ValueError : an unknown scale, or a number of channels that is no multiple of depth.

    Notes
    -----
    The original's `soft_limit` lifts all frequencies inside the range by hz_min. It puts a single sinusoid at hz_min.

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
    centres, widths = (backend.constant(x, freqs) for x in bands)
    return soft_limit(centres + bandwidth_scale * widths * xp.sum(xp.tanh(freqs) * shares, axis=3), hz_min, hz_max)
