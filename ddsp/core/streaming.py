"""What every stream needs: its hop size, a delay, and controls that are interpolated from frames to samples.

A stream is computed step by step: a step takes a state and the next inputs, and returns the next outputs and the state
after them. A state is a dict of arrays whose first axis is the batch. Functions of steps are pure, and a whole sound is
one step over all of its frames, so that streaming and offline computation share them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..extend import Array, adapter_of, axis_size, integer, unchecked
from .resampling import resample

__all__: list[str] = []

#: Arrays by name, nested for groups, [batch, ...].
State = dict[str, Any]


def example_array(like: Any) -> Array:
    """The array that gives backend, dtype and device: `like` itself, or the first one in a dict of example inputs."""
    while isinstance(like, Mapping):
        if not like:
            raise ValueError("like: got an empty dict, expected an array, or example inputs by name")
        like = next(iter(like.values()))
    return like


def zeros(shape: tuple[int, ...], like: Any) -> Array:
    """Zeros with backend, dtype and device of `like`."""
    like = example_array(like)
    return adapter_of(like, names=("like",)).constant(np.zeros(shape), like)


def integer_zeros(shape: tuple[int, ...], like: Any) -> Array:
    """Zeros of int32 with backend and device of `like`."""
    like = example_array(like)
    return adapter_of(like, names=("like",)).constant(np.zeros(shape, np.int32), like)


def init_hop(batch: int, like: Any, hop_size: int) -> State:
    """State that holds the hop size: zeros of [batch, hop_size, 0], because compilers know shapes, but not values."""
    batch, hop_size = integer("batch", batch, 0), integer("hop_size", hop_size, 1)
    return {"hop": zeros((batch, hop_size, 0), like)}


def hop_size_of(state: State) -> int:
    """The hop size of a stream, in samples."""
    return axis_size(state["hop"], 1)


def no_samples(state: State, channels: tuple[int, ...] = ()) -> Array:
    """Audio of no samples, [batch, 0, *channels]: what `flush` returns if nothing was held back."""
    hop = state["hop"]
    return adapter_of(hop).xp.reshape(hop[:, :0, :], (hop.shape[0], 0, *channels))


def is_empty(x: Any) -> bool:
    """Whether an input of a step has no frames or samples."""
    return 0 in tuple(getattr(x, "shape", ()))[1:]


def check_batch(state: State, arrays: Mapping[str, Any]) -> None:
    """Raise ValueError unless arrays, by name, have the batch of the state or 1. Arrays of one axis have no batch."""
    batch = state["hop"].shape[0] if isinstance(state, Mapping) and "hop" in state else None
    for name, x in arrays.items():
        shape: Any = getattr(x, "shape", ())
        if batch is None or getattr(shape, "rank", 2) is None or len(shape) < 2:
            continue
        if shape[0] not in (1, None, batch):
            raise ValueError(f"{name}: got a batch of {shape[0]}, expected {batch} as in the state")


def broadcast_batch(x: Array, like: Array) -> Array:
    """x with the batch of `like`, [batch, ...], if its own is 1."""
    if x.shape[0] == like.shape[0]:
        return x
    xp = adapter_of(x, like).xp
    return xp.broadcast_to(x, (like.shape[0], *(axis_size(x, axis) for axis in range(1, len(x.shape)))))


def like_in_channels(past: Array, x: Array) -> Array:
    """`past`, or zeros with the channels of x if they were not known before the first step."""
    if tuple(past.shape[2:]) == tuple(x.shape[2:]):
        return past
    return zeros((past.shape[0], axis_size(past, 1), *x.shape[2:]), x)


def with_last_frame(last: Array, frames: Array) -> Array:
    """The last frame before a step and the frames of the step, [batch, 1 + frames, channels]."""
    frames = broadcast_batch(frames, last)
    return adapter_of(last, frames).xp.concat([like_in_channels(last, frames), frames], axis=1)


def delay_step(past: Array, x: Array) -> tuple[Array, Array]:
    """Delay a signal by as many samples as `past` has.

    Parameters
    ----------
    past
        The last samples, [batch, delay, ...]; zeros at first.
    x
        The next samples, [batch, time, ...], any number of them.

    Returns
    -------
    delayed : array
        [batch, time, ...].
    past : array
        The last samples now, [batch, delay, ...].
    """
    time, x = axis_size(x, 1), broadcast_batch(x, past)
    both = adapter_of(past, x).xp.concat([like_in_channels(past, x), x], axis=1)
    return both[:, :time, ...], both[:, time:, ...]


def init_interpolation(batch: int, like: Any, channels: int = 0) -> State:
    """State of `interpolate_step` before the first frame; 0 channels if their number is not known."""
    return {"started": integer_zeros((batch, 1), like), "frame": zeros((batch, 1, channels), like)}


def interpolate_step(state: State, frames: Array, hop_size: int, method: str = "linear") -> tuple[Array, State]:
    """Interpolate controls from frames to samples, one hop late, because a hop leads to the next frame.

    The first hop is 0. The samples after it are those of `resample`, if the last frame is given twice in the end: there
    it is held.

    Parameters
    ----------
    state
        State of `init_interpolation` or of the previous step.
    frames
        The next frames, [batch, frames, channels].
    hop_size
        Samples a frame.
    method
        'nearest', 'linear' or 'window'.

    Returns
    -------
    samples : array
        [batch, frames * hop_size, channels].
    state : dict
        State for the frames that follow.
    """
    xp, n_frames, channels = adapter_of(frames).xp, axis_size(frames, 1), axis_size(frames, 2)
    both = with_last_frame(state["frame"], frames)
    samples = xp.reshape(interpolate_hops(both, hop_size, method), (-1, n_frames, hop_size, channels))
    started = with_start(state["started"], n_frames)
    samples = xp.where(started[:, :-1, None, None] > 0, samples, xp.zeros_like(samples))
    samples = xp.reshape(samples, (-1, n_frames * hop_size, channels))
    return samples, {"started": started[:, -1:], "frame": both[:, -1:, :]}


def interpolate_hops(frames: Array, hop_size: int, method: str = "linear") -> Array:
    """The samples of `resample` between frames, without those after the last one, [batch, time, channels]."""
    n_frames = axis_size(frames, 1)
    return unchecked(resample)(frames, n_frames * hop_size, method)[:, : (n_frames - 1) * hop_size, :]


def with_start(started: Array, n_frames: int) -> Array:
    """Whether there was a frame before each frame of a step, and before the one after it: [batch, frames + 1]."""
    xp = adapter_of(started).xp
    return xp.concat([started] + [xp.ones_like(started)] * n_frames, axis=1)
