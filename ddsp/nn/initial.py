"""Trainable values of the layers: names, shapes, and initial values, which are those of Keras."""

from __future__ import annotations

import math

import numpy as np

from ..extend import checked, integer
from ..processors.base import ParamSpec

__all__ = ["convolution_params", "dense_params", "gru_params", "norm_params"]

Params = tuple[ParamSpec, ...]


@checked
def dense_params(name: str, inputs: int, outputs: int) -> Params:
    """Weight and bias of `dense`, as `{name}_weight` and `{name}_bias`.

    Parameters
    ----------
    name
        Prefix of the names.
    inputs
        Number of inputs.
    outputs
        Number of outputs.

    Returns
    -------
    params : tuple
        Specification of each value, for `params` of a `Processor`.

    Raises
    ------
    ValueError
        A number below 1.

    See Also
    --------
    dense : The layer.

    Examples
    --------
    >>> [(param.name, param.shape) for param in dense_params("first", 2, 64)]
    [('first_weight', (2, 64)), ('first_bias', (64,))]
    """
    inputs, outputs = _sizes(inputs=inputs, outputs=outputs)
    return (
        ParamSpec(f"{name}_weight", (inputs, outputs), glorot_uniform),
        ParamSpec(f"{name}_bias", (outputs,), zeros),
    )


@checked
def norm_params(name: str, channels: int) -> Params:
    """Scale and offset of `layer_norm`, as `{name}_scale` and `{name}_offset`.

    Parameters
    ----------
    name
        Prefix of the names.
    channels
        Number of channels.

    Returns
    -------
    params : tuple
        Specification of each value, for `params` of a `Processor`.

    Raises
    ------
    ValueError
        A number below 1.

    See Also
    --------
    layer_norm : The layer.

    Examples
    --------
    >>> [(param.name, param.shape) for param in norm_params("first", 64)]
    [('first_scale', (64,)), ('first_offset', (64,))]
    """
    channels = integer("channels", channels, 1)
    return ParamSpec(f"{name}_scale", (channels,), ones), ParamSpec(f"{name}_offset", (channels,), zeros)


@checked
def convolution_params(name: str, kernel_size: int, inputs: int, outputs: int) -> Params:
    """Weight and bias of `causal_convolution`, as `{name}_weight` and `{name}_bias`.

    Parameters
    ----------
    name
        Prefix of the names.
    kernel_size
        Number of taps.
    inputs
        Number of inputs.
    outputs
        Number of outputs.

    Returns
    -------
    params : tuple
        Specification of each value, for `params` of a `Processor`.

    Raises
    ------
    ValueError
        A number below 1.

    See Also
    --------
    causal_convolution : The layer.

    Examples
    --------
    >>> [(param.name, param.shape) for param in convolution_params("first", 3, 2, 64)]
    [('first_weight', (3, 2, 64)), ('first_bias', (64,))]
    """
    kernel_size, inputs, outputs = _sizes(kernel_size=kernel_size, inputs=inputs, outputs=outputs)
    return (
        ParamSpec(f"{name}_weight", (kernel_size, inputs, outputs), glorot_uniform),
        ParamSpec(f"{name}_bias", (outputs,), zeros),
    )


@checked
def gru_params(name: str, inputs: int, units: int) -> Params:
    """Weights and biases of `gru`, as `{name}_weight`, `{name}_recurrent_weight`, `{name}_bias` and
    `{name}_recurrent_bias`.

    Parameters
    ----------
    name
        Prefix of the names.
    inputs
        Number of inputs.
    units
        Number of units.

    Returns
    -------
    params : tuple
        Specification of each value, for `params` of a `Processor`.

    Raises
    ------
    ValueError
        A number below 1.

    See Also
    --------
    gru : The layer, which takes these values in this order.

    Examples
    --------
    >>> [param.name for param in gru_params("gru", 2, 16)]
    ['gru_weight', 'gru_recurrent_weight', 'gru_bias', 'gru_recurrent_bias']
    """
    inputs, units = _sizes(inputs=inputs, units=units)
    return (
        ParamSpec(f"{name}_weight", (inputs, 3 * units), glorot_uniform),
        ParamSpec(f"{name}_recurrent_weight", (units, 3 * units), orthogonal),
        ParamSpec(f"{name}_bias", (3 * units,), zeros),
        ParamSpec(f"{name}_recurrent_bias", (3 * units,), zeros),
    )


def _sizes(**sizes: int) -> list[int]:
    return [integer(name, size, 1) for name, size in sizes.items()]


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform numbers whose variance keeps the level of signals and gradients (Glorot and Bengio, 2010)."""
    *taps, inputs, outputs = shape
    limit = math.sqrt(6.0 / (math.prod(taps) * (inputs + outputs)))
    return rng.uniform(-limit, limit, shape)


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Matrix with orthonormal rows (Saxe et al., 2013), so that a repeated product keeps the level."""
    q, r = np.linalg.qr(rng.standard_normal(shape[::-1]))
    return (q * np.sign(np.diag(r))).T


def zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.zeros(shape)


def ones(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.ones(shape)
