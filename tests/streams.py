"""Streams in tests: steps over pieces of inputs, which together must give what one call gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ddsp.backends import adapter_of
from ddsp.backends._host import leaves_of, map_tree

__all__ = ["cuts_of", "own", "pieces_of", "spoil", "stream"]


def cuts_of(n: int, most: int = 8) -> st.SearchStrategy[list[int]]:
    """Places at which to cut n frames; two equal ones are an empty piece."""
    return st.lists(st.integers(0, n), max_size=most).map(sorted)


def pieces_of(inputs: Any, cuts: Sequence[int], axes: Any = 1) -> list[Any]:
    """Inputs cut in pieces: for each piece a list or dict as `inputs`. An input whose axis is None stays whole.

    Cuts count along the shortest input. One with k times as many samples is cut at k times the places.
    """
    names = list(inputs) if isinstance(inputs, Mapping) else list(range(len(inputs)))
    if not isinstance(axes, (Mapping, Sequence)):
        axes = dict.fromkeys(names, axes)
    sizes = {name: inputs[name].shape[axes[name]] for name in names if axes[name] is not None}
    n = min(sizes.values(), default=len(cuts) + 1)
    assert all(size % n == 0 for size in sizes.values()), f"not multiples of {n}: {sizes}"
    pieces = []
    for start, stop in zip([0, *cuts], [*cuts, n], strict=True):
        piece = {
            name: x if axes[name] is None else _part(x, axes[name], sizes[name] // n, start, stop)
            for name, x in ((name, inputs[name]) for name in names)
        }
        pieces.append(piece if isinstance(inputs, Mapping) else list(piece.values()))
    return pieces


def _part(x: Any, axis: int, k: int, start: int, stop: int) -> Any:
    return x[(slice(None),) * axis + (slice(k * start, k * stop), ...)]


def stream(
    processor: Any,
    inputs: Any,
    cuts: Sequence[int],
    axes: Any = 1,
    *,
    hop_size: int = 64,
    step: Callable | None = None,
    **settings: Any,
) -> Any:
    """The joined signals of steps over pieces of the inputs, and of flush, without the latency. Signals may be dicts.

    Zeros before the latency, and the shapes of the state, are checked on the way.

    Parameters
    ----------
    processor
        What streams.
    inputs
        The arguments of its call: a list of arrays, or a dict, which a step gets as one argument, as that of a group.
    cuts
        Where to cut, ascending, in frames or samples.
    axes
        Axis to cut: 1, or 2 behind voices; one for each input if they differ, None for one that is not cut.
    hop_size
        Samples a frame.
    step
        Instead of `processor.step`, for example the same compiled.
    **settings
        For `init_state`: `key`, or `like` instead of the first input.
    """
    arrays = list(inputs.values()) if isinstance(inputs, Mapping) else list(inputs)
    settings = {"batch": max(x.shape[0] for x in arrays), "like": arrays[0], "hop_size": hop_size, **settings}
    state = processor.init_state(**settings)
    signals, first = [], None
    for piece in pieces_of(inputs, cuts, axes):
        piece = map_tree(own, [piece] if isinstance(piece, Mapping) else piece)
        signal, state = (step or processor.step)(state, *piece)
        signals.append(map_tree(own, signal))
        map_tree(spoil, [piece, signal])
        empty = leaves_of(signal)[0].shape[1] == 0
        first = state if first is None and not empty else first  # an empty piece may leave sizes open
        assert first is None or map_tree(layout_of, state) == map_tree(layout_of, first)
    signal, last = processor.flush(state)
    assert map_tree(layout_of, last) == map_tree(layout_of, state)
    assert all(x.shape[0] == settings["batch"] for x in leaves_of(state))
    latency = processor.latency_samples(hop_size) // (hop_size if processor.frame_signal else 1)

    def joined(*parts: Any) -> Any:
        xp = adapter_of(*parts).xp
        whole = xp.concat(parts, axis=1)
        assert not xp.any(whole[:, :latency, ...] != 0.0)
        return whole[:, latency:, ...]

    return map_tree(joined, *signals, signal)


def own(x: Any) -> Any:
    """A copy, if the array can be written to."""
    return x.copy() if isinstance(x, np.ndarray) else x


def spoil(x: Any) -> None:
    """Write to an array, as callers do who use the memory of a block again: no state may share it."""
    if isinstance(x, np.ndarray) and x.flags.writeable:
        x[...] = np.nan if x.dtype.kind in "fc" else 0


def layout_of(x: Any) -> tuple:
    """Shape and dtype of an array."""
    return tuple(x.shape), str(x.dtype)
