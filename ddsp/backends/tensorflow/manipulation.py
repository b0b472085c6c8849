"""Shapes, order and indexing of tensors.

A dimension may be unknown while `tf.function` traces. Shapes are kept as lists in which only the unknown dimensions are
tensors, so that all known ones stay known; and a None in a target shape means that very dimension of the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .dtypes import guard, operands, tensor

__all__ = [
    "broadcast_arrays",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "nonzero",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "take",
    "take_along_axis",
    "tile",
    "unstack",
]


def shape_of(x: tf.Tensor) -> list[Any]:
    """The shape, with scalar tensors for the unknown dimensions."""
    if x.shape.is_fully_defined():
        return x.shape.as_list()
    dynamic = tf.shape(x)
    return [dynamic[i] if n is None else n for i, n in enumerate(x.shape.as_list())]


def axis_of(x: tf.Tensor, axis: int, extra: int = 0) -> int:
    """An axis counted from the front."""
    rank = x.shape.rank + extra
    if not -rank <= axis < rank:
        raise IndexError(f"axis: got {axis}, expected one of {rank} dimensions")
    return axis % rank


def axes_of(x: tf.Tensor, axis: Any) -> list[int]:
    """Axes counted from the front; all of them for None."""
    if axis is None:
        return list(range(x.shape.rank))
    return [axis_of(x, a) for a in (axis if isinstance(axis, (tuple, list)) else (axis,))]


def cut(x: tf.Tensor, axis: int, start: Any = None, stop: Any = None) -> tf.Tensor:
    """x[start:stop] along one axis, counted from the front."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def reshape(x: Any, /, shape: Any, *, copy: Any = None) -> tf.Tensor:
    """The same elements in another shape: one -1 allowed, None for a dimension of x that is unknown."""
    x = tensor(x)
    target = list(shape) if isinstance(shape, (tuple, list, tf.TensorShape)) else [shape]
    if any(n is None for n in target):
        target = [shape_of(x)[i] if n is None else n for i, n in enumerate(target)]
    return tf.reshape(x, target)


def broadcast_to(x: Any, /, shape: Any) -> tf.Tensor:
    """x repeated to a shape; None there stands for the unknown dimension of x in that place, from the right."""
    x = tensor(x)
    own = [None] * (len(shape) - x.shape.rank) + shape_of(x)
    target = [n if m is None else m for m, n in zip(shape, own, strict=True)]
    if any(n is None for n in target):
        raise ValueError(f"shape: got {tuple(shape)}, where x of shape {x.shape} cannot tell the None")
    return tf.broadcast_to(x, target)


def broadcast_arrays(*arrays: Any) -> list[tf.Tensor]:
    """The arrays repeated to their common shape."""
    tensors = [tensor(x) for x in arrays]
    shape = tensors[0].shape
    for x in tensors[1:]:
        shape = tf.broadcast_static_shape(shape, x.shape)
    if shape.is_fully_defined():
        return [tf.broadcast_to(x, shape) for x in tensors]
    dynamic = tf.shape(tensors[0])
    for x in tensors[1:]:
        dynamic = tf.broadcast_dynamic_shape(dynamic, tf.shape(x))
    return [tf.ensure_shape(tf.broadcast_to(x, dynamic), shape) for x in tensors]


def concat(arrays: Sequence[Any], /, *, axis: Any = 0) -> tf.Tensor:
    """The arrays one after another along an axis that they have; flattened first if it is None."""
    tensors = operands(*arrays)
    if axis is None:
        return tf.concat([tf.reshape(x, [-1]) for x in tensors], 0)
    return tf.concat(tensors, axis_of(tensors[0], axis))


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> tf.Tensor:
    """The arrays along a new axis."""
    tensors = operands(*arrays)
    return tf.stack(tensors, axis_of(tensors[0], axis, extra=1))


def unstack(x: Any, /, *, axis: int = 0) -> tuple[tf.Tensor, ...]:
    """The slices along an axis of known length."""
    x = tensor(x)
    return tuple(tf.unstack(x, axis=axis_of(x, axis)))


def expand_dims(x: Any, /, axis: int = 0) -> tf.Tensor:
    """A new axis of length 1."""
    x = tensor(x)
    return tf.expand_dims(x, axis_of(x, axis, extra=1))


def squeeze(x: Any, /, axis: Any) -> tf.Tensor:
    """Without the given axes, which must have length 1."""
    x = tensor(x)
    axes = axes_of(x, axis)
    if any(x.shape[a] not in (1, None) for a in axes):
        raise ValueError(f"axis: got {axis}, expected axes of length 1 of shape {x.shape}")
    return tf.squeeze(x, axes) if axes else x  # tf.squeeze takes an empty list for all axes


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> tf.Tensor:
    """The axes in another order."""
    x = tensor(x)
    return tf.transpose(x, axes_of(x, tuple(axes)))


def moveaxis(x: Any, source: Any, destination: Any, /) -> tf.Tensor:
    """Some axes moved, the others in their order."""
    x = tensor(x)
    sources, places = axes_of(x, source), axes_of(x, destination)
    if len(sources) != len(places) or len({*sources}) < len(sources) or len({*places}) < len(places):
        raise ValueError(f"destination: got {destination}, expected one place for each of the axes {source}")
    order = [a for a in range(x.shape.rank) if a not in sources]
    for place, a in sorted(zip(places, sources, strict=True)):
        order.insert(place, a)
    return x if order == sorted(order) else tf.transpose(x, order)


def flip(x: Any, /, *, axis: Any = None) -> tf.Tensor:
    """Backwards along the given axes, or along all."""
    x = tensor(x)
    return tf.reverse(x, axes_of(x, axis))


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> tf.Tensor:
    """Shifted around along the given axes, or flattened for the shift."""
    x = tensor(x)
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, [-1]), shift, 0), shape_of(x))
    axes = axes_of(x, axis)
    shifts = list(shift) if isinstance(shift, (tuple, list)) else [shift] * len(axes)
    return tf.roll(x, shifts, axes)


def tile(x: Any, repetitions: tuple[int, ...], /) -> tf.Tensor:
    """The whole repeated along each axis."""
    x = tensor(x)
    counts = [1] * (x.shape.rank - len(repetitions)) + list(repetitions)
    x = tf.reshape(x, [1] * (len(counts) - x.shape.rank) + shape_of(x))
    return tf.cast(tf.tile(tf.cast(x, tf.int32), counts), x.dtype) if x.dtype == tf.uint16 else tf.tile(x, counts)


def repeat(x: Any, repeats: Any, /, *, axis: Any = None) -> tf.Tensor:
    """Each element repeated along an axis; the numbers may differ from element to element."""
    x = tensor(x)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    axis = axis_of(x, axis)
    if isinstance(repeats, int):
        shape = shape_of(x)
        x = tf.expand_dims(x, axis + 1)
        x = tf.broadcast_to(x, [*shape[: axis + 1], repeats, *shape[axis + 1 :]])
        return tf.reshape(x, [*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]])
    known = tf.get_static_value(tensor(repeats))
    if known is None or x.shape[axis] is None:
        return tf.repeat(x, repeats, axis)
    return tf.gather(x, np.repeat(np.arange(x.shape[axis]), known), axis=axis)  # XLA has no tf.repeat with many numbers


def _from_front(indices: Any, length: Any) -> tf.Tensor:
    """Indices with negative ones counted from the end, as all other libraries do; a gather would refuse them."""
    indices = tensor(indices)
    if indices.dtype not in (tf.int32, tf.int64):
        indices = tf.cast(indices, tf.int64 if indices.dtype in (tf.uint32, tf.uint64) else tf.int32)
    return tf.where(indices < 0, indices + tf.cast(length, indices.dtype), indices)


def take(x: Any, indices: Any, /, *, axis: Any = None) -> tf.Tensor:
    """The elements at integer positions along an axis."""
    x = tensor(x)
    if axis is None and x.shape.rank != 1:
        raise ValueError(f"axis: got None, expected an integer for an array of {x.shape.rank} dimensions")
    axis = axis_of(x, axis or 0)
    return tf.gather(x, _from_front(indices, shape_of(x)[axis]), axis=axis)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> tf.Tensor:
    """For each position in `indices`, the element of x that it points to along an axis; the other axes broadcast."""
    x, indices = tensor(x), tensor(indices)
    axis = axis_of(x, axis)
    last = x.shape.rank - 1
    x, indices = moveaxis(x, axis, last), moveaxis(indices, axis, last)
    indices = _from_front(indices, shape_of(x)[last])
    batch = tf.broadcast_static_shape(x.shape[:-1], indices.shape[:-1])
    if x.shape[:-1] != batch or indices.shape[:-1] != batch:
        lead = [m if n == 1 else n for m, n in zip(shape_of(x)[:-1], shape_of(indices)[:-1], strict=True)]
        x = tf.broadcast_to(x, lead + shape_of(x)[-1:])
        indices = tf.broadcast_to(indices, lead + shape_of(indices)[-1:])
    return moveaxis(tf.gather(x, indices, axis=last, batch_dims=last), last, axis)


def nonzero(x: Any, /) -> tuple[tf.Tensor, ...]:
    """The positions of the elements that are not zero, a vector per axis. Not under XLA: its length depends on data."""
    x = tensor(x)
    found = tf.where(x if x.dtype.is_bool else tf.not_equal(x, tf.zeros([], x.dtype)))
    return tuple(tf.unstack(tf.cast(found, tf.int32), axis=1))


guard(globals())
