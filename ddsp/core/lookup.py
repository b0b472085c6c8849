"""Interpolated table lookup by gathering neighbors, without arrays that have an axis of table positions."""

from __future__ import annotations

import math

from .. import design
from ..extend import Adapter, Array, axis_size

__all__: list[str] = []


def floor_index(backend: Adapter, x: Array, least: int, most: int) -> tuple[Array, Array]:
    """floor(x), and the same as valid indices: integers clipped to [least, most], with `least` for NaN."""
    xp = backend.xp
    lower = xp.floor(backend.stop_gradient(x))
    sane = xp.where(xp.isnan(lower), xp.full_like(lower, least), xp.clip(lower, least, most))
    # The integer dtype of this backend's constants is the one that it can index with.
    return lower, xp.astype(sane, backend.constant(design.integers(1), x).dtype)


def broadcast_batch(xp: Array, x: Array, other: Array) -> Array:
    """Broadcast a batch of 1 to the batch size of `other`, [batch, time]."""
    if x.shape[0] == other.shape[0] or x.shape[0] != 1:
        return x
    return x + xp.reshape(xp.zeros_like(other[:, :1]), (-1, *(1 for _ in x.shape[1:])))


def gather_per_batch(xp: Array, x: Array, indices: Array) -> Array:
    """Gather x[b, indices[b, ...]] from x [batch, n], for indices with any number of axes after the batch."""
    shape = [axis_size(indices, axis) for axis in range(1, len(indices.shape))]
    found = xp.take_along_axis(x, xp.reshape(indices, (-1, math.prod(shape))), axis=1)
    return xp.reshape(found, (-1, *shape))


def read_rows(backend: Adapter, tables: Array, rows: Array, weights: Array, phase: Array) -> Array:
    """Weighted sum of selected rows of periodic tables, read at a phase: [batch, time].

    Parameters
    ----------
    tables
        Tables, [batch, rows, n_wavetable].
    rows
        Indices of the rows to read at each time, [1 or batch, taps, 1 or time].
    weights
        Weights of the rows, of the same shape.
    phase
        Phase in cycles, in [-1, 1], [batch, time].
    """
    xp = backend.xp
    n_rows, size = axis_size(tables, 1), axis_size(tables, 2)
    place = phase * size
    lower, index = floor_index(backend, place, -size, 2 * size)
    neighbors = xp.stack([index % size, (index + 1) % size], axis=1)  # [batch, 2, time]
    flat = rows[:, :, None, :] * size + neighbors[:, None, :, :]  # [batch, taps, 2, time]
    found = gather_per_batch(xp, xp.reshape(tables, (-1, n_rows * size)), flat)
    left, right = found[:, :, 0, :], found[:, :, 1, :]
    return xp.sum(weights * (left + (place - lower)[:, None, :] * (right - left)), axis=1)
