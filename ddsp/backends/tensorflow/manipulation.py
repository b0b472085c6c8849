"""Shapes, order and indexing of tensors.

A dimension may be unknown while `tf.function` traces. Shapes are lists in which only unknown dimensions are tensors, so
the other dimensions stay static. None in a target shape keeps an unknown dimension of the input.
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
    """Shape as a list, with scalar tensors for unknown dimensions."""
    if x.shape.is_fully_defined():
        return x.shape.as_list()
    dynamic = tf.shape(x)
    return [dynamic[i] if n is None else n for i, n in enumerate(x.shape.as_list())]


def axis_of(x: tf.Tensor, axis: int, extra: int = 0) -> int:
    """Non-negative index of an axis."""
    rank = x.shape.rank + extra
    if not -rank <= axis < rank:
        raise IndexError(f"axis: got {axis}, expected one of {rank} dimensions")
    return axis % rank


def axes_of(x: tf.Tensor, axis: Any) -> list[int]:
    """Non-negative indices of axes; all axes for None."""
    if axis is None:
        return list(range(x.shape.rank))
    return [axis_of(x, a) for a in (axis if isinstance(axis, (tuple, list)) else (axis,))]


def cut(x: tf.Tensor, axis: int, start: Any = None, stop: Any = None) -> tf.Tensor:
    """Slice x[start:stop] along an axis with a non-negative index."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def reshape(x: Any, /, shape: Any, *, copy: Any = None) -> tf.Tensor:
    """Reshape. One dimension may be -1; None keeps an unknown dimension of x."""
    x = tensor(x)
    target = list(shape) if isinstance(shape, (tuple, list, tf.TensorShape)) else [shape]
    if any(n is None for n in target):
        target = [shape_of(x)[i] if n is None else n for i, n in enumerate(target)]
    return tf.reshape(x, target)


def broadcast_to(x: Any, /, shape: Any) -> tf.Tensor:
    """Broadcast x to a shape. None keeps the unknown dimension of x at that position, counted from the right."""
    x = tensor(x)
    own = [None] * (len(shape) - x.shape.rank) + shape_of(x)
    target = [n if m is None else m for m, n in zip(shape, own, strict=True)]
    if any(n is None for n in target):
        raise ValueError(f"shape: got {tuple(shape)}, where x of shape {x.shape} cannot tell the None")
    return tf.broadcast_to(x, target)


def broadcast_arrays(*arrays: Any) -> list[tf.Tensor]:
    """Broadcast arrays to their common shape."""
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
    """Concatenate arrays along an existing axis; None flattens them first."""
    tensors = operands(*arrays)
    if axis is None:
        return tf.concat([tf.reshape(x, [-1]) for x in tensors], 0)
    return tf.concat(tensors, axis_of(tensors[0], axis))


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> tf.Tensor:
    """Stack arrays along a new axis."""
    tensors = operands(*arrays)
    return tf.stack(tensors, axis_of(tensors[0], axis, extra=1))


def unstack(x: Any, /, *, axis: int = 0) -> tuple[tf.Tensor, ...]:
    """Split into slices along an axis of known length."""
    x = tensor(x)
    return tuple(tf.unstack(x, axis=axis_of(x, axis)))


def expand_dims(x: Any, /, axis: int = 0) -> tf.Tensor:
    """Insert an axis of length 1."""
    x = tensor(x)
    return tf.expand_dims(x, axis_of(x, axis, extra=1))


def squeeze(x: Any, /, axis: Any) -> tf.Tensor:
    """Remove axes of length 1."""
    x = tensor(x)
    axes = axes_of(x, axis)
    if any(x.shape[a] not in (1, None) for a in axes):
        raise ValueError(f"axis: got {axis}, expected axes of length 1 of shape {x.shape}")
    return tf.squeeze(x, axes) if axes else x  # an empty list means all axes in tf.squeeze


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> tf.Tensor:
    """Permute the axes."""
    x = tensor(x)
    return tf.transpose(x, axes_of(x, tuple(axes)))


def moveaxis(x: Any, source: Any, destination: Any, /) -> tf.Tensor:
    """Move some axes and keep the order of the others."""
    x = tensor(x)
    sources, places = axes_of(x, source), axes_of(x, destination)
    if len(sources) != len(places) or len({*sources}) < len(sources) or len({*places}) < len(places):
        raise ValueError(f"destination: got {destination}, expected one place for each of the axes {source}")
    order = [a for a in range(x.shape.rank) if a not in sources]
    for place, a in sorted(zip(places, sources, strict=True)):
        order.insert(place, a)
    return x if order == sorted(order) else tf.transpose(x, order)


def flip(x: Any, /, *, axis: Any = None) -> tf.Tensor:
    """Reverse the order along some or all axes."""
    x = tensor(x)
    return tf.reverse(x, axes_of(x, axis))


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> tf.Tensor:
    """Shift cyclically along axes; without an axis, as if flattened."""
    x = tensor(x)
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, [-1]), shift, 0), shape_of(x))
    axes = axes_of(x, axis)
    shifts = list(shift) if isinstance(shift, (tuple, list)) else [shift] * len(axes)
    return tf.roll(x, shifts, axes)


def tile(x: Any, repetitions: tuple[int, ...], /) -> tf.Tensor:
    """Repeat the whole array along each axis."""
    x = tensor(x)
    counts = [1] * (x.shape.rank - len(repetitions)) + list(repetitions)
    x = tf.reshape(x, [1] * (len(counts) - x.shape.rank) + shape_of(x))
    return tf.cast(tf.tile(tf.cast(x, tf.int32), counts), x.dtype) if x.dtype == tf.uint16 else tf.tile(x, counts)


def repeat(x: Any, repeats: Any, /, *, axis: Any = None) -> tf.Tensor:
    """Repeat each element along an axis; `repeats` may differ from element to element."""
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
    return tf.gather(x, np.repeat(np.arange(x.shape[axis]), known), axis=axis)  # XLA lacks tf.repeat with counts


def _from_front(indices: Any, length: Any) -> tf.Tensor:
    """Replace negative indices, which count from the end in all other libraries; tf.gather rejects them."""
    indices = tensor(indices)
    if indices.dtype not in (tf.int32, tf.int64):
        indices = tf.cast(indices, tf.int64 if indices.dtype in (tf.uint32, tf.uint64) else tf.int32)
    return tf.where(indices < 0, indices + tf.cast(length, indices.dtype), indices)


def take(x: Any, indices: Any, /, *, axis: Any = None) -> tf.Tensor:
    """Take elements at integer positions along an axis."""
    x = tensor(x)
    if axis is None and x.shape.rank != 1:
        raise ValueError(f"axis: got None, expected an integer for an array of {x.shape.rank} dimensions")
    axis = axis_of(x, axis or 0)
    return tf.gather(x, _from_front(indices, shape_of(x)[axis]), axis=axis)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> tf.Tensor:
    """Take one element along an axis for each index; the other axes broadcast."""
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
    """Positions of the nonzero elements, one vector per axis. Not under XLA, because their number depends on data."""
    x = tensor(x)
    found = tf.where(x if x.dtype.is_bool else tf.not_equal(x, tf.zeros([], x.dtype)))
    return tuple(tf.unstack(tf.cast(found, tf.int32), axis=1))


guard(globals())
