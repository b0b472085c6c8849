"""Convolution with a long response, block by block, without latency: its end is computed in larger partitions.

If all partitions have P samples, the cost of a block is proportional to the length of the response. Here the first Q =
m P samples of the response have partitions of P samples, and the rest has partitions of Q (W. G. Gardner, "Efficient
convolution without input-output delay", J. Audio Eng. Soc. 43(3), 1995). The rest starts Q samples later, so its next Q
outputs depend only on the Q inputs so far. They are computed at once, as one block of a uniform convolution.

    response    | P | P | P | P |       Q       |       Q       |    m = 4
    inputs      |   |   |   | x |   then the next Q outputs of the rest are computed

docs/design_notes.md has the times of the m-th block and of the others. Compilers cannot branch on a number in the
state: the rest would be computed at each block, and selected when it is due.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..extend import Adapter, Array, adapter_of, axis_size
from .lookup import gather_per_batch
from .streaming import State, init_hop, integer_zeros, zeros

__all__: list[str] = []

#: Shortest response in samples that is divided into small and large partitions.
LEAST_TAPS = 2**17
#: Size of a large partition in small ones.
RATIO = 16


def large_partition(backend: Adapter, taps: int, hop_size: int, like: Array) -> int | None:
    """Samples of a large partition; None if two sizes of partitions are not faster than one."""
    size = RATIO * hop_size
    if taps < LEAST_TAPS or taps <= size or not backend.traits(like).small_products:
        return None
    return size if isinstance(_known(backend, integer_zeros((1, 1), like), 1), int) else None


def init_long(head: State, rest: State, batch: int, like: Array) -> State:
    """State of `long_step`, from those of the uniform convolutions with the start of the response and with its rest.

    'inputs' are the last Q inputs, 'outputs' the Q outputs of the rest for this block, and 'place' is the number of
    samples of the block so far.
    """
    size = axis_size(rest["hop"], 1)
    state = init_hop(batch, like, axis_size(head["hop"], 1)) | {"head": head, "rest": rest}
    state |= {name: zeros((batch, size), like) for name in ("inputs", "outputs")}
    return state | {"place": integer_zeros((batch, 1), like)}


def long_step(state: State, audio: Array, step: Any) -> tuple[Array, State]:
    """Convolve the next samples; `step` is `convolve_step`, which convolves with the parts."""
    backend, size, n_samples = adapter_of(audio), axis_size(state["inputs"], 1), axis_size(audio, 1)
    place = _known(backend, state["place"], size)
    if isinstance(place, int):
        return _step(backend.xp, state, audio, step, place, (place + n_samples) // size * size)
    blocks = [audio[:, :0]]
    for start in range(0, n_samples, size):
        block, state = _step(backend.xp, state, audio[:, start : start + size], step, state["place"], size)
        blocks.append(block)
    return backend.xp.concat(blocks, axis=1), state


def _step(xp: Any, state: State, audio: Array, step: Any, place: Any, n_ready: int) -> tuple[Array, State]:
    """Convolve samples at a place, which is a number or an array.

    If the place is a number, `n_ready` is the number of inputs in blocks that become complete. If not, there are at
    most Q samples and `n_ready` is Q: the block is always computed, and selected for the items in which it is complete.
    """
    size, n_samples, is_known = axis_size(state["inputs"], 1), axis_size(audio, 1), isinstance(place, int)
    out, head = step(state["head"], audio)
    inputs = xp.concat([state["inputs"], audio], axis=1)
    outputs, rest, all_outputs = state["outputs"], state["rest"], state["outputs"]
    if n_ready:
        first = size - place if is_known else xp.clip(size - place, None, n_samples)
        following, after = step(rest, _window(xp, inputs, first, n_ready))
        all_outputs = xp.concat([outputs, following], axis=1)
        new = following[:, n_ready - size :], after
        due = place + n_samples >= size
        outputs, rest = new if is_known else (_chosen(xp, due, *x) for x in zip(new, (outputs, rest), strict=True))
    return out + _window(xp, all_outputs, place, n_samples), state | {
        "head": head,
        "rest": rest,
        "inputs": inputs[:, n_samples:],
        "outputs": outputs,
        "place": (state["place"] + n_samples) % size,
    }


def _known(backend: Adapter, place: Array, size: int) -> Any:
    """The place as a number, if values can be read and all items have the same; otherwise the array."""
    places = backend.constant(np.arange(size, dtype=np.int32), place)
    found = backend.concrete_nonzero(backend.xp.sum(backend.xp.astype(places == place, place.dtype), axis=0) > 0)
    return int(found[0]) if found is not None and found.shape[0] == 1 else place


def _window(xp: Any, x: Array, start: Any, n: int) -> Array:
    """n samples from `start`, a number or one for each item, [batch, 1]."""
    if isinstance(start, int):
        return x[:, start : start + n]
    return gather_per_batch(xp, x, start + xp.arange(n, dtype=start.dtype))


def _chosen(xp: Any, condition: Array, x: Any, other: Any) -> Any:
    """`where` for nested dicts of arrays, with a condition for each item, [batch, 1]."""
    if isinstance(x, dict):
        return {name: _chosen(xp, condition, x[name], other[name]) for name in x}
    return xp.where(xp.reshape(condition, (-1, *(1 for _ in x.shape[1:]))), x, other)
