"""Streams for blocks of any length."""

from __future__ import annotations

import math
from typing import Any

from ..core.streaming import zeros
from ..extend import Array, adapter_of, integer
from ..processors.base import Processor
from ..processors.group import ProcessorGroup
from ..processors.group_steps import timings
from .stream import Stream

__all__ = ["Rebuffer"]


class Rebuffer:
    """A stream for blocks of any length, which may change from call to call, of a processor that works in hops.

    Samples are collected until a hop is full. This adds a latency of up to a hop, so that each block can return as many
    samples as it has.

    Parameters
    ----------
    processor
        Processor, group or module of a framework.
    batch
        Number of signals that are computed at the same time.
    like
        Array that gives backend, dtype and device, or a dict of example inputs by name.
    hop_size
        Samples a frame.
    block_size
        Common divisor of the lengths of all blocks. The added latency is hop_size - gcd(hop_size, block_size).
    **settings
        Further arguments of `init_state`.

    Raises
    ------
    TypeError
        A processor whose signal has frames, such as a feature.

    See Also
    --------
    Stream : Whole hops, or processors that take blocks of any length themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from ddsp.effects import Reverb
    >>> room = Rebuffer(Reverb(), like=np.zeros(1), hop_size=4, ir=np.asarray([[0.0, 0.5]]))
    >>> room.latency_samples
    3
    >>> [room.process(np.ones((1, n))).tolist() for n in (2, 3)]
    [[[0.0, 0.0]], [[0.0, 1.0, 1.5]]]
    """

    def __init__(
        self,
        processor: Processor,
        batch: int = 1,
        *,
        like: Any,
        hop_size: int = 64,
        block_size: int = 1,
        **settings: Any,
    ):
        plain: Any = getattr(processor, "plain", processor)
        if plain.frame_signal:
            raise TypeError(f"processor: got {plain.name}, whose signal has frames, expected one with samples")
        self.stream = Stream(processor, batch, like=like, hop_size=hop_size, **settings)
        self.delay = hop_size - math.gcd(hop_size, integer("block_size", block_size, 1))
        self._is_group = isinstance(plain, ProcessorGroup)
        if self._is_group:
            found = timings(plain.dag, hop_size).values()
            self._framewise = {x.key for timing in found for x in timing.inputs if x.framewise}
        else:
            self._framewise, (needed, optional) = set(plain.frame_inputs), plain.input_names()
            self._names = (*needed, *optional)
        self._waiting: dict[str, Array] = {}  # signals of less than a hop
        self._held: dict[str, Array] = {}  # frames of the last hop
        self._n_waiting = 0
        self._ready = zeros((batch, self.delay), like)

    @property
    def latency_samples(self) -> int:
        """Samples by which the signal is late."""
        return self.delay + self.stream.latency_samples

    def process(self, *inputs: Any, n_samples: int | None = None) -> Array:
        """Compute as many samples as the block has.

        Parameters
        ----------
        *inputs
            The arguments of a call: signals, [batch, time], and one frame of each control, [batch, 1, channels], which
            counts for the hops that end in this block. A group takes a dict.
        n_samples
            Length of the block, for processors that take frames alone.

        Returns
        -------
        signal : array
            [batch, time].

        Raises
        ------
        ValueError
            No signal and no `n_samples`.
        """
        named = self._named(inputs)
        signals = {name: x for name, x in named.items() if name not in self._framewise}
        lengths = [x.shape[1] for x in signals.values()] or ([] if n_samples is None else [n_samples])
        if not lengths:
            raise ValueError("n_samples: got None, expected the length of the block, because no input has samples")
        hop_size = self.stream.hop_size
        n_hops, left = divmod(self._n_waiting + lengths[0], hop_size)
        for name, x in signals.items():
            self._waiting[name] = _joined(self._waiting.get(name), x)
        self._held |= {name: x for name, x in named.items() if name in self._framewise}
        if n_hops:
            self._compute(n_hops)
        self._n_waiting = left
        return self._take(lengths[0])

    def flush(self) -> Array:
        """Compute the samples that are still missing at the end; an incomplete hop is padded with zeros.

        Returns
        -------
        signal : array
            [batch, latency_samples].
        """
        if self._n_waiting:
            missing = self.stream.hop_size - self._n_waiting
            for name, x in self._waiting.items():
                self._waiting[name] = _joined(x, zeros((x.shape[0], missing, *x.shape[2:]), x))
            self._compute(1)
        self._n_waiting = 0
        self._ready = _joined(self._ready, self.stream.flush())
        return self._take(self.latency_samples)

    def _named(self, inputs: tuple) -> dict[str, Array]:
        return dict(*inputs) if self._is_group else dict(zip(self._names, inputs, strict=False))

    def _compute(self, n_hops: int) -> None:
        """Run the stream for the next hops of what is waiting."""
        size = n_hops * self.stream.hop_size
        block = {name: x[:, :size, ...] for name, x in self._waiting.items()}
        self._waiting = {name: x[:, size:, ...] for name, x in self._waiting.items()}
        block |= {name: _repeated(x, n_hops) for name, x in self._held.items()}
        arguments = [block] if self._is_group else [block[name] for name in self._names if name in block]
        self._ready = _joined(self._ready, self.stream.process(*arguments))

    def _take(self, n: int) -> Array:
        taken, self._ready = self._ready[:, :n, ...], self._ready[:, n:, ...]
        return taken


def _repeated(x: Array, n_hops: int) -> Array:
    """One frame for several hops; what has no frames, [batch, channels], stays."""
    return adapter_of(x).xp.concat([x] * n_hops, axis=1) if len(x.shape) > 2 else x


def _joined(past: Array | None, x: Array) -> Array:
    """A new array, because the caller may use the memory of a block for the next one, as audio devices do."""
    past = x[:, :0, ...] if past is None else past
    return adapter_of(past, x).xp.concat([past, x], axis=1)
