"""Reading tables between their samples: neighbours are gathered, so nothing has an axis of table positions."""

from __future__ import annotations

import math

from .. import design
from ..extend import Adapter, Array, axis_size

__all__ = ["floor_index", "read_rows", "serve_batch", "take_flat"]


def floor_index(backend: Adapter, x: Array, least: int, most: int) -> tuple[Array, Array]:
    """floor(x), and the same as valid indices: integers within [least, most], where NaN counts as `least`."""
    xp = backend.xp
    lower = xp.floor(backend.stop_gradient(x))
    sane = xp.where(xp.isnan(lower), xp.full_like(lower, least), xp.clip(lower, least, most))
    # The integers of this library's constants, which it can index with.
    return lower, xp.astype(sane, backend.constant(design.integers(1), x).dtype)


def serve_batch(xp: Array, x: Array, other: Array) -> Array:
    """x with a batch of 1 repeated for the batch of `other`, [batch, time]."""
    if x.shape[0] == other.shape[0] or x.shape[0] != 1:
        return x
    return x + xp.reshape(xp.zeros_like(other[:, :1]), (-1, *(1 for _ in x.shape[1:])))


def take_flat(xp: Array, x: Array, indices: Array) -> Array:
    """x[b, indices[b, ...]] for x [batch, n] and any number of axes of indices behind the batch."""
    shape = [axis_size(indices, axis) for axis in range(1, len(indices.shape))]
    found = xp.take_along_axis(x, xp.reshape(indices, (-1, math.prod(shape))), axis=1)
    return xp.reshape(found, (-1, *shape))


def read_rows(backend: Adapter, tables: Array, rows: Array, weights: Array, phase: Array) -> Array:
    """A weighted sum of some rows of periodic tables, at a phase: [batch, time].

    Parameters
    ----------
    tables : [batch, rows, n_wavetable].
    rows : integers, which rows are read at each time, [1 or batch, taps, 1 or time].
    weights : of that shape.
    phase : in cycles, in [-1, 1], [batch, time].
    """
    xp = backend.xp
    n_rows, size = axis_size(tables, 1), axis_size(tables, 2)
    place = phase * size
    lower, index = floor_index(backend, place, -size, 2 * size)
    neighbours = xp.stack([index % size, (index + 1) % size], axis=1)  # [batch, 2, time]
    flat = rows[:, :, None, :] * size + neighbours[:, None, :, :]  # [batch, taps, 2, time]
    found = take_flat(xp, xp.reshape(tables, (-1, n_rows * size)), flat)
    left, right = found[:, :, 0, :], found[:, :, 1, :]
    return xp.sum(weights * (left + (place - lower)[:, None, :] * (right - left)), axis=1)
