"""Voices: folded into the batch, computed like other items of it, and added."""

from __future__ import annotations

from functools import reduce
from operator import add

from ...extend import Array, axis_size, integer


def fold_voices(xp: Array, controls: dict[str, Array]) -> tuple[dict[str, Array], int]:
    """[batch, voices, frames, channels] -> [batch * voices, frames, channels], and the number of voices."""
    given = {name: x for name, x in controls.items() if x is not None}
    n_voices = integer("voices", max(axis_size(x, 1) for x in given.values()), 1)
    # Broadcasts every control with a batch or voice axis of 1.
    zeros = sum(xp.zeros_like(x[:, :, :1, :1]) for x in given.values())
    folded = {name: xp.reshape(x + zeros, (-1, axis_size(x, 2), axis_size(x, 3))) for name, x in given.items()}
    return folded, n_voices


def sum_voices(xp: Array, audio: Array, n_voices: int) -> Array:
    """[batch * voices, time] -> [batch, time]. One after the other: `sum` adds in an order that depends on the time."""
    if n_voices == 1:
        return audio
    return reduce(add, xp.unstack(xp.reshape(audio, (-1, n_voices, axis_size(audio, 1))), axis=1))
