"""Padding with constants or reflections at the ends of an axis."""

from __future__ import annotations

from typing import Any

from .. import design
from ..extend import Array, Float, adapter_of, axis_of, axis_size, checked, common_backend, integer, one_of

__all__ = ["pad_axis"]


@checked
def pad_axis(
    x: Float[Array, ...],
    padding: tuple[int, int] = (0, 0),
    axis: int = 0,
    mode: str = "constant",
    constant_values: float = 0.0,
) -> Float[Array, ...]:
    """Pad the ends of one axis.

    Parameters
    ----------
    x
        Any shape.
    padding
        Numbers of elements to add (before, after), >= 0.
    axis
        The axis; negative counts from the last.
    mode
        'constant', 'reflect' (without repeating the end element) or 'symmetric' (repeating it). Upper and lower case
        are the same.
    constant_values
        The constant of mode 'constant'.

    Returns
    -------
    x : array
        Dtype of the input, longer by sum(padding) along `axis`.

    Raises
    ------
    ValueError
        Unknown `mode`, a negative padding, or a reflection longer than x.

    See Also
    --------
    ddsp.spectral_ops.pad : Padding for frames.

    Examples
    --------
    >>> import numpy as np
    >>> pad_axis(np.ones(2), (1, 2))
    array([0., 1., 1., 0., 0.])
    """
    common_backend(x=x)
    one_of("mode", mode.lower(), ("constant", "reflect", "symmetric"))
    if len(padding) != 2:
        raise ValueError(f"padding: got {padding}, expected two numbers, before and after")
    (before, after), axis = (integer("padding", n, 0) for n in padding), axis_of(x, axis)
    mode = mode.lower()
    if mode != "constant" and before + after:
        length = axis_size(x, axis)
        if max(before, after) > length - (mode == "reflect"):
            raise ValueError(f"padding: got {padding}, expected no more than a mirror image of {length} elements")
    return pad_checked(x, (before, after), axis, mode, constant_values)


def pad_checked(
    x: Array, padding: tuple[int, int], axis: int, mode: str = "constant", constant_values: float = 0.0
) -> Array:
    """`pad_axis` for arguments that have been checked."""
    before, after = padding
    if before == after == 0:
        return x
    backend, axis = adapter_of(x), axis % len(x.shape)
    xp = backend.xp
    if mode != "constant":
        mirrored = backend.constant(design.mirror_indices(axis_size(x, axis), before, after, mode == "reflect"), x)
        return xp.take(x, mirrored, axis=axis)
    first, last = (_filler(xp, x, n, axis, constant_values) for n in (before, after))
    return xp.concat([part for part, n in ((first, before), (x, axis_size(x, axis)), (last, after)) if n], axis=axis)


def _filler(xp: Any, x: Array, n: int, axis: int, value: float) -> Array | None:
    """n elements along an axis, with the sizes of x along other axes, even if these are not known when compiling."""
    if n == 0:
        return None
    if n <= axis_size(x, axis):
        part = x[(slice(None),) * axis + (slice(0, n), ...)]
        return xp.zeros_like(part) if value == 0.0 else xp.full_like(part, value)
    # A sum over the axis exists even if the axis is empty.
    return xp.repeat(xp.full_like(xp.sum(x, axis=axis, keepdims=True), value), n, axis=axis)
