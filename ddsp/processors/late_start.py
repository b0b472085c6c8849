"""Nodes that start later than their group, because a node before them looks ahead.

Such a node receives zeros until the first frame arrives. It must ignore them, because they would change the state of a
network and advance a phase. The position of the first frame in a step depends on the number of frames before the step.
If this number can be read, the step is split there. Otherwise frames are computed one by one, and those before the
start leave the state unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core.streaming import State
from ..extend import Array, adapter_of, axis_size

__all__: list[str] = []

#: Frames of a step that are computed one after the other in the program itself instead of in a loop.
MAX_UNROLLED = 4

Step = Callable[..., tuple[Any, State]]


def step_from_start(step: Step, state: State, arguments: list[Array], started: Array) -> tuple[Any, State]:
    """One step of a stream that may begin within it.

    Parameters
    ----------
    step
        Function `step(state, *arguments) -> (signal, state)`, whose signal is an array or a dict of arrays.
    state
        State of the stream.
    arguments
        Frames, [batch, k, channels], and samples, [batch, k * hop_size, ...].
    started
        0 for the frames before the start, [batch, k], and 1 from then on, the same in the whole batch.

    Returns
    -------
    signal : array
        Signal of the step, with zeros before the start.
    state : dict
        State for what follows.
    """
    backend, n_frames = adapter_of(started), axis_size(started, 1)
    there = backend.concrete_nonzero(backend.xp.sum(started, axis=0) > 0.0)
    if there is None:
        return _frame_by_frame(step, state, arguments, started)
    waiting = n_frames - int(there.shape[0])
    if waiting == 0:
        return step(state, *arguments)
    if waiting == n_frames:  # a step without effect tells what the signal looks like
        signal, _ = step(state, *arguments)
        return _each(backend.xp.zeros_like, signal), state
    signal, state = step(state, *(x[:, waiting * (x.shape[1] // n_frames) :, ...] for x in arguments))

    def after_zeros(x: Array) -> Array:
        size = x.shape[1] // (n_frames - waiting)
        zero = backend.xp.zeros_like(x[:, :size, ...])
        return backend.xp.concat([zero] * waiting + [x], axis=1)

    return _each(after_zeros, signal), state


def _frame_by_frame(step: Step, state: State, arguments: list[Array], started: Array) -> tuple[Any, State]:
    backend, n_frames = adapter_of(started), axis_size(started, 1)
    xp = backend.xp

    def one(state: State, frame: list[Array]) -> tuple[State, Any]:
        there, *inputs = frame
        signal, after = step(state, *inputs)
        return _kept(there, after, state), _kept(there, signal, _each(xp.zeros_like, signal))

    blocks = [_blocks(x, n_frames) for x in (started, *arguments)]
    state, signal = one(state, [x[0, ...] for x in blocks])
    signals = [signal]
    if n_frames <= MAX_UNROLLED:
        for i in range(1, n_frames):
            state, signal = one(state, [x[i, ...] for x in blocks])
            signals.append(signal)
    else:  # the first frame may have told sizes that the state did not have, and a loop needs
        state, rest = backend.scan(one, state, [x[1:, ...] for x in blocks])
        signals.append(_each(_joined_blocks, rest))
    if len(signals) == 1:
        return signal, state
    if isinstance(signal, Mapping):
        return {name: xp.concat([part[name] for part in signals], axis=1) for name in signal}, state
    return xp.concat(signals, axis=1), state


def _blocks(x: Array, n_frames: int) -> Array:
    """[batch, frames * size, ...] -> [frames, batch, size, ...]."""
    xp, rest = adapter_of(x).xp, [axis_size(x, axis) for axis in range(2, len(x.shape))]
    return xp.moveaxis(xp.reshape(x, (-1, n_frames, axis_size(x, 1) // n_frames, *rest)), 1, 0)


def _joined_blocks(x: Array) -> Array:
    """[frames, batch, size, ...] -> [batch, frames * size, ...]."""
    xp, rest = adapter_of(x).xp, [axis_size(x, axis) for axis in range(3, len(x.shape))]
    return xp.reshape(xp.moveaxis(x, 0, 1), (-1, axis_size(x, 0) * axis_size(x, 2), *rest))


def _kept(there: Array, after: Any, before: Any) -> Any:
    """`after` where there is a frame, [batch, 1], and `before` elsewhere; nested dicts of arrays."""
    if isinstance(after, Mapping):
        return {name: _kept(there, x, before[name]) for name, x in after.items()}
    xp = adapter_of(after).xp
    if tuple(after.shape) != tuple(before.shape):  # sizes that were not known before the first step
        before = xp.zeros_like(after)
    return xp.where(xp.reshape(there, (-1, *(1 for _ in after.shape[1:]))) > 0.0, after, before)


def _each(f: Callable[[Array], Array], signal: Any) -> Any:
    return {name: f(x) for name, x in signal.items()} if isinstance(signal, Mapping) else f(signal)
