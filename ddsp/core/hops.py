"""Controls in hops, and hops in rows of samples: the layout in which phase and synthesis compute.

A hop of samples leads from one frame to the next. Whatever is interpolated between neighboring frames is computed hop
by hop, from the value at its start and the change to its end, in a whole sound as in a stream.
"""

from __future__ import annotations

from typing import NamedTuple

from .. import design
from ..extend import Adapter, Array, Float, axis_size


class Hops(NamedTuple):
    """Controls at the start of each hop, and their change to the end of the hop, [batch, hops, channels]."""

    start: Array
    change: Array


def hops_of(xp: Array, frames: Float[Array, "batch frames channels"]) -> Hops:
    """The hops of a whole sound, in which the last frame is held: as many as there are frames."""
    return Hops(frames, xp.concat([frames[:, 1:, :], frames[:, -1:, :]], axis=1) - frames)


def hops_to_rows(backend: Adapter, hops: Hops, n_samples: int) -> Hops:
    """The hop of each row, [batch, rows, channels] (`design.row_shape`)."""
    n_hops = axis_size(hops.start, 1)
    *_, even = design.row_shape(n_hops, n_samples)
    if even:
        return hops
    hop_of_row = backend.constant(design.row_indices(n_hops, n_samples)[0], hops.start)
    return Hops(*(backend.xp.take(x, hop_of_row, axis=1) for x in hops))


def rows_to_samples(
    backend: Adapter, x: Float[Array, "batch rows segments length channels"], n_hops: int, n_samples: int
) -> Float[Array, "batch time channels"]:
    """Put the samples of rows in order of time."""
    xp = backend.xp
    rows, segments, length, channels = (axis_size(x, axis) for axis in (1, 2, 3, 4))
    *_, even = design.row_shape(n_hops, n_samples)
    if even:
        kept = xp.reshape(x, (-1, rows, segments * length, channels))[:, :, : n_samples // n_hops, :]
        return xp.reshape(kept, (-1, n_samples, channels))
    flat = xp.reshape(x, (-1, rows * segments * length, channels))
    place_of_sample = backend.constant(design.row_indices(n_hops, n_samples)[1], x)
    return xp.take(flat, place_of_sample, axis=1)
