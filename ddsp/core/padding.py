"""Padding with constants or reflections at the ends of an axis."""

from __future__ import annotations

from typing import Any

from .. import design
from ..extend import Array, Float, axis_of, axis_size, checked, common_backend, integer, one_of, unchecked

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
    backend = common_backend(x=x)
    xp = backend.xp
    one_of("mode", mode.lower(), ("constant", "reflect", "symmetric"))
    if len(padding) != 2:
        raise ValueError(f"padding: got {padding}, expected two numbers, before and after")
    (before, after), axis = (integer("padding", n, 0) for n in padding), axis_of(x, axis)
    if before + after == 0:
        return x
    length = axis_size(x, axis)
    if mode.lower() != "constant":
        if max(before, after) > length - (mode.lower() == "reflect"):
            raise ValueError(f"padding: got {padding}, expected no more than a mirror image of {length} elements")
        mirrored = backend.constant(design.mirror_indices(length, before, after, mode.lower() == "reflect"), x)
        return xp.take(x, mirrored, axis=axis)
    first, last = (_filler(xp, x, n, axis, constant_values) for n in (before, after))
    return xp.concat([part for part, n in ((first, before), (x, length), (last, after)) if n], axis=axis)


def _filler(xp: Any, x: Array, n: int, axis: int, value: float) -> Array:
    """n elements along an axis, with the sizes of x along other axes, even if these are not known when compiling."""
    if n <= axis_size(x, axis):
        return xp.full_like(x[(slice(None),) * axis + (slice(0, n), ...)], value)
    # A sum over the axis exists even if the axis is empty.
    return xp.repeat(xp.full_like(xp.sum(x, axis=axis, keepdims=True), value), n, axis=axis)


#: `pad_axis` for arrays that have been checked.
pad_checked = unchecked(pad_axis)
