"""Controls in hops, and hops in rows of samples: the layout in which phase and synthesis compute.

A hop of samples leads from one frame to the next. Whatever is interpolated between neighboring frames is computed hop
by hop, from the value at its start and the change to its end, in a whole sound as in a stream.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from .. import design
from ..extend import Adapter, Array, Float, axis_size


class Hops(NamedTuple):
    """Controls at the start of each hop, and their change to the end of the hop, [batch, hops, channels]."""

    start: Array
    change: Array


class LongHops(NamedTuple):
    """Controls at four frames for each hop, which 'cubic' interpolates: the two ends, the frame before, and that after.

    Each is [batch, hops, channels].
    """

    before: Array
    start: Array
    end: Array
    after: Array


def hops_of(xp: Array, frames: Float[Array, "batch frames channels"]) -> Hops:
    """The hops of a whole sound, in which the last frame is held: as many as there are frames."""
    return Hops(frames, xp.concat([frames[:, 1:, :], frames[:, -1:, :]], axis=1) - frames)


def hops_for(xp: Array, frames: Float[Array, "batch frames channels"], method: str) -> Hops | LongHops:
    """`hops_of` for a method of interpolation. The frame before the first one is the first one again."""
    if method != "cubic":
        return hops_of(xp, frames)
    first, last, n = frames[:, :1, :], frames[:, -1:, :], axis_size(frames, 1)
    longer = xp.concat([first, frames, last, last], axis=1)
    return LongHops(*(longer[:, i : i + n, :] for i in range(4)))


AnyHops = TypeVar("AnyHops", bound=Hops | LongHops)


def hops_to_rows(backend: Adapter, hops: AnyHops, n_samples: int) -> AnyHops:
    """The hop of each row, [batch, rows, channels] (`design.row_shape`)."""
    n_hops = axis_size(hops.start, 1)
    *_, even = design.row_shape(n_hops, n_samples)
    if even:
        return hops
    hop_of_row = backend.constant(design.row_indices(n_hops, n_samples)[0], hops.start)
    return type(hops)(*(backend.xp.take(x, hop_of_row, axis=1) for x in hops))


def pick_channels(hops: AnyHops, channels: slice) -> AnyHops:
    """Hops of some channels."""
    return type(hops)(*(x[:, :, channels] for x in hops))


def interpolate(
    backend: Adapter, hops: Hops | LongHops, n_samples: int, method: str
) -> Float[Array, "batch rows samples channels"]:
    """Controls at each sample of the rows, by a method of `resample`; by 'cubic' if they are `LongHops`."""
    n_hops = axis_size(hops.start, 1)
    parts = [x[:, :, None, :] for x in hops_to_rows(backend, hops, n_samples)]
    if isinstance(hops, LongHops):
        weights = backend.constant(design.row_cubic(n_hops, n_samples), hops.start)[:, None, :, :, None]
        return sum(weights[i, ...] * part for i, part in enumerate(parts))
    start, change = parts
    return start + backend.constant(design.row_blend(n_hops, n_samples, method), start)[None, :, :, None] * change


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
